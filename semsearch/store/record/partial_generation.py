"""The partial generation: the generation to come, shown to readers before it is whole.

It is a note of the record, and no row of a generation: history, rollback, the quality gate and
export go by whole generations. Earlier versions of semsearch do not know the note, and read the
last whole generation.
"""

import json
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, Final

from semsearch.errors import IndexDamaged
from semsearch.store.record.generations import (
    DerivedFiles,
    Generation,
    StoredEmbedder,
    are_own_names,
    kept_generations,
    last_generation,
)
from semsearch.store.record.json_text import parsed
from semsearch.store.record.note_rows import CommitNotes, read_note
from semsearch.store.record.sqlite import Connection

PARTIAL: Final = "partial generation"  # the name of the note

# Its derived files are named as those of a generation with a number that no generation reaches, so
# that earlier versions of semsearch know them for derived files, and remove them.
_FIRST_FILE: Final = 10**12
_FILES_EACH: Final = 10**4

_NUMBERS: Final = ("number", "serial", "embedder", "documents", "passages", "texts", "vectors")
_COUNTS: Final = range(2**53)


@dataclass(frozen=True, slots=True)
class PartialGeneration:
    """The generation to come as far as a run had come when it was last published.

    ``serial`` counts the publications of one generation to come, from 1. ``vectors`` of the
    ``texts`` texts have a vector in the ANN index of ``generation``, which has no ANN file while
    there is none. The digest ``ann_texts`` is that of the texts of the keyword index.
    """

    generation: Generation
    serial: int
    texts: int
    vectors: int

    @property
    def file_number(self) -> int:
        """The number in the names of the files that this publication writes."""
        return file_number(self.generation.number, self.serial)

    def as_note(self) -> str:
        """Serialise it for ``partial_generation``."""
        one = self.generation
        files = [part.hex() if isinstance(part, bytes) else part for part in astuple(one.derived)]
        return json.dumps(
            {
                "number": one.number,
                "serial": self.serial,
                "created": one.created.isoformat(timespec="seconds"),
                "corpus": one.corpus.hex(),
                "embedder": one.embedder.id,
                "chunking": one.chunking,
                "files": files,
                "documents": one.documents,
                "passages": one.passages,
                "texts": self.texts,
                "vectors": self.vectors,
            }
        )


def file_number(generation: int, serial: int) -> int:
    """The number in the names of the derived files of a partial generation.

    >>> file_number(42, 3)
    1000000420003
    """
    return _FIRST_FILE + generation * _FILES_EACH + serial % _FILES_EACH


def partial_generation(connection: Connection) -> PartialGeneration | None:
    """The partial generation after the last whole one; None if there is none, or it is damaged."""
    try:
        note = read_note(connection, PARTIAL)
        found = None if note is None else _partial(connection, parsed(note))
    except (IndexDamaged, AttributeError, LookupError, TypeError, ValueError):
        return None
    if found is None:
        return None
    last = last_generation(connection)
    return found if found.generation.number == (last.number if last else 0) + 1 else None


def _partial(connection: Connection, note: dict[str, Any]) -> PartialGeneration | None:
    """The values of a note, which a foreign index may have made up."""
    numbers = [note[name] for name in _NUMBERS]
    if not all(type(number) is int and number in _COUNTS for number in numbers):
        raise ValueError("it has other values than counts")
    if note["vectors"] > note["texts"]:
        raise ValueError("it has more vectors than texts")
    row = connection.execute(
        "select id, uri, dimension from embedder where id = ?", (note["embedder"],)
    ).fetchone()
    name, digest, texts, folder, manifest = note["files"]
    files = DerivedFiles(name, _bytes(digest), _bytes(texts), folder, _bytes(manifest))
    if row is None or not are_own_names(files):
        return None
    generation = Generation(
        number=note["number"],
        created=datetime.fromisoformat(note["created"]),
        corpus=bytes.fromhex(note["corpus"]),
        embedder=StoredEmbedder(*row),
        chunking=str(note["chunking"]),
        derived=files,
        documents=note["documents"],
        passages=note["passages"],
        repeats={},
    )
    return PartialGeneration(generation, note["serial"], note["texts"], note["vectors"])


def _bytes(digits: str | None) -> bytes | None:
    return None if digits is None else bytes.fromhex(digits)


def shown_generations(connection: Connection) -> list[Generation]:
    """The kept generations and the partial one, the newest last: those whose files are needed."""
    partial = partial_generation(connection)
    return [*kept_generations(connection), *([partial.generation] if partial else [])]


def drop_partial(connection: Connection) -> None:
    """Within the caller's transaction: show readers the last whole generation again."""
    CommitNotes(connection).put(PARTIAL, None)
