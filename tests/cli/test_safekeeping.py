"""The commands ``rollback``, ``forget``, ``export`` and ``import``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.settings.schema import Settings

if TYPE_CHECKING:
    from conftest import Run


def index(corpus: Path, words: WordEmbedder) -> int:
    """Bring the index up to date; returns the generation."""
    return semsearch.index(corpus, embedder=words, settings=Settings()).generation


def test_each_command_says_what_it_did(run: "Run", corpus: Path, words: WordEmbedder) -> None:
    """Each command prints a line or two, or JSON; an error is one line on stderr."""
    index(corpus, words)
    (corpus / "new.txt").write_text("More.")
    index(corpus, words)
    for command, said in (
        (("verify", "--full"), "as it was written"),
        (("repair",), "nothing is damaged"),
        (("rollback",), "generation 3 is as generation 1 was"),
        (("export", "carried"), "generation 3, 5 passages embedded by test:words"),
        (("forget", "bees.md"), "forgotten: bees.md"),
    ):
        shown = run(*command, "--index", corpus)
        assert (shown.returncode, said in shown.stdout) == (0, True), shown
    assert "still in the folder" in shown.stderr
    os.rename(corpus / ".semsearch", corpus / "away")  # noqa: PTH104
    shown = run("import", "carried", corpus)
    assert "now of" in shown.stdout
    assert run("export", "carried", "--index", corpus).stderr.count("\n") == 1
