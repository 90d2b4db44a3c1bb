"""Find the documents that are nearest to a document."""

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from semsearch.documents.passage import Location
from semsearch.documents.text.printable import unescaped
from semsearch.errors import SettingsError
from semsearch.insights.policy import DEFAULT_POLICY, RelatedPolicy
from semsearch.settings.schema import Settings
from semsearch.settings.sources import run_settings
from semsearch.store.loaded_indexes import LoadedIndexes, newest_loaded
from semsearch.store.locate import find_index
from semsearch.store.record.documents import StoredDocument
from semsearch.store.record.passages import StoredPassage
from semsearch.store.snapshot import Snapshot, open_snapshot, withheld_notices


@dataclass(frozen=True, slots=True)
class RelatedDocument:
    """A related document.

    ``similarity`` is the mean, over passages of the document asked about, of the cosine to the
    nearest passage of this document. ``location`` and ``to`` are the nearest pair of passages: of
    this document, and of the document asked about.
    """

    path: str
    similarity: float
    location: Location
    to: Location

    def to_dict(self) -> dict[str, Any]:
        """The document as JSON names and values."""
        return {
            "path": self.path,
            "similarity": self.similarity,
            "nearest": self.location.to_dict(),
            "to": self.to.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Related:
    """The documents related to the document at ``path``, the nearest first."""

    index: Path
    generation: int
    embedder: str
    path: str
    documents: tuple[RelatedDocument, ...]
    notices: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The related documents as JSON names and values."""
        return {
            "index": str(self.index),
            "generation": self.generation,
            "embedder": self.embedder,
            "path": self.path,
            "documents": [document.to_dict() for document in self.documents],
        }


def related(
    path: str | Path,
    *,
    limit: int = 5,
    index: str | Path | None = None,
    settings: Settings | None = None,
) -> Related:
    """Find the documents nearest to a document of the index, by passages, not by their mean.

    For each of at most 40 passages the 100 nearest texts are found; a document with none of them
    counts as similar as the last of them. Calls no embedder. Raises ``SemsearchError``.
    """
    if limit < 1:
        raise SettingsError("the number of documents must be 1 or more")
    directory = find_index(run_settings(settings, index=index))
    with newest_loaded(partial(open_snapshot, directory)) as (snapshot, derived):
        return related_in(snapshot, derived, path, limit)


def related_in(
    snapshot: Snapshot,
    derived: LoadedIndexes,
    path: str | Path,
    limit: int,
    policy: RelatedPolicy = DEFAULT_POLICY.related,
) -> Related:
    """Find the ``limit`` documents nearest to a document of an open generation."""
    document = _document(path, snapshot)
    own = _passages(snapshot, document)
    found = _nearest(snapshot, derived, document, own, policy)
    return Related(
        index=snapshot.directory.path,
        generation=snapshot.generation.number,
        embedder=snapshot.generation.embedder.uri,
        path=document.path,
        documents=tuple(found[:limit]),
        notices=tuple(dict.fromkeys((*derived.notices, *withheld_notices(snapshot)))),
    )


def _document(path: str | Path, snapshot: Snapshot) -> StoredDocument:
    """The document at a path relative to the corpus, or to the current folder, or absolute."""
    typed = str(path)
    found = snapshot.view.documents.at_path(typed)
    if found is None:
        found = snapshot.view.documents.at_path(unescaped(typed))
    absolute = Path(os.path.normpath(Path.cwd() / typed))
    if found is None and absolute.is_relative_to(snapshot.corpus):
        found = snapshot.view.documents.at_path(absolute.relative_to(snapshot.corpus).as_posix())
    if found is None:
        raise SettingsError(
            f"{typed} names no document of the index of {snapshot.corpus}; give its path as query"
            " prints it"
        )
    return found


def _passages(snapshot: Snapshot, document: StoredDocument) -> list[StoredPassage]:
    texts = snapshot.view.texts.ids_in([document.id])
    passages = snapshot.view.passages.of_texts(texts, snapshot.generation.repeats)
    own = [passage for passage in passages if passage.document == document.id]
    if not own:
        raise SettingsError(f"{document.path} has no text in the index; nothing can be like it")
    return own


def _nearest(
    snapshot: Snapshot,
    derived: LoadedIndexes,
    document: StoredDocument,
    own: list[StoredPassage],
    policy: RelatedPolicy,
) -> list[RelatedDocument]:
    by_text = {passage.text: passage for passage in own}
    asked = list(by_text)[:: -(-len(by_text) // policy.passages)]
    vectors_of = partial(snapshot.view.vectors.of_texts, snapshot.generation.embedder)
    ids, vectors = vectors_of(np.array(asked, dtype=np.int64))
    if derived.ann is None or not len(ids):
        return []
    count = policy.nearest + len(by_text)  # includes its own texts
    near = [dict(derived.ann.nearest(vector, count, vectors_of)) for vector in vectors]
    texts = set().union(*near)
    others: defaultdict[int, list[StoredPassage]] = defaultdict(list)
    for passage in snapshot.view.passages.of_texts(texts, snapshot.generation.repeats):
        if passage.document != document.id:
            others[passage.text].append(passage)
    sums: defaultdict[str, float] = defaultdict(float)
    best: dict[str, tuple[float, StoredPassage, StoredPassage]] = {}
    farthest = 0.0
    for text, found in zip(ids.tolist(), near, strict=True):
        # A document without a near text counts as the last: only the excess over it is summed.
        last = min(found.values())
        farthest += last
        for path, (cosine, passage) in _of_documents(found, others).items():
            sums[path] += cosine - last
            if path not in best or cosine > best[path][0]:
                best[path] = (cosine, passage, by_text[text])
    ranked = sorted(sums, key=lambda path: (-sums[path], path))
    return [
        RelatedDocument(
            path=path,
            similarity=(farthest + sums[path]) / len(near),
            location=best[path][1].location,
            to=best[path][2].location,
        )
        for path in ranked
    ]


def _of_documents(
    found: Mapping[int, float], others: Mapping[int, list[StoredPassage]]
) -> dict[str, tuple[float, StoredPassage]]:
    """The nearest passage of each document that has one of the texts, by path."""
    nearest: dict[str, tuple[float, StoredPassage]] = {}
    for text, cosine in found.items():  # the nearest first
        for passage in others.get(text, ()):
            nearest.setdefault(passage.location.path, (cosine, passage))
    return nearest
