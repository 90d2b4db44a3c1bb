"""What is no text is taken out of every document."""

import io
import json
import zipfile
from email.message import EmailMessage

import pytest

from semsearch.documents.readers.reader import document_of
from semsearch.documents.readers.text_cleanup import clean_text, without_data

PICTURE = "data:image/png;base64," + "iVBORw0KGgo/A+" * 400 + "=="
WORD = "cro\u00adco\u00addile"


def words_of(name: str, data: bytes) -> str:
    """The text of a document."""
    return "\n".join(block.text for block in document_of(data, name).blocks)


def zipped(name: str, xml: str, **members: str) -> bytes:
    """A package with one XML member, and others."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        for member, text in {name: xml, **members}.items():
            package.writestr(member, text)
    return made.getvalue()


def odt() -> bytes:
    """An OpenDocument text with a soft hyphen."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        package.writestr("content.xml", f"<o><p>The {WORD} sleeps.</p></o>")
    return made.getvalue()


def mail() -> bytes:
    """A message with a soft hyphen."""
    made = EmailMessage()
    made.set_content(f"The {WORD} sleeps.")
    return bytes(made)


CELL = {"cell_type": "markdown", "source": [f"The {WORD} sleeps. ![x]({PICTURE})"]}
FILES = {
    "a.txt": f"The {WORD} sleeps.".encode(),
    "a.md": f"# A {WORD}\n\nThe {WORD} sleeps.".encode(),
    "a.html": b"<p>The cro&shy;co&#173;dile sleeps.",
    "a.json": b'{"said": "The cro\\u00adcodile sleeps."}',
    "a.csv": f"animal,habit\nThe {WORD},sleeps.\n".encode(),
    "a.ipynb": json.dumps({"cells": [CELL]}).encode(),
    "a.docx": zipped("word/document.xml", f"<d><p><t>The {WORD} sleeps.</t></p></d>"),
    "a.odt": odt(),
    "a.rtf": rb"{\rtf1\ansi The cro\-co\'addile sleeps.}",
    "a.eml": mail(),
}


@pytest.mark.parametrize("name", FILES)
def test_soft_hyphens_are_in_no_document(name: str) -> None:
    """A word with soft hyphens is the word without them, in each format."""
    text = words_of(name, FILES[name])
    assert "crocodile" in text
    assert "\u00ad" not in text


def test_a_word_that_a_soft_hyphen_cuts_at_the_end_of_a_line_is_whole() -> None:
    """The word stands on one of its lines, and other rows stay on theirs."""
    (block,) = document_of("A cro\u00ad\ncodile\nsleeps".encode(), "a.txt").blocks
    assert block.text == "A \ncrocodile\nsleeps"
    (block,) = document_of("A cro\u00adco\u00ad\ndile, asleep".encode(), "a.txt").blocks
    assert block.text == "A crocodile,\n asleep"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"![a boat]({PICTURE}) at sea", "a boat at sea"),
        (f'<img src="{PICTURE}"> at sea', '<img src=""> at sea'),
        (f"[image1]: <{PICTURE}>\nat sea", "\nat sea"),
        (f'body {{ background: url("{PICTURE}") red; }}', "body { background:  red; }"),
        ("x = url('data:image/svg+xml;utf8,<svg a=\"b\"/>')", "x = "),
        ("data:image/svg+xml," + "%3Csvg" * 20 + " at sea", " at sea"),
        (f"data:;base64,{'A' * 76}\n{'B' * 76}\nCCC=\nat sea", "\n\n\nat sea"),
        ('{"logo": "data:image\\/png;base64,iVBO\\/Rw=="}', '{"logo": ""}'),
        ("the scheme data:text/plain,hello is short", "the scheme data:text/plain,hello is short"),
        ("metadata: see the data: three boats", "metadata: see the data: three boats"),
    ],
)
def test_data_in_an_address_is_no_text(before: str, after: str) -> None:
    """``data:`` URIs are taken out, and what stands around them stays on its line."""
    assert without_data(before) == after


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.js", "a.html", "a.eml", "a.ipynb"])
def test_no_document_has_data(name: str) -> None:
    """The bytes of a picture are in no block, whatever the format."""
    written = f"We rowed out. ![boat]({PICTURE})"
    text = json.dumps({"cells": [CELL]}) if name == "a.ipynb" else f"\n{written}\n"
    found = words_of(name, text.encode())
    assert "iVBOR" not in found
    assert len(found) < 100


@pytest.mark.parametrize(
    "text",
    [
        "data:" * 9000,
        "data:a/b" + ";x=y" * 9000,
        "data:a/b" + ";word" * 9000,
        "url(" * 9000 + "data:",
        "url(data:" * 20000,
    ],
)
def test_what_begins_like_data_takes_linear_time(text: str) -> None:
    """A text of many beginnings is searched once."""
    assert len(clean_text(text)) == len(text)


@pytest.mark.parametrize("rest", ["![" * 20000, "[a]:" + " " * 20000 + "b", "![a](" + " " * 40000])
def test_what_begins_like_a_picture_takes_linear_time(rest: str) -> None:
    """A text with one picture and many beginnings of others is searched once."""
    assert without_data(f"![a boat]({PICTURE})\n{rest}") == f"a boat\n{rest}"


def test_a_picture_begins_at_its_own_mark() -> None:
    """A mark that begins no picture stays before the description of one."""
    assert without_data(f"![one ![two]({PICTURE})") == "![one two"
