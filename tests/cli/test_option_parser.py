"""Values of options without pydantic: the same as typer's own."""

from pathlib import Path
from typing import Annotated

import pytest
import typer

from semsearch.cli.errors import run
from semsearch.cli.option_parser import sparing


@pytest.mark.parametrize(
    "written",
    [
        [],
        ["--help"],
        ["x"],
        ["x", "--number", "3", "--share", "0.25", "--word", "a", "--word", "b", "--yes", "-vv"],
        ["", "--number", "007"],
        ["x", "--number", "0"],
        ["x", "--number", "31"],
        ["x", "--number", "+4"],
        ["x", "--number", " 5"],
        ["x", "--number", "1_0"],
        ["x", "--number", "٣"],
        ["x", "--number", "many"],
        ["x", "--number", "9" * 5000],
        ["x", "--share", "nan"],
        ["x", "--share", "2"],
        ["x", "--seconds", "1e3"],
        ["x", "--place", "."],
        ["x", "--place", "no/where"],
        ["x", "--place", ""],
        ["x", "one", "two"],
        ["x", "--number"],
        ["x", "--unknown"],
    ],
)
def test_it_takes_and_refuses_what_typer_does(
    written: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The same values, of the same types, or the same message and exit code."""
    app = typer.Typer(rich_markup_mode=None)

    @app.command()
    def command(
        word: str,
        more: list[str] | None = None,
        number: Annotated[int, typer.Option(min=1, max=30)] = 5,
        share: Annotated[float | None, typer.Option(min=0, max=1)] = None,
        seconds: float = 0,
        words: Annotated[list[str] | None, typer.Option("--word")] = None,
        place: Annotated[Path | None, typer.Option()] = None,
        yes: Annotated[bool, typer.Option("--yes")] = False,
        merge: Annotated[bool | None, typer.Option("--merge/--no-merge")] = None,
        verbose: Annotated[int, typer.Option("-v", count=True)] = 0,
    ) -> None:
        print([word, more, number, share, seconds, words, place, yes, merge, verbose])

    def told(command_line: "typer.Typer | object") -> tuple[int, str, str]:
        assert callable(command_line)
        code = run(lambda **how: command_line(args=written, **how))
        return code, *capsys.readouterr()

    assert told(sparing(app)) == told(app)
