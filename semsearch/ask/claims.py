"""Claims of a written answer, each with the quotations that it stands on."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from semsearch.documents.passage import Location
from semsearch.query.citation_text import citation


class Reason(StrEnum):
    """Why a claim is left out."""

    NO_PASSAGE = "no passage"
    NO_QUOTATION = "no quotation"
    TOO_SHORT = "too short"
    NOT_FOUND = "not found"
    NEGATION = "negation"
    FACTS = "facts"

    @property
    def words(self) -> str:
        """The reason as the end of a sentence about one claim."""
        return _WORDS[self]


_WORDS = {
    Reason.NO_PASSAGE: "no passage is cited",
    Reason.NO_QUOTATION: "nothing is quoted",
    Reason.TOO_SHORT: "the quotation is too short to prove anything",
    Reason.NOT_FOUND: "the quotation is in none of the passages",
    Reason.NEGATION: 'the quotation leaves out a "not"',
    Reason.FACTS: "a number or date is not in the passage",
}


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words of a passage: the rank of the hit that has them, and their place.

    The place is that of one passage, also where neighbours were merged into the hit. ``index`` is
    the name of its index, if several were searched. ``cited`` are the passages that the model gave.
    ``is_stitched`` where an ellipsis stands between parts that follow one another in the passage.
    """

    text: str
    passage: int
    location: Location
    index: str | None = None
    cited: tuple[int, ...] = ()
    is_stitched: bool = False

    @property
    def citation(self) -> str:
        """The place as a citation, behind the name of its index if several were searched."""
        cited = citation(self.location)
        return cited if self.index is None else f"{self.index}: {cited}"

    @property
    def is_moved(self) -> bool:
        """Whether the model gave only other passages."""
        return bool(self.cited) and self.passage not in self.cited

    def to_dict(self) -> dict[str, Any]:
        """The quotation as JSON names and values."""
        return {
            "text": self.text,
            "passage": self.passage,
            "citation": self.citation,
            **self.location.to_dict(),
            "cited_passages": list(self.cited),
            "stitched": self.is_stitched,
        }


@dataclass(frozen=True, slots=True)
class DraftQuotation:
    """What a model gives as a quotation: its words, and the numbers of passages before it."""

    text: str
    cited: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence of a model, before it is checked; ``cited`` are passages without a quotation."""

    text: str
    quotations: tuple[DraftQuotation, ...] = ()
    cited: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A checked sentence of a model. ``reason`` is None where it stands on its quotations.

    ``detail`` are the numbers and dates that are not in the passages. Of a claim that is left out
    ``quotations`` are those that were found, and ``draft`` is what the model wrote.
    """

    text: str
    quotations: tuple[Quotation, ...]
    draft: Draft
    reason: Reason | None = None
    detail: tuple[str, ...] = ()

    @property
    def is_verified(self) -> bool:
        """Whether each quotation stands in a passage, and each number and date of the claim."""
        return self.reason is None

    @property
    def why(self) -> str:
        """The reason in words, with the numbers and dates that are missing."""
        if self.reason is None:
            return ""
        return self.reason.words + (f": {', '.join(self.detail)}" if self.detail else "")

    def to_dict(self) -> dict[str, Any]:
        """The claim as JSON names and values."""
        return {
            "text": self.text,
            "verified": self.is_verified,
            "quotations": [quotation.to_dict() for quotation in self.quotations],
            "reason": None if self.reason is None else self.reason.value,
            "detail": list(self.detail),
            "quoted": [quotation.text for quotation in self.draft.quotations],
        }
