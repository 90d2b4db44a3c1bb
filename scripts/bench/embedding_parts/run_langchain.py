"""Embed texts with langchain-mistralai: ``run_langchain.py TEXTS.json [TOKENIZER.model]``.

The tokenizer that it would fetch is in a repository that needs an account, without which it counts
characters; with a SentencePiece model it is given the true one.
"""

import json
import os
import sys
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

from langchain_mistralai import MistralAIEmbeddings


class TrueTokenizer:
    """The tokenizer interface that LangChain's client uses."""

    def __init__(self, model: str) -> None:
        import sentencepiece  # here, as only this run needs it

        self._pieces = sentencepiece.SentencePieceProcessor(model_file=model)

    def encode_batch(self, texts: list[str]) -> list[list[int]]:
        """Tokens of each text, with two special tokens."""
        return [[1, *self._pieces.encode(text), 2] for text in texts]


if __name__ == "__main__":
    texts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    warnings.simplefilter("ignore")
    embedder = MistralAIEmbeddings(endpoint=os.environ["MISTRAL_BASE_URL"] + "/v1/")
    if len(sys.argv) > 2:
        embedder.tokenizer = TrueTokenizer(sys.argv[2])
    print("ready", flush=True)
    print(len(embedder.embed_documents(texts)))
