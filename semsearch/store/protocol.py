"""The store's protocols: exactly the calls that ``query/`` makes of rows and indexes.

``AnnIndex`` (FAISS), ``KeywordIndex`` (Tantivy) and ``View`` (SQLite) implement them. Another
engine can take the place of any of them; ``tests/store/test_protocol.py`` has one in memory.
Engines are made in ``derived/maker`` and handed out by ``loaded_indexes.load_derived``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from semsearch.embedders.vectors import Vectors
from semsearch.store.disk.ids import Ids

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from semsearch.documents.walk.walker import FileStat
    from semsearch.store.record.documents import DocumentColumns, StoredDocument
    from semsearch.store.record.generations import Generation, StoredEmbedder
    from semsearch.store.record.passages import StoredPassage


class TextSet(Protocol):
    """A set of texts that a filter lets through."""

    def __len__(self) -> int:
        """How many they are, at the most."""

    @property
    def ids(self) -> Ids:
        """All ids, ascending; of many texts this takes long."""

    def has(self, texts: Ids) -> "npt.NDArray[np.bool_]":
        """For each of some texts, whether it is in the set."""

    def read_by(self, texts: "Texts") -> "TextSet":
        """The same set, read by another snapshot of the same rows."""


VectorsOf = Callable[[Ids], tuple[Ids, Vectors]]  # text ids → those found, and their unit rows


@runtime_checkable
class VectorIndex(Protocol):
    """Vectors of texts, searched by cosine."""

    @property
    def dimension(self) -> int:
        """Length of each vector."""

    @property
    def is_elsewhere(self) -> bool:
        """Whether another process searches it, so that one may do something else meanwhile."""

    def nearest(
        self,
        vector: Vectors,
        count: int,
        vectors_of: VectorsOf,
        allowed: TextSet | None = None,
        *,
        exact: bool = False,
    ) -> list[tuple[int, float]]:
        """The ``count`` nearest texts as (text id, cosine), best first.

        ``vector`` is a unit row (dimension,). Only texts in ``allowed`` count where it is given.
        With ``exact`` every vector is compared. ``vectors_of`` reads vectors of the record, for an
        index that holds an approximation of them.
        """


@dataclass(frozen=True, slots=True, eq=False)
class WordsPresent:
    """The words of a question, and which of them stand in which texts.

    ``words`` has the forms of each word in the languages of the index. For the forms of all words,
    in their order, ``texts_with`` (forms,) counts the texts that have it, of all ``entries`` of the
    index, and ``present`` (texts, forms) tells whether a text has it. ``parts`` maps the position
    of an identifier among the words to those of its parts.
    """

    words: tuple[tuple[str, ...], ...]
    texts_with: "npt.NDArray[np.int64]"
    present: "npt.NDArray[np.bool_]"
    entries: int
    parts: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


class DocumentName(NamedTuple):
    """What a document is called, and how many passages it has."""

    words: str
    passages: int


@dataclass(frozen=True, slots=True)
class NamesTold:
    """What the words of a question tell that stand in names of documents.

    bm25: what they add, on the scale of BM25, by text id: of words that the text itself lacks.
        Texts of which it is nothing are left out.
    naming: words of the question, in lower case, by which it names documents rather than what it
        asks for: they stand in fewer texts than two thirds of those of the documents named so.
    """

    bm25: Mapping[int, float] = field(default_factory=dict)
    naming: frozenset[str] = frozenset()


@runtime_checkable
class WordIndex(Protocol):
    """Words of texts, searched by BM25. All methods raise ``IndexDamaged``."""

    def best(
        self, question: str, count: int, allowed: TextSet | None = None
    ) -> list[tuple[int, float]]:
        """The ``count`` best texts with any word of the question as (text id, BM25), best first.

        Only texts in ``allowed`` count where it is given.
        """

    def most(self, question: str) -> float:
        """An upper bound of the BM25 score that any text could reach."""

    def told_by_names(
        self, question: str, names: Mapping[int, Sequence[DocumentName]]
    ) -> NamesTold:
        """What the words of a question tell that stand in the ``names`` of the texts' documents."""

    def present(self, question: str, texts: Ids) -> WordsPresent:
        """Which words of a question stand in some texts; a row for each of ``texts``."""

    def texts_in(self, languages: Iterable[str]) -> Ids:
        """Ids of the texts in some languages (ISO 639-1), ascending."""

    def texts_with_all(self, phrase: str) -> Ids:
        """Ids of the texts that have every word of a phrase, in any order, ascending."""


class Indexes(Protocol):
    """The derived indexes of one generation; None is an index that cannot be used."""

    @property
    def ann(self) -> VectorIndex | None:
        """The index of vectors."""

    @property
    def keywords(self) -> WordIndex | None:
        """The index of words."""

    @property
    def has_texts(self) -> bool:
        """Whether any document of the generation has a text."""


class Documents(Protocol):
    """Documents of one generation."""

    def unchecked(self, ids: Iterable[int] | None = None) -> "list[StoredDocument]":
        """All documents, or those with the ids, without verifying row hashes."""

    def columns(self) -> "DocumentColumns":
        """What filters by name and date ask of all documents, column by column."""

    def by_id(self, ids: Iterable[int]) -> "dict[int, StoredDocument]":
        """Documents by their ids."""

    def at_path(self, path: str) -> "StoredDocument | None":
        """The document with a path relative to the corpus."""

    def stats(self) -> "Iterator[tuple[str, FileStat]]":
        """The path and stat of each file of a supported type."""


class Passages(Protocol):
    """Passages of one generation."""

    def of_texts(self, texts: Iterable[int], repeats: Mapping[int, int]) -> "list[StoredPassage]":
        """Every passage with one of the texts, by path and order in the document."""

    def names_of(
        self, texts: Iterable[int], repeats: Mapping[int, int]
    ) -> "list[tuple[int, str, str | None, int]]":
        """(text id, path, title, passages) of the document of every place of some texts."""


class Texts(Protocol):
    """Texts of one generation's passages."""

    def ids(self) -> Ids:
        """All text ids, ascending."""

    def ids_in(self, documents: Iterable[int]) -> Ids:
        """The text ids of some documents, ascending."""

    def are_in(self, texts: Ids, documents: Ids) -> "npt.NDArray[np.bool_]":
        """For each of some texts, whether one of the documents, ascending, has it."""

    def bodies(self, texts: Iterable[int]) -> Iterator[tuple[int, str]]:
        """(text id, body) of some texts; raises ``IndexDamaged``."""

    def sample(self, among: Ids, count: int) -> Ids:
        """At most ``count`` of some text ids, ascending, that their words alone decide."""

    def with_digest_prefix(self, prefix: str) -> list[int]:
        """Ids of at most two texts whose SHA-256 begins with some hexadecimal digits."""


class TextVectors(Protocol):
    """Vectors of one generation's texts."""

    def of_texts(
        self, embedder: "StoredEmbedder", texts: Sequence[int] | Ids
    ) -> tuple[Ids, Vectors]:
        """Text ids, ascending, and their unit vectors (n, dimension), of those that have one."""

    def by_digest(
        self, embedder: "StoredEmbedder", digests: Sequence[bytes]
    ) -> Mapping[bytes, Vectors]:
        """Unit vectors (dimension,) by the SHA-256 of texts, of passages and titles."""

    def probes(self, embedder: "StoredEmbedder") -> Vectors | None:
        """The vectors (n, dimension) of the probe texts, None if there are none."""


class SentenceVectors(Protocol):
    """Vectors of the sentences of one generation's texts; most embedders give none."""

    def of_texts(
        self, embedder: "StoredEmbedder", texts: Sequence[int] | Ids
    ) -> tuple[Ids, Vectors]:
        """Unit rows (n, dimension), and the text id of each, ascending."""


class Rows(Protocol):
    """The rows of one generation; ``withheld`` names the damaged rows that were left out.

    With ``is_partial`` rows are missing that are still to come.
    """

    withheld: set[str]
    is_partial: bool

    @property
    def documents(self) -> Documents:
        """Its documents."""

    @property
    def passages(self) -> Passages:
        """Its passages."""

    @property
    def texts(self) -> Texts:
        """Its texts."""

    @property
    def vectors(self) -> TextVectors:
        """Its vectors."""

    @property
    def sentences(self) -> SentenceVectors:
        """The vectors of its sentences."""

    def note(self, name: str) -> str | None:
        """The value of a note, None if there is none; raises ``IndexDamaged``."""


class Records(Protocol):
    """A generation opened for reading."""

    @property
    def generation(self) -> "Generation":
        """Its number, embedder and counts."""

    @property
    def view(self) -> Rows:
        """Its rows."""
