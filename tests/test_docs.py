"""README and manual are true: their commands print what is shown, their Python runs."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from fakes.cross_encoder_folder import CrossEncoderFolder
from fakes.mistral_server import KEY, mistral_server
from fakes.onnx_folder import OnnxFolder
from fakes.rerank_server import rerank_server

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
ARCHITECTURE = ROOT / "semsearch" / "ARCHITECTURE.md"
PAGES: Final = {path.stem: path for path in (README, *(ROOT / "semsearch/manual").glob("*.md"))}
TEXTS: Final = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
HOME = "/home/you"
END = "@@end "
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the pages show a shell of another system")

# What may differ from one run or processor to the next.
PASSING = (
    (r"\d+\.\d+ s\b", "0.0 s"),
    (r"\d+\.\d+ MB", "0.0 MB"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "1970-01-01 00:00 UTC"),
    (r"\b0\.\d+", "0.0"),
    (r'"(score|meaning|words)": \d+\.\d+', r'"\1": 0.0'),
)

# Commands of ``sh`` blocks that cannot run in a test, by how they begin, and why.
NOT_HERE: Final = {
    "python3 -m venv": "scripts/test makes an environment in this way",
    ". .venv/bin/activate": "as above",
    "pip install": "as above, and needs the package index",
    "scripts/demo": "installs; CI runs it",
    "scripts/test": "it is what runs this",
    "semsearch models install": "fetches weights; scripts/test runs it",
    "semsearch evaluate sample_corpus --index sample_corpus --against embedder=local:e5": (
        "needs e5; tests/evaluation/test_model_comparison.py compares models"
    ),
    "semsearch serve": "does not end; tests/serve/test_command.py runs it",
    "semsearch watch": "does not end; tests/cli/test_watch.py runs it",
}
CRONTAB: Final = """#!/bin/sh
file="$0.kept"
case "$1" in
-l) [ -f "$file" ] || { echo "no crontab for somebody" >&2; exit 1; }; exec cat "$file" ;;
-r) exec rm "$file" ;;
*) exec cat > "$file" ;;
esac
"""


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return re.findall(rf"```{language}\n(.*?)```", TEXTS[page], re.DOTALL)


def pages_with(language: str) -> list[str]:
    """The pages that have such a block."""
    return sorted(page for page in TEXTS if blocks(page, language))


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, only_minilm: Path) -> Path:
    """A folder with a copy of the sample corpus and its index, made by the local model."""
    folder = tmp_path_factory.mktemp("docs")
    left = shutil.ignore_patterns(".semsearch")
    shutil.copytree(ROOT / "sample_corpus", folder / "sample_corpus", ignore=left)
    command = ["index", folder / "sample_corpus", "--embedder", "local:minilm", "--quiet"]
    own = {"SEMSEARCH_CONFIG": os.devnull, "SEMSEARCH_MODELS_DIRECTORY": str(only_minilm)}
    subprocess.run(
        [sys.executable, "-m", "semsearch", *command], check=True, env={**os.environ, **own}
    )
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of a person with notes, models, a crontab and no systemd."""
    folder = tmp_path / "home"
    for name in ("notes", "work"):
        (folder / name).mkdir(parents=True)
        (folder / name / "lease.txt").write_text("The notice period is three months.\n")
        (folder / name / "bees.txt").write_text("Bees swarm in May.\n")
    OnnxFolder(folder / "models" / "e5-small")
    CrossEncoderFolder(folder / "models" / "ms-marco-MiniLM-L-6-v2")
    programs = {
        "crontab": CRONTAB,
        "systemctl": "#!/bin/sh\nexit 1\n",
        "tell-me": "#!/bin/sh\nexec cat > told.json\n",
    }
    (folder / "bin").mkdir()
    for name, script in programs.items():
        (folder / "bin" / name).write_text(script)
        (folder / "bin" / name).chmod(0o700)
    return folder


@pytest.fixture
def environment(home: Path) -> Iterator[dict[str, str]]:
    """The command on the path, and stand-ins for the servers of Mistral and of Jina."""
    (home / "config.toml").touch()
    with mistral_server() as server:
        yield {
            **os.environ,
            "HOME": str(home),
            "PATH": f"{home / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "SEMSEARCH_CONFIG": str(home / "config.toml"),
            "XDG_STATE_HOME": str(home / "state"),
            "MISTRAL_BASE_URL": server.url,
            "COLUMNS": "80",
        }


def copied(indexed: Path, place: Path, environment: dict[str, str]) -> Path:
    """A copy of the sample corpus with its index, which knows the new inodes of its files."""
    folder = Path(shutil.copytree(indexed / "sample_corpus", place / "sample_corpus"))
    command = ["semsearch", "index", "--embedder", "local:minilm", "--quiet"]
    subprocess.run(command, check=True, cwd=folder, env=environment)
    return folder


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


@pytest.mark.usefixtures("minilm")
@pytest.mark.parametrize("page", pages_with("console"))
def test_every_command_prints_what_a_page_shows(
    page: str, indexed: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    """Word for word, but for times, sizes, scores and the name of the folder.

    A page that does not index the sample corpus itself is about the index of it.
    """
    place = tmp_path / "place"
    folder = copied(indexed, place, environment)
    if blocks(page, "console")[0].startswith("$ semsearch index sample_corpus"):
        shutil.rmtree(folder / ".semsearch")
        folder = place
    for block in blocks(page, "console"):
        printed, folder = outputs(block, folder, environment)
        shown = [steady(output) for _, output in commands(block)]
        assert [steady(text.replace(str(place), HOME)) for text in printed] == shown


@pytest.mark.usefixtures("minilm")
@pytest.mark.parametrize("page", pages_with("sh"))
def test_every_shell_command_of_a_page_ends_well(
    page: str, indexed: Path, home: Path, environment: dict[str, str]
) -> None:
    """In the order of the page, in a folder with an indexed sample corpus and notes beside it."""
    copied(indexed, home, environment)
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    run = [line for line in lines if not line.startswith(tuple(NOT_HERE))]
    if page in (
        "schedule-and-watch",
        "searching",
        "assistants",
    ):  # they are about the index of a folder of notes
        run.insert(0, "cd notes; semsearch index . --quiet; ln -s ../bin/tell-me .")
    with rerank_server() as server:
        script = "\n".join(run).replace("https://api.jina.ai", server.url)
        done = subprocess.run(
            ["bash", "-euxc", script],
            cwd=home,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
            stdin=subprocess.DEVNULL,
        )
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("minilm")
@pytest.mark.parametrize("page", pages_with("python"))
def test_the_python_of_a_page_runs(page: str, tmp_path: Path) -> None:
    """As it stands, each example in a process of its own."""
    left = shutil.ignore_patterns(".semsearch")
    shutil.copytree(ROOT / "sample_corpus", tmp_path / "sample_corpus", ignore=left)
    said = [printed(example, tmp_path) for example in blocks(page, "python")]
    (first, hit) = said[0]
    assert first.startswith("46 documents, ")
    assert hit.startswith("1 history/the-aldwater-canal.txt (")
    assert all(said)
    if page == "python":
        (_, (to_read, *asked, best), near, (error,), (shape, cluster, accuracy), (embedded,)) = said
        assert to_read == "46 documents to read"
        assert asked[0].startswith("sourdough starter ['kitchen/sourdough.md'")
        assert (best, len(near)) == ("kitchen/sourdough.md", 2)
        assert error.startswith("2 ")
        assert shape == "284 384 float32"
        assert "'deutsch/heizung.pdf'" in cluster
        told = re.fullmatch(
            r"the folder of a passage is told right in (\d+)% of all cases", accuracy
        )
        assert told is not None
        assert int(told[1]) > 50  # of twelve folders
        assert re.fullmatch(r"\d{3} texts embedded", embedded)


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


def test_every_command_line_on_a_page_can_be_typed() -> None:
    """Also those in a sentence: the command is there and has those options."""
    from semsearch.cli.command_reference import all_commands

    options = {
        command.name: {
            word
            for option in command.options
            for word in re.findall(r"(?<!\w)--?\w[\w-]*", option.written)
        }
        for command in all_commands()
    }
    groups = {name.split()[0] for name in options if " " in name}
    always = {"--help", "--version", "--install-completion", "--show-completion"}
    for page, text in TEXTS.items():
        for line in re.findall(
            r"^(?:\$ )?(semsearch .*)$|`(semsearch [^`\n]+)`", text, re.MULTILINE
        ):
            words = shlex.split(re.split(r"\s#|\s{3,}|\\?\||&&|;|>", "".join(line))[0], posix=True)
            name = words[1]
            if name in groups and len(words) > 2:
                name = f"{name} {words[2]}"
            if name.startswith("-") or name in groups or name.isupper():
                continue
            assert name in options, f"{page}: {words}"
            given = {word for word in words[2:] if re.fullmatch(r"--?[a-zA-Z0-9][\w-]*", word)}
            assert given <= options[name] | always, f"{page}: {words}"


OTHERS: Final = (ARCHITECTURE, ROOT / ".github/CONTRIBUTING.md", ROOT / "scripts/bench/README.md")


@pytest.mark.parametrize("path", (*PAGES.values(), *OTHERS), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    """To a file or folder of the repository, and to a heading that it has."""
    text = path.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)|^\[[\w-]+\]: (\S+)$", text, re.MULTILINE)
    for target in map("".join, targets):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        named = (path.parent / name).resolve()
        assert named.exists(), target
        if anchor:
            page = (named if name else path).read_text(encoding="utf-8")
            headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", one).replace(" ", "-").lower() for one in headings]
            assert anchor in slugs, target


def test_the_readme_is_short() -> None:
    """A newcomer reads it to the end; the manual has the rest."""
    rows = TEXTS["README"].splitlines()
    assert len(rows) <= 200
    assert max(map(len, rows)) <= 130
    for page in PAGES:
        assert page == "README" or f"manual/{page}.md" in TEXTS["README"], page


def test_the_architecture_names_modules_that_exist() -> None:
    """Every folder has a section, and each name in it is a module or folder of that folder."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    part = text.partition("## The folders\n")[2].partition("## The walks\n")[0]
    found = re.findall(r"^### \[(\w+)\]\(\w+\)\n(.*?)(?=^### |\Z)", part, re.MULTILINE | re.DOTALL)
    sections = dict(found)
    assert set(sections) == {
        path.parent.name for path in (ROOT / "semsearch").glob("*/__init__.py")
    }
    for folder, section in sections.items():
        there = (ROOT / "semsearch" / folder).rglob("*")
        names = {path.stem for path in there if path.suffix in ("", ".py")}
        assert set(re.findall(r"`([a-z_]+)`", section)) - {"rebuild"} <= names, folder
    assert max(map(len, text.splitlines())) <= 130
