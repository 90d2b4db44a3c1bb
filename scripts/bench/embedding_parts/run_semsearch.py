"""Embed texts with semsearch: ``run_semsearch.py TEXTS.json``."""

import json
import sys
from pathlib import Path

from semsearch.embedders.registry import open_embedder
from semsearch.settings.sources import load_settings

if __name__ == "__main__":
    texts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    embedder = open_embedder("mistral:mistral-embed", load_settings())
    print("ready", flush=True)
    print(sum(len(batch.vectors) for batch in embedder.embed(iter(texts))))
