"""Ranked passages → the page."""

from dataclasses import replace

from semsearch.documents.passage import QUOTED, Location
from semsearch.query.grouping import grouped
from semsearch.query.ranked import Ranked
from semsearch.query.scoring import Signals
from semsearch.store.record.passages import StoredPassage

SIGNALS = Signals(0.5, 1.0, 1, 1, 1.0, 1.0)


def ranked(
    text: str, *, id: int, document: int = 1, ordinal: int = 0, relevance: float = 0.5
) -> Ranked:
    """A passage that was found."""
    place = Location(
        f"{document}.md", (10 * ordinal + 1, 10 * ordinal + 9), None, ("A", str(ordinal))
    )
    passage = StoredPassage(id, document, ordinal, place, text, bytes([id]) * 32)
    return Ranked.of(passage, 1.0, relevance, SIGNALS)


def words(start: int, count: int = 40) -> str:
    """Distinct words."""
    return " ".join(f"word{number}" for number in range(start, start + count))


def test_near_copies_are_listed_under_the_first() -> None:
    """A word more does not make another passage; half of the words do."""
    found = [
        ranked(words(0), id=1, document=1),
        ranked(words(0) + " more", id=2, document=2),
        ranked(words(20), id=3, document=3),
        ranked(words(0), id=1, document=4),
    ]
    hits = grouped(found, 5)
    assert [hit.passage.document for hit in hits] == [1, 3]
    assert [place.path for place in hits[0].copies] == ["2.md", "4.md"]


def test_a_quotation_is_listed_under_what_it_quotes() -> None:
    """A passage of which another hit has all words is a copy where it is quoted, else a hit."""
    message, part = ranked(words(0, 80), id=1), ranked(words(20), id=2, document=2)
    quoted = replace(part, location=replace(part.location, headings=("Re: tea", QUOTED)))
    assert [hit.passage.document for hit in grouped([message, quoted], 5)] == [1]
    assert [hit.passage.document for hit in grouped([message, part], 5)] == [1, 2]
    (hit,) = grouped([quoted, message], 5)
    assert (hit.passage.document, [place.path for place in hit.copies]) == (1, ["2.md"])


def test_a_quotation_is_no_part_of_an_answer() -> None:
    """A quotation next to a hit of its message is a hit of its own."""
    answer, quotation = ranked(words(0), id=1), ranked(words(100), id=2, ordinal=1)
    quoted = replace(quotation, location=replace(quotation.location, headings=("s", QUOTED)))
    assert len(grouped([answer, quoted], 5, merge=True)) == 2
    assert len(grouped([answer, quotation], 5, merge=True)) == 1


def test_a_document_has_at_most_so_many_hits() -> None:
    """The next best of others takes their place."""
    found = [ranked(words(100 * n), id=n + 1, ordinal=2 * n, document=1) for n in range(4)]
    found.append(ranked(words(900), id=9, document=2))
    hits = grouped(found, 3, per_document=2)
    assert [hit.passage.document for hit in hits] == [1, 1, 2]


def test_neighbours_become_one_hit() -> None:
    """In the document's order, without what the second repeats, at the place of both."""
    found = [
        ranked("and so it ends here. The second part.", id=2, ordinal=1),
        ranked("Something else altogether, far away.", id=7, ordinal=6),
        ranked("The first part and so it ends here.", id=1, ordinal=0),
        ranked("A third part that nobody repeats.", id=3, ordinal=2),
    ]
    hits = grouped(found, 2, merge=True)
    assert [hit.text for hit in hits] == [
        "The first part and so it ends here. The second part.\n\nA third part that nobody repeats.",
        "Something else altogether, far away.",
    ]
    assert hits[0].location == Location("1.md", (1, 29), None, ("A",))
    assert len(hits[0].digests) == 3
    assert len(grouped(found, 4)) == 4
