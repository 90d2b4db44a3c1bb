"""Derived indexes of an index whose own ones this machine has not written.

They are made from the rows, once, in a folder of this user's cache: a reader may not write to the
index, and native libraries get no file that came with it.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from semsearch.errors import IndexDamaged, SemsearchError
from semsearch.settings.paths import derived_directory
from semsearch.store.derived.faiss.files import read_ann
from semsearch.store.derived.faiss.manifest import SegmentFile
from semsearch.store.derived.file_stamps import stamps_in
from semsearch.store.derived.maker import DerivedMaker, text_set_digest
from semsearch.store.derived.named_files import stamps_of_files
from semsearch.store.derived.tantivy.manifest import KEYWORDS_VERSION
from semsearch.store.disk.atomic_files import put_file, remove, storage_errors, temporary_beside
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.disk.ids import Ids
from semsearch.store.record.generations import DerivedFiles, Generation
from semsearch.store.record.json_text import parsed
from semsearch.store.record.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.store.derived.faiss.index import AnnIndex
    from semsearch.store.derived.faiss.segment import Segment
    from semsearch.store.derived.tantivy.index import KeywordIndex

_Index = TypeVar("_Index")

_MOST_KEPT: Final = 8  # private copies; the one that was made longest ago goes
_NAME: Final = 32  # hexadecimal digits
_CARD: Final = "card.json"
_LAYOUT: Final = 2  # of the folders of a copy
_VERSIONS: Final = (KEYWORDS_VERSION, _LAYOUT)
_DAMAGED: Final = (IndexDamaged, OSError, KeyError, TypeError, ValueError)  # of files or card


class PrivateCopy:
    """The private derived indexes of one generation; each is made when it is first opened.

    Each has a folder of its own with a card, which says what to open; the folder is renamed into
    its place when it is finished. One that is missing or damaged is made anew. ``was_made`` is True
    when this process has made one.
    """

    def __init__(self, directory: IndexDirectory, generation: Generation, view: View) -> None:
        self.was_made = False
        self._generation = generation
        self._view = view
        self._policy = directory.policy
        self._index = _hashed(str(directory.path.resolve()))

    def ann(self, there: "Sequence[Segment]" = ()) -> "AnnIndex":
        """The ANN index; raises ``SemsearchError`` when it can be neither read nor made."""
        return self._opened("ann", partial(self._read_ann, there), self._make_ann)

    def keywords(self) -> "KeywordIndex":
        """The keyword index; raises ``SemsearchError`` when it can be neither read nor made."""
        return self._opened("keywords", self._read_keywords, self._make_keywords)

    def _opened(
        self,
        kind: str,
        read: Callable[[IndexDirectory], _Index],
        make: Callable[[IndexDirectory], dict[str, Any]],
    ) -> _Index:
        """What is read from a folder; it is made, once, where it is missing or damaged."""
        place = IndexDirectory(self._path / kind, self._policy)
        before = _inode(place.path)
        if before is not None:
            with suppress(*_DAMAGED):
                return read(place)
            if _inode(place.path) == before:  # else another process has made it anew
                _discard(place.path)
        self._put(place.path, make)
        try:
            return read(place)
        except _DAMAGED as error:
            if isinstance(error, IndexDamaged):
                raise
            raise IndexDamaged(f"the private copy in {place.path} cannot be read") from error

    def _put(self, place: Path, make: Callable[[IndexDirectory], dict[str, Any]]) -> None:
        """Make a folder and its card; one that another process has finished meanwhile stays."""
        made = temporary_beside(place)
        with storage_errors(place.parent):
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            made.mkdir(mode=0o700)
        try:
            put_file(made / _CARD, json.dumps(make(IndexDirectory(made, self._policy))).encode())
            with storage_errors(place.parent):
                try:
                    made.rename(place)
                except OSError:
                    if not place.is_dir():
                        raise
        finally:
            remove(made)
        self.was_made = True
        with suppress(OSError, SemsearchError):  # another process may remove them as well
            self._remove_others()

    def _read_ann(self, there: "Sequence[Segment]", place: IndexDirectory) -> "AnnIndex":
        card = _card_in(place.path)
        file = SegmentFile(str(card["file"]), bytes.fromhex(card["digest"]))
        codes = None if card["codes"] is None else int(card["codes"])
        ann = read_ann(place, file, stamps_in(card["stamps"]), there)
        if codes is not None:
            ann.fewest = codes
        return ann

    def _make_ann(self, place: IndexDirectory) -> dict[str, Any]:
        maker = DerivedMaker(place, self._generation.number, ())
        name, digest = maker.make_ann(self._view, self._generation.embedder, self._texts())
        codes = None if maker.recall is None else maker.recall.codes
        return _card(place, DerivedFiles(ann_file=name, ann_digest=digest), digest, codes)

    def _read_keywords(self, place: IndexDirectory) -> "KeywordIndex":
        from semsearch.store.derived.tantivy.index import KeywordIndex  # as in maker.load_keywords

        card = _card_in(place.path)
        return KeywordIndex.open(
            place.path / str(card["file"]),
            bytes.fromhex(card["digest"]),
            stamps_in(card["stamps"]),
            self._policy.keywords,
        )

    def _make_keywords(self, place: IndexDirectory) -> dict[str, Any]:
        maker = DerivedMaker(place, self._generation.number, ())
        name, digest = maker.make_keywords(self._view, self._texts())
        return _card(place, DerivedFiles(keywords=name, keywords_digest=digest), digest)

    def _texts(self) -> Ids:
        texts = self._view.texts.ids()
        if text_set_digest(texts) != self._generation.derived.ann_texts:
            raise IndexDamaged("some texts are missing")
        return texts

    @cached_property
    def _path(self) -> Path:
        derived = self._generation.derived
        content = _hashed(
            repr((derived.ann_digest, derived.keywords_digest, derived.ann_texts, _VERSIONS))
        )
        return derived_directory() / f"{self._index}-{content}"

    def _remove_others(self) -> None:
        """Remove copies of earlier generations of this index, and of the oldest indexes."""
        others = [path for path in self._path.parent.iterdir() if path != self._path]
        same = [path for path in others if path.name.startswith(self._index)]
        rest = sorted((path for path in others if path not in same), key=_age)
        for path in (*same, *rest[: max(0, len(rest) - _MOST_KEPT + 1)]):
            remove(path)


def remove_private_copies(directory: IndexDirectory) -> None:
    """Remove the copies that were made of an index; its own derived files are good."""
    with suppress(OSError, SemsearchError):  # no private copy is read where there are good files
        for path in derived_directory().glob(f"{_hashed(str(directory.path.resolve()))}-*"):
            remove(path)


def _card(
    place: IndexDirectory, files: DerivedFiles, digest: bytes, codes: int | None = None
) -> dict[str, Any]:
    return {
        "file": files.ann_file or files.keywords,
        "digest": digest.hex(),
        "stamps": stamps_of_files(place, files).as_note(),
        "codes": codes,
    }


def _card_in(folder: Path) -> dict[str, Any]:
    """What is known of a derived index; raises an error of ``_DAMAGED``, also when it is used."""
    card: dict[str, Any] = parsed((folder / _CARD).read_text("utf-8"))
    return card


def _inode(path: Path) -> int | None:
    with suppress(OSError):
        return path.lstat().st_ino
    return None


def _discard(folder: Path) -> None:
    """Remove a damaged folder, under another name, as another process may make one in its place."""
    gone = temporary_beside(folder)
    with suppress(OSError, SemsearchError):  # where it can stay only, the error is of the reading
        folder.rename(gone)
        remove(gone)


def _age(path: Path) -> float:
    return path.lstat().st_mtime


def _hashed(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogateescape")).hexdigest()[:_NAME]
