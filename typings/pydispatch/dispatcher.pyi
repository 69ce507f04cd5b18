from collections.abc import Callable
from typing import TypeAlias

_Receiver: TypeAlias = Callable[..., object]

def connect(receiver: _Receiver, signal: object = ..., sender: object = ...) -> None: ...
def disconnect(receiver: _Receiver, signal: object = ..., sender: object = ...) -> None: ...
def send(
    signal: object = ..., sender: object = ..., *arguments: object, **named: object
) -> list[tuple[_Receiver, object]]: ...
