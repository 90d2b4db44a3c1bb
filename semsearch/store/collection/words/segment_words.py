"""The words of one segment: dictionary and postings, read block by block and kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.store.collection.blob_format import damaged
from semsearch.store.collection.published_segment import PublishedSegment
from semsearch.store.collection.words.posting_pages import (
    PAGE,
    WordBlock,
    WordList,
    WordPlace,
    WordPostings,
    block_name,
    list_name,
    page_name,
    page_postings,
    pages_of,
)
from semsearch.store.disk.ids import is_among

if TYPE_CHECKING:
    from semsearch.store.collection.engine import Engine

_MOST_KEPT: Final = 16_000_000  # postings that are kept; they take 96 MB


class SegmentWords:
    """Finds words and their postings; what has gone of the segment is left out."""

    def __init__(self, segment: PublishedSegment) -> None:
        self.segment = segment
        self.prefix = segment.entry.prefix
        self.list: WordList | None = None
        self.blocks: dict[int, WordBlock] = {}
        self.postings: dict[str, WordPostings] = {}

    def with_segment(self, segment: PublishedSegment) -> "SegmentWords":
        """The words of the same segment as another manifest describes it."""
        other = SegmentWords(segment)
        other.list, other.blocks = self.list, self.blocks
        if segment.entry == self.segment.entry:
            other.postings = self.postings
        return other

    def place(self, word: str) -> WordPlace | None:
        """Where a word's postings are; its block has been read. None for an unknown word."""
        number = None if self.list is None else self.list.block_of(word)
        found = None if number is None else self.blocks[number].places.get(word)
        if found is not None and not 0 < found.texts_with <= self.segment.entry.texts:
            raise damaged(f"{self.prefix}words: a word of more texts than the segment has")
        return found

    def without_gone(self, found: WordPostings) -> WordPostings:
        """Postings of the texts that have not gone."""
        if not self.segment.entry.gone_texts or not len(found.ordinals):
            return found
        live = ~is_among(found.ordinals.astype(np.int64), self.segment.gone.texts)
        return WordPostings(found.ordinals[live], found.frequencies[live], found.norms[live])


class ManySegmentsWords:
    """The words of some segments, read with few requests."""

    def __init__(self, engine: "Engine", segments: Sequence[SegmentWords]) -> None:
        self._engine = engine
        self.segments = segments

    def look_up(self, words: Iterable[str]) -> None:
        """Read the blocks of the dictionaries that some words would be in."""
        wanted = {*words}
        self._read_lists()
        self._read_blocks(
            {
                (at, number)
                for at, one in enumerate(self.segments)
                for word in wanted
                if one.list is not None and (number := one.list.block_of(word)) is not None
            }
        )

    def words_from(self, start: str) -> Mapping[str, int]:
        """The words that begin so, with the number of texts that have each."""
        self._read_lists()
        ranges = [
            range(0) if one.list is None else one.list.blocks_from(start) for one in self.segments
        ]
        self._read_blocks({(at, number) for at, some in enumerate(ranges) for number in some})
        counts: dict[str, int] = {}
        for one, some in zip(self.segments, ranges, strict=True):
            for number in some:
                for word, place in one.blocks[number].places.items():
                    if word.startswith(start):
                        counts[word] = counts.get(word, 0) + place.texts_with
        return counts

    def _read_lists(self) -> None:
        lacking = [one for one in self.segments if one.list is None and one.segment.entry.texts]
        names = [list_name(one.prefix) for one in lacking]
        found = self._engine.blobs(names) if names else {}
        for one, name in zip(lacking, names, strict=True):
            one.list = WordList(found.get(name), name)

    def _read_blocks(self, wanted: set[tuple[int, int]]) -> None:
        lacking = [
            (self.segments[at], number)
            for at, number in sorted(wanted)
            if number not in self.segments[at].blocks
        ]
        names = [block_name(one.prefix, number) for one, number in lacking]
        found = self._engine.blobs(names) if names else {}
        for (one, number), name in zip(lacking, names, strict=True):
            one.blocks[number] = WordBlock(found.get(name), name)

    def texts_with(self, word: str) -> int:
        """The number of texts that have a word."""
        self.look_up([word])
        if any(one.segment.entry.gone_texts and one.place(word) for one in self.segments):
            return sum(len(found.ordinals) for _, found in self.postings([word])[word])
        places = (one.place(word) for one in self.segments)
        return sum(place.texts_with for place in places if place is not None)

    def postings(
        self, words: Iterable[str]
    ) -> Mapping[str, Sequence[tuple[SegmentWords, WordPostings]]]:
        """The postings of each word in each segment that has it."""
        wanted = list(dict.fromkeys(words))
        self.look_up(wanted)
        self._read_postings(wanted)
        return {
            word: [(one, one.postings[word]) for one in self.segments if word in one.postings]
            for word in wanted
        }

    def _read_postings(self, words: Sequence[str]) -> None:
        lacking = [
            (one, word, place)
            for one in self.segments
            for word in words
            if word not in one.postings and (place := one.place(word)) is not None
        ]
        if not lacking:
            return
        for one in self.segments:
            kept = sum(len(found.ordinals) for found in one.postings.values())
            if kept > _MOST_KEPT // len(self.segments):
                for word in [word for word in one.postings if word not in words]:
                    del one.postings[word]
        for some in _bounded(lacking):
            names = {
                page_name(one.prefix, number)
                for one, _, place in some
                for number in pages_of(place)
            }
            found = self._engine.blobs(sorted(names))
            pages = {name: page_postings(found.get(name), name) for name in names}
            for one, word, place in some:
                whole = _joined(one.prefix, place, pages)
                if len(whole.ordinals) and whole.ordinals.max() >= one.segment.entry.texts:
                    raise damaged(f"{one.prefix}words: a text that the segment does not have")
                one.postings[word] = one.without_gone(whole)


def _bounded(
    wanted: Sequence[tuple[SegmentWords, str, WordPlace]],
) -> Iterator[list[tuple[SegmentWords, str, WordPlace]]]:
    """Words in parts of some millions of postings: a request has no more."""
    part: list[tuple[SegmentWords, str, WordPlace]] = []
    size = 0
    for one in wanted:
        if part and size + one[2].texts_with > _MOST_KEPT // 4:
            yield part
            part, size = [], 0
        part.append(one)
        size += one[2].texts_with
    if part:
        yield part


def _joined(prefix: str, place: WordPlace, pages: Mapping[str, WordPostings]) -> WordPostings:
    """The postings of a word, which may be in several pages, each with those of others."""
    parts = []
    for number in pages_of(place):
        page = pages[page_name(prefix, number)]
        start = max(0, place.start - number * PAGE)
        end = min(PAGE, place.start + place.texts_with - number * PAGE)
        if end > len(page.ordinals):
            raise damaged(f"{page_name(prefix, number)} has too few postings")
        some = slice(start, end)
        parts.append(WordPostings(page.ordinals[some], page.frequencies[some], page.norms[some]))
    if len(parts) == 1:
        return parts[0]
    return WordPostings(
        np.concatenate([part.ordinals for part in parts]),
        np.concatenate([part.frequencies for part in parts]),
        np.concatenate([part.norms for part in parts]),
    )
