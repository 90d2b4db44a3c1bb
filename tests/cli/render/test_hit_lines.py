"""Lines of hits in a format of the user's."""

from pathlib import Path

import pytest

from semsearch.cli.render.hit_lines import VIMGREP, LineFormat
from semsearch.documents.passage import Location
from semsearch.errors import SettingsError
from semsearch.query.hits import Hit
from semsearch.query.ranked import Ranked
from semsearch.query.scoring import Signals
from semsearch.store.record.passages import StoredPassage

CORPUS = Path("/somewhere/else")
LINES = Location("sub/a.md", (3, 4), None, ("A", "B"))


def hit(text: str, place: Location = LINES, marked: tuple[int, int] | None = None) -> Hit:
    """A hit of a relevance of 0.87654."""
    passage = StoredPassage(1, 1, 0, place, text, b"\0")
    signals = Signals(0.4, 3.0, 1, None, 2.5, 0.6)
    ranked = Ranked(
        passage,
        3.1,
        relevance=0.87654,
        signals=signals,
        location=place,
        text=text,
        digests=("00",),
        parts=(),
        copies=(),
    )
    return Hit(2, ranked, marked)


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("{path}:{line}: {text}", "sub/a.md:4: Zwölf. Two there."),
        (VIMGREP, "/somewhere/else/sub/a.md:4:9:Zwölf. Two there."),
        ("{citation}\\t{relevance:.2f}", "sub/a.md:3-4\t0.88"),
        ("{rank:>3} {line}-{last_line} {headings}", "  2 4-4 A > B"),
        ("{{{digest:.4}}} {score:.1f} p{page}", "{00} 3.1 p1"),
        ("{passage}", "One here. Zwölf. Two there."),
        ("{passage:.4}", "One "),
        ("{passage:.400s}|", "One here. Zwölf. Two there.|"),
        ("plain", "plain"),
    ],
)
def test_a_line_has_the_fields_that_its_format_names(template: str, line: str) -> None:
    """Line, column (in bytes) and text are those of the best sentence."""
    found = hit("One here.\nZwölf. Two there.", marked=(17, 27))
    assert LineFormat.of(template).line(found, CORPUS) == line


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{pat}", "there is no {pat} in a format; there are path, file, line"),
        ("{}", "there is no {} in a format"),
        ("{0}", "there is no {0} in a format"),
        ("{path.parent}", "there is no {path.parent} in a format"),
        ("{path[0]}", "there is no {path[0]} in a format"),
        ("{line!r}", "there is no {line!r} in a format"),
        ("{", "the format '{' cannot be read: "),
        ("{line:z}", "{line} cannot be printed as 'z': "),
        ("{line:9999999}", "{line} cannot be printed as '9999999': give an alignment"),
        ("{text:{line}}", "{text} cannot be printed as '{line}': give an alignment"),
        ("{passage:.10000}", "{passage} cannot be printed as '.10000': give an alignment"),
        ("{relevance:.100f}", "{relevance} cannot be printed as '.100f': give an alignment"),
        ("{text:.2f}", "{text} cannot be printed as '.2f': "),
    ],
)
def test_a_format_is_checked_before_anything_is_asked(template: str, told: str) -> None:
    """And the right fields are named."""
    with pytest.raises(SettingsError) as raised:
        LineFormat.of(template)
    assert str(raised.value).startswith(told)


def test_documents_without_lines_have_their_place_in_the_text() -> None:
    """An editor opens such a file at its first line."""
    page = hit("Row of a page.", Location("a.pdf", None, (7, 8), ()))
    assert LineFormat.of("{line}:{column}:{text}").line(page, CORPUS) == "1:1:p.7: Row of a page."
    assert LineFormat.of("{page}").line(page, CORPUS) == "7"
    slide = hit("Row.", Location("a.pptx", None, None, (), "slide 3"))
    assert LineFormat.of("{text}").line(slide, CORPUS) == "slide 3: Row."


def test_a_merged_hit_has_the_line_at_which_it_begins() -> None:
    """Its text has fewer rows than there are lines, so that none of them can be told."""
    merged = hit("One.\n…\nTwo.", Location("a.md", (3, 40), None, ()), marked=(7, 11))
    assert LineFormat.of("{line}:{column}").line(merged, CORPUS) == "3:1"


def test_a_file_below_the_current_directory_is_relative_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that an editor that was started here opens it."""
    monkeypatch.chdir(tmp_path)
    found = hit("x")
    assert LineFormat.of("{file}").line(found, tmp_path / "notes") == "notes/sub/a.md"
    assert LineFormat.of("{file}").line(found, Path("notes")) == "notes/sub/a.md"
    assert LineFormat.of("{file}").line(found, CORPUS) == "/somewhere/else/sub/a.md"


def test_nothing_of_a_document_acts_on_a_terminal_or_forges_a_line() -> None:
    """Neither its text nor its name."""
    place = Location("a\nb\x1b[2J.md", (1, 1), None, ("H\n",))
    line = LineFormat.of("{path} {file} {citation} {headings} {text} {passage}").line(
        hit("evil\x1b[31m", place), CORPUS
    )
    assert "\n" not in line
    assert "\x1b" not in line
