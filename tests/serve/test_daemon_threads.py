"""The pool of threads: results, errors, and an end that waits for nobody."""

import threading

import pytest

from semsearch.serve.daemon_threads import DaemonThreads


def test_tasks_have_results_and_errors() -> None:
    """Each its own, by as many threads as there are."""
    pool = DaemonThreads(2, "test")
    both = threading.Barrier(2, timeout=10)
    waiting = [pool.submit(both.wait) for _ in range(2)]
    assert {one.result(10) for one in waiting} == {0, 1}
    assert pool.submit(divmod, 7, 2).result(10) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        pool.submit(divmod, 7, 0).result(10)
    pool.close(10)


def test_the_end_waits_only_so_long_and_drops_what_has_not_begun() -> None:
    """The thread that still works is a daemon, which no process waits for."""
    pool = DaemonThreads(1, "test")
    begun, go_on = threading.Event(), threading.Event()

    def work() -> threading.Thread:
        begun.set()
        go_on.wait(30)
        return threading.current_thread()

    running, waiting = pool.submit(work), pool.submit(int)
    assert begun.wait(10)
    pool.close(0.05)
    assert (running.running(), waiting.cancelled()) == (True, True)
    go_on.set()
    assert running.result(10).daemon


def test_a_task_that_is_cancelled_before_it_begins_is_never_run() -> None:
    """And the next one is."""
    pool = DaemonThreads(1, "test")
    go_on = threading.Event()
    ran: list[str] = []
    pool.submit(go_on.wait, 30)
    dropped = pool.submit(ran.append, "dropped")
    assert dropped.cancel()
    go_on.set()
    pool.submit(ran.append, "next").result(10)
    assert ran == ["next"]
    pool.close(10)
