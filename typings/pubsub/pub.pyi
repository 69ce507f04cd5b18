from collections.abc import Callable
from typing import TypeAlias

_Receiver: TypeAlias = Callable[..., object]

def subscribe(listener: _Receiver, topic_name: str, /) -> tuple[object, bool]: ...
def unsubscribe(listener: _Receiver, topic_name: str, /) -> object: ...
def sendMessage(topic_name: str, /, **data: object) -> None: ...  # noqa: N802  # its name
