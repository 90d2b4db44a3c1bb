"""Options of a search."""

from pathlib import Path
from typing import Any

import pytest

from semsearch.errors import SettingsError
from semsearch.query.options import SearchKeywords, SearchOptions, mode_named
from semsearch.query.parser import Filter
from semsearch.query.scoring import Mode


@pytest.mark.parametrize(
    "values", [{"limit": 0}, {"per_document": 0}, {"min_relevance": 1.5}, {"min_relevance": -0.1}]
)
def test_a_value_out_of_its_range_is_refused(values: dict[str, Any]) -> None:
    """Whether it is given at first or changed."""
    with pytest.raises(SettingsError):
        SearchOptions(**values)
    with pytest.raises(SettingsError):
        SearchOptions().changed(**values)


def test_paths_are_added_to_the_filter() -> None:
    """One glob or several, also of ``Path``; None for a filter is no filter."""
    kept = Filter(types=("md",))
    assert SearchOptions(filter=kept).changed(paths="a/*").filter == Filter(("a/*",), ("md",))
    changed = SearchOptions().changed(paths=["a", Path("b/c")], filter=kept)
    assert changed.filter == Filter(("a", "b/c"), ("md",))
    assert SearchOptions(filter=kept).changed(filter=None).filter == Filter()


def test_what_is_not_changed_stays() -> None:
    """A mode may be given by its name."""
    options = SearchOptions(limit=7, exact=True)
    assert options.changed(mode="keyword") == SearchOptions(7, mode=Mode.KEYWORD, exact=True)
    assert options.changed(mode=None) == options


def test_a_mode_that_there_is_not_names_those_there_are() -> None:
    """By a search, too."""
    with pytest.raises(SettingsError, match="hybrid, semantic, keyword"):
        mode_named("blub")
    with pytest.raises(SettingsError, match="'blub' is no mode"):
        SearchOptions().changed(mode="blub")


def test_every_option_can_be_given_by_keyword() -> None:
    """``paths`` is a keyword only."""
    assert SearchKeywords.__annotations__.keys() - {"paths"} == set(
        SearchOptions.__dataclass_fields__
    )
