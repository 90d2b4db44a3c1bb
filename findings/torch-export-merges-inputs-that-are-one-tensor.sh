#!/usr/bin/env bash
# torch 2.14.1 with onnxscript 0.7.2 and onnx 1.23.2: an exported graph takes two inputs for one where the example has one tensor twice.
#
# An encoder is exported with an example of input_ids and attention_mask. Both are int64 of the same shape, and all
# ones will do for either, so that one passes the same tensor for both. The exporter then takes them for one value:
# the graph still has both inputs by their names, checkers find nothing, the example gives the right output, and
# every other text gives a wrong one, as the ids are read from the mask. Two tensors of equal values do no harm.
# Seen: largest difference to the model for other ids 4.0 with the tensor given twice, 0.0 with two tensors.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv env
env/bin/pip install --quiet "torch==2.14.1" "onnx==1.23.2" "onnxscript==0.7.2" "onnxruntime==1.32.0" numpy
cat >export.py <<'PYTHON'
import numpy as np
import onnxruntime
import torch


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(10, 2)
        self.table.weight = torch.nn.Parameter(torch.arange(20.0).reshape(10, 2))

    def forward(self, input_ids, attention_mask):
        return self.table(input_ids) * attention_mask.unsqueeze(-1)


model = Encoder().eval()
length = torch.export.Dim("length", min=2, max=512)
once = torch.ones(1, 4, dtype=torch.int64)
for example in ((once, once), (once, once.clone())):
    torch.onnx.export(
        model,
        example,
        "model.onnx",
        input_names=["input_ids", "attention_mask"],
        dynamic_shapes={"input_ids": {1: length}, "attention_mask": {1: length}},
        dynamo=True,
        verbose=False,
    )
    session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_inputs()]
    differences = []
    for ids in ([1, 1, 1, 1], [3, 2, 1, 0, 3]):
        given = np.array([ids])
        (found,) = session.run(None, {"input_ids": given, "attention_mask": np.ones_like(given)})
        expected = model(torch.tensor(given), torch.ones_like(torch.tensor(given)))
        differences.append(float(np.abs(found - expected.detach().numpy()).max()))
    print("seen", names, differences)
PYTHON
seen=$(env/bin/python export.py 2>/dev/null | grep ^seen)
echo "$seen"
[ "$seen" = "seen ['input_ids', 'attention_mask'] [0.0, 4.0]
seen ['input_ids', 'attention_mask'] [0.0, 0.0]" ]
