"""A question as it is typed → what is looked for, and among which passages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from semsearch.documents.passage import valid_text
from semsearch.documents.text.languages import LANGUAGES
from semsearch.errors import SettingsError

_NAMED: Final = re.compile(
    r"(?<!\S)(?P<negated>-?)(?P<name>file|path|type|lang|tag|after|since|before):"
    r'(?:"(?P<quoted>[^"]+)"|(?P<value>[^\s"]+))'
)
_QUOTED: Final = re.compile(r'(?<!\S)(?P<negated>-?)"(?P<words>[^"]*\w[^"]*)"(?=$|[\s.,;:?!])')
_EXCLUDED: Final = re.compile(r"(?<!\S)-(?P<word>[^\W\d_][\w'’-]*)(?!\S)")
_NOT: Final = " -- not "


@dataclass(frozen=True, slots=True)
class Filter:
    """Which passages may be hits; what is empty does not restrict.

    ``paths`` are globs as in a ``.gitignore``, where ``!`` takes out again what one before has
    taken in; ``types`` are endings of file names without the dot; ``languages`` are ISO 639-1
    codes; of the ``tags`` of documents one is enough. A file's time of change is in [``since``,
    ``before``). Each of ``phrases`` must stand in a passage, with its words in this order, and none
    of the ``without``.
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
        """What both let through."""
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
    """What is asked for: ``text`` is what is compared, ``unlike`` what hits should not be like."""

    text: str
    unlike: str | None = None
    filter: Filter = field(default_factory=Filter)


def understood(typed: str, *, is_literal: bool = False) -> Question:
    """Take a question apart.

    ``file:GLOB``, ``type:pdf``, ``lang:de``, ``tag:NAME``, ``after:2026-01-31``, ``before:`` and
    their negations with ``-`` restrict the hits, as do ``"exact words"``, ``-"exact words"`` and
    ``-word``; ``A -- not B`` asks for what is like A and unlike B. A literal question is taken as
    it is. Raises ``SettingsError``.

    >>> understood('notice "three months" -draft type:pdf').filter.phrases
    ('three months',)
    >>> understood('notice "three months" -draft type:pdf').text
    'notice three months'
    """
    text = valid_text(typed)
    if is_literal:
        return _checked(Question(text.strip()))
    asked, _, unlike = text.partition(_NOT)
    wanted = Filter()
    for found in _NAMED.finditer(asked):
        value = found["quoted"] or found["value"]
        wanted = _with(wanted, found["name"], value, is_negated=bool(found["negated"]))
    asked = _NAMED.sub(" ", asked)
    for found in _QUOTED.finditer(asked):
        phrase = (found["words"].strip(),)
        if found["negated"]:
            wanted = replace(wanted, without=wanted.without + phrase)
        else:
            wanted = replace(wanted, phrases=wanted.phrases + phrase)
    asked = _QUOTED.sub(lambda found: " " if found["negated"] else f" {found['words']} ", asked)
    excluded = tuple(found["word"] for found in _EXCLUDED.finditer(asked))
    if _EXCLUDED.sub(" ", asked).strip():
        asked = _EXCLUDED.sub(" ", asked)
        wanted = replace(wanted, without=wanted.without + excluded)
    return _checked(Question(" ".join(asked.split()), unlike.strip() or None, wanted))


def _checked(question: Question) -> Question:
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
    """A day, a time, or how long ago, in this machine's time zone: ``2026-01-31``, ``7d``, ``12h``.

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
    """The filter of options, in which ``!`` negates a type, language or tag; raises as above."""
    wanted = Filter(paths=tuple(paths))
    for name, values in (("type", types), ("lang", languages), ("tag", tags)):
        for value in values:
            wanted = _with(wanted, name, value.removeprefix("!"), is_negated=value[:1] == "!")
    if since is not None:
        wanted = wanted.and_also(Filter(since=moment(since)))
    return wanted if before is None else wanted.and_also(Filter(before=moment(before)))
