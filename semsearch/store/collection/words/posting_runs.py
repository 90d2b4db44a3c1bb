"""Texts in their order → their words sorted, in runs on the disk that are merged in the end.

A posting is a word of a text: the text's ordinal, how often the text has the word, and the byte of
the text's length. Memory does not grow with the number of texts.
"""

import errno
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.errors import DiskFull, StorageFailed
from semsearch.store.collection.words.bm25 import norms_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]
    Bytes = npt.NDArray[np.uint8]
    Ordinals = npt.NDArray[np.uint32]

RUN_POSTINGS: Final = 4_000_000  # of a run; 32 MB, and some times as much while they are sorted
MERGED_POSTINGS: Final = 2_000_000  # that are merged at once, at about
_POSTING_BYTES: Final = 8
_SAMPLED: Final = 100  # a word in so many tells where the parts of a merge end
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


@contextmanager
def temporary_storage_errors() -> Iterator[None]:
    """Translate every ``OSError`` of the folder for temporary files to an error of semsearch."""
    try:
        yield
    except OSError as error:
        message = (
            f"cannot write to the folder for temporary files ({error.strerror or error}); free some"
            " space there, or name another one in TMPDIR, then publish again"
        )
        # numpy tells no number of an error, but how much it has written less.
        if error.errno in (errno.ENOSPC, errno.EDQUOT, None):
            raise DiskFull(message) from error
        raise StorageFailed(message) from error


class PostingRuns:
    """Takes texts in the order of their ordinals; gives all postings by word."""

    def __init__(
        self, folder: Path, most: int = RUN_POSTINGS, merged: int = MERGED_POSTINGS
    ) -> None:
        """Write runs of ``most`` postings to a folder that is there; merge ``merged`` at once."""
        self._folder = folder
        self._most = most
        self._merged = merged
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
        counts = np.bincount(ranks, minlength=len(words))
        run = _Run(self._folder, len(self._runs), self._first, _samples(words, counts))
        with temporary_storage_errors():
            postings.tofile(run.postings)
            counts.astype(np.uint32).tofile(run.counts)
            run.words.write_text("\n".join([*words, ""]), encoding="utf-8", newline="\n")
        self._runs.append(run)
        self._new_run()

    def merged(self) -> Iterator[Postings]:
        """All postings, in parts of some words each, the words ascending over all parts."""
        if len(self._words):
            self._spill()
        with temporary_storage_errors(), ExitStack() as stack:
            opened = [stack.enter_context(closing(_OpenRun(run))) for run in self._runs]
            for bound in [*_bounds(self._runs, self._merged), None]:
                parts = [part for run in opened if (part := run.until(bound)).words]
                if parts:
                    yield parts[0] if len(parts) == 1 else _merged(parts)


@dataclass(frozen=True, slots=True)
class _Run:
    """A sorted run in files: its postings, its words, and how many texts have each.

    ``first`` is the ordinal of its first text. ``samples`` are words with the number of postings
    before each, a word in a thousand.
    """

    folder: Path
    number: int
    first: int
    samples: Sequence[tuple[str, int]]

    @property
    def postings(self) -> Path:
        """The file of its postings, as numbers."""
        return self.folder / f"postings-{self.number}"

    @property
    def counts(self) -> Path:
        """The file of the numbers of texts that have each word."""
        return self.folder / f"counts-{self.number}"

    @property
    def words(self) -> Path:
        """The file of its words, a line each."""
        return self.folder / f"words-{self.number}"


def _samples(words: Sequence[str], counts: "Numbers") -> list[tuple[str, int]]:
    before = np.cumsum(counts) - counts
    places = range(0, len(words), _SAMPLED)
    return [(words[place], int(before[place])) for place in places]


class _OpenRun:
    """A run that is read from its first word to its last, with a little of it in memory."""

    def __init__(self, run: _Run) -> None:
        self._first = run.first
        self._lines = run.words.open(encoding="utf-8", newline="\n")
        self._counts = run.counts.open("rb")
        self._postings = run.postings.open("rb")
        self._next = self._lines.readline()

    def close(self) -> None:
        """Close its files."""
        for file in (self._lines, self._counts, self._postings):
            file.close()

    def until(self, bound: str | None) -> Postings:
        """The postings of the next words, of those below ``bound``."""
        words: list[str] = []
        while self._next and (bound is None or self._next[:-1] < bound):
            words.append(self._next[:-1])
            self._next = self._lines.readline()
        counts = np.fromfile(self._counts, dtype=np.uint32, count=len(words)).astype(np.int64)
        some = np.fromfile(self._postings, dtype=np.uint64, count=int(counts.sum()))
        in_run = (some >> np.uint64(16)) & np.uint64(_MOST_TEXTS - 1)
        return Postings(
            words,
            counts,
            (in_run + np.uint64(self._first)).astype(np.uint32),
            ((some >> np.uint64(8)) & np.uint64(255)).astype(np.uint8),
            (some & np.uint64(255)).astype(np.uint8),
        )


def _bounds(runs: Sequence[_Run], at_once: int) -> list[str]:
    """Words that part the postings of all runs into about equal parts, ascending."""
    if not runs:
        return []
    total = sum(run.postings.stat().st_size // _POSTING_BYTES for run in runs)
    parts = -(-total // at_once)
    most = max(runs, key=lambda run: len(run.samples))
    size = most.postings.stat().st_size // _POSTING_BYTES
    wanted = [size * part // parts for part in range(1, parts)]
    before = [count for _, count in most.samples]
    found = (most.samples[bisect_left(before, one, hi=len(before) - 1)][0] for one in wanted)
    return sorted({*found} - {most.samples[0][0]})


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
