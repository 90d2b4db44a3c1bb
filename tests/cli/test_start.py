"""What a command does not wait for."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Run

# Each took a twentieth of a query or more, and is not needed for one.
NEVER = {"pydantic", "rich", "requests", "onnx", "huggingface_hub", "pypdf", "mistralai", "sklearn"}


@pytest.mark.parametrize(
    ("words", "besides"),
    [
        (
            ["query", "what pulls the sea?", "-k", "2", "--type", "html"],
            {"semsearch.documents.readers.reader"},
        ),
        (["query", "moon", "--mode", "keyword"], {"onnxruntime", "tokenizers", "faiss"}),
        (["status"], {"onnxruntime", "tokenizers", "faiss", "semsearch.indexer.run"}),
        (["index"], {"onnxruntime", "tokenizers", "faiss", "semsearch.indexer.quality_gate"}),
    ],
)
def test_a_command_imports_what_it_needs(
    run: "Run", corpus: Path, words: list[str], besides: set[str]
) -> None:
    """When nothing has changed since the index was made, and the output is no terminal."""
    assert run("index", corpus).returncode == 0
    done = run(*words, cwd=corpus, PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    imported = names | {name.split(".")[0] for name in names}
    assert imported & (NEVER | besides) == set()
    assert {"typer", "semsearch", "sqlite3"} <= imported
