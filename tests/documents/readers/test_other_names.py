"""Of a file whose ending is none, or unknown, the content decides."""

from pathlib import Path

import pytest

from semsearch.documents.readers.reader import NotPlain, read_document
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

MAIL = b"Received: by x\nMessage-ID: <1@x>\nFrom: a@x.org\nSubject: Tea\n\nThe lamp burns.\n"
MEMO = b"From: a@x.org\nDate: Monday\n\nThe lamp burns.\n"
MAILBOX = b"From a@x.org Mon May  6 10:00:00 2024\n" + MAIL
CARD = b"BEGIN:VCARD\nFN:The lamp burns.\nEND:VCARD\n"
MAN = b'.\\" a page\n.TH LAMP 1\n.SH NAME\nThe lamp burns.\n'
PATCH = b"From 1a2b Mon Sep 17 00:00:00 2001\nFrom: a@x.org\nSubject: s\n\n"
PATCH += b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n+y\n"
TEI = b'<?xml version="1.0"?>\n<TEI><text><body><p>The lamp burns.</p></body></text></TEI>'


def read(
    folder: Path, name: str, data: bytes, *, only_plain: bool = False
) -> tuple[str | None, str]:
    """The place, or the line, and the text of the last block."""
    (folder / name).write_bytes(data)
    last = read_document(folder, name, max_bytes=10_000, only_plain=only_plain).document.blocks[-1]
    return last.places[-1] if last.places else f"line {last.lines[-1]}", last.text.split("\n")[-1]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("minutes.2024", b"Minutes.\n\nThe lamp burns.", ("line 3", "The lamp burns.")),
        ("notes.v2", "Größe".encode(), ("line 1", "Größe")),
        ("Inbox", MAILBOX, ("message 1", "The lamp burns.")),
        ("Archive.2024", MAILBOX, ("message 1", "The lamp burns.")),
        ("2024-May.txt", MAILBOX, ("message 1", "The lamp burns.")),
        ("1700000000.M1P1.host:2,S", MAIL, ("message", "The lamp burns.")),
        ("17.M2.host:2,RS", MEMO, ("message", "The lamp burns.")),
        ("memo.txt", MEMO, ("line 4", "The lamp burns.")),
        ("12", MAIL, ("message", "The lamp burns.")),
        ("mail.txt", MAIL, ("message", "The lamp burns.")),
        ("contacts", CARD, ("line 2", "Name: The lamp burns.")),
        ("lamp.1", MAN, ("line 4", "The lamp burns.")),
        (
            "pandoc.1",
            b'.ie "\\f[CB]x" \\{\\\n. ftr V B\n.\\}\n.el \\{\\\n. ftr V CR\n.\\}\n' + MAN,
            ("line 10", "The lamp burns."),
        ),
        ("lamp.3pm", MAN, ("line 4", "The lamp burns.")),
        ("notes.1", b"Not a page.", ("line 1", "Not a page.")),
        ("0001-fix.mbox2", PATCH, ("line 8", "+y")),
        ("book", TEI, ("line 2", "The lamp burns.")),
        ("page.saved", b"<!doctype html><p>The lamp burns.", ("line 1", "The lamp burns.")),
        ("page.pdf", b"<!doctype html><p>The lamp burns.", ("line 1", "The lamp burns.")),
        ("letter.pdf", rb"{\rtf1 The lamp burns.}", ("paragraph 1", "The lamp burns.")),
        ("words.msg", b"The lamp burns.", ("line 1", "The lamp burns.")),
    ],
)
def test_the_content_decides(
    tmp_path: Path, name: str, data: bytes, expected: tuple[str | None, str]
) -> None:
    """Mail, calendars, pages of the manual and texts are told, and cited as they are."""
    assert read(tmp_path, name, data) == expected


@pytest.mark.parametrize(
    "data", [MAIL, MAILBOX, TEI, b"\x1f\x8b\x08" + bytes(20), b"\x78\x9f\x3e\x22"]
)
def test_no_parser_runs_where_only_texts_are_read(tmp_path: Path, data: bytes) -> None:
    """Under the name of a text, too, content for a parser is left to a reader process."""
    with pytest.raises(NotPlain):
        read(tmp_path, "a.txt", data, only_plain=True)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("data.unknown", b"\0\1\2\3" * 100),
        ("data.unknown", b"\0\1\2\3" * 100_000),
        ("data.unknown", b"PK\3\4 an archive"),
        ("a.xml", b"<?xml version='1.0'?><project/>"),
    ],
)
def test_what_is_no_text_is_of_another_type(tmp_path: Path, name: str, data: bytes) -> None:
    """A file of a program is no failure, however large it is, and is not read again."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DocumentUnreadable) as caught:
        read_document(tmp_path, name, max_bytes=10_000)
    assert caught.value.code is ReasonCode.OTHER_TYPE
    assert caught.value.digest is not None
