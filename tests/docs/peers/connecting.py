"""Probes of connecting: what a library makes of receivers and senders, before it is sent."""

from __future__ import annotations

import gc
import importlib.metadata
import importlib.util
import re
import subprocess
import sys
import warnings
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest
from packaging.requirements import Requirement

import aldis
from tests.docs.peers.faces import FACES, Face, noting, run_in_thread


def is_installed(kind: type[Face]) -> bool:
    """Tell whether a library is here."""
    return importlib.util.find_spec(kind.module.split(".")[0]) is not None


def types(kind: type[Face]) -> str:
    """Ask mypy; where it sees neither, look at run time."""
    said = what_mypy_sees()[kind.module.split(".")[0]]
    if said == {"receiver", "send"}:
        return "yes"
    assert said in (set(), {"untyped"})
    face = kind()
    if face.connect_typed is None:
        return "no, untyped" if said else "no"

    def receive(number: str) -> None:
        """Take another type."""

    with pytest.raises(ValueError, match="do not match types in signal"):
        face.connect_typed(receive)
    with pytest.raises(TypeError, match="do not match"):
        face.send_typed("1")
    return "at run time, if asked"


@cache
def what_mypy_sees() -> dict[str, set[str]]:
    """Have mypy look at what each library's users write: which of two mistakes it sees."""
    installed = [each for each in FACES if is_installed(each)]
    with TemporaryDirectory() as folder:
        for each in installed:
            name = each.module.split(".")[0]
            Path(folder, f"with_{name}.py").write_text(each.snippet, encoding="utf-8")
        options = ["--strict", "--config-file=", "--no-error-summary", "--hide-error-context"]
        done = subprocess.run(
            [sys.executable, "-m", "mypy", *options, "."],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.stderr == ""
    seen: dict[str, set[str]] = {each.module.split(".")[0]: set() for each in installed}
    snippets = {each.module.split(".")[0]: each.snippet.splitlines() for each in installed}
    for name, line, code in re.findall(
        r"^with_(\w+)\.py:(\d+): error: .*\[(.+)\]$", done.stdout, re.MULTILINE
    ):
        if code == "import-untyped":
            seen[name].add("untyped")
        else:
            _, _, marked = snippets[name][int(line) - 1].partition("  # ")
            seen[name].add(marked)
    return seen


def refusal(kind: type[Face]) -> str:
    """Connect one that needs more than is sent."""

    def needs_five(a: object, b: object, c: object, d: object, e: object) -> None:
        """Is never called as it would have to be."""

    face = kind()
    try:
        face.connect(needs_five)
    except (TypeError, ValueError):
        return "yes"
    try:
        with face.debugging():
            kind().connect(needs_five)
    except (TypeError, ValueError):
        return "while debugging"
    with pytest.raises(TypeError, match=r"missing|unexpected keyword"):
        face.send()
    return "no"


def growth(kind: type[Face]) -> str:
    """Send more than a receiver knows of."""
    face = kind()
    face.connect(face.narrow)
    try:
        face.send_grown()
    except TypeError:
        face.disconnect(face.narrow)
        face.connect(face.wide)
        face.send_grown()
        return f"with `{face.rest}`"
    return "yes"


def lifetimes(kind: type[Face]) -> str:
    """Connect a function and a method that nobody keeps."""
    face, heard = kind(), list[object]()

    class Owner:
        """Has a method."""

        def receive(self, *args: object, **kwargs: object) -> None:
            heard.append("method")

    owner = Owner()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        face.connect(noting(heard, "function"))
        face.connect(owner.receive)
        del owner
        gc.collect()
        face.send()
    if heard:
        assert caught == []
        return {1: "methods alone, silent", 2: "no"}[len(heard)]
    if not caught:
        return "weak, but silent"
    assert [each.category for each in caught] == [aldis.LostReceiverWarning]
    return "yes"


def senders(kind: type[Face]) -> str:
    """Connect for one of two."""
    face, heard = kind(), list[object]()
    receiver = noting(heard)
    if not face.has_senders:
        other = kind()
        face.connect(receiver)
        other.send()
        assert heard == []
        return "by instance"
    shop, elsewhere = kind(), kind()  # any two objects
    face.connect(receiver, shop)
    face.send(elsewhere)
    assert heard == []
    face.send(shop)
    assert heard == [None]
    return "yes"


def identity(kind: type[Face]) -> str:
    """Send from equal texts, from 0, and from an object whose id is a sender."""
    face, heard = kind(), list[object]()
    if not face.has_senders:
        return "no senders"
    receiver, sender = noting(heard), "".join(list("corner shop"))
    face.connect(receiver, sender)
    face.send(sender)
    face.send("".join(list("corner shop")))
    if len(heard) == 1:
        return "by `id`"
    face.connect(receiver, 1_000)
    face.send(int("1000"))
    assert len(heard) == 3
    stranger = kind()
    try:
        face.connect(receiver, 0)
    except AssertionError:  # as blinker 1.9 has it
        face = kind()
        face.connect(receiver, id(stranger))
        face.send(stranger)
        assert len(heard) == 4
        return "yes, but for 0 and ids"
    face.connect(receiver, id(stranger))
    face.send(stranger)
    face.send(False)
    assert len(heard) == 3
    face.send(0)
    assert len(heard) == 4
    return "yes"


def threads(kind: type[Face]) -> str:
    """Change the receivers in another thread, while one of them runs; then from four at a time."""
    face, heard, ended = kind(), list[object](), list[bool]()
    others = [noting(heard, number) for number in range(3)]

    def change() -> None:
        face.disconnect(first)
        face.connect(others[2])

    def first(*args: object, **kwargs: object) -> None:
        ended.append(run_in_thread(change, seconds=1))

    face.connect(first)
    face.connect(others[0])
    face.connect(others[1])
    face.send()
    if ended == [False]:
        return "waits for receivers"
    broken = kind()
    anew = noting([])
    if not {0, 1} <= set(heard) or broken.is_broken_by(lambda: broken.connect(anew, broken)):
        return "no"
    assert churn(kind()) == []
    return "yes"


def churn(face: Face) -> list[BaseException]:
    """Connect, send and disconnect from four threads, and give what they raise."""
    raised: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(200):
                receiver = noting([])
                face.connect(receiver)
                face.send()
                face.disconnect(receiver)
        except BaseException as error:  # whatever it is, it is counted
            raised.append(error)

    crowd = [Thread(target=work) for _ in range(4)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    return raised


def once(kind: type[Face]) -> str:
    """Send twice."""
    face, heard = kind(), list[object]()
    if face.once is None:
        assert face.lacks("once")
        return "no"
    receiver = noting(heard)
    face.once(receiver)
    face.send()
    face.send()
    assert heard == [None]
    return "yes"


def blocks(kind: type[Face]) -> str:
    """Send inside of the block and after it."""
    face, heard = kind(), list[object]()
    receiver = noting(heard)
    if face.muted is None:
        assert face.lacks("mute", "block", "pause", "connected_to")
        return "no"
    face.connect(receiver)
    with face.muted():
        face.send()
    assert heard == []
    face.send()
    assert heard == [None]
    if face.connected is None:
        assert face.lacks("connected_to")
        with face.tester() as mock:
            face.send()
        face.send()
        mock.assert_called_once_with(1)
        return "mutes, connects a mock"
    face.disconnect(receiver)
    with face.connected(receiver):
        face.send()
    face.send()
    assert heard == [None, None]
    return "yes"


def evented(kind: type[Face]) -> str:
    """Change a field of a dataclass that announces it."""
    face = kind()
    if face.announce_change is None:
        assert face.lacks("evented", "observ")
        return "no"
    assert face.announce_change(3) == 3
    return "yes"


def requirements(kind: type[Face]) -> str:
    """Read what its distribution says."""
    found = [Requirement(each) for each in importlib.metadata.requires(kind.distribution) or []]
    somewhere = {"extra": "", "sys_platform": "linux"}
    needed = [each for each in found if each.marker is None or each.marker.evaluate(somewhere)]
    return ", ".join(sorted(each.name for each in needed)) or "none"
