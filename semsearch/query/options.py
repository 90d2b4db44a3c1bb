"""Options of a search: one value for every way to ask."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

from semsearch.errors import SettingsError
from semsearch.query.parser import Filter
from semsearch.query.scoring import Mode, Weights


class SearchKeywords(TypedDict, total=False):
    """Keyword arguments of a search: the fields of ``SearchOptions``, and ``paths``.

    ``paths`` is one glob or several, added to the filter. ``mode`` may be given by its name.
    """

    limit: int
    paths: str | Sequence[str | Path]
    filter: Filter | None
    mode: Mode | str | None
    weights: Weights | None
    min_relevance: float | None
    per_document: int | None
    merge: bool
    literal: bool
    exact: bool
    mark: bool


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """Options of a search. Raises ``SettingsError`` for a value that is out of its range.

    limit: the most hits, at least 1.
    filter: restricts the hits, together with the filters in the question.
    mode: hybrid, semantic or keyword; None for the mode in the settings.
    weights: of cosine and BM25 in the hybrid mode; None for those in the settings.
    min_relevance: hits below it (0 to 1) are left out. None: 0.25 where there is no filter, and no
        bound with one.
    per_document: the most hits from one document; None for no bound.
    merge: neighbouring passages become one hit.
    literal: the question is taken word for word; ``type:pdf``, ``-word`` and quotes mean nothing.
    exact: the question is compared with every vector, also in a large index.
    mark: also find the best sentence of each hit.
    """

    limit: int = 5
    filter: Filter = field(default_factory=Filter)
    mode: Mode | None = None
    weights: Weights | None = None
    min_relevance: float | None = None
    per_document: int | None = None
    merge: bool = False
    literal: bool = False
    exact: bool = False
    mark: bool = False

    def __post_init__(self) -> None:
        if self.limit < 1 or (self.per_document is not None and self.per_document < 1):
            raise SettingsError("ask for at least one hit")
        if self.min_relevance is not None and not 0 <= self.min_relevance <= 1:
            raise SettingsError("the least relevance must be from 0 to 1")

    def changed(self, **changes: Unpack[SearchKeywords]) -> "SearchOptions":
        """These options with some of them changed; raises ``SettingsError``."""
        values: dict[str, Any] = {**changes}
        paths = values.pop("paths", ())
        given = values.pop("filter", self.filter) or Filter()
        globs = [paths] if isinstance(paths, str) else [str(glob) for glob in paths]
        given = Filter(paths=tuple(globs)).and_also(given)
        if (mode := values.get("mode")) is not None:
            values["mode"] = mode_named(mode)
        return replace(self, filter=given, **values)


def mode_named(name: Mode | str) -> Mode:
    """The mode of that name; raises ``SettingsError`` when there is none."""
    try:
        return Mode(name)
    except ValueError as error:
        raise SettingsError(
            f"{name!r} is no mode; give one of {', '.join(mode.value for mode in Mode)}"
        ) from error
