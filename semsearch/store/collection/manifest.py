"""The manifest of a source: what its newest generation is, and which segments have it."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from semsearch.errors import IndexTooNew
from semsearch.store.collection.blob_format import damaged_values
from semsearch.store.collection.engine import MOST_SEGMENTS
from semsearch.store.record.generations import MOST_NUMBERS, StoredEmbedder
from semsearch.store.record.json_text import parsed

FORMAT: Final = 1
_NOTES: Final = re.compile(r"notes/[0-9a-f]{16}/\d+")
_MOST: Final = 1 << 53
_MOST_ROWS: Final = 1 << 28  # texts, or documents, of a segment


def mark_of(source: str) -> str:
    """What stands for a source in names of blobs."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def notes_name(source: str, revision: int) -> str:
    """The name of the blob with the notes of a source that a revision of its manifest names."""
    return f"notes/{mark_of(source)}/{_in_digits(revision)}"


def _in_digits(revision: int) -> str:
    """A revision in names of blobs, which are removed by their beginnings: of one length."""
    return f"{revision:016}"


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment, with what has gone of it since it was written.

    texts, documents: as they were written. words: of all texts that have not gone.
    languages: of its texts (ISO 639-1), None for unknown ones. gone_texts, gone_documents: their
    numbers, listed in the blob of the ``revision``.
    """

    number: int
    texts: int
    documents: int
    words: int
    languages: tuple[str | None, ...]
    gone_texts: int = 0
    gone_documents: int = 0
    revision: int = 0

    @property
    def prefix(self) -> str:
        """The start of the names of its blobs."""
        return f"segments/{self.number}/"

    @property
    def gone_name(self) -> str:
        """The name of the blob that lists what has gone."""
        return f"{self.prefix}gone-{_in_digits(self.revision)}"

    @property
    def live(self) -> int:
        """The number of texts that have not gone."""
        return self.texts - self.gone_texts


@dataclass(frozen=True, slots=True)
class Trash:
    """What no manifest names any more: numbers of segments, and names of blobs."""

    segments: tuple[int, ...] = ()
    blobs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """The published state of one source.

    index: a random name of the index, so that another index does not replace it unasked.
    revision: grows by one with each publication. dropped: what the manifest before this one named
    and this one does not, which readers may still read. trash: what was ``dropped`` in the manifest
    before, to be removed. titles: whether the titles of all documents had a vector.
    """

    source: str
    index: str
    host: str
    folder: str
    published: datetime
    revision: int
    generation: int
    created: datetime
    embedder: StoredEmbedder
    chunking: str
    documents: int
    passages: int
    titles: bool
    notes: str
    segments: tuple[SegmentEntry, ...]
    dropped: Trash = Trash()
    trash: Trash = Trash()

    @property
    def texts(self) -> int:
        """The number of texts."""
        return sum(segment.live for segment in self.segments)

    def to_bytes(self) -> bytes:
        """The manifest as it is stored: JSON."""
        values = asdict(self)
        values["published"] = self.published.isoformat()
        values["created"] = self.created.isoformat()
        return json.dumps({"format": FORMAT, **values}).encode()


def manifest_of(source: str, stored: bytes) -> Manifest:
    """The manifest of a source as it is stored; raises ``IndexDamaged`` and ``IndexTooNew``."""
    with damaged_values(f"the manifest of {source}"):
        values = parsed(stored.decode())
        version = values.pop("format")
        _require(_is_count(version), "format")
        if version != FORMAT:
            raise IndexTooNew(
                f"{source} was published by a later semsearch (format {version}); upgrade this one"
            )
        _require(values["source"] == source, "source")
        return _manifest(values)


def _manifest(values: dict[str, Any]) -> Manifest:
    segments = tuple(map(_segment, values.pop("segments")))
    dropped, trash = (_trash(values.pop(name)) for name in ("dropped", "trash"))
    embedder = StoredEmbedder(**values.pop("embedder"))
    dates = {name: datetime.fromisoformat(values.pop(name)) for name in ("published", "created")}
    for name in ("source", "index", "host", "folder", "chunking", "notes"):
        _require(_is_text(values[name]), name)
    for name in ("revision", "generation", "documents", "passages"):
        _require(_is_count(values[name]), name)
    _require(_NOTES.fullmatch(values["notes"]) is not None, "notes")
    _require(all(date.tzinfo is not None for date in dates.values()), "a date")
    _require(_is_text(embedder.uri) and _is_count(embedder.id), "embedder")
    _require(
        embedder.dimension is None
        or (_is_count(embedder.dimension) and 0 < embedder.dimension <= MOST_NUMBERS),
        "dimension",
    )
    values |= {**dates, "embedder": embedder, "segments": segments}
    return Manifest(**values, dropped=dropped, trash=trash)


def _segment(values: Mapping[str, Any]) -> SegmentEntry:
    languages = tuple(values["languages"])
    entry = SegmentEntry(**{**values, "languages": languages})
    numbers = (entry.texts, entry.documents, entry.words, entry.gone_texts, entry.gone_documents)
    _require(all(map(_is_count, (entry.number, entry.revision, *numbers))), "a segment")
    _require(0 < entry.number < MOST_SEGMENTS, "the number of a segment")
    _require(max(entry.texts, entry.documents) <= _MOST_ROWS, "the size of a segment")
    _require(entry.gone_texts <= entry.texts, "the texts that have gone")
    _require(entry.gone_documents <= entry.documents, "the documents that have gone")
    _require(all(code is None or isinstance(code, str) for code in languages), "a language")
    return entry


def _trash(values: Mapping[str, Any]) -> Trash:
    segments, blobs = tuple(values["segments"]), tuple(values["blobs"])
    _require(all(map(_is_count, segments)), "the trash")
    # Only names that a publication of this source may have made: nothing else is removed by them.
    _require(all(isinstance(name, str) and _is_own(name) for name in blobs), "the trash")
    return Trash(segments, blobs)


def _is_own(name: str) -> bool:
    return bool(_NOTES.fullmatch(name) or re.fullmatch(r"segments/\d+/gone-\d+", name))


def _is_text(value: object) -> bool:
    """Whether a value is text; a byte of a path may be no letter (``os.fsdecode``)."""
    if not isinstance(value, str):
        return False
    value.encode(errors="surrogateescape")  # raises ValueError
    return True


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < _MOST


def _require(is_right: bool, what: str) -> None:
    if not is_right:
        raise ValueError(f"{what} has another form than semsearch writes")


def numbers_of(manifests: Sequence[Manifest]) -> set[int]:
    """The numbers of all segments that some manifests name, also of those to be removed."""
    return {
        number
        for manifest in manifests
        for number in (
            *(segment.number for segment in manifest.segments),
            *manifest.dropped.segments,
            *manifest.trash.segments,
        )
    }
