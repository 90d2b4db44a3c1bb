"""The lock of an index's writer."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import IndexLocked
from semsearch.indexer.report import IndexReport
from semsearch.settings.schema import Settings

if TYPE_CHECKING:
    from conftest import Run


def index(corpus: Path, words: WordEmbedder, **options: object) -> IndexReport:
    """Bring the index up to date."""
    return semsearch.index(corpus, embedder=words, settings=Settings(), **options)  # type: ignore[arg-type]


@pytest.fixture
def writing(corpus: Path, words: WordEmbedder) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the lock until its stdin ends."""
    index(corpus, words)
    script = (
        "import sys; from pathlib import Path\n"
        "from semsearch.store.disk.directory import IndexDirectory\n"
        "with IndexDirectory(Path(sys.argv[1]) / '.semsearch').locked():\n"
        "    print('locked', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(corpus)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        yield process


def test_whoever_waits_in_vain_is_told_who_writes(
    writing: "subprocess.Popen[str]", run: "Run", corpus: Path
) -> None:
    """A locked index names process, host and start of its writer; the exit code is 11."""
    shown = run("repair", "--index", corpus)
    assert shown.returncode == 11
    assert f"(process {writing.pid} on " in shown.stderr
    assert "since 20" in shown.stderr


def test_a_writer_can_wait_for_another(
    writing: "subprocess.Popen[str]", corpus: Path, words: WordEmbedder
) -> None:
    """With ``--wait`` a run starts when the other writer has ended."""
    with pytest.raises(IndexLocked, match="--wait"):
        index(corpus, words, wait=0.3)
    assert writing.stdin is not None
    writing.stdin.close()
    assert not index(corpus, words, wait=30).is_new_generation
