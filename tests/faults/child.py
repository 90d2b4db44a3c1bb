"""A command in a child process, which the harness kills, starves or traces.

``python -m faults.child ACTION CORPUS LEDGER``: the ledger gets a line for each embedded text
before its vector is returned (the payment), a line ``stored`` after its transaction, and ``run`` at
the start of a process.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.documents.passage import text_digest
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.errors import SemsearchError, StorageFailed
from semsearch.indexer.options import RunHooks
from semsearch.indexer.progress import Progress
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target
from semsearch.settings.schema import Settings
from semsearch.store.policy import DEFAULT_POLICY, AnnPolicy, PublicationPolicy, StorePolicy

BATCH = 4
# Thresholds by which 40 texts have a segment of their own.
SEGMENTS = StorePolicy(AnnPolicy(exact_below=40, segment=40, small_segment=10, direct=5))
# A partial generation is published after each request.
PARTIAL = StorePolicy(publication=PublicationPolicy(1, 0.0, 0.0, 0.0))
POLICIES = {"index": DEFAULT_POLICY, "segments": SEGMENTS, "partial": PARTIAL}
DIMENSION = 16


class PaidEmbedder(WordEmbedder):
    """Records each text in a ledger that faults of the index's disk do not reach."""

    def __init__(self, ledger: Path) -> None:
        super().__init__(dimension=DIMENSION, batch=BATCH)
        self._ledger = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._stored = 0
        self.note("run\n")

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Yield batches of a few texts, in order, each recorded as paid."""
        for batch in super().embed(texts):
            paid = self.seen[len(self.seen) - len(batch.positions) :]
            self.note("".join(f"{text_digest(text).hex()}\n" for text in paid))
            yield batch

    def on_progress(self, progress: Progress) -> None:
        """Record the texts stored so far."""
        if progress.texts_embedded > self._stored:
            self._stored = progress.texts_embedded
            self.note("stored\n")

    def note(self, line: str) -> None:
        """Write to the ledger, retrying once, because a fault meant for the index may hit it.

        A permanently failed disk ends the run.
        """
        try:
            os.write(self._ledger, line.encode())
        except OSError:
            try:
                os.write(self._ledger, line.encode())
            except OSError as error:
                raise StorageFailed("the ledger cannot be written") from error


def act(action: str, corpus: Path, ledger: Path) -> None:
    """Run one action on the index of a folder; ``POLICIES`` has those that index."""
    if action in POLICIES:
        embedder = PaidEmbedder(ledger)
        run_index(
            Target(corpus, None, embedder, Settings(), POLICIES[action]),
            hooks=RunHooks(on_progress=embedder.on_progress),
        )
    elif action == "repair":
        semsearch.repair(corpus)
    elif action == "import":
        semsearch.import_(corpus.parent / "carried", corpus)
    elif action == "rollback":
        semsearch.rollback(corpus)
    else:
        semsearch.forget("bread.txt", index=corpus)


def main(action: str, corpus: str, ledger: str) -> int:
    """Exit like the command line; a traceback is a violation."""
    try:
        act(action, Path(corpus), Path(ledger))
    except SemsearchError as error:
        with suppress(OSError):  # as the command line does
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return error.exit_code
    with suppress(OSError):  # nobody reads it
        print("committed", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
