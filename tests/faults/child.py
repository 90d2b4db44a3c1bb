"""One command in a process of its own, which the harness kills, starves or traces.

``python -m faults.child ACTION CORPUS LEDGER``: every text that is embedded is a line of the ledger
before its vector is given, which is the money, and ``stored`` one after its transaction; ``run`` is
the first of a process.
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
from semsearch.indexer.progress import Progress
from semsearch.settings.schema import Settings

BATCH = 4
DIMENSION = 16


class PaidEmbedder(WordEmbedder):
    """Notes each text where no fault of the index's disk reaches it."""

    def __init__(self, ledger: Path) -> None:
        super().__init__(dimension=DIMENSION, batch=BATCH)
        self._ledger = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._stored = 0
        self.note("run\n")

    def embed(self, texts: Iterable[str]) -> Iterator[EmbeddedBatch]:
        """Batches of a few texts, in order, each paid for."""
        for batch in super().embed(texts):
            paid = self.seen[len(self.seen) - len(batch.positions) :]
            self.note("".join(f"{text_digest(text).hex()}\n" for text in paid))
            yield batch

    def on_progress(self, progress: Progress) -> None:
        """Note the texts that are stored by now."""
        if progress.texts_embedded > self._stored:
            self._stored = progress.texts_embedded
            self.note("stored\n")

    def note(self, line: str) -> None:
        """Write to the ledger; a fault that is meant for the index may hit it once.

        A disk that fails for good ends the run, as it would end that of the index.
        """
        try:
            os.write(self._ledger, line.encode())
        except OSError:
            try:
                os.write(self._ledger, line.encode())
            except OSError as error:
                raise StorageFailed("the ledger cannot be written") from error


def act(action: str, corpus: Path, ledger: Path) -> None:
    """Do one thing to the index of a folder."""
    if action == "index":
        embedder = PaidEmbedder(ledger)
        semsearch.index(
            corpus, embedder=embedder, settings=Settings(), on_progress=embedder.on_progress
        )
    elif action == "repair":
        semsearch.repair(corpus)
    elif action == "rollback":
        semsearch.rollback(corpus)
    else:
        semsearch.forget("bread.txt", index=corpus)


def main(action: str, corpus: str, ledger: str) -> int:
    """End as the command line does; a traceback is a violation."""
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
