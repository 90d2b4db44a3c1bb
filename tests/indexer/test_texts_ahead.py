"""Texts are given once, in their order, however far the files are read ahead."""

from collections.abc import Generator, Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from semsearch.indexer.texts_ahead import SendableTexts, Text, TextsAhead

GROUPS = st.lists(st.one_of(st.none(), st.lists(st.integers(1, 30), max_size=4)), max_size=9)


def texts(*ids: int, characters: int = 1) -> list[Text]:
    """Texts with these ids."""
    return [(one, "x" * characters) for one in ids]


def ahead(groups: Sequence[list[Text] | None], rest: Sequence[Text] = ()) -> TextsAhead:
    """The texts of some groups; the record has those in ``rest``."""
    return TextsAhead((group for group in groups), lambda: iter(rest))


@given(GROUPS, st.lists(st.booleans(), max_size=30), st.sets(st.integers(1, 30)))
def test_each_text_is_given_once_in_its_order(
    groups: list[list[int] | None], reads: list[bool], rest: set[int]
) -> None:
    """Reading ahead at any moment changes neither the texts nor their order."""
    there = ahead([None if one is None else texts(*one) for one in groups], texts(*sorted(rest)))
    given_texts = []
    for reads_ahead in reads:
        if reads_ahead:
            there.read_ahead()
        elif (text := next(there, None)) is not None:
            given_texts.append(text[0])
    given_texts += [text for text, _ in there]
    in_order = [one for group in groups for one in group or ()] + sorted(rest)
    assert given_texts == list(dict.fromkeys(in_order))


def test_a_file_that_takes_long_ends_reading_ahead_for_now() -> None:
    """Reading ahead tells that there is nothing to do now, and goes on later."""
    there = ahead([texts(1), None, [], texts(2)])
    assert [there.read_ahead() for _ in range(6)] == [True, False, True, True, False, False]
    assert [text for text, _ in there] == [1, 2]


def test_texts_beyond_the_limit_are_read_from_the_record() -> None:
    """Texts of 16 million characters stay in memory; the others come last, each once."""
    large = [texts(number, characters=6_000_000) for number in range(1, 6)]
    there = ahead(large, [text for group in large for text in group])
    while there.read_ahead():
        pass
    assert (there.waiting, len(there.given)) == (3, 3)
    assert [text for text, _ in there] == [1, 2, 3, 4, 5]


def test_a_text_is_at_hand_when_no_file_has_to_be_read_for_it() -> None:
    """Neither before the first file is read nor after its text was taken, but at the end."""
    there = ahead([texts(1)])
    sent: Iterator[str] = SendableTexts((body for _, body in there), there)
    at_hand = [there.is_at_hand()]
    there.read_ahead()
    at_hand.append(there.is_at_hand())
    next(sent)
    at_hand.append(there.is_at_hand())
    there.read_ahead()
    assert [*at_hand, there.is_at_hand()] == [False, True, False, True]


def test_closing_ends_what_reads_the_files() -> None:
    """The context in which files are read is left at once, not when memory is tidied up."""
    ended = []

    def groups() -> Generator[list[Text] | None, None, None]:
        try:
            yield texts(1)
        finally:
            ended.append(True)

    there = TextsAhead(groups(), lambda: iter(()))
    there.read_ahead()
    there.close()
    assert ended == [True]
