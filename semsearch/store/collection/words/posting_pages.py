"""Postings ↔ blobs: pages of 8,192 postings, and a dictionary that tells where a word's begin.

All postings of a segment are one long row, word after word. The dictionary is in blocks of some
hundred words, and a list has the first word of each block. Reading the postings of some words takes
the list, their blocks, and their pages.
"""

import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from semsearch.embedders.lazy_numpy import np
from semsearch.store.collection.blob_format import damaged, damaged_values, packed, unpacked
from semsearch.store.collection.words.posting_runs import Postings

if TYPE_CHECKING:
    import numpy.typing as npt

    from semsearch.store.collection.words.bm25 import Norms

    Ordinals = npt.NDArray[np.uint32]

PAGE: Final = 8192  # postings
_BLOCK: Final = 256  # words
_CHECKSUM: Final = 4  # bytes
_WIDTHS: Final = (1, 2, 4)  # bytes of a difference of ordinals; 4: of an ordinal


class WordPlace(NamedTuple):
    """The number of texts that have a word, and the place of its first posting in the row."""

    texts_with: int
    start: int


class WordPostings(NamedTuple):
    """The texts that have a word: ordinals, ascending, how often, and the bytes of lengths."""

    ordinals: "Ordinals"
    frequencies: "Norms"
    norms: "Norms"


def word_blobs(prefix: str, parts: Iterable[Postings]) -> Iterator[tuple[str, bytes]]:
    """The blobs of a segment's words, of postings whose words ascend."""
    pages = _Pages(prefix)
    blocks = _Blocks(prefix)
    for part in parts:
        yield from blocks.take(part)
        yield from pages.take(part)
    yield from blocks.last()
    yield from pages.last()


class _Pages:
    """Cuts the row of postings into pages."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._number = 0
        self._rest = WordPostings(
            np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.uint8), np.empty(0, dtype=np.uint8)
        )

    def take(self, part: Postings) -> Iterator[tuple[str, bytes]]:
        """The pages that are full."""
        ordinals = np.concatenate([self._rest.ordinals, part.ordinals])
        frequencies = np.concatenate([self._rest.frequencies, part.frequencies])
        norms = np.concatenate([self._rest.norms, part.norms])
        whole = len(ordinals) // PAGE * PAGE
        for at in range(0, whole, PAGE):
            some = slice(at, at + PAGE)
            yield self._page(ordinals[some], frequencies[some], norms[some])
        self._rest = WordPostings(ordinals[whole:], frequencies[whole:], norms[whole:])

    def last(self) -> Iterator[tuple[str, bytes]]:
        """The page that is not full, if there is one."""
        if len(self._rest.ordinals):
            yield self._page(*self._rest)

    def _page(
        self, ordinals: "Ordinals", frequencies: "Norms", norms: "Norms"
    ) -> tuple[str, bytes]:
        body = _differences(ordinals) + frequencies.tobytes() + norms.tobytes()
        self._number += 1
        name = page_name(self._prefix, self._number - 1)
        return name, zlib.crc32(body).to_bytes(_CHECKSUM, "little") + body


def _differences(ordinals: "Ordinals") -> bytes:
    """Ordinals, as differences of one or two bytes where they ascend slowly enough."""
    width, first, rest = 4, b"", ordinals
    if len(ordinals) > 1 and (ordinals[1:] >= ordinals[:-1]).all():
        steps = np.diff(ordinals)
        width = next(one for one in _WIDTHS if one == 4 or steps.max() < 1 << 8 * one)
        if width < 4:
            first, rest = int(ordinals[0]).to_bytes(4, "little"), steps
    numbers = rest.astype(f"<u{width}").tobytes()
    return bytes([width]) + len(ordinals).to_bytes(4, "little") + first + numbers


def page_postings(page: bytes | None, name: str) -> WordPostings:
    """The postings of a page; raises ``IndexDamaged``."""
    if (
        page is None
        or zlib.crc32(page[_CHECKSUM:]).to_bytes(_CHECKSUM, "little") != page[:_CHECKSUM]
    ):
        raise damaged(f"{name} is not there, or its checksum differs")
    with damaged_values(name):
        return _postings_of(page)


def _postings_of(page: bytes) -> WordPostings:
    width, at = page[_CHECKSUM], _CHECKSUM + 5
    count = int.from_bytes(page[_CHECKSUM + 1 : at], "little")
    if width not in _WIDTHS or not 0 < count <= PAGE:
        raise ValueError("a wrong header")
    if width == 4:
        ordinals = np.frombuffer(page, dtype="<u4", count=count, offset=at)
        at += 4 * count
    else:
        ordinals = np.empty(count, dtype=np.uint32)
        ordinals[0] = int.from_bytes(page[at : at + 4], "little")
        ordinals[1:] = np.frombuffer(page, dtype=f"<u{width}", count=count - 1, offset=at + 4)
        ordinals = np.cumsum(ordinals, dtype=np.uint32)
        at += 4 + width * (count - 1)
    if len(page) != at + 2 * count:
        raise ValueError("another length")
    bytes_ = np.frombuffer(page, dtype=np.uint8, offset=at)
    return WordPostings(ordinals, bytes_[:count], bytes_[count:])


class _Blocks:
    """Cuts the dictionary into blocks."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._first_words: list[str] = []
        self._words: list[str] = []
        self._counts: list[int] = []
        self._start = 0

    def take(self, part: Postings) -> Iterator[tuple[str, bytes]]:
        """The blocks that are full."""
        self._words += part.words
        self._counts += part.texts_with.tolist()
        at = 0
        while at + _BLOCK <= len(self._words):
            yield self._block(at, at + _BLOCK)
            at += _BLOCK
        del self._words[:at], self._counts[:at]

    def last(self) -> Iterator[tuple[str, bytes]]:
        """The block that is not full, and the list of first words."""
        if self._words:
            yield self._block(0, len(self._words))
        yield list_name(self._prefix), packed({"words": "\n".join(self._first_words).encode()})

    def _block(self, start: int, end: int) -> tuple[str, bytes]:
        words, counts = self._words[start:end], self._counts[start:end]
        name = block_name(self._prefix, len(self._first_words))
        self._first_words.append(words[0])
        begin = np.array([self._start], dtype=np.int64)
        self._start += sum(counts)
        texts_with = np.array(counts, dtype=np.uint32)
        return name, packed(
            {"words": "\n".join(words).encode(), "texts": texts_with, "start": begin}
        )


class WordBlock:
    """Some hundred words of a dictionary, ascending."""

    def __init__(self, blob: bytes | None, name: str) -> None:
        """Read a block; raises ``IndexDamaged``."""
        parts = unpacked(blob, name)
        with damaged_values(name):
            self.words = parts["words"].tobytes().decode().split("\n")
            counts = parts["texts"].astype(np.int64)
            starts = int(parts["start"][0]) + np.cumsum(counts) - counts
            if len(counts) != len(self.words):
                raise ValueError("other numbers of words and counts")
            places = map(WordPlace, counts.tolist(), starts.tolist())
            self.places: Mapping[str, WordPlace] = dict(zip(self.words, places, strict=True))


class WordList:
    """The first word of each block of a dictionary."""

    def __init__(self, blob: bytes | None, name: str) -> None:
        """Read a list; raises ``IndexDamaged``."""
        parts = unpacked(blob, name)
        with damaged_values(name):
            text = parts["words"].tobytes().decode()
        self._first: Sequence[str] = text.split("\n") if text else []

    def block_of(self, word: str) -> int | None:
        """The number of the block that has a word, if any has."""
        at = bisect_right(self._first, word) - 1
        return at if at >= 0 else None

    def blocks_from(self, start: str) -> range:
        """The numbers of the blocks that have the words that begin so."""
        first = max(0, bisect_right(self._first, start) - 1)
        # Behind all words that begin so is the start with the largest character behind it.
        return range(first, bisect_right(self._first, f"{start}\U0010ffff"))


def pages_of(place: WordPlace) -> range:
    """The numbers of the pages that have the postings of a word."""
    return range(place.start // PAGE, (place.start + place.texts_with - 1) // PAGE + 1)


def list_name(prefix: str) -> str:
    """The name of the blob with the first words."""
    return f"{prefix}words/list"


def block_name(prefix: str, number: int) -> str:
    """The name of a block of the dictionary."""
    return f"{prefix}words/block-{number}"


def page_name(prefix: str, number: int) -> str:
    """The name of a page of postings."""
    return f"{prefix}words/page-{number}"
