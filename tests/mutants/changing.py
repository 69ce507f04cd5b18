"""The small changes that are made to a module's source, each of which some test is to notice."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

_OPPOSITES: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OTHER_SIGN: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
# What has no effect when the program runs, or has one that only a type checker sees.
_SKIPPED_FIELDS = frozenset({"annotation", "returns", "decorator_list", "bases", "keywords", "ctx"})
_TYPES_ONLY = frozenset({"TypeVar", "cast"})


class Change(NamedTuple):
    """What is changed, as people can tell it; where one line stands twice, so do its changes.

    Attributes:
        module: the name of the file.
        function: the qualified name of the function or class that the change is in, or `""`.
        before: the line that is changed, in the normal form of the source, without its indentation.
        after: what it is changed into.
        time: how many changes of the same words are before it in the function.
    """

    module: str
    function: str
    before: str
    after: str
    time: int = 0


class Mutant(NamedTuple):
    """A module with one change in it.

    Attributes:
        change: what is changed.
        line: the number of the changed line in the normal form of the source.
        around: the lines of the whole function that it is in.
        source: the whole module with the change.
    """

    change: Change
    line: int
    around: range
    source: str

    @property
    def module(self) -> str:
        """The module that it is a mutant of."""
        return self.change.module

    @property
    def is_control(self) -> bool:
        """Whether nothing is changed, so that every test has to pass."""
        return self.change.before == self.change.after


class _Place(NamedTuple):
    """Where a node can be replaced: in a field of its parent, perhaps in a list there."""

    node: ast.AST
    parent: ast.AST
    field: str
    at: int | None
    function: str
    around: range

    def put(self, node: ast.AST) -> None:
        """Put another node in the place."""
        if self.at is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.at] = node


def in_normal_form(source: str) -> str:
    """Write a module with each statement on one line, which is what mutants are made of."""
    return ast.unparse(ast.parse(source)) + "\n"


def mutants_of(module: str, source: str) -> Iterator[Mutant]:
    """Make each mutant of a module that is in its normal form."""
    tree = ast.parse(source)
    lines = source.splitlines()
    times: Counter[Change] = Counter()
    for place in list(_places(tree, "", range(0))):
        for other in _others(place):
            place.put(other)
            changed = ast.unparse(tree) + "\n"
            place.put(place.node)
            number, after = _difference(lines, changed.splitlines())
            change = Change(module, place.function, lines[number].strip(), after)
            around = place.around or range(number + 1, number + 2)
            yield Mutant(change._replace(time=times[change]), number + 1, around, changed)
            times[change] += 1


def control_of(module: str, source: str, line: int) -> Mutant:
    """Make what is no mutant: where a test fails on it, failures mean nothing."""
    text = source.splitlines()[line - 1].strip()
    return Mutant(Change(module, "control", text, text), line, range(line, line + 1), source)


def _difference(before: list[str], after: list[str]) -> tuple[int, str]:
    number = next(at for at, line in enumerate(before) if line != after[at])
    return number, after[number].strip()


def _places(parent: ast.AST, function: str, around: range) -> Iterator[_Place]:
    for field in parent._fields:
        if field in _SKIPPED_FIELDS and not (field == "keywords" and isinstance(parent, ast.Call)):
            continue
        value: Any = getattr(parent, field)
        several = hasattr(value, "append")
        nodes: list[Any] = value if several else [value]
        for number, node in enumerate(nodes):
            if not isinstance(node, ast.AST) or _is_skipped(node, parent):
                continue
            index = number if several else None
            yield _Place(node, parent, field, index, function, around)
            yield from _places(node, _name_inside(node, function), _lines_inside(node, around))


def _name_inside(node: ast.AST, function: str) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return f"{function}.{node.name}".lstrip(".")
    return function


def _lines_inside(node: ast.AST, around: range) -> range:
    if around or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return around
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _is_skipped(node: ast.AST, parent: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):  # a docstring
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")) | ast.AnnAssign(value=None):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]) if isinstance(parent, ast.Module):
            return name[:1].isupper() or name.startswith("_T")  # aliases and variables of types
        case ast.Assign(targets=[ast.Name(id="__slots__")]):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.FunctionDef(body=[*_, ast.Raise(exc=ast.Name(id="NotImplementedError"))]):
            return True
        case ast.Constant():  # the type in `cast("X", value)`
            return isinstance(parent, ast.Call) and _called(parent) in _TYPES_ONLY
        case _:
            return False


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _others(place: _Place) -> Iterator[ast.AST]:
    """Make what can stand in the place of a node."""
    node = place.node
    if place.field in {"test", "ifs"}:
        yield ast.Constant(value=False)
        if not isinstance(place.parent, ast.While):  # that one would not end
            yield ast.Constant(value=True)
    if isinstance(node, ast.stmt):
        yield from _other_statements(place, node)
    elif isinstance(node, ast.expr):
        yield from _other_values(node, place)
    elif isinstance(node, ast.ExceptHandler) and node.type is not None:
        yield ast.ExceptHandler(ast.Tuple([], ast.Load()), node.name, node.body)


def _other_statements(place: _Place, node: ast.stmt) -> Iterator[ast.stmt]:
    match node:
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.Delete() | ast.Raise():
            yield ast.Pass()
        case ast.AugAssign():
            yield ast.Pass()
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            if not isinstance(target, ast.Name) or isinstance(place.parent, ast.ClassDef):
                yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
            yield ast.Pass()
        case ast.Break():
            yield ast.Continue()
            yield ast.Pass()
        case ast.Return(value=None):
            yield ast.Pass()
        case _:
            pass


def _other_values(node: ast.expr, place: _Place) -> Iterator[ast.expr]:
    nothing = ast.Constant(value=None)
    match place.parent:
        case ast.Return() | ast.Assign() | ast.AnnAssign() | ast.Call() | ast.keyword():
            valued = place.field in {"value", "args"} and not isinstance(node, ast.Starred)
            if valued and not isinstance(node, ast.Constant):
                yield nothing
        case _:
            pass
    match node:
        case ast.Constant(value=value):
            yield from _other_constants(value)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.And() if isinstance(op, ast.Or) else ast.Or(), values)
            for left_out in range(len(values)):
                rest = [each for at, each in enumerate(values) if at != left_out]
                yield ast.BoolOp(op, rest) if len(rest) > 1 else rest[0]
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OTHER_SIGN:
            yield ast.BinOp(left, _OTHER_SIGN[type(sign)](), right)
        case ast.Compare(left=left, ops=[comparison], comparators=[right]):
            for opposite in _OPPOSITES[type(comparison)]:
                yield ast.Compare(left, [opposite()], [right])
        case ast.Call(func=func, args=arguments, keywords=keywords):
            for keyword in keywords:
                kept = [each for each in keywords if each is not keyword]
                yield ast.Call(func, arguments, kept)
        case _:
            pass


def _other_constants(value: Any) -> Iterator[ast.Constant]:
    if isinstance(value, bool):
        yield ast.Constant(value=not value)
    elif isinstance(value, int):
        yield ast.Constant(value=value + 1)
    elif isinstance(value, str):
        yield ast.Constant(value=f"XX{value}XX")
