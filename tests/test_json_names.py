"""The manual's page of JSON has every name that a command prints, and no other."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from fakes.mistral_server import KEY, mistral_server

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the commands are written for bash")

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "semsearch" / "manual" / "json.md").read_text(encoding="utf-8")
QUESTION: Final = '"How do I rescue my dough when I am on holiday?"'
CRONTAB: Final = """#!/bin/sh
file="$0.kept"
case "$1" in
-l) [ -f "$file" ] || { echo "no crontab for somebody" >&2; exit 1; }; exec cat "$file" ;;
-r) exec rm "$file" ;;
*) exec cat > "$file" ;;
esac
"""
SECOND_READER: Final = f"""import sys; sys.path.append("{ROOT}/tests")
from pathlib import Path; from fakes.raw_pdf import second_readers_pdf
Path("reread.pdf").write_bytes(second_readers_pdf())""".replace("\n", "; ")

# A folder whose first run stops at its budget when everything is read.
PARTIAL: Final = """
        : mkdir ../part; for i in $(seq 520); do echo "Note number $i." > ../part/$i.txt; done
        : semsearch index ../part --embedder mistral:mistral-embed --max-tokens 400 --yes --quiet
        """

# Below each heading of the page, commands that together print all of its names, in an indexed copy
# of sample_corpus. Lines that begin with a colon prepare something.
COMMANDS: Final = {
    "query": f"""
        : cp kitchen/sourdough.md copy.md; semsearch index --quiet
        semsearch query {QUESTION}
        semsearch query {QUESTION} --files-only
        semsearch query "Which kinase inhibitor slows the growth of lung tumours?"
        {PARTIAL.strip()}
        semsearch query "note number" --index ../part
        : semsearch publish milvus:../team.db
        semsearch query {QUESTION} --index milvus:../team.db
        """,
    "query --in, --all": f"""
        : semsearch add here .; mkdir ../empty; semsearch add gone ../empty
        semsearch query {QUESTION} --all
        semsearch query {QUESTION} --in here --files-only
        semsearch query "Which kinase inhibitor slows the growth of lung tumours?" --in here
        """,
    "ask": f"""
        semsearch ask {QUESTION} --model mistral:mistral-small-latest
        semsearch ask {QUESTION} --model mistral:mistral-small-latest --dry-run
        semsearch ask "Which kinase slows lung tumours?" --model openai:m@http://127.0.0.1:9
        """,
    "publish": """
        semsearch publish milvus:../team.db
        semsearch publish milvus:../team.db#semsearch/sample_corpus --remove
        """,
    "status --index URI": """
        : semsearch publish milvus:../team.db
        semsearch status --index milvus:../team.db
        """,
    "index, rebuild": """
        : printf x > broken.pdf; semsearch watchlist add "a bowline knot" --min-relevance 0
        : semsearch canary add "bowline knot" sea/knots.md --within 40
        : echo "The bowline and the reef knot, a new text." > sea/new.md
        semsearch rebuild --embedder mistral:mistral-embed --yes
        SEMSEARCH_PUBLISH=milvus:../team.db semsearch index
        """,
    "index --all": """
        : semsearch add here .; mkdir ../gone; semsearch add gone ../gone; rmdir ../gone
        : printf x > broken.pdf
        semsearch index --all
        """,
    "plan": """
        : mkdir ../other; cp sea/knots.md ../other
        semsearch plan ../other --embedder mistral:mistral-embed
        """,
    "status": f"""
        : python -c '{SECOND_READER}'
        : printf 'caf\\351 cr\\350me br\\373l\\351e \\340 la carte' > old.txt; printf x > broken.pdf
        : semsearch index --quiet; echo more >> sea/knots.md
        semsearch status
        : semsearch rebuild --embedder mistral:mistral-embed --yes --quiet
        : semsearch evaluate --index . --questions 200 --passage-characters 1500 --apply --yes -q
        semsearch status
        """,
    "status --all": """
        : semsearch add here .; mkdir ../gone; semsearch add gone ../gone; rmdir ../gone
        semsearch status --all
        """,
    "missing": """
        : printf x > broken.pdf; printf x > photo.png; semsearch index --quiet
        semsearch missing
        """,
    "show": "semsearch show kitchen/sourdough.md:12-14",
    "list": """
        : semsearch add here .; mkdir ../gone; semsearch add gone ../gone; rmdir ../gone
        semsearch list
        """,
    "add, remove": """
        semsearch add here .
        semsearch remove here
        """,
    "verify": """
        : for file in .semsearch/ann-*; do echo >> $file; done
        semsearch verify
        """,
    "repair": """
        : for file in .semsearch/ann-*; do echo >> $file; done
        semsearch repair
        """,
    "rollback": """
        : rm sea/knots.md; semsearch index --quiet
        semsearch rollback
        """,
    "forget": "semsearch forget sea/knots.md",
    "export, import": """
        semsearch export ../all.semsearch
        : mkdir ../copy
        semsearch import ../all.semsearch ../copy
        """,
    "export --vectors": "semsearch export --vectors ../v.npy --table ../v.csv",
    "schedule add, list, remove": """
        semsearch schedule add . --every 6h
        semsearch schedule list
        semsearch schedule remove .
        """,
    "schedule run": """
        : semsearch schedule add . --every 6h --quiet
        semsearch schedule run .
        """,
    "schedule status": """
        : semsearch schedule add . --every 6h --quiet; semsearch schedule run . --quiet
        semsearch schedule status
        """,
    "watchlist add, list, remove": """
        semsearch watchlist add "the notice period"
        semsearch watchlist list
        semsearch watchlist remove "the notice period"
        """,
    "canary add": 'semsearch canary add "notice period" work/employee-handbook.md',
    "canary list, remove": """
        : semsearch canary add "notice period" work/employee-handbook.md --quiet
        semsearch canary list
        semsearch canary remove "notice period"
        """,
    "similarity": "semsearch similarity bees honey --embedder local:minilm",
    "related": "semsearch related kitchen/sourdough.md",
    "duplicates": """
        : sed -n '12,14s/sleeps/rests/;12,14p' kitchen/sourdough.md > leaven.md
        : semsearch index --quiet
        semsearch duplicates
        """,
    "outliers": """
        : echo Qx9 > part-number.txt
        : semsearch index --quiet
        semsearch outliers
        semsearch outliers --passages
        """,
    "cluster": "semsearch cluster -n 4",
    "classify": """
        semsearch classify --examples . --apply --save ../model.npz
        """,
    "classify --reset": "semsearch classify --reset",
    "map": "semsearch map --documents --output ../map.html",
    "evaluate SET": """
        : head -n 5 queries.jsonl > ../queries.jsonl; mkdir ../set; mv ../queries.jsonl ../set
        semsearch evaluate ../set --index . --against mode=keyword
        """,
    "evaluate --against embedder=URI": """
        : head -n 5 queries.jsonl > ../queries.jsonl; mkdir ../set; mv ../queries.jsonl ../set
        semsearch evaluate ../set --index . --against embedder=mistral:mistral-embed --yes
        """,
    "evaluate FOLDER": "semsearch evaluate --index . --questions 60 --passage-characters 1500",
    "evaluate --reset": "semsearch evaluate --index . --reset",
    "models install": "semsearch models install minilm",
    "models list": "semsearch models list",
}

# The values that several commands print, each with the command that prints all names of it.
WHOLE: Final = {
    "A place": ("related", "documents[].nearest"),
    "A hit": ("query", "hits[]"),
    "A claim": ("ask", "claims[]"),
    "A file that is left out": ("missing", "missing[]"),
    "The needs of a run": ("index, rebuild", "planned"),
    "A partial index": ("query", "partial"),
    "A publication": ("index, rebuild", "publication"),
}

SELDOM: Final = {"settings.passage_characters"}  # only where another length finds more


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, only_minilm: Path) -> Path:
    """A copy of the sample corpus with an index, made by the local model."""
    folder = tmp_path_factory.mktemp("json") / "sample_corpus"
    shutil.copytree(ROOT / "sample_corpus", folder, ignore=shutil.ignore_patterns(".semsearch"))
    command = ["index", folder, "--embedder", "local:minilm", "--quiet"]
    variables = {"SEMSEARCH_CONFIG": os.devnull, "SEMSEARCH_MODELS_DIRECTORY": str(only_minilm)}
    subprocess.run(
        [sys.executable, "-m", "semsearch", *command], check=True, env={**os.environ, **variables}
    )
    return folder


@pytest.fixture
def place(indexed: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(indexed, tmp_path / "sample_corpus"))


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The command on the path, cron in place of systemd, a stand-in for Mistral's API."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in (("crontab", CRONTAB), ("systemctl", "#!/bin/sh\nexit 1\n")):
        (programs / name).write_text(script)
        (programs / name).chmod(0o700)
    (tmp_path / "config.toml").touch()
    with mistral_server() as server:
        yield {
            **os.environ,
            "PATH": os.pathsep.join(
                [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
            ),
            "SEMSEARCH_CONFIG": str(tmp_path / "config.toml"),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "MISTRAL_BASE_URL": server.url,
            "MISTRAL_API_KEY": KEY,
        }


def printed(script: str, folder: Path, environment: dict[str, str]) -> list[Any]:
    """The JSON of each command of a script."""
    records = []
    for line in script.strip().splitlines():
        prepares, command = line.strip().startswith(":"), line.strip().removeprefix(": ")
        done = subprocess.run(
            ["bash", "-c", command if prepares else f"{command} --json"],
            cwd=folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=600,
        )
        if not prepares:
            assert done.stdout, done.stderr
            records.append(json.loads(done.stdout))
    return records


def names_in(value: Any, documented: set[str], prefix: str = "") -> set[str]:
    """The names of a JSON value with those of what is in it: ``hits[].rank``, ``figures.*.p``."""
    if isinstance(value, list):
        return set().union(*(names_in(item, documented, f"{prefix}[]") for item in value))
    if not isinstance(value, dict):
        return set()
    start = f"{prefix}." if prefix else ""
    keys_are_data = f"{start}*" in documented
    names = set()
    for name, item in value.items():
        path = start + ("*" if keys_are_data else name)
        names |= {path} | names_in(item, documented, path)
    return names


def sections() -> dict[str, list[tuple[list[str], str]]]:
    """The page's tables by their headings: the names of each row, and what is said of them."""
    found = {}
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        rows = re.findall(r"^\| (`.*?`) \| (.*?) ?\|$", body, flags=re.MULTILINE)
        found[heading] = [(re.findall(r"`([^`]+)`", names), told) for names, told in rows]
    return found


SECTIONS: Final = sections()


def own_names(section: str) -> set[str]:
    """The names in a section's table; of a list, that of its elements is no name of its own."""
    return {name for names, _ in SECTIONS[section] for name in names if not name.endswith("[]")} | {
        name.removesuffix("[]") for names, _ in SECTIONS[section] for name in names
    }


def linked_names(section: str) -> set[str]:
    """The names of the values that the section's rows link to, behind those of the rows."""
    anchors = {re.sub(r"[^\w -]", "", name).replace(" ", "-").lower(): name for name in SECTIONS}
    found = set()
    for (first, *_), told in SECTIONS[section]:
        for anchor in re.findall(r"\(#([\w-]+)\)", told):
            linked = anchors[anchor]
            found |= {f"{first}.{name}" for name in own_names(linked) | linked_names(linked)}
    return found


@pytest.mark.usefixtures("minilm")
@pytest.mark.parametrize("section", COMMANDS)
def test_the_names_are_those_of_the_manual(
    section: str, place: Path, environment: dict[str, str]
) -> None:
    """None is missing on the page, and the page has none that is not printed."""
    own, linked = own_names(section), linked_names(section)
    records = printed(COMMANDS[section], place, environment)
    names = set().union(*(names_in(record, own | linked) for record in records))
    assert names - own - linked == set(), "these are not in the manual"
    expected = own | {
        f"{prefix}.{name}"
        for value, (whole_in, prefix) in WHOLE.items()
        if whole_in == section
        for name in own_names(value)
    }
    assert expected - names - SELDOM == set(), "these are not printed"


def test_every_command_with_json_is_on_the_page() -> None:
    """Under a heading with its name, and every heading is tried here."""
    from semsearch.cli.command_reference import all_commands

    assert set(COMMANDS) | set(WHOLE) == set(SECTIONS)
    tried = " ".join(COMMANDS.values())
    for command in all_commands():
        if (
            any(option.written == "--json" for option in command.options)
            and command.name != "watch"
        ):
            assert f"semsearch {command.name}" in tried, command.name
