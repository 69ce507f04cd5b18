"""The interpreter exits with everything still connected."""

from __future__ import annotations

import pytest

from tests.behaviour.recording import run_python
from tests.faults.faces import EVERY, Face, on

# -- W8 -----------------------------------------------------------------------------------------

MAKING = {
    "Signal": """
from aldis import Signal
signal = Signal()
""",
    "KeywordSignal": """
from aldis import KeywordSignal
@KeywordSignal
def signal(sender: object, /, *, payload: object) -> None: ...
""",
    "aldis.blinker": """
from aldis.blinker import Signal
signal = Signal()
signal.warn_of_lost_receivers = True
""",
    "blinker": """
from blinker import Signal
signal = Signal()
""",
}
CONNECTING = """
import asyncio, atexit, gc, sys, threading, weakref

class Owner:
    def receive(self, sender, payload): ...
    def __call__(self, sender, payload): ...

class Late(Owner):
    def __del__(self, signal=signal):  # while the interpreter goes down
        signal.connect(self.receive)
        signal.disconnect(self.receive)

def receive(sender, payload): ...

owner, circle, late = Owner(), Owner(), Late()
circle.me = circle
signal.connect(receive)
signal.connect(receive, owner)
for each in (owner, circle, late):
    signal.connect(each)
    signal.connect(each.receive, owner)
    signal.connect(each.receive, late, weak=False)
"""
LOSING = """
def connect_and_lose():
    signal.connect(Owner().receive)
    signal.connect(lambda sender, payload: None)
gc.disable()
"""
EXITING = {
    "at the end": "",
    "lost receivers pending": f"{LOSING}connect_and_lose(); del receive, owner",
    "lost receivers in atexit": f"{LOSING}atexit.register(connect_and_lose)",
    "inside of blocks": """
blocks = [signal.muted(), signal.connected_to(receive), signal.connected_to(owner, owner)]
for block in blocks:
    block.__enter__()
""",
    "by sys.exit in a receiver": """
@signal.connect
def leave(sender, payload):
    sys.exit(0)
if type(signal).__module__ == "aldis._signal":
    signal.send(owner, 1)
signal.send(owner, payload=1)
""",
    "while a thread connects": """
def work():
    while True:
        signal.connect(receive, Owner())
        signal.disconnect(receive)
threading.Thread(target=work, daemon=True).start()
""",
}


@on(*EVERY, blinker=True)
@pytest.mark.parametrize("leaving", EXITING)
def test_w8_the_interpreter_exits_in_silence(face: Face, leaving: str) -> None:
    """Live and lost receivers, open blocks and threads say nothing, and the exit code is 0."""
    assert run_python(MAKING[face.name] + CONNECTING + EXITING[leaving]) == ""


IN_THE_BACKGROUND = """
import anyio
from aldis import Dispatcher, stream

async def main():
    global dispatcher, events, deliveries
    unused, dispatcher = Dispatcher(), Dispatcher()
    async with dispatcher, signal.stream() as events, stream(signal, signal.bind(owner)) as both:
        deliveries = [dispatcher.post(signal.event(owner, number)) for number in range(10)]
        await dispatcher.drain()
        async for event in events:
            break
        if "leave" == "{leave}":  # or what is not delivered would be reported, as it should be
            await dispatcher.drain()
            sys.exit(0)
        deliveries.append(dispatcher.post(signal.event(owner, 10)))
    events = signal.stream()
    await events.__aenter__()  # and it is never left

try:
    anyio.run(main, backend="{backend}")
except* SystemExit:  # a task group puts it into a group
    pass
"""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("leave", ["leave", "end"])
def test_w8_a_dispatcher_and_streams_let_the_interpreter_exit_in_silence(
    backend: str, leave: str
) -> None:
    """Dispatchers and streams, left by `sys.exit` or never, let it exit in silence as well."""
    ending = IN_THE_BACKGROUND.replace("{leave}", leave).replace("{backend}", backend)
    assert run_python(MAKING["Signal"] + CONNECTING + ending) == ""
