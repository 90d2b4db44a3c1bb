"""Notes: small values that the record keeps by name."""

from semsearch.errors import IndexDamaged
from semsearch.store.record.schema import (
    NOTE_HASH,
)
from semsearch.store.record.sqlite import Connection


def note(connection: Connection, name: str) -> str | None:
    """A small fact that a run has kept; None when there is none of that name.

    Raises ``IndexDamaged`` when it is not what was kept.
    """
    row = connection.execute(
        f"select value, hash = {NOTE_HASH} from note where name = ?", (name,)
    ).fetchone()
    if row is not None and not row[1]:
        raise IndexDamaged(f"the note {name} of the index is damaged; run: semsearch repair")
    return None if row is None else str(row[0])
