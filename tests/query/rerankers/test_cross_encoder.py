"""``--rerank local:PATH``: a folder with a tiny cross-encoder, held to what it counts."""

from pathlib import Path

import pytest

from fakes.cross_encoder_folder import CrossEncoderFolder
from fakes.onnx_folder import OnnxFolder
from semsearch.errors import EmbedderError, ModelMissing, SettingsError
from semsearch.query.rerankers.registry import open_reranker
from semsearch.query.rerankers.reranker import Reranker
from semsearch.settings.schema import Settings

QUESTION = "honey bees"
TEXTS = ["bread", "bees keep warm", "honey of bees and honey"]


def opened(path: Path) -> Reranker:
    """As a person names it."""
    reranker = open_reranker(f"local:{path}", Settings())
    assert reranker is not None
    return reranker


def test_scores_are_the_logits_of_the_pairs(tmp_path: Path) -> None:
    """In the order of the texts; the same alone and among others."""
    folder = CrossEncoderFolder(tmp_path / "a model")
    reranker = opened(folder.path)
    found = reranker.scores(QUESTION, TEXTS)
    assert found == [folder.logit(QUESTION, text) for text in TEXTS] == [1, 2, 4]
    assert [reranker.scores(QUESTION, [text])[0] for text in TEXTS] == found


def test_a_long_passage_has_the_score_of_its_best_window(tmp_path: Path) -> None:
    """Nothing of it is cut off: what answers may stand at its end."""
    folder = CrossEncoderFolder(tmp_path / "model", length=16)  # 11 pieces beside the question
    text = "tide " * 11 + "moon " * 11 + "honey bees bees"
    assert opened(folder.path).scores(QUESTION, [text]) == [4]
    assert folder.logit(QUESTION, "honey bees bees") == 4


def test_a_question_must_leave_room(tmp_path: Path) -> None:
    """The error says what to do."""
    folder = CrossEncoderFolder(tmp_path / "model", length=16)
    with pytest.raises(EmbedderError, match="longer than half of the 16 word pieces"):
        opened(folder.path).scores("bees " * 7, ["bees"])


def test_a_classifier_of_several_classes_is_none(tmp_path: Path) -> None:
    """None of its numbers is the score."""
    folder = CrossEncoderFolder(tmp_path / "model", outputs=3)
    with pytest.raises(EmbedderError, match="3 numbers for a pair; a reranker gives one"):
        opened(folder.path).scores(QUESTION, TEXTS)


def test_an_embedder_is_no_reranker(tmp_path: Path) -> None:
    """Its graph takes a pair, and gives no score."""
    with pytest.raises(EmbedderError, match="numbers for a pair"):
        opened(OnnxFolder(tmp_path / "model").path).scores(QUESTION, TEXTS)


@pytest.mark.parametrize("name", ["tokenizer.json", "onnx/model.onnx"])
def test_what_is_missing_or_damaged_is_named(tmp_path: Path, name: str) -> None:
    """By its file."""
    folder = CrossEncoderFolder(tmp_path / "model")
    (folder.path / name).write_bytes(b"{}")
    with pytest.raises(ModelMissing, match=f"cannot .*{name}"):
        opened(folder.path).scores(QUESTION, TEXTS)
    (folder.path / name).unlink()
    with pytest.raises(ModelMissing, match=f"(has|and) no {name}"):
        opened(folder.path).scores(QUESTION, TEXTS)


@pytest.mark.parametrize("uri", ["local:minilm", "cohere:rerank", "rerank:model", "local:./a?b=c"])
def test_a_uri_that_names_none_is_refused(uri: str) -> None:
    """Before anything is read or sent."""
    with pytest.raises(SettingsError, match=r"there is no reranker|option"):
        open_reranker(uri, Settings())
