"""A command in a child process, which the harness kills, starves or traces.

``python -m faults.child ACTION CORPUS LEDGER``: the ledger gets a line for each embedded text
before its vector is returned (the payment), a line ``stored`` after its transaction, and ``run`` at
the start of a process. Its thresholds come with the environment variable of ``faults.policies``.
"""

import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import semsearch
from fakes.embedder import WordEmbedder
from faults.policies import policy_here
from semsearch.documents.passage import text_digest
from semsearch.embedders.embedder import EmbeddedBatch
from semsearch.errors import CorpusError, SemsearchError, SettingsError, StorageFailed
from semsearch.indexer.options import RunHooks, RunOptions
from semsearch.indexer.progress import Progress
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target
from semsearch.settings.schema import Settings
from semsearch.store.collection.publisher import publish
from semsearch.store.collection.uri import collection_uri
from semsearch.store.disk.directory import DIRECTORY_NAME, IndexDirectory
from semsearch.store.history import History
from semsearch.store.maintenance.before_repair import bytes_kept
from semsearch.store.maintenance.bundle import put_index
from semsearch.store.maintenance.salvage import repair_record
from semsearch.store.policy import DEFAULT_POLICY, StorePolicy
from semsearch.store.writer import open_writer

BATCH = 4
DIMENSION = 16
FORGOTTEN = "bread.txt"
CARRIED = "carried"  # the file of an export, beside the corpus


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

    def close(self) -> None:
        """Close the ledger."""
        os.close(self._ledger)

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


def act(
    action: str, corpus: Path, ledger: Path, policy: StorePolicy = DEFAULT_POLICY, to: str = ""
) -> None:
    """Run one action on the index of a folder; ``to`` is the collection of a publication."""
    if action in ("index", "rebuild"):
        with closing(PaidEmbedder(ledger)) as embedder:
            run_index(
                Target(corpus, None, embedder, Settings(), policy),
                RunOptions(everything=action == "rebuild", allow_mass_delete=True),
                RunHooks(on_progress=embedder.on_progress),
            )
    elif action == "publish":
        publish(IndexDirectory(corpus / DIRECTORY_NAME, policy), collection_uri(to), Settings())
    elif policy == DEFAULT_POLICY:
        _maintain(action, corpus)
    else:
        _maintain_by(IndexDirectory(corpus / DIRECTORY_NAME, policy), action, corpus)


def _maintain(action: str, corpus: Path) -> None:
    """Change an index as a user does."""
    match action:
        case "repair":
            semsearch.repair(corpus)
        case "import":
            semsearch.import_(corpus.parent / CARRIED, corpus)
        case "rollback":
            semsearch.rollback(corpus)
        case "forget":
            semsearch.forget(FORGOTTEN, index=corpus)


def _maintain_by(directory: IndexDirectory, action: str, corpus: Path) -> None:
    """Change an index by the thresholds of its directory, which no user can set."""
    match action:
        case "repair":
            with directory.locked(), bytes_kept(directory) as results:
                results.append(repair_record(directory))
        case "import":
            with directory.locked():
                if directory.record.exists():
                    raise SettingsError("there is an index already")
                put_index(corpus.parent / CARRIED, directory, corpus)
        case "rollback":
            with open_writer(directory) as writer:
                History(writer).roll_back()
        case "forget":
            with open_writer(directory) as writer:
                if FORGOTTEN not in writer.documents.paths():
                    raise CorpusError(f"the index has no document {FORGOTTEN}")
                History(writer).forget([FORGOTTEN])


def main(
    action: str, corpus: str, ledger: str, policy: StorePolicy = DEFAULT_POLICY, to: str = ""
) -> int:
    """Exit like the command line; a traceback is a violation."""
    try:
        act(action, Path(corpus), Path(ledger), policy, to)
    except SemsearchError as error:
        with suppress(OSError):  # as the command line does
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return error.exit_code
    except BaseException:
        traceback.print_exc()
        return 1
    with suppress(OSError):  # nobody reads it
        print("committed", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:], policy=policy_here()))
