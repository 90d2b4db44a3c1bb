"""The derived indexes of a generation, opened for searching."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from semsearch.errors import SemsearchError
from semsearch.store.derived.file_stamps import Stamps, stamps_of
from semsearch.store.derived.maker import (
    NotMadeHere,
    build_ann,
    load_ann,
    load_keywords,
    text_set_digest,
)
from semsearch.store.derived.private_copy import PrivateCopy
from semsearch.store.derived.recall import recall_of
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.generations import Generation
from semsearch.store.snapshot import Snapshot, open_snapshot, withheld_notices

if TYPE_CHECKING:
    from semsearch.store.derived.faiss.index import AnnIndex
    from semsearch.store.derived.tantivy.index import KeywordIndex


_MOST_LOADS: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class LoadedIndexes:
    """The ANN and keyword index of a generation, and notices about damage for the user.

    ``ann`` is None when no document has any text, when no text of a partial generation has a
    vector, and for keyword searches; ``keywords`` is None when the keyword index is damaged.
    """

    generation: Generation
    ann: "AnnIndex | None"
    keywords: "KeywordIndex | None"
    notices: tuple[str, ...]

    @property
    def has_texts(self) -> bool:
        """Whether any document of the generation has a text."""
        return _has_texts(self.generation)


def _has_texts(generation: Generation) -> bool:
    return generation.derived.ann_texts is not None


def load_derived(
    snapshot: Snapshot, before: LoadedIndexes | None = None, *, by_words_alone: bool = False
) -> LoadedIndexes:
    """Open a generation's derived indexes; they stay usable when the snapshot is closed.

    Segments that ``before`` has open are shared. Indexes that this machine has not written are
    replaced by a private copy, made from the rows (``derived.private_copy``). A missing or damaged
    ANN index is rebuilt in memory from the vectors, with a notice. ``by_words_alone`` opens the
    keyword index only, without importing faiss.
    """
    notices: list[str] = []
    ann = keywords = None
    if not _has_texts(snapshot.generation):
        return LoadedIndexes(snapshot.generation, None, None, ())
    stamps = stamps_of(snapshot.view)
    copy = PrivateCopy(snapshot.directory, snapshot.generation, snapshot.view)
    if not by_words_alone and snapshot.generation.derived.ann_file is not None:
        ann = _usable_ann(snapshot, stamps, before, copy, notices)
    try:
        keywords = _keywords(snapshot, stamps, copy)
    except SemsearchError as error:
        notices.append(without_keywords(error))
    if copy.was_made:
        notices.append(
            "the derived files of this index were not written on this machine: made anew from its"
            " rows, for you alone"
        )
    notices += withheld_notices(snapshot)
    return LoadedIndexes(snapshot.generation, ann, keywords, tuple(notices))


def _keywords(snapshot: Snapshot, stamps: Stamps, copy: PrivateCopy) -> "KeywordIndex":
    try:
        return load_keywords(snapshot.directory, snapshot.generation, stamps)
    except NotMadeHere:
        return copy.keywords()


def _usable_ann(
    snapshot: Snapshot,
    stamps: Stamps,
    before: LoadedIndexes | None,
    copy: PrivateCopy,
    notices: list[str],
) -> "AnnIndex":
    there = before.ann if before else None
    try:
        try:
            ann = load_ann(snapshot.directory, snapshot.generation, stamps, there)
        except NotMadeHere:
            if snapshot.partial is not None:
                raise  # its rows change: a copy would be made again and again
            return copy.ann(there.segments if there else ())
        if (recall := recall_of(snapshot.view)) is not None:
            ann.fewest = recall.codes
        return ann
    except SemsearchError as error:
        notices.append(f"{error}; searching without it (semsearch index makes it anew)")
        texts = snapshot.texts_with_vector()
        is_whole = snapshot.partial is None
        if is_whole and text_set_digest(texts) != snapshot.generation.derived.ann_texts:
            snapshot.view.withheld.add("some texts")
        policy = snapshot.directory.policy.ann
        return build_ann(snapshot.view, snapshot.generation.embedder, texts, policy)


@contextmanager
def newest_loaded(
    opened: Callable[[], AbstractContextManager[Snapshot]],
    before: LoadedIndexes | None = None,
    *,
    by_words_alone: bool = False,
) -> Iterator[tuple[Snapshot, LoadedIndexes]]:
    """The newest generation and its derived indexes, opened as ``load_derived`` does.

    ``opened`` opens the newest generation. A writer may remove a generation's files while they are
    read, but only after it has committed a newer one. So loading is tried again until it succeeds,
    or the newest generation stays the same, or a writer has been faster a few times.
    """
    derived: LoadedIndexes | None = None
    for left in reversed(range(_MOST_LOADS)):
        with opened() as snapshot:
            is_same = derived is not None and derived.generation == snapshot.generation
            if derived is None or not is_same:
                derived = load_derived(snapshot, before, by_words_alone=by_words_alone)
            if is_same or not derived.notices or not left:
                yield snapshot, derived
                return


def load_newest_derived(
    directory: IndexDirectory, before: LoadedIndexes | None = None, *, by_words_alone: bool = False
) -> LoadedIndexes:
    """Open the derived indexes of the newest generation, also of a partial one."""
    opened = partial(open_snapshot, directory, partial=True)
    with newest_loaded(opened, before, by_words_alone=by_words_alone) as (_, derived):
        return derived


def without_keywords(error: SemsearchError) -> str:
    """The notice for a search without the keyword index."""
    return f"{error}; searching by meaning only (semsearch index makes it anew)"
