"""Calls that a thread carries out."""

from threading import Event

import pytest

from semsearch.errors import EngineUnreachable
from semsearch.query.begun_call import begin


def test_a_call_goes_on_while_its_caller_does_something_else() -> None:
    """It has begun before its result is asked for, and gives what it returns."""
    begun, may_end = Event(), Event()

    def call() -> int:
        begun.set()
        may_end.wait(60)
        return 7

    result = begin(call)
    assert begun.wait(60)
    assert not result.done()
    may_end.set()
    assert result.result(60) == 7


def test_an_error_is_raised_to_whoever_asks_for_the_result() -> None:
    """And to nobody else."""

    def call() -> None:
        raise EngineUnreachable("no answer")

    with pytest.raises(EngineUnreachable, match="no answer"):
        begin(call).result(60)
