"""Exact token counts, compared with mistral-common 1.13.1."""

import stat
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import MODELS
from hypothesis import given
from hypothesis import strategies as st
from sentencepiece import SentencePieceProcessor

from fakes.mistral_server import KEY, mistral_server
from semsearch.embedders.api.api_embedder import RemoteEmbedder
from semsearch.embedders.api.mistral_tokenizers import (
    MISTRAL_TOKENS,
    SENTENCEPIECE_FILE,
    TEKKEN_FILE,
    counter_of,
)
from semsearch.embedders.install import install_model
from semsearch.embedders.registry import open_embedder
from semsearch.embedders.token_counts import ExactTokenCounter, byte_bound
from semsearch.errors import ModelMissing
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret

# With the marks of beginning and end: tokens of mistral-embed, of codestral-embed.
KNOWN = [
    ("Honey bees keep warm in winter.", 11, 10),
    ("Die K\xfcndigungsfrist betr\xe4gt drei Monate.", 16, 12),
    ("def mean(values: list[float]) -> float:\n    return sum(values) / len(values)", 26, 22),
    ("2024-03-14,1280.50,77\n2024-03-15,12.00,8", 43, 42),
    ("\u871c\u8702\u5728\u51ac\u5929\u4fdd\u6301\u6e29\u6696\u3002", 21, 17),
    ("\U0001f41d\U0001f33b", 11, 10),
    ("  two  spaces\tand\ttabs\r\n", 12, 12),
    ("<s>[INST] a document that names marks [/INST]</s>", 20, 20),
    ("e\u0301 \ufb01 \xa0x\x00", 10, 12),
]

WORDS = (
    "bees",
    " the",
    "  ",
    "\t",
    "\r\n",
    "();",
    "<s>",
    "[INST]",
    "2024",
    "<0x0A>",
    "\u6c34\u6e29",
)


@cache
def sentence_pieces() -> SentencePieceProcessor:
    """The vocabulary of mistral-embed, as its library reads it."""
    return SentencePieceProcessor(model_file=str(MODELS / MISTRAL_TOKENS / SENTENCEPIECE_FILE))


def whole_pieces(text: str) -> list[int]:
    """The pieces of a text that is given to the library as a whole."""
    found: list[int] = sentence_pieces().encode(text)
    return found


@pytest.mark.parametrize(("model", "column"), [("mistral-embed", 1), ("codestral-embed", 2)])
def test_counts_are_those_of_mistrals_own_tokenizers(model: str, column: int) -> None:
    """Counts equal those of mistral-common for prose, code, numbers, scripts and emoji."""
    count = counter_of(model, MODELS)
    assert count is not None, "run: semsearch models install mistral-tokens"
    assert [count(row[0]) for row in KNOWN] == [row[column] for row in KNOWN]


@given(st.lists(st.sampled_from([*WORDS, " ", "\n", "\u2581"]) | st.characters(codec="utf-8")))
def test_words_have_their_pieces_wherever_they_stand(parts: list[str]) -> None:
    """The sum of the counts of words is the count of SentencePiece for the whole text."""
    text = "".join(parts)
    count = counter_of("mistral-embed", MODELS)
    assert count is not None
    assert count(text) == len(whole_pieces(text)) + 2


def test_no_piece_goes_from_a_word_to_the_next() -> None:
    """A piece has blanks only at its beginning, and none has a line end."""
    vocabulary = sentence_pieces()
    pieces = [vocabulary.IdToPiece(number) for number in range(vocabulary.GetPieceSize())]
    assert len(pieces) == 32_000
    assert not [piece for piece in pieces if "\n" in piece or "\u2581" in piece.lstrip("\u2581")]


def test_a_model_without_a_known_vocabulary_is_not_counted(tmp_path: Path) -> None:
    """A model without a known or installed vocabulary has no counter."""
    assert counter_of("mistral-embed-3000", MODELS) is None
    elsewhere = find_spec("mistral_common") is not None
    assert elsewhere or counter_of("mistral-embed", tmp_path) is None


def test_vocabularies_install_from_a_folder(tmp_path: Path) -> None:
    """Vocabularies install from a folder, readable only by their owner."""
    directory = install_model(
        MISTRAL_TOKENS, tmp_path / "models", source=MODELS / MISTRAL_TOKENS, report=print
    )
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
    assert modes == {SENTENCEPIECE_FILE: 0o600, TEKKEN_FILE: 0o600}


def test_a_vocabulary_that_is_not_the_published_one_is_not_loaded(tmp_path: Path) -> None:
    """The error for an altered vocabulary names the command that installs it again."""
    (tmp_path / MISTRAL_TOKENS).mkdir()
    (tmp_path / MISTRAL_TOKENS / SENTENCEPIECE_FILE).write_bytes(b"other")
    count = counter_of("mistral-embed", tmp_path)
    assert count is not None
    with pytest.raises(ModelMissing, match="models install mistral-tokens"):
        count("bees")


def test_a_server_that_counts_more_ends_the_trust_in_a_vocabulary() -> None:
    """Bounds are exact until the server counts more; then they come from the bytes."""
    counter = ExactTokenCounter(len)
    assert counter.bound("bees") == 4
    counter.learn(counter.expect("bees"), 5)
    assert counter.bound("bees") == byte_bound("bees")


def test_a_forecast_is_what_the_server_then_counts() -> None:
    """A forecast with a vocabulary equals the server's count exactly."""
    texts = [text for text, *_ in KNOWN]
    vocabulary = MODELS / MISTRAL_TOKENS / SENTENCEPIECE_FILE
    with mistral_server(counter="v1", vocabulary=vocabulary) as server:
        settings = Settings(
            mistral_base_url=server.url, mistral_api_key=Secret(KEY), models_directory=MODELS
        )
        embedder = open_embedder("mistral:mistral-embed", settings)
        assert isinstance(embedder, RemoteEmbedder)
        forecast = embedder.forecast()
        for text in texts:
            forecast.add(text)
        list(embedder.embed(texts))
        assert server.ledger.summary()["tokens_paid"] == forecast.needs().tokens
        assert forecast.needs().is_exact
