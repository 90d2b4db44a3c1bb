"""What a command does not wait for."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Run

# Each took a twentieth of a query or more, and is not needed for one.
NEVER = {"pydantic", "rich", "requests", "onnx", "huggingface_hub", "pypdf", "mistralai", "sklearn"}
MODEL = {"onnxruntime", "tokenizers"}
READING = {"semsearch.documents.readers.reader", "semsearch.documents.chunker", "lxml"}
RUN = {"semsearch.indexer.run", "semsearch.indexer.renewal", "semsearch.indexer.quality_gate"}
COMPUTING = {*MODEL, "faiss", "tantivy", "numpy"}
NOTHING_BUT_WORDS = {*COMPUTING, *READING, *RUN, "sqlite3"}


def imported_by(run: "Run", words: list[str], folder: Path, **variables: str) -> set[str]:
    """The modules, and the packages that they are in, of a command that succeeds."""
    done = run(*words, cwd=folder, PYTHONPROFILEIMPORTTIME="1", **variables)
    assert done.returncode == 0
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    imported = names | {name.split(".")[0] for name in names}
    assert "semsearch" in imported
    return imported


@pytest.mark.parametrize(
    ("words", "besides"),
    [
        (["query", "what pulls the sea?", "-k", "2", "--type", "html"], READING),
        (["query", "moon", "--mode", "keyword"], {*MODEL, "faiss"}),
        (["status"], {*COMPUTING, *READING, *RUN}),
    ],
)
def test_a_command_imports_what_it_needs(
    run: "Run", corpus: Path, words: list[str], besides: set[str]
) -> None:
    """When nothing has changed since the index was made, and the output is no terminal."""
    assert run("index", corpus).returncode == 0
    imported = imported_by(run, words, corpus)
    assert imported & (NEVER | besides) == set()
    assert {"typer", "sqlite3"} <= imported
    of_collections = {one for one in imported if one.startswith("semsearch.store.collection.")}
    assert of_collections <= {"semsearch.store.collection.uri"}
    assert "semsearch.query.open_collection" not in imported


@pytest.mark.parametrize("words", [["index"], ["index", "--json"], ["index", "--quiet"]])
def test_a_run_without_a_change_imports_no_engine_no_reader_and_no_numpy(
    run: "Run", corpus: Path, words: list[str]
) -> None:
    """Neither where the index has one segment, nor where an update has made another."""
    assert run("index", corpus).returncode == 0
    besides = {*COMPUTING, *READING, *RUN} - {"semsearch.indexer.run"}
    assert imported_by(run, words, corpus) & (NEVER | besides) == set()
    (corpus / "new.md").write_text("Bees keep warm by shivering.")
    assert run("index", corpus).returncode == 0
    assert imported_by(run, words, corpus) & (NEVER | besides) == set()


def test_the_version_is_told_without_the_command_line(run: "Run", tmp_path: Path) -> None:
    """It is a constant, which the package is built with."""
    imported = imported_by(run, ["--version"], tmp_path)
    assert imported & {*NEVER, *NOTHING_BUT_WORDS, "typer", "importlib.metadata"} == set()


@pytest.mark.parametrize(
    "words", [["--help"], ["index", "--help"], ["query", "--help"], ["ask", "--help"]]
)
def test_help_imports_nothing_that_works(run: "Run", tmp_path: Path, words: list[str]) -> None:
    """It is made of the declarations of the commands and their options."""
    imported = imported_by(run, words, tmp_path)
    assert imported & (NEVER | NOTHING_BUT_WORDS) == set()


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("semsearch ver", {"query_options", "run_options"}),
        ("semsearch index --emb", {"run_options"}),
        ("semsearch query x --in ", {"query_options"}),
        ("semsearch ask x --model ", {"query_options"}),
    ],
)
def test_completion_imports_the_command_that_is_typed(
    run: "Run", tmp_path: Path, line: str, options: set[str]
) -> None:
    """And all commands only while its name is typed, in bash and in fish alike."""
    words = line.split(" ")
    bash = {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    fish = {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    for shell, given in (("bash", bash), ("fish", fish)):
        asked = {"_SEMSEARCH_COMPLETE": f"complete_{shell}", **given}
        imported = imported_by(run, [], tmp_path, **asked)
        assert imported & (NEVER | NOTHING_BUT_WORDS) == set()
        of_commands = {"query_options", "run_options"}
        assert {one for one in of_commands if f"semsearch.cli.{one}" in imported} == options
