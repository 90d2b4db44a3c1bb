"""True token counts, by the vocabulary of mistral-embed."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fakes.mistral_server.token_counting import digest, v1_count, v1_vocabulary


def counted(texts: Sequence[str], file: Path) -> list[int]:
    """Count each text, and write a file of counts for the stand-in."""
    count = v1_count(vocabulary())
    tokens = [count(text) for text in texts]
    file.write_text(json.dumps(dict(zip(map(digest, texts), tokens, strict=True))))
    return tokens


def vocabulary() -> Path:
    """The vocabulary's file, if necessary from the wheel of mistral-common.

    The wheel is used without its dependencies, which cap numpy below what semsearch needs.
    """
    if (installed := v1_vocabulary()) is not None:
        return installed
    folder = Path(tempfile.gettempdir()) / "semsearch-bench-vocabulary"
    path = folder / "mistral_common" / "data" / "tokenizer.model.v1"
    if not path.exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*command, "--target", str(folder), "mistral-common"], check=True)
    return path
