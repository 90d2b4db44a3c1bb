"""Older generations of an index: going back to one, removing them, forgetting documents."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from semsearch.errors import IndexDamaged, IndexMissing
from semsearch.store.derived.named_files import remove_unnamed
from semsearch.store.disk.atomic_files import storage_errors
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.notes.clusters import CLUSTERS, UNITS
from semsearch.store.notes.tags import TAGS, of_those
from semsearch.store.notes.titles import digests_of_titles
from semsearch.store.record.generations import Generation, kept_generations
from semsearch.store.record.note_rows import CommitNotes, read_note
from semsearch.store.record.partial_generation import partial_generation, shown_generations
from semsearch.store.record.schema import ORPHANED_SENTENCES
from semsearch.store.record.sqlite import compact, transaction
from semsearch.store.record.view import View

if TYPE_CHECKING:
    from semsearch.store.writer import IndexWriter

_FORGETTING: Final = "forgetting"  # the note of a commit whose old rows and files are still there


class History:
    """Changes the generations that an index keeps; ``writer`` holds the lock."""

    def __init__(self, writer: "IndexWriter") -> None:
        self._writer = writer
        self._connection = writer.connection
        self._directory = writer.directory

    def roll_back(self) -> Generation:
        """Commit a new generation with the documents of the one before the newest.

        Returns the generation whose documents were restored. Raises ``IndexMissing`` when no
        generation is kept before the newest, and ``IndexDamaged`` when it is not whole.
        """
        self._refuse_partial()
        kept = kept_generations(self._connection)
        if len(kept) < 2:
            raise IndexMissing(
                f"the index in {self._directory.path} has no generation before its newest;"
                " nothing was changed"
            )
        old = kept[-2]
        view = View(self._connection, old.number)
        if len(view.documents.all()) != old.documents or view.withheld:
            raise IndexDamaged("the generation before the newest is damaged; run: semsearch repair")
        self._writer.begin_again(old)
        self._writer.documents.bring_back(old.number)
        self._writer.commit()
        return old

    def forget(self, paths: Iterable[str]) -> None:
        """Remove documents from every generation, with their texts and vectors, for good.

        Commits a generation without them, then removes all older generations, all vectors of texts
        that no document has any more, and compacts the file, so that no byte of them is left.
        """
        self.commit_without(paths)
        self.finish_forgetting()

    def commit_without(self, paths: Iterable[str]) -> None:
        """Commit a generation without some documents, the first step of ``forget``.

        Their rows and files are still on the disk until ``finish_forgetting``, which the next
        writer calls if this process is stopped in between. Raises ``IndexMissing`` before the first
        whole generation.
        """
        self._refuse_partial()
        committed = self._writer.committed
        if committed is None:
            raise IndexMissing(_not_whole(self._directory))
        self._writer.begin_again(committed)
        self._connection.execute("pragma secure_delete = on")
        self._writer.documents.remove(paths)
        self._writer.commit_rebuilt(
            reuse=False,
            check=lambda _, notes: notes.put(_FORGETTING, "what is left of forgotten documents"),
        )

    def _refuse_partial(self) -> None:
        """What a stopped run has embedded would be lost with its partial generation."""
        if partial_generation(self._connection) is not None:
            raise IndexMissing(_not_whole(self._directory))

    def finish_forgetting(self) -> None:
        """Remove what ``commit_without`` has left on the disk; does nothing if it left nothing."""
        if self._writer.committed is None:
            return
        if read_note(self._connection, _FORGETTING) is None:
            return
        self._connection.execute("pragma secure_delete = on")
        orphan = (
            "not exists (select 1 from passage where passage.text = {0})"
            " and {0} not in (select id from title)"
        )
        with transaction(self._connection):
            self._drop_older_rows()
            self._list_titles()
            self._connection.execute(f"delete from vector where {orphan.format('vector.text')}")
            self._connection.execute(f"delete from sentences where {ORPHANED_SENTENCES}")
            self._connection.execute(f"delete from text where {orphan.format('text.id')}")
            self._connection.execute("drop table title")
            notes = CommitNotes(self._connection)
            for unit in UNITS:
                notes.put(CLUSTERS.format(unit), None)  # cluster names are words of documents
            notes.put(TAGS, self._tags_left())
        remove_unnamed(self._directory, shown_generations(self._connection))
        with storage_errors(self._directory.path):
            for path in self._directory.backups():
                path.unlink(missing_ok=True)
        compact(self._connection)
        self._writer.notes.put(_FORGETTING, None)

    def _list_titles(self) -> None:
        """Put the ids of the titles of the documents that are left into a temporary table."""
        assert self._writer.committed is not None  # the caller has committed
        left = View(self._connection, self._writer.committed.number).documents.names()
        self._connection.execute("create temp table title (id integer primary key)")
        self._connection.executemany(
            "insert into title select id from text where digest = ?",
            ((digest,) for digest in digests_of_titles(left)),
        )

    def drop_older(self) -> None:
        """Remove every generation but the newest."""
        with transaction(self._connection):
            self._drop_older_rows()
        remove_unnamed(self._directory, shown_generations(self._connection))

    def _drop_older_rows(self) -> None:
        """Within the caller's transaction: remove the rows of all generations but the newest."""
        assert self._writer.committed is not None  # the caller has committed
        newest = self._writer.committed.number
        self._connection.execute("delete from generation where number < ?", (newest,))
        self._writer.documents.drop_ended(newest)

    def _tags_left(self) -> str | None:
        """The tags note, of the documents that are left; None when it cannot be read."""
        rows = self._connection.execute("select digest from document where digest is not null")
        try:
            return of_those(read_note(self._connection, TAGS), {digest for (digest,) in rows})
        except IndexDamaged:
            return None


def _not_whole(directory: IndexDirectory) -> str:
    return (
        f"the index in {directory.path} is not whole yet: the run that makes it was stopped; run"
        " semsearch index first"
    )
