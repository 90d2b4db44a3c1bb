"""Fluency of models, measured with tokenizers trained here on a few languages."""

import json
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from semsearch.embedders.local.fluency import fluency_of, pieces_of

TESTS = Path(__file__).parents[2]
LANGUAGES = TESTS / "languages"
QUESTIONS: dict[str, dict[str, str]] = json.loads((LANGUAGES / "questions.json").read_text("utf-8"))
ENGLISH = [
    path.read_text("utf-8") for path in sorted((TESTS.parent / "sample_corpus").rglob("*.md"))
]
OTHERS = [path.read_text("utf-8") for path in sorted(LANGUAGES.glob("*.md"))]
FOREIGN = ("ar", "ja", "ko", "ru", "zh")


def byte_level(texts: list[str]) -> Any:
    """A byte-level BPE tokenizer, like GPT-2's and RoBERTa's."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=8000, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def unigram(texts: list[str]) -> Any:
    """A unigram tokenizer with an unknown piece, like XLM-RoBERTa's."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=8000, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def fluency(text: str, tokenizer: Any) -> float:
    """Fluency in the language of a text, by a tokenizer."""
    return fluency_of(text, pieces_of(text, tokenizer))


@pytest.mark.parametrize("trained", [byte_level, unigram])
def test_a_model_of_many_languages_knows_them(trained: Any) -> None:
    """A multilingual tokenizer is fluent in languages in which an English one is not."""
    many, english = trained(ENGLISH + OTHERS), trained(ENGLISH)
    for language in FOREIGN:
        asked = QUESTIONS[language]
        assert mean(fluency(question, many) for question in asked) > 0.4, language
        assert mean(fluency(question, english) for question in asked) < 0.15, language
    assert fluency("How do bees keep warm in winter?", many) == 1


def test_letters_that_are_words_may_be_pieces_by_themselves() -> None:
    """One piece per character is fluent in Chinese, and not fluent in an alphabet."""
    text = "蜜蜂如何过冬 пчёлы"
    vocabulary = {
        piece: number
        for number, piece in enumerate(["[UNK]", *text, *(f"##{letter}" for letter in text)])
    }
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)  # space around Chinese
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    assert fluency("蜜蜂如何过冬", tokenizer) == 1
    assert fluency("蜜蜂如何渡河", tokenizer) == pytest.approx((4 / 6 - 0.5) / 0.4)
    assert fluency("пчёлы", tokenizer) == pytest.approx(0.1)
    assert fluency("蜜蜂蜜 蜂пчл", tokenizer) == pytest.approx(4 / 7)
    assert fluency("?!", tokenizer) == pytest.approx(0.1)
