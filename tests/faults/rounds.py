"""An index through many rounds of random edits and killed runs."""

import multiprocessing
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import semsearch
from fakes.embedder import WordEmbedder
from faults.child import DIMENSION, act, main
from faults.scenes import State, lost_vectors, paid_again, state_of
from semsearch.errors import SemsearchError
from semsearch.settings.schema import Settings

_WORDS: Final = "bee honey moon tide water bread dough knot rope river star winter".split()
_FULL_EVERY: Final = 10  # rounds
_PROCESSES: Final = multiprocessing.get_context("forkserver")  # imported once, forked for each
_PROCESSES.set_forkserver_preload(["faults.child", "semsearch.indexer.run", "faiss", "tantivy"])


class Rounds:
    """A folder whose index goes through all rounds; no fault reaches the ledger."""

    def __init__(self, corpus: Path, ledger: Path, seed: int) -> None:
        self.corpus = corpus
        self.failures: list[str] = []
        self._ledger = ledger
        self._chance = random.Random(seed)
        self._seconds = 0.3
        self._before: State = None

    def edit(self) -> None:
        """Write, change and delete a few documents; some always remain."""
        for _ in range(self._chance.randrange(1, 4)):
            path = self.corpus / f"{self._chance.randrange(12)}.txt"
            if self._chance.random() < 0.25 and len(list(self.corpus.glob("*.txt"))) > 3:
                path.unlink(missing_ok=True)
            else:
                words = self._chance.choices(_WORDS, k=self._chance.randrange(3, 400))
                path.write_text(" ".join(words) + ".\n")

    def cut_off(self, cut: Callable[[], None] | None = None) -> None:
        """Start a run and kill it at a random time, after calling ``cut`` if given."""
        process = _PROCESSES.Process(target=_quietly, args=(str(self.corpus), str(self._ledger)))
        started = time.monotonic()
        process.start()
        process.join(self._chance.uniform(0, self._seconds))
        told = self._ledger.stat().st_size if self._ledger.exists() else 0
        if cut is not None:
            cut()
        if process.is_alive():
            process.kill()
        else:
            self._seconds = max(0.05, min(self._seconds, 1.2 * (time.monotonic() - started)))
        process.join()
        if cut is not None:
            self._take_back(told)
        if process.exitcode not in (0, -9, 2, 28, 74):
            self.failures.append(f"a run ended with {process.exitcode}")

    def _take_back(self, told: int) -> None:
        """Strike what the process has said after the power was cut: it could not have said it.

        (A sync that is under way when ext4 is shut down may return without an error.)
        """
        content = self._ledger.read_bytes() if self._ledger.exists() else b""
        self._ledger.write_bytes(content[:told] + content[told:].replace(b"stored\n", b""))

    def check(self, number: int) -> None:
        """Check that readers see the old or new state; every few rounds a run completes."""
        try:
            lost = lost_vectors(self.corpus, self._ledger)
            if lost:
                self.failures.append(f"round {number}: {len(lost)} stored vectors are gone")
            seen, expected = state_of(self.corpus), self._expected()
            if seen not in (self._before, expected):
                self.failures.append(f"round {number}: neither the old state nor the new one")
            if number % _FULL_EVERY == 0:
                act("index", self.corpus, self._ledger)
                if state_of(self.corpus) != expected:
                    self.failures.append(f"round {number}: another state than the folder's")
                damages = semsearch.verify(self.corpus, full=True).damages
                if damages:
                    self.failures.append(f"round {number}: {damages}")
            self._before = state_of(self.corpus)
        except (SemsearchError, AssertionError) as error:
            self.failures.append(f"round {number}: {type(error).__name__} {error}")

    def end(self) -> list[str]:
        """The failures of all rounds."""
        stored, sent = paid_again(self._ledger)
        print(f"  {sent} texts were paid for twice, none of them stored", flush=True)
        again = [f"{stored} vectors that were stored were paid for again"] if stored else []
        return self.failures + again

    def _expected(self) -> State:
        """The content of an index made from scratch."""
        place = self._ledger.parent / "fresh"
        place.mkdir(exist_ok=True)
        embedder = WordEmbedder(dimension=DIMENSION)
        semsearch.rebuild(
            self.corpus, index=place, embedder=embedder, settings=Settings(), allow_mass_delete=True
        )
        return state_of(place)


def _quietly(corpus: str, ledger: str) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os._exit(main("index", corpus, ledger))
