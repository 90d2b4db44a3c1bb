"""What an engine does for a collection: it keeps manifests, blobs, and texts with their vectors.

Each index publishes into a collection under the name of its source. All that a source has is in
segments, which never change, and in one manifest, which names the segments of its newest
generation. A publisher writes a segment, then replaces the manifest in one step; a reader takes a
manifest and reads the segments that it names. So an engine needs no transactions, and a publisher
may be killed at any moment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from semsearch.embedders.vectors import Vectors
from semsearch.store.disk.ids import Ids

if TYPE_CHECKING:
    from semsearch.store.record.vectors import StoredVectors

ORDINAL_BITS: Final = 32
MOST_SEGMENTS: Final = 1 << 31
MOST_AMONG: Final = 50_000  # keys that a search names at once


def key_of(segment: int, ordinal: int) -> int:
    """The key of a text: the number of its segment, and its place in it, from 0.

    >>> key_of(1, 2)
    4294967298
    """
    return segment << ORDINAL_BITS | ordinal


@dataclass(frozen=True, slots=True)
class NewTexts:
    """Texts to put into a segment, in columns of one length.

    keys: (n,), ascending.
    vectors: (n, dimension), float16, nearly unit rows; cosines are those of the unit rows.
    sentences: the vectors of each text's sentences, as the record stores them; b"" without any.
    places: where each text stands, as JSON.
    bodies: the texts.
    """

    keys: Ids
    vectors: "StoredVectors"
    sentences: Sequence[bytes]
    places: Sequence[bytes]
    bodies: Sequence[str]


class Manifests(Protocol):
    """The manifests of a collection; see ``Engine``."""

    def manifests(self) -> Mapping[str, bytes]:
        """The manifest of each source, by name; none in a collection that is not there."""

    def put_manifest(self, source: str, manifest: bytes | None, before: bytes | None) -> bool:
        """Replace the manifest ``before`` of a source, None for none; None removes it.

        Changes nothing and returns False where the source has another manifest than ``before``.
        """


class Blobs(Protocol):
    """The blobs of a collection; see ``Engine``."""

    def put_blobs(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        """Keep blobs under names of ASCII letters, digits, ``/``, ``-`` and ``.``; replaces."""

    def blobs(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """The blobs with some names, of those that are there."""

    def blob_names(self, prefix: str) -> Sequence[str]:
        """The names that begin so, ascending."""

    def delete_blobs(self, prefixes: Sequence[str]) -> None:
        """Remove all blobs whose names begin so."""


class Texts(Protocol):
    """The texts of a collection with their vectors; see ``Engine``."""

    def put_texts(self, texts: NewTexts) -> None:
        """Keep texts; a text with the same key is replaced."""

    def delete_segments(self, segments: Sequence[int]) -> None:
        """Remove all texts of some segments."""

    def count_texts(self, segment: int) -> int:
        """The number of texts of a segment."""

    def nearest(
        self,
        vector: Vectors,
        count: int,
        segments: Sequence[int],
        among: Ids | None = None,
        *,
        exact: bool = False,
    ) -> list[tuple[int, float]]:
        """The ``count`` nearest texts of some segments as (key, cosine), best first.

        ``vector`` is a unit row (dimension,). With ``among``, ascending and at most
        ``MOST_AMONG`` keys, only these count, and all of them are compared. With ``exact`` every
        text of the segments is compared. There are fewer than ``count`` only where the segments,
        or ``among``, have fewer.
        """

    def vectors(self, keys: Ids) -> "tuple[Ids, StoredVectors]":
        """Keys, ascending, and vectors (n, dimension) of some texts, of those that are there."""

    def sentences(self, keys: Ids) -> Mapping[int, bytes]:
        """The vectors of the sentences of some texts, by key, of those that have any."""

    def places(self, keys: Ids) -> Mapping[int, bytes]:
        """Where some texts stand, by key."""

    def bodies(self, keys: Ids) -> Mapping[int, str]:
        """The texts, by key."""

    def finish(self, segments: Sequence[int]) -> None:
        """Make the engine's own index over the vectors if there are enough, or make it anew.

        Called after texts were put and before the manifest names their segments. ``segments`` are
        all that manifests name or are about to.
        """


class Engine(Manifests, Blobs, Texts, Protocol):
    """A collection on an engine.

    All methods raise ``EngineUnreachable`` when there is no answer in time, also after connecting
    again, and ``EngineRefused`` with what the engine says when it refuses. Several threads may call
    one engine at once. Every write is durable when its call returns.
    """

    @property
    def place(self) -> str:
        """The address and the name of the collection for a person, without any secret."""

    @property
    def version(self) -> str:
        """The engine and its version for a person, as "PostgreSQL 18.6, pgvector 0.8.6"."""

    def prepare(self, dimension: int) -> None:
        """Make what the collection needs, for vectors of that length, where it is not there.

        Raises ``EmbedderMismatch`` where its vectors have another length.
        """

    def close(self) -> None:
        """Close connections."""
