"""Globs with several stars match alike, and in linear time."""

import re

import pathspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.documents.walk.glob_regex import in_linear_time

GLOBS = st.lists(
    st.sampled_from(["a", "b", "*", "**/", "/**/", "/", "?", "[ab]", "[!a]", "\\*", "a*b*", "***"]),
    min_size=1,
    max_size=6,
).map("".join)
PATHS = st.lists(st.text("ab*", min_size=1, max_size=4), min_size=1, max_size=4).map("/".join)
# In an expression that is matched in linear time, what stands outside of atomic groups has at most
# one star in a name, and any folders once.
ATOMIC = re.compile(r"\(\?>(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
NAME = re.compile(r"\(\?:\.\+/\)\?|\(\?:/\.\+\)\?|/")


def expression_of(glob: str) -> str | None:
    """The expression that pathspec makes of a glob; None where it is none."""
    try:
        (pattern,) = pathspec.GitIgnoreSpec.from_lines([glob]).patterns
    except ValueError:
        return None
    return None if pattern.regex is None else pattern.regex.pattern


def end_of_match(expression: str, path: str) -> int | None:
    """Where an expression ends in a path."""
    match = re.search(expression, path)
    return None if match is None else match.end()


@given(GLOBS, st.lists(PATHS, min_size=1, max_size=4), st.booleans())
def test_every_glob_matches_as_before(glob: str, paths: list[str], is_folder: bool) -> None:
    """A rewritten expression matches the paths that pathspec's matches, up to the same place."""
    if (expression := expression_of(glob)) is None:
        return
    for path in paths:
        path += "/" * is_folder
        assert end_of_match(in_linear_time(expression), path) == end_of_match(expression, path)


@pytest.mark.parametrize(
    "glob", ["*a*b*c*d*", "a*b*/c*d*e", "**/a/**/b/**/c/**/d", "x**y*z*[ab]*", "a****b"]
)
def test_no_split_is_tried_anew(glob: str) -> None:
    """Outside of atomic groups no name has a second star, and no path a second ``**``."""
    expression = in_linear_time(expression_of(glob) or "")
    outside = expression
    while (inner := ATOMIC.sub("", outside)) != outside:
        outside = inner
    assert max(name.count("[^/]*") for name in NAME.split(outside)) <= 1
    assert outside.count(".+") <= 1


def test_a_class_with_the_slash_is_tried_anew() -> None:
    """Pathspec lets [!a] match a slash, so that the first place that fits need not be the best."""
    expression = expression_of("*b*[!a]*c") or ""
    assert re.match(expression, "b-/c")
    assert re.match(in_linear_time(expression), "b-/c")


def test_the_usual_glob_is_left_as_it_is() -> None:
    """A glob with one star is matched by pathspec's own expression."""
    expression = expression_of("/build/*.log") or ""
    assert in_linear_time(expression) is expression
