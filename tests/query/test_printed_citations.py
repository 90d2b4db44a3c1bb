"""Every citation that a search prints is taken by ``show``."""

import shutil
from pathlib import Path
from typing import Final

import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.cli.render.hits import hit_citation
from semsearch.documents.passage import can_span, ends_of, spanned
from semsearch.query.options import SearchOptions
from semsearch.query.passage_context import show
from semsearch.query.searcher import Searcher
from semsearch.settings.schema import Settings

SENTENCES: Final = " ".join(
    f"The bees of hive {n} swarm in the week {n} of May." for n in range(60)
)
NAMES: Final = (
    *("plain", "a b p.3 c", "a: b:12", "it's", 'a "b" c', "back\\slash", "tab\there", "ü (1)"),
    *("two\nrows", "-rf", "$(touch x)"),
)
ROWS: Final = [f"Hive {number} swarms in week {number}." for number in range(80)]
SAMPLES: Final = Path(__file__).parents[2] / "sample_corpus"


def pdf() -> bytes:
    """Three pages, each of several passages."""
    made = FPDF()
    made.set_font("Helvetica")
    for page in range(3):
        made.add_page()
        made.multi_cell(0, text=f"Page {page}. {SENTENCES}")
    return bytes(made.output())


def subtitles() -> str:
    """A text for each second."""
    return "\n".join(
        f"{n + 1}\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\n{row}\n"
        for n, row in enumerate(ROWS[:50])
    )


CONTENTS: Final = {
    ".md": "\n\n".join(["# Bees", SENTENCES, "## May", SENTENCES]).encode(),
    ".html": f"<h1>Bees</h1><p>{SENTENCES}</p><h2>May</h2><p>{SENTENCES}</p>".encode(),
    ".csv": "\n".join(["hive,week", *(f"bees {n},{n}" for n in range(200))]).encode(),
    ".srt": subtitles().encode(),
    ".pdf": pdf(),
    ".txt": "\n".join(ROWS).encode(),
}


def test_places_of_different_kinds_make_no_hit(tmp_path: Path, words: WordEmbedder) -> None:
    """What is attached to a document stands apart from it, so that each citation is taken."""
    (tmp_path / "a.eml").write_bytes(
        b"Subject: bees\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
        b"--x\nContent-Type: text/plain\n\nThe bees swarm.\n"
        b"--x\nContent-Type: text/plain\n"
        b"Content-Disposition: attachment; filename=b.txt\n\nMore bees swarm.\n--x--\n"
    )
    semsearch.index(tmp_path, embedder=words)
    answer = semsearch.search("bees swarm", index=tmp_path, embedder=words)
    printed = [hit_citation(hit) for hit in answer.hits]
    assert sorted(printed) == ["a.eml message", "a.eml message, b.txt line 1"]
    assert all(show(citation, index=tmp_path).rows for citation in printed)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("p.1 line 9", "p.2 line 1", True),
        ("slide 3", "slide 4", True),
        ("paragraph 3", "paragraph 9", True),
        ("p.1 line 9", "attachments", False),
        ("message", "message, a.txt line 1", False),
        ("header", "footer", False),
        (None, None, True),
        ("cell 1", None, False),
    ],
)
def test_a_range_is_made_where_it_can_be_taken_apart(
    first: str | None, last: str | None, expected: bool
) -> None:
    """Of places of the same kind."""
    assert can_span(first, last) is expected


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents of many formats, with odd names, beside documents of the sample corpus."""
    made = tmp_path_factory.mktemp("odd names")
    for number, name in enumerate(NAMES):
        for at, (ending, content) in enumerate(CONTENTS.items()):
            if (number + at) % 3 == 0:
                (made / f"{name}{ending}").write_bytes(content)
    for ending in ("pptx", "xlsx", "docx", "ipynb", "epub", "eml", "odt", "pdf"):
        for path in list(SAMPLES.rglob(f"*.{ending}"))[:2]:
            shutil.copy(path, made / f"sample {path.name}")
    semsearch.index(made, embedder=WordEmbedder(), settings=Settings())
    return made


@pytest.mark.parametrize("question", ["bees swarm in May", "hive week", "the bread and the rent"])
@pytest.mark.parametrize("is_merged", [True, False])
def test_a_citation_that_is_printed_is_shown(folder: Path, question: str, is_merged: bool) -> None:
    """With the rows of its hit marked, also when the hit is made of neighbours."""
    options = SearchOptions(limit=60, min_relevance=0, merge=is_merged)
    with Searcher(index=folder, embedder=WordEmbedder(), settings=Settings()) as searcher:
        hits = searcher(question, options).hits
    assert len({hit.location.path.rpartition(".")[2] for hit in hits}) > 2
    for hit in hits:
        shown = show(hit_citation(hit), context=0, index=folder, settings=Settings())
        assert shown.location.path == hit.location.path
        cited = " ".join(row.text for row in shown.rows if row.is_cited)
        first, *_, last = hit.text.split()
        assert (first in cited, last in cited) == (True, True), hit_citation(hit)


@given(
    st.sampled_from(("p.{} line 7", "sheet A - B row {}", "slide {}", "cell {}", "00:01:{}")),
    st.lists(st.integers(10, 99), min_size=4, max_size=4, unique=True),
)
def test_ranges_of_ranges_are_ranges(form: str, numbers: list[int]) -> None:
    """However places are joined, the first and the last remain."""
    a, b, c, d = (form.format(number) for number in sorted(numbers))
    assert spanned(spanned(a, b), spanned(c, d)) == spanned(a, d)
    assert ends_of(spanned(a, d)) == (a, d)
