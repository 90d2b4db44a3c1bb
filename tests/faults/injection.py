"""Faults at system calls of a child process, without a tracer: seccomp notifies of the calls alone.

The child installs a filter for the calls, of which the kernel then notifies its parent; the parent
lets a call go on, gives an error in its place, or kills the child. All other calls run at their
usual speed (strace stops at each of them: a command takes three times as long).
See seccomp_unotify(2); the library is libseccomp, of version 2.5 or later.
"""

import ctypes
import errno
import os
import re
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from ctypes.util import find_library
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from typing import Final

_ALLOW: Final = 0x7FFF0000  # SCMP_ACT_ALLOW
_NOTIFY: Final = 0x7FC00000  # SCMP_ACT_NOTIFY
_CAN_NOTIFY: Final = 5  # the API level of seccomp_api_get(3)
_GO_ON: Final = 1  # SECCOMP_USER_NOTIF_FLAG_CONTINUE
_PAUSE: Final = 1000  # milliseconds
_WORDS: Final = re.compile(r"(signal|error|retval)=(\w+):when=(\d+)(\+?)")


class _Data(ctypes.Structure):
    _fields_ = (
        ("number", ctypes.c_int),
        ("architecture", ctypes.c_uint32),
        ("instruction", ctypes.c_uint64),
        ("arguments", ctypes.c_uint64 * 6),
    )


class _Notification(ctypes.Structure):
    _fields_ = (
        ("id", ctypes.c_uint64),
        ("thread", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("data", _Data),
    )


class _Response(ctypes.Structure):
    _fields_ = (
        ("id", ctypes.c_uint64),
        ("value", ctypes.c_int64),
        ("error", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
    )


def _library() -> ctypes.CDLL | None:
    name = find_library("seccomp")
    library = ctypes.CDLL(name, use_errno=True) if name else None
    level = getattr(library, "seccomp_api_get", lambda: 0)
    if library is None or level() < _CAN_NOTIFY:
        return None
    library.seccomp_init.restype = ctypes.c_void_p
    return library


_LIBRARY: Final = _library()


@cache
def is_there() -> bool:
    """Whether a process may have such a filter here: a container may forbid it."""
    if _LIBRARY is None:
        return False
    return not subprocess.run(
        [sys.executable, __file__], check=False, capture_output=True, timeout=60
    ).returncode


@dataclass(frozen=True)
class Fault:
    """A fault at the ``first`` call of a thread, or at that and all later ones (``for_good``).

    ``error`` is a number of errno, or 0; ``value`` is what the call returns then, without being
    carried out. With neither the process is killed.
    """

    first: int
    for_good: bool
    error: int = 0
    value: int | None = None

    @classmethod
    def parsed(cls, words: str) -> "Fault":
        """Read a fault in strace's syntax; raises ``ValueError`` for one that is none."""
        match = _WORDS.fullmatch(words)
        if match is None or (match[1] == "signal" and match[2] != "KILL"):
            raise ValueError(f"{words!r} is no fault")
        kind, what, first, plus = match.groups()
        number = getattr(errno, what) if kind == "error" else 0
        return cls(int(first), bool(plus), number, int(what) if kind == "retval" else None)

    def hits(self, number: int) -> bool:
        """Whether a thread's call with this number, from 1, gets the fault."""
        return number == self.first or (self.for_good and number > self.first)


def notify_of(calls: Iterable[str], parent: Connection) -> None:
    """In the child: let the parent decide about these calls, of this thread and all it starts.

    Calls that the system does not have are passed over.
    """
    descriptor = _filtered(calls)
    send_handle(parent, descriptor, os.getppid())  # by sendmsg, which no filter here has
    os.close(descriptor)


def _filtered(calls: Iterable[str]) -> int:
    """Install the filter, for good; returns the descriptor of its notifications."""
    assert _LIBRARY is not None
    context = ctypes.c_void_p(_LIBRARY.seccomp_init(_ALLOW))
    for call in calls:
        number = _LIBRARY.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:
            _checked(_LIBRARY.seccomp_rule_add(context, _NOTIFY, number, 0))
    _checked(_LIBRARY.seccomp_load(context))
    return int(_LIBRARY.seccomp_notify_fd(context))


def _checked(code: int) -> None:
    if code < 0:
        raise OSError(-code, os.strerror(-code))


def supervise(
    child: int, connection: Connection, fault: Fault | None, *, in_threads: bool = True
) -> Counter[str]:
    """In the parent: answer the notifications of a child until it ends, with the fault for one.

    Returns the number of each call, the most that one thread has made.
    """
    assert _LIBRARY is not None
    descriptor = recv_handle(connection)
    by_thread: Counter[tuple[int, int]] = Counter()

    def answer(notification: _Notification) -> None:
        place = (notification.thread, notification.data.number)
        by_thread[place] += 1
        is_meant = in_threads or notification.thread == child
        if fault is None or not is_meant or not fault.hits(by_thread[place]):
            _respond(descriptor, _Response(id=notification.id, flags=_GO_ON))
        elif fault.error:
            _respond(descriptor, _Response(id=notification.id, error=-fault.error))
        elif fault.value is not None:
            _respond(descriptor, _Response(id=notification.id, value=fault.value))
        else:
            os.kill(child, signal.SIGKILL)

    try:
        _answer_all(descriptor, answer, child)
    finally:
        os.close(descriptor)
    most: Counter[str] = Counter()
    for (_, number), count in sorted(by_thread.items()):
        name = _name_of(number)
        most[name] = max(most[name], count)
    return most


def _answer_all(descriptor: int, answer: Callable[[_Notification], None], child: int) -> None:
    """Receive notifications until no process has the filter any more, or the child is gone."""
    assert _LIBRARY is not None
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while True:
        events = [event for _, event in poll.poll(_PAUSE)]
        if not events and _is_there(child):
            continue
        if not events or not events[0] & select.POLLIN:
            return
        notification = _Notification()
        code = _LIBRARY.seccomp_notify_receive(descriptor, ctypes.byref(notification))
        if code == 0:
            answer(notification)
        elif -code not in (errno.ENOENT, errno.ECANCELED, errno.EINTR):  # it has been killed
            _checked(code)


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _respond(descriptor: int, response: _Response) -> None:
    assert _LIBRARY is not None
    code = _LIBRARY.seccomp_notify_respond(descriptor, ctypes.byref(response))
    if -code not in (0, errno.ENOENT, errno.ECANCELED):  # it may be gone
        _checked(code)


def _name_of(number: int) -> str:
    assert _LIBRARY is not None
    resolve = _LIBRARY.seccomp_syscall_resolve_num_arch
    resolve.restype = ctypes.c_void_p
    found = ctypes.c_void_p(resolve(_LIBRARY.seccomp_arch_native(), number))
    assert found.value is not None
    name = ctypes.string_at(found.value).decode()
    ctypes.CDLL(None).free(found)
    return name


if __name__ == "__main__":
    _filtered(["rmdir"])  # raises where that is forbidden
