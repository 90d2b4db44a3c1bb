"""Many writers and readers of an index at once."""

import multiprocessing
import random
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import semsearch
from fakes.embedder import WordEmbedder
from faults.child import DIMENSION
from faults.scenes import state_of
from semsearch.errors import IndexLocked
from semsearch.settings.schema import Settings

_PROCESSES: Final = multiprocessing.get_context("forkserver")
WRITERS: Final = (2, 4, 8)
_READERS: Final = 4
_LONGEST: Final = 0.4  # seconds until a writer is killed


def crowded(place: Path, writers: int, seconds: float) -> tuple[dict[str, int], list[str]]:
    """Counts of actions and failures; another writer is killed repeatedly."""
    corpus = place / "corpus"
    corpus.mkdir(parents=True)
    (corpus / "start.txt").write_text("Something to begin with.")
    _index(corpus)
    results = _PROCESSES.Queue()
    until = time.time() + seconds
    tasks = [
        _PROCESSES.Process(target=_read, args=(corpus, until, results)) for _ in range(_READERS)
    ]
    tasks += [
        _PROCESSES.Process(target=_write, args=(corpus, until, n, results)) for n in range(writers)
    ]
    for task in tasks:
        task.start()
    counts: dict[str, int] = {"killed": _kill_now_and_then(corpus, until)}
    failures: list[str] = []
    for _ in tasks:
        for name, count in results.get(timeout=seconds + 120).items():
            if isinstance(count, str):
                failures.append(count)
            else:
                counts[name] = counts.get(name, 0) + count
    for task in tasks:
        task.join()
    failures += semsearch.verify(corpus, full=True).damages
    return counts, failures


def _kill_now_and_then(corpus: Path, until: float) -> int:
    """Kill another writer repeatedly, shortly after its start; returns the number of kills."""
    chance, killed = random.Random(0), 0
    while time.time() < until:
        (corpus / "killed.txt").write_text(f"One more thing, {chance.random()}.\n")
        doomed = _PROCESSES.Process(target=_write_once, args=(corpus,))
        doomed.start()
        doomed.join(chance.uniform(0, _LONGEST))
        if doomed.is_alive():
            doomed.kill()
            killed += 1
        doomed.join()
    return killed


def _write_once(corpus: Path) -> None:
    with suppress(IndexLocked):
        _index(corpus)


def _index(corpus: Path) -> None:
    """Index whatever is found: files are briefly empty while they are written."""
    semsearch.index(
        corpus, embedder=WordEmbedder(dimension=DIMENSION), settings=Settings(), accept=True
    )


def _read(corpus: Path, until: float, results: "multiprocessing.Queue[dict[str, object]]") -> None:
    """Verify the newest generation repeatedly, each place, row and file."""
    done = last = 0
    try:
        while time.time() < until:
            assert state_of(corpus) is not None
            generation = semsearch.status(corpus).generation
            assert generation >= last, "a generation went backwards"
            done, last = done + 1, generation
        results.put({"reads": done})
    except BaseException as error:
        results.put({"reads": done, "error": f"reader: {type(error).__name__}: {error}"})


def _write(
    corpus: Path, until: float, number: int, results: "multiprocessing.Queue[dict[str, object]]"
) -> None:
    chance = random.Random(number)
    counts = {"commits": 0, "locked": 0}
    try:
        while time.time() < until:
            text = f"Writer {number} wrote {chance.random()}.\n\n" * chance.randrange(1, 9)
            (corpus / f"{number}-{chance.randrange(3)}.txt").write_text(text)
            try:
                _index(corpus)
                counts["commits"] += 1
            except IndexLocked:
                counts["locked"] += 1
        results.put(counts)
    except BaseException as error:
        results.put({**counts, "error": f"writer: {type(error).__name__}: {error}"})
