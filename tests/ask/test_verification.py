"""Claims stand on the passages that were shown, or are left out with a reason."""

import pytest

from semsearch.ask.claim_parser import drafts_of
from semsearch.ask.claims import Claim, Reason
from semsearch.ask.verification import ShownPassage, Verifier
from semsearch.documents.passage import Location

LEASE = Location("lease.txt", (1, 4), None, ("Lease of 2024",))
BEES = Location("bees.txt", (7, 8), None, ())
VERIFIER = Verifier(
    [
        ShownPassage(1, LEASE, "The notice period is three months. The deposit is 1,200 euros."),
        ShownPassage(2, BEES, "Bees keep warm by shivering. They eat 12 kg of honey."),
    ]
)


def checked(line: str) -> Claim:
    """The claim of a line."""
    (draft,) = drafts_of(line)
    return VERIFIER.checked(draft)


def test_a_claim_with_a_true_quotation_is_verified_and_cited() -> None:
    """With the place of the passage."""
    claim = checked('- You give notice three months before. [1] "notice period is three months"')
    assert claim.is_verified
    (quotation,) = claim.quotations
    assert (quotation.passage, quotation.citation) == (1, "lease.txt:1-4")
    assert not quotation.is_moved


def test_words_of_another_passage_are_cited_where_they_stand() -> None:
    """And it is said."""
    claim = checked('- Bees shiver. [1] "bees keep warm by shivering"')
    (quotation,) = claim.quotations
    assert (claim.is_verified, quotation.passage, quotation.cited) == (True, 2, (1,))
    assert quotation.is_moved


@pytest.mark.parametrize("mark", ["[7]", ""])
def test_a_number_that_no_passage_has_does_not_matter(mark: str) -> None:
    """The words tell where they stand."""
    claim = checked(f'- Bees shiver. {mark} "bees keep warm by shivering"')
    assert (claim.is_verified, claim.quotations[0].passage) == (True, 2)


@pytest.mark.parametrize(
    ("line", "reason", "detail"),
    [
        ('- It is so. [1] "the notice period is two months"', Reason.NOT_FOUND, ()),
        ('- It is so. [1] "the"', Reason.TOO_SHORT, ()),
        ("- You give notice early. [1]", Reason.NO_QUOTATION, ()),
        ("I cannot help with that request.", Reason.NO_PASSAGE, ()),
        ('- It is 1,300. [1] "the deposit is 1,200 euros"', Reason.FACTS, ("1,300",)),
        ('- 12 kg. [1] "the deposit is 1,200 euros"', Reason.FACTS, ("12",)),
        ('- A. [1] "period is three months" [2] "bees are blue in May"', Reason.NOT_FOUND, ()),
    ],
)
def test_what_does_not_check_is_left_out_with_its_reason(
    line: str, reason: Reason, detail: tuple[str, ...]
) -> None:
    """The first that fails; numbers come last. Every quotation of a claim counts."""
    claim = checked(line)
    assert (claim.is_verified, claim.reason, claim.detail) == (False, reason, detail)
    assert claim.why.startswith(reason.words)


def test_numbers_may_stand_in_the_headings_or_beside_the_quotation() -> None:
    """They are of the passage."""
    assert checked('- In 2024 it was 1,200. [1] "notice period is three months"').is_verified


def test_a_sentence_that_is_itself_in_a_passage_needs_no_quotation() -> None:
    """With a mark or without."""
    assert checked("The notice period is three months. [1]").is_verified
    assert checked("Bees keep warm by shivering.").quotations[0].citation == "bees.txt:7-8"


def test_two_quotations_that_are_given_as_one_are_two() -> None:
    """Between their marks there is an "and"."""
    claim = checked('- A. [1] "period is three months" and "bees keep warm by shivering"')
    assert [quotation.passage for quotation in claim.quotations] == [1, 2]


def test_the_place_is_that_of_the_part_of_a_merged_passage() -> None:
    """Where neighbours were merged, a citation is as narrow as without."""
    first, second = Location("a.md", (1, 3), None, ()), Location("a.md", (5, 9), None, ())
    parts = ((first, "Bees keep warm."), (second, "They shiver in a dense cluster."))
    whole = Location("a.md", (1, 9), None, ())
    text = "Bees keep warm.\n\nThey shiver in a dense cluster."
    verifier = Verifier([ShownPassage(1, whole, text, parts)])
    (narrow,) = drafts_of('- A. [1] "shiver in a dense cluster"')
    (wide,) = drafts_of('- A. [1] "bees keep warm. They shiver"')
    assert verifier.checked(narrow).quotations[0].citation == "a.md:5-9"
    assert verifier.checked(wide).quotations[0].citation == "a.md:1-9"
