"""The keyword index over the texts of one generation, by Tantivy.

One entry for each text, under the record's text id. The index is a folder that never changes; the
next generation's folder is made beside it, with hard links to the files that they share. A manifest
in the folder has the digests of its files, and the record has the manifest's digest.
"""

import json
import os
import shutil
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

import tantivy

from semsearch.documents.text.languages import LANGUAGES
from semsearch.embedders.lazy_numpy import np
from semsearch.store.derived.file_stamps import NO_STAMPS, Stamps
from semsearch.store.derived.tantivy.analyzer import words_of
from semsearch.store.derived.tantivy.faults import translated
from semsearch.store.derived.tantivy.linked_copy import linked_copy
from semsearch.store.derived.tantivy.manifest import (
    DIGESTS,
    KEYWORDS_VERSION,
    LOCK,
    MANIFEST,
    VERSION,
    check_keywords,
    digests_of,
    manifest_bytes,
)
from semsearch.store.derived.tantivy.presence import presence
from semsearch.store.derived.tantivy.question_words import forms_in, most_bm25
from semsearch.store.derived.tantivy.word_search import WordSearch
from semsearch.store.disk.atomic_files import (
    put_file,
    put_folder,
    storage_errors,
    sync_files,
    temporary_beside,
)
from semsearch.store.disk.filesystems import may_write_in
from semsearch.store.disk.ids import Ids, ascending
from semsearch.store.policy import DEFAULT_POLICY, KeywordPolicy
from semsearch.store.protocol import DocumentName, NamesTold, TextSet, WordsPresent
from semsearch.store.text_sets import ListedTexts, first_in

if TYPE_CHECKING:
    import numpy.typing as npt

_WRITER_MEMORY: Final = 64_000_000  # bytes; Tantivy needs at least 15 MB for each thread
_MOST_STEMS: Final = 200  # that a word with a * stands for
_MOST_COUNTS: Final = 10_000  # of terms that are kept; a count reads all entries with the term
_MARGIN: Final = 2  # factor on the number of hits expected to yield enough allowed texts
_ID: Final = "id"
_WORDS: Final = "words"
_LANGUAGE: Final = "language"
_NO_LANGUAGE: Final = "und"  # ISO 639-3: undetermined
_KIND: Final = "kind"
_TEXT: Final = "text"  # the only kind; a term that every entry has


class KeywordIndex(WordSearch):
    """Words of texts, ranked by BM25. Implements ``WordIndex``."""

    def __init__(self, directory: Path, policy: KeywordPolicy = DEFAULT_POLICY.keywords) -> None:
        """Open the index in a folder, or make one in an empty folder; raises ``IndexDamaged``."""
        self._directory = directory
        super().__init__()
        self._policy = policy
        self._counts: dict[tuple[str, str], int] = {}  # of entries with a term, where some are gone
        self._schema = _schema()
        with translated(directory):
            self._index = tantivy.Index(self._schema, path=str(directory), reuse=True)
            at_spaces = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            self._index.register_tokenizer(_WORDS, at_spaces)  # ``words_of`` joins them by spaces
            self._index.config_reader("manual")  # else a thread watches the folder

    @classmethod
    def open(
        cls,
        directory: Path,
        known_by: bytes | int,
        stamps: Stamps = NO_STAMPS,
        policy: KeywordPolicy = DEFAULT_POLICY.keywords,
    ) -> "KeywordIndex":
        """Open an existing index after ``check_keywords``; raises ``IndexDamaged``."""
        check_keywords(directory, known_by, stamps)
        copy = None if may_write_in(directory) else linked_copy(directory)
        opened = cls(copy or directory, policy)
        if copy is not None:
            weakref.finalize(opened, shutil.rmtree, copy, ignore_errors=True)
        return opened

    @property
    def entries(self) -> int:
        """The number of texts."""
        return int(self._index.searcher().num_docs)

    @cached_property
    def deleted(self) -> int:
        """The number of deleted entries, which Tantivy counts until their segment is merged."""
        return int(self._index.searcher().doc_freq(_KIND, _TEXT)) - self.entries

    def _update(self, added: Iterable[tuple[int, str]], removed: Iterable[int]) -> None:
        writer = self._index.writer(_WRITER_MEMORY, 1)
        try:
            # By a query: deleting by a numeric term deletes nothing (tantivy 0.27).
            gone = tantivy.Query.term_set_query(self._schema, _ID, list(removed))
            writer.delete_documents_by_query(gone)
            for text, body in added:
                entry = tantivy.Document()
                entry.add_text(_KIND, _TEXT)
                entry.add_unsigned(_ID, text)
                language, words = words_of(body)
                entry.add_text(_LANGUAGE, language or _NO_LANGUAGE)
                entry.add_text(_WORDS, " ".join(words))
                writer.add_document(entry)
            writer.commit()
        finally:
            writer.wait_merging_threads()

    @cached_property
    def _languages(self) -> list[str | None]:
        """The languages of the texts; None stands for texts without a known language."""
        codes = [code for code in LANGUAGES if self._entries_with(_LANGUAGE, code)]
        return [*codes, None] if self._entries_with(_LANGUAGE, _NO_LANGUAGE) else list(codes)

    def best(
        self, question: str, count: int, allowed: TextSet | None = None
    ) -> list[tuple[int, float]]:
        """The ``count`` best texts with any word of the question as (text id, BM25), best first.

        Only texts in ``allowed`` count where it is given. Raises ``IndexDamaged``.
        """
        with translated(self._directory):
            most = max(self._policy.listed, self.entries // self._policy.listed_share)
            if allowed is None or len(allowed) <= most:
                return self._best(question, count, None if allowed is None else allowed.ids)
            return self._best_of_many(question, count, allowed)

    def _best_of_many(self, question: str, count: int, allowed: TextSet) -> list[tuple[int, float]]:
        """Filter the best hits, and take more of them until ``count`` are allowed.

        With many allowed texts this is faster than a list of them for Tantivy.
        """
        taken = max(count, count * self.entries // len(allowed))
        while True:
            taken *= _MARGIN
            best = self._best(question, taken, None)
            if len(best) > self._policy.listed:
                allowed = ListedTexts(allowed.ids)  # sooner known than asked for so many
            texts = np.array([text for text, _ in best], dtype=np.int64)
            kept = first_in(texts, allowed, count).tolist()
            if len(kept) >= count or len(best) < taken:
                return [best[place] for place in kept]

    def most(self, question: str) -> float:
        with translated(self._directory):
            return super().most(question)

    def told_by_names(
        self, question: str, names: Mapping[int, Sequence[DocumentName]]
    ) -> NamesTold:
        with translated(self._directory):
            return super().told_by_names(question, names)

    def _texts_with(self, form: str) -> int:
        return self._entries_with(_WORDS, form)

    def _entries_with(self, field: str, value: str) -> int:
        """The number of entries with a term, without deleted ones."""
        searcher = self._index.searcher()
        listed = int(searcher.doc_freq(field, value))
        if not listed or not self.deleted:
            return listed
        key = (field, value)
        if (count := self._counts.get(key)) is None:
            query = tantivy.Query.const_score_query(self._term(field, value), 1.0)
            if len(self._counts) >= _MOST_COUNTS:
                self._counts.clear()
            found: Any = searcher.search(query, 1, count=True)
            self._counts[key] = count = int(found.count)
        return count

    def _stems(self, start: str) -> list[str]:
        """The most usual stems that begin so."""
        found = self._index.searcher().terms_with_prefix(_WORDS, start, limit=_MOST_STEMS)
        return [stem for stem, _ in found]

    def present(self, question: str, texts: Ids) -> WordsPresent:
        with translated(self._directory):
            return super().present(question, texts)

    def _having_words(self, asked: Sequence[Sequence[str]], texts: Ids) -> "npt.NDArray[np.bool_]":
        among = tantivy.Query.term_set_query(self._schema, _ID, texts.tolist())
        return presence(self._index.searcher(), asked, self._any_of, among, _ID, texts)

    def texts_in(self, languages: Iterable[str]) -> Ids:
        """Ids of the texts in some languages (ISO 639-1), ascending."""
        with translated(self._directory):
            return self._having(
                [(tantivy.Occur.Should, self._term(_LANGUAGE, code)) for code in languages]
            )

    def texts_with_all(self, phrase: str) -> Ids:
        """Ids of the texts that have every word of a phrase, in any order, ascending."""
        with translated(self._directory):
            asked = forms_in(phrase, self._languages, self._stems)
            if not asked:
                return self._having([])
            return self._having([(tantivy.Occur.Must, self._any_of(forms)) for forms in asked])

    def _having(self, terms: Sequence[tuple[Any, Any]]) -> Ids:
        """Ids of the texts that match some terms, ascending; of all texts without a term."""
        terms = terms or [(tantivy.Occur.Must, self._term(_KIND, _TEXT))]
        query = tantivy.Query.const_score_query(tantivy.Query.boolean_query(terms), 1.0)
        searcher = self._index.searcher()
        hits = searcher.search(query, max(1, searcher.num_docs)).hits
        ids = searcher.fast_field_values(_ID, [where for _, where in hits])
        return ascending(np.array(ids, dtype=np.int64))

    def _best(self, question: str, count: int, allowed: Ids | None) -> list[tuple[int, float]]:
        asked = self._asked(question)
        if not asked or count < 1 or (allowed is not None and not len(allowed)):
            return []
        query = tantivy.Query.boolean_query(
            [
                (
                    tantivy.Occur.Should,
                    tantivy.Query.boost_query(self._any_of(word.forms, self._scored), word.weight),
                )
                for word in asked
            ]
        )
        if allowed is not None:
            among = tantivy.Query.term_set_query(self._schema, _ID, allowed.tolist())
            unscored = tantivy.Query.const_score_query(among, 0.0)
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, query), (tantivy.Occur.Must, unscored)]
            )
        searcher = self._index.searcher()
        hits = searcher.search(query, min(count, searcher.num_docs)).hits
        ids = cast("list[int]", searcher.fast_field_values(_ID, [where for _, where in hits]))
        return [(text, score) for text, (score, _) in zip(ids, hits, strict=True)]

    def _scored(self, form: str) -> Any:
        """A stem, by its frequency in the texts that are there.

        Tantivy takes that of all entries, so that a score is corrected by the quotient of both. The
        mean length of an entry stays that of all.
        """
        term = self._term(_WORDS, form)
        if not self.deleted:
            return term
        frequency = int(self._index.searcher().doc_freq(_WORDS, form))
        taken = most_bm25(self.entries + self.deleted, frequency)
        return tantivy.Query.boost_query(
            term, most_bm25(self.entries, self._texts_with(form)) / taken
        )

    def _any_of(self, forms: Sequence[str], term_of: Callable[[str], Any] | None = None) -> Any:
        """Score a word by its best form, however many languages have a form of it."""
        terms = [(term_of or self._word)(form) for form in forms]
        return terms[0] if len(terms) == 1 else tantivy.Query.disjunction_max_query(terms)

    def _word(self, form: str) -> Any:
        return self._term(_WORDS, form)

    def _term(self, field: str, value: int | str) -> Any:
        return tantivy.Query.term_query(self._schema, field, value)


def make_keywords(directory: Path, texts: Iterable[tuple[int, str]]) -> bytes:
    """Index some (text id, body), replacing ``directory``.

    Returns the SHA-256 of the manifest. Raises ``IndexDamaged`` and ``StorageFailed``.
    """
    made = temporary_beside(directory)
    with storage_errors(directory.parent):
        made.mkdir(mode=0o700)
    return _finished(made, directory, texts, ())


def update_keywords(
    old: Path, directory: Path, added: Iterable[tuple[int, str]], removed: Iterable[int]
) -> bytes:
    """Copy the index ``old`` to ``directory``, without the texts ``removed``, with those ``added``.

    ``old`` is not changed. Returns and raises as ``make_keywords``.
    """
    made = temporary_beside(directory)
    with storage_errors(directory.parent):
        made.mkdir(mode=0o700)
        files = [path for path in old.iterdir() if path.name != MANIFEST]
        linked = {path.name for path in files if _link(path, made / path.name)}
    with translated(directory):
        digests = json.loads(manifest_bytes(old))[DIGESTS]
    known = {name: digest for name, digest in digests.items() if name in linked}
    return _finished(made, directory, added, removed, known)


def _link(path: Path, to: Path) -> bool:
    """Hard-link a segment file, which never changes; copy lists and locks. Whether it is a link."""
    if path.suffix not in (".json", LOCK):
        with suppress(OSError):  # the file system has no hard links
            os.link(path, to)
            return True
    to.write_bytes(path.read_bytes())
    return False


def _finished(
    made: Path,
    directory: Path,
    added: Iterable[tuple[int, str]],
    removed: Iterable[int],
    known: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Apply changes to the folder ``made``, write its manifest, and rename it to ``directory``.

    ``known`` are digests of linked files, which need no hashing.
    """
    with translated(directory):
        KeywordIndex(made)._update(added, removed)
    sync_files(made)
    manifest = {VERSION: KEYWORDS_VERSION, DIGESTS: digests_of(made, known)}
    digest = put_file(made / MANIFEST, json.dumps(manifest).encode())
    put_folder(made, directory)
    return digest


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_KIND, stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field(_ID, stored=False, indexed=True, fast=True)
    builder.add_text_field(_LANGUAGE, stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(_WORDS, stored=False, tokenizer_name=_WORDS, index_option="freq")
    return builder.build()
