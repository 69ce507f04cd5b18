from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

class Task:
    def join(self, timeout: float | None = None) -> None: ...
    def result(self) -> object: ...

class RLock:
    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool: ...
    def release(self) -> None: ...

class Schedule:
    choices: list[int]

class Failure:
    kind: str
    iteration: int
    schedule: Schedule
    exception: BaseException | None
    def format(self, max_steps: int = 25) -> str: ...

class Result:
    schedules_run: int
    failure: Failure | None
    exhausted: bool
    elapsed: float
    leaked_threads: int

class Runnable:
    tid: int
    name: str

class Strategy:
    exhausted: bool
    def more(self) -> bool | None: ...
    def begin(self, iteration: int, seed: int) -> None: ...
    def pick(
        self, runnable: Sequence[Runnable], current: Runnable | None, index: int
    ) -> Runnable: ...
    def end(self) -> None: ...

class RandomStrategy(Strategy): ...

class PCTStrategy(Strategy):
    def __init__(self, depth: int = 3) -> None: ...

class DFSStrategy(Strategy):
    def __init__(self, max_preemptions: int = 2) -> None: ...

def explore(
    model: Callable[[], object],
    *,
    iterations: int = 100,
    seed: int | None = None,
    strategy: Strategy | str = "random",
    granularity: str = "opcode",
    max_preemptions: int = 2,
    timeout: float = 30.0,
    include: Sequence[str | Path] | None = None,
    exclude: Sequence[str | Path] | None = None,
    patch_modules: bool = True,
    patch_time: bool = True,
    raise_on_failure: bool = True,
) -> Result: ...
def spawn(fn: Callable[[], object], *, name: str | None = None) -> Task: ...
def no_interleave() -> AbstractContextManager[None]: ...
