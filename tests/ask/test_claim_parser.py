"""A model's text becomes claims, however it is written and cut."""

import pytest

from semsearch.ask.claim_parser import ClaimParser
from semsearch.ask.claims import Draft, DraftQuotation

Short = tuple[str, list[tuple[str, tuple[int, ...]]], tuple[int, ...]]


def parsed(text: str, size: int = 10_000) -> tuple[list[Draft], ClaimParser]:
    """The claims of a text that comes in pieces."""
    parser = ClaimParser()
    drafts = [
        draft for at in range(0, len(text), size) for draft in parser.feed(text[at : at + size])
    ]
    return [*drafts, *parser.close()], parser


def short(drafts: list[Draft]) -> list[Short]:
    """The claims without names."""
    return [
        (one.text, [(quoted.text, quoted.cited) for quoted in one.quotations], one.cited)
        for one in drafts
    ]


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ('- It sleeps. [2] "sleeps without care"', [("It sleeps.", "sleeps without care", 2)]),
        ('* **It** sleeps [2]: “sleeps without care”.', [("It sleeps", "sleeps without care", 2)]),
        ('1. It sleeps [Passage 2] «sleeps well»', [("It sleeps", "sleeps well", 2)]),
        ('It sleeps【2】"sleeps well"', [("It sleeps", "sleeps well", 2)]),
        ('It sleeps (passage 2) "sleeps well"', [("It sleeps", "sleeps well", 2)]),
        ('- It sleeps. "sleeps without care" [2]', [("It sleeps.", "sleeps without care", 2)]),
        ('- It sleeps.\n  [2] "sleeps well"', [("It sleeps.", "sleeps well", 2)]),
        ('- It sleeps. [2]\n  > "sleeps well"', [("It sleeps.", "sleeps well", 2)]),
        ('- A. [2] "the cat\'s\nway"', [("A.", "the cat's\nway", 2)]),
        ('[2] "sleeps well": it sleeps', [("it sleeps", "sleeps well", 2)]),
        ('- A. [2] "sleeps\nwell"\n- B [1] "b c"', [("A.", "sleeps\nwell", 2), ("B", "b c", 1)]),
        ('A is so [1] "q a". B is so [2] "q b".', [("A is so", "q a", 1), ("B is so", "q b", 2)]),
        ('- He said [4] "she "really" said so"', [("He said", 'she "really" said so', 4)]),
        ('- A [1] "as in [3] it stands"', [("A", "as in [3] it stands", 1)]),
        ("- A [1] ‘it's the one’", [("A", "it's the one", 1)]),
        ('- It is "the coldest road" [1].', [('It is "the coldest road".', "the coldest road", 1)]),
        ("Here is what I found:\n\n---\n```text\n- A [1] \"b c\"\n```", [("A", "b c", 1)]),
    ],
)  # fmt: skip
def test_every_usual_form_of_a_claim_is_read(
    text: str, claims: list[tuple[str, str | None, int | None]]
) -> None:
    """Bullets, kinds of marks and quotation marks, their order, lines and several on one line."""
    expected = [
        (claim, [] if quoted is None else [(quoted, (number,))], ())
        for claim, quoted, number in claims
    ]
    assert short(parsed(text)[0]) == expected


def test_a_claim_may_have_several_quotations() -> None:
    """Each with its passage, or several passages for one."""
    drafts, _ = parsed('- A. [1] "q one" [2, 3] "q two"')
    assert short(drafts) == [("A.", [("q one", (1,)), ("q two", (2, 3))], ())]


def test_marks_without_a_quotation_are_kept() -> None:
    """They decide why the claim is left out."""
    assert short(parsed("- It sleeps [1][2].")[0]) == [("It sleeps.", [], (1, 2))]
    assert short(parsed("The cat [1] sleeps [2] well.")[0]) == [
        ("The cat sleeps well.", [], (1, 2))
    ]


def test_prose_with_marks_is_a_claim_a_sentence() -> None:
    """Of models that keep to no form."""
    expected = [("It sleeps.", [], (1,)), ("It eats.", [], (2, 3)), ("So it is.", [], (1,))]
    assert short(parsed("It sleeps [1]. It eats. [2][3] So it is [1].")[0]) == expected


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_the_pieces_in_which_a_text_comes_do_not_matter(size: int) -> None:
    """A letter at a time, or all at once."""
    text = (
        'Well:\n- A is. [1] "a\nb c"\r\n- B [2]\n  "b d"\nC. [3] "c"\n<think>x\n</think>D [1] "d"'
    )
    assert parsed(text, size)[0] == parsed(text)[0]


def test_a_claim_is_given_when_its_line_ends() -> None:
    """And not at the end of the answer."""
    parser = ClaimParser()
    assert list(parser.feed('- A. [1] "quoted words"')) == []
    assert [draft.text for draft in parser.feed("\n- B")] == ["A."]


def test_thoughts_are_no_claims() -> None:
    """Some servers give them in the text."""
    drafts, _ = parsed('<think>\n- X [1] "x y"\n</think>\n- A [1] "a b"')
    assert [draft.text for draft in drafts] == ["A"]


@pytest.mark.parametrize("text", ["NO ANSWER", "**No answer.**\n", "- NO_ANSWER"])
def test_the_word_for_no_answer_is_no_claim(text: str) -> None:
    """However it is decorated."""
    drafts, parser = parsed(text)
    assert (drafts, parser.has_no_answer) == ([], True)


def test_a_quotation_that_never_ends_does_not_swallow_the_answer_in_silence() -> None:
    """It is a claim with a quotation that nothing has."""
    drafts, _ = parsed('- A [1] "open\n' + "- word and word\n" * 400 + '- B [1] "b c"')
    assert drafts[0].text == "A"
    assert drafts[-1] == Draft("B", (DraftQuotation("b c", (1,)),))


def test_a_long_line_takes_time_that_grows_with_it() -> None:
    """A model may write whatever it likes: 160 KB of marks within an open quotation end."""
    for line in ('[1] "' * 40_000, "[1] „" + "[1] " * 40_000, '"' * 160_000):
        assert len(parsed(line)[0]) >= 1
