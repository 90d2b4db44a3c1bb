"""The two indexes that are derived from the rows of a generation: made, read, and swept away."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from semsearch.errors import IndexDamaged
from semsearch.store.derived.faiss.files import ann_paths, check_ann, put_ann, read_ann
from semsearch.store.derived.faiss.manifest import SegmentFile
from semsearch.store.derived.file_stamps import NO_STAMPS, Stamps, stamped
from semsearch.store.derived.tantivy.index import (
    KeywordIndex,
    check_keywords,
    make_keywords,
    update_keywords,
)
from semsearch.store.disk.atomic_files import remove, storage_errors
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.ids import Ids, changed
from semsearch.store.record.changes import Changes
from semsearch.store.record.generations import DerivedFiles, Generation, StoredEmbedder
from semsearch.store.record.view import View

if TYPE_CHECKING:
    from semsearch.store.derived.faiss.index import AnnIndex

RECALL: Final = "recall"  # the note of what was found of the nearest when codes were last made

# A keyword index counts what is deleted in the frequencies of words. A small one is made anew
# whenever something is deleted (1,000 texts take 0.2 s), a larger one when a tenth of it is.
_FEW_TEXTS: Final = 1_000
_DELETED_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Recall:
    """What share of the ten nearest was found, by a sample, by the vectors of how many codes."""

    share: float
    codes: int

    def as_note(self) -> str:
        """For ``recall_of`` to read."""
        return json.dumps([self.share, self.codes])


def recall_of(view: View) -> Recall | None:
    """What was noted when codes were last made from nothing; None where nothing was."""
    try:
        share, codes = json.loads(view.note(RECALL) or "")
        return Recall(float(share), int(codes))
    except (IndexDamaged, TypeError, ValueError):
        return None


def load_ann(
    directory: IndexDirectory,
    generation: Generation,
    stamps: Stamps,
    before: "AnnIndex | None" = None,
) -> "AnnIndex":
    """Open a generation's ANN index; raises ``IndexDamaged`` when it is not what was written.

    The segments that it has in common with the one ``before`` are not read again.
    """
    there = before.segments if before else ()
    return read_ann(directory, _ann_file(generation), stamps, there)


def _ann_file(generation: Generation) -> SegmentFile:
    return SegmentFile(str(generation.derived.ann_file), generation.derived.ann_digest or b"")


def load_keywords(
    directory: IndexDirectory, generation: Generation, stamps: Stamps
) -> KeywordIndex:
    """Open a generation's keyword index; raises ``IndexDamaged`` as above."""
    return KeywordIndex.open(*_keywords(directory, generation), stamps)


def check_generation_ann(directory: IndexDirectory, generation: Generation, stamps: Stamps) -> None:
    """Raise ``IndexDamaged`` when a generation's ANN index is not what was written."""
    check_ann(directory, _ann_file(generation), stamps)


def check_derived(
    directory: IndexDirectory, generation: Generation, stamps: Stamps = NO_STAMPS
) -> Iterator[str]:
    """What is not as it was written, in words; opens no index, so that a disk may be read-only."""
    if generation.derived.ann_file is not None:
        yield from _told(lambda: check_generation_ann(directory, generation, stamps))
    if generation.derived.keywords is not None:
        yield from _told(lambda: check_keywords(*_keywords(directory, generation), stamps))


def _told(check: Callable[[], object]) -> Iterator[str]:
    try:
        check()
    except IndexDamaged as error:
        yield str(error)


def _keywords(directory: IndexDirectory, generation: Generation) -> tuple[Path, bytes | int]:
    derived = generation.derived
    path = directory.path / str(derived.keywords)
    return path, derived.keywords_digest or generation.number


def stamps_of_files(directory: IndexDirectory, files: DerivedFiles) -> Stamps:
    """Those of the files of a generation, which the caller has made or checked."""
    paths = ann_paths(directory, files.ann_file) if files.ann_file else []
    with storage_errors(directory.path):
        if files.keywords:
            paths += (directory.path / files.keywords).iterdir()
        return stamped(directory.path, paths)


def build_ann(view: View, embedder: StoredEmbedder, texts: Ids) -> "AnnIndex":
    """Index the stored vectors of some texts, as far as they are there, in memory."""
    from semsearch.store.derived.faiss.index import AnnIndex  # here, as above

    return AnnIndex.build(texts, partial(view.vectors, embedder), embedder.dimension or 0)


def text_set_digest(texts: Ids) -> bytes:
    """What says that two generations have the same texts (ids, ascending)."""
    return hashlib.sha256(texts.tobytes()).digest()


@dataclass(frozen=True, slots=True)
class Made:
    """The files of a generation, and the texts that they hold (ids, ascending)."""

    files: DerivedFiles
    texts: Ids
    recall: "Recall | None" = None  # of an ANN index that was made from nothing


class DerivedMaker:
    """Makes the indexes of one generation, from those of the ``kept`` ones where that helps."""

    def __init__(
        self,
        directory: IndexDirectory,
        number: int,
        kept: Sequence[Generation],
        stamps: Stamps = NO_STAMPS,
    ) -> None:
        self._directory = directory
        self._number = number
        self._kept = kept
        self._stamps = stamps
        self._recall: Recall | None = None

    def make(self, view: View, embedder: StoredEmbedder, changes: Changes | None) -> Made:
        """Make both, or name those again that a kept generation with the same texts has.

        With ``changes`` since the last of the kept generations its files are brought up to date, at
        the cost of these. Raises ``IndexDamaged`` when a text has no vector, and ``OSError``.
        """
        base = self._base(changes)
        texts = base.texts if base else view.text_ids()
        if not len(texts):
            return Made(DerivedFiles(), texts)
        digest = text_set_digest(texts)
        ann = (
            self._ann_again(digest, embedder)
            or (base and self._next_ann(view, embedder, base))
            or self.make_ann(view, embedder, texts)
        )
        keywords = (
            self._keywords_again(digest)
            or (base and self._next_keywords(view, base))
            or self.make_keywords(view, texts)
        )
        return Made(DerivedFiles(*ann, digest, *keywords), texts, self._recall)

    def make_ann(self, view: View, embedder: StoredEmbedder, texts: Ids) -> tuple[str, bytes]:
        """Write the ANN index of the stored vectors; returns its name and SHA-256."""
        ann = build_ann(view, embedder, texts)
        self._recall = None if ann.recall is None else Recall(ann.recall, ann.fewest)
        return self._put_ann(ann, texts)

    def _put_ann(self, ann: "AnnIndex", texts: Ids) -> tuple[str, bytes]:
        if len(ann) != len(texts):
            raise IndexDamaged(
                f"{len(texts) - len(ann)} vectors are missing or damaged; run: semsearch repair"
            )
        file = put_ann(self._directory, self._number, ann)
        return file.name, file.digest

    def make_keywords(self, view: View, texts: Ids) -> tuple[str, bytes]:
        """Make the keyword index from the stored texts; returns its name and manifest's SHA-256."""
        path = self._directory.keywords(self._number)
        return path.name, make_keywords(path, view.bodies(texts))

    def _base(self, changes: Changes | None) -> "_Base | None":
        """The last generation, where it has an ANN index that is as it was written."""
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
            if old.embedder.id == embedder.id and not any(_told(check)):
                return str(files.ann_file), files.ann_digest or b""
        return None

    def _keywords_again(self, digest: bytes) -> tuple[str, bytes] | None:
        for old in self._with(digest):
            files = old.derived
            check = partial(load_keywords, self._directory, old, self._stamps)
            if files.keywords_digest and not any(_told(check)):
                return str(files.keywords), files.keywords_digest
        return None

    def _with(self, digest: bytes) -> list[Generation]:
        return [old for old in self._kept if old.derived.ann_texts == digest]

    def _next_ann(
        self, view: View, embedder: StoredEmbedder, base: "_Base"
    ) -> tuple[str, bytes] | None:
        if base.generation.embedder.id != embedder.id:
            return None
        changes = base.changes
        ann = base.ann.updated(changes.removed, changes.added, partial(view.vectors, embedder))
        return None if ann is None else self._put_ann(ann, base.texts)

    def _next_keywords(self, view: View, base: "_Base") -> tuple[str, bytes] | None:
        """From the last generation's, unless what is deleted from that would skew the ranking."""
        old, changes = base.generation, base.changes
        try:
            keywords = load_keywords(self._directory, old, self._stamps)
        except IndexDamaged:
            return None  # it is made anew
        deleted = keywords.entries + len(changes.added) - len(base.texts)
        if deleted > _DELETED_SHARE * max(0, len(base.texts) - _FEW_TEXTS):
            return None
        path = self._directory.keywords(self._number)
        folder = self._directory.path / str(old.derived.keywords)
        bodies = view.bodies(changes.added)
        return path.name, update_keywords(folder, path, bodies, changes.removed.tolist())


@dataclass(frozen=True, slots=True, eq=False)
class _Base:
    """A generation, its ANN index, and what is to change in it; ``texts`` come out of that."""

    generation: Generation
    ann: "AnnIndex"
    changes: Changes
    texts: Ids


def remove_unnamed(directory: IndexDirectory, kept: Iterable[Generation]) -> None:
    """Remove the files of generations that are not kept any more."""
    names: set[str | None] = set()
    for files in (generation.derived for generation in kept):
        names |= {files.keywords}
        if files.ann_file is not None:
            names |= {path.name for path in ann_paths(directory, files.ann_file)}
    with storage_errors(directory.path):
        for path in directory.derived_files():
            if path.name not in names:
                remove(path)
