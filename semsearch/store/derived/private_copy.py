"""Derived indexes of an index whose own ones this machine has not written.

They are made from the rows, once, in a folder of this user's cache: a reader may not write to the
index, and native libraries get no file that came with it.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from semsearch.errors import IndexDamaged, SemsearchError
from semsearch.settings.paths import derived_directory
from semsearch.store.derived.faiss.files import read_ann
from semsearch.store.derived.faiss.manifest import SegmentFile
from semsearch.store.derived.file_stamps import stamps_in
from semsearch.store.derived.maker import DerivedMaker, stamps_of_files, text_set_digest
from semsearch.store.derived.tantivy.index import KEYWORDS_VERSION, KeywordIndex
from semsearch.store.disk.atomic_files import put_file, remove, storage_errors
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.generations import DerivedFiles, Generation
from semsearch.store.record.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from semsearch.store.derived.faiss.index import AnnIndex
    from semsearch.store.derived.faiss.segment import Segment

_MOST_KEPT: Final = 8  # private copies; the one that was made longest ago goes
_NAME: Final = 32  # hexadecimal digits


class PrivateCopy:
    """The private derived indexes of one generation; each is made when it is first opened.

    ``was_made`` is True when this process has made one.
    """

    def __init__(self, directory: IndexDirectory, generation: Generation, view: View) -> None:
        self.was_made = False
        self._generation = generation
        self._view = view
        self._policy = directory.policy
        self._index = _hashed(str(directory.path.resolve()))

    def ann(self, there: "Sequence[Segment]" = ()) -> "AnnIndex":
        """The ANN index; raises ``SemsearchError`` when it can be neither read nor made."""

        def made() -> dict[str, Any]:
            texts = self._texts()
            name, digest = self._maker.make_ann(self._view, self._generation.embedder, texts)
            recall = self._maker.recall
            files = DerivedFiles(ann_file=name, ann_digest=digest)
            return self._card(files, digest, None if recall is None else recall.codes)

        card = self._found("ann", made)
        file = SegmentFile(str(card["file"]), bytes.fromhex(card["digest"]))
        ann = read_ann(self._directory, file, stamps_in(card["stamps"]), there)
        if card["codes"] is not None:
            ann.fewest = int(card["codes"])
        return ann

    def keywords(self) -> KeywordIndex:
        """The keyword index; raises ``SemsearchError`` when it can be neither read nor made."""

        def made() -> dict[str, Any]:
            name, digest = self._maker.make_keywords(self._view, self._texts())
            return self._card(DerivedFiles(keywords=name, keywords_digest=digest), digest)

        card = self._found("keywords", made)
        return KeywordIndex.open(
            self._directory.path / str(card["file"]),
            bytes.fromhex(card["digest"]),
            stamps_in(card["stamps"]),
            self._policy.keywords,
        )

    def _texts(self) -> Any:
        texts = self._view.texts.ids()
        if text_set_digest(texts) != self._generation.derived.ann_texts:
            raise IndexDamaged("some texts are missing")
        return texts

    def _found(self, kind: str, made: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What is known of a derived index, which is made when it is not there."""
        path = self._directory.path / f"{kind}.json"
        with suppress(OSError, KeyError, TypeError, ValueError):  # missing or damaged: it is made
            card: dict[str, Any] = json.loads(path.read_text("utf-8"))
            if (self._directory.path / str(card["file"])).exists():
                return card
        with storage_errors(path.parent):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        card = made()
        put_file(path, json.dumps(card).encode())
        self.was_made = True
        self._remove_others()
        return card

    def _card(self, files: DerivedFiles, digest: bytes, codes: int | None = None) -> dict[str, Any]:
        return {
            "file": files.ann_file or files.keywords,
            "digest": digest.hex(),
            "stamps": stamps_of_files(self._directory, files).as_note(),
            "codes": codes,
        }

    @cached_property
    def _maker(self) -> DerivedMaker:
        return DerivedMaker(self._directory, self._generation.number, ())

    @cached_property
    def _directory(self) -> IndexDirectory:
        derived = self._generation.derived
        content = _hashed(
            repr((derived.ann_digest, derived.keywords_digest, derived.ann_texts, KEYWORDS_VERSION))
        )
        return IndexDirectory(derived_directory() / f"{self._index}-{content}", self._policy)

    def _remove_others(self) -> None:
        """Remove copies of earlier generations of this index, and of the oldest indexes."""
        own = self._directory.path
        others = [path for path in own.parent.iterdir() if path != own]
        same = [path for path in others if path.name.startswith(self._index)]
        rest = sorted((path for path in others if path not in same), key=_age)
        for path in (*same, *rest[: max(0, len(rest) - _MOST_KEPT + 1)]):
            remove(path)


def remove_private_copies(directory: IndexDirectory) -> None:
    """Remove the copies that were made of an index; its own derived files are good."""
    with suppress(OSError, SemsearchError):  # no private copy is read where there are good files
        for path in derived_directory().glob(f"{_hashed(str(directory.path.resolve()))}-*"):
            remove(path)


def _age(path: Path) -> float:
    return path.lstat().st_mtime


def _hashed(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogateescape")).hexdigest()[:_NAME]
