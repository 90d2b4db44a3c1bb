"""The unigram tokenizer that reads its pieces by their first characters."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from semsearch.embedders.local.packed_weights import Pieces
from semsearch.embedders.local.unigram import Unigram, write_pieces
from semsearch.errors import ModelMissing

TESTS = Path(__file__).parents[2]
PAGES = [*(TESTS / "languages").glob("*.md"), *(TESTS.parent / "sample_corpus").rglob("*.md")]
TEXTS = [path.read_text("utf-8") for path in sorted(PAGES)]
NOT_TRAINED_ON = ["Ὀδυσσεύς πολύτροπος", "naïve café 12,5 €", "a  b\n\tc", "ᚠᚢᚦ and ᚨᚱ", "zzyzx"]
WORDS = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
NOTHING: Mapping[str, str] = {}


def tokenizer(
    path: Path, scored: list[tuple[str, float]], normalised: Mapping[str, str] = NOTHING
) -> Unigram:
    """A tokenizer of these pieces, after the four special ones."""
    texts = ("<s>", "<pad>", "</s>", "<unk>", *(text for text, _ in scored))
    scores = np.array([0, 0, 0, 0, *(score for _, score in scored)], dtype=np.float32)
    mapped = {ord(one): to for one, to in normalised.items()}
    write_pieces(Pieces(texts, scores, (0, 2, 1, 3), mapped), path)
    return Unigram(path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Unigram, Any]:
    """The same pieces for this tokenizer and for that of the package tokenizers."""
    learner = Tokenizer(models.Unigram())
    learner.pre_tokenizer = WORDS
    trainer = trainers.UnigramTrainer(
        vocab_size=3000, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], unk_token="<unk>",
        show_progress=False,
    )  # fmt: skip
    learner.train_from_iterator(TEXTS, trainer)
    scored = [
        (text, float(np.float32(score)))
        for text, score in json.loads(learner.to_str())["model"]["vocab"]
    ]
    other = Tokenizer(models.Unigram(scored, unk_id=3))
    other.pre_tokenizer = WORDS
    place = tmp_path_factory.mktemp("pieces") / "pieces.npz"
    return tokenizer(place, scored[4:]), other


def test_pieces_are_those_of_the_package_tokenizers(trained: tuple[Unigram, Any]) -> None:
    """Texts in eight scripts, and unknown letters, have equal pieces in both."""
    own, other = trained
    for text in [*TEXTS, *NOT_TRAINED_ON]:
        for line in text.splitlines():
            assert own.ids(line) == other.encode(line, add_special_tokens=False).ids, line


def test_a_word_has_equal_pieces_again(trained: tuple[Unigram, Any]) -> None:
    """Kept pieces of a word are those that were found first."""
    own, _ = trained
    assert own.ids("swarm of bees, swarm of bees,") == own.ids("swarm of bees,") * 2


def test_the_best_sum_wins(tmp_path: Path) -> None:
    """Two good pieces beat a bad one that covers both, and a long good one beats them."""
    pieces = [("▁ab", -1.0), ("c", -1.0), ("▁abc", -3.0), ("d", -1.0), ("cd", -1.5)]
    own = tokenizer(tmp_path / "pieces.npz", pieces)
    assert [piece.text for piece in own.pieces("abc")] == ["ab", "c"]
    assert [piece.text for piece in own.pieces("abcd")] == ["ab", "cd"]


def test_characters_are_replaced_first(tmp_path: Path) -> None:
    """Replaced characters, composed letters and white space are seen as the model saw them."""
    pieces = [("▁fi", -1.0), ("né", -1.0), ("▁", -5.0)]
    own = tokenizer(tmp_path / "pieces.npz", pieces, {"ﬁ": "fi"})
    assert own.ids("ﬁne\u0301") == own.ids(" \n fin\u00e9 ") == [4, 5]


def test_unknown_characters_are_one_piece(tmp_path: Path) -> None:
    """Characters without a piece are one unknown piece; special names in a text are text."""
    own = tokenizer(tmp_path / "pieces.npz", [("▁", -1.0), ("a", -2.0)])
    assert own.ids("aбвa") == [4, 5, 3, 5]
    assert [piece.is_known for piece in own.pieces("бв")] == [True, False]
    assert own.ids("</s>") == [4, 3]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    path = tmp_path / "pieces.npz"
    tokenizer(path, [("▁", -1.0)])
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ModelMissing, match=r"cannot read .*pieces\.npz"):
        Unigram(path)
