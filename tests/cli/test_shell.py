"""What a shell needs of the command: completion, the manual, exit codes."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from semsearch import errors
from semsearch.cli import errors as endings

if TYPE_CHECKING:
    from conftest import Run

ROOT = Path(__file__).parent.parent.parent
SCRIPT = """
eval "$(_SEMSEARCH_COMPLETE=source_bash semsearch)"
complete -p semsearch
COMP_WORDS=({words}); COMP_CWORD=$(({count} - 1))
_semsearch_completion semsearch
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def bash(script: str, folder: Path, **variables: str) -> list[str]:
    """What bash prints, with the command on its path and a person's settings."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONWARNINGS": "error", **variables},
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=100,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.fixture
def config(tmp_path: Path) -> str:
    """Settings with two names."""
    path = tmp_path / "config.toml"
    path.write_text('[indexes]\nnotes = "/n"\nnovels = "/o"\nwork = "/w"\n')
    return str(path)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("semsearch ver", ["verify"]),
        ("semsearch query x --in no", ["notes", "novels"]),
        ("semsearch query x --in work,no", ["work,notes", "work,novels"]),
        ("semsearch query x --in notes,no", ["notes,novels"]),
        ("semsearch status --index w", ["work"]),
        ("semsearch index n", ["notes", "novels"]),
        ("semsearch remove w", ["work"]),
        ("semsearch query x --mode se", ["semantic"]),
        ("semsearch schedule st", ["status"]),
        ("semsearch watch --po", ["--poll"]),
        ("semsearch man qu", ["quickstart"]),
        ("semsearch index ./co", [""]),
    ],
)
def test_bash_completes_commands_options_and_names(
    tmp_path: Path, config: str, words: str, offered: list[str]
) -> None:
    """Where nothing is offered it completes files by itself (``-o default``)."""
    script = SCRIPT.format(words=words, count=len(words.split()))
    how, *shown = bash(script, tmp_path, SEMSEARCH_CONFIG=config)
    assert "-o default" in how
    assert shown == offered


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_settings_that_cannot_be_read_offer_nothing(tmp_path: Path, config: str) -> None:
    """And print nothing between what is typed."""
    Path(config).write_text("= broken")
    script = SCRIPT.format(words="semsearch index n", count=3)
    assert bash(script, tmp_path, SEMSEARCH_CONFIG=config)[1:] == [""]


@pytest.mark.skipif(not hasattr(os, "openpty") or not shutil.which("bash"), reason="no terminal")
def test_the_tab_key_completes_a_name_and_a_path(tmp_path: Path, config: str) -> None:
    """In a bash on a terminal, as a person has it."""
    import pty

    (tmp_path / "unusual folder").mkdir()
    command = tmp_path / "bin" / "semsearch"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m semsearch "$@"\n')
    command.chmod(0o700)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        here = {"PATH": f"{command.parent}:{os.environ['PATH']}", "TERM": "dumb", "PS1": "@ "}
        os.execvpe("bash", ["bash", "--norc", "--noprofile"], {**os.environ, **here})  # noqa: S606
    said = rows_of(terminal)
    os.write(terminal, b"export SEMSEARCH_CONFIG=" + config.encode() + b"\n")
    os.write(terminal, b'eval "$(_SEMSEARCH_COMPLETE=source_bash semsearch)"; echo re""ady\n')
    assert any("ready" in row and "eval" not in row for row in said)
    os.write(terminal, b'semsearch() { echo "got:" "$@"; }\n')
    os.write(terminal, b"semsearch status --index wo\t\n")
    assert "got: status --index work" in next(row for row in said if row.startswith("got:"))
    os.write(terminal, b"semsearch index unus\t\n")
    assert "got: index unusual folder/" in next(row for row in said if row.startswith("got:"))
    os.write(terminal, b"exit\n")
    for _ in said:
        pass
    os.waitpid(pid, 0)


def rows_of(terminal: int) -> Iterator[str]:
    """What is shown on a terminal, row by row, until its end."""
    text = ""
    while True:
        try:
            got = os.read(terminal, 4096)
        except OSError:  # its other end is closed
            return
        if not got:
            return
        *rows, text = (text + got.decode("utf-8", "replace")).replace("\r", "").split("\n")
        yield from rows


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell", "pwsh"])
def test_each_shell_has_its_script(run: "Run", shell: str) -> None:
    """It calls the command with the variable that asks for completions."""
    shown = run(_SEMSEARCH_COMPLETE=f"source_{shell}")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "_SEMSEARCH_COMPLETE" in shown.stdout
    helped = run("--help").stdout
    assert "--install-completion" in helped
    assert "--show-completion" in helped


def test_the_manual_has_every_command_with_its_options(run: "Run") -> None:
    """Made of their help; troff finds nothing to complain of."""
    from semsearch.cli.app import _COMMANDS

    page = run("man").stdout
    assert page.isascii()
    for name in _COMMANDS:
        assert f'\n.SS "semsearch {name}' in page, name
    assert "\n\\fB\\-\\-min\\-relevance 0\\-1\\fR\nLeave out what is less relevant.\n" in page
    assert "\n  semsearch index \\(ti/documents \\-\\-dry\\-run\n" in page
    if shutil.which("groff"):
        done = subprocess.run(
            ["groff", "-man", "-ww", "-Tutf8", "-P-c"],
            input=page,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        assert done.stderr == ""
        assert "semsearch index [FOLDER] [OPTIONS]" in re.sub(".\x08", "", done.stdout)


def test_every_exit_code_is_in_the_manual() -> None:
    """Those of errors, and those of commands."""
    page = (ROOT / "semsearch" / "manual" / "exit-codes.md").read_text(encoding="utf-8")
    table = page.partition("| exit code | means |\n|---|---|\n")[2].partition("<!--")[0]
    documented = [int(row.split("|")[1]) for row in table.splitlines()]
    assert documented == sorted(set(documented))
    raised = {
        one.exit_code
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, errors.SemsearchError)
    }
    assert raised <= set(errors.ExitCode)
    assert set(errors.ExitCode) == set(documented) == set(endings.EXIT_CODES)
    tree = re.findall(r"(?:├|└)── \w+ +(\d+)", errors.__doc__ or "")
    assert {int(code) for code in tree} <= raised


@pytest.mark.parametrize("words", ["semsearch ", "semsearch index --", "semsearch query x --"])
def test_each_row_for_fish_is_a_command_or_an_option(tmp_path: Path, words: str) -> None:
    """Help of any length stands in the row of its completion."""
    asked = {
        "_SEMSEARCH_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_ARGS": words,
    }
    rows = [row.split("\t") for row in bash("semsearch", tmp_path, **asked)]
    assert {len(row) for row in rows} == {2}
    assert all(re.fullmatch("[a-z]+|--[a-z-]+", name) for name, _ in rows)
