"""The page of a search and the page of a document, with scripts or without."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from semsearch.documents.formats import Format, format_of
from semsearch.documents.passage import Location
from semsearch.documents.text.languages import LANGUAGES
from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.embedders.server_uri import is_on_this_machine
from semsearch.errors import SemsearchError, SettingsError
from semsearch.mcp.library import Library
from semsearch.mcp.parameters import Parameter
from semsearch.query.citation import Standing
from semsearch.query.citation_text import citation
from semsearch.query.federated import Failure
from semsearch.query.hits import Hit
from semsearch.query.passage_context import Shown
from semsearch.query.source import files_are_elsewhere
from semsearch.serve.document_text import AROUND, has_all_rows, shown_rows
from semsearch.serve.facets import Facets, KnownFacets
from semsearch.serve.hit_view import HitView, hit_view, place_in_words
from semsearch.serve.query_values import query_text
from semsearch.serve.search_request import INDEX, PARAMETERS, checked_values, search_request

Values = Sequence[tuple[str, str]]

_CODE: Final = (
    *(Format.CODE, Format.JSON, Format.YAML, Format.TOML, Format.SEPARATED),
    *(Format.DIFF, Format.LATEX, Format.MAN),
)
_WHOLE: Final = 10_000  # rows before and behind a citation: of most documents all
_LONGEST_SENTENCE: Final = 2_000
# Beside those of a search: what of a document is shown.
_OF_DOCUMENTS: Final = (
    Parameter("hit", "integer", "The rank of the hit whose document is shown.", least=1, most=1000),
    Parameter("cite", "string", "The citation of what is shown.", most=2_000),
    Parameter("sentence", "string", "The sentence to mark.", most=_LONGEST_SENTENCE),
    Parameter("whole", "boolean", "All of the document."),
    Parameter("part", "boolean", "Without the page around it."),
)
_WITHOUT_FILTERS: Final = ("q", "like", "index")
_OWN_NAMES: Final = frozenset(("token", *(one.name for one in _OF_DOCUMENTS)))


@dataclass(frozen=True)
class Address:
    """The values of an address, for links that differ from it in some."""

    values: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, values: Values) -> "Address":
        """The values of a search in an address, without those of a document and blank ones.

        A question comes before a passage that others should be like: a form sends both.
        """
        kept = [one for one in values if one[0] not in _OWN_NAMES and one[1].strip()]
        if {"q", "like"} <= {name for name, _ in kept}:
            kept = [one for one in kept if one[0] not in ("like", "index")]
        return cls(tuple(kept))

    def all(self, name: str) -> list[str]:
        """The values with a name."""
        return [value for given, value in self.values if given == name]

    def first(self, name: str) -> str:
        """The first value with a name, or "" without one."""
        return next(iter(self.all(name)), "")

    def with_(self, **changed: object) -> str:
        """The address with some values changed; those that are None are left out."""
        kept = [one for one in self.values if one[0] not in changed]
        return query_text([*kept, *changed.items()])

    @property
    def only_question(self) -> str:
        """The address without filters."""
        return query_text([one for one in self.values if one[0] in _WITHOUT_FILTERS])

    @cached_property
    def has_filters(self) -> bool:
        """Whether more is given than a question."""
        return any(name not in _WITHOUT_FILTERS for name, _ in self.values)


def search_values(library: Library, values: Values) -> dict[str, Any]:
    """What the page of a search is made of; an error of the search is a part of it."""
    given = [one for one in values if one[0] != "part"]
    address = Address.of(given)
    found: dict[str, Any] = {"address": address, "answer": None, "hits": (), "problem": ""}
    found["title"] = printable_line(address.first("q") or address.first("like")) or "Search"
    if not address.first("q") and not address.first("like"):
        return found
    try:
        request = search_request([*address.values, ("mark", "1")])
        answer = request.answered(library)
    except SemsearchError as error:
        return {**found, "problem": str(error)}
    failures: Sequence[Failure] = getattr(answer, "failures", ())
    return {
        **found,
        "answer": answer,
        "hits": [hit_view(hit) for hit in answer.hits],
        "closest": None if answer.closest is None else hit_view(answer.closest),
        "notices": [
            printable_line(notice)
            for notice in (*answer.notices, files_are_elsewhere(answer.sources))
            if notice is not None
        ],
        "failures": [f"{one.name} was not asked: {one.error}" for one in failures],
    }


def filter_values(library: Library, known_facets: KnownFacets) -> dict[str, Any]:
    """What can be filtered by, and what is indexed, of each index."""
    known: dict[str, Facets] = {}
    problems = []
    for name in library.names or ("",):
        try:
            known[name] = known_facets.of(library, name)
        except SemsearchError as error:
            problems.append(f"{name}: {error}" if name else str(error))
    types = {ending for one in known.values() for ending in one.outline.types if ending}
    return {
        "indexes": known,
        "index_problems": problems,
        "types": sorted(types),
        "folders": sorted({folder for one in known.values() for folder in one.outline.folders}),
        "tags": sorted({tag for one in known.values() for tag in one.tags}),
        "languages": sorted(set(LANGUAGES)),
        "searches_while_typing": all(
            is_on_this_machine(one.outline.embedder) for one in known.values()
        ),
    }


@dataclass(frozen=True, slots=True)
class _Cited:
    """What of a document is wanted."""

    index: str
    cited: str
    sentence: str
    view: HitView | None
    last: int  # the rank of the last hit


def document_values(library: Library, values: Values) -> dict[str, Any]:
    """What the page of a document is made of; raises ``SemsearchError``."""
    given = checked_values((*PARAMETERS, *_OF_DOCUMENTS), values)
    address = Address.of(values)
    wanted = _cited(library, given, address)
    is_whole = given.get("whole", False)
    around = _WHOLE if is_whole else AROUND
    shown = library.shown(wanted.index, wanted.cited, around)
    has_file = shown.source is None
    path = shown.location.path
    rows = shown_rows(shown, wanted.sentence)
    return {
        "address": address,
        "title": printable_path(path),
        "path": path,
        "index": wanted.index,
        "cited": wanted.cited,
        "place": place_in_words(shown.location),
        "copied": wanted.view.copied if wanted.view else _copied(wanted.index, shown.location),
        "sentence": wanted.sentence,
        "view": wanted.view,
        "rank": given.get("hit", 0),
        "last": wanted.last,
        "rows": rows,
        "has_all_rows": has_file and has_all_rows(shown.rows, around),
        "is_whole": is_whole,
        "is_code": format_of(path) in _CODE,
        "standing": _standing(shown),
        "page": shown.location.pages[0] if shown.location.pages else 0,
        "last_page": shown.location.pages[1] if shown.location.pages else 0,
        "is_pdf": has_file and format_of(path) is Format.PDF,
        "links": {
            "file": _file(path, wanted.index) if has_file else "",
            "like": "/?" + query_text([("like", wanted.cited), ("index", wanted.index or None)]),
            "whole": "/document?" + query_text(_whole(values, path, has_file=has_file)),
        },
    }


def _file(path: str, index: str) -> str:
    return "/file?" + query_text([("path", path), (INDEX.name, index or None)])


def _whole(values: Values, path: str, *, has_file: bool) -> list[tuple[str, object]]:
    """The address of all of a document; of a collection by its path: it has no rows around."""
    if has_file:
        return [*_without(values, "whole", "part"), ("whole", 1)]
    kept = _without(values, "whole", "part", "hit", "cite", "sentence")
    return [*kept, ("cite", path), ("whole", 1)]


def _without(values: Values, *names: str) -> list[tuple[str, str]]:
    return [one for one in values if one[0] not in names]


def _cited(library: Library, given: dict[str, Any], address: Address) -> _Cited:
    """The citation that is given, or that of a hit of the search that is given."""
    cited, rank = given.get("cite"), given.get("hit")
    if cited is not None:
        name = given.get("index", "") or (library.names[0] if len(library.names) == 1 else "")
        return _Cited(name, cited, given.get("sentence", ""), None, 0)
    if rank is None:
        raise SettingsError("give a citation as cite, or a search and the rank of a hit")
    answer = search_request([*address.values, ("mark", "1")]).answered(library)
    hits: Sequence[Hit] = answer.hits or ((answer.closest,) if answer.closest else ())
    if rank > len(hits):
        raise SettingsError(f"the search has {len(hits)} hits by now; search again")
    view = hit_view(hits[rank - 1])
    return _Cited(view.index or given.get("index", ""), view.cited, view.sentence, view, len(hits))


def _copied(index: str, location: Location) -> str:
    cited = citation(location)
    return f"{printable_line(index)}: {cited}" if index else cited


def _standing(shown: Shown) -> str:
    if shown.source is not None:
        published = shown.source.published
        return f"As published on {published:%Y-%m-%d}; the file is on {shown.source.place}."
    match shown.standing:
        case Standing.MOVED:
            return "The text has moved since it was indexed; this is its place now."
        case Standing.CHANGED:
            return "The file has changed since it was indexed, and no longer has this passage."
        case Standing.GONE:
            return "The file is gone."
        case _:
            return ""
