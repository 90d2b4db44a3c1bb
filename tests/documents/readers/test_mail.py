"""Of a message everything is read that a person sees."""

import base64
import struct
from email.message import EmailMessage

import pytest
from fpdf import FPDF

from semsearch.documents.document import Document
from semsearch.documents.readers.mail import read_message
from semsearch.documents.readers.mail_headers import words_of

PNG = base64.b64encode(b"\x89PNG\r\n").decode()
CALENDAR = (
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Tea\nLOCATION:Pier 4\nEND:VEVENT\nEND:VCALENDAR\n"
)


def message(subject: str, text: str) -> EmailMessage:
    """A message."""
    made = EmailMessage()
    made["Subject"] = subject
    made.set_content(text)
    return made


def read(made: EmailMessage | bytes | str) -> Document:
    """The document of a message."""
    return read_message(made.encode() if isinstance(made, str) else bytes(made))


def places(made: EmailMessage | bytes | str) -> dict[str, str]:
    """The last text at each place of a message."""
    return {block.places[0]: block.text for block in read(made).blocks if block.places}


def texts(made: EmailMessage | bytes | str) -> list[str]:
    """The texts of a message below its header."""
    return [block.text for block in read(made).blocks][1:]


def parts(kind: str, *contents: str) -> str:
    """A message of parts, each with its own header."""
    inner = "".join(f"--B\nContent-Type: {content}\n" for content in contents)
    return f"Subject: s\nContent-Type: multipart/{kind}; boundary=B\n\n{inner}--B--\n"


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
    last = read(outer).blocks[-1]
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
    assert texts(outer) == ["First.", "Second."]


@pytest.mark.parametrize(
    ("plain", "page", "shown"),
    [
        ("", "<p>The lamp burns.</p>", "The lamp burns."),
        (" \n\n", "<p>The lamp burns.</p>", "The lamp burns."),
        (
            "View it in a browser: https://x.org",
            "<p>The lamp burns again.</p>",
            "The lamp burns again.",
        ),
        ("The *lamp* burns.", "<p>The <b>lamp</b> burns.</p>", "The *lamp* burns."),
        ("灯台は海にあります", "<p>灯台は海に<br>あります</p>", "灯台は海にあります"),
        ("Only plain.", "<img src=x>", "Only plain."),
    ],
)
def test_of_plain_text_and_page_that_is_read_which_says_all(
    plain: str, page: str, shown: str
) -> None:
    """The plain text is read where it has the words of the page, else the page."""
    plain_type, page_type = (
        f"text/{kind}; charset=utf-8\n\n{text}\n"
        for kind, text in (("plain", plain), ("html", page))
    )
    assert texts(parts("alternative", plain_type, page_type)) == [shown]


def test_an_invitation_is_read_beside_the_text() -> None:
    """A calendar among alternatives is text, and the file that repeats it is none."""
    file = f"text/calendar; name=invite.ics\nContent-Disposition: attachment\n\n{CALENDAR}"
    made = parts("alternative", "text/plain\n\nCome!\n", f"text/calendar\n\n{CALENDAR}", file)
    assert texts(made) == ["Come!", "Summary: Tea\nLocation: Pier 4"]


def test_a_file_in_an_alternative_that_is_not_shown_is_kept() -> None:
    """Files of the page count, but for the pictures that stand in it."""
    made = message("s", "The lamp burns.")
    made.add_alternative("<p>The lamp burns.</p>", subtype="html")
    page = made.get_payload(1)
    page.add_related(b"\x89PNG", "image", "png", cid="<logo>", filename="logo.png")
    page.make_mixed()
    page.add_attachment("A map.", filename="map.txt")
    assert texts(made) == ["The lamp burns.", "Attached: map.txt", "A map."]


@pytest.mark.parametrize(
    ("parameters", "body", "shown"),
    [
        ("format=flowed", "A long \nrow.\nNext.\n", "A long row.\nNext."),
        ("format=flowed; delsp=yes", "light \nhouse\n", "lighthouse"),
        ("format=flowed", " From here \non\n", "From here on"),
        ("format=fixed", "A long \nrow.\n", "A long \nrow."),
    ],
)
def test_rows_that_flow_are_joined(parameters: str, body: str, shown: str) -> None:
    """Rows that were broken for the way are whole again (RFC 3676)."""
    assert texts(f"Subject: s\nContent-Type: text/plain; {parameters}\n\n{body}") == [shown]


def test_quotations_and_signatures_stand_under_headings_of_their_own() -> None:
    """What is quoted twice stands two levels down; a signature is apart from the text."""
    made = "Subject: s\n\nYes.\n\nAnn wrote:\n> Tea?\n>> Or coffee?\n-- \nBob\n"
    assert [(block.text, block.headings[1:]) for block in read(made).blocks][1:] == [
        ("Yes.", ()),
        ("Ann wrote:\n> Tea?", ("quoted",)),
        (">> Or coffee?", ("quoted", "quoted")),
        ("-- \nBob", ("signature",)),
    ]


def test_a_report_on_delivery_is_text() -> None:
    """The status of a message that came back is read, with its reason."""
    status = (
        "message/delivery-status\n\nReporting-MTA: dns; x.org\n\nAction: failed\nStatus: 5.1.1\n\n"
    )
    shown = texts(
        parts("report; report-type=delivery-status", "text/plain\n\nIt failed.\n", status)
    )
    assert shown == ["It failed.", "Reporting-MTA: dns; x.org", "Action: failed\nStatus: 5.1.1"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain; charset=iso-8859-1", "Gr\xfc\xdfe \x96 5 \x80".encode("latin-1")),
        ("text/plain", "Grüße – 5 €".encode()),
        ("text/plain; charset=unknown-8bit", "Grüße – 5 €".encode()),
        ("text/plain; charset=us-ascii", "Grüße – 5 €".encode()),
        ("text/plain; charset=utf-8", "Grüße – 5 €".encode()),
        ("text/html", "<meta charset=cp1252><p>Grüße – 5 €".encode("cp1252")),
    ],
)
def test_the_encoding_is_that_which_the_part_names_or_its_bytes_are_in(
    content_type: str, body: bytes
) -> None:
    """ISO 8859-1 means Windows-1252, as in browsers; without a name that fits, the bytes decide."""
    head = f"Subject: s\nContent-Type: {content_type}\nContent-Transfer-Encoding: 8bit\n\n"
    assert texts(head.encode() + body) == ["Grüße – 5 €"]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?B?5pel?= =?utf-8?B?5pys?=", "日本"),
        ("=?utf-8?B?w4Q=?= =?utf-8?B?cnp0ZQ==?= kommen", "Ärzte kommen"),
        ('"=?iso-8859-1?Q?M=FCller?=" <m@x.org>', '"Müller" <m@x.org>'),
        ("=?none?Q?a?= b", "a b"),
        ("Grüße\r\n aus Köln", "Grüße aus Köln"),
    ],
)
def test_fields_are_words(field: str, words: str) -> None:
    """Encoded words are decoded as they come, though a character be cut between two."""
    assert words_of(field) == words


def test_parts_are_found_though_the_header_names_another_boundary() -> None:
    """A message whose header is wrong has the text of its parts."""
    made = parts("mixed", "text/plain\n\nThe lamp burns.\n").replace("boundary=B", "boundary=C")
    assert texts(made) == ["The lamp burns."]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("Hi\n\nbegin 644 a.txt\n#0V%T\n`\nend\n", ["Hi", "Attached: a.txt", "Cat"]),
        ("We begin 644 rows\nbelow\n", ["We begin 644 rows\nbelow"]),
        (
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHi\n"
            "-----BEGIN PGP SIGNATURE-----\n\niQEz\n=x\n-----END PGP SIGNATURE-----\n",
            ["Hi"],
        ),
    ],
)
def test_codes_in_a_text_are_no_words(body: str, shown: list[str]) -> None:
    """Files in uuencode are read as attachments, signatures of PGP left out."""
    assert texts(f"Subject: s\n\n{body}") == shown


def test_messages_of_a_digest_are_numbered() -> None:
    """Several forwarded messages without names are told apart; a style sheet is no text."""
    made = parts(
        "digest", "message/rfc822\n\nSubject: a\n\none", "message/rfc822\n\n\ntwo", "text/css\n\n.x"
    )
    assert places(made) == {
        "message": "Subject: s",
        "message, forwarded message 1": "one",
        "message, forwarded message 2": "two",
    }


def test_attachments_that_are_too_many_are_named() -> None:
    """Of many attachments the last are not read, and named with the reason."""
    made = message("s", "Many.")
    for number in range(21):
        made.add_attachment(f"token{number}", filename=f"{number}.txt")
    shown = texts(made)
    assert shown[1].endswith("20.txt (not read: the message has more than 20 attachments)")
    assert (shown[-1], len(shown)) == ("token19", 22)


def test_attachments_that_cannot_be_read_are_reported() -> None:
    """Those of known types, with a scan among them; a picture is none."""
    scan = FPDF()
    scan.add_page()
    made = message("s", "Files.")
    for name, content in (("a.pdf", b"%PDF-1.7"), ("b.pdf", bytes(scan.output())), ("c.png", b"x")):
        made.add_attachment(content, "application", "octet-stream", filename=name)
    unread = read_message(made.as_bytes()).unread
    assert unread is not None
    assert unread.detail.startswith("not read: a.pdf: damaged PDF")
    assert unread.detail.endswith("b.pdf: no text layer on any of its 1 pages (a scan?)")


def test_a_message_of_apple_mail_ends_where_it_says() -> None:
    """An .emlx file has the message's length above it, and a property list below."""
    assert places(b"22   \nSubject: s\n\nThe lamp.\n<?xml version='1.0'?><plist/>") == {
        "message": "The lamp."
    }


def test_winmail_dat_is_read_within_a_message() -> None:
    """What Outlook has put into an attachment is cited by its place there."""
    made = message("s", "See.")
    text = b"The lamp.\0"
    body = struct.pack("<BII", 1, 0x2800C, len(text)) + text + bytes(2)
    data = b"\x78\x9f\x3e\x22\x01\x00" + body
    made.add_attachment(data, "application", "ms-tnef", filename="winmail.dat")
    assert places(made)["message, winmail.dat"] == "The lamp."


def test_messages_end_somewhere() -> None:
    """A message within very many messages is not followed to the end."""
    made = message("0", "deep")
    for depth in range(30):
        outer = message(str(depth), "text")
        outer.add_attachment(made)
        made = outer
    assert len(read(made).blocks) < 30


def test_messages_too_deep_in_others_are_named() -> None:
    """Of messages in each other ten are read below the first, and the next is told."""
    made = message("s", "level 12")
    for level in range(11, -1, -1):
        outer = message("s", f"level {level}")
        outer.add_attachment(made)
        made = outer
    document = read(made)
    levels = [block.text for block in document.blocks if block.text.startswith("level")]
    assert levels[-1] == "level 10"
    assert document.unread is not None
    assert document.unread.detail == (
        "not read: forwarded message: it stands in more than 10 other messages"
    )


def test_an_attached_mailbox_is_read() -> None:
    """Its messages stand at their numbers in the file."""
    made = message("s", "See below.")
    box = b"From a@x.org Mon May  6 10:00:00 2024\nSubject: Caves\n\nLimestone.\n"
    made.add_attachment(box, "application", "mbox", filename="old.mbox")
    assert places(made)["message, old.mbox message 1"] == "Limestone."


def test_an_attachment_is_read_by_its_content() -> None:
    """Under the name of a message, too."""
    made = message("s", "See below.")
    made.add_attachment(rb"{\rtf1 Limestone.}", "application", "octet-stream", filename="a.eml")
    assert places(made)["message, a.eml paragraph 1"] == "Limestone."


def test_parts_too_deep_in_others_are_named() -> None:
    """Parts in each other are read to a depth, and the message says what is not."""
    made = "Content-Type: text/plain\n\nDeep.\n"
    for level in range(14):
        kind = f"Content-Type: multipart/mixed; boundary=B{level}x"
        made = f"{kind}\n\n--B{level}x\n{made}\n--B{level}x--\n"
    unread = read(f"Subject: s\n{made}").unread
    assert unread is not None
    assert unread.detail == "not read: message: a part too deep in other parts"


def test_all_pages_of_an_alternative_are_read() -> None:
    """A plain part that says as much as the first page only does not stand for the second."""
    mixed = "multipart/mixed; boundary=C\n\n" + "".join(
        f"--C\nContent-Type: text/html\n\n<p>{text}</p>\n" for text in ("Tea at four", "Bring cups")
    )
    made = parts("alternative", "text/plain\n\nTea at four\n", f"{mixed}--C--\n")
    assert texts(made) == ["Tea at four", "Bring cups"]


SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
DATA = bytes.fromhex("06092a864886f70d010701")


def element(tag: int, content: bytes, *, has_length: bool = True) -> bytes:
    """An element of BER."""
    if not has_length:
        return bytes([tag, 0x80]) + content + b"\0\0"
    return bytes([tag, 0x82]) + len(content).to_bytes(2, "big") + content


def signature(kind: bytes, content: bytes, *, has_length: bool) -> str:
    """A message of which all is in its signature."""
    held = element(0xA0, content, has_length=has_length)
    signed = element(0x02, b"\1") + element(0x31, b"") + element(0x30, DATA + held)
    wrapped = element(0xA0, element(0x30, signed), has_length=has_length)
    data = element(0x30, kind + wrapped, has_length=has_length)
    coded = base64.encodebytes(data).decode()
    head = "Subject: s\nContent-Type: application/pkcs7-mime; name=smime.p7m\n"
    return f"{head}Content-Transfer-Encoding: base64\n\n{coded}"


INNER = b"Content-Type: text/plain\n\nThe lamp burns."
PIECES = element(0x04, INNER[:30]) + element(0x04, INNER[30:])
NOT_READ = "Attached: smime.p7m (not read: an encrypted message)"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (signature(SIGNED_DATA, element(0x04, INNER), has_length=True), "The lamp burns."),
        (signature(SIGNED_DATA, element(0x24, PIECES, has_length=False), has_length=False),
         "The lamp burns."),
        (signature(DATA, element(0x04, INNER), has_length=True), NOT_READ),
        (signature(SIGNED_DATA, b"\x04\x84\xff\xff\xff\xff", has_length=True), NOT_READ),
        (signature(SIGNED_DATA, b"\x24\x80" * 50, has_length=False), NOT_READ),
    ],
)  # fmt: skip
def test_a_message_within_its_signature_is_read(made: str, expected: str) -> None:
    """What S/MIME signs and holds is text; what it encrypts, or is damaged, is named."""
    assert texts(made) == [expected]


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (signature(DATA, element(0x04, INNER), has_length=True), "smime.p7m"),
        (parts("encrypted", "application/pgp-encrypted\n\nVersion: 1\n",
               "application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n"), "the text"),
    ],
)  # fmt: skip
def test_an_encrypted_message_is_told(made: str, named: str) -> None:
    """That the text of a message is encrypted is said of the file."""
    unread = read(made).unread
    assert unread is not None
    assert unread.detail == f"not read: {named}: an encrypted message"


def test_a_message_may_begin_with_a_mark_of_its_encoding() -> None:
    """The header is read behind the mark that editors put before a text in UTF-8."""
    found = read("\ufeffSubject: Caves\nFrom: a@x.org\n\nLimestone.\n".encode())
    assert [(block.text, block.headings) for block in found.blocks] == [
        ("From: a@x.org\nSubject: Caves", ("Caves",)),
        ("Limestone.", ("Caves",)),
    ]
