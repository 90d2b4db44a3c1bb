"""The result of a command: JSON, nothing or text."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from semsearch.cli.result import print_list, print_removed, print_result, say_notices


@dataclass(frozen=True)
class Bee:
    """A result."""

    name: str

    def to_dict(self) -> dict[str, Any]:
        """Its name."""
        return {"name": self.name}


def line(bee: Bee) -> str:
    """Its text."""
    return f"a bee, {bee.name}"


def test_a_result_is_json_or_nothing_or_text(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON is printed with --quiet, too."""
    print_result(Bee("Maya"), line, as_json=False, quiet=False)
    assert capsys.readouterr().out == "a bee, Maya\n"
    print_result(Bee("Maya"), line, as_json=False, quiet=True)
    assert capsys.readouterr().out == ""
    print_result(Bee("Maya"), line, as_json=True, quiet=True)
    assert json.loads(capsys.readouterr().out) == {"name": "Maya"}


def test_a_list_has_a_line_for_each_item(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty list ends with exit code 1, and is a list in JSON."""
    bees = [Bee("Maya"), Bee("Willi")]
    assert print_list("bees", bees, line, Bee.to_dict, as_json=False) == 0
    assert capsys.readouterr().out == "a bee, Maya\na bee, Willi\n"
    assert print_list("bees", [], line, Bee.to_dict, as_json=True) == 1
    assert json.loads(capsys.readouterr().out) == {"bees": []}


def test_nothing_that_was_removed_is_said_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Also with --quiet, but not beside JSON."""

    def removed(bees: list[Bee], *, as_json: bool = False, quiet: bool = False) -> int:
        return print_removed(
            "bees", bees, line, Bee.to_dict, nothing="no such bee", as_json=as_json, quiet=quiet
        )

    assert removed([Bee("Maya")]) == 0
    assert capsys.readouterr() == ("removed: a bee, Maya\n", "")
    assert removed([Bee("Maya")], quiet=True) == 0
    assert capsys.readouterr() == ("", "")
    assert removed([], quiet=True) == 1
    assert capsys.readouterr() == ("", "semsearch: no such bee\n")
    assert removed([], as_json=True) == 1
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == ({"bees": []}, "")


def test_notices_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Unless --quiet."""
    say_notices(["one", "two"], quiet=False)
    say_notices(["three"], quiet=True)
    assert capsys.readouterr() == ("", "semsearch: one\nsemsearch: two\n")
