"""Every kind of payload: TypedDicts, dataclasses, named tuples, other classes, builtins, unions."""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, NotRequired, TypedDict, TypeVar, assert_type

from typing_extensions import ReadOnly, Required

from aldis import Results, Signal
from tests.typing.shop import Shop, shop, use

T = TypeVar("T")


# -- TypedDict -------------------------------------------------------------------------------------


class Total(TypedDict):
    order_id: str
    total: int


class Partly(TypedDict, total=False):
    order_id: Required[str]
    total: int


class WithNote(TypedDict):
    order_id: str
    note: NotRequired[str]


class Fixed(TypedDict):
    order_id: ReadOnly[str]
    total: int


class Inherited(Total):
    carrier: str


class Page(TypedDict, Generic[T]):
    items: list[T]
    number: int


total = Signal[Total, Shop]()
partly = Signal[Partly, Shop]()
with_note = Signal[WithNote, Shop]()
fixed = Signal[Fixed, Shop]()
inherited = Signal[Inherited, Shop]()
pages = Signal[Page[int], Shop]()


def dict_literals() -> None:
    """A dict literal is a payload when its keys and values are right."""
    assert_type(total.send(shop, {"order_id": "o-1", "total": 999}), Results[object])
    total.send(shop, Total(order_id="o-1", total=999))
    total.send(shop, {"order_id": "o-1"})  # type: ignore[typeddict-item]  # ty: ignore[invalid-argument-type, missing-typed-dict-key]
    total.send(shop, {"order_id": "o-1", "totl": 999})  # type: ignore[typeddict-item, typeddict-unknown-key]  # ty: ignore[invalid-argument-type, missing-typed-dict-key, unknown-typed-dict-constructor-key]
    total.send(shop, {"order_id": "o-1", "total": 999, "carrier": "post"})  # type: ignore[typeddict-unknown-key]  # ty: ignore[invalid-argument-type, unknown-typed-dict-constructor-key]
    total.send(shop, {"order_id": "o-1", "total": "999"})  # type: ignore[typeddict-item]  # ty: ignore[invalid-argument-type]
    total.send(shop, {})  # type: ignore[typeddict-item]  # ty: ignore[invalid-argument-type, missing-typed-dict-key]
    total.send(shop, [("order_id", "o-1"), ("total", 999)])  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    total.event(shop, {"order_id": "o-1"})  # type: ignore[typeddict-item]  # ty: ignore[invalid-argument-type, missing-typed-dict-key]
    total.bind(shop).send({"order_id": "o-1"})  # type: ignore[typeddict-item]  # ty: ignore[invalid-argument-type, missing-typed-dict-key]


async def dict_literals_in_every_send() -> None:
    """Each way of sending looks into a dict literal."""
    await total.send_async(shop, {"order_id": "o-1", "total": 999})
    total.send_robust(shop, {"order_id": "o-1"})  # type: ignore[typeddict-item]  # ty: ignore[invalid-argument-type, missing-typed-dict-key]
    await total.send_async(shop, {"order_id": "o-1"})  # type: ignore[typeddict-item]  # ty: ignore[invalid-argument-type, missing-typed-dict-key]
    await total.send_robust_async(shop, {"order_id": "o-1", "total": "999"})  # type: ignore[typeddict-item]  # ty: ignore[invalid-argument-type]


def dicts(untyped: dict[str, Any], strings: dict[str, str], mapping: Mapping[str, object]) -> None:
    """A dict that is no literal is no TypedDict."""
    total.send(shop, untyped)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    total.send(shop, strings)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    total.send(shop, mapping)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def optional_keys() -> None:
    """A key that is not required may be left out."""
    partly.send(shop, {"order_id": "o-1"})
    partly.send(shop, {"order_id": "o-1", "total": 999})
    partly.send(shop, {"total": 999})  # type: ignore[typeddict-item]  # ty: ignore[invalid-argument-type, missing-typed-dict-key]
    partly.send(shop, {"order_id": "o-1", "note": ""})  # type: ignore[typeddict-unknown-key]  # ty: ignore[invalid-argument-type, unknown-typed-dict-constructor-key]
    with_note.send(shop, {"order_id": "o-1"})
    with_note.send(shop, {"order_id": "o-1", "note": "Thanks"})
    with_note.send(shop, {"note": "Thanks"})  # type: ignore[typeddict-item]  # ty: ignore[invalid-argument-type, missing-typed-dict-key]
    with_note.send(shop, {"order_id": "o-1", "note": 3})  # type: ignore[typeddict-item]  # ty: ignore[invalid-argument-type]
    with_note.send(shop, {"order_id": "o-1", "note": None})  # type: ignore[typeddict-item]  # ty: ignore[invalid-argument-type]

    @with_note.connect
    def receive(shop: Shop, order: WithNote) -> None:
        assert_type(order.get("note"), str | None)
        if "note" in order:
            assert_type(order["note"], str)


def read_only_keys() -> None:
    """A receiver reads a read-only key, and changes only the others."""
    fixed.send(shop, {"order_id": "o-1", "total": 999})

    @fixed.connect
    def receive(shop: Shop, order: Fixed) -> None:
        assert_type(order["order_id"], str)
        order["total"] += 1
        order["order_id"] = "o-2"  # type: ignore[typeddict-readonly-mutated]  # ty: ignore[invalid-assignment]

    def receive_writable(shop: Shop, order: Total) -> None: ...

    def receive_read_only(shop: Shop, order: Fixed) -> None: ...

    fixed.connect(receive_writable)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    total.connect(receive_read_only)


def inherited_keys(whole: Inherited) -> None:
    """A TypedDict with more keys may be sent, and its receivers may know of fewer."""
    total.send(shop, whole)
    inherited.send(shop, whole)
    inherited.send(shop, {"order_id": "o-1", "total": 999, "carrier": "post"})
    inherited.send(shop, {"order_id": "o-1", "total": 999})  # type: ignore[typeddict-item]  # ty: ignore[invalid-argument-type, missing-typed-dict-key]

    def receive_total(shop: Shop, order: Total) -> None: ...

    def receive_inherited(shop: Shop, order: Inherited) -> None: ...

    inherited.connect(receive_total)
    inherited.connect(receive_inherited)
    total.connect(receive_inherited)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]


def generic_keys(of_text: Page[str]) -> None:
    """A generic TypedDict is a payload with its parameter filled in."""
    pages.send(shop, {"items": [1, 2], "number": 1})
    pages.send(shop, Page[int](items=[1, 2], number=1))
    pages.send(shop, {"items": ["a"], "number": 1})  # type: ignore[list-item]  # ty: ignore[invalid-argument-type]
    pages.send(shop, of_text)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]

    @pages.connect
    def receive(shop: Shop, page: Page[int]) -> int:
        assert_type(page["items"], list[int])
        return sum(page["items"])

    @pages.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    def receive_text(shop: Shop, page: Page[str]) -> None: ...


def keys_read() -> None:
    """A receiver reads the keys that there are."""

    @total.connect
    def receive(shop: Shop, order: Total) -> None:
        assert_type(order["total"], int)
        use(order["totl"])  # type: ignore[typeddict-item]  # ty: ignore[invalid-typed-dict-key]
        use(order.total)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]

    def receive_mapping(shop: Shop, order: Mapping[str, object]) -> None: ...

    def receive_dict(shop: Shop, order: dict[str, object]) -> None: ...

    total.connect(receive_mapping)
    total.connect(receive_dict)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]


# -- dataclass -------------------------------------------------------------------------------------


@dataclass
class Plain:
    order_id: str
    total: int = 0


@dataclass(frozen=True)
class Frozen:
    order_id: str


@dataclass(slots=True, kw_only=True)
class Slotted:
    order_id: str


@dataclass
class PlainChild(Plain):
    carrier: str = "post"


@dataclass(frozen=True)
class Changed(Generic[T]):
    old: T
    new: T


plain = Signal[Plain, Shop]()
frozen = Signal[Frozen, Shop]()
slotted = Signal[Slotted, Shop]()
changed = Signal[Changed[int], Shop]()


def dataclasses_sent() -> None:
    """A dataclass is sent as an instance, made rightly."""
    plain.send(shop, Plain("o-1"))
    plain.send(shop, PlainChild("o-1", 999, carrier="pigeon"))
    slotted.send(shop, Slotted(order_id="o-1"))
    plain.send(shop, Plain())  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    plain.send(shop, Plain(order_id=1))  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    slotted.send(shop, Slotted("o-1"))  # type: ignore[call-arg]  # ty: ignore[missing-argument, too-many-positional-arguments]
    plain.send(shop, {"order_id": "o-1"})  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    plain.send(shop, Frozen("o-1"))  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    plain.send(shop, Plain)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def dataclasses_received() -> None:
    """A receiver sees the fields, and that frozen ones are frozen."""

    @plain.connect
    def receive(shop: Shop, order: Plain) -> int:
        order.total += 1
        assert_type(order.order_id, str)
        return order.total

    @frozen.connect
    def receive_frozen(shop: Shop, order: Frozen) -> None:
        order.order_id = "o-2"  # type: ignore[misc]  # ty: ignore[invalid-assignment]
        use(order.amount)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]

    @slotted.connect
    def receive_slotted(shop: Shop, order: Slotted) -> None:
        assert_type(order.order_id, str)

    @plain.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def receive_child(shop: Shop, order: PlainChild) -> None: ...

    Signal[PlainChild, Shop]().connect(lambda shop, order: order.carrier, weak=False)


def generic_dataclasses() -> None:
    """A generic dataclass is a payload with its parameter filled in, or inferred."""
    changed.send(shop, Changed(1, 2))
    changed.send(shop, Changed[int](1, 2))
    changed.send(shop, Changed("a", "b"))  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    changed.send(shop, Changed(1, "b"))  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]

    @changed.connect
    def receive(shop: Shop, change: Changed[int]) -> int:
        assert_type(change.new, int)
        return change.new - change.old

    @changed.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    def receive_text(shop: Shop, change: Changed[str]) -> None: ...


# -- the rest --------------------------------------------------------------------------------------


class Point(NamedTuple):
    x: int
    y: int = 0


class Account:
    def __init__(self, owner: str) -> None:
        self.owner = owner


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


moved = Signal[Point, Shop]()
opened = Signal[Account, Shop]()
levelled = Signal[Level, Shop]()


def named_tuples() -> None:
    """A named tuple is a payload of its own, and a plain tuple is none."""
    moved.send(shop, Point(1, 2))
    moved.send(shop, Point(x=1))
    moved.send(shop, (1, 2))  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    moved.send(shop, Point("1"))  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    moved.send(shop, 1, 2)  # type: ignore[arg-type, call-arg]  # ty: ignore[invalid-argument-type, too-many-positional-arguments]

    @moved.connect
    def receive(shop: Shop, point: Point) -> int:
        x, y = point
        assert_type(x, int)
        return x + y

    @moved.connect
    def receive_tuple(shop: Shop, pair: tuple[int, int]) -> None: ...

    @moved.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]
    def receive_three(shop: Shop, three: tuple[int, int, int]) -> None: ...


def classes() -> None:
    """A class of any kind, an enum too."""
    opened.send(shop, Account("Ada"))
    opened.send(shop, "Ada")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    levelled.send(shop, Level.HIGH)
    levelled.send(shop, "HIGH")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    levelled.send(shop, 2)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    low_only = Signal[Literal[Level.LOW], Shop]()
    low_only.send(shop, Level.LOW)
    low_only.send(shop, Level.HIGH)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def builtins() -> None:
    """A builtin type, with what Python takes for one."""
    Signal[int]().send(shop, 3)
    Signal[int]().send(shop, True)
    Signal[float]().send(shop, 3)
    Signal[bytes]().send(shop, b"3")
    Signal[list[int]]().send(shop, [1, 2])
    Signal[list[int]]().send(shop, [])
    Signal[Sequence[str]]().send(shop, ("a", "b"))
    Signal[tuple[int, str]]().send(shop, (1, "a"))
    Signal[dict[str, int]]().send(shop, {"a": 1})
    Signal[Literal["a", "b"]]().send(shop, "a")
    Signal[type[Shop]]().send(shop, Shop)
    Signal[Callable[[int], str]]().send(shop, str)
    Signal[Exception]().send(shop, ValueError())
    Signal[object]().send(shop, 3)
    Signal[Any]().send(shop, 3)
    Signal[int]().send(shop, "3")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Signal[int]().send(shop, 0.5)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Signal[bool]().send(shop, 1)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Signal[bytes]().send(shop, "3")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Signal[list[int]]().send(shop, ["a"])  # type: ignore[list-item]  # ty: ignore[invalid-argument-type]
    Signal[tuple[int, str]]().send(shop, (1, "a", 2))  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Signal[dict[str, int]]().send(shop, {"a": "b"})  # type: ignore[dict-item]  # ty: ignore[invalid-argument-type]
    Signal[Literal["a", "b"]]().send(shop, "c")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Signal[type[Shop]]().send(shop, shop)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    Signal[Callable[[int], str]]().send(shop, len)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def no_payload() -> None:
    """What carries nothing carries `None`."""
    ticked = Signal[None]()
    ticked.send(shop, None)
    ticked.connect(lambda sender, nothing: None, weak=False)
    ticked.send(shop, 3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    ticked.send(shop)  # type: ignore[call-arg]  # ty: ignore[missing-argument]


def unions() -> None:
    """A union is sent as one of its members, and received whole."""
    either = Signal[Plain | Total, Shop]()
    either.send(shop, Plain("o-1"))
    either.send(shop, {"order_id": "o-1", "total": 999})
    either.send(shop, Frozen("o-1"))  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    either.send(shop, {"order_id": "o-1"})  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type, missing-typed-dict-key]  # zuban: ignore[typeddict-item]
    either.send(shop, None)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]

    @either.connect
    def receive(shop: Shop, order: Plain | Total) -> int:
        if isinstance(order, Plain):
            assert_type(order, Plain)
            return order.total
        return order["total"]

    @either.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def receive_plain(shop: Shop, order: Plain) -> None: ...

    @either.connect
    def receive_more(shop: Shop, order: Plain | Total | None) -> None: ...

    def receive_maybe(shop: Shop, order: Plain | None) -> None: ...

    maybe = Signal[Plain | None, Shop]()
    maybe.send(shop, None)
    maybe.send(shop, Plain("o-1"))
    maybe.connect(receive_maybe)
    maybe.connect(receive)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    # What a decorator gives back takes what its own signal sends, and no more.
    maybe.connect(receive_more)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]


def union_of_signals(one_of: Signal[int, Shop] | Signal[str, Shop]) -> None:
    """Of a union of signals, what is done has to be right for each."""

    def receive(shop: Shop, payload: int | str) -> None: ...

    def receive_int(shop: Shop, payload: int) -> None: ...

    one_of.connect(receive)
    one_of.connect(receive_int)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    one_of.send(shop, 3)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
