"""Captions are read once, with who speaks and when."""

import pytest

from semsearch.documents.readers.subtitles import read_subtitles


def cues(*rows: tuple[str, str]) -> str:
    """Captions of times and texts."""
    return "WEBVTT\n\n" + "\n\n".join(f"00:{times}\n{text}" for times, text in rows) + "\n"


def spoken(text: str) -> list[tuple[str, str]]:
    """The time and the words of each row."""
    return [
        (place, row)
        for block in read_subtitles(text).blocks
        for place, row in zip(block.places or (), block.text.split("\n"), strict=True)
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [
                ("01.000 --> 00:02.000", " \none two"),
                ("02.000 --> 00:02.010", "one two\n "),
                ("02.010 --> 00:04.000", "one two\nthree"),
            ],
            [("00:01", "one two"), ("00:02", "three")],
        ),
        (
            [("01.000 --> 00:03.000", "one\ntwo"), ("02.000 --> 00:04.000", "two\nthree")],
            [("00:01", "one"), ("00:01", "two"), ("00:02", "three")],
        ),
        (
            [
                ("01.000 --> 00:02.000", "one"),
                ("02.000 --> 00:03.000", "one two"),
                ("03.000 --> 00:04.000", "one two three"),
            ],
            [("00:01", "one two three")],
        ),
        (
            [("01.000 --> 00:02.000", "No."), ("02.500 --> 00:03.000", "No.")],
            [("00:01", "No."), ("00:02", "No.")],
        ),
    ],
)
def test_captions_that_roll_up_are_read_once(
    rows: list[tuple[str, str]], expected: list[tuple[str, str]]
) -> None:
    """A row that is still on the screen is no new one; one that is said again later is."""
    assert spoken(cues(*rows)) == expected


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            "<v Roger Bingham>We are &lt;here&gt; &amp; there",
            "Roger Bingham: We are <here> & there",
        ),
        ("<v.loud Ann>Now!</v>", "Ann: Now!"),
        ("<c.yellow>It</c> <00:00:01.500>burns", "It burns"),
        ("<ruby>漢<rt>kan</rt></ruby>字&nbsp;x", "漢字 x"),
        ("{\\an8}Above", "Above"),
    ],
)
def test_marks_are_no_words(row: str, words: str) -> None:
    """Voices are named; colours, times and readings above words are left out."""
    assert spoken(cues(("01.000 --> 00:02.000", row))) == [("00:01", words)]


def test_a_speaker_is_named_when_another_speaks() -> None:
    """Rows of one speaker in a row name him once."""
    rows = [
        ("01.0 --> 00:02.0", "<v A>One"),
        ("02.0 --> 00:03.0", "<v A>Two"),
        ("03.0 --> 00:04.0", "<v B>Three"),
    ]
    assert [words for _, words in spoken(cues(*rows))] == ["A: One", "Two", "B: Three"]


def test_what_is_no_caption_is_left_out() -> None:
    """Names of cues, numbers, notes and styles are no words; lines are those of the file."""
    head = "WEBVTT - A title\n\nSTYLE\n::cue { color: red }\n\nNOTE secret\n\nintro\n"
    text = head + cues(("01.000 --> 00:02.000", "One\n \n2")).removeprefix("WEBVTT\n\n").strip()
    text += "\n00:00:02,000 --> 00:00:03,000\nTwo\n"
    (block,) = read_subtitles(text).blocks
    assert (block.text, block.lines) == ("One\nTwo", [10, 14])
