"""Messages within messages are read."""

import base64
from email.message import EmailMessage

import pytest

from semsearch.documents.readers.mail import read_message


def message(subject: str, text: str) -> EmailMessage:
    """A message."""
    made = EmailMessage()
    made["Subject"] = subject
    made.set_content(text)
    return made


def places(made: EmailMessage | bytes) -> dict[str, str]:
    """The last text at each place of a message."""
    data = made if isinstance(made, bytes) else bytes(made)
    return {block.places[0]: block.text for block in read_message(data).blocks if block.places}


@pytest.mark.parametrize("name", [None, "caves.eml"])
def test_a_forwarded_message_is_read(name: str | None) -> None:
    """A message in a part, with or without a file name, is text of its own place."""
    outer = message("Fwd", "See below.")
    outer.add_attachment(message("Caves", "Limestone."), filename=name)
    assert places(outer)[f"message, {name or 'forwarded message'}"] == "Limestone."


def test_messages_are_read_within_messages() -> None:
    """A message that was forwarded twice stands under both subjects, with its attachments."""
    inner = message("Caves", "Limestone.")
    inner.add_attachment("A map.", filename="map.txt")
    middle, outer = message("Fwd", "Middle."), message("Fwd: Fwd", "Outer.")
    middle.add_attachment(inner)
    outer.add_attachment(middle)
    last = read_message(bytes(outer)).blocks[-1]
    assert last.headings == ("Fwd: Fwd", "Fwd", "Caves", "map.txt")
    assert (last.text, last.places) == (
        "A map.",
        ["message, forwarded message, forwarded message, map.txt line 1"],
    )


def test_a_forwarded_message_may_be_encoded() -> None:
    """A message in Base64 is read, though the standard allows none."""
    head = b"Content-Type: multipart/mixed; boundary=X\n\n--X\nContent-Type: message/rfc822\n"
    inner = base64.encodebytes(b"Subject: Caves\n\nLimestone.\n")
    made = head + b"Content-Transfer-Encoding: base64\n\n" + inner + b"--X--\n"
    assert places(made)["message, forwarded message"] == "Limestone."


def test_each_text_of_a_message_is_read_once() -> None:
    """Texts around an attachment are text, and of two alternatives one is."""
    outer = message("Two", "First.")
    outer.add_alternative("<p>First.</p>", subtype="html")
    outer.make_mixed()
    outer.attach(message("", "Second."))
    texts = [block.text for block in read_message(bytes(outer)).blocks]
    assert texts == ["Subject: Two", "First.", "Second."]


def test_messages_end_somewhere() -> None:
    """A message within very many messages is not followed to the end."""
    made = message("0", "deep")
    for depth in range(30):
        outer = message(str(depth), "text")
        outer.add_attachment(made)
        made = outer
    assert len(read_message(bytes(made)).blocks) < 30
