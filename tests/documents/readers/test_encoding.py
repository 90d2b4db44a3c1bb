"""Bytes are decoded to text."""

import codecs

import pytest

from semsearch.documents.readers.encoding import decoded, is_binary
from semsearch.documents.reason import DocumentUnreadable

TEXT = "Größe, naïve, “quotes” – 日本語\nline two"
LATIN = "Die Größe der Bäume überraschte die Forscher. Später wurden sie gefällt."


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
    ],
)
def test_unicode_is_recognised(data: bytes) -> None:
    """Unicode text is decoded with or without a byte order mark, which is removed."""
    assert decoded(data).text == TEXT
    assert not is_binary(data)


def test_utf16_without_a_mark_is_recognised() -> None:
    """UTF-16 without a byte order mark is decoded, not taken for binary."""
    data = LATIN.encode("utf-16-le")
    assert not is_binary(data)
    assert decoded(data).text == LATIN


@pytest.mark.parametrize("encoding", ["cp1252", "iso-8859-1"])
def test_a_legacy_encoding_is_guessed(encoding: str) -> None:
    """Text in a legacy encoding is decoded."""
    assert decoded(LATIN.encode(encoding) * 3).text == LATIN * 3


def test_a_declared_encoding_is_used() -> None:
    """A declared encoding is used for text that is not UTF-8."""
    assert decoded("Привет".encode("koi8-r"), "koi8-r").text == "Привет"


@pytest.mark.parametrize(
    "name", ["undefined", "unicode_escape", "raw_unicode_escape", "punycode", "hex", "a\0b", "none"]
)
def test_a_declared_encoding_that_is_no_charset_is_not_used(name: str) -> None:
    """The encoding is guessed where the document names none that text is written in."""
    assert decoded(LATIN.encode("cp1252") * 3, name).text == LATIN * 3


def test_line_ends_are_of_one_kind() -> None:
    """Line numbers are those of an editor: form feeds and U+2028 end no line."""
    assert decoded("a\r\nb\rc\nd\f\u2028e".encode()).text == "a\nb c\nd\f\u2028e"
    assert decoded(b"an old Mac's\rtwo lines\r").text == "an old Mac's\ntwo lines\n"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\0\0\0", b"abc\0def", b"\0" * 100])
def test_nul_bytes_mean_binary(data: bytes) -> None:
    """Bytes with NUL are binary."""
    assert is_binary(data)


def test_noise_is_refused() -> None:
    """Bytes that fit no encoding are refused."""
    with pytest.raises(DocumentUnreadable, match="encoding"):
        decoded(bytes(b for b in range(1, 256) if b not in (9, 10, 13)) * 8)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"G\xc3\xa4rtnerei fr\xc3\xbch \xff", "Gärtnerei früh \ufffd"),
        ("Gärtnerei früh, ".encode() * 500 + b"\xe4", "Gärtnerei früh, " * 500 + "\ufffd"),
        ("Das Tor, Müllers T".encode() + b"\xc3", "Das Tor, Müllers T\ufffd"),
        (codecs.BOM_UTF8 + b"caf\xe9", "caf\ufffd"),
        ("Привет, мир".encode("utf-16")[:-1], "Привет, ми\ufffd"),
        ("Hello there".encode("utf-16-le")[:-1], "Hello ther\ufffd"),
    ],
)
def test_unicode_with_a_broken_character_is_unicode(data: bytes, text: str) -> None:
    """Broken bytes are replaced and counted; the text around them is read as Unicode."""
    read = decoded(data)
    assert (read.text, read.encoding[:4], read.invalid_bytes) == (text, "utf-", 1)


@pytest.mark.parametrize("text", ["Спасибо за письмо", "Größe: »Spaß« für alle", "中文文本在此"])
def test_legacy_text_is_not_taken_for_broken_unicode(text: str) -> None:
    """A text in a legacy encoding has no U+FFFD in it."""
    encoding = {"С": "cp1251", "G": "cp1252", "中": "gb18030"}[text[0]]
    assert decoded(text.encode(encoding)).text == text


@pytest.mark.parametrize("text", ["Привет, мир. Как дела?", "שלום עולם", "你好 世界\n"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_of_any_alphabet_needs_no_mark(text: str, encoding: str) -> None:
    """UTF-16 without a byte order mark is told in other alphabets, too."""
    data = text.encode(encoding)
    assert (is_binary(data), decoded(data).text) == (False, text)


NULS = b"\0" * 5000
LINES = b"07:01 pump starts\n07:02 pump stops\n"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (NULS + LINES, LINES),
        (LINES + NULS, LINES),
        (LINES + NULS + LINES, LINES + LINES),
        (LINES[:-6] + NULS + LINES, LINES[:-6] + b" " + LINES),
        (LINES * 100 + b"\0" + LINES, LINES * 101),
    ],
)
def test_runs_of_nul_bytes_are_damage_to_a_text(data: bytes, text: bytes) -> None:
    """A log with a run of NUL bytes at its start, middle or end is text, on the same lines."""
    assert (is_binary(data), decoded(data).text) == (False, text.decode())


def test_a_log_of_changes_may_have_lines_in_two_encodings() -> None:
    """Each line is read in the one that it is in, where the letters are Latin."""
    names = ["Björn Skyttä", "Stéphane Jourdois", "François Müller", "Xosé Vázquez Pérez"]
    entries = [f"* a fix by {name}".encode("cp1252") for name in names * 3]
    data = b"\n".join([*entries, "* a fix by Tomasz Kłoczko".encode(), b"* a fix"])
    read = decoded(data)
    assert (read.encoding, read.invalid_bytes) == ("cp1252", 0)
    assert read.text.split("\n")[-4:] == [
        "* a fix by François Müller",
        "* a fix by Xosé Vázquez Pérez",
        "* a fix by Tomasz Kłoczko",
        "* a fix",
    ]


@pytest.mark.parametrize(
    ("line", "encoding"),
    [
        ("OGÓŁEM 1200", "cp1250"),
        ("VÝŠKA 120 cm", "iso8859_2"),
        ("C’était bien.", "mac_roman"),
        ("LE CAFÉ… ET LE THÉ", "cp1252"),
        ("LE CAFÉ» fini", "cp1252"),
        ("Die „HÄ“ steht", "cp1252"),
    ],
)
def test_a_line_that_could_be_unicode_by_chance_is_not(line: str, encoding: str) -> None:
    """Capitals with accents before a quotation mark, and letters of other encodings."""
    others = {
        "cp1250": "Zażółć gęślą jaźń, to jest łatwe dla każdego w Łodzi.",
        "iso8859_2": "Příliš žluťoučký kůň úpěl ďábelské ódy každý den.",
        "mac_roman": "L’été où la forêt était à côté de l’église, ça a brûlé.",
        "cp1252": "Straße über die Brücke, où l’élève a été; größer und schöner.",
    }
    data = "\n".join([*[others[encoding]] * 6, line, others[encoding]]).encode(encoding)
    assert line in decoded(data).text
