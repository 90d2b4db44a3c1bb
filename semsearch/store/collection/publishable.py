"""What a publication reads of the record: documents with fingerprints, texts with all of theirs."""

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from semsearch.documents.coverage import Coverage
from semsearch.documents.names import title_in_words
from semsearch.documents.passage import text_digest
from semsearch.embedders.lazy_numpy import np
from semsearch.errors import IndexDamaged
from semsearch.store.collection.segment_blobs import PublishedDocument
from semsearch.store.disk.ids import Ids
from semsearch.store.snapshot import Snapshot

if TYPE_CHECKING:
    from semsearch.store.record.vectors import StoredVectors

_FINGERPRINT: Final = 8  # bytes


@dataclass(frozen=True, slots=True, eq=False)
class PublishableTexts:
    """Texts (n,) in the order of their ids, as ``engine.NewTexts`` has them, with their owners."""

    ids: Ids
    bodies: Sequence[str]
    vectors: "StoredVectors"
    sentences: Sequence[bytes]
    places: Sequence[bytes]
    documents: Sequence[Sequence[int]]


class PublishableDocuments:
    """All documents of a generation, whatever their coverage, in columns (n,) by id.

    ``fingerprints`` are of all that a document's row has, but for its stat.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        """Read the rows of a generation."""
        self._rows = {row[0]: row for row in snapshot.view.documents.publishable()}
        rows = self._rows.values()
        self.ids: Ids = np.fromiter(self._rows, dtype=np.int64, count=len(self._rows))
        self.mtimes_ns: Ids = np.array([row[4] for row in rows], dtype=np.int64)
        self.fingerprints = np.array(list(map(_fingerprint, rows)), dtype=np.uint64)

    def of(self, ids: Ids) -> list[PublishedDocument]:
        """Some documents, in the order of ``ids``."""
        return [_document(self._rows[number]) for number in ids.tolist()]


def _fingerprint(row: tuple[Any, ...]) -> int:
    _, path, title, _, _, digest, coverage, passages, text_sum = row
    numbers = f"{coverage}/{passages}/{text_sum}/{len(path)}/{-1 if title is None else len(title)}"
    values = (numbers.encode(), path, (title or "").encode(), digest or b"")
    hashed = hashlib.blake2b(b"\0".join(values), digest_size=_FINGERPRINT).digest()
    return int.from_bytes(hashed, "little")


def _document(row: tuple[Any, ...]) -> PublishedDocument:
    number, path, title, size, mtime_ns, digest, coverage, passages, _ = row
    name = os.fsdecode(path)
    words = title_in_words(name, title) if passages else None
    return PublishedDocument(
        number,
        name,
        title,
        size,
        mtime_ns,
        digest,
        Coverage(coverage),
        passages,
        _fingerprint(row),
        None if words is None else text_digest(words),
    )


def publishable_texts(snapshot: Snapshot, texts: Ids) -> PublishableTexts:
    """Some texts of the generation; raises ``IndexDamaged`` for damaged rows."""
    wanted, own = texts.tolist(), snapshot.generation.embedder
    places: dict[int, list[list[Any]]] = defaultdict(list)
    bodies = dict(snapshot.view.texts.bodies(wanted))
    for passage in snapshot.view.passages.of_texts(wanted, snapshot.generation.repeats):
        place = passage.location
        places[passage.text].append(
            [
                passage.document,
                passage.ordinal,
                place.lines,
                place.pages,
                place.headings,
                place.place,
                len(bodies[passage.text]) - len(passage.body),
            ]
        )
    ids, vectors = snapshot.view.vectors.stored(own, texts)
    sentences = snapshot.view.sentences.stored(own, texts)
    if snapshot.view.withheld or len(ids) != len(texts):
        raise IndexDamaged(
            f"the index in {snapshot.directory.path} has damaged rows, and is not published;"
            " run: semsearch repair"
        )
    return PublishableTexts(
        texts,
        [bodies[text] for text in wanted],
        vectors,
        [sentences.get(text, b"") for text in wanted],
        [json.dumps(places[text], separators=(",", ":")).encode() for text in wanted],
        [sorted({place[0] for place in places[text]}) for text in wanted],
    )
