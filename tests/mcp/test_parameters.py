"""Arguments of tools: schema and check agree."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.errors import SettingsError
from semsearch.mcp.parameters import Parameter, checked_arguments, schema_of

PARAMETERS = (
    Parameter("question", "string", "What to find.", is_required=True, least=1, most=9),
    Parameter("limit", "integer", "How many.", least=1, most=20),
    Parameter("types", "string", "Endings.", is_list=True, most=5),
    Parameter("all", "boolean", "Whether."),
    Parameter("mode", "string", "How.", choices=("hybrid", "keyword")),
)


def check(**given: Any) -> dict[str, Any]:
    """The arguments beside a question."""
    return checked_arguments(PARAMETERS, {"question": "q", **given})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"limits": 3},
            "there is no argument 'limits' (do you mean limit?); the arguments are",
        ),
        ({"xyzzy": 3}, "there is no argument 'xyzzy'; the arguments are: question, limit, types"),
        ({"limit": 99}, "limit must be a whole number from 1 to 20"),
        ({"limit": "3"}, "limit must be a whole number, not a string"),
        ({"limit": 2.5}, "limit must be a whole number, not a number"),
        ({"limit": True}, "limit must be a whole number, not true or false"),
        ({"question": ""}, "question must be a string of 1 to 9 characters"),
        ({"question": "0123456789"}, "question must be a string of 1 to 9 characters"),
        ({"question": {"a": 1}}, "question must be a string, not an object"),
        ({"question": None}, "question is missing: What to find."),
        ({"types": ["pdf", 3]}, "types must be a string, not a number"),
        ({"types": [["pdf"]]}, "types must be a string, not a list"),
        ({"types": ["pdf"] * 201}, "types has more than 200 values"),
        ({"x" * 50: 1}, f"there is no argument '{'x' * 40}'; the arguments are"),
        ({"all": 1}, "all must be true or false, not a number"),
        ({"mode": "fast"}, "mode must be one of hybrid, keyword"),
    ],
)
def test_what_is_wrong_is_told_with_the_right_word(given: dict[str, Any], told: str) -> None:
    """So that a model can mend its call."""
    with pytest.raises(SettingsError) as raised:
        check(**given)
    assert str(raised.value).startswith(told)


def test_arguments_must_be_an_object() -> None:
    """A list or a string is none."""
    for other in ([], "question", None, 3):
        with pytest.raises(SettingsError, match="must be an object"):
            checked_arguments(PARAMETERS, other)


def test_what_is_meant_alike_is_taken_alike() -> None:
    """A whole number with a point, a single value for a list, null for nothing."""
    assert check(limit=3.0, types="pdf", mode=None) == {
        "question": "q",
        "limit": 3,
        "types": ["pdf"],
    }


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 30), st.text(max_size=12), st.lists(st.text())
)
NAMES = st.sampled_from([one.name for one in PARAMETERS] + ["other"])


@given(st.dictionaries(NAMES, VALUES))
def test_what_the_schema_allows_is_taken(given: dict[str, Any]) -> None:
    """A client that checks by the schema is never refused."""
    schema = schema_of(PARAMETERS)
    jsonschema.Draft202012Validator.check_schema(schema)
    if jsonschema.Draft202012Validator(schema).is_valid(given):
        assert checked_arguments(PARAMETERS, given) == given
