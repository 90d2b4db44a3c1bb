"""Drafts of claims against the passages that the model was shown."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from semsearch.ask.claims import Claim, Draft, DraftQuotation, Quotation, Reason
from semsearch.ask.facts import Facts, unsupported
from semsearch.ask.quotation import FOUND, Passage, Standing
from semsearch.documents.passage import Location

# Between two quotations that a model gives as one: "…" and "…"
_BETWEEN: Final = re.compile(r"[\"”“»]\s*(?:and|und|et|,|;|/|\.{3}|…|\n)?\s*[\"“„«]")


class ShownPassage:
    """A passage that a model is shown, with what claims are compared with.

    ``parts`` are the places and texts of neighbours that were merged into it. ``index`` is the name
    of its index, if several were searched.
    """

    def __init__(
        self,
        number: int,
        location: Location,
        text: str,
        parts: Sequence[tuple[Location, str]] = (),
        index: str | None = None,
    ) -> None:
        self.number = number
        self.location = location
        self.text = text
        self.index = index
        self._parts = tuple(parts)

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings above the passage."""
        return self.location.headings

    @cached_property
    def forms(self) -> Passage:
        """The forms that quotations are looked for in: those of the text alone."""
        return Passage.of(self.text)

    def place_of(self, quotation: str) -> Location:
        """The place of the part that has a quotation, of all of it where no single one has."""
        if len(self._parts) > 1:
            for place, text in self._parts:
                if Passage.of(text).standing(quotation) in FOUND:
                    return place
        return self.location

    @cached_property
    def evidence(self) -> str:
        """The text in which numbers and dates may stand, its headings included."""
        return "\n".join([*self.headings, self.text])


class Verifier:
    """Checks the claims of an answer against its passages."""

    def __init__(self, passages: Sequence[ShownPassage]) -> None:
        self._passages = {passage.number: passage for passage in passages}

    def checked(self, draft: Draft) -> Claim:
        """Check a claim: first its quotations, then its numbers and dates.

        A sentence without a quotation stands where it is a verbatim sentence of a passage itself.
        """
        given = draft.quotations or (DraftQuotation(draft.text, draft.cited),)
        found: list[Quotation] = []
        for quotation in given:
            places = self._found(quotation)
            if isinstance(places, Reason):
                reason = places if draft.quotations else _without_quotation(draft)
                return Claim(draft.text, tuple(found), draft, reason)
            found += places
        numbers = dict.fromkeys(
            number
            for number in [*(one.passage for one in found), *draft.cited]
            if number in self._passages
        )
        evidence = Facts.of("\n".join(self._passages[number].evidence for number in numbers))
        missing = unsupported(draft.text, evidence)
        return Claim(draft.text, tuple(found), draft, Reason.FACTS if missing else None, missing)

    def _found(self, given: DraftQuotation) -> list[Quotation] | Reason:
        """Where a quotation stands, or those that it is made of."""
        whole = self._place_of(given)
        if isinstance(whole, Quotation):
            return [whole]
        parts = [DraftQuotation(part, given.cited) for part in _BETWEEN.split(given.text)]
        if len(parts) == 1:
            return whole
        places = [self._place_of(part) for part in parts]
        found = [place for place in places if isinstance(place, Quotation)]
        return found if len(found) == len(places) else whole

    def _place_of(self, given: DraftQuotation) -> Quotation | Reason:
        """The passage that has a quotation: one that is cited, else any other."""
        cited = [number for number in given.cited if number in self._passages]
        standings = []
        for number in dict.fromkeys([*cited, *self._passages]):
            passage = self._passages[number]
            standing = passage.forms.standing(given.text)
            if standing in FOUND:
                return Quotation(
                    given.text,
                    number,
                    passage.place_of(given.text),
                    passage.index,
                    given.cited,
                    standing is Standing.STITCHED,
                )
            standings.append(standing)
        if Standing.TOO_SHORT in standings:
            return Reason.TOO_SHORT
        return Reason.NEGATION if Standing.NEGATION in standings else Reason.NOT_FOUND


def _without_quotation(draft: Draft) -> Reason:
    return Reason.NO_QUOTATION if draft.cited else Reason.NO_PASSAGE
