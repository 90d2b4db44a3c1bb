"""The keyword index over the texts of one generation, and the only door to tantivy.

One entry a text, under the record's text id. It is a folder that does not change once it is there;
the next generation's is made beside it, from links to the files that they share. A manifest in it
has the digests of its files, and the record has the manifest's.
"""

import hashlib
import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast

import tantivy

from semsearch.errors import IndexDamaged
from semsearch.opening import open_regular
from semsearch.store.files import (
    file_digest,
    put_file,
    put_folder,
    storage_error,
    storage_errors,
    sync_files,
    temporary_beside,
)

KEYWORDS_VERSION: Final = 1  # raised when the schema or the words change

_WRITER_MEMORY: Final = 64_000_000  # bytes; tantivy asks for 15 MB a thread at the least
_LONGEST_WORD: Final = 64
_K1: Final = 1.2
_ID: Final = "id"
_WORDS: Final = "words"
_VERSION: Final = "version"
_KIND: Final = "kind"
_TEXT: Final = "text"  # the only kind, so that all entries can be counted
_MANIFEST: Final = "manifest.json"
_DIGESTS: Final = "digests"
_LONGEST_REASON: Final = 120
_SYSTEM_ERROR: Final = re.compile(r"os error (5|28|30|122)\b")  # EIO, ENOSPC, EROFS, EDQUOT


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
            self._index.config_reader("manual")  # or a thread of tantivy's would watch the folder

    @classmethod
    def open(cls, directory: Path, known_by: bytes | int) -> "KeywordIndex":
        """Open an index that is there, once every file of it is found as it was written.

        ``known_by`` is the digest that ``make_keywords`` gave; an index of format 1 has none and is
        known by the number of its generation. Raises ``IndexDamaged`` when it is missing, damaged,
        another one or unreadable.
        """
        with _translated(directory):
            content = _manifest_bytes(directory)
            manifest = json.loads(content)
            by_digest = isinstance(known_by, bytes)
            own = hashlib.sha256(content).digest() if by_digest else manifest["generation"]
            if own != known_by or manifest[_DIGESTS] != _digests(directory):
                raise IndexDamaged(f"the keyword index in {directory} is not what was written")
            if manifest[_VERSION] != KEYWORDS_VERSION:
                raise IndexDamaged(f"the keyword index in {directory} is of another version")
        return cls(directory)

    @property
    def entries(self) -> int:
        """Entries with those that are deleted and still count in the frequencies of words."""
        return int(self._index.searcher().doc_freq(_KIND, _TEXT))

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


def make_keywords(directory: Path, texts: Iterable[tuple[int, str]]) -> bytes:
    """Make the index of some (text id, text), in place of whatever is in ``directory``.

    Returns the SHA-256 of its manifest. Raises ``IndexDamaged`` and ``StorageFailed``.
    """
    made = temporary_beside(directory)
    with storage_errors(directory.parent):
        made.mkdir(mode=0o700)
    return _finished(made, directory, texts, ())


def update_keywords(
    old: Path, directory: Path, added: Iterable[tuple[int, str]], removed: Iterable[int]
) -> bytes:
    """Make an index of another's entries but for those ``removed``, and of those ``added``.

    The other stays as it is; the rest is as for ``make_keywords``.
    """
    made = temporary_beside(directory)
    with storage_errors(directory.parent):
        made.mkdir(mode=0o700)
        for path in old.iterdir():
            if path.name != _MANIFEST:
                _link(path, made / path.name)
    return _finished(made, directory, added, removed)


def _link(path: Path, to: Path) -> None:
    """The segments never change, so that two indexes can share them; lists and locks are copied."""
    if path.suffix not in (".json", ".lock"):
        with suppress(OSError):  # no links on this file system
            os.link(path, to)
            return
    to.write_bytes(path.read_bytes())


def _finished(
    made: Path, directory: Path, added: Iterable[tuple[int, str]], removed: Iterable[int]
) -> bytes:
    with _translated(directory):
        KeywordIndex(made)._update(added, removed)
    sync_files(made)
    manifest = {_VERSION: KEYWORDS_VERSION, _DIGESTS: _digests(made)}
    digest = put_file(made / _MANIFEST, json.dumps(manifest).encode())
    put_folder(made, directory)
    return digest


def _manifest_bytes(directory: Path) -> bytes:
    with open_regular(directory / _MANIFEST) as file:
        return file.read()


def _digests(directory: Path) -> dict[str, str]:
    """SHA-256 by file name; hidden files are tantivy's locks and lists."""
    return {
        path.name: file_digest(path).hex()
        for path in sorted(directory.iterdir())
        if path.name != _MANIFEST and not path.name.startswith(".")
    }


@contextmanager
def _translated(directory: Path) -> Iterator[None]:
    """Whatever tantivy raises over damaged files, a Rust panic included, as ``IndexDamaged``."""
    try:
        yield
    except BaseException as error:
        is_panic = type(error).__name__ == "PanicException"  # derives from BaseException
        expected = (ValueError, OSError, KeyError, TypeError, RuntimeError)
        if not isinstance(error, expected) and not is_panic:
            raise
        words = " ".join(str(error).split())[:_LONGEST_REASON]
        if number := _SYSTEM_ERROR.search(words):  # of a disk, which tantivy tells in words only
            code = int(number[1])
            raise storage_error(OSError(code, os.strerror(code)), directory) from error
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
