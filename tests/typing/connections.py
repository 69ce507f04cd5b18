"""`Connection`, and the signals that are sent when connections change."""

from collections.abc import Callable
from typing import Any, assert_type

from aldis import ANY, Connection, KeywordSignal, Results, Signal
from tests.typing.shop import OrderPlaced, Shop, checked, order, shop, sold, use


def facts(connection: Connection) -> None:
    """A view of one connection tells the receiver, the sender and each option."""
    assert_type(connection.receiver, Callable[..., object])
    assert_type(connection.receiver(shop, order), object)
    assert_type(connection.sender, object)
    assert_type(connection.weak, bool)
    assert_type(connection.once, bool)
    assert_type(connection.priority, int)
    assert_type(connection.to_thread, bool)
    assert_type(connection.is_async, bool)
    assert_type(connection.defined_at, str | None)
    assert_type(connection.sender is ANY, bool)
    assert_type(connection == connection, bool)


def frozen(connection: Connection) -> None:
    """Nothing can be set, and nothing else is there."""
    use(connection.concurrency)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    use(connection.sender.name)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    use(connection.defined_at.upper())  # type: ignore[union-attr]  # ty: ignore[missing-union-attribute]
    connection.disconnect()  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    connection.weak = False  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    connection.receiver = print  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    connection.sender = shop  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    connection.priority = 3  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    connection.defined_at = None  # type: ignore[misc]  # ty: ignore[invalid-assignment]


def compared(first: Connection, second: Connection) -> None:
    """Views are kept in sets and have no order."""
    assert_type({first, second}, set[Connection])
    use(first < second)  # type: ignore[operator]  # ty: ignore[unsupported-operator]


def listed() -> None:
    """A signal lists its connections."""
    for connection in sold.connections:
        assert_type(connection, Connection)
    assert_type(sold.connections[0].priority, int)
    assert_type([each.priority for each in checked.connections if each.weak], list[int])
    sold.connections.append(sold.connections[0])  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


def told() -> None:
    """The two signals of a signal carry connections, whatever the signal itself carries."""
    assert_type(sold.receiver_connected, Signal[Connection])
    assert_type(sold.receiver_disconnected, Signal[Connection])
    assert_type(checked.receiver_connected, Signal[Connection, Any, object])
    assert_type(sold.receiver_connected.receiver_connected, Signal[Connection])

    @sold.receiver_connected.connect
    def first(sender: object, connection: Connection) -> None: ...

    @sold.receiver_disconnected.connect(weak=False)
    async def second(sender: Signal[OrderPlaced, Shop], connection: Connection) -> None: ...

    @checked.receiver_connected.connect_via(checked)
    def third(sender: object, connection: Connection) -> str:
        return str(connection.defined_at)

    assert_type(third(checked, sold.connections[0]), str)


def told_wrongly() -> None:
    """Their receivers are checked like all others."""

    @sold.receiver_connected.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def first(sender: object, order: OrderPlaced) -> None: ...

    @sold.receiver_disconnected.connect  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    def second(connection: Connection) -> None: ...

    @sold.receiver_disconnected.connect(weak=False)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # zuban: ignore[call-overload]
    async def third(sender: object, connection: Connection, more: int) -> None: ...

    sold.receiver_connected.send(sold, order)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    sold.receiver_connected = Signal[Connection]()  # type: ignore[misc]  # ty: ignore[invalid-assignment]
    sold.receiver_connected()  # type: ignore[operator]  # ty: ignore[not-callable]


def told_by_hand(connection: Connection) -> None:
    """They are signals like any other, and can be sent."""
    assert_type(sold.receiver_connected.send(sold, connection), Results[object])


@KeywordSignal
def shouted(sender: object, /, *, loud: bool) -> None: ...


def of_keywords() -> None:
    """Keyword signals list connections too, and have no such signals of their own."""
    assert_type(shouted.connections, tuple[Connection, ...])
    use(shouted.receiver_connected)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
