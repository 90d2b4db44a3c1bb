"""Mailboxes are cut where a message begins, and nowhere else."""

import pytest

from semsearch.documents.readers.mail_marks import is_mailbox, is_message
from semsearch.documents.readers.mailbox import messages_in, read_mailbox
from semsearch.documents.reason import DocumentUnreadable

LINE = "From a@x.org Mon May  6 10:00:00 2024\n"
HEAD = "From: a@x.org\nSubject: s\n"
TOLD = f"It says:\n\n{LINE}{HEAD}\nEnd.\n"


def bodies(text: str) -> list[str]:
    """The bodies of the messages in a mailbox."""
    found = [content.decode().replace("\r\n", "\n") for content in messages_in(text.encode())]
    return [message.partition("\n\n")[2].strip() for message in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{LINE}{HEAD}\none\n\n{LINE}{HEAD}\ntwo\n", ["one", "two"]),
        (f"{LINE}{HEAD}\none\n{LINE}{HEAD}\ntwo\n", ["one", "two"]),
        (f"{LINE}{HEAD}\nA row\nFrom the hills it came.\n", ["A row\nFrom the hills it came."]),
        (f"{LINE}{HEAD}\nA row\n\nFrom here on\nit goes.\n", ["A row\n\nFrom here on\nit goes."]),
        (f"From - Mon May  6 10:00:00 2024\n{HEAD}\none\n\nFrom \n{HEAD}\ntwo\n", ["one", "two"]),
        (f"{LINE}{HEAD}\n>From me\n>>From you\n", ["From me\n>From you"]),
        (
            f"{LINE}{HEAD}Content-Length: {len(TOLD)}\n\n{TOLD}\n{LINE}{HEAD}\ntwo\n",
            [TOLD.strip(), "two"],
        ),
        (f"{LINE}{HEAD}Content-Length: 999\n\none\n\n{LINE}{HEAD}\ntwo\n", ["one", "two"]),
        (f"{LINE}{HEAD}\none\n\n{LINE}{HEAD}\ntwo\n".replace("\n", "\r\n"), ["one", "two"]),
    ],
)
def test_a_message_begins_at_a_from_line_before_a_header(text: str, expected: list[str]) -> None:
    """Not in a text that has such a line, nor within the length that the header tells."""
    assert bodies(text) == expected


def test_messages_are_numbered_as_they_stand() -> None:
    """A deleted message that is still in the file is counted, and not read."""
    deleted = f"{LINE}X-Mozilla-Status: 0009\n{HEAD}\ngone\n\n"
    document = read_mailbox(f"{deleted}{LINE}X-Mozilla-Status: 0001\n{HEAD}\nhere\n".encode())
    last = document.blocks[-1]
    assert (last.text, last.places) == ("here", ["message 2"])
    assert "gone" not in [block.text for block in document.blocks]


def test_a_text_is_no_mailbox() -> None:
    """Without a line that begins a message there is nothing to read."""
    with pytest.raises(DocumentUnreadable, match="no line begins a message"):
        read_mailbox(b"From the hills\n\nit came.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{LINE}{HEAD}\none", (True, False)),
        (f"\n{LINE}{HEAD}\none", (True, False)),
        (f"Received: by x\n\tid 1\n{HEAD}\none", (False, True)),
        (f"Return-Path: <a@x>\nMessage-ID: <1@x>\n{HEAD}\none", (False, True)),
        (f"{HEAD}To: b\n\nA memo.", (False, False)),
        ("From the hills it came.\nSubject: none", (False, False)),
        ("From: nowhere\n", (False, False)),
    ],
)
def test_mail_is_told_by_its_content(text: str, expected: tuple[bool, bool]) -> None:
    """A mailbox by its first line, a message by fields that no person types."""
    assert (is_mailbox(text.encode()), is_message(text.encode())) == expected


def test_a_message_that_no_parser_takes_costs_only_itself() -> None:
    """It is named, and the messages around it are read."""
    parts = "".join(
        f"--{n}\nContent-Type: multipart/mixed; boundary={n + 1}\n\n" for n in range(999)
    )
    nested = f"{LINE}{HEAD}Content-Type: multipart/mixed; boundary=0\n\n{parts}\n"
    document = read_mailbox(f"{LINE}{HEAD}\none\n\n{nested}\n{LINE}{HEAD}\nthree\n".encode())
    texts = [block.text for block in document.blocks]
    assert ("one" in texts, "three" in texts) == (True, True)
    assert document.unread is not None
    assert document.unread.detail.startswith("not read: message 2: damaged e-mail: RecursionError")


def test_what_is_not_read_is_named_with_its_message() -> None:
    """Of many messages a person has to know the one."""
    pgp = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"
    document = read_mailbox(f"{LINE}{HEAD}\none\n\n{LINE}{HEAD}\n{pgp}".encode())
    assert document.unread is not None
    assert document.unread.detail == "not read: message 2, encrypted text: it is encrypted by PGP"
