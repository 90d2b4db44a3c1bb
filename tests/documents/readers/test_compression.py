"""A compressed file is read as the file within."""

import bz2
import gzip
import io
import lzma
import random
import tarfile
from collections.abc import Callable

import pytest
import zstandard

from semsearch.documents.readers.reader import document_of
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

TEXT = b"# Lamps\n\nThe lamp burns.\n"


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [
        ("gz", gzip.compress),
        ("bz2", bz2.compress),
        ("xz", lzma.compress),
        ("zst", zstandard.compress),
    ],
)
def test_the_file_within_is_read_by_its_own_name(
    suffix: str, compress: Callable[[bytes], bytes]
) -> None:
    """Lines and headings are those of the file within."""
    last = document_of(compress(TEXT), f"notes.md.{suffix}").blocks[-1]
    assert (last.text, last.headings, list(last.lines)) == ("The lamp burns.", ("Lamps",), [3])


def test_streams_behind_one_another_are_one_file() -> None:
    """As gzip reads them, with zeros behind them."""
    data = gzip.compress(b"one\n") + gzip.compress(b"two\n") + bytes(10)
    assert document_of(data, "a.gz").blocks[0].text == "one\ntwo"


@pytest.mark.parametrize("pack", [bz2.compress, gzip.compress, lzma.compress])
def test_of_a_file_that_is_cut_the_beginning_is_read(pack: Callable[[bytes], bytes]) -> None:
    """And its end is reported as missing."""
    rows = [f"row {number} {random.Random(number).random()}" for number in range(60_000)]
    packed = pack("\n".join(rows).encode())
    document = document_of(packed[: len(packed) * 3 // 4], "a.txt")
    read = [row for block in document.blocks for row in block.text.split("\n")]
    assert len(read) > len(rows) // 4
    assert read[:-1] == rows[: len(read) - 1]
    assert document.unread is not None
    assert "it ends in the middle" in document.unread.detail


def tar(name: str) -> bytes:
    """An archive of one file."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (gzip.compress(TEXT)[:11], "a.md.gz", ReasonCode.DAMAGED),
        (gzip.compress(tar("a.txt")), "a.gz", ReasonCode.OTHER_TYPE),
        (gzip.compress(gzip.compress(TEXT)), "a.md.gz", ReasonCode.OTHER_TYPE),
        (gzip.compress(b"\0\1\2" * 90), "a.unknown.gz", ReasonCode.OTHER_TYPE),
        (lzma.compress(bytes(201_000_000)), "a.txt.xz", ReasonCode.TOO_LARGE_UNPACKED),
        (b"no stream", "a.gz", ReasonCode.WRONG_TYPE),
    ],
    ids=["cut", "archive", "twice", "binary", "too large", "plain"],
)
def test_what_is_no_document_within_is_told(content: bytes, name: str, code: ReasonCode) -> None:
    """Archives, data of programs, and files that unpack to very much."""
    with pytest.raises(DocumentUnreadable) as caught:
        document_of(content, name)
    assert caught.value.code is code
