"""Trying mutants where all tests are loaded: in a fork, the code of one function is exchanged."""

from __future__ import annotations

import gc
import importlib
import inspect
import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from tests.mutants.changing import Change, Mutant
from tests.mutants.suite import (
    BROKEN,
    OPTIONS,
    TESTS,
    Ended,
    Survey,
    begin_child,
    limit_of,
    wait_for,
)

ELSEWHERE = "elsewhere"
"""What becomes of a mutant whose change is not inside of a function."""


class Server:
    """Takes mutants from a queue, in place of the tests that have been collected."""

    def __init__(
        self,
        survey: Survey,
        choose: Callable[[Mutant], list[str]],
        mutants: SimpleQueue[Mutant | None],
        results: SimpleQueue[tuple[Change, Ended]],
    ) -> None:
        self._survey = survey
        self._choose = choose
        self._mutants = mutants
        self._results = results
        self._items: dict[str, pytest.Item] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try each mutant until there are no more."""
        self._items = {item.nodeid: item for item in session.items}
        gc.collect()
        gc.freeze()  # no collection in a test is to go through all of this
        while (mutant := self._mutants.get()) is not None:
            self._results.put((mutant.change, self._try(mutant)))
        return True

    def _try(self, mutant: Mutant) -> Ended:
        exchange = _change_nothing if mutant.is_control else find_exchange(mutant)
        if exchange is None:
            return ELSEWHERE
        tests = self._choose(mutant)
        if not tests:  # what was tried before were all that there are
            return "passed"
        child = os.fork()
        if not child:
            code = BROKEN
            try:
                os.setsid()
                exchange()
                code = self._run(tests)
            finally:
                os._exit(code)
        return wait_for(child, 60 + 5 * sum(map(self._survey.cost, tests)))

    def _run(self, tests: list[str]) -> int:
        """Run tests up to the first failure; give what a process exits with."""
        failed = _Failed()
        # What has an address in its name is another test in each process.
        items = [self._items[test] for test in tests if test in self._items]
        items[0].config.pluginmanager.register(failed)
        for item, following in zip(items, [*items[1:], None], strict=True):
            signal.setitimer(signal.ITIMER_REAL, limit_of(self._survey, item.nodeid))
            try:
                item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            except BaseException:  # an interrupt that a test makes, and nobody has caught
                return 1
            if failed.any:
                return 1
        return 0


class _Failed:
    """Notes whether anything has failed."""

    any = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """See how a test went."""
        self.any |= report.failed


def serve(source: Path, server: Server) -> None:
    """Load all tests on a copy of the package, and try mutants."""
    begin_child(source)
    pytest.main([*OPTIONS, *TESTS], plugins=[server])


def _change_nothing() -> None:
    """Leave everything as it is."""


def find_exchange(mutant: Mutant) -> Callable[[], None] | None:
    """Find the function that is changed; give what changes it, or `None` where that is no way."""
    module = importlib.import_module(f"aldis.{mutant.module}")
    changed = {_name_of(code): code for code in _codes(compile(mutant.source, "", "exec"))}
    for function in _functions(module, module.__name__):
        code = changed.get(_name_of(function.__code__))
        if code is None or _is_same(code, function.__code__):
            continue
        if code.co_freevars != function.__code__.co_freevars:
            return None
        exchanged = code.replace(co_filename=function.__code__.co_filename)

        def exchange(function: FunctionType = function, code: CodeType = exchanged) -> None:
            function.__code__ = code

        return exchange
    return None


def _name_of(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _is_same(one: CodeType, other: CodeType) -> bool:
    return one.replace(co_filename="") == other.replace(co_filename="")


def _codes(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)


def _functions(owner: Any, module: str) -> Iterator[FunctionType]:
    inside: dict[str, Any] = owner.__dict__
    for each in tuple(inside.values()):
        if isinstance(each, type):
            if each.__module__ == module and each is not owner:
                yield from _functions(each, module)
            continue
        parts: tuple[Any, ...] = (
            each,
            getattr(each, "fget", None),  # of a property
            getattr(each, "__func__", None),  # of a class method
        )
        for part in parts:
            found: Any = inspect.unwrap(part) if callable(part) else part
            if isinstance(found, FunctionType) and found.__module__ == module:
                yield found
