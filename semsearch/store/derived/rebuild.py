"""Rebuild derived files that are missing or damaged from the rows of the record."""

from collections.abc import Sequence
from typing import Literal

from semsearch.errors import IndexDamaged
from semsearch.store.derived.file_stamps import Stamps
from semsearch.store.derived.maker import (
    DerivedMaker,
    check_generation_ann,
    check_generation_keywords,
    load_keywords,
)
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.generations import Generation
from semsearch.store.record.schema import GENERATION_HASH
from semsearch.store.record.sqlite import Connection, transaction
from semsearch.store.record.view import View


def rebuild_damaged(
    connection: Connection,
    directory: IndexDirectory,
    generation: Generation,
    stamps: Stamps,
    *,
    opens: bool = True,
) -> list[str]:
    """Rebuild missing or damaged derived indexes of a generation, and name them in its row.

    Without ``opens`` files are only compared with their digests: an engine of this build has
    opened them before. Returns a notice for each index that was rebuilt. Calls no embedder.
    """
    files = generation.derived
    if files.ann_file is None:
        return []
    rebuilt = []
    view = View(connection, generation.number)
    maker = DerivedMaker(directory, generation.number, ())
    try:
        check_generation_ann(directory, generation, stamps)
    except IndexDamaged as error:
        made = maker.make_ann(view, generation.embedder, view.texts.ids())
        _rename(connection, "ann_file", files.ann_file, made)
        rebuilt.append(f"{error}; made anew from the stored vectors")
    try:
        (load_keywords if opens else check_generation_keywords)(directory, generation, stamps)
    except IndexDamaged as error:
        made = maker.make_keywords(view, view.texts.ids())
        _rename(connection, "keywords", files.keywords, made)
        rebuilt.append(f"{error}; made anew")
    return rebuilt


def _rename(
    connection: Connection,
    kind: Literal["ann_file", "keywords"],
    old: str | None,
    new: tuple[str, bytes],
) -> None:
    """Replace a file's name and digest in every generation that names ``old``."""
    digest = {"ann_file": "ann_digest", "keywords": "keywords_digest"}[kind]
    with transaction(connection):
        connection.execute(
            f"update generation set {kind} = ?, {digest} = ? where {kind} is ?", (*new, old)
        )
        rehash_generations(connection, f"{kind} = ?", (new[0],))


def rehash_generations(connection: Connection, condition: str, values: Sequence[int | str]) -> None:
    """Within the caller's transaction: recompute the hash of changed generation rows."""
    connection.execute(
        f"update generation set hash = {GENERATION_HASH} from embedder"
        f" where embedder.id = embedder and {condition}",
        values,
    )
