"""The two indexes that are derived from the rows of a generation: made, read, and swept away."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from semsearch.errors import IndexDamaged
from semsearch.opening import open_regular
from semsearch.store.ann import AnnIndex, Ids
from semsearch.store.directory import IndexDirectory
from semsearch.store.files import put_file, remove, storage_errors
from semsearch.store.keywords import KeywordIndex, check_keywords, make_keywords, update_keywords
from semsearch.store.view import DerivedFiles, Generation, StoredEmbedder, View

# A keyword index counts what is deleted in the frequencies of words. A small one is made anew
# whenever something is deleted (10,000 texts take 0.3 s), a larger one when a tenth of it is.
_FEW_TEXTS: Final = 10_000
_DELETED_SHARE: Final = 0.1


def load_ann(directory: IndexDirectory, generation: Generation) -> AnnIndex:
    """Read a generation's FAISS file; raises ``IndexDamaged`` when it is not what was written."""
    return AnnIndex.load(_ann_content(directory, generation))


def load_keywords(directory: IndexDirectory, generation: Generation) -> KeywordIndex:
    """Read a generation's keyword index; raises ``IndexDamaged`` as above."""
    return KeywordIndex.open(*_keywords(directory, generation))


def check_derived(directory: IndexDirectory, generation: Generation) -> Iterator[str]:
    """What is not as it was written, in words; opens no index, so that a disk may be read-only."""
    if generation.derived.ann_file is not None:
        yield from _told(lambda: _ann_content(directory, generation))
    if generation.derived.keywords is not None:
        yield from _told(lambda: check_keywords(*_keywords(directory, generation)))


def _told(check: Callable[[], object]) -> Iterator[str]:
    try:
        check()
    except IndexDamaged as error:
        yield str(error)


def _ann_content(directory: IndexDirectory, generation: Generation) -> bytes:
    name = str(generation.derived.ann_file)
    try:
        with open_regular(directory.path / name) as file:
            content = file.read()
    except OSError as error:
        raise IndexDamaged(f"the ANN file {name} cannot be read ({error.strerror})") from error
    if hashlib.sha256(content).digest() != generation.derived.ann_digest:
        raise IndexDamaged(f"the ANN file {name} is not what was written")
    return content


def _keywords(directory: IndexDirectory, generation: Generation) -> tuple[Path, bytes | int]:
    derived = generation.derived
    path = directory.path / str(derived.keywords)
    return path, derived.keywords_digest or generation.number


def build_ann(view: View, embedder: StoredEmbedder, texts: Ids) -> AnnIndex:
    """Index the stored vectors of some texts, as far as they are there, in memory."""
    return AnnIndex.build(texts, partial(view.vectors, embedder), embedder.dimension or 0)


def text_set_digest(texts: Ids) -> bytes:
    """What says that two generations have the same texts (ids, ascending)."""
    return hashlib.sha256(texts.tobytes()).digest()


class DerivedMaker:
    """Makes the indexes of one generation, from those of the ``kept`` ones where that helps."""

    def __init__(
        self, directory: IndexDirectory, number: int, kept: Sequence[tuple[Generation, View]]
    ) -> None:
        self._directory = directory
        self._number = number
        self._kept = kept

    def make(self, view: View, embedder: StoredEmbedder) -> DerivedFiles:
        """Make both, or name those again that a kept generation with the same texts has.

        Raises ``IndexDamaged`` when a text has no vector, and ``OSError``.
        """
        texts = view.text_ids()
        if not len(texts):
            return DerivedFiles()
        ann = self._ann_again(texts, embedder) or self.make_ann(view, embedder)
        keywords = self._keywords_again(texts) or self._next_keywords(view, texts)
        return DerivedFiles(*ann, text_set_digest(texts), *keywords)

    def make_ann(self, view: View, embedder: StoredEmbedder) -> tuple[str, bytes]:
        """Write the FAISS file of the stored vectors; returns its name and SHA-256."""
        texts = view.text_ids()
        built = build_ann(view, embedder, texts)
        if len(built) != len(texts):
            raise IndexDamaged(
                f"{len(texts) - len(built)} vectors are missing or damaged; run: semsearch repair"
            )
        path = self._directory.ann_file(self._number)
        return path.name, put_file(path, built.dump())

    def make_keywords(self, view: View, texts: Ids) -> tuple[str, bytes]:
        """Make the keyword index from the stored texts; returns its name and manifest's SHA-256."""
        path = self._directory.keywords(self._number)
        return path.name, make_keywords(path, view.bodies(texts))

    def _ann_again(self, texts: Ids, embedder: StoredEmbedder) -> tuple[str, bytes] | None:
        for old, _ in self._with(texts):
            files = old.derived
            if old.embedder.id == embedder.id and _is_intact(load_ann, self._directory, old):
                return str(files.ann_file), files.ann_digest or b""
        return None

    def _keywords_again(self, texts: Ids) -> tuple[str, bytes] | None:
        for old, _ in self._with(texts):
            files = old.derived
            if files.keywords_digest and _is_intact(load_keywords, self._directory, old):
                return str(files.keywords), files.keywords_digest
        return None

    def _with(self, texts: Ids) -> list[tuple[Generation, View]]:
        digest = text_set_digest(texts)
        return [kept for kept in self._kept if kept[0].derived.ann_texts == digest]

    def _next_keywords(self, view: View, texts: Ids) -> tuple[str, bytes]:
        """From the last generation's, unless what is deleted from that would skew the ranking."""
        for old, old_view in self._kept[-1:]:
            try:
                keywords = load_keywords(self._directory, old)
            except IndexDamaged:
                break  # it is made anew
            before = old_view.text_ids()
            removed, added = np.setdiff1d(before, texts), np.setdiff1d(texts, before)
            deleted = keywords.entries + len(added) - len(texts)
            if deleted > _DELETED_SHARE * max(0, len(texts) - _FEW_TEXTS):
                break
            path = self._directory.keywords(self._number)
            folder = self._directory.path / str(old.derived.keywords)
            bodies = view.bodies(added)
            return path.name, update_keywords(folder, path, bodies, removed.tolist())
        return self.make_keywords(view, texts)


def remove_unnamed(directory: IndexDirectory, kept: Iterable[Generation]) -> None:
    """Remove the files of generations that are not kept any more."""
    names = {name for old in kept for name in (old.derived.ann_file, old.derived.keywords)}
    with storage_errors(directory.path):
        for path in directory.derived_files():
            if path.name not in names:
                remove(path)


def _is_intact(
    load: Callable[[IndexDirectory, Generation], object],
    directory: IndexDirectory,
    generation: Generation,
) -> bool:
    try:
        load(directory, generation)
    except IndexDamaged:
        return False
    return True
