"""Segments that a publication has begun, noted in blobs so that a killed one leaves none behind.

A publication notes its segment as begun, writes it, and puts the manifest that names it. Another
one of the same source may take it for a killed one's meanwhile. So whoever removes a segment notes
that first, and then looks whether a manifest names it; and a publication looks at its note after it
has put the manifest. Of both, at least one finds what the other one has done.
"""

from collections.abc import Iterable
from typing import Final

from semsearch.store.collection.engine import Engine
from semsearch.store.collection.manifest import manifest_of, mark_of, numbers_of

_NOTE: Final = b"begun"
_REMOVED: Final = "/removed"  # behind the name of a note; names are read as they are at that time


def note_name(source: str, number: int) -> str:
    """The name of the blob that notes a segment.

    All have one length: blobs are removed by the beginnings of their names.
    """
    return f"pending/{mark_of(source)}/{number:010}"


def note_begun(engine: Engine, source: str, numbers: Iterable[int]) -> None:
    """Note that segments are written, or were, which no manifest need name."""
    engine.put_blobs([(note_name(source, number), _NOTE) for number in numbers])


def is_begun(engine: Engine, source: str, number: int) -> bool:
    """Whether a segment is noted, and nobody removes it."""
    name = note_name(source, number)
    return list(engine.blob_names(name)) == [name]


def forget(engine: Engine, source: str, numbers: Iterable[int]) -> None:
    """Remove notes; the segments stay."""
    if names := [note_name(source, number) for number in numbers]:
        engine.delete_blobs(names)


def noted(engine: Engine, source: str) -> list[int]:
    """The numbers of the segments of a source that are noted, ascending."""
    names = engine.blob_names(f"pending/{mark_of(source)}/")
    return sorted({int(name.removesuffix(_REMOVED).rpartition("/")[2]) for name in names})


def remove_noted(engine: Engine, source: str) -> None:
    """Remove the noted segments of a source that its manifest does not name, and all notes."""
    for number in noted(engine, source):
        engine.put_blobs([(note_name(source, number) + _REMOVED, _NOTE)])
        remove_unnamed(engine, source, number)


def remove_unnamed(engine: Engine, source: str, number: int) -> None:
    """Remove a segment that the manifest of its source does not name, and its note."""
    stored = engine.manifests().get(source)
    named = numbers_of([] if stored is None else [manifest_of(source, stored)])
    if number not in named:
        engine.delete_segments([number])
        engine.delete_blobs([f"segments/{number}/"])
    forget(engine, source, [number])
