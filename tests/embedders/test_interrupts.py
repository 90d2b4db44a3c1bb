"""Signals held back while something is in hand."""

import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from semsearch.embedders.interrupts import held_back, let_through, raise_held


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Each test ends with the handlers with which it began."""
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before


def press() -> None:
    """As Ctrl-C does."""
    signal.raise_signal(signal.SIGINT)


def test_a_signal_raises_at_the_end_of_what_must_not_be_lost() -> None:
    """And once, however often it came."""
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt), held_back():
        press()
        press()
        done.append(1)
    assert done == [1]


def test_a_signal_raises_where_it_is_let_through() -> None:
    """At the start of the context when it came before, else within it."""
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), held_back():
        with pytest.raises(KeyboardInterrupt), let_through():
            done.append("let through")
            press()
            done.append("never")
        press()
        done.append("held back")
        with let_through():
            done.append("never")
    assert done == ["let through", "held back"]
    with pytest.raises(KeyboardInterrupt), held_back():
        press()
        raise_held()
        done.append("never")
    assert "never" not in done


def test_no_signal_is_lost_behind_one_that_does_not_raise() -> None:
    """Of two signals that came, both reach their handlers, in their order."""
    came: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
    try:
        with pytest.raises(KeyboardInterrupt), held_back():
            signal.raise_signal(signal.SIGTERM)
            press()
            assert came == []
    finally:
        signal.signal(signal.SIGTERM, before)
    assert came == [signal.SIGTERM]


def test_a_signal_at_the_end_of_a_hold_leaves_no_other_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C between two handlers that are put back raises; SIGTERM reaches its handler later."""
    came: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
    original = signal.signal

    def put_back(number: int, handler: Any) -> None:
        original(number, handler)
        press()

    try:
        with pytest.raises(KeyboardInterrupt), held_back():
            monkeypatch.setattr(signal, "signal", put_back)
        monkeypatch.undo()
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert came == [signal.SIGTERM]


def test_outside_of_any_hold_a_signal_raises_as_usual() -> None:
    """Also where it is let through, and after a hold."""
    with held_back():
        pass
    for context in (let_through, held_back):
        with context():
            pass
        with pytest.raises(KeyboardInterrupt):
            press()
    with pytest.raises(KeyboardInterrupt), let_through():
        press()
    raise_held()


def test_a_hold_within_a_hold_is_one() -> None:
    """The inner one does not hand on what came."""
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt), held_back():
        with held_back():
            press()
        done.append(1)
    assert done == [1]


def test_other_threads_hold_nothing_back() -> None:
    """They get no signals, and may set no handlers."""
    told: list[str] = []

    def work() -> None:
        with held_back(), let_through():
            raise_held()
            told.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    with pytest.raises(KeyboardInterrupt), held_back():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        press()
        told.append("held back")
    assert told == ["done", "done", "held back"]


def test_a_signal_that_nobody_handles_keeps_its_meaning() -> None:
    """SIGTERM without a handler ends a process, and an ignored signal is ignored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with held_back():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            press()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_signal_that_comes_as_handlers_are_put_back_leaves_none_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the others would be held back for good."""
    raised: list[int] = []
    set_handler = signal.signal
    ended = set_handler(signal.SIGTERM, lambda number, _: raised.append(number))

    def press_once_put_back(number: int, handler: Any) -> Any:
        before = set_handler(number, handler)
        if handler is signal.default_int_handler and not raised:
            raised.append(number)
            press()
        return before

    try:
        with pytest.raises(KeyboardInterrupt), held_back():
            monkeypatch.setattr(signal, "signal", press_once_put_back)
        signal.raise_signal(signal.SIGTERM)
    finally:
        set_handler(signal.SIGTERM, ended)
    assert raised == [signal.SIGINT, signal.SIGTERM]
