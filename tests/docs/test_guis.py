"""docs/how-to/guis-and-threads.md: its code for toolkits, on their loops, without a display."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from aldis import Signal

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "guis-and-threads.md"
BLOCKS = re.findall(r"^```py\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(find_spec("_tkinter") is None, reason="this Python was built without Tcl")
def test_tkinters_timer_sends_in_the_thread_of_the_gui() -> None:
    """Again and again, also behind a receiver that raises."""
    events: SimpleQueue[Any] = SimpleQueue()
    progress = Signal[int]("progress")
    ran: list[tuple[int, threading.Thread]] = []
    errors: list[BaseException] = []

    @progress.connect
    def receive(sender: object, percent: int) -> None:
        ran.append((percent, threading.current_thread()))
        if percent == 100:
            tcl.setvar("done", "1")
        else:
            raise ValueError(percent)

    def send_waiting() -> None:
        for _ in range(events.qsize()):
            event = events.get_nowait()
            event.signal.send(event.sender, event.payload)

    def work() -> None:
        for percent in (50, 100):
            events.put(progress.event(None, percent))

    def note(kind: object, error: BaseException, trace: object) -> None:
        errors.append(error)

    (code,) = (block for block in BLOCKS if "import tkinter" in block)
    names: dict[str, Any] = {"send_waiting": send_waiting}
    exec(code, names)
    tcl: Any = names["tk"].Tcl()
    tcl.report_callback_exception = note
    names["send_every"](tcl, 1)
    worker = threading.Thread(target=work)
    worker.start()
    tcl.after(5000, tcl.setvar, "done", "0")
    tcl.tk.call("vwait", "done")
    worker.join()
    assert ran == [(50, threading.current_thread()), (100, threading.current_thread())]
    assert [type(error) for error in errors] == [ValueError]


@pytest.mark.skipif(find_spec("PySide6") is None, reason="PySide6 is not installed")
def test_qts_queue_sends_in_the_thread_of_the_gui() -> None:
    """An event that comes from another thread waits for the loop of Qt."""
    code = f"""
import threading
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication

from aldis import Event, Signal

app = QCoreApplication([])
progress = Signal("progress")


@dataclass
class Progress:
    file: str
    percent: int


@progress.connect
def receive(sender: object, payload: Progress) -> None:
    print(payload.percent, threading.current_thread() is threading.main_thread())
    if payload.percent == 100:
        app.quit()


{next(block for block in BLOCKS if "PySide6" in block)}

worker = threading.Thread(
    target=lambda: bridge.arrived.emit(progress.event("disk", Progress("a.txt", 100)))
)
worker.start()
worker.join()
print("waits")
app.exec()
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stderr, done.stdout.split("\n")[:3]) == ("", ["waits", "50 True", "100 True"])
