"""Context that is embedded with a passage and not shown."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.chunker import Budget, passages_of
from semsearch.documents.context import title_of, with_context
from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.passage import Passage
from semsearch.documents.readers.markdown import read_markdown
from semsearch.errors import SettingsError
from semsearch.settings.schema import Context, Settings

if TYPE_CHECKING:
    from conftest import Run

BREAD = "# Bread\n\nWith a crust.\n\n## Rising\n\nIt takes hours.\n\n### Cold\n\nOr a day.\n"


def whole(_: str) -> bool:
    """An embedder that accepts any text."""
    return True


def contexts(
    text: str, kind: Context, path: str = "notes.md", fits: Callable[[str], bool] = whole
) -> list[str]:
    """The context of each passage of a Markdown text."""
    budget = Budget(1000, 100, fits, kind)
    return [passage.context for passage in passages_of(read_markdown(text), budget, path)]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Context.NONE, ["", "", ""]),
        (Context.TITLE, ["", "Bread", "Bread"]),
        (Context.HEADINGS, ["", "Bread", "Bread > Rising"]),
        (Context.FULL, ["", "Bread", "Bread > Rising"]),
    ],
)
def test_what_the_own_text_begins_with_is_not_said_twice(
    kind: Context, expected: list[str]
) -> None:
    """Context does not repeat the passage's first words, or a title equal to the first heading."""
    assert contexts(BREAD, kind) == expected


def test_a_title_that_is_no_heading_comes_first() -> None:
    """A front matter title precedes the headings."""
    text = "---\ntitle: Baking\n---\n\n# Bre\n\nBread.\n\n## Bread\n\nBreadcrumbs.\n"
    assert contexts(text, Context.FULL) == ["Baking", "Baking", "Baking > Bre"]
    assert contexts("---\ntitle: x.docx\n---\n\nBread.\n", Context.FULL)[0] == "notes"


@pytest.mark.parametrize(
    ("document", "title"),
    [
        (Document((), title="Said"), "Said"),
        (read_markdown("Some words.\n\n# Said\n"), "Said"),
        (read_markdown("Some\n\nwords\n\nbefore\n\n# Said\n"), "my notes"),
        (Document((Block(BlockKind.CODE, "f()", [1], headings=("f",)),)), "my notes"),
    ],
)
def test_a_document_is_called_what_it_says_else_by_its_name(document: Document, title: str) -> None:
    """A document's title is its own, else its first heading, else its file name."""
    assert title_of(document, "a/my-notes.txt") == title


def test_a_name_that_is_no_text_can_be_embedded() -> None:
    """Undecodable bytes of a file name are left out of the context."""
    assert title_of(Document(()), "\udcffold\udcfe.txt").encode() == b"old"


@given(st.integers(0, 60))
def test_the_context_gives_way_from_the_outside(longest: int) -> None:
    """Context is shortened to fit, outer headings first, without changing chunk boundaries."""
    passage = Passage("Twenty characters it.", (1, 1), None, ("outer", "inner"))
    fits = lambda text: len(text) <= max(longest, 21)  # noqa: E731
    extended = with_context(passage, Context.FULL, "title", fits)
    assert extended.context in ("title > outer > inner", "outer > inner", "inner", "")
    assert fits(extended.embedded)
    assert replace(extended, context="") == passage


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A document with a title and a document without."""
    (tmp_path / "bread.md").write_text(BREAD)
    (tmp_path / "old.txt").write_text("Nobody remembers it.")
    return tmp_path


def test_the_context_is_embedded_and_searched_and_not_shown(
    notes: Path, words: WordEmbedder
) -> None:
    """A hit shows only the document's words, at their place."""
    semsearch.index(notes, embedder=words, context="full")
    assert "Bread > Rising\n\n### Cold\n\nOr a day." in words.seen
    hit = semsearch.search("rising cold", index=notes, embedder=words, mark=True).hits[0]
    assert (hit.text, hit.location.lines) == ("### Cold\n\nOr a day.", (9, 11))
    assert hit.checked is not None
    assert hit.checked.standing.value == "exact"
    shown = semsearch.show(hit.digest, index=notes)
    assert [row.text for row in shown.rows if row.is_cited] == ["### Cold", "Or a day."]
    assert semsearch.verify(index=notes, full=True).damages == ()


def test_a_passage_with_context_is_found_where_it_has_moved(
    notes: Path, words: WordEmbedder
) -> None:
    """Citation checks ignore the context."""
    semsearch.index(notes, embedder=words, context="full")
    (notes / "bread.md").write_text(f"A line.\n\n{BREAD}")
    hit = semsearch.search("cold day", index=notes, embedder=words).hits[0]
    assert hit.checked is not None
    assert (hit.checked.standing.value, hit.checked.location.lines) == ("moved", (11, 13))


def test_a_renamed_file_is_embedded_again_only_where_its_name_is_its_title(
    notes: Path, words: WordEmbedder
) -> None:
    """A renamed file is embedded again only if its name is its title."""
    semsearch.index(notes, embedder=words, context="full")
    (notes / "bread.md").rename(notes / "loaf.md")
    assert semsearch.index(notes, embedder=words).embedded == 0
    (notes / "old.txt").rename(notes / "older.txt")
    assert semsearch.index(notes, embedder=words).embedded == 1
    assert words.seen[-2:] == ["older\n\nNobody remembers it.", "older"]  # and its title


def test_an_index_keeps_its_context_until_another_is_asked_for(
    notes: Path, words: WordEmbedder
) -> None:
    """A new context is planned before it is embedded; returning to the old one embeds nothing."""
    semsearch.index(notes, embedder=words)
    assert semsearch.plan(notes, embedder=words, context="headings").needs.texts == 2
    assert semsearch.index(notes, embedder=words, context="headings").embedded == 2
    assert semsearch.rebuild(notes, embedder=words).embedded == 0
    assert semsearch.index(notes, embedder=words, context="none").embedded == 0


def test_another_word_is_no_context(run: "Run", notes: Path) -> None:
    """An invalid context is refused with the valid values."""
    with pytest.raises(SettingsError, match="none, title, headings, full"):
        Settings(context="all")
    refused = run("index", notes, "--embedder", "local:minilm", "--context", "all")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "context must be one of none, title, headings, full" in refused.stderr
