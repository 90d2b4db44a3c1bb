"""A question as it is typed → its text, and the filters in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from semsearch.documents.passage import valid_text
from semsearch.documents.text.languages import LANGUAGES
from semsearch.documents.text.word_starts import without_marks
from semsearch.errors import SettingsError
from semsearch.query.letter_forms import asked

_NAMED: Final = re.compile(
    r"(?<!\S)(?P<negated>-?)(?P<name>file|path|type|lang|tag|after|since|before):"
    r'(?:"(?P<quoted>[^"]+)"|(?P<value>[^\s"]+))'
)
_QUOTED: Final = re.compile(r'(?<!\S)(?P<negated>-?)"(?P<words>[^"]*\w[^"]*)"(?=$|[\s.,;:?!])')
_EXCLUDED: Final = re.compile(r"(?<!\S)-(?P<word>[^\W\d_][\w'’-]*\*?)(?!\S)")
_NOT: Final = " -- not "


@dataclass(frozen=True, slots=True)
class Filter:
    """Restricts which passages may be hits; an empty field does not restrict.

    paths: globs as in a ``.gitignore``; ``!`` negates a glob.
    types, not_types: endings of file names without the dot.
    languages, not_languages: ISO 639-1 codes.
    tags, not_tags: a document needs any of ``tags``, and none of ``not_tags``.
    since, before: the file was modified in [since, before).
    phrases: the passage has each of them, its words in this order.
    without: the passage has none of these phrases.
    """

    paths: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    not_types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    not_languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for code in (*self.languages, *self.not_languages):
            if code not in LANGUAGES:
                raise SettingsError(
                    f"{code!r} is no language that semsearch can tell; give one of"
                    f" {', '.join(sorted(set(LANGUAGES)))}"
                )

    def __bool__(self) -> bool:
        return self != Filter()

    def and_also(self, other: "Filter") -> "Filter":
        """A filter that lets through only passages that pass both."""
        return Filter(
            self.paths + other.paths,
            self.types + other.types,
            self.not_types + other.not_types,
            self.languages + other.languages,
            self.not_languages + other.not_languages,
            self.tags + other.tags,
            self.not_tags + other.not_tags,
            max(filter(None, (self.since, other.since)), default=None),
            min(filter(None, (self.before, other.before)), default=None),
            self.phrases + other.phrases,
            self.without + other.without,
        )


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed question.

    ``text`` is the question without its filters; the marks of ``word*`` are not ``embedded``, and
    in a literal question they are not ``matched``. Hits should be unlike ``unlike``. ``typed`` is
    the question before parsing, which an answer repeats.
    """

    text: str
    unlike: str | None = None
    filter: Filter = field(default_factory=Filter)
    typed: str = field(default="", compare=False)
    is_literal: bool = False

    @property
    def embedded(self) -> str:
        """The text that is embedded."""
        return self.text if self.is_literal else without_marks(self.text)

    @property
    def matched(self) -> str:
        """The text whose words are looked for."""
        return without_marks(self.text) if self.is_literal else self.text


def parse_question(typed: str, *, literal: bool = False) -> Question:
    """Parse a question into its text and its filters.

    ``file:GLOB``, ``type:pdf``, ``lang:de``, ``tag:NAME``, ``after:2026-01-31``, ``before:`` and
    their negations with ``-`` restrict the hits, as do ``"exact words"``, ``-"exact words"`` and
    ``-word``. ``word*`` stands for all words that begin so. ``A -- not B`` asks for passages like
    A and unlike B. ``literal`` takes all of it as text. Raises ``SettingsError``.

    >>> parse_question('notice "three months" -draft type:pdf').filter.phrases
    ('three months',)
    >>> parse_question('notice "three months" -draft type:pdf').text
    'notice three months'
    """
    text = asked(valid_text(typed))
    if literal:
        return _checked(Question(text.strip(), typed=typed, is_literal=True))
    wish, _, unlike = text.partition(_NOT)
    wanted = Filter()
    for found in _NAMED.finditer(wish):
        value = found["quoted"] or found["value"]
        wanted = _with(wanted, found["name"], value, is_negated=bool(found["negated"]))
    wish = _NAMED.sub(" ", wish)
    for found in _QUOTED.finditer(wish):
        phrase = (found["words"].strip(),)
        if found["negated"]:
            wanted = replace(wanted, without=wanted.without + phrase)
        else:
            wanted = replace(wanted, phrases=wanted.phrases + phrase)
    wish = _QUOTED.sub(lambda found: " " if found["negated"] else f" {found['words']} ", wish)
    excluded = tuple(found["word"] for found in _EXCLUDED.finditer(wish))
    if _EXCLUDED.sub(" ", wish).strip():
        wish = _EXCLUDED.sub(" ", wish)
        wanted = replace(wanted, without=wanted.without + excluded)
    return _checked(Question(" ".join(wish.split()), unlike.strip() or None, wanted, typed))


def _checked(question: Question) -> Question:
    if not question.text.strip() and question.typed.strip():
        raise SettingsError("the question has filters only; ask something in words beside them")
    if not question.text.strip():
        raise SettingsError("the question is empty; ask something in words")
    return question


def _with(wanted: Filter, name: str, value: str, *, is_negated: bool) -> Filter:
    if name in ("file", "path"):
        return replace(wanted, paths=(*wanted.paths, f"!{value}" if is_negated else value))
    if name == "type":
        types = tuple(ending.removeprefix(".") for ending in value.lower().split(","))
        if is_negated:
            return replace(wanted, not_types=wanted.not_types + types)
        return replace(wanted, types=wanted.types + types)
    if name == "lang":
        codes = tuple(value.lower().split(","))
        if is_negated:
            return replace(wanted, not_languages=wanted.not_languages + codes)
        return replace(wanted, languages=wanted.languages + codes)
    if name == "tag":
        if is_negated:
            return replace(wanted, not_tags=(*wanted.not_tags, value))
        return replace(wanted, tags=(*wanted.tags, value))
    is_start = (name in ("after", "since")) != is_negated
    day = moment(value)
    return wanted.and_also(Filter(since=day) if is_start else Filter(before=day))


def moment(value: str) -> datetime:
    """Parse a day, a time or an age in the local time zone: ``2026-01-31``, ``7d``, ``12h``.

    Raises ``SettingsError``.
    """
    ago = re.fullmatch(r"(\d{1,5})([hdwmy])", value)
    if ago:
        hours = {"h": 1, "d": 24, "w": 168, "m": 730, "y": 8766}[ago[2]]
        return datetime.now().astimezone() - timedelta(hours=int(ago[1]) * hours)
    try:
        return datetime.fromisoformat(value).astimezone()
    except (ValueError, OverflowError, OSError) as error:
        raise SettingsError(
            f"{value!r} is no time; give a day as {date.today().isoformat()}, or how long ago as"
            " 12h, 7d, 2w, 6m, 1y"
        ) from error


def filter_of(
    *,
    paths: Sequence[str] = (),
    types: Sequence[str] = (),
    languages: Sequence[str] = (),
    tags: Sequence[str] = (),
    since: str | None = None,
    before: str | None = None,
) -> Filter:
    """The filter of command line options; ``!`` negates a type, language or tag.

    Raises ``SettingsError``.
    """
    wanted = Filter(paths=tuple(paths))
    for name, values in (("type", types), ("lang", languages), ("tag", tags)):
        for value in values:
            wanted = _with(wanted, name, value.removeprefix("!"), is_negated=value[:1] == "!")
    if since is not None:
        wanted = wanted.and_also(Filter(since=moment(since)))
    return wanted if before is None else wanted.and_also(Filter(before=moment(before)))
