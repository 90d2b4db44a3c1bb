"""Graph cache: a model folder's ONNX file, or a graph built from its weights and stored.

- <models directory>/built/DIGEST.onnx, by the digest of weights, shape, purpose and build number
"""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import astuple
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from semsearch.embedders.download import sha256_of
from semsearch.embedders.local.bert_reference import (
    BertShape,
    encoder_weights,
    reference_logits,
    reference_states,
)
from semsearch.embedders.local.model_folder import shape_of
from semsearch.embedders.local.onnx_runtime import Transformer, missing_extra
from semsearch.embedders.local.safetensors import Array, read_weights
from semsearch.errors import ModelMissing
from semsearch.settings.amounts import counted

if TYPE_CHECKING:
    from semsearch.embedders.local.bert_graph import BertGraph

_FOLDER: Final = "built"
_BUILD: Final = 1  # build number, raised when a change gives another graph for equal weights
_DIGITS: Final = 32
_LARGEST: Final = 2_000_000_000  # bytes of an ONNX file: protobuf's limit of a message
_TRIAL_IDS: Final = (2, 3, 1, 4, 2, 0)  # word pieces that every vocabulary has
_TRIAL_TYPES: Final = (0, 0, 0, 1, 1, 1)
_TOLERANCE: Final = 1e-3  # share of the largest absolute value


class Purpose(StrEnum):
    """Output of a built graph."""

    STATES = "states"  # hidden states (pieces, hidden)
    SCORE = "score"  # logits (labels,) of a pair


def graph_of(weights: Path, models_directory: Path, purpose: Purpose) -> Path:
    """Return the ONNX file to run; on first use it is built and checked against the reference.

    Raises ``ModelMissing``.
    """
    shape = shape_of(weights)
    if shape is None:
        return weights
    try:
        how = f"{_BUILD} {purpose} {astuple(shape)} {sha256_of(weights)}"
        digest = hashlib.sha256(how.encode()).hexdigest()[:_DIGITS]
        target = models_directory / _FOLDER / f"{digest}.onnx"
        if not target.exists():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _build(encoder_weights(read_weights(weights), shape), shape, purpose, target)
    except OSError as error:
        raise ModelMissing(f"cannot keep the graph of {weights}: {error}") from error
    except ModelMissing as error:
        raise ModelMissing(f"cannot build the model of {weights}: {error}") from error
    return target


def _build(weights: Mapping[str, Array], shape: BertShape, purpose: Purpose, target: Path) -> None:
    """Build beside the target and rename, so that the graph is complete or absent."""
    if sum(value.nbytes for value in weights.values()) > _LARGEST:
        raise ModelMissing(
            f"it has more than {counted(_LARGEST, 'byte')} of weights; make an ONNX file of it"
            " with:"
            " optimum-cli export onnx"
        )
    try:
        # Imported here: when the graph is in the cache, onnx is not needed.
        import onnx

        from semsearch.embedders.local.bert_graph import BertGraph
    except ImportError as error:
        raise missing_extra(error.name) from error
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as scratch:
        built = Path(scratch) / target.name
        onnx.save(_model(BertGraph(weights, shape), shape, _kinds(weights), purpose), built)
        _compare(built, weights, shape, purpose)
        built.chmod(0o600)
        built.replace(target)


def _kinds(weights: Mapping[str, Array]) -> int:
    return len(weights["embeddings.token_type_embeddings.weight"])


def _model(graph: "BertGraph", shape: BertShape, kinds: int, purpose: Purpose) -> Any:
    """The model with the inputs and outputs of exported models: a batch axis of length one."""
    from onnx import TensorProto, helper

    first = graph.constant("batch", np.array([0], dtype=np.int64))
    ids = graph.add("Squeeze", ["input_ids", first], "ids")
    names, types = ["input_ids"], None
    if purpose is Purpose.SCORE and kinds > 1:
        names.append("token_type_ids")
        types = graph.add("Squeeze", ["token_type_ids", first], "type_ids")
    found = graph.states(ids, types)
    sizes: list[str | int] = [1, "pieces", shape.hidden]
    if purpose is Purpose.SCORE:
        found, sizes = graph.logits(found), [1, "labels"]
    made = graph.add("Unsqueeze", [found, first], purpose.value)
    return graph.model(
        purpose.value,
        [helper.make_tensor_value_info(name, TensorProto.INT64, [1, "pieces"]) for name in names],
        helper.make_tensor_value_info(made, TensorProto.FLOAT, sizes),
    )


def _compare(graph: Path, weights: Mapping[str, Array], shape: BertShape, purpose: Purpose) -> None:
    ids, types = _TRIAL_IDS, _TRIAL_TYPES if _kinds(weights) > 1 else (0,) * len(_TRIAL_IDS)
    found = Transformer(graph).first_output(ids, types)[0]
    if purpose is Purpose.STATES:
        expected = reference_states(weights, shape, ids)
    else:
        expected = reference_logits(weights, shape, ids, types)
    furthest = float(np.abs(found - expected).max())
    if not furthest <= _TOLERANCE * float(np.abs(expected).max()):
        raise ModelMissing(
            f"what was built of it differs from its definition by {furthest:.2g}; please report it"
        )
