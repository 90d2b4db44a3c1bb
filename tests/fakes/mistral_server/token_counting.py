"""Token counts: by a simple rule, or by the vocabulary of mistral-embed."""

import hashlib
import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from fakes.mistral_server.terms import Terms

AROUND: Final = 2  # BOS and EOS
_TOKEN: Final = re.compile(r"\w{1,4}|[^\w\s]")


def token_count(text: str) -> int:
    """Count tokens by the simple rule, plus two special tokens.

    A token is a word of up to four letters, four letters of a longer word, or a punctuation mark.
    """
    return len(_TOKEN.findall(text)) + AROUND


def digest(text: str) -> str:
    """The digest that identifies a text in the ledger and in count files."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def v1_vocabulary() -> Path | None:
    """The vocabulary file of mistral-common, if installed, without importing the package."""
    found = importlib.util.find_spec("mistral_common")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "data" / "tokenizer.model.v1"
    return path if path.is_file() else None


def v1_count(vocabulary: Path | None = None) -> Callable[[str], int]:
    """Return the counter of mistral-embed: SentencePiece, v1 vocabulary, two special tokens.

    Raises ``ModuleNotFoundError`` without sentencepiece, ``FileNotFoundError`` without the file.
    """
    import sentencepiece  # here, as only those who ask for it need it

    path = vocabulary or v1_vocabulary()
    if path is None:
        raise FileNotFoundError("tokenizer.model.v1: install mistral-common, which ships it")
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return lambda text: len(pieces.encode(text)) + AROUND


def byte_count(text: str) -> int:
    """Count a token per four bytes, plus two special tokens; the fastest rule."""
    return len(text.encode("utf-8", "surrogatepass")) // 4 + AROUND


def _counter(terms: Terms) -> Callable[[str], int]:
    if terms.counter == "v1":
        return v1_count(terms.vocabulary)
    return byte_count if terms.counter == "bytes" else token_count


class TokenCounter:
    """Counts each text once, or reads its count from a file."""

    def __init__(self, terms: Terms) -> None:
        self._count = _counter(terms)
        self._known: dict[str, int] = (
            json.loads(terms.counts_file.read_text()) if terms.counts_file else {}
        )
        self._keeps = terms.counter == "v1"

    def count(self, text: str, name: str) -> int:
        """The tokens of a text whose digest is ``name``."""
        known = self._known.get(name)
        if known is None:
            known = self._count(text)
            if self._keeps:
                self._known[name] = known
        return known
