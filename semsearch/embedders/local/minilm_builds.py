"""Builds of the local model minilm: their files, their vectors, and the URIs that indexes store.

Builds 1 to 3 give equal vectors; an index of them stores ``local:minilm``. Build 4 has a second
graph with other vectors, which an index stores as ``local:minilm@4``; its first graph is that of
build 3. Vectors of the two are never mixed, as an embedder's vectors go by its URI.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from semsearch.embedders.choice import Choice
from semsearch.embedders.local.manifest import build_in

MINILM: Final = "minilm"
GRAPH_FILE: Final = "model.onnx"
WEIGHTS_FILE: Final = "model.onnx.data"
TOKENIZER_FILE: Final = "tokenizer.json"
INT8_GRAPH_FILE: Final = "int8.onnx"  # it has weights in both .data files
INT8_WEIGHTS_FILE: Final = "int8.onnx.data"

BUILD: Final = 4  # build number, raised when graph or files change for equal weights
# In build 1 the weights are inside the graph's file, so that opening copies them and takes twice as
# long; builds 1 and 2 have no ``states``.
WITHOUT_STATES: Final = 2
WITHOUT_INT8: Final = 3
_FILES_OF_3: Final = (GRAPH_FILE, WEIGHTS_FILE, TOKENIZER_FILE)
FILES: Final[Mapping[int, Sequence[str]]] = {
    1: (GRAPH_FILE, TOKENIZER_FILE),
    WITHOUT_STATES: _FILES_OF_3,
    WITHOUT_INT8: _FILES_OF_3,
    BUILD: (*_FILES_OF_3, INT8_GRAPH_FILE, INT8_WEIGHTS_FILE),
}

FORMER_URI: Final = f"local:{MINILM}"  # what a person calls any build, too
PRESENT_URI: Final = f"local:{MINILM}@{BUILD}"
URIS: Final = (FORMER_URI, PRESENT_URI)

_INSTALL: Final = f"semsearch models install {MINILM}"


def installed_build(directory: Path) -> int | None:
    """Return the build number of the model in a folder; None when it is incomplete."""
    return build_in(directory, FILES)


def is_installed(directory: Path) -> bool:
    """True when the folder holds a complete model."""
    return installed_build(directory) is not None


def has_minilm(models_directory: Path) -> bool:
    """True when the model is installed."""
    return is_installed(models_directory / MINILM)


def model_of(uri: str) -> str:
    """Return an embedder's URI without the build: what was measured of one holds for both."""
    return FORMER_URI if uri in URIS else uri


def choose_build(own: str | None, models_directory: Path) -> Choice:
    """Return what ``local:minilm`` means: the build of an index's ``own`` vectors, else the newest.

    ``own`` is None for a new index and for one that is rebuilt. A folder of a former build has its
    vectors only.
    """
    if own == PRESENT_URI:
        return Choice(PRESENT_URI)
    build = installed_build(models_directory / MINILM)
    is_former = build is not None and build < BUILD
    if own == FORMER_URI:
        first = f"{_INSTALL} && " if is_former else ""
        return Choice(
            FORMER_URI,
            (
                f"the index has vectors of a former build of {FORMER_URI}, which it goes on with;"
                f" run this in its folder, the present is faster: {first}semsearch rebuild",
            ),
        )
    if is_former:
        notice = f"the installed {MINILM} is of a former build, the present is faster: {_INSTALL}"
        return Choice(FORMER_URI, (notice,))
    return Choice(PRESENT_URI)
