"""Of what stands coded in a message the words are found, or it is named as not read."""

import pytest

from semsearch.documents.readers.reader import document_of
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

HEAD = "From: a@x.org\nMessage-ID: <1@x>\nMIME-Version: 1.0\nSubject: s\n"
CODE = "hQEMA0pzeXNhbXBsZQEH2xhbXBsaWdodGVyYmFzZTY0\n"
ARMOUR = f"-----BEGIN PGP MESSAGE-----\nVersion: 2\n\n{CODE}{CODE}=aBcD\n"
WHOLE = ARMOUR + "-----END PGP MESSAGE-----\n"
ENCRYPTED = "encrypted text: it is encrypted by PGP"
NAMED = "Attached: encrypted text (not read: it is encrypted by PGP)"
QUOTED = "".join(f"> {row}\n" for row in WHOLE.splitlines())
KEY = WHOLE.replace("MESSAGE", "PUBLIC KEY BLOCK")
SIGNED = (
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n- -- a dash\n- From me\nThe lamp burns.\n"
    f"{WHOLE.replace('MESSAGE', 'SIGNATURE')}Below.\n"
)
PAGE = "Content-Type: text/html\n\n<p>Hi</p><p>" + WHOLE.replace("\n", "<br>") + "</p><p>Bye</p>"
BROKEN = 'Content-Type: message/partial; id="i"; number={}; total=3\n\n{}'
OUTSIDE = (
    'Content-Type: message/external-body; access-type=URL; URL="https://x.org/a.pdf";'
    ' name="a.pdf"\n\nContent-Type: application/pdf\n\nphantom'
)
PIECE = "a message: it is part {} of 3, each sent in a message of its own"
AMP = "Content-Type: text/x-amp-html\n\n<html amp4email><body><p>Amp words</p></body></html>"


def yenc(text: str, head: str) -> bytes:
    """A message with a file in yEnc."""
    coded = bytes((code + 42) % 256 for code in text.encode())
    return f"{HEAD}\nsee\n=ybegin {head}\n".encode() + coded + b"\r\n=yend size=9\nbye\n"


@pytest.mark.parametrize(
    ("message", "expected", "unread"),
    [
        (f"\nHi\n\n{WHOLE}\nBye\n", ["Hi", "Bye", NAMED], ENCRYPTED),
        (f"\nHi\n\n{ARMOUR}\nBye\n", ["Hi", "Bye", NAMED], ENCRYPTED),
        (f"\nAnn wrote:\n{QUOTED}\nThanks\n", ["Ann wrote:", "Thanks", NAMED], ENCRYPTED),
        (PAGE, ["Hi", "Bye", NAMED], ENCRYPTED),
        (f"\nHi\n\n{KEY}\nBye\n", ["Hi", "Bye"], None),
        (f"\n{SIGNED}", ["-- a dash\nFrom me\nThe lamp burns.\nBelow."], None),
        (BROKEN.format(1, "Subject: inner\n\nFirst words\n"),
         [f"Attached: {PIECE.format(1).replace(': ', ' (not read: ')})", "Subject: inner",
          "First words"], PIECE.format(1)),
        (BROKEN.format(2, CODE), [f"Attached: {PIECE.format(2).replace(': ', ' (not read: ')})"],
         PIECE.format(2)),
        (OUTSIDE,
         ["Attached: a.pdf (not read: it is not in the message: https://x.org/a.pdf)"],
         "a.pdf: it is not in the message: https://x.org/a.pdf"),
        (AMP, ["Amp words"], None),
    ],
)  # fmt: skip
def test_code_in_a_message_is_no_text(
    message: str, expected: list[str], unread: str | None
) -> None:
    """What PGP has encrypted, and what is elsewhere, is named; what it has signed is read."""
    document = document_of((HEAD + message).encode(), "a.eml")
    assert [block.text for block in document.blocks][1:] == expected
    assert (document.unread and document.unread.detail) == (unread and f"not read: {unread}")


def test_a_file_in_yenc_is_read_unless_it_is_a_part_of_one() -> None:
    """A file among the rows of a text is read as an attachment; a part of a file is named."""
    document = document_of(yenc("lamp oil", "line=128 size=9 name=y.txt"), "a.eml")
    texts = [(block.places[0] if block.places else "", block.text) for block in document.blocks]
    assert texts[1:] == [
        ("message", "see"),
        ("message", "bye"),
        ("message", "Attached: y.txt"),
        ("message, y.txt line 1", "lamp oil"),
    ]
    part = document_of(yenc("lamp oil", "part=1 total=2 line=128 size=9 name=y.txt"), "a.eml")
    assert part.unread is not None
    assert part.unread.detail == (
        "not read: y.txt: it is a part of a file that was sent in several messages"
    )


UU = "begin 644 a.txt\n2;&%M<\"!O:6P@86YD('=I8VMS\n{}\nend\n"
BASE64 = "begin-base64 644 a.txt\nbGFtcCBvaWwgYW5kIHdpY2tz\n====\n"


@pytest.mark.parametrize("coded", [UU.format("`"), UU.format(" "), UU.format(""), BASE64])
def test_a_file_in_uuencode_is_read(coded: str) -> None:
    """Also where the blanks at the ends of rows are gone, and in the form that is Base64."""
    document = document_of(f"{HEAD}\nsee\n{coded}bye\n".encode(), "a.eml")
    texts = [block.text for block in document.blocks]
    assert texts[1:] == ["see\nbye", "Attached: a.txt", "lamp oil and wicks"]


@pytest.mark.parametrize(
    ("coded", "told"),
    [
        (f"begin 644 a.txt\nM{'A' * 60}\nM{'A' * 60}\n", "it breaks off"),
        ("=ybegin line=128 size=9 name=a.txt\nxyz\n", "it breaks off"),
        ("begin-base64 644 a.txt\nbGFtcA\n====\n", "damaged: Incorrect padding"),
    ],
)
def test_a_coded_file_that_is_damaged_is_named(coded: str, told: str) -> None:
    """Its rows are no text, and the text before it is read."""
    document = document_of(f"{HEAD}\nsee\n{coded}".encode(), "a.eml")
    assert [block.text for block in document.blocks][1:] == [
        "see", f"Attached: a.txt (not read: {told})",
    ]  # fmt: skip
    assert document.unread is not None
    assert document.unread.detail == f"not read: a.txt: {told}"


@pytest.mark.parametrize("text", ["begin 644 of\nthe lamp", "begin 644 A\nTHE LAMP", "=ybegin it"])
def test_a_text_that_begins_like_a_coded_file_is_text(text: str) -> None:
    """Rows that are none of a file stay in the text."""
    document = document_of(f"{HEAD}\nsee\n{text}\n".encode(), "a.eml")
    assert document.blocks[-1].text == f"see\n{text}"


def test_armour_that_does_not_end_takes_linear_time() -> None:
    """A page of thousands of paragraphs that begin armour is read in the time of its bytes."""
    page = "<p>-----BEGIN PGP MESSAGE-----</p><p>word</p>" * 5_000
    document = document_of(f"{HEAD}Content-Type: text/html\n\n{page}".encode(), "a.eml")
    assert sum(block.text == "word" for block in document.blocks) == 5_000


@pytest.mark.parametrize("name", ["a.txt", "a.asc", "a.md"])
def test_a_file_that_pgp_has_encrypted_is_no_text(name: str) -> None:
    """A text that is armour alone is refused as an encrypted file."""
    with pytest.raises(DocumentUnreadable, match="encrypted by PGP") as refused:
        document_of(WHOLE.encode(), name)
    assert refused.value.code is ReasonCode.PASSWORD


def test_a_file_without_name_is_recognised_by_its_content() -> None:
    """A part that says neither a name nor what it is, is read by what is in it."""
    page = "<!DOCTYPE html><html><body><p>The lamp burns.</p></body></html>"
    body = f"--B\nContent-Type: application/octet-stream\n\n{page}\n--B--\n"
    message = f"{HEAD}Content-Type: multipart/mixed; boundary=B\n\n{body}"
    document = document_of(message.encode(), "a.eml")
    assert document.blocks[-1].text == "The lamp burns."


def test_the_name_of_a_file_is_cited_as_a_terminal_shows_it() -> None:
    """Characters that turn the direction of text are replaced in places, so that they are taken."""
    part = "Content-Type: text/plain; name*=utf-8''a%E2%80%AEb%09c.txt\n\nThe lamp burns."
    message = f"{HEAD}Content-Type: multipart/mixed; boundary=B\n\n--B\n{part}\n--B--\n"
    block = document_of(message.encode(), "a.eml").blocks[-1]
    assert (block.text, block.places) == ("The lamp burns.", ["message, a\ufffdb c.txt line 1"])
