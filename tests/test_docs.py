"""The README is true: its commands print what it shows, its Python example runs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.mistral_server import KEY, mistral_server

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
HOME = "/home/you"
END = "@@end "

# What may differ from one run or processor to the next.
PASSING = (
    (r"\d+\.\d+ s\b", "0.0 s"),
    (r"\d+\.\d+ MB", "0.0 MB"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "1970-01-01 00:00 UTC"),
    (r"\b0\.\d+", "0.0"),
    (r'"(score|meaning|words)": \d+\.\d+', r'"\1": 0.0'),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample corpus in a folder like a person's."""
    folder = tmp_path_factory.mktemp("docs")
    left = shutil.ignore_patterns(".semsearch")
    shutil.copytree(ROOT / "sample_corpus", folder / "sample_corpus", ignore=left)
    return folder


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """The command on the path, and a stand-in for Mistral's API."""
    with mistral_server() as server:
        yield {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "MISTRAL_BASE_URL": server.url,
            "COLUMNS": "80",
        }


def commands(block: str) -> list[tuple[str, str]]:
    """The commands of a block, each with the output that is shown below it."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def steady(text: str) -> str:
    """The output without what may differ."""
    for pattern, instead in PASSING:
        text = re.sub(pattern, instead, text)
    return text


def outputs(block: str, folder: Path, environment: dict[str, str]) -> tuple[list[str], Path]:
    """What a shell prints for each command of a block, and where it ends up."""
    lines = [f"{{ {line}; }} 2>&1; echo '{END}'" for line, _ in commands(block)]
    lines.append("pwd")
    shown = subprocess.run(
        ["bash", "-c", "\n".join(lines).replace("your-key", KEY)],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert shown.stderr == ""
    *said, where = shown.stdout.split(f"{END}\n")
    return said, Path(where.strip())


@pytest.mark.skipif(os.name == "nt", reason="the README shows a shell of another system")
@pytest.mark.usefixtures("minilm")
def test_every_command_prints_what_the_readme_shows(
    place: Path, environment: dict[str, str]
) -> None:
    """Word for word, but for times, sizes, scores and the name of the folder."""
    assert len(CONSOLE) >= 6
    folder = place
    for block in CONSOLE:
        printed, folder = outputs(block, folder, environment)
        shown = [steady(output) for _, output in commands(block)]
        assert [steady(text.replace(str(place), HOME)) for text in printed] == shown


@pytest.mark.usefixtures("minilm")
def test_the_python_examples_run(place: Path) -> None:
    """As they stand, each in a process of its own."""
    example, with_vectors = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (place / "example").mkdir()
    left = shutil.ignore_patterns(".semsearch")
    shutil.copytree(ROOT / "sample_corpus", place / "example" / "sample_corpus", ignore=left)
    first, hit = printed(example, place / "example")
    assert first.startswith("46 documents, ")
    assert hit.startswith("1 history/the-aldwater-canal.txt (")
    shape, cluster, accuracy = printed(with_vectors, place / "example")
    assert shape == "286 384 float32"
    assert "'deutsch/heizung.pdf'" in cluster
    share = re.fullmatch(r"the folder of a passage is told right in (\d+)% of all cases", accuracy)
    assert share is not None
    assert int(share[1]) > 50  # of twelve folders


def printed(example: str, folder: Path) -> list[str]:
    """The lines that a program prints."""
    shown = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return shown.stdout.splitlines()


def test_every_setting_and_command_is_in_the_readme() -> None:
    """Under its name."""
    from semsearch.cli.app import command_line
    from semsearch.settings.schema import Settings

    for name in Settings.__slots__:
        assert f"`{name}`" in README, name
    for command in command_line([]).registered_commands:
        assert command.callback is not None
        assert f"`semsearch {command.name or command.callback.__name__}" in README
