"""Model folder in the layout of sentence-transformers.

modules.json                        the modules (transformer, pooling, normalize) and their folders
1_Pooling/config.json               the pooling mode
sentence_bert_config.json           max_seq_length, word pieces; since version 6 in
tokenizer_config.json               model_max_length
config_sentence_transformers.json   prompts: prefixes of questions and passages; truncate_dim
tokenizer.json
onnx/model.onnx, or model.onnx      with its external data beside it
model.safetensors                   the weights of a BERT without an ONNX graph
config.json                         the shape of that BERT

A static model has a table of vectors and no transformer. Its tokenizer.json and model.safetensors
are in the folder of the module StaticEmbedding, or, of model2vec, at the top.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from semsearch.embedders.download import sha256_of
from semsearch.embedders.local.bert_reference import FROM_PADDING, BertShape, bert_shape
from semsearch.errors import ModelMissing

_MODULES: Final = "modules.json"
WEIGHTS: Final = ("onnx/model.onnx", "model.onnx", "model.safetensors")
_ONNX: Final = ".onnx"
_SUFFIXES: Final = frozenset({_ONNX, ".safetensors"})
_MOST_NAMES: Final = 3  # in a message
_PARTS: Final = frozenset({"Transformer", "Pooling", "Normalize"})
_STATIC: Final = "StaticEmbedding"
_ROUTER: Final = "router_config.json"
TOKENIZER_CONFIG: Final = "tokenizer_config.json"
LONGEST_STATIC: Final = 8192  # word pieces of a text; a mean of more of them says little
_USUAL_LENGTH: Final = 512  # word pieces; BERT's window, the default
# In the order of sentence-transformers 6; it saves an empty "document", which is none.
_PASSAGE_PROMPTS: Final = ("document", "passage", "corpus")
_UNLIMITED: Final = 1_000_000  # word pieces; from here on tokenizer_config.json knows no limit
# Errors that reading a damaged file raises.
_DAMAGES: Final = (OSError, ValueError, TypeError, AttributeError, KeyError)
_EXPORT: Final = "optimum-cli export onnx"
_DIGITS: Final = 16  # of a fingerprint (64 bits)


class Pooling(StrEnum):
    """How the vectors of word pieces are pooled; the values are those of ``pooling_mode``."""

    CLS = "cls"
    MEAN = "mean"
    MAX = "max"
    LAST = "lasttoken"


# Older form: a flag per mode. mean_sqrt_len_tokens has the direction of the mean.
_SQRT: Final = "mean_sqrt_len_tokens"
_FLAGS: Final = {
    _SQRT: Pooling.MEAN,
    "pooling_mode_cls_token": Pooling.CLS,
    "pooling_mode_mean_tokens": Pooling.MEAN,
    "pooling_mode_max_tokens": Pooling.MAX,
    "pooling_mode_lasttoken": Pooling.LAST,
    f"pooling_mode_{_SQRT}": Pooling.MEAN,
}


@dataclass(frozen=True, slots=True)
class ModelDirectory:
    """Files and settings of a model; ``length`` is its window in word pieces, with special pieces.

    ``weights`` is an ONNX graph, or the weights of a BERT with the ``shape``. A Normalize module is
    ignored: an embedder's rows are always unit rows. Of each vector the first ``dimension`` numbers
    are kept (Matryoshka); None keeps all. ``is_static`` marks a table of vectors.
    """

    weights: Path
    shape: BertShape | None
    tokenizer: Path
    pooling: Pooling
    length: int
    query_prefix: str
    passage_prefix: str
    dimension: int | None = None
    is_static: bool = False

    def fingerprint(self) -> str:
        """Return a digest of all that determines a text's vector; raises ``ModelMissing``."""
        how: list[object] = [self.pooling, self.length, self.query_prefix, self.passage_prefix]
        if self.dimension is not None:
            how.append(f"dimension {self.dimension}")
        if self.is_static:
            how.append("static")
        if self.shape is not None:
            how.append(str(astuple(self.shape)))
        weights = sorted(self.weights.parent.glob(f"{self.weights.name}*"))
        try:
            digests = [sha256_of(path) for path in (self.tokenizer, *weights)]
        except OSError as error:
            raise ModelMissing(f"cannot read the model: {error}") from error
        return hashlib.sha256(json.dumps([how, digests]).encode()).hexdigest()[:_DIGITS]


def read_model_directory(path: Path) -> ModelDirectory:
    """Read a model's folder; raises ``ModelMissing`` when the model cannot run here."""
    static = static_part(path)
    weights, tokenizer = weights_and_tokenizer(path if static is None else path / static)
    try:
        described = _table(path / "config_sentence_transformers.json")
        prompts = described.get("prompts") or {}
        query_prefix = str(prompts.get("query") or "")
        passage_prefix = str(
            next((prompts[name] for name in _PASSAGE_PROMPTS if prompts.get(name)), "")
        )
        stated = described.get("truncate_dim")
        dimension = None if stated is None else int(stated)
        if static is not None:
            return ModelDirectory(
                weights, None, tokenizer, Pooling.MEAN, LONGEST_STATIC, query_prefix,
                passage_prefix, dimension, is_static=True,
            )  # fmt: skip
        pooling = _pooling(path, has_prefix=bool(query_prefix or passage_prefix))
    except _DAMAGES as error:
        raise _damaged(path, error) from error
    return ModelDirectory(
        weights, shape_of(weights), tokenizer, pooling, most_pieces(path), query_prefix,
        passage_prefix, dimension,
    )  # fmt: skip


def static_part(path: Path) -> str | None:
    """The subfolder of a static model's files, "" for the folder itself; None for other models.

    Raises ``ModelMissing`` for a damaged description.
    """
    parts = parts_of(path) if (path / _MODULES).exists() else {}
    if _STATIC in parts:
        return parts[_STATIC].strip("./")  # model2vec writes "."
    try:
        config = _table(path / "config.json")
    except _DAMAGES as error:
        raise _damaged(path, error) from error
    is_model2vec = config.get("model_type") == "model2vec" or "embedding_dtype" in config
    return "" if is_model2vec and not parts else None


def weights_and_tokenizer(path: Path) -> tuple[Path, Path]:
    """Return the weights and tokenizer files of a model; raises ``ModelMissing``."""
    weights = next((path / name for name in WEIGHTS if (path / name).is_file()), None)
    if weights is None and (path / _ROUTER).is_file():
        raise ModelMissing(
            f"the model in {path} routes questions and passages to different models, which"
            " semsearch does not; name the folder of one of them"
        )
    if weights is None:
        raise ModelMissing(
            f"{path} has no onnx/model.onnx or model.safetensors{_under_another_name(path)}; name a"
            " sentence-transformers folder, which has either beside its tokenizer.json, or make one"
            f" with: {_EXPORT}"
        )
    tokenizer = path / "tokenizer.json"
    if not tokenizer.is_file():
        raise ModelMissing(
            f"{path} has {weights.relative_to(path)} and no tokenizer.json; put the one that the"
            f" model was trained with beside it, or make a folder with both with: {_EXPORT}"
        )
    return weights, tokenizer


def _under_another_name(path: Path) -> str:
    """The files that may be the weights, for a message; empty without any."""
    names = sorted(file.name for file in path.glob("*") if file.suffix in _SUFFIXES)
    return f" (but {', '.join(names[:_MOST_NAMES])}, which may be renamed)" if names else ""


def parts_of(path: Path) -> dict[str, str]:
    """Return the folder of each module in ``modules.json``, by kind; raises ``ModelMissing``."""
    try:
        return {
            str(part["type"]).rsplit(".", 1)[-1]: str(part["path"])
            for part in json.loads((path / _MODULES).read_text(encoding="utf-8"))
        }
    except _DAMAGES as error:
        raise _damaged(path, error) from error


def shape_of(weights: Path) -> BertShape | None:
    """Return the shape of the BERT with these weights; None for an ONNX graph.

    Raises ``ModelMissing`` for another architecture, which needs an ONNX graph.
    """
    if weights.suffix == _ONNX:
        return None
    described = weights.parent / "config.json"
    if not described.exists():
        raise ModelMissing(
            f"{weights.parent} has no config.json, which tells the model's architecture; a table of"
            " vectors, a static model, needs a modules.json that names StaticEmbedding instead"
        )
    try:
        return bert_shape(_table(described))
    except _DAMAGES as error:
        raise _damaged(weights.parent, error) from error
    except ModelMissing as error:
        raise ModelMissing(
            f"{weights} is of no model that semsearch can build ({error}); make an ONNX file of it"
            f" with: {_EXPORT}"
        ) from error


def states_length(path: Path) -> bool:
    """Whether the window stands where sentence-transformers had it before version 6.

    Raises ``ModelMissing``.
    """
    try:
        return _stated_length(path) is not None
    except _DAMAGES as error:
        raise _damaged(path, error) from error


def _stated_length(path: Path) -> Any:
    return _table(path / "sentence_bert_config.json").get("max_seq_length")


def most_pieces(path: Path) -> int:
    """Return the window of the model in a folder in word pieces; raises ``ModelMissing``."""
    try:
        stated = _stated_length(path)
        if stated is None:
            config = _table(path / "config.json")
            positions = int(config.get("max_position_embeddings", _USUAL_LENGTH))
            if config.get("model_type") in FROM_PADDING:
                positions -= int(config["pad_token_id"]) + 1
            by_tokenizer = _table(path / TOKENIZER_CONFIG).get("model_max_length") or _UNLIMITED
            is_told = by_tokenizer < _UNLIMITED
            stated = min(positions, int(by_tokenizer) if is_told else _USUAL_LENGTH)
        return int(stated)
    except _DAMAGES as error:
        raise _damaged(path, error) from error


def _pooling(path: Path, *, has_prefix: bool) -> Pooling:
    """The pooling of ``modules.json``; without that file the mean, as in sentence-transformers."""
    if not (path / _MODULES).exists():
        return Pooling.MEAN
    parts = parts_of(path)
    if unknown := sorted(parts.keys() - _PARTS):
        raise ModelMissing(f"the model in {path} has a part {unknown[0]}, which semsearch has not")
    if "Pooling" not in parts:
        raise ModelMissing(f"the model in {path} pools nothing; semsearch needs a vector a text")
    table = _table(path / parts["Pooling"] / "config.json")
    mode = table.get("pooling_mode", [])
    named = list(mode) if isinstance(mode, list) else [mode]
    named += [flag for flag, value in table.items() if flag.startswith("pooling_mode_") and value]
    known = {**_FLAGS, **{mode.value: mode for mode in Pooling}}
    if len(named) != 1 or named[0] not in known:
        raise ModelMissing(f"the model in {path} pools by {named}, which semsearch does not")
    if has_prefix and not table.get("include_prompt", True):
        raise ModelMissing(f"the model in {path} does not pool its prompts, which semsearch does")
    return known[named[0]]


def _damaged(path: Path, error: Exception) -> ModelMissing:
    return ModelMissing(f"the configuration of the model in {path} is damaged: {error}")


def _table(path: Path) -> Mapping[str, Any]:
    """Return the object of a JSON file; an empty dict without the file."""
    if not path.exists():
        return {}
    table: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table
