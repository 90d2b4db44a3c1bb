"""The compared clients."""

import subprocess
import tempfile
import venv
from pathlib import Path
from typing import Final

from embedding_parts.racing import Client

SEMSEARCH: Final = Client("semsearch", "run_semsearch.py")
OFFICIAL: Final = Client("mistralai, 64 at a time", "run_client.py")
BARE: Final = Client("nothing but HTTP and JSON", "run_bare.py")


def langchain_clients(vocabulary: Path) -> list[Client]:
    """LangChain's client as installed, and with the true tokenizer; installed at the first call."""
    python = str(_langchain_python())
    name = "langchain-mistralai"
    return [
        Client(f"{name}, as it comes", "run_langchain.py", python=python),
        Client(f"{name}, true tokens", "run_langchain.py", (str(vocabulary),), python=python),
    ]


def _langchain_python() -> Path:
    """A virtual environment for LangChain, whose requirements differ from this project's."""
    folder = Path(tempfile.gettempdir()) / "semsearch-bench-langchain"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        packages = ("langchain-mistralai", "sentencepiece")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        (folder / "complete").touch()
    return python
