"""Export all-MiniLM-L6-v2 to ONNX as its peers expect it: WEIGHTS FOLDER, by a Python with torch.

Writes ``model.onnx`` with the states of word pieces, in float32, and ``pooled.onnx``, with int8
weights, whose output is the vector, under the name that memsearch wants.
"""

import sys
import warnings
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class States(torch.nn.Module):
    """The encoder's last hidden states."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids, attention_mask, token_type_ids):
        given = dict(zip(INPUTS, (input_ids, attention_mask, token_type_ids), strict=True))
        return self.encoder(**given).last_hidden_state


class Pooled(States):
    """The mean of the states, as the model's card has it."""

    def forward(self, input_ids, attention_mask, token_type_ids):
        states = super().forward(input_ids, attention_mask, token_type_ids)
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1)


def export(module, path, output):
    """Write a module's graph, for any number of texts and word pieces."""
    given = torch.ones(2, 16, dtype=torch.long)
    names = {name: {0: "texts", 1: "pieces"} for name in INPUTS}
    torch.onnx.export(
        module.eval(),
        (given, given, given * 0),
        str(path),
        dynamo=False,
        input_names=list(INPUTS),
        output_names=[output],
        dynamic_axes={**names, output: {0: "texts"}},
        opset_version=17,
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    weights, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir()
    encoder = AutoModel.from_pretrained(weights, attn_implementation="eager")
    export(States(encoder), folder / "model.onnx", "last_hidden_state")
    export(Pooled(encoder), folder / "whole.onnx", "dense_vecs")
    quantize_dynamic(folder / "whole.onnx", folder / "pooled.onnx", weight_type=QuantType.QInt8)
    (folder / "whole.onnx").unlink()
