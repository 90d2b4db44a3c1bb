"""Build, open, check and remove the ANN and keyword index of a generation."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.errors import IndexDamaged
from semsearch.settings.amounts import counted
from semsearch.store.derived.faiss.files import check_ann, put_ann, put_built, read_ann
from semsearch.store.derived.faiss.manifest import SegmentFile
from semsearch.store.derived.file_stamps import NO_STAMPS, Stamps
from semsearch.store.derived.recall import Recall
from semsearch.store.derived.tantivy.manifest import check_keywords
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.ids import Ids, changed, is_among
from semsearch.store.policy import AnnPolicy
from semsearch.store.record.changes import Changes
from semsearch.store.record.generations import DerivedFiles, Generation, StoredEmbedder
from semsearch.store.record.view import View

if TYPE_CHECKING:
    from semsearch.store.derived.faiss.index import AnnIndex
    from semsearch.store.derived.tantivy.index import KeywordIndex


class NotMadeHere(IndexDamaged):
    """A derived file has no mark of this machine, so that no native library is given it."""


def load_ann(
    directory: IndexDirectory,
    generation: Generation,
    stamps: Stamps,
    before: "AnnIndex | None" = None,
) -> "AnnIndex":
    """Open a generation's ANN index; raises ``IndexDamaged`` when a digest does not fit.

    Raises ``NotMadeHere``, before FAISS sees a byte, for files that this machine has not written.
    Segments that the index ``before`` has open are shared, not read again.
    """
    there = before.segments if before else ()
    file = _ann_file(generation)
    _require_mark(stamps, file.name, file.digest)
    return read_ann(directory, file, stamps, there)


def _ann_file(generation: Generation) -> SegmentFile:
    return SegmentFile(str(generation.derived.ann_file), generation.derived.ann_digest or b"")


def load_keywords(
    directory: IndexDirectory, generation: Generation, stamps: Stamps
) -> "KeywordIndex":
    """Open a generation's keyword index; raises ``IndexDamaged`` when a digest does not fit.

    Raises ``NotMadeHere``, before Tantivy sees a byte, for files that this machine has not written.
    """
    from semsearch.store.derived.tantivy.index import KeywordIndex  # an unchanged run opens none

    path, known_by = _marked_keywords(directory, generation, stamps)
    return KeywordIndex.open(path, known_by, stamps, directory.policy.keywords)


def check_generation_ann(directory: IndexDirectory, generation: Generation, stamps: Stamps) -> None:
    """Raise as ``load_ann`` does, without opening the index."""
    file = _ann_file(generation)
    _require_mark(stamps, file.name, file.digest)
    check_ann(directory, file, stamps)


def check_generation_keywords(
    directory: IndexDirectory, generation: Generation, stamps: Stamps
) -> None:
    """Raise as ``load_keywords`` does, without opening the index."""
    check_keywords(*_marked_keywords(directory, generation, stamps), stamps)


def _marked_keywords(
    directory: IndexDirectory, generation: Generation, stamps: Stamps
) -> tuple[Path, bytes | int]:
    path, known_by = _keywords(directory, generation)
    _require_mark(stamps, path.name, generation.derived.keywords_digest)
    return path, known_by


def _require_mark(stamps: Stamps, name: str, digest: bytes | None) -> None:
    if digest is None or not stamps.are_of(name, digest):
        raise NotMadeHere(f"{name} was not written on this machine")


def check_derived(directory: IndexDirectory, generation: Generation) -> Iterator[str]:
    """Messages about derived files whose digests do not fit; works on a read-only disk."""
    if generation.derived.ann_file is not None:
        yield from _message(lambda: check_ann(directory, _ann_file(generation), NO_STAMPS))
    if generation.derived.keywords is not None:
        yield from _message(lambda: check_keywords(*_keywords(directory, generation)))


def _message(check: Callable[[], object]) -> Iterator[str]:
    try:
        check()
    except IndexDamaged as error:
        yield str(error)


def _keywords(directory: IndexDirectory, generation: Generation) -> tuple[Path, bytes | int]:
    derived = generation.derived
    path = directory.path / str(derived.keywords)
    return path, derived.keywords_digest or generation.number


def build_ann(view: View, embedder: StoredEmbedder, texts: Ids, policy: AnnPolicy) -> "AnnIndex":
    """Build an ANN index in memory of the texts that have a stored vector."""
    from semsearch.store.derived.faiss.index import AnnIndex  # a keyword search needs no faiss

    vectors_of = partial(view.vectors.of_texts, embedder)
    return AnnIndex.build(texts, vectors_of, embedder.dimension or 0, policy)


def text_set_digest(texts: Ids) -> bytes:
    """SHA-256 of text ids, ascending: equal for two generations with equal sets of texts."""
    return hashlib.sha256(texts.tobytes()).digest()


@dataclass(frozen=True, slots=True)
class Made:
    """The derived files of a generation, and the ids of the texts in them, ascending."""

    files: DerivedFiles
    texts: Ids
    words: Ids  # of the keyword index; others where texts have no vector yet
    recall: Recall | None = None  # of an ANN index that was built from scratch


class DerivedMaker:
    """Makes the indexes of one generation, reusing files of the ``kept`` ones where possible."""

    def __init__(
        self,
        directory: IndexDirectory,
        number: int,
        kept: Sequence[Generation],
        stamps: Stamps = NO_STAMPS,
        partial: Generation | None = None,
        published: Ids | None = None,
    ) -> None:
        """Prepare to write files with ``number`` in their names.

        The keyword index of the ``partial`` generation, too, is named again where it fits, or
        added to where the texts that it has, ``published``, are known.
        """
        self._directory = directory
        self._number = number
        self._kept = kept
        self._stamps = stamps
        self._partial = partial
        self._published = published
        self.recall: Recall | None = None  # of the ANN index that was last built from nothing

    def make(self, view: View, embedder: StoredEmbedder, changes: Changes | None) -> Made:
        """Make both indexes, or name those of a kept generation that has exactly these texts.

        With ``changes`` since the last kept generation its files are updated, at a cost that grows
        with the changes only. Raises ``IndexDamaged`` when a text has no vector, and ``OSError``.
        """
        base = self._base(changes)
        texts = base.texts if base else view.texts.ids()
        if not len(texts):
            return Made(DerivedFiles(), texts, texts)
        digest = text_set_digest(texts)
        ann = (
            self._ann_again(digest, embedder)
            or (base and self._next_ann(view, embedder, base))
            or self.make_ann(view, embedder, texts)
        )
        keywords = self._any_keywords(view, base, texts, digest)
        return Made(DerivedFiles(*ann, digest, *keywords), texts, texts, self.recall)

    def make_partial(
        self, view: View, embedder: StoredEmbedder, changes: Changes | None, lacking: Ids
    ) -> Made:
        """Like ``make``, while the texts ``lacking`` (ascending) have no vector yet.

        ``Made.texts`` are those with a vector. There is no ANN file while there are none.
        """
        base = self._base(changes)
        texts = base.texts if base else view.texts.ids()
        having = texts[~is_among(texts, lacking)]
        if not len(texts):
            return Made(DerivedFiles(), having, texts)
        digest = text_set_digest(texts)
        keywords = self._any_keywords(view, base, texts, digest)
        if not len(having):
            return Made(DerivedFiles(None, None, digest, *keywords), having, texts)
        ann = (base and self._next_ann(view, embedder, base.with_texts(having))) or self.make_ann(
            view, embedder, having
        )
        return Made(DerivedFiles(*ann, digest, *keywords), having, texts, self.recall)

    def _any_keywords(
        self, view: View, base: "_Base | None", texts: Ids, digest: bytes
    ) -> tuple[str, bytes]:
        """The keyword index of some texts with this digest, in the cheapest way."""
        return (
            self._keywords_again(digest)
            or (base and self._next_keywords(view, base))
            or (None if base else self._published_keywords(view, texts))
            or self.make_keywords(view, texts)
        )

    def make_ann(self, view: View, embedder: StoredEmbedder, texts: Ids) -> tuple[str, bytes]:
        """Build and write the ANN index; returns its file name and SHA-256."""
        from semsearch.store.derived.faiss.build import AnnBuild  # a keyword search needs no faiss

        vectors_of = partial(view.vectors.of_texts, embedder)
        policy = self._directory.policy.ann
        build = AnnBuild(texts, vectors_of, embedder.dimension or 0, policy)
        file, count = put_built(self._directory, self._number, build)
        _require_all(count, texts)
        self.recall = None if build.recall is None else Recall(build.recall, build.fewest)
        return file.name, file.digest

    def _put_ann(self, ann: "AnnIndex", texts: Ids) -> tuple[str, bytes]:
        _require_all(len(ann), texts)
        file = put_ann(self._directory, self._number, ann)
        return file.name, file.digest

    def make_keywords(self, view: View, texts: Ids) -> tuple[str, bytes]:
        """Build and write the keyword index; returns its folder and its manifest's SHA-256."""
        from semsearch.store.derived.tantivy.index import make_keywords  # as in load_keywords

        path = self._directory.keywords(self._number)
        return path.name, make_keywords(path, view.texts.bodies(texts))

    def _base(self, changes: Changes | None) -> "_Base | None":
        """The last kept generation with its ANN index; None if that cannot be updated."""
        if changes is None or not self._kept or self._kept[-1].derived.ann_file is None:
            return None
        old = self._kept[-1]
        try:
            ann = load_ann(self._directory, old, self._stamps)
        except IndexDamaged:
            return None
        if text_set_digest(ann.ids) != old.derived.ann_texts:
            return None
        return _Base(old, ann, changes, changed(ann.ids, changes.removed, changes.added))

    def _ann_again(self, digest: bytes, embedder: StoredEmbedder) -> tuple[str, bytes] | None:
        for old in self._with(digest):
            files = old.derived
            check = partial(check_generation_ann, self._directory, old, self._stamps)
            if old.embedder.id == embedder.id and not any(_message(check)):
                return str(files.ann_file), files.ann_digest or b""
        return None

    def _keywords_again(self, digest: bytes) -> tuple[str, bytes] | None:
        published = self._partial
        olds = self._with(digest)
        if published is not None and published.derived.ann_texts == digest:
            olds.append(published)
        for old in olds:
            files = old.derived
            check = partial(load_keywords, self._directory, old, self._stamps)
            if files.keywords_digest and not any(_message(check)):
                return str(files.keywords), files.keywords_digest
        return None

    def _published_keywords(self, view: View, texts: Ids) -> tuple[str, bytes] | None:
        """The keyword index of the partial generation with the texts that came since."""
        old, published = self._partial, self._published
        if old is None or published is None or text_set_digest(published) != old.derived.ann_texts:
            return None
        if not is_among(published, texts).all():
            return None  # deleted entries would count in the frequencies of words
        from semsearch.store.derived.tantivy.index import update_keywords  # as in load_keywords

        try:
            load_keywords(self._directory, old, self._stamps)
        except IndexDamaged:
            return None
        path = self._directory.keywords(self._number)
        folder = self._directory.path / str(old.derived.keywords)
        added = view.texts.bodies(texts[~is_among(texts, published)])
        return path.name, update_keywords(folder, path, added, ())

    def _with(self, digest: bytes) -> list[Generation]:
        return [old for old in self._kept if old.derived.ann_texts == digest]

    def _next_ann(
        self, view: View, embedder: StoredEmbedder, base: "_Base"
    ) -> tuple[str, bytes] | None:
        if base.generation.embedder.id != embedder.id:
            return None
        changes = base.changes
        ann = base.ann.updated(
            changes.removed, changes.added, partial(view.vectors.of_texts, embedder)
        )
        return None if ann is None else self._put_ann(ann, base.texts)

    def _next_keywords(self, view: View, base: "_Base") -> tuple[str, bytes] | None:
        """Update the last generation's index, unless its deleted entries would skew BM25."""
        from semsearch.store.derived.tantivy.index import update_keywords  # as in load_keywords

        old, changes = base.generation, base.changes
        try:
            keywords = load_keywords(self._directory, old, self._stamps)
        except IndexDamaged:
            return None  # it is rebuilt
        deleted = keywords.deleted + len(changes.removed)
        policy = self._directory.policy.keywords
        if deleted > policy.deleted_share * max(0, len(base.texts) - policy.few_texts):
            return None
        path = self._directory.keywords(self._number)
        folder = self._directory.path / str(old.derived.keywords)
        bodies = view.texts.bodies(changes.added)
        return path.name, update_keywords(folder, path, bodies, changes.removed.tolist())


def _require_all(count: int, texts: Ids) -> None:
    """Raise ``IndexDamaged`` where an index has fewer texts than it should have."""
    if count != len(texts):
        raise IndexDamaged(
            f"missing or damaged: {counted(len(texts) - count, 'vector')}; run: semsearch repair"
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Base:
    """A generation to start from, its ANN index, the changes, and the ``texts`` that result."""

    generation: Generation
    ann: "AnnIndex"
    changes: Changes
    texts: Ids

    def with_texts(self, texts: Ids) -> "_Base":
        """Narrow it to those of the resulting texts that have a vector."""
        added = self.changes.added
        changes = replace(self.changes, added=added[is_among(added, texts)])
        return replace(self, changes=changes, texts=texts)
