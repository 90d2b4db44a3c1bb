"""The prompt, on a terminal of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.embedders.local.minilm import MiniLM


@pytest.mark.skipif(os.name != "posix", reason="no such terminals on this system")
def test_a_number_opens_that_hit_of_the_last_answer(
    corpus: Path, minilm: MiniLM, tmp_path: Path
) -> None:
    """In the editor, at its line; a number without a hit is said, and the prompt goes on."""
    import pty  # here: Windows has none

    import semsearch

    semsearch.index(corpus, embedder=minilm)
    editor = tmp_path / "vi"
    editor.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/opened\n')
    editor.chmod(0o755)
    person, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "semsearch", "query", "--index", str(corpus)],
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200", "EDITOR": str(editor)},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        close_fds=True,
    )
    os.close(terminal)
    for typed in ("1", "how do bees survive the cold?", "1", "99", ""):
        os.write(person, f"{typed}\n".encode())
    shown = b""
    while True:
        try:
            piece = os.read(person, 4096)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(person)
    assert process.wait(timeout=60) == 0
    assert (tmp_path / "opened").read_text().startswith("+")
    assert (tmp_path / "opened").read_text().splitlines()[0].endswith("/corpus/bees.md")
    assert b"semsearch: opening bees.md:" in shown
    assert b"semsearch: the last answer has " in shown
