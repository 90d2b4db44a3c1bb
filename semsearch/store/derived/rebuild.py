"""Derived files that are missing or damaged, made anew from the record and named in it."""

from collections.abc import Sequence
from typing import Literal

from semsearch.errors import IndexDamaged
from semsearch.store.derived.file_stamps import Stamps
from semsearch.store.derived.maker import DerivedMaker, check_generation_ann, load_keywords
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.generations import Generation
from semsearch.store.record.schema import GENERATION_HASH
from semsearch.store.record.sqlite import Connection, transaction
from semsearch.store.record.view import View


def mend(
    connection: Connection, directory: IndexDirectory, generation: Generation, stamps: Stamps
) -> list[str]:
    """Make anew what is missing or damaged of a generation's derived indexes.

    Returns what was made, in words; no embedder is called.
    """
    files = generation.derived
    if files.ann_file is None:
        return []
    mended = []
    view = View(connection, generation.number)
    maker = DerivedMaker(directory, generation.number, ())
    try:
        check_generation_ann(directory, generation, stamps)
    except IndexDamaged as error:
        made = maker.make_ann(view, generation.embedder, view.text_ids())
        _rename(connection, "ann_file", files.ann_file, made)
        mended.append(f"{error}; made anew from the stored vectors")
    try:
        load_keywords(directory, generation, stamps)
    except IndexDamaged as error:
        made = maker.make_keywords(view, view.text_ids())
        _rename(connection, "keywords", files.keywords, made)
        mended.append(f"{error}; made anew")
    return mended


def _rename(
    connection: Connection,
    kind: Literal["ann_file", "keywords"],
    old: str | None,
    new: tuple[str, bytes],
) -> None:
    """Name what was made in place of ``old``, in every generation that names that."""
    digest = {"ann_file": "ann_digest", "keywords": "keywords_digest"}[kind]
    with transaction(connection):
        connection.execute(
            f"update generation set {kind} = ?, {digest} = ? where {kind} is ?", (*new, old)
        )
        rehash_generations(connection, f"{kind} = ?", (new[0],))


def rehash_generations(connection: Connection, condition: str, values: Sequence[int | str]) -> None:
    """Within the caller's transaction: give rows that were changed the hash that fits them."""
    connection.execute(
        f"update generation set hash = {GENERATION_HASH} from embedder"
        f" where embedder.id = embedder and {condition}",
        values,
    )
