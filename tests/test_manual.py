"""The manual: its pages are made of the code where they can be, installed, and printed."""

import re
import shutil
import subprocess
import sys
import zipfile
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, get_type_hints

import pytest

from semsearch.cli.completion import manual_topics
from semsearch.cli.manual_pages import TOPICS, page
from semsearch.cli.render.manual_text import page_text
from semsearch.settings.schema import Settings
from semsearch.settings.sources import load_settings

if TYPE_CHECKING:
    from conftest import Run

ROOT = Path(__file__).parent.parent
MANUAL = ROOT / "semsearch" / "manual"


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    """The script that writes the tables."""
    loader = SourceFileLoader("make_manual_tables", str(ROOT / "scripts" / "make_manual_tables"))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = writes
    return module


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_made_of_the_code_is_up_to_date(topic: str, tables: ModuleType) -> None:
    """Else: scripts/make_manual_tables."""
    assert tables.made(page(topic)) == page(topic)


def test_every_setting_has_a_meaning_and_its_variable_sets_it(tables: ModuleType) -> None:
    """The meaning is written by hand; the rest is the code's."""
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*?) \|$", page("settings"), re.MULTILINE)
    meanings = dict(rows)
    samples = {int: "60", float: "0.75", str: "x", Path: "/x"}
    special = {
        "passage_characters": "3000",
        "context": "title",
        "ocr": "eng",
        "news_notify": "yes",
        "generated": "yes",
        "proxy": "http://x",
    }
    for name, kind in get_type_hints(Settings).items():
        assert meanings.get(name), name
        variable = tables.variable(name).strip("`")
        if not variable:
            continue
        known = [sample for of, sample in samples.items() if kind in (of, of | None)]
        value = special.get(name, known[0] if known else "x")
        if name.endswith(("_api_key_file", "_token_file")):
            continue  # is read at once
        settings = load_settings({}, environment={variable: value, "SEMSEARCH_CONFIG": "/dev/null"})
        plain = load_settings({}, environment={"SEMSEARCH_CONFIG": "/dev/null"})
        assert getattr(settings, name) != getattr(plain, name), name


def test_every_page_is_a_topic_with_a_summary_of_one_line() -> None:
    """In the order of the list."""
    assert sorted(TOPICS) == sorted(path.stem for path in MANUAL.glob("*.md"))
    for topic in TOPICS:
        title, summary, _ = page(topic).split("\n\n", 2)
        assert title.lower() == f"# {topic.replace('-', ' ')}"
        assert "\n" not in summary
        assert summary.endswith(".")


def test_a_topic_is_printed_as_plain_text(run: "Run") -> None:
    """No marks, no links, no escape sequences; rows of tables are wrapped."""
    shown = run("man", "settings", COLUMNS="100")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("Settings\n========\n\nWhere settings come from")
    assert re.search(r"passage_characters +1500 +SEMSEARCH_PASSAGE_CHARA", shown.stdout)
    assert "…" not in shown.stdout.replace("openai:…", "").replace("rerank:…", "")
    assert not re.search(r"\x1b|\]\(|<!--|\*\*|^\|", shown.stdout, re.MULTILINE)


def test_the_topics_are_listed(run: "Run") -> None:
    """By --list and by the topic of that name; a summary goes on below itself at 80 columns."""
    listed = run("man", "--list", COLUMNS="80")
    rows = listed.stdout.splitlines()
    assert [row.split()[0] for row in rows if not row.startswith(" ")] == list(TOPICS)
    assert max(map(len, rows)) <= 80
    assert run("man", "topics").stdout == listed.stdout


def test_an_unknown_topic_is_one_line_that_names_the_topics(run: "Run") -> None:
    """With the exit code of wrong usage."""
    shown = run("man", "serching\x1b[2J")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr.count("\n") == 1
    assert "\x1b" not in shown.stderr
    assert ", ".join(TOPICS) in shown.stderr


def test_the_shell_offers_topics() -> None:
    """And the list."""
    assert manual_topics("se") == ["searching", "serving", "settings"]
    assert manual_topics("top") == ["topics"]


def test_nothing_on_a_page_reaches_a_terminal_that_could_move_its_cursor() -> None:
    """Pages are files on a disk, too."""
    assert "\x1b" not in page_text("# A\x1b[2J\n\n```\nb\x1b[2J\n```\n", 80)


def test_the_manual_and_the_page_are_in_the_wheel(tmp_path: Path) -> None:
    """With pictures, templates, scripts, and the licences of others' files."""
    left = shutil.ignore_patterns("__pycache__")
    source = tmp_path / "source"
    shutil.copytree(ROOT / "semsearch", source / "semsearch", ignore=left)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pytest.importorskip("hatchling", reason="the build system is not installed here")
    made = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=source,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert made.returncode == 0, made.stderr
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    wanted = {f"semsearch/manual/{topic}.md" for topic in TOPICS}
    pictures = ("session.svg", "map.png", "page.png")
    wanted |= {f"semsearch/manual/pictures/{name}" for name in pictures}
    served = ROOT / "semsearch" / "serve"
    files = [*served.glob("templates/*"), *served.glob("static/**/*")]
    wanted |= {path.relative_to(ROOT).as_posix() for path in files if path.is_file()}
    assert wanted <= set(names)
    assert [name for name in names if name.endswith("licenses/LICENSE")]
    assert [name for name in names if "licenses" in name and name.endswith("pdfjs/LICENSE")]
