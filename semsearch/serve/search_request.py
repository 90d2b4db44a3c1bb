"""What a search is asked with: the values of an address → a question with its options."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from semsearch.errors import SettingsError
from semsearch.mcp.library import Library
from semsearch.mcp.parameters import Parameter, checked_arguments
from semsearch.query.federated import JointAnswer
from semsearch.query.hits import Answer
from semsearch.query.options import SearchOptions, mode_named
from semsearch.query.parser import filter_of
from semsearch.query.scoring import Mode

MOST_HITS: Final = 100

_LONGEST_QUESTION: Final = 2000  # characters
_LONGEST_VALUE: Final = 500
_WORDS_OF_TRUTH: Final = {"1": True, "true": True, "0": False, "false": False}

INDEX: Final = Parameter(
    "index", "string", "The name of the index, where several are served.", most=_LONGEST_VALUE
)
# The names are those of the options of ``semsearch query``.
PARAMETERS: Final = (
    Parameter("q", "string", "The question, with its filters.", most=_LONGEST_QUESTION),
    Parameter(
        "like",
        "string",
        "Instead of a question: a citation, to find passages like it.",
        most=_LONGEST_QUESTION,
    ),
    INDEX,
    Parameter("limit", "integer", "How many hits; 10 by default.", least=1, most=MOST_HITS),
    Parameter("mode", "string", "How hits are ranked.", choices=tuple(mode.value for mode in Mode)),
    Parameter("min_relevance", "number", "Leave out what is less relevant.", least=0, most=1),
    Parameter(
        "path", "string", "A glob as in a .gitignore; ! negates.", is_list=True, most=_LONGEST_VALUE
    ),
    Parameter("type", "string", "An ending such as pdf; ! negates.", is_list=True, most=40),
    Parameter("lang", "string", "A language such as en; ! negates.", is_list=True, most=40),
    Parameter("tag", "string", "A tag; ! negates.", is_list=True, most=_LONGEST_VALUE),
    Parameter("since", "string", "Only files changed since: 2026-01-31, 7d.", most=40),
    Parameter("before", "string", "Only files changed before.", most=40),
    Parameter("per_document", "integer", "The most hits of a document.", least=1, most=MOST_HITS),
    Parameter("merge", "boolean", "Make one hit of neighbouring passages; true by default."),
    Parameter("literal", "boolean", "Take file:, -word and quotes as words like any."),
    Parameter("exact", "boolean", "Compare with every vector, also in a large index."),
    Parameter("mark", "boolean", "Tell the best sentence of each hit, too."),
    Parameter(
        "in", "string", "The names of the indexes to ask.", is_list=True, most=_LONGEST_VALUE
    ),
)


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A question, or a citation that passages should be like; and of which indexes."""

    question: str
    like: str | None
    index: str
    names: tuple[str, ...]
    options: SearchOptions

    def answered(self, library: Library) -> Answer | JointAnswer:
        """The answer; raises ``SemsearchError``."""
        if self.like is not None:
            return library.like(self.like, self.options, self.index)
        names = self.names or ((self.index,) if self.index else ())
        if unknown := [name for name in names if name not in library.names]:
            library.index(unknown[0])  # raises with the names that there are
        return library.search(self.question, self.options, names)


def search_request(values: Sequence[tuple[str, str]]) -> SearchRequest:
    """The request in the values of an address; raises ``SettingsError``."""
    given = checked_values(PARAMETERS, values)
    question, like = given.get("q"), given.get("like")
    if (question is None) == (like is None):
        raise SettingsError("give a question as q, or a citation as like")
    wanted = filter_of(
        paths=given.get("path", ()),
        types=given.get("type", ()),
        languages=given.get("lang", ()),
        tags=given.get("tag", ()),
        since=given.get("since"),
        before=given.get("before"),
    )
    options = SearchOptions(
        limit=given.get("limit", 10),
        filter=wanted,
        mode=None if "mode" not in given else mode_named(given["mode"]),
        min_relevance=given.get("min_relevance"),
        per_document=given.get("per_document"),
        merge=given.get("merge", True),
        literal=given.get("literal", False),
        exact=given.get("exact", False),
        mark=given.get("mark", False),
    )
    return SearchRequest(
        question or "", like, given.get("index", ""), tuple(given.get("in", ())), options
    )


def checked_values(
    parameters: Sequence[Parameter], values: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """The values of an address by their names; blank ones, as forms send them, are not given.

    Raises ``SettingsError`` for an unknown name and for a value that is not allowed.
    """
    known = {one.name: one for one in parameters}
    found: dict[str, Any] = {}
    for name, text in values:
        parameter = known.get(name)
        if parameter is None:
            found[name] = text  # refused below, with what was probably meant
        elif not text.strip():
            continue
        elif parameter.is_list:
            found.setdefault(name, []).append(_value(parameter, text))
        elif name in found:
            raise SettingsError(f"{name} is given twice; give it once")
        else:
            found[name] = _value(parameter, text)
    return checked_arguments(parameters, found)


def _value(parameter: Parameter, text: str) -> object:
    """A value of the parameter's kind; the text itself where it is of another."""
    if parameter.kind == "boolean":
        return _WORDS_OF_TRUTH.get(text.lower(), text)
    try:
        return {"integer": int, "number": float}[parameter.kind](text)
    except (KeyError, ValueError):
        return text
