"""Texts in their order → their words sorted, in runs on the disk that are merged in the end.

A posting is a word of a text: the text's ordinal, how often the text has the word, and the byte of
the text's length. Memory does not grow with the number of texts.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.store.collection.words.bm25 import norms_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]
    Bytes = npt.NDArray[np.uint8]
    Ordinals = npt.NDArray[np.uint32]

RUN_POSTINGS: Final = 8_000_000  # of a run; they take 64 MB, and as much again while sorted
_MERGED_POSTINGS: Final = 2_000_000  # that are merged at once, at about
_MOST_OFTEN: Final = 255  # a word stands more often in hardly any text, and counts no more then
# A posting as one number, for the fastest sort that numpy has: word, text, frequency, length.
_WORD_BITS: Final = 24
_TEXT_BITS: Final = 24
_MOST_WORDS: Final = 1 << _WORD_BITS
_MOST_TEXTS: Final = 1 << _TEXT_BITS


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """Sorted ``words`` (w,) with the number of texts of each, and the postings of all in a row.

    ``texts_with`` (w,); ``ordinals``, ``frequencies`` and ``norms`` (n,), ascending by text.
    """

    words: Sequence[str]
    texts_with: "Numbers"
    ordinals: "Ordinals"
    frequencies: "Bytes"
    norms: "Bytes"


class PostingRuns:
    """Takes texts in the order of their ordinals; gives all postings by word."""

    def __init__(self, folder: Path, most: int = RUN_POSTINGS) -> None:
        """Write runs of ``most`` postings to a folder that is there."""
        self._folder = folder
        self._most = most
        self._runs: list[_Run] = []
        self._texts = 0
        self._lengths = array("I")
        self._new_run()

    def _new_run(self) -> None:
        self._first = self._texts
        self._vocabulary: defaultdict[str, int] = defaultdict(count().__next__)
        self._words = array("I")
        self._frequencies = array("B")
        self._distinct = array("I")  # words of each text

    def add(self, words: Iterable[str]) -> None:
        """Add the next text by its words, repeated as they are."""
        counts = Counter(words)
        self._words.extend(map(self._vocabulary.__getitem__, counts))
        often = counts.values()
        if counts and max(often) > _MOST_OFTEN:
            self._frequencies.extend(min(one, _MOST_OFTEN) for one in often)
        else:
            self._frequencies.extend(often)
        self._distinct.append(len(counts))
        self._lengths.append(counts.total())
        self._texts += 1
        is_full = (
            len(self._vocabulary) > _MOST_WORDS // 2 or self._texts - self._first > _MOST_TEXTS // 2
        )
        if len(self._words) >= self._most or is_full:
            self._spill()

    def lengths(self) -> "Numbers":
        """The number of words of each text (n,)."""
        return np.frombuffer(self._lengths, dtype=np.uint32).astype(np.int64)

    def _spill(self) -> None:
        """Sort the postings of the run, and write them to the disk."""
        words = sorted(self._vocabulary)
        rank = np.empty(len(words), dtype=np.uint64)
        rank[[self._vocabulary[word] for word in words]] = np.arange(len(words), dtype=np.uint64)
        texts = np.repeat(
            np.arange(len(self._distinct), dtype=np.uint64),
            np.frombuffer(self._distinct, dtype=np.uint32),
        )
        lengths = np.frombuffer(self._lengths, dtype=np.uint32)[self._first :].astype(np.int64)
        norms = norms_of(lengths).astype(np.uint64)[texts.astype(np.int64)]
        postings = rank[np.frombuffer(self._words, dtype=np.uint32)] << np.uint64(_TEXT_BITS)
        postings = (postings | texts) << np.uint64(8) | np.frombuffer(self._frequencies, np.uint8)
        postings = postings << np.uint64(8) | norms
        postings.sort()
        ranks = (postings >> np.uint64(_TEXT_BITS + 16)).astype(np.int64)
        starts = np.searchsorted(ranks, np.arange(len(words) + 1))
        path = self._folder / f"run-{len(self._runs)}.npy"
        np.save(path, postings, allow_pickle=False)
        listed = self._folder / f"words-{len(self._runs)}.txt"
        listed.write_text("\n".join(words), encoding="utf-8", newline="\n")
        self._runs.append(_Run(path, listed, starts, self._first))
        self._new_run()

    def merged(self) -> Iterator[Postings]:
        """All postings, in parts of some words each, the words ascending over all parts."""
        if len(self._words):
            self._spill()
        opened = [_OpenRun(run) for run in self._runs]
        if len(opened) == 1:
            yield from opened[0].parts()
        elif opened:
            for bound in [*_bounds(opened), None]:
                yield _merged([run.until(bound) for run in opened])


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """Files of a run, where the postings of each word begin (w + 1,), and its first text."""

    postings: Path
    words: Path
    starts: "Numbers"
    first: int


class _OpenRun:
    """A run that is read from its first word to its last."""

    def __init__(self, run: _Run) -> None:
        self.words = run.words.read_text(encoding="utf-8").split("\n")
        self.starts = run.starts
        self._first = run.first
        self._postings = np.load(run.postings, mmap_mode="r", allow_pickle=False)
        self._at = 0

    def until(self, bound: str | None) -> Postings:
        """The postings of the next words, of those below ``bound``."""
        from bisect import bisect_left

        end = len(self.words) if bound is None else bisect_left(self.words, bound, self._at)
        start, self._at = self._at, end
        return self._part(start, end)

    def parts(self) -> Iterator[Postings]:
        """All postings, some words at once."""
        start = 0
        while start < len(self.words):
            end = int(np.searchsorted(self.starts, self.starts[start] + _MERGED_POSTINGS))
            end = min(max(end, start + 1), len(self.words))
            yield self._part(start, end)
            start = end

    def _part(self, start: int, end: int) -> Postings:
        some = np.asarray(self._postings[self.starts[start] : self.starts[end]])
        in_run = (some >> np.uint64(16)) & np.uint64(_MOST_TEXTS - 1)
        return Postings(
            self.words[start:end],
            np.diff(self.starts[start : end + 1]),
            (in_run + np.uint64(self._first)).astype(np.uint32),
            ((some >> np.uint64(8)) & np.uint64(255)).astype(np.uint8),
            (some & np.uint64(255)).astype(np.uint8),
        )


def _bounds(runs: Sequence[_OpenRun]) -> list[str]:
    """Words that part the postings of all runs into about equal parts, ascending."""
    total = sum(int(run.starts[-1]) for run in runs)
    largest = max(runs, key=lambda run: int(run.starts[-1]))
    parts = -(-total // _MERGED_POSTINGS)
    at = np.linspace(0, largest.starts[-1], parts + 1)[1:-1]
    places = np.searchsorted(largest.starts, at).tolist()
    return sorted({largest.words[place] for place in places if 0 < place < len(largest.words)})


def _merged(parts: Sequence[Postings]) -> Postings:
    """The postings of several runs by word; those of an earlier run come first."""
    words = sorted(set().union(*(part.words for part in parts)))
    place = {word: at for at, word in enumerate(words)}
    of_parts = [np.array([place[word] for word in part.words], dtype=np.int64) for part in parts]
    counts = np.zeros(len(words), dtype=np.int64)
    for at, part in zip(of_parts, parts, strict=True):
        counts[at] += part.texts_with
    free = np.concatenate([[0], np.cumsum(counts)])[:-1]
    total = int(counts.sum())
    ordinals = np.empty(total, dtype=np.uint32)
    frequencies, norms = np.empty(total, dtype=np.uint8), np.empty(total, dtype=np.uint8)
    for at, part in zip(of_parts, parts, strict=True):
        if not len(at):
            continue
        own = np.cumsum(part.texts_with) - part.texts_with
        to = np.repeat(free[at] - own, part.texts_with) + np.arange(len(part.ordinals))
        ordinals[to], frequencies[to], norms[to] = part.ordinals, part.frequencies, part.norms
        free[at] += part.texts_with
    return Postings(words, counts, ordinals, frequencies, norms)
