"""Texts and documents of a generation → a new segment on an engine."""

import shutil
from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from semsearch.documents.passage import text_digest
from semsearch.embedders.lazy_numpy import np
from semsearch.store.collection.blob_format import packed
from semsearch.store.collection.engine import Engine, NewTexts, key_of
from semsearch.store.collection.manifest import SegmentEntry
from semsearch.store.collection.publishable import PublishableTexts, publishable_texts
from semsearch.store.collection.segment_blobs import (
    Owners,
    PublishedDocument,
    TextColumns,
    document_blobs,
    owners_blob,
    text_columns_blob,
)
from semsearch.store.collection.words.posting_pages import word_blobs
from semsearch.store.collection.words.posting_runs import PostingRuns, temporary_storage_errors
from semsearch.store.derived.tantivy.analyzer import words_of
from semsearch.store.disk.ids import Ids
from semsearch.store.disk.process_folders import new_process_folder
from semsearch.store.snapshot import Snapshot

if TYPE_CHECKING:
    from semsearch.embedders.vectors import Vectors

_AT_ONCE: Final = 4096  # texts; with vectors of 1,024 numbers and of sentences some 50 MB

OnTexts = Callable[[int], None]  # the number of texts that were written so far


class SegmentWriter:
    """Writes one segment; readers see nothing of it until a manifest names it."""

    def __init__(self, engine: Engine, number: int, snapshot: Snapshot) -> None:
        self._engine = engine
        self._number = number
        self._snapshot = snapshot
        self._ids = array("q")
        self._languages = array("B")
        self._digests = array("Q")
        self._spoken: dict[str | None, int] = {}
        self._owned = array("q")  # ordinals and documents by turns

    def write(
        self, texts: Ids, documents: Sequence[PublishedDocument], on_texts: OnTexts
    ) -> SegmentEntry:
        """Write some texts and documents of the generation, both ascending by id."""
        with temporary_storage_errors():
            folder = new_process_folder("publish")
        try:
            runs = PostingRuns(folder)
            self._write_texts(texts, runs, on_texts)
            prefix = f"segments/{self._number}/"
            self._engine.put_blobs(word_blobs(prefix, runs.merged()))
            lengths = runs.lengths()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        count = len(self._ids)
        owned = np.frombuffer(self._owned, dtype=np.int64).reshape(-1, 2)
        columns = TextColumns(
            np.frombuffer(self._ids, dtype=np.int64),
            lengths.astype(np.uint32),
            np.frombuffer(self._languages, dtype=np.uint8),
            tuple(self._spoken),
        )
        self._engine.put_blobs(
            [
                (f"{prefix}texts", text_columns_blob(columns)),
                (f"{prefix}digests", packed({"digests": np.frombuffer(self._digests, np.uint64)})),
                (f"{prefix}owners", owners_blob(Owners(owned[:, 0], owned[:, 1]))),
            ]
        )
        dimension = self._snapshot.generation.embedder.dimension or 0
        self._engine.put_blobs(
            document_blobs(prefix, documents, self._titles(documents), dimension)
        )
        words = int(lengths.sum())
        spoken = tuple(self._spoken)
        return SegmentEntry(self._number, count, len(documents), words, spoken)

    def _write_texts(self, texts: Ids, runs: PostingRuns, on_texts: OnTexts) -> None:
        """Write the rows of texts, in another thread than that which reads and splits them."""
        with ThreadPoolExecutor(1, thread_name_prefix="publish") as thread:
            writing: Future[None] | None = None
            for start in range(0, len(texts), _AT_ONCE):
                found = publishable_texts(self._snapshot, texts[start : start + _AT_ONCE])
                first = len(self._ids)
                new = self._new_texts(found)
                if writing is not None:
                    writing.result()
                writing = thread.submit(self._engine.put_texts, new) if len(new.keys) else None
                self._add_words(found, first, runs)
                on_texts(len(self._ids))
            if writing is not None:
                writing.result()

    def _new_texts(self, found: PublishableTexts) -> NewTexts:
        first = len(self._ids)
        self._ids.extend(found.ids.tolist())
        keys = np.arange(len(found.ids), dtype=np.int64) + key_of(self._number, first)
        return NewTexts(keys, found.vectors, found.sentences, found.places, found.bodies)

    def _add_words(self, found: PublishableTexts, first: int, runs: PostingRuns) -> None:
        for ordinal, (body, owners) in enumerate(
            zip(found.bodies, found.documents, strict=True), start=first
        ):
            self._digests.append(int.from_bytes(text_digest(body)[:8], "big"))
            language, words = words_of(body)
            runs.add(words)
            self._languages.append(self._spoken.setdefault(language, len(self._spoken)))
            for document in owners:
                self._owned.append(ordinal)
                self._owned.append(document)

    def _titles(self, documents: Sequence[PublishedDocument]) -> "dict[bytes, Vectors]":
        digests = list({one.title_digest for one in documents if one.title_digest is not None})
        own, view = self._snapshot.generation.embedder, self._snapshot.view
        return view.vectors.by_digest(own, digests)
