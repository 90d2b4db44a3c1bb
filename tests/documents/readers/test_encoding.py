"""Bytes → text."""

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
    """With a mark or without, the text is the same and the mark is no part of it."""
    assert decoded(data).text == TEXT
    assert not is_binary(data)


def test_utf16_without_a_mark_is_recognised() -> None:
    """Latin text in it has a NUL in every other byte, which is not binary."""
    data = LATIN.encode("utf-16-le")
    assert not is_binary(data)
    assert decoded(data).text == LATIN


@pytest.mark.parametrize("encoding", ["cp1252", "iso-8859-1"])
def test_a_legacy_encoding_is_guessed(encoding: str) -> None:
    """Text of an older system comes out as it was written."""
    assert decoded(LATIN.encode(encoding) * 3).text == LATIN * 3


def test_a_declared_encoding_is_used() -> None:
    """What a page says of itself counts when it is no UTF-8."""
    assert decoded("Привет".encode("koi8-r"), "koi8-r").text == "Привет"


def test_line_ends_are_of_one_kind() -> None:
    """A line number is what an editor shows; form feeds and U+2028 end no line."""
    assert decoded("a\r\nb\rc\nd\f\u2028e".encode()).text == "a\nb c\nd\f\u2028e"
    assert decoded(b"an old Mac's\rtwo lines\r").text == "an old Mac's\ntwo lines\n"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\0\0\0", b"abc\0def", b"\0" * 100])
def test_nul_bytes_mean_binary(data: bytes) -> None:
    """Text holds none."""
    assert is_binary(data)


def test_noise_is_refused() -> None:
    """Bytes that fit no encoding are said to be so rather than shown as nonsense."""
    with pytest.raises(DocumentUnreadable, match="encoding"):
        decoded(bytes(b for b in range(1, 256) if b not in (9, 10, 13)) * 8)
