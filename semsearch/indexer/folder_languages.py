"""The languages of a folder, by a sample of its documents.

Only the first run of a folder without a named embedder looks: the languages decide which local
model is used (``embedders/registry``).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from semsearch.documents.formats import format_of
from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.pool import ReaderPool, Request
from semsearch.documents.readers.reader import ReadDocument
from semsearch.documents.text.languages import language_of
from semsearch.documents.walk.walker import Found, walk
from semsearch.settings.schema import Settings

_ENGLISH: Final = "en"
_MOST_DOCUMENTS: Final = 24
_MOST_BYTES: Final = 20_000_000  # of all documents of a sample
_SECONDS: Final = 5.0  # of processor time for a document
_LEAST_BYTES: Final = 500  # a shorter document is taken only where there is no other
_LOOKED_AT: Final = 4000  # characters at each of the places of a document
_PLACES: Final = 3  # of a document: contents and quotations may be in another language
_LEAST_ENGLISH: Final = 2 / 3  # share of the documents of an English folder


@dataclass(frozen=True, slots=True)
class FolderLanguages:
    """The number of documents in each language, by ISO 639-1 codes.

    Documents that do not show a language are left out.

    >>> FolderLanguages({"en": 1, "de": 2}).is_english, FolderLanguages({}).is_english
    (False, True)
    """

    documents: Mapping[str, int]

    @property
    def is_english(self) -> bool:
        """True when two thirds of the documents are in English, or none shows its language."""
        return self.documents.get(_ENGLISH, 0) >= _LEAST_ENGLISH * self.total

    @property
    def total(self) -> int:
        """The number of documents that show their language."""
        return sum(self.documents.values())

    @property
    def others(self) -> Sequence[str]:
        """The languages beside English, the most frequent first."""
        counts = Counter(self.documents)
        return [language for language, _ in counts.most_common() if language != _ENGLISH]


def languages_of_folder(corpus: Path, settings: Settings) -> FolderLanguages:
    """Read at most 24 documents, of 20 MB together, spread over the folder."""
    limits = replace(
        Limits.of(settings), seconds=min(_SECONDS, settings.document_seconds), languages=None
    )
    found: Counter[str] = Counter()
    with ReaderPool(corpus, limits) as pool:
        requests = [(None, Request(path, size)) for path, size in _sample(corpus, limits)]
        for _, outcome in pool.in_order(requests):
            if isinstance(outcome, ReadDocument):
                text = "\n".join(block.text for block in outcome.document.blocks)
                found.update(_main_language(text))
    return FolderLanguages(dict(found))


def _sample(corpus: Path, limits: Limits) -> Iterator[tuple[str, int]]:
    """A small document of each of 24 parts of the folder, with its size."""
    documents = [
        (item.stat.size < _LEAST_BYTES, item.stat.size, item.path)
        for item in walk(corpus)
        if isinstance(item, Found)
        and format_of(item.path)
        and 0 < item.stat.size <= limits.file_bytes
    ]
    parts = min(_MOST_DOCUMENTS, len(documents))
    left = _MOST_BYTES
    for part in range(parts):
        rows = slice(part * len(documents) // parts, (part + 1) * len(documents) // parts)
        _, size, path = min(documents[rows])
        if size <= left:
            left -= size
            yield path, size


def _main_language(text: str) -> Sequence[str]:
    """The language of most of the places of a text; empty when none shows one."""
    last = max(0, len(text) - _LOOKED_AT)
    starts = sorted({place * last // (_PLACES - 1) for place in range(_PLACES)})
    found = (language_of(text[start : start + _LOOKED_AT]) for start in starts)
    counts = Counter(language for language in found if language is not None)
    return [language for language, _ in counts.most_common(1)]
