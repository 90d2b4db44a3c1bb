"""Citations that are checked when they are shown, and opened."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fpdf import FPDF

import semsearch
from fakes.embedder import WordEmbedder
from fakes.office_files import paragraph, row, word, workbook
from semsearch.cli.opener import command_for
from semsearch.documents.passage import Location
from semsearch.errors import CorpusError, SettingsError
from semsearch.query.citation import Standing
from semsearch.query.hits import Hit
from semsearch.query.passage_context import show
from semsearch.query.searcher import Searcher
from semsearch.settings.schema import Settings

NOTES = "# Knots\n\nA bowline holds.\n\n## Bends\n\nA sheet bend joins ropes.\n\n## Hitches\n\nx\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with an index of one file."""
    (tmp_path / "notes.md").write_text(NOTES)
    semsearch.index(tmp_path, embedder=WordEmbedder(dimension=16), settings=Settings())
    return tmp_path


def best(corpus: Path) -> Hit:
    """The hit for the sheet bend."""
    answer = semsearch.search(
        "sheet bend joins", index=corpus, embedder=WordEmbedder(dimension=16), settings=Settings()
    )
    return answer.hits[0]


@pytest.mark.parametrize(
    ("text", "standing", "lines"),
    [
        (NOTES, Standing.EXACT, (5, 7)),
        (f"{NOTES}more\n", Standing.EXACT, (5, 7)),
        (f"Preface.\n\n{NOTES}", Standing.MOVED, (7, 9)),
        (NOTES.replace("joins", "ties"), Standing.CHANGED, (5, 7)),
        (None, Standing.GONE, (5, 7)),
    ],
)
def test_a_hit_says_whether_its_citation_holds(
    corpus: Path, text: str | None, standing: Standing, lines: tuple[int, int]
) -> None:
    """Of the file as it is now; where the text has moved, the new lines are given."""
    path = corpus / "notes.md"
    path.unlink()
    if text is not None:
        path.write_text(text)
    hit = best(corpus)
    assert hit.checked is not None
    assert hit.location.lines == (5, 7)
    assert (hit.checked.standing, hit.checked.location.lines) == (standing, lines)


def test_lines_are_shown_in_their_surroundings(corpus: Path) -> None:
    """A citation as query prints it, or a digest; the rows that are cited are marked."""
    for what in ("notes.md:5-7", best(corpus).digest[:8]):
        shown = show(what, context=1, index=corpus, settings=Settings())
        assert shown.standing is Standing.EXACT
        assert [(row.line, row.is_cited) for row in shown.rows] == [
            (3, False),
            (5, True),
            (7, True),
            (9, False),
        ]


def test_any_lines_can_be_shown(corpus: Path) -> None:
    """Also those of no passage, which have no standing."""
    shown = show("notes.md:3", context=0, index=corpus, settings=Settings())
    assert (shown.standing, [row.text for row in shown.rows]) == (None, ["A bowline holds."])


@pytest.mark.parametrize("what", ["other.md:3", "../secret.txt:1", "notes.md p.", "ffffffff", " "])
def test_what_names_nothing_is_said(corpus: Path, what: str) -> None:
    """Only documents of the index are shown, whatever else is on the disk."""
    with pytest.raises(SettingsError):
        show(what, index=corpus, settings=Settings())


def test_places_of_other_formats_are_shown(tmp_path: Path) -> None:
    """By the words in which query cites them."""
    cells = [{"cell_type": "code", "source": f"x{n} = {n}"} for n in range(3)]
    (tmp_path / "my book.ipynb").write_text(json.dumps({"cells": cells}))
    semsearch.index(tmp_path, embedder=WordEmbedder(dimension=16), settings=Settings())
    shown = show("my book.ipynb cell 1-3", index=tmp_path, settings=Settings())
    assert [(row.place, row.text) for row in shown.rows][1] == ("cell 2", "x1 = 1")


def test_the_command_prints_and_ends_with_1_when_the_text_is_gone(corpus: Path) -> None:
    """A shell can tell whether a citation still holds."""
    command = [sys.executable, "-m", "semsearch", "show", "notes.md:5-7", "--index", corpus]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stdout.split("\n")[4]) == (
        0,
        ">  7  A sheet bend joins ropes.",
    )
    (corpus / "notes.md").write_text("nothing\n")
    shown = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert (shown.returncode, json.loads(shown.stdout)["standing"]) == (1, "changed")


@pytest.mark.parametrize(
    ("editor", "opener", "words"),
    [
        ("vim", None, ["vim", "+5", "{path}"]),
        ("/bin/code -w", None, ["/bin/code", "-w", "--goto", "{path}:5"]),
        ("subl", None, ["subl", "{path}:5"]),
        ("ed", None, ["ed", "{path}"]),
        ("vim", "see --page={page} --line {line}", ["see", "--page=1", "--line", "5", "{path}"]),
    ],
)
def test_documents_open_at_their_line(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, editor: str, opener: str | None, words: list[str]
) -> None:
    """In each editor's own way; the path is absolute, so that no name of a file is an option."""
    monkeypatch.setenv("VISUAL", editor)
    command = command_for(corpus, Location("notes.md", (5, 7), None, ()), Settings(opener=opener))
    assert command == [word.replace("{path}", str(corpus / "notes.md")) for word in words]


def test_open_starts_the_editor(corpus: Path) -> None:
    """And ends with its exit code."""
    editor = corpus / "vim"
    editor.write_text('#!/bin/sh\necho "$@" > "$0.said"\nexit 7\n')
    editor.chmod(0o700)
    command = [sys.executable, "-m", "semsearch", "open", "notes.md:5-7", "--index", corpus]
    ended = subprocess.run(
        command, env={**os.environ, "VISUAL": str(editor)}, check=False, capture_output=True
    )
    assert ended.returncode == 7
    assert (corpus / "vim.said").read_text() == f"+5 {corpus / 'notes.md'}\n"


def test_a_file_that_is_gone_is_not_opened(corpus: Path) -> None:
    """The message says what to do."""
    (corpus / "notes.md").unlink()
    with pytest.raises(CorpusError, match="run: semsearch index"):
        command_for(corpus, Location("notes.md", (5, 7), None, ()), Settings())


def test_a_file_that_is_not_read_is_not_shown(corpus: Path) -> None:
    """Secrets stay where they are."""
    (corpus / "credentials.json").write_text('{"password": "otterholt"}')
    semsearch.index(corpus, embedder=WordEmbedder(dimension=16), settings=Settings())
    with pytest.raises(CorpusError, match=r"credentials\.json is not in the index: files of this"):
        show("credentials.json", index=corpus)


def test_a_page_is_shown_without_the_next_one(tmp_path: Path) -> None:
    """Where a passage begins on a short page and goes on to the next."""
    pdf = FPDF()
    pdf.set_font("Helvetica")
    for text in ("The moon pulls.", "The sun pulls, too."):
        pdf.add_page()
        pdf.cell(text=text)
    (tmp_path / "a.pdf").write_bytes(bytes(pdf.output()))
    semsearch.index(tmp_path, embedder=WordEmbedder(dimension=16), settings=Settings())
    shown = show("a.pdf p.1", index=tmp_path)
    assert [row.text for row in shown.rows if row.is_cited] == ["The moon pulls."]


def test_places_beyond_the_end_are_told_from_those_without_text(
    corpus: Path, tmp_path: Path
) -> None:
    """The message says how far the document goes; an empty row is no error."""
    pdf = FPDF()
    pdf.set_font("Helvetica")
    for text in ("The moon pulls.", "The sun pulls, too."):
        pdf.add_page()
        pdf.cell(text=text)
    (tmp_path / "a.pdf").write_bytes(bytes(pdf.output()))
    semsearch.index(tmp_path, embedder=WordEmbedder(dimension=16), settings=Settings())
    with pytest.raises(SettingsError, match=r"^a\.pdf has 2 pages; .* 'a\.pdf p\.2'"):
        show("a.pdf p.9", index=corpus)
    with pytest.raises(SettingsError, match=r"no line 500, its text ends in line 11; .*md:11"):
        show("notes.md:500", index=corpus)
    assert show("notes.md:2", index=corpus).rows == ()


MAIL = (
    b"From: a@x.org\nSubject: Lamps\nMessage-ID: <1@x.org>\n\nThe lamp burns.\n\n"
    b"Bob wrote:\n> Does the lamp burn?\n> Is there oil?\n\n-- \nAnn, Otterholt\n"
)


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """A mail with a quotation and a signature, a text of five paragraphs, a sheet of four rows."""
    (tmp_path / "re.eml").write_bytes(MAIL)
    text = "".join(paragraph(f"Ebb number {number}.") for number in range(1, 6))
    (tmp_path / "ebb.docx").write_bytes(word(text))
    rows = "".join(row(number, f"Tide {number}", f"{number}.5") for number in range(1, 5))
    (tmp_path / "tides.xlsx").write_bytes(workbook(rows))
    semsearch.index(tmp_path, embedder=WordEmbedder(dimension=16), settings=Settings())
    return tmp_path


def test_all_passages_at_a_place_are_shown(places: Path) -> None:
    """The text of a mail, what it quotes and its signature are cited alike."""
    shown = show("re.eml message", context=0, index=places, settings=Settings())
    cited = [row.text for row in shown.rows if row.is_cited]
    assert shown.standing is Standing.EXACT
    assert {"The lamp burns.", "> Is there oil?", "Ann, Otterholt"} <= set(cited)


def test_a_digest_shows_its_passage_alone(places: Path) -> None:
    """Of the passages at a place the others are its surroundings."""
    answer = semsearch.search(
        "lamp burns", index=places, embedder=WordEmbedder(dimension=16), settings=Settings()
    )
    for hit in answer.hits:
        shown = show(hit.digest, index=places, settings=Settings())
        cited = [row.text for row in shown.rows if row.is_cited]
        assert all(text in hit.text for text in cited)


@pytest.mark.parametrize(
    ("what", "texts"),
    [
        ("ebb.docx paragraph 4", ["Ebb number 4."]),
        ("ebb.docx paragraph 2-3", ["Ebb number 2.", "Ebb number 3."]),
        ("tides.xlsx sheet One row 3", ["Tide 3 | 3.5"]),
    ],
)
def test_a_place_may_be_narrower_than_a_passage(places: Path, what: str, texts: list[str]) -> None:
    """Rows of a passage are shown by their own places, and found like."""
    shown = show(what, context=1, index=places, settings=Settings())
    assert [row.text for row in shown.rows if row.is_cited] == texts
    searcher = Searcher(index=places, embedder=WordEmbedder(dimension=16), settings=Settings())
    with searcher:
        assert searcher.like(what).hits


@pytest.mark.parametrize("place", ["paragraph 9", "row 1", "sheet None row 1", "paragraph 4-9"])
def test_a_place_that_no_row_has_is_refused(places: Path, place: str) -> None:
    """No other place is shown instead, nor searched for."""
    with pytest.raises(SettingsError, match=f"has no place '{place}'"):
        show(f"ebb.docx {place}", index=places, settings=Settings())
    searcher = Searcher(index=places, embedder=WordEmbedder(dimension=16), settings=Settings())
    with searcher, pytest.raises(SettingsError, match=f"has no place '{place}'"):
        searcher.like(f"ebb.docx {place}")
