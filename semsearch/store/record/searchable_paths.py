"""Paths of the documents that a question can find.

Apart from ``documents``, whose values need the types of the documents' folder: an assistant waits
for the outline of an index, and that is made of these alone.
"""

import os
from collections.abc import Iterator
from typing import Final

from semsearch.store.record.generation_scope import VISIBLE
from semsearch.store.record.sqlite import Connection

_SEARCHABLE: Final = "coverage in ('indexed', 'stale')"


def searchable_paths(connection: Connection, generation: int) -> Iterator[str]:
    """Yield the path of each document of a generation that has text; damaged ones are left out."""
    for (path,) in connection.execute(
        f"select path from document where {VISIBLE} and {_SEARCHABLE}", {"generation": generation}
    ):
        if isinstance(path, bytes | str):
            yield os.fsdecode(path)
