"""Notes: small named values that a run keeps in the record, each with a hash.

``Notes`` writes each note in a transaction of its own. ``CommitNotes`` writes within the
transaction of a commit; only ``IndexWriter.commit`` makes one, and hands it to the commit's check.
"""

from typing import Protocol

from semsearch.errors import IndexDamaged
from semsearch.store.record.schema import NOTE_HASH
from semsearch.store.record.sqlite import Connection, transaction


class NoteReader(Protocol):
    """An object that notes can be read from, such as ``View``."""

    def note(self, name: str) -> str | None:
        """The value of a note, None if there is none; raises ``IndexDamaged``."""


def read_note(connection: Connection, name: str) -> str | None:
    """The value of a note; None if there is none.

    Raises ``IndexDamaged`` when the row's hash does not fit its value.
    """
    row = connection.execute(
        f"select value, hash = {NOTE_HASH} from note where name = ?", (name,)
    ).fetchone()
    if row is not None and not row[1]:
        raise IndexDamaged(f"the note {name} of the index is damaged; run: semsearch repair")
    return None if row is None else str(row[0])


class CommitNotes:
    """Writes notes within an open transaction, which decides whether they are kept."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, name: str, value: str | None) -> None:
        """Store a note, replacing its old value; None removes it."""
        self._connection.execute("delete from note where name = ?", (name,))
        if value is not None:
            self._connection.execute("insert into note values (?, ?, x'')", (name, value))
            self._connection.execute(f"update note set hash = {NOTE_HASH} where name = ?", (name,))


class Notes:
    """Writes notes, each in a transaction of its own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, name: str, value: str | None, *, is_durable: bool = True) -> None:
        """Store a note, replacing its old value; None removes it.

        A note that is not ``is_durable`` is not synced to the disk: a power cut may lose it.
        """
        with transaction(self._connection, is_durable=is_durable):
            CommitNotes(self._connection).put(name, value)
