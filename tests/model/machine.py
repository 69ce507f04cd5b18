"""Random steps, chosen by Hypothesis, for a signal and its model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as with_seed
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.model.exercise import Exercise
from tests.model.faces import Face
from tests.model.sending import Action
from tests.model.things import RECEIVERS, SENDERS

STEPS = ("connect", "disconnect", "enter_scope", "leave_scope", "mute", "unmute", "kill", "send")
WAYS = ("send", "send_robust", "send_async", "send_robust_async")


@dataclass(frozen=True)
class Focus:
    """What is tried: all there is, or a part of it.

    Attributes:
        receivers: of these, each example has a few.
        senders: of these as well; `ANY` is always among them.
        steps: what is done.
        ways: how it is sent.
        is_reentrant: whether receivers and destructors take steps, too.
        is_watched: whether somebody is told of connections.
        is_asked: whether it may be asked after each step what it is like.
    """

    receivers: Sequence[str] = RECEIVERS
    senders: Sequence[str] = SENDERS
    steps: Sequence[str] = STEPS
    ways: Sequence[str] = WAYS
    is_reentrant: bool = True
    is_watched: bool = True
    is_asked: bool = True


def _few(names: Sequence[str]) -> st.SearchStrategy[list[str]]:
    # Few, so that steps meet: what is equal, what is connected twice, what dies while it is needed.
    return st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)


def _actions(focus: Focus) -> dict[str, st.SearchStrategy[Action]]:
    """Say how the arguments of each step are chosen."""
    receiver, place = st.integers(0, 2), st.integers(0, 2)
    sender = st.sampled_from([0, 0, 0, 1, 1, 1, 1, 2, 2, 3])  # 0 is `ANY`
    once = st.sampled_from([False, False, False, True])
    arguments: dict[str, Sequence[st.SearchStrategy[Any]]] = {
        "connect": [receiver, sender, st.booleans(), once, place],
        "disconnect": [receiver, st.none() | sender],
        "enter_scope": [receiver, sender],
        "leave_scope": [place],
        "mute": [st.lists(receiver, max_size=2).map(tuple)],
        "unmute": [place],
        "kill": [st.integers(0, 5)],
        "send": [st.sampled_from([1, 1, 1, 1, 2, 2, 3, 0]), st.sampled_from(focus.ways)],
    }
    return {
        name: st.builds(Action, st.just(name), st.tuples(*arguments[name])) for name in focus.steps
    }


def make_machine(
    make_face: Callable[[], Face], focus: Focus | None = None
) -> type[RuleBasedStateMachine]:
    """Make the machine that tries one kind of signal."""
    part = Focus() if focus is None else focus
    actions = _actions(part)
    ends = [actions[name] for name in ("disconnect", "kill") if name in actions]
    entering = ("enter_scope", "leave_scope", "mute", "unmute", "unmute")
    blocks = [actions[name] for name in entering if name in actions]
    told = [actions[name] for name in ("connect", "disconnect") if name in actions]

    class Machine(RuleBasedStateMachine):
        exercise: Exercise | None = None
        is_asked = False

        @initialize(
            receivers=_few(part.receivers),
            senders=_few(part.senders),
            watched=st.booleans(),
            asked=st.booleans(),
            several=st.lists(actions["connect"], min_size=1, max_size=5),
        )
        def begin(
            self,
            receivers: list[str],
            senders: list[str],
            watched: bool,
            asked: bool,
            several: list[Action],
        ) -> None:
            """Have a new signal, and a few objects to try it with."""
            is_watched = watched and part.is_watched
            self.exercise = Exercise(make_face(), receivers, senders, watched=is_watched)
            # To ask is an operation, too: what is only right after one would never show.
            self.is_asked = asked and part.is_asked
            self.take(several)

        @property
        def begun(self) -> Exercise:
            """Give the signal beside its model."""
            assert self.exercise is not None
            return self.exercise

        # What the rest needs in order to have an effect is done several times at once.
        @rule(several=st.lists(actions["connect"], min_size=1, max_size=4))
        def connect(self, several: list[Action]) -> None:
            """Connect, or connect again with other options."""
            self.take(several)

        @precondition(lambda _: bool(ends))
        @rule(action=st.one_of(ends))
        def end(self, action: Action) -> None:
            """Disconnect from one sender or from all, or let go of an owner, function or sender."""
            self.begun.perform(action)

        @precondition(lambda _: bool(blocks))
        @rule(action=st.one_of(blocks))
        def block(self, action: Action) -> None:
            """Enter or leave a connection or a silence, not always the last."""
            self.begun.perform(action)

        @rule(several=st.lists(actions["send"], min_size=1, max_size=3))
        def send(self, several: list[Action]) -> None:
            """Send."""
            self.take(several)

        @precondition(lambda _: part.is_reentrant)
        @rule(
            place=st.integers(-1, 2),
            several=st.lists(
                st.one_of(*actions.values(), st.just(Action("fail"))), min_size=1, max_size=2
            ),
            send=actions["send"],
        )
        def arm(self, place: int, several: list[Action], send: Action) -> None:
            """Have a receiver or a destructor take a step when it is called, or fail; then send."""
            for each in several:
                self.begun.arm(place, each)
            self.begun.perform(send)

        def take(self, several: list[Action]) -> None:
            """Take some steps."""
            for each in several:
                self.begun.perform(each)
                self.agree()

        @precondition(lambda self: self.exercise is not None and self.exercise.is_watched)
        @rule(action=st.one_of(told))
        def fail_to_tell(self, action: Action) -> None:
            """Have who is told raise."""
            self.begun.fail_to_tell(action)

        @precondition(lambda _: part.is_asked)
        @rule(is_collected=st.booleans())
        def ask(self, is_collected: bool) -> None:
            """Ask for all that can be asked for, perhaps after the collector has come."""
            if is_collected:
                self.begun.collect()
            else:
                self.begun.ask()

        @invariant()
        def agree(self) -> None:
            """Whatever has been done, the signal says what the model says."""
            if self.exercise is not None and self.is_asked:
                self.exercise.ask()

        def teardown(self) -> None:
            """End everything, and look inside."""
            if self.exercise is not None:
                self.exercise.close()

    return Machine


def run(
    machine: type[RuleBasedStateMachine],
    examples: int,
    *,
    steps: int = 40,
    seed: int | None = None,
) -> Counter[str]:
    """Run a machine, and give how much was done.

    Without a seed the examples are always the same. No time is spent on making a failure smaller.
    """
    Exercise.done.clear()
    run_state_machine_as_test(
        machine if seed is None else with_seed(seed)(machine),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=seed is None,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            report_multiple_bugs=False,
        ),
    )
    return Exercise.done.copy()
