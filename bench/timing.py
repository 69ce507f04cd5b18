"""How time is taken: one loop for every contestant, and rounds in which each has its turn."""

from __future__ import annotations

import ast
import gc
import inspect
import textwrap
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import repeat
from random import Random
from statistics import median
from time import perf_counter_ns
from types import FunctionType
from typing import Any, Final, ParamSpec

P = ParamSpec("P")

UNROLLED: Final = 10
"""So often stands what is timed in the loop: what the loop costs, a tenth of it falls on each."""

SEED: Final = 1

# Both are written out with what is timed in the place of `pass`: no call stands between them, and
# each contestant of each case has a code object of its own, that nothing else has specialised.
_LOOP: Final = """
def timed(loops_, clock_):
    begin_ = clock_()
    for _ in loops_:
        pass
    return clock_() - begin_
"""
_LOOP_WITH_PREPARATION: Final = """
def timed(loops_, clock_):
    taken_ = 0
    for _ in loops_:
        pass
        begin_ = clock_()
        pass
        taken_ += clock_() - begin_
    return taken_
"""


def timed_from_here() -> None:
    """Part, in the body of a function that is timed, what prepares from what is timed."""


@dataclass(frozen=True)
class Timed:
    """What can be timed.

    Attributes:
        run: does it so often, and returns the nanoseconds; async where what is timed awaits.
        often: how often each time.
        cost: nanoseconds that taking the time adds to each.
        kept: what has to live as long.
    """

    run: Callable[[int], Any]
    often: int
    cost: float = 0
    kept: object = None

    def keeping(self, kept: object) -> Timed:
        """Keep something alive."""
        return replace(self, kept=kept)


def inline(body: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs) -> Timed:
    """Write the body of a function into the timing loop.

    Args:
        body: a plain function, or an async one, whose body is what is timed, from a call of
            `timed_from_here()` on where there is one. It is never called itself.
        args: its arguments.
        kwargs: more of them.
    """
    node = _node_of(body)
    bound = inspect.signature(body).bind(*args, **kwargs).arguments
    prepared, timed = _parted(node.body)
    template = _LOOP_WITH_PREPARATION if prepared else _LOOP
    often = 1 if prepared else UNROLLED
    compiled = _compile(body, node, template, prepared, timed * often, list(bound))
    run = partial(_run, partial(compiled, **bound))
    return Timed(run, often, _cost_of_clock() if prepared else 0)


def _run(compiled: Callable[..., Any], loops: int) -> Any:
    return compiled(repeat(None, loops), perf_counter_ns)


def _node_of(body: Callable[..., object]) -> ast.FunctionDef | ast.AsyncFunctionDef:
    node = ast.parse(textwrap.dedent(inspect.getsource(body))).body[0]
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        raise TypeError(f"only a function's body can be timed: {body!r}")
    if ast.get_docstring(node) is not None:
        del node.body[0]
    return node


def _parted(body: list[ast.stmt]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    marker = f"{timed_from_here.__name__}()"
    for place, statement in enumerate(body):
        if ast.unparse(statement) == marker:
            return body[:place], body[place + 1 :]
    return [], body


def _compile(
    body: Callable[..., object],
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    template: str,
    prepared: list[ast.stmt],
    timed: list[ast.stmt],
    names: list[str],
) -> Callable[..., Any]:
    if isinstance(node, ast.AsyncFunctionDef):
        template = template.replace("def timed", "async def timed")
    tree = ast.parse(template)
    made = tree.body[0]
    if not isinstance(made, ast.FunctionDef | ast.AsyncFunctionDef):
        raise TypeError(template)
    made.args.args += [ast.arg(name) for name in names]
    loop = next(each for each in made.body if isinstance(each, ast.For))
    if prepared:
        loop.body[:] = [*prepared, loop.body[1], *timed, loop.body[3]]
    else:
        loop.body[:] = timed
    ast.fix_missing_locations(tree)
    names_made: dict[str, Any] = {}
    if not isinstance(body, FunctionType):
        raise TypeError(f"only a plain function's body can be timed: {body!r}")
    exec(compile(tree, f"<timed {node.name}>", "exec"), body.__globals__, names_made)
    made_here: Callable[..., Any] = names_made["timed"]
    return made_here


def _nothing() -> None:
    prepared = None
    timed_from_here()
    prepared  # noqa: B018  # pyright: ignore[reportUnusedExpression]


_cost: list[float] = []


def _cost_of_clock() -> float:
    if not _cost:
        _cost.append(0)
        empty, loops = inline(_nothing), 2_000
        _cost[0] = median(empty.run(loops) / loops for _ in range(15))
    return _cost[0]


# -- rounds ------------------------------------------------------------------------------------

Turns = Generator[tuple[Timed, int], int, list[list[float]]]
"""Yields whose turn it is and how many loops, and is sent what they took."""


def take_turns(entries: Sequence[Timed], rounds: int, least: int) -> Turns:
    """Say whose turn it is: in each round each once, in an order of the round's own.

    Args:
        entries: those who compete.
        rounds: how many rounds count; one more, the first, warms up.
        least: the nanoseconds that a turn takes at the least.

    Returns:
        For each entry the nanoseconds of one time, round by round.
    """
    loops: list[int] = []
    for entry in entries:
        loops.append((yield from _calibrate(entry, least)))
    taken: list[list[float]] = [[] for _ in entries]
    for number, order in enumerate(orders(len(entries), rounds + 1)):
        gc.collect()
        for place in order:
            entry, times = entries[place], loops[place]
            elapsed = yield entry, times
            if number:
                taken[place].append(max(elapsed / (times * entry.often) - entry.cost, 0.1))
    return taken


def orders(size: int, rounds: int) -> Iterator[list[int]]:
    """Give the order of each round: shuffled, and the same each time that this is run."""
    shuffler = Random(SEED)
    for _ in range(rounds):
        order = list(range(size))
        shuffler.shuffle(order)
        yield order


def _calibrate(entry: Timed, least: int) -> Generator[tuple[Timed, int], int, int]:
    loops = 1
    while (elapsed := (yield entry, loops)) < least // 2:
        loops *= 2
    return max(1, round(loops * least / max(elapsed, 1)))


def run_turns(turns: Turns) -> list[list[float]]:
    """Time what awaits nothing."""
    try:
        entry, loops = next(turns)
        while True:
            entry, loops = turns.send(entry.run(loops))
    except StopIteration as done:
        taken: list[list[float]] = done.value
        return taken


async def run_turns_async(turns: Turns) -> list[list[float]]:
    """Time what awaits, all of it in the task that this is called in."""
    try:
        entry, loops = next(turns)
        while True:
            entry, loops = turns.send(await entry.run(loops))
    except StopIteration as done:
        taken: list[list[float]] = done.value
        return taken


@contextmanager
def collector_off() -> Generator[None]:
    """Let the collector come between rounds only, and see nothing there that is older."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
        gc.collect()
