"""Make folders of small models with random weights, and the vectors of their library.

Run by a Python that has sentence-transformers and model2vec: ``make_folders.py DIR TOKENIZER``.
"""

import json
import shutil
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from model2vec import StaticModel
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Dense,
    Normalize,
    Pooling,
    StaticEmbedding,
    Transformer,
)
from tokenizers import Tokenizer

warnings.simplefilter("ignore")
PLACE, TOKENIZER = Path(sys.argv[1]), Path(sys.argv[2])
ONLY = sys.argv[3:]
TEXTS = json.loads((PLACE / "texts.json").read_text())
HIDDEN = 64
PIECES = Tokenizer.from_file(str(TOKENIZER)).get_vocab_size()
SHAPE = {
    "vocab_size": PIECES,
    "hidden_size": HIDDEN,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 128,
    "max_position_embeddings": 512,
    "pad_token_id": 0,
}
FOLDERS: dict[str, tuple[str, Callable[[Path], Any]]] = {}


def folder(name: str, about: str) -> Callable[[Callable[[Path], Any]], Callable[[Path], Any]]:
    """Register what makes a folder, and returns the model that the library has of it."""

    def registered(make: Callable[[Path], Any]) -> Callable[[Path], Any]:
        FOLDERS[name] = (about, make)
        return make

    return registered


def transformer(kind: str = "bert", length: int = 128, **more: Any) -> Transformer:
    """A transformer of random weights with the tokenizer, saved and read as a module."""
    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(kind, **{**SHAPE, **more})
    made = transformers.AutoModel.from_config(config)
    place = PLACE / "plain" / kind
    made.eval().save_pretrained(place)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(TOKENIZER),
        **{f"{name}_token": f"[{name.upper()}]" for name in ("unk", "pad", "cls", "sep")},
        model_max_length=length,
    )
    fast.save_pretrained(place)
    return Transformer(str(place), max_seq_length=length)


def saved(place: Path, *modules: Any, **options: Any) -> SentenceTransformer:
    """The model as the library saves it and loads it again."""
    SentenceTransformer(modules=list(modules), device="cpu", **options).save(str(place))
    return SentenceTransformer(str(place), device="cpu")


def pooled(mode: Any, **options: Any) -> Pooling:
    """A pooling over the transformer's vectors."""
    return Pooling(HIDDEN, pooling_mode=mode, **options)


@folder("v6-mean", "BERT, mean, as version 6 saves it")
def _(place: Path) -> Any:
    return saved(place, transformer(), pooled("mean"), Normalize())


@folder("v3-mean", "the same in the layout of versions 2 to 5")
def _(place: Path) -> Any:
    saved(place, transformer(), pooled("mean"), Normalize())
    kinds = {
        "": "models.Transformer",
        "1_Pooling": "models.Pooling",
        "2_Normalize": "models.Normalize",
    }
    parts = [
        {"idx": at, "name": str(at), "path": path, "type": f"sentence_transformers.{kind}"}
        for at, (path, kind) in enumerate(kinds.items())
    ]
    flags = ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens")
    pooling = {f"pooling_mode_{flag}": flag == "mean_tokens" for flag in flags}
    for name, value in (
        ("modules.json", parts),
        ("1_Pooling/config.json", {"word_embedding_dimension": HIDDEN, **pooling}),
        ("sentence_bert_config.json", {"max_seq_length": 128, "do_lower_case": False}),
        ("config_sentence_transformers.json", {"__version__": {"sentence_transformers": "3.0.1"}}),
    ):
        (place / name).write_text(json.dumps(value))
    return SentenceTransformer(str(place), device="cpu")


for mode in ("cls", "max", "lasttoken", "mean_sqrt_len_tokens", "weightedmean", ["cls", "mean"]):
    label = mode if isinstance(mode, str) else "+".join(mode)

    @folder(f"pool-{label}"[:23], f"pooling {label}")
    def _(place: Path, mode: Any = mode) -> Any:
        return saved(place, transformer(), Pooling(HIDDEN, pooling_mode=mode))


@folder("prompts", "prompts of queries and documents")
def _(place: Path) -> Any:
    prompts = {"query": "query: ", "document": "passage: "}
    return saved(place, transformer(), pooled("mean"), prompts=prompts)


@folder("prompts-apart", "prompts that are not pooled")
def _(place: Path) -> Any:
    prompts = {"query": "query: ", "document": "passage: "}
    return saved(place, transformer(), pooled("mean", include_prompt=False), prompts=prompts)


@folder("matryoshka", "truncate_dim 16")
def _(place: Path) -> Any:
    return saved(place, transformer(), pooled("mean"), truncate_dim=16)


@folder("dense", "a Dense module behind the pooling")
def _(place: Path) -> Any:
    return saved(place, transformer(), pooled("mean"), Dense(HIDDEN, 32))


@folder("padding-tokenizer", "a tokenizer.json that pads and truncates by itself")
def _(place: Path) -> Any:
    model = saved(place, transformer(), pooled("mean"))
    tokenizer = Tokenizer.from_file(str(place / "tokenizer.json"))
    tokenizer.enable_padding(length=128)
    tokenizer.enable_truncation(128)
    tokenizer.save(str(place / "tokenizer.json"))
    return model


for kind in ("roberta", "xlm-roberta"):

    @folder(kind, f"{kind}, mean, weights without a graph")
    def _(place: Path, kind: str = kind) -> Any:
        return saved(place, transformer(kind, max_position_embeddings=514), pooled("mean"))


for kind in ("distilbert", "mpnet", "modernbert", "qwen3", "gemma3_text", "nomic_bert"):
    try:
        transformers.AutoConfig.for_model(kind)
    except ValueError:
        continue

    @folder(kind, f"{kind}, weights without a graph")
    def _(place: Path, kind: str = kind) -> Any:
        more = {"dim": HIDDEN, "n_layers": 2, "n_heads": 4} if kind == "distilbert" else {}
        if kind in ("qwen3", "gemma3_text"):
            more = {"num_key_value_heads": 2, "head_dim": 16}
        return saved(place, transformer(kind, **more), pooled("lasttoken"))


def exported(place: Path, kind: str = "bert", **more: Any) -> Any:
    """A folder whose transformer is an ONNX graph, too."""
    model = saved(place, transformer(kind, **more), pooled("mean"))
    inner = next(iter(model)).auto_model
    # Two tensors: given the same one twice, the exporter takes both inputs for one.
    ids, mask = torch.full((1, 9), 7), torch.ones(1, 9, dtype=torch.int64)
    length = torch.export.Dim("length", min=2, max=512)

    class States(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.inner(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    (place / "onnx").mkdir()
    torch.onnx.export(
        States().eval(),
        (ids, mask),
        str(place / "onnx" / "model.onnx"),
        input_names=["input_ids", "attention_mask"],
        output_names=["last_hidden_state"],
        dynamic_shapes={"input_ids": {1: length}, "attention_mask": {1: length}},
        dynamo=True,
        external_data=False,
    )
    (place / "model.safetensors").unlink(missing_ok=True)
    return model


@folder("onnx-float32", "BERT as an ONNX graph")
def _(place: Path) -> Any:
    return exported(place)


@folder("onnx-int8", "the same, quantised to int8 by onnxruntime")
def _(place: Path) -> Any:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = exported(place)
    whole = place / "onnx" / "model.onnx"
    quantize_dynamic(str(whole), str(place / "int8.onnx"), weight_type=QuantType.QInt8)
    (place / "int8.onnx").replace(whole)
    return model


@folder("onnx-modernbert", "ModernBERT as an ONNX graph")
def _(place: Path) -> Any:
    return exported(place, "modernbert")


def table(kind: str = "float32", rows: int = PIECES) -> Any:
    """Random vectors of a static model."""
    made = np.random.default_rng(0).normal(size=(rows, HIDDEN)) * 30
    return made.astype(kind)


def static(place: Path, vectors: Any, **options: Any) -> Any:
    """A model of model2vec, saved and loaded again."""
    StaticModel(vectors, Tokenizer.from_file(str(TOKENIZER)), **options).save_pretrained(place)
    return StaticModel.from_pretrained(place)


WEIGHTS = np.random.default_rng(1).uniform(0.1, 2, size=PIECES).astype(np.float32)
for name, about, made in (
    ("m2v", "model2vec, normalised", lambda: (table(), {"normalize": True})),
    ("m2v-raw", "model2vec, not normalised", lambda: (table(), {})),
    ("m2v-float16", "model2vec in float16", lambda: (table("float16"), {})),
    ("m2v-int8", "model2vec in int8", lambda: (table("int8"), {})),
    ("m2v-weights", "model2vec with weights of pieces", lambda: (table(), {"weights": WEIGHTS})),
    (
        "m2v-mapping",
        "model2vec with a quantised vocabulary",
        lambda: (table(rows=500), {"weights": WEIGHTS, "token_mapping": np.arange(PIECES) % 500}),
    ),
):

    @folder(name, about)
    def _(place: Path, made: Any = made) -> Any:
        vectors, options = made()
        return static(place, vectors, **options)


@folder("static-embedding", "StaticEmbedding of sentence-transformers, truncate_dim 32")
def _(place: Path) -> Any:
    module = StaticEmbedding(Tokenizer.from_file(str(TOKENIZER)), embedding_weights=table())
    return saved(place, module, truncate_dim=32)


def vectors_of(model: Any) -> tuple[Any, Any]:
    """The library's vectors of the texts as passages, and as questions."""
    if isinstance(model, SentenceTransformer):
        return model.encode_document(TEXTS), model.encode_query(TEXTS)
    return (model.encode(TEXTS),) * 2


def main() -> None:
    """Make all folders; one that the library cannot make is told and left out."""
    made = {}
    for name, (about, make) in FOLDERS.items():
        if ONLY and name not in ONLY:
            continue
        shutil.rmtree(PLACE / name, ignore_errors=True)
        try:
            passages, questions = vectors_of(make(PLACE / name))
        except Exception as error:
            print(f"{name}: not made ({type(error).__name__}: {str(error)[:200]})", file=sys.stderr)
            continue
        np.savez(PLACE / f"{name}.npz", passages=passages, questions=questions)
        made[name] = about
    names = ("sentence-transformers", "model2vec", "transformers", "torch")
    versions = {name: version(name) for name in names}
    (PLACE / "made.json").write_text(json.dumps({"versions": versions, "folders": made}))


main()
