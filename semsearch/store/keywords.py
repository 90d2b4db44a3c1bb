"""The keyword index over the texts of one generation, and the only door to tantivy.

One entry a text, under the record's text id. A manifest beside the index says which generation it
holds, and the digests of its files; it is written last, so that an update that was cut off is seen.
An index that holds another generation than the record, or cannot be read, is made anew from the
record by the next writer. Until then a reader does without one that cannot be read, and takes from
one of another generation what its own generation has, too.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

import tantivy

from semsearch.errors import IndexDamaged
from semsearch.opening import open_regular
from semsearch.store.files import file_digest, put_file, put_folder, temporary_beside

KEYWORDS_VERSION: Final = 1  # raised when the schema or the words change

_WRITER_MEMORY: Final = 64_000_000  # bytes; tantivy asks for 15 MB a thread at the least
_LONGEST_WORD: Final = 64
_K1: Final = 1.2
_ID: Final = "id"
_WORDS: Final = "words"
_GENERATION: Final = "generation"
_VERSION: Final = "version"
_KIND: Final = "kind"
_TEXT: Final = "text"  # the only kind, so that all entries can be counted
_MANIFEST: Final = "manifest.json"
_DIGESTS: Final = "digests"
_LONGEST_REASON: Final = 120


class KeywordIndex:
    """Words → text ids, ranked by BM25."""

    def __init__(self, directory: Path) -> None:
        """Open the index in a folder, or make one in an empty folder; raises ``IndexDamaged``."""
        self._directory = directory
        self._schema = _schema()
        self._analyzer = _analyzer()
        with _translated(directory):
            self._index = tantivy.Index(self._schema, path=str(directory), reuse=True)
            self._index.register_tokenizer(_WORDS, self._analyzer)

    @classmethod
    def open(cls, directory: Path) -> "KeywordIndex":
        """Open an index that is there; raises ``IndexDamaged`` when it is not, or is unreadable."""
        with _translated(directory):
            is_there = (directory / "meta.json").is_file()
        if not is_there:
            raise IndexDamaged(f"there is no keyword index in {directory}")
        return cls(directory)

    @property
    def entries(self) -> int:
        """Entries with those that are deleted and still count in the frequencies of words."""
        return int(self._index.searcher().doc_freq(_KIND, _TEXT))

    @property
    def generation(self) -> int | None:
        """The generation that the index holds; None when it says none, or is of another version."""
        manifest = self._manifest()
        generation = manifest.get(_GENERATION)
        if manifest.get(_VERSION) != KEYWORDS_VERSION or not isinstance(generation, int):
            return None
        return generation

    def update(
        self, generation: int, added: Iterable[tuple[int, str]], removed: Iterable[int]
    ) -> None:
        """Bring the index to ``generation`` in one commit: (text id, text) in, text ids out.

        Raises ``IndexDamaged``.
        """
        with _translated(self._directory):
            self._update(added, removed)
        manifest = {
            _VERSION: KEYWORDS_VERSION,
            _GENERATION: generation,
            _DIGESTS: self._digests(),
        }
        put_file(self._directory / _MANIFEST, json.dumps(manifest).encode())

    @property
    def is_intact(self) -> bool:
        """Whether the files are those that the last update wrote."""
        try:
            return bool(self._manifest().get(_DIGESTS) == self._digests())
        except OSError:
            return False

    def _manifest(self) -> dict[str, Any]:
        try:
            with open_regular(self._directory / _MANIFEST) as file:
                manifest = json.load(file)
        except (OSError, ValueError):
            return {}
        return manifest if isinstance(manifest, dict) else {}

    def _digests(self) -> dict[str, str]:
        """SHA-256 by file name; hidden files are tantivy's locks and lists."""
        return {
            path.name: file_digest(path).hex()
            for path in sorted(self._directory.iterdir())
            if path.name != _MANIFEST and not path.name.startswith(".")
        }

    def _update(self, added: Iterable[tuple[int, str]], removed: Iterable[int]) -> None:
        writer = self._index.writer(_WRITER_MEMORY, 1)
        try:
            # By a query: deleting by the term of a number deletes nothing (tantivy 0.27).
            gone = tantivy.Query.term_set_query(self._schema, _ID, list(removed))
            writer.delete_documents_by_query(gone)
            for text, body in added:
                entry = tantivy.Document()
                entry.add_text(_KIND, _TEXT)
                entry.add_unsigned(_ID, text)
                entry.add_text(_WORDS, body)
                writer.add_document(entry)
            writer.commit()
        finally:
            writer.wait_merging_threads()
        self._index.reload()
        for path in self._directory.iterdir():
            path.chmod(0o600)

    def best(
        self, question: str, count: int, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The ``count`` best (text id, share), best first, that have any word of the question.

        ``share`` is the BM25 score over the most that any text could reach with these words, 0 to
        1: a text that shares only frequent words with the question has little of it. Raises
        ``IndexDamaged``.
        """
        with _translated(self._directory):
            return self._best(question, count, allowed)

    def _best(
        self, question: str, count: int, allowed: Sequence[int] | None
    ) -> list[tuple[int, float]]:
        words = dict.fromkeys(self._analyzer.analyze(question))
        if not words or count < 1 or (allowed is not None and not allowed):
            return []
        terms = [(tantivy.Occur.Should, self._term(_WORDS, word)) for word in words]
        query = tantivy.Query.boolean_query(terms)
        if allowed is not None:
            among = tantivy.Query.term_set_query(self._schema, _ID, list(allowed))
            unscored = tantivy.Query.const_score_query(among, 0.0)
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, query), (tantivy.Occur.Must, unscored)]
            )
        searcher = self._index.searcher()
        hits = searcher.search(query, min(count, searcher.num_docs)).hits
        ids = cast("list[int]", searcher.fast_field_values(_ID, [where for _, where in hits]))
        entries = self.entries
        most = sum(_most(entries, searcher.doc_freq(_WORDS, word)) for word in words)
        return [(text, score / most) for text, (score, _) in zip(ids, hits, strict=True)]

    def _term(self, field: str, value: int | str) -> Any:
        return tantivy.Query.term_query(self._schema, field, value)


def _most(entries: int, entries_with_word: int) -> float:
    """The most that one word adds to a BM25 score: (k1 + 1) times its inverse frequency.

    Tantivy's k1 is 1.2, its inverse frequency ln(1 + (N - n + 0.5) / (n + 0.5)); N and n count what
    is deleted, too, until its segment is merged.
    """
    without = entries - entries_with_word
    return (_K1 + 1) * math.log(1 + (without + 0.5) / (entries_with_word + 0.5))


def make_keywords(directory: Path, generation: int, texts: Iterable[tuple[int, str]]) -> None:
    """Make the index of a generation anew, in place of whatever is in ``directory``.

    It is made beside and renamed into place, so that readers hardly ever find none.
    """
    made = temporary_beside(directory)
    made.mkdir(mode=0o700)
    KeywordIndex(made).update(generation, texts, ())
    put_folder(made, directory)


@contextmanager
def _translated(directory: Path) -> Iterator[None]:
    """Whatever tantivy raises over damaged files, a Rust panic included, as ``IndexDamaged``."""
    try:
        yield
    except BaseException as error:
        is_panic = type(error).__name__ == "PanicException"  # derives from BaseException
        if not isinstance(error, (ValueError, OSError, TypeError, RuntimeError)) and not is_panic:
            raise
        words = " ".join(str(error).split())[:_LONGEST_REASON]
        raise IndexDamaged(f"the keyword index in {directory} cannot be used ({words})") from error


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_KIND, stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field(_ID, stored=False, indexed=True, fast=True)
    builder.add_text_field(_WORDS, stored=False, tokenizer_name=_WORDS, index_option="freq")
    return builder.build()


def _analyzer() -> Any:
    """Words in lower case without accents, so that "Größe" is found by "grosse"."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(_LONGEST_WORD))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .build()
    )
