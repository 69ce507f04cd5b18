"""What Aldis raises and warns: each class with its bases and its facts."""

import warnings
from typing import assert_type

import aldis
from aldis import (
    AldisError,
    AsyncReceiverError,
    LostReceiverWarning,
    PayloadMismatchError,
    ReceiverError,
    exceptions,
)
from aldis.exceptions import (
    AsyncThreadError,
    ConcurrencyError,
    GeneratorReceiverError,
    NotCallableError,
    OptionError,
    PrototypeError,
    ReceiverSignatureError,
    WeakReferenceError,
)
from tests.typing.shop import use


def take_aldis(error: AldisError) -> None: ...


def take_receiver(error: ReceiverError) -> None: ...


def take_type(error: TypeError) -> None: ...


def take_value(error: ValueError) -> None: ...


def take_runtime(error: RuntimeError) -> None: ...


def take_warning(warning: RuntimeWarning) -> None: ...


def same_names() -> None:
    """What the package exports is what `aldis.exceptions` has."""
    assert_type(aldis.AldisError(), exceptions.AldisError)
    assert_type(aldis.ReceiverError("f"), exceptions.ReceiverError)
    assert_type(
        aldis.AsyncReceiverError(None, (), started=False),
        exceptions.AsyncReceiverError,
    )
    assert_type(
        aldis.PayloadMismatchError("s", found="int", declared="str"),
        exceptions.PayloadMismatchError,
    )
    assert_type(aldis.LostReceiverWarning("f", None), exceptions.LostReceiverWarning)
    use(aldis.ConcurrencyError)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


def bases(
    receiver: ReceiverError,
    not_callable: NotCallableError,
    signature: ReceiverSignatureError,
    generator: GeneratorReceiverError,
    weak: WeakReferenceError,
    thread: AsyncThreadError,
) -> None:
    """A refused receiver is a `ReceiverError`, which is a `TypeError`."""
    take_aldis(receiver)
    take_type(receiver)
    take_receiver(not_callable)
    take_receiver(signature)
    take_receiver(generator)
    take_receiver(weak)
    take_receiver(thread)
    take_type(thread)
    take_value(receiver)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_runtime(receiver)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def other_bases(
    asynchronous: AsyncReceiverError,
    concurrency: ConcurrencyError,
    option: OptionError,
    prototype: PrototypeError,
    mismatch: PayloadMismatchError,
) -> None:
    """The others have the built-in base that fits."""
    take_aldis(asynchronous)
    take_runtime(asynchronous)
    take_aldis(concurrency)
    take_value(concurrency)
    take_aldis(option)
    take_type(option)
    take_aldis(prototype)
    take_type(prototype)
    take_aldis(mismatch)
    take_type(mismatch)
    take_receiver(asynchronous)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_type(asynchronous)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_type(concurrency)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_receiver(option)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    take_value(mismatch)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def a_warning(lost: LostReceiverWarning) -> None:
    """The warning is a `RuntimeWarning`, and no error of ours."""
    take_warning(lost)
    assert_type(lost.receiver, str)
    assert_type(lost.signal, str | None)
    warnings.filterwarnings("error", category=LostReceiverWarning)
    take_aldis(lost)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    warnings.filterwarnings("error", category=AldisError)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]


def facts_of_receivers(
    signature: ReceiverSignatureError,
    weak: WeakReferenceError,
    thread: AsyncThreadError,
    generator: GeneratorReceiverError,
    not_callable: NotCallableError,
) -> None:
    """The facts are texts, never the objects themselves."""
    assert_type(signature.receiver, str)
    assert_type(signature.found, str)
    assert_type(signature.needed, str)
    assert_type(weak.receiver, str)
    assert_type(weak.reason, str)
    assert_type(thread.receiver, str)
    assert_type(generator.receiver, str)
    assert_type(not_callable.receiver, str)
    signature.receiver()  # type: ignore[operator]  # ty: ignore[not-callable]
    use(thread.reason)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


def other_facts(
    asynchronous: AsyncReceiverError,
    concurrency: ConcurrencyError,
    option: OptionError,
    prototype: PrototypeError,
    mismatch: PayloadMismatchError,
) -> None:
    """Each class has its own."""
    assert_type(asynchronous.signal, str | None)
    assert_type(asynchronous.receivers, tuple[str, ...])
    assert_type(asynchronous.started, bool)
    assert_type(concurrency.found, str)
    assert_type(option.option, str)
    assert_type(option.found, str)
    assert_type(option.needed, str)
    assert_type(prototype.prototype, str)
    assert_type(prototype.found, str)
    assert_type(mismatch.signal, str)
    assert_type(mismatch.found, str)
    assert_type(mismatch.declared, str)
    asynchronous.signal.upper()  # type: ignore[union-attr]  # ty: ignore[missing-union-attribute]
    use(concurrency.needed)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]


def made() -> None:
    """Each takes its facts, by name where two could be taken for one another."""
    ReceiverError("f")
    NotCallableError("f")
    ReceiverSignatureError("f", found="(x)", needed="(sender, payload)")
    GeneratorReceiverError("f")
    WeakReferenceError("f", reason="it cannot")
    AsyncThreadError("f")
    AsyncReceiverError("placed", ["f", "g"], started=True)
    ConcurrencyError("0")
    OptionError("priority", found="'high'", needed="an int")
    PrototypeError("f", found="(x)")
    PayloadMismatchError("placed", found="int", declared="str")
    LostReceiverWarning("f", "placed")


def made_wrongly() -> None:
    """A fact that is missing, or of another type, is refused."""
    ReceiverError()  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    ReceiverError(made)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    ReceiverSignatureError("f")  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    ReceiverSignatureError("f", "(x)", "(sender, payload)")  # type: ignore[call-arg]  # ty: ignore[missing-argument, too-many-positional-arguments]
    WeakReferenceError("f")  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    AsyncReceiverError("placed", ["f"])  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    AsyncReceiverError("placed", [made], started=True)  # type: ignore[list-item]  # ty: ignore[invalid-argument-type]
    ConcurrencyError(0)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    OptionError("priority")  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    PrototypeError("f")  # type: ignore[call-arg]  # ty: ignore[missing-argument]
    PayloadMismatchError("placed", found=int, declared=str)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    PayloadMismatchError(None, found="int", declared="str")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]
    LostReceiverWarning("f")  # type: ignore[call-arg]  # ty: ignore[missing-argument]


def caught() -> None:
    """They are caught by name, and a group holds them like any other."""
    try:
        made()
    except ReceiverError as error:
        assert_type(error, ReceiverError)
        assert_type(error.receiver, str)
    except (AsyncReceiverError, PayloadMismatchError) as either:
        assert_type(either.signal, str | None)
    except AldisError as error:
        assert_type(error, AldisError)
        use(error.receiver)  # type: ignore[attr-defined]  # ty: ignore[missing-attribute]
    try:
        made()
    except* ReceiverError as group:
        assert_type(group, ExceptionGroup[ReceiverError])
