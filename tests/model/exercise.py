"""Each step is taken twice, by a signal and by the model, and what comes of it is compared."""

from __future__ import annotations

import gc
import re
import warnings
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from tests.model.faces import Face
from tests.model.inside import left_behind
from tests.model.model import Entry, Model, Ticket, each_once
from tests.model.sending import Action, Failure, Sending
from tests.model.things import MORTALS, VALUES, Hostile, Part, Thing, make, part_of

PAYLOAD = object()
DEEPEST = 4


class Exercise:
    """A signal beside its model, and the objects of which both are told.

    What dies is seen, not computed: the model says what has to be alive and what must not be.
    """

    done: Counter[str] = Counter()
    """How many examples there were, with how many operations and calls of receivers."""

    def __init__(
        self,
        face: Face,
        receivers: Sequence[str],
        senders: Sequence[str],
        *,
        watched: bool = False,
    ) -> None:
        self.face = face
        self.receivers = receivers
        self.senders = ("any", *senders)
        self.mortals = [
            name
            for name in dict.fromkeys(spec.partition(".")[0] for spec in (*receivers, *senders))
            if name in MORTALS
        ]
        self.model = Model(is_weakening=face.is_weakening)
        self.objects: dict[str, Any] = {}
        self.living: list[Thing] = []
        self.numbers: Counter[str] = Counter()
        self.sendings: list[Sending] = []
        self.scopes: list[tuple[AbstractContextManager[None], Entry]] = []
        self.silences: list[tuple[AbstractContextManager[None], tuple[Part, ...]]] = []
        self.armed: dict[str, list[Action]] = {}
        self.lost: list[str] = []
        self.faults: list[str] = []
        self.expected: list[object] = []
        self.noted: list[object] = []
        self.depth = 0
        self.telling_fails = False
        self.is_watched = watched and face.watchable
        self.watchers = face.watch(self._note) if self.is_watched else None
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        warnings.simplefilter("always")
        self._warn_here()
        gc.disable()
        gc.freeze()

    def _warn_here(self) -> None:
        shown: Any = warnings
        shown.showwarning = self._warned

    # -- objects -------------------------------------------------------------------------------

    def thing(self, name: str) -> Any:
        """Give the object of that name, made when there is none."""
        if name not in self.objects:
            self.numbers[name] += 1
            thing = Thing(name, f"{name}-{self.numbers[name]}")
            self.objects[name] = make(thing, self._called)
            self.living.append(thing)
        return self.objects[name]

    def receiver(self, place: int) -> tuple[Any, Part]:
        """Give a receiver, a bound method anew each time."""
        return self._find(self.receivers[place % len(self.receivers)])

    def _find(self, spec: str) -> tuple[Any, Part]:
        name, _, method = spec.partition(".")
        made = getattr(self.thing(name), method) if method else self.thing(name)
        return made, part_of(made)

    def sender(self, place: int) -> tuple[Any, object]:
        """Give a sender, the first of which is `ANY`, with what is equal for the same ones."""
        spec = self.senders[place % len(self.senders)]
        if spec == "any":
            return self.face.any, None
        if spec in VALUES:
            value = VALUES[spec]()
            return value, self.face.value_key(spec, value)
        if spec.startswith("id of "):
            number = id(self.thing(spec.removeprefix("id of ")))
            return number, self.face.value_key(spec, number)
        return self._find(spec)

    def key_of(self, shown: Any) -> object:
        """Tell which sender is shown."""
        if shown is self.face.any:
            return None
        if shown is None or issubclass(type(shown), (int, str, bytes, float)):
            names = [name for name, value in VALUES.items() if value() is shown]
            return self.face.value_key(names[0] if names else "", shown)
        return part_of(shown)

    # -- what is seen --------------------------------------------------------------------------

    def fault(self, text: str) -> None:
        """Note what must not be; raised by a receiver it might be swallowed."""
        self.faults.append(text)

    def holds(self, thing: Thing) -> bool:
        """Tell whether anything keeps a thing alive that may."""
        sending = any(each.holds(thing) for each in self.sendings)
        return thing.is_kept or sending or self.model.holds(thing)

    def sweep(self) -> None:
        """Have the model bury what has died."""
        dead = [thing for thing in self.living if thing.ref() is None]
        while dead:
            # One may have been held by a connection that ended with another.
            thing = next((each for each in dead if not self.holds(each)), dead[0])
            if self.holds(thing):
                self.fault(f"{thing.label} was freed, though it was held")
            dead.remove(thing)
            self.living.remove(thing)
            if self.model.bury(thing) and thing.is_told:
                self.lost.append(thing.label)

    def _warned(self, message: Any, category: type[Warning], *_: object) -> None:
        found = re.search(r"\b[fpa]\d-\d+\b", str(getattr(message, "receiver", "")))
        label = str(message) if found is None else found.group()
        self.sweep()
        if label in self.lost:
            self.lost.remove(label)
        else:
            self.fault(f"a warning that nobody expects: {label}")

    def _note(self, kind: str, receiver: Any, sender: Any) -> None:
        if not self.is_watched:
            return
        self.noted.append((kind, part_of(receiver), self.key_of(sender)))
        if self.telling_fails:
            self.telling_fails = False
            raise Failure

    def _expect(self, kind: str, *ends: tuple[Part, object]) -> None:
        if self.is_watched:
            self.expected += [(kind, receiver, sender) for receiver, sender in ends]

    @contextmanager
    def _operation(self, *, tells: bool = True) -> Generator[list[str]]:
        """What holds for every operation: it tells of what was lost before it, once."""
        self.done["operations"] += 1
        self._let_die()
        self.sweep()
        due = list(self.lost) if tells and self.face.tells_lost else []
        self.depth += 1
        try:
            yield due
        finally:
            self.depth -= 1
        self.sweep()
        self._require_told(due)
        if not self.depth:
            self.compare()

    def _require_told(self, due: list[str]) -> None:
        if any(label in self.lost for label in due):
            self.fault(f"lost, and not told of by the next operation: {due}")

    def _let_die(self) -> None:
        # What dies in the first half of an operation would find the model in the second.
        if any(each.name[0] == "d" and not each.is_kept for each in self.living):
            for _ in range(3):
                self.face.has_receivers_for(PAYLOAD)

    def compare(self) -> None:
        """Require that all that was noted on the way is as it should be."""
        if self.face.tells_lost and Hostile.asked:
            self.fault(f"asked something: {Hostile.asked}")
        Hostile.asked.clear()
        expected, noted = Counter(self.expected), Counter(self.noted)
        if noted != expected:
            self.fault(f"told of {noted - expected}, and not of {expected - noted}")
        self.expected, self.noted = [], []
        assert not self.faults, self.faults

    # -- steps ---------------------------------------------------------------------------------

    def perform(self, action: Action) -> None:
        """Take a step from inside a receiver or a destructor."""
        if self.depth < DEEPEST:
            getattr(self, action.do)(*action.arguments)

    def connect(
        self,
        receiver: int,
        sender: int,
        weak: bool = True,
        once: bool = False,
        priority: int = 0,
    ) -> None:
        """Connect, or replace the options of what is connected."""
        made, part = self.receiver(receiver)
        on, key = self.sender(sender)
        if not self.face.has_options:
            once, priority = False, 0
        with self._operation():
            if weak and not part.thing.takes_weak:
                try:
                    self.face.connect(made, on, weak, once, priority)
                    self.fault("connected weakly, though it takes no weak reference")
                except TypeError:
                    return
            self.model.connect(Entry(part, key, weak, priority, Ticket() if once else None))
            self._expect("connected", (part, key))
            try:
                if self.face.connect(made, on, weak, once, priority) is not made:
                    self.fault("connect gave back something else")
            except Failure:
                self._check_telling_failed()

    def _check_telling_failed(self) -> None:
        """Let pass what only a watcher raises."""
        if not self.is_watched:
            self.fault("raised what nobody has raised")
        if Counter(self.noted) <= Counter(self.expected):
            self.expected = list(self.noted)  # of the rest nobody is told

    def disconnect(self, receiver: int, sender: int | None = None) -> None:
        """Disconnect from all senders, or from one."""
        made, part = self.receiver(receiver)
        on, key = (self.face.any, None) if sender is None else self.sender(sender)
        is_all = key is None and (sender is None or self.face.any_is_all)
        with self._operation():
            gone = self.model.disconnect(part, *(() if is_all else (key,)))
            told = [(part, key)] if self.face.any_is_all else [(part, e.sender) for e in gone]
            self._expect("disconnected", *told)
            try:
                found = self.face.disconnect(made, *(() if is_all else (on,)))
            except Failure:
                self._check_telling_failed()
                return
            if found is not None and found != bool(gone):
                self.fault(f"disconnect said {found}")

    def fail_to_tell(self, action: Action) -> None:
        """Have a watcher raise: what was done is done."""
        self.telling_fails = True
        self.perform(action)
        self.telling_fails = False

    def enter_scope(self, receiver: int, sender: int) -> None:
        """Connect beside any equal connection."""
        made, part = self.receiver(receiver)
        on, key = self.sender(sender)
        with self._operation():
            entry = Entry(part, key, weak=False, is_scoped=True)
            self.model.connect(entry)
            self._expect("connected", (part, key))
            scope = self.face.connected_to(made, on)
            scope.__enter__()
            self.scopes.append((scope, entry))

    def leave_scope(self, place: int) -> None:
        """Remove exactly that connection, if it is still there."""
        if self.scopes:
            scope, entry = self.scopes.pop(place % len(self.scopes))
            with self._operation(tells=False):
                gone = self.model.remove(entry)
                self._expect("disconnected", *((e.receiver, e.sender) for e in gone))
                scope.__exit__(None, None, None)
                del scope

    def mute(self, receivers: tuple[int, ...]) -> None:
        """Silence some receivers, or all."""
        found = [self.receiver(each) for each in receivers if self.face.mutes_receivers]
        parts = tuple(part for _, part in found)
        with self._operation():
            self.model.muted.append(parts)
            silence = self.face.muted(*(made for made, _ in found))
            silence.__enter__()
            self.silences.append((silence, parts))

    def unmute(self, place: int) -> None:
        """End one of the silences, not always the last."""
        if self.silences:
            silence, parts = self.silences.pop(place % len(self.silences))
            with self._operation(tells=False):
                self.model.muted.remove(parts)
                silence.__exit__(None, None, None)
                del silence

    def kill(self, place: int) -> None:
        """Let go of an object; it dies, unless something else keeps it."""
        if self.mortals:
            self._let_go(self.mortals[place % len(self.mortals)])

    def _let_go(self, name: str) -> None:
        made = self.objects.pop(name, None)
        for thing in self.living:
            if thing.name == name:
                thing.is_kept = False
        del made
        self.sweep()

    def collect(self) -> None:
        """Have the collector come, which changes nothing but what waits for it."""
        gc.collect()
        self.sweep()
        self.ask()
        for thing in self.living:
            assert self.holds(thing), f"{thing.label} is kept alive by nobody"

    def arm(self, place: int, action: Action) -> None:
        """Have a receiver, or with -1 a destructor, take a step when it is next called."""
        spec = self.receivers[place % len(self.receivers)] if place >= 0 else "d0.__del__"
        self.armed.setdefault(spec, []).append(action)

    # -- sending -------------------------------------------------------------------------------

    def send(self, place: int, way: str = "send") -> None:
        """Send, and see whom it calls, in which order, and what it gives back."""
        sender, key = self.sender(place)
        if key is None:
            sender = key = object()
        way = way if self.face.is_async else way.replace("_async", "")
        way = way if self.face.is_robust else way.replace("_robust", "")
        thing = key.thing if isinstance(key, Part) else None
        with self._operation() as due:
            coming = [(each, each.ticket) for each in self.model.audible(key)]
            sending = Sending(sender, thing, "robust" in way, due, coming)
            del sender
            self.sendings.append(sending)
            try:
                pairs = getattr(self.face, way)(sending.sender, PAYLOAD)
            except (Failure, RuntimeError) as error:
                self._check_raised(sending, way, error)
                self.sendings.pop()
            else:
                self._check_sent(sending, way, pairs)
                self.sendings.pop()
                del pairs
            del sending, coming

    def _check_raised(self, sending: Sending, way: str, error: Exception) -> None:
        if isinstance(error, Failure):
            if not sending.has_failed:
                self.fault("raised what no receiver has raised")
        elif sending.called or not self._is_refused(sending, way):
            self.fault(f"refused to send: {error!r}, having called {sending.called}")

    def _check_sent(self, sending: Sending, way: str, pairs: list[tuple[Any, Any]]) -> None:
        if self._is_refused(sending, way):
            self.fault("an async receiver, and no refusal")
            return
        if sending.has_failed:
            self.fault("did not raise what a receiver has raised")
        missed = self._next(sending)
        if missed is not None:
            self.fault(f"did not call {missed}")
        if [(part_of(receiver), value) for receiver, value in pairs] != list(
            zip(sending.called, sending.values, strict=True)
        ):
            self.fault("gave other results than what was called")

    def _is_refused(self, sending: Sending, way: str) -> bool:
        return "async" not in way and any(
            entry.receiver.thing.is_async and entry in self.model.connected
            for entry, _ in sending.coming
        )

    def _next(self, sending: Sending, part: Part | None = None) -> Part | None:
        """Give whom a sending is to call next."""
        self.sweep()
        if not self.face.is_ordered and part is not None:
            sending.coming.sort(key=lambda each: each[0].receiver != part)
        while sending.coming:
            entry, ticket = sending.coming.pop(0)
            if entry not in self.model.connected or entry.receiver in sending.called:
                continue
            if ticket is not None:
                if ticket.is_used:
                    continue
                ticket.is_used = True
                if entry.ticket is ticket:
                    self.model.remove(entry)
                    self._expect("disconnected", (entry.receiver, entry.sender))
            return entry.receiver
        return None

    def _called(self, part: Part, sender: object, payload: object) -> object:
        """Called by each receiver, and by each destructor."""
        spec = f"{part.thing.name}.{part.method}" if part.method else part.thing.name
        actions = self.armed.get(spec)
        action = actions.pop(0) if actions else None
        if part.method == "__del__":
            self._obey_will(action)
            return None
        sending = self.sendings[-1]
        expected = self._next(sending, part)
        if expected != part:
            self.fault(f"called {part}, and not {expected}")
        if sender is not sending.sender or payload is not PAYLOAD:
            self.fault("another sender or payload")
        self._require_told(sending.due)
        sending.called.append(part)
        self.done["calls"] += 1
        if action is not None and action.do == "fail":
            sending.has_failed = not sending.is_robust
            sending.values.append(Failure)
            raise Failure
        if action is not None:
            self.perform(action)
        sending.values.append(part.thing.label)
        return part.thing.label

    def _obey_will(self, action: Action | None) -> None:
        try:
            if action is not None and action.do != "fail":
                self.perform(action)
        except BaseException as error:
            self.fault(f"in a destructor: {error!r}")

    # -- asking --------------------------------------------------------------------------------

    def ask(self) -> None:
        """Require that the signal says of itself what the model says."""
        with self._operation():
            face = self.face
            face.has_receivers_for(PAYLOAD)  # where nothing else is asked, this tells of the lost
            for place in range(1, len(self.senders)):
                sender, key = self.sender(place)
                receivers = [part_of(each) for each in face.receivers_for(sender)]
                self._same(receivers, each_once(self._matching(key)))
                if face.has_receivers_for(sender) != bool(self._matching(key)):
                    self.fault(f"has_receivers_for({key}) is {not self._matching(key)}")
                del sender
            if face.has_options:
                receivers = [part_of(each) for each in face.receivers()]
                self._same(receivers, each_once(self.model.in_order()))
                shown = [(part_of(c[0]), self.key_of(c[1]), *c[2:]) for c in face.connections()]
                self._same(shown, [self._as_shown(each) for each in self.model.in_order()])
            self.sweep()
            for thing in self.living:
                if not thing.is_cyclic and not self.holds(thing):
                    self.fault(f"{thing.label} is kept alive by nobody")

    def _matching(self, key: object) -> list[Entry]:
        self.sweep()  # to ask comes first: what dies in the asking is not shown any more
        return self.model.matching(key)

    def _as_shown(self, entry: Entry) -> tuple[object, ...]:
        is_once = entry.ticket is not None
        return (entry.receiver, entry.sender, entry.weak, is_once, entry.priority)

    def _same(self, shown: list[Any], expected: list[Any]) -> None:
        if shown != expected and (self.face.is_ordered or Counter(shown) != Counter(expected)):
            self.fault(f"shows {shown}, and not {expected}")

    # -- the end -------------------------------------------------------------------------------

    def close(self) -> None:
        """End everything, and require that nothing is left of it."""
        try:
            if not self.faults:
                self._end()
        finally:
            self._warnings.__exit__(None, None, None)
            gc.unfreeze()
            gc.enable()
            self.done["examples"] += 1
            if self.done["examples"] % 50 == 0:
                gc.collect()  # what was frozen has missed its turn

    def _end(self) -> None:
        self.armed.clear()
        while self.scopes:
            self.leave_scope(0)
        while self.silences:
            self.unmute(0)
        self.is_watched = False
        self.senders = ("any",)
        self.face.clear()
        self.model.connected.clear()
        for name in tuple(self.objects):
            self._let_go(name)
        self.collect()
        assert not self.living, self.living
        if self.face.is_tidy:
            assert left_behind(self.face.signal) == []
