"""Commands and the URIs of collections: which search them, which refuse them, what is shown."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import semsearch
from fakes.published_index import FOLDER, HOST, Engine, engines_for
from semsearch.cli import errors
from semsearch.cli.app import command_line
from semsearch.cli.command_reference import Command, all_commands
from semsearch.cli.option_parser import sparing

URI: Final = "postgresql://ann:hunter2@db.example/team?sslpassword=hunter3"
SHOWN: Final = "postgresql://ann:***@db.example/team?sslpassword=***"
SECRETS: Final = ("hunter2", "hunter3")

Ran = Callable[..., tuple[int, str, str]]


@pytest.fixture
def engine(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A collection with the documents of a folder, which stands in the settings, too."""
    semsearch.index(corpus)
    running = Engine(corpus)
    engines_for(monkeypatch, {URI: running})
    yield running


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ran:
    """Exit code, stdout and stderr of a command in this process, in a folder without an index."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")

    def running(*args: object) -> tuple[int, str, str]:
        words = [*map(str, args)]
        monkeypatch.setattr("sys.argv", ["semsearch", *words])
        app = sparing(command_line(words))
        code = errors.run(lambda **given: app(args=words, **given))
        printed = capsys.readouterr()
        assert not [one for one in SECRETS if one in printed.out + printed.err]
        return code, printed.out, printed.err

    return running


SEARCHING: Final = {"query", "ask", "mcp", "serve", "status"}
OF_ARGUMENTS: Final = {
    "related": ["a.md"],
    "show": ["bees.md:1"],
    "open": ["bees.md:1"],
    "export": ["out.zip"],
    "publish": ["milvus:./other.db"],
    "import": ["nothing.zip"],
    "forget": ["a.md"],
    "classify": ["--labels", "a,b"],
    "similarity": ["a", "b"],
    "canary add": ["question", "a.md"],
    "canary remove": ["question"],
    "watchlist add": ["question"],
    "watchlist remove": ["question"],
    "outliers": [],
    "schedule add": ["--daily", "02:00"],
}
WITH_INDEX: Final = [
    one
    for one in all_commands()
    if any(option.written.startswith("--index") for option in one.options)
    and one.name not in SEARCHING
]
WITH_FOLDER: Final = [
    one
    for one in all_commands()
    if any(option.written.strip("[]") == "FOLDER" for option in one.options)
    and one.name not in {*SEARCHING, "add"}
]


def words_of(command: Command) -> list[str]:
    """The command with the arguments that it must have."""
    return [*command.name.split(), *OF_ARGUMENTS.get(command.name, [])]


def test_the_tables_have_commands() -> None:
    """Those that need a folder, and those that need an index."""
    names = {one.name for one in WITH_INDEX}
    assert {"verify", "repair", "rollback", "forget", "export", "show", "map"} <= names
    assert {"index", "rebuild", "plan", "watch"} <= {one.name for one in WITH_FOLDER} & names


@pytest.mark.parametrize("place", [URI, "team"])
@pytest.mark.parametrize("command", WITH_INDEX, ids=lambda one: one.name)
def test_a_command_that_needs_the_index_refuses_a_collection(
    engine: Engine,
    ran: Ran,
    command: Command,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """In one line that says what to do, by URI and by name; nothing is made."""
    settings(tmp_path, monkeypatch)
    (tmp_path / "empty" / "a.txt").write_text("one\ntwo\n")
    code, out, err = ran(*words_of(command), "--index", place)
    assert (code, out, err.count("\n")) == (2, "", 1), err
    if command.name in ("show", "open"):
        assert f"bees.md is on {HOST}:{FOLDER}/papers" in err
    else:
        assert f"{SHOWN} is a collection, which is only searched" in err
    assert [one.name for one in (tmp_path / "empty").iterdir()] == ["a.txt"]


@pytest.mark.parametrize("command", WITH_FOLDER, ids=lambda one: one.name)
def test_a_command_that_needs_a_folder_refuses_a_collection(
    engine: Engine, ran: Ran, command: Command, tmp_path: Path
) -> None:
    """A URI is not taken for a path."""
    code, out, err = ran(*words_of(command), URI)
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert f"{SHOWN} is a collection, which is only searched" in err
    assert not list((tmp_path / "empty").iterdir())


def settings(place: Path, environment: pytest.MonkeyPatch, mode: int = 0o600) -> Path:
    """A settings file in which the collection has a name."""
    file = place / "config.toml"
    file.write_text(f'[indexes]\nteam = "{URI}"\n')
    file.chmod(mode)
    environment.setenv("SEMSEARCH_CONFIG", str(file))
    return file


def without_place(record: dict[str, Any]) -> dict[str, Any]:
    """An answer's JSON without where it is from."""
    for name in ("index", "sources"):
        record.pop(name, None)
    for hit in record["hits"]:
        hit.pop("source", None)
        hit.pop("now")
    return record


def test_a_query_is_answered_as_by_the_index(engine: Engine, ran: Ran, corpus: Path) -> None:
    """By the option and by the environment; stderr says where the files are."""
    local = json.loads(ran("query", "honey bees", "--index", corpus, "--json")[1])
    code, out, err = ran("query", "honey bees", "--index", URI, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["index"] == SHOWN
    assert [(one["name"], one["host"]) for one in found["sources"]] == [("papers", HOST)]
    assert {hit["source"] for hit in found["hits"]} == {"papers"}
    assert without_place(found) == without_place(local)
    code, out, err = ran("query", "honey bees", "--index", URI)
    assert code == 0
    assert out == ran("query", "honey bees", "--index", corpus)[1]
    assert err == f"semsearch: the files are on {HOST}:{FOLDER}/papers\n"
    assert ran("query", "honey bees", "--index", URI, "--quiet")[2] == ""


@pytest.mark.parametrize("form", ["--csv", "--md", "--jsonl", "--vimgrep", "--files-only"])
def test_each_form_of_hits_is_printed(engine: Engine, ran: Ran, form: str) -> None:
    """Without a word on stderr."""
    code, out, err = ran("query", "honey bees", "--index", URI, form)
    assert (code, err) == (0, "")
    assert "bees.md" in out


def test_the_environment_names_a_collection(
    engine: Engine, ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a search, and as what all other commands refuse."""
    monkeypatch.setenv("SEMSEARCH_INDEX", URI)
    assert ran("query", "honey bees", "--files-only", "-k", "1")[:2] == (0, "bees.md\n")
    code, _, err = ran("index")
    assert (code, "is a collection" in err) == (2, True)


@pytest.mark.parametrize("words", [["-C", "2"], ["--context", "0"]])
def test_rows_around_a_hit_are_elsewhere(engine: Engine, ran: Ran, words: list[str]) -> None:
    """The error says where."""
    code, out, err = ran("query", "honey bees", "--index", URI, "-q", "--context", words[1])
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"bees.md is on {HOST}:{FOLDER}/papers" in err


def test_a_refresh_is_refused(engine: Engine, ran: Ran) -> None:
    """A collection is brought up to date where its folder is."""
    code, out, err = ran("query", "honey bees", "--index", URI, "--refresh")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"{SHOWN} is a collection" in err


def test_an_answer_is_written_from_a_collection(engine: Engine, ran: Ran) -> None:
    """The model gets the passages; the answer has the sources."""
    model = ["--model", "openai:m@http://127.0.0.1:9", "--dry-run"]
    code, out, _ = ran("ask", "how do honey bees keep warm?", "--index", URI, *model, "--json")
    found = json.loads(out)
    assert (code, found["index"]) == (0, SHOWN)
    assert [one["name"] for one in found["sources"]] == ["papers"]
    code, out, err = ran("ask", "how do honey bees keep warm?", "--index", URI, *model)
    assert "Honey bees keep warm." in out
    assert f"semsearch: the files are on {HOST}:{FOLDER}/papers\n" in err


def test_a_file_of_an_engine_is_named_by_its_whole_path(
    ran: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the name holds in every directory."""
    monkeypatch.setenv("SEMSEARCH_CONFIG", str(tmp_path / "config.toml"))
    assert ran("add", "team", "milvus:./m.db#docs")[0] == 0
    place = f"milvus:{tmp_path / 'empty' / 'm.db'}#docs"
    assert json.loads(ran("list", "--json")[1])["indexes"][0]["place"] == place
    assert place in ran("mcp", "milvus:./m.db#docs", "--print-config", "claude")[1]


def test_an_engine_that_is_down_is_a_line(engine: Engine, ran: Ran) -> None:
    """With the exit code for what is out of reach."""
    engine.is_down = True
    code, out, err = ran("query", "honey bees", "--index", URI)
    assert (code, out, err) == (75, "", f"semsearch: {SHOWN} does not answer\n")


def test_a_collection_gets_a_name(
    engine: Engine, ran: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, corpus: Path
) -> None:
    """By which it is asked, alone and with others; the list does not show the password."""
    file = tmp_path / "own" / "config.toml"
    monkeypatch.setenv("SEMSEARCH_CONFIG", str(file))
    file.parent.mkdir()
    file.touch(mode=0o600)
    code, out, _ = ran("add", "team", URI)
    assert (code, out) == (0, f'team is {SHOWN}; next: semsearch query "…" --in team\n')
    assert ran("add", "team", URI)[0] == 0
    assert ran("add", "team", "milvus:./m.db")[2].startswith(f"semsearch: team is {SHOWN} already")
    assert ran("add", "team", corpus)[2].startswith(f"semsearch: team is {SHOWN} already")
    assert URI in file.read_text()
    assert ran("list")[1] == f"team  {SHOWN}  (a collection)\n"
    assert json.loads(ran("list", "--json")[1])["indexes"][0]["place"] == SHOWN
    assert ran("add", "here", corpus)[0] == 0
    for words in (["--index", "team"], ["--in", "team"], ["--all"]):
        assert ran("query", "honey bees", "--files-only", *words)[0] == 0
    answer = json.loads(ran("query", "the moon pulls the water", "--all", "--json")[1])
    assert [(one["name"], one["index"]) for one in answer["indexes"]] == [
        ("here", str(corpus / ".semsearch")),
        ("team", SHOWN),
    ]
    assert ran("index", "--all", "--quiet")[0] == 0  # of folders only
    code, out, _ = ran("remove", "team")
    assert (code, out) == (0, f"team is no name any more; {SHOWN} is as it was\n")


def test_settings_that_others_can_read_hold_no_password(
    engine: Engine, ran: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is one put there, nor read from there."""
    file = settings(tmp_path, monkeypatch, mode=0o644)
    code, _, err = ran("query", "bees", "--in", "team")
    assert (code, err.count("\n")) == (12, 1)
    assert "holds a password and can be read by others; run: chmod 600" in err
    file.write_text("")
    code, _, err = ran("add", "team", URI)
    assert (code, err.count("\n")) == (12, 1)
    assert "would hold a password; run: chmod 600" in err
    assert file.read_text() == ""


def test_wrong_settings_are_told_without_the_password(
    ran: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table with a value that is no text, a name that there is not."""
    file = settings(tmp_path, monkeypatch)
    assert "nothing is named" in ran("query", "bees", "--in", URI)[2]
    file.write_text(f'[indexes]\nteam = "{URI}"\nother = 7\n')
    assert "'indexes' cannot be" in ran("query", "bees", "--in", "team")[2]
    assert ran("status", URI)[0] == 2  # a word too many
    assert ran("query", "bees", "--index", URI + "#No")[0] == 2


def test_the_log_of_a_run_shows_no_password(engine: Engine, ran: Ran, tmp_path: Path) -> None:
    """Though it has the index that was named."""
    log = tmp_path / "runs.log"
    assert ran("index", URI, "--index", URI, "--log-json", log)[0] == 2
    written = log.read_text()
    assert SHOWN in written
    assert not [one for one in SECRETS if one in written]


def test_the_configuration_of_a_client_shows_no_password(
    engine: Engine, ran: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A URI without one is printed, one with it must have a name."""
    code, out, err = ran("mcp", URI, "--print-config", "claude")
    assert (code, out) == (2, "")
    assert "give it a name" in err
    assert (
        "postgresql://db.example/team"
        in (ran("mcp", "postgresql://db.example/team", "--print-config", "claude")[1])
    )
    settings(tmp_path, monkeypatch)
    assert " team" in ran("mcp", "team", "--print-config", "claude")[1]
