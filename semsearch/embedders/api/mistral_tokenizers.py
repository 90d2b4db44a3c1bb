"""Exact token counts for Mistral's models, if vocabulary file and library are installed.

    <models directory>/mistral-tokens/    0700
      tokenizer.model.v1                  SentencePiece: mistral-embed and the -2510 models
      tekken_240911.json                  tekken: codestral-embed

Both files come from the package mistral-common; the files of an installed package serve as well.
"""

import base64
import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from semsearch.embedders.download import sha256_of
from semsearch.errors import ModelMissing

MISTRAL_TOKENS: Final = "mistral-tokens"
SENTENCEPIECE_FILE: Final = "tokenizer.model.v1"
TEKKEN_FILE: Final = "tekken_240911.json"
VOCABULARIES: Final = {
    SENTENCEPIECE_FILE: "dadfd56d766715c61d2ef780a525ab43b8e6da4de6865bda3d95fdef5e134055",
    TEKKEN_FILE: "1948e2d48b0e7377f1bb5f1210f1ae5f984934e75713fc07e2452729b8365316",
}
_FILE_OF: Final = {
    "mistral-embed": SENTENCEPIECE_FILE,
    "mistral-embed-2312": SENTENCEPIECE_FILE,
    "mistral-embed-dim256-2510": SENTENCEPIECE_FILE,
    "mistral-embed-dim128-2510": SENTENCEPIECE_FILE,
    "codestral-embed": TEKKEN_FILE,
    "codestral-embed-2505": TEKKEN_FILE,
}
_LIBRARY_OF: Final = {SENTENCEPIECE_FILE: "sentencepiece", TEKKEN_FILE: "tiktoken"}
_AROUND: Final = 2  # the begin and end tokens, which the API bills
_ASKED_AGAIN: Final = 2  # texts in the cache: a text is counted for its estimate and its bound
# No piece of the SentencePiece vocabulary has a blank, or U+2581, which stands for it, behind
# another sign, and none has a line end. So the pieces of a text are those of its words, each with
# the blanks before it, and words come again: counting by words takes half of the time.
_SPACED_WORD: Final = re.compile("[ \u2581]+[^ \u2581\n]*|\n[^ \u2581\n]*")
_WORDS: Final = 20_000  # words in the cache
_LONG: Final = 30  # characters of a word that is not kept

Count = Callable[[str], int]


def counter_of(model: str, models_directory: Path) -> Count | None:
    """Return a function that counts the tokens Mistral bills for a text; None if it cannot count.

    It needs the vocabulary file and the tokenizer library. The vocabulary is loaded, and its
    SHA-256 checked, at the first count, which raises ``ModelMissing`` for a file that is not the
    published version.
    """
    name = _FILE_OF.get(model)
    if name is None or find_spec(_LIBRARY_OF[name]) is None:
        return None
    path = _found(name, models_directory)
    if path is None:
        return None

    @lru_cache(_ASKED_AGAIN)
    def count(text: str) -> int:
        return _pieces_counter(path)(text) + _AROUND

    return count


def _found(name: str, models_directory: Path) -> Path | None:
    places = [models_directory / MISTRAL_TOKENS / name]
    package = find_spec("mistral_common")  # located, not imported: the import takes a second
    if package is not None and package.origin is not None:
        places.append(Path(package.origin).parent / "data" / name)
    return next((place for place in places if place.is_file()), None)


@cache
def _pieces_counter(path: Path) -> Count:
    try:
        found = sha256_of(path)
    except OSError as error:
        raise ModelMissing(f"cannot read the vocabulary {path}: {error}") from error
    if found != VOCABULARIES[path.name]:
        raise ModelMissing(
            f"the vocabulary {path} is not the published one; run: semsearch models install"
            f" {MISTRAL_TOKENS}"
        )
    return _sentencepiece(path) if path.name == SENTENCEPIECE_FILE else _tekken(path)


# Imported here, not at the top: a query needs no tokenizer library, and a run at most one of them.
def _sentencepiece(path: Path) -> Count:
    import sentencepiece

    encode = sentencepiece.SentencePieceProcessor(model_file=str(path)).encode

    def count_alone(word: str) -> int:
        # The library puts a blank before each text. It stands for the first of the word's own; a
        # line end is a piece by itself, and so is the blank before it.
        return len(encode(word)) - 1 if word[0] == "\n" else len(encode(word[1:])) or 1

    count_once = lru_cache(_WORDS)(count_alone)

    def count(text: str) -> int:
        words = _SPACED_WORD.findall(f" {text}") if text else []
        return sum([count_once(word) if len(word) < _LONG else count_alone(word) for word in words])

    return count


def _tekken(path: Path) -> Count:
    import orjson
    import tiktoken

    content = orjson.loads(path.read_bytes())
    config = content["config"]
    size = config["default_vocab_size"] - config["default_num_special_tokens"]
    ranks = {
        base64.b64decode(item["token_bytes"]): item["rank"] for item in content["vocab"][:size]
    }
    encoding = tiktoken.Encoding(
        path.name, pat_str=config["pattern"], mergeable_ranks=ranks, special_tokens={}
    )
    return lambda text: len(encoding.encode_ordinary(text))
