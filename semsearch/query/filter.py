"""A filter and a generation → exactly the texts and documents that pass."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from semsearch.documents.coverage import SEARCHABLE
from semsearch.documents.text.unspaced import UNSPACED
from semsearch.documents.text.word_starts import pattern_of, word_starts
from semsearch.documents.walk.glob_regex import linear
from semsearch.errors import SettingsError
from semsearch.query.letter_forms import as_typed, composed
from semsearch.query.parser import Filter
from semsearch.settings.amounts import counted
from semsearch.store.disk.ids import Ids, ascending, is_among
from semsearch.store.notes.tags import tags_of
from semsearch.store.policy import DEFAULT_POLICY, KeywordPolicy
from semsearch.store.record.documents import StoredDocument
from semsearch.store.text_sets import ListedTexts, TextsOfDocuments

if TYPE_CHECKING:
    import numpy.typing as npt

    from semsearch.store.protocol import Records, TextSet, WordIndex
    from semsearch.store.record.documents import DocumentColumns

    Positions = npt.NDArray[np.int64]  # of documents

_TYPES: Final = 12  # that a line names
_FOLDER_MARK: Final = "(?P<ps_d>/)"  # at the end of expressions that pathspec makes
_FLAGS: Final = re.compile("").flags
_LETTER_WITHOUT_BLANKS: Final = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Allowed:
    """The documents and texts that pass a filter; None means all."""

    documents: frozenset[int] | None
    texts: "TextSet | None"

    def read_by(self, snapshot: "Records") -> "Allowed":
        """The same, for another snapshot of the same rows."""
        texts = None if self.texts is None else self.texts.read_by(snapshot.view.texts)
        return self if texts is self.texts else replace(self, texts=texts)


EVERYTHING: Final = Allowed(None, None)


def allowed(
    snapshot: "Records",
    wanted: Filter,
    keywords: "WordIndex | None",
    policy: KeywordPolicy = DEFAULT_POLICY.keywords,
) -> Allowed:
    """The documents and texts that pass a filter.

    ``keywords`` finds texts with a phrase faster, and alone knows the languages. Raises
    ``SettingsError`` for a malformed glob, an unknown tag, or a language without a keyword index.
    """
    if not wanted:
        return EVERYTHING
    documents, passages = _documents(snapshot, wanted)
    is_by_text = bool(wanted.languages or wanted.not_languages or wanted.phrases or wanted.without)
    if documents is None and not is_by_text:
        return EVERYTHING
    few = max(policy.listed, snapshot.generation.passages // policy.listed_share)
    if documents is not None and not is_by_text and passages is not None and passages > few:
        ids = np.sort(np.array(list(documents), dtype=np.int64))
        return Allowed(documents, TextsOfDocuments(ids, passages, snapshot.view.texts))
    texts = None if documents is None else snapshot.view.texts.ids_in(documents)
    if wanted.languages or wanted.not_languages:
        texts = _in_languages(wanted, texts, keywords, snapshot)
    for phrase in wanted.phrases:
        texts = _with_words(snapshot, phrase, texts, keywords)
    for phrase in wanted.without:
        found = _with_words(snapshot, phrase, texts, keywords)
        texts = snapshot.view.texts.ids() if texts is None else texts
        texts = texts[~is_among(texts, found)]
    return Allowed(documents, None if texts is None else ListedTexts(texts))


def _documents(snapshot: "Records", wanted: Filter) -> tuple[frozenset[int] | None, int | None]:
    """The documents that pass, None for all; and how many passages they have, if that is known."""
    by_file = wanted.paths or wanted.types or wanted.not_types or wanted.since or wanted.before
    if not (by_file or wanted.tags or wanted.not_tags):
        return None, None
    # Row hashes are verified later, for hits only.
    columns = snapshot.view.documents.columns()
    if len(columns.ids) < snapshot.generation.documents:
        snapshot.view.withheld.add("a document")
    fitting = _of_names_and_dates(columns, wanted)
    if wanted.paths:
        fitting = _of_paths(columns.paths, fitting, wanted.paths)
    if wanted.tags or wanted.not_tags:
        ids = columns.ids[fitting].tolist()
        tagged = _of_tags(snapshot.view.documents.unchecked(ids), wanted, tags_of(snapshot.view))
        fitting = np.flatnonzero(is_among(columns.ids, np.sort(np.array(tagged, dtype=np.int64))))
    if len(fitting) == len(columns.ids):
        return None, None
    passages = None if columns.passages is None else int(columns.passages[fitting].sum())
    return frozenset(columns.ids[fitting].tolist()), passages


def _of_names_and_dates(columns: "DocumentColumns", wanted: Filter) -> "Positions":
    """Positions of the documents with the types and dates that are wanted."""
    fits = np.ones(len(columns.ids), dtype=np.bool_)
    if wanted.since is not None:
        fits &= columns.mtimes_ns >= _nanoseconds(wanted.since)
    if wanted.before is not None:
        fits &= columns.mtimes_ns < _nanoseconds(wanted.before)
    if wanted.types or wanted.not_types:
        endings = [_ending(path) for path in columns.paths]
        if wanted.types:
            fits &= np.array([one in wanted.types for one in endings], dtype=np.bool_)
        fits &= np.array([one not in wanted.not_types for one in endings], dtype=np.bool_)
    return np.flatnonzero(fits)


def _nanoseconds(time: datetime) -> int:
    """A time in nanoseconds since 1970, exactly: as a float it would be rounded once more."""
    return round(time.timestamp() * 1_000_000) * 1_000


def unknown_types(snapshot: "Records", wanted: Filter, within: Allowed) -> str | None:
    """Return a line that names types that a filter asks for and no document has; and all types.

    None where a text passes the filter, or each of the types has a document that can be found.
    """
    if not wanted.types or within.texts is None or len(within.texts):
        return None
    documents = snapshot.view.documents.unchecked()
    known = Counter(_ending(one.path) for one in documents if one.coverage in SEARCHABLE)
    lacking = [ending for ending in dict.fromkeys(wanted.types) if ending not in known]
    if not lacking:
        return None
    named = [f"{ending} ({count:,})" for ending, count in known.most_common(_TYPES) if ending]
    more = len(known) - len(named)
    rest = [f"and {counted(more, 'other')}"] if more else []
    return f"no document is of type {' or '.join(lacking)}; types are {', '.join(named + rest)}"


def _of_paths(paths: Sequence[str], among: "Positions", globs: Sequence[str]) -> "Positions":
    """Those of some positions whose path matches globs."""
    import pathspec  # here: a question without a filter does not wait for it

    globs = [composed(glob) for glob in globs]
    # If all globs negate, they mean all other paths.
    lines = ["*", *globs] if all(glob.startswith("!") for glob in globs) else globs
    try:
        patterns = pathspec.GitIgnoreSpec.from_lines(lines).patterns
        # Their expressions are matched in linear time, whatever stars a person types.
        patterns = [
            type(one)(linear(one.regex), one.include) for one in patterns if one.regex is not None
        ]
    except ValueError as error:
        raise SettingsError(f"a path filter is no glob: {error}") from error
    matches = None
    if all(one.include for one in patterns):
        matches = any_match([one.regex for one in patterns if one.regex is not None])
    matches = matches or pathspec.GitIgnoreSpec(patterns).match_file
    if not all(map(str.isascii, paths)):
        paths = list(map(composed, paths))
    found = [at for at in among.tolist() if matches(paths[at])]
    return np.array(found, dtype=np.int64)


def any_match(regexes: Sequence[re.Pattern[str]]) -> Callable[[str], object] | None:
    """Return a function that tells whether any of some expressions of pathspec's matches a path.

    A single expression of all of them takes a twentieth of the time in which pathspec asks 50 one
    by one. None where an expression is not as pathspec usually makes them.
    """
    expressions = [_without_mark(regex.pattern) for regex in regexes]
    is_usual = all(one.startswith("^") and "(?P<" not in one for one in expressions)
    if not is_usual or {regex.flags for regex in regexes} != {_FLAGS}:
        return None
    return re.compile("|".join(f"(?:{one})" for one in expressions)).match


def _without_mark(expression: str) -> str:
    """An expression without the name of the group that tells folders from files."""
    for end in (f"(?:{_FOLDER_MARK}|$)", _FOLDER_MARK):
        if expression.endswith(end):
            return expression.removesuffix(end) + end.replace(_FOLDER_MARK, "/")
    return expression


def _of_tags(
    documents: list[StoredDocument], wanted: Filter, tags: Mapping[str, frozenset[bytes]]
) -> list[int]:
    """The ids of the documents with the tags that are wanted."""
    tags = {composed(name): digests for name, digests in tags.items()}
    wanted_tags = [composed(name) for name in wanted.tags]
    other_tags = [composed(name) for name in wanted.not_tags]
    for name in (*wanted_tags, *other_tags):
        if name not in tags:
            has = f"tags are {', '.join(sorted(tags))}" if tags else "nothing is tagged"
            raise SettingsError(
                f"there is no tag {name!r} in the index; {has} (semsearch classify --apply does)"
            )
    taken = frozenset().union(*(tags[name] for name in wanted_tags or tags))
    left = frozenset().union(*(tags[name] for name in other_tags))
    return [
        document.id
        for document in documents
        if (document.digest in taken or not wanted.tags) and document.digest not in left
    ]


def _ending(path: str) -> str:
    """The ending of a file name in lower case, without its dot; "" for ``.hidden``."""
    stem, _, ending = path.rpartition("/")[2].rpartition(".")
    return ending.lower() if stem else ""


def _in_languages(
    wanted: Filter, texts: Ids | None, keywords: "WordIndex | None", snapshot: "Records"
) -> Ids:
    if keywords is None:
        raise SettingsError(
            "the languages are in the keyword index, which is missing; run: semsearch index"
        )
    if wanted.languages:
        known = keywords.texts_in(wanted.languages)
        found = known if texts is None else texts[is_among(texts, known)]
    else:
        found = snapshot.view.texts.ids() if texts is None else texts
    if wanted.not_languages:
        found = found[~is_among(found, keywords.texts_in(wanted.not_languages))]
    return found


def _whole_words(phrase: str) -> str:
    """A pattern of a phrase, which begins and ends with whole words.

    In scripts without blanks words have no ends that a pattern could tell: any place is one.
    """
    words = r"\s+".join(map(pattern_of, phrase.split()))
    start = "" if _LETTER_WITHOUT_BLANKS.match(phrase) else r"(?<!\w)"
    end = "" if _LETTER_WITHOUT_BLANKS.match(phrase[-1:]) else r"(?!\w)"
    return f"{start}{words}{end}"


def _with_words(
    snapshot: "Records", phrase: str, texts: Ids | None, keywords: "WordIndex | None"
) -> Ids:
    """The texts that have a phrase word for word, compared as people type (``as_typed``)."""
    maybe = snapshot.view.texts.ids() if texts is None else texts
    # A start may stand for more words than the keyword index looks up.
    if keywords is not None and not word_starts(phrase):
        having = keywords.texts_with_all(phrase)
        maybe = having if texts is None else texts[is_among(texts, having)]
    pattern = re.compile(_whole_words(as_typed(phrase)))
    bodies = snapshot.view.texts.bodies(maybe)
    found = [text for text, body in bodies if pattern.search(as_typed(body))]
    return ascending(np.array(found, dtype=np.int64))
