"""Ctrl-C and Ctrl-D at a question on a terminal, and on the prompt."""

import os
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.mistral_server import KEY, mistral_server

if TYPE_CHECKING:
    from conftest import Run


def started(command: list[str], **variables: str) -> tuple[int, int]:
    """Start a command on a terminal of its own; returns its process and the terminal."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-m", *command], {**os.environ, **variables})  # noqa: S606
    return pid, terminal


def shown_until(
    terminal: int, words: bytes | None, *, again: Callable[[], object] | None = None
) -> bytes:
    """What a terminal shows until some words, or until its process has ended.

    What was done is done again while nothing comes: Python may miss a signal just before it reads.
    """
    shown = b""
    while words is None or words not in shown:
        if again and not select.select([terminal], [], [], 1)[0]:
            again()
            continue
        try:
            got = os.read(terminal, 4096)
        except OSError:  # its other end is closed
            break
        if not got:
            break
        shown += got
    return shown


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no such terminals on this system")
@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_a_question_that_is_interrupted_ends_with_130(corpus: Path, key: bytes) -> None:
    """An interrupted question sends nothing, and the message has a line of its own."""
    with mistral_server() as server:
        pid, terminal = started(
            ["semsearch", "index", str(corpus)],
            MISTRAL_API_KEY=KEY,
            MISTRAL_BASE_URL=server.url,
        )
        assert b"Send this text" in (asked := shown_until(terminal, b"[y/N]")), asked
        os.write(terminal, key)
        said = shown_until(terminal, None, again=lambda: os.write(terminal, key))
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        assert os.waitstatus_to_exitcode(status) == 130
        assert server.received == []
    assert b"\nsemsearch: interrupted" in said
    assert b"fault of semsearch" not in said


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no such terminals on this system")
def test_sigterm_ends_the_prompt(run: "Run", corpus: Path) -> None:
    """With its own exit code."""
    assert run("index", corpus, "--embedder", "local:minilm").returncode == 0
    pid, terminal = started(["semsearch", "query", "--index", str(corpus)], TERM="dumb")
    shown_until(terminal, b"? ")
    os.kill(pid, signal.SIGTERM)
    shown_until(terminal, None, again=lambda: os.kill(pid, signal.SIGTERM))
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 143
