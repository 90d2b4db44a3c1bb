"""What a typed question asks for."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.errors import SettingsError
from semsearch.query.parser import Filter, Question, filter_of, moment, parse_question


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("how do bees keep warm?", Question("how do bees keep warm?")),
        ("lease file:contracts/*", Question("lease", None, Filter(paths=("contracts/*",)))),
        ('lease -file:"old things/*"', Question("lease", None, Filter(paths=("!old things/*",)))),
        ("lease type:PDF,.md", Question("lease", None, Filter(types=("pdf", "md")))),
        ("lease -type:txt", Question("lease", None, Filter(not_types=("txt",)))),
        ("lang:de Miete", Question("Miete", None, Filter(languages=("de",)))),
        (
            'the "notice period" of',
            Question("the notice period of", None, Filter(phrases=("notice period",))),
        ),
        (
            'rent -"fixed term" -draft',
            Question("rent", None, Filter(without=("fixed term", "draft"))),
        ),
        ("python -- not snake", Question("python", "snake")),
        ("at -5 degrees, well-known", Question("at -5 degrees, well-known")),
        ("what does ratio 3:4 mean: really", Question("what does ratio 3:4 mean: really")),
        ("-v", Question("-v")),
        ("profile:thing http://a.b/c", Question("profile:thing http://a.b/c")),
    ],
)
def test_a_question_may_hold_filters(typed: str, expected: Question) -> None:
    """Only what looks like one is taken for one."""
    assert parse_question(typed) == expected


def test_a_literal_question_is_taken_as_it_is() -> None:
    """Whatever stands in it."""
    typed = 'type:pdf "x" -y -- not z'
    assert parse_question(typed, literal=True) == Question(typed, is_literal=True)


@pytest.mark.parametrize("typed", ["", " ", "type:pdf", '-"a b"', "after:yesterday x", "lang:xx y"])
def test_what_asks_for_nothing_is_refused(typed: str) -> None:
    """In one line."""
    with pytest.raises(SettingsError):
        parse_question(typed)


@pytest.mark.parametrize(("typed", "message"), [(" ", "is empty"), ("type:pdf", "filters only")])
def test_a_question_without_words_says_which_it_is(typed: str, message: str) -> None:
    """An empty question and one of filters get other words."""
    with pytest.raises(SettingsError, match=message):
        parse_question(typed)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_parsed_or_refused(typed: str) -> None:
    """Nothing else is raised."""
    with suppress(SettingsError):
        assert parse_question(typed).text.strip()


def test_times_are_days_or_how_long_ago() -> None:
    """In this machine's time zone."""
    assert moment("2026-01-31") == datetime(2026, 1, 31).astimezone()
    before = datetime.now().astimezone() - timedelta(days=7)
    assert before <= moment("7d") <= before + timedelta(minutes=1)
    assert filter_of(since="2026-01-31").since == moment("2026-01-31")
    assert parse_question("x after:2026-01-31 before:2026-02-28").filter.before == moment(
        "2026-02-28"
    )
    assert parse_question("x -after:2026-01-31").filter == Filter(before=moment("2026-01-31"))


def test_options_negate_with_an_exclamation_mark() -> None:
    """As globs do."""
    wanted = filter_of(paths=["!old/*"], types=["pdf", "!md"], languages=["!de"])
    assert wanted == Filter(("!old/*",), ("pdf",), ("md",), (), ("de",))


def test_two_filters_let_through_what_both_do() -> None:
    """The later start, the earlier end."""
    both = Filter(since=moment("2026-01-01"), before=moment("2026-03-01")).and_also(
        Filter(types=("md",), since=moment("2026-02-01"))
    )
    assert both == Filter(types=("md",), since=moment("2026-02-01"), before=moment("2026-03-01"))
    assert not Filter()
    assert both


def test_a_word_with_a_star_may_be_excluded() -> None:
    """Not as a word that is asked for."""
    asked = parse_question("cover -Haftpfl* of houses")
    assert (asked.text, asked.filter.without) == ("cover of houses", ("Haftpfl*",))


def test_the_marks_of_starts_are_not_embedded() -> None:
    """In a literal question they are, and mean nothing."""
    started, literal = (parse_question("Haftpflicht* 2024", literal=one) for one in (False, True))
    assert (started.embedded, started.matched) == ("Haftpflicht 2024", "Haftpflicht* 2024")
    assert (literal.embedded, literal.matched) == ("Haftpflicht* 2024", "Haftpflicht 2024")
