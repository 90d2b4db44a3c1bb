"""Options of a search."""

from dataclasses import dataclass, field

from semsearch.errors import SettingsError
from semsearch.query.parser import Filter
from semsearch.query.scoring import Mode, Weights


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What hits are asked for; see ``search``.

    Without ``mode`` and ``weights`` they are what is set.
    """

    limit: int = 5
    filter: Filter = field(default_factory=Filter)
    mode: Mode | None = None
    weights: Weights | None = None
    min_relevance: float | None = None
    per_document: int | None = None
    merges: bool = False
    marks: bool = False
    is_literal: bool = False
    is_exact: bool = False

    def __post_init__(self) -> None:
        if self.limit < 1 or (self.per_document is not None and self.per_document < 1):
            raise SettingsError("ask for at least one hit")
        if self.min_relevance is not None and not 0 <= self.min_relevance <= 1:
            raise SettingsError("the least relevance must be from 0 to 1")


def mode_named(name: Mode | str) -> Mode:
    """The mode of a name; raises ``SettingsError`` when there is none."""
    try:
        return Mode(name)
    except ValueError as error:
        raise SettingsError(
            f"{name!r} is no mode; give one of {', '.join(mode.value for mode in Mode)}"
        ) from error
