"""Static models in a folder, compared with sums over the same table, piece by piece."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Run

from fakes.static_folder import DIMENSION, StaticFolder
from semsearch.api import index
from semsearch.embedders.embedder import embedded, embedder_of_questions
from semsearch.embedders.local.onnx_model import open_model, whole_uri
from semsearch.errors import ModelMissing
from semsearch.query.searcher import search
from semsearch.settings.schema import Settings

NOWHERE = Path("nowhere")  # nothing is built
TEXTS = ["Honey bees keep warm.", "Über the moon ☃", "tide " * 600]


def opened(folder: StaticFolder, options: str = "") -> Any:
    """The embedder of a folder."""
    return open_model(f"local:{folder.path}{options}", NOWHERE)


@pytest.mark.parametrize(
    "made",
    [
        {},
        {"kind": "float16"},
        {"kind": "int8"},
        {"has_weights": True},
        {"has_weights": True, "has_mapping": True},
        {"is_model2vec": False},
        {"is_model2vec": False, "within": "0_StaticEmbedding"},
    ],
    ids=str,
)
def test_vectors_are_means_of_the_table(made: dict[str, Any], tmp_path: Path) -> None:
    """Unknown words count in sentence-transformers, and do not in model2vec."""
    folder = StaticFolder(tmp_path / "static", **made)
    embedder = opened(folder)
    expected = np.stack([folder.vector(text) for text in TEXTS])
    np.testing.assert_allclose(embedded(embedder, TEXTS), expected, atol=1e-5)
    assert embedder.count_tokens("bees keep warm") == 3


def test_a_folder_without_modules_is_known_by_its_configuration(tmp_path: Path) -> None:
    """Older ones name the type of model, newer ones the type of the table."""
    folder = StaticFolder(tmp_path / "static")
    (folder.path / "modules.json").unlink()
    for config in ({"model_type": "model2vec"}, {"embedding_dtype": "float32"}):
        folder.put("config.json", config)
        np.testing.assert_allclose(
            embedded(opened(folder), TEXTS[:1])[0], folder.vector(TEXTS[0]), atol=1e-5
        )


@pytest.mark.parametrize("text", ["☃☃☃", "\N{SNOWMAN} \N{COMET}"])
def test_a_text_of_unknown_words_has_a_direction_all_the_same(tmp_path: Path, text: str) -> None:
    """The library gives zeros, which an index cannot keep."""
    (row,) = embedded(opened(StaticFolder(tmp_path / "static")), [text])
    assert np.linalg.norm(row) == pytest.approx(1)


def test_prefixes_and_the_dimension_of_the_folder_hold(tmp_path: Path) -> None:
    """The URI has the last word."""
    folder = StaticFolder(tmp_path / "static", is_model2vec=False)
    prompts = {"query": "keep ", "document": "tide "}
    folder.put("config_sentence_transformers.json", {"prompts": prompts, "truncate_dim": 8})

    def cut(text: str, dimension: int) -> Any:
        row = folder.vector(text)[:dimension]
        return row / np.linalg.norm(row)

    embedder = opened(folder)
    (passage,) = embedded(embedder, ["bees"])
    (question,) = embedded(embedder_of_questions(embedder), ["bees"])
    np.testing.assert_allclose(passage, cut("tide bees", 8), atol=1e-5)
    np.testing.assert_allclose(question, cut("keep bees", 8), atol=1e-5)
    (whole,) = embedded(opened(folder, f"?dimension={DIMENSION}"), ["bees"])
    np.testing.assert_allclose(whole, cut("tide bees", DIMENSION), atol=1e-5)
    with pytest.raises(ModelMissing, match="vectors of 16 numbers, not 17"):
        embedded(opened(folder, "?dimension=17"), ["bees"])


def test_the_fingerprint_is_that_of_the_table_and_of_what_is_kept(tmp_path: Path) -> None:
    """Other vectors need another URI."""
    folder = StaticFolder(tmp_path / "static")
    uris = {whole_uri(f"local:{folder.path}"), whole_uri(f"local:{folder.path}?dimension=8")}
    folder.put_tensors({"embeddings": folder.table * 2})
    uris.add(whole_uri(f"local:{folder.path}"))
    assert len({uri.rpartition("digest=")[2] for uri in uris}) == 3


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"other": np.ones((3, 4), np.float32)}, "has no table of vectors"),
        ({"embeddings": np.ones((3, 4), np.float32)}, "not those of its tokenizer"),
        (
            {"embeddings": np.ones((99, 4), np.float32), "mapping": np.full(99, 400)},
            "not those of its tokenizer",
        ),
        (
            {"embeddings": np.ones((99, 4), np.float32), "weights": np.ones(3, np.float32)},
            "not those of its tokenizer",
        ),
    ],
)
def test_a_damaged_table_is_told(tmp_path: Path, tensors: Any, said: str) -> None:
    """In one line that names the file."""
    folder = StaticFolder(tmp_path / "static")
    folder.put_tensors(tensors)
    with pytest.raises(ModelMissing, match=said):
        embedded(opened(folder), TEXTS)


def test_an_index_of_a_static_model_is_asked(corpus: Path, tmp_path: Path, run: Run) -> None:
    """With the command and from Python."""
    folder = StaticFolder(tmp_path / "static")
    uri = f"local:{folder.path}"
    index(corpus, settings=Settings(embedder=uri))
    found = search("bees keep warm", index=corpus, settings=Settings(embedder=uri))
    assert found.hits[0].location.path == "bees.md"
    shown = run("query", "bees keep warm", "--index", corpus, "--embedder", uri, "--files-only")
    assert shown.stdout.splitlines()[0] == "bees.md"
