#!/usr/bin/env bash
# onnxruntime (PyPI) 1.32.0 on Linux: importing it and opening a model makes a device id in the home.
#
# The library is taken for one that computes and no more. On Linux, too, its package keeps a random
# number for the machine in ~/.cache/Microsoft/DeveloperTools/.onnxruntime, for what it reports to
# its maker. With ORT_DISABLE_TELEMETRY=1 in the environment before the import it makes none. Seen:
# "by default: made; declined: not made".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check onnxruntime==1.32.0 onnx==1.23.0
cat >"$place/run.py" <<'PY'
import sys

import onnx
import onnxruntime
from onnx import TensorProto, helper

value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
same = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "same", [value], [same])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.save(model, sys.argv[1])
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
assert session.get_inputs()[0].name == "x"
PY
look() {
  mkdir -p "$1"
  env -i HOME="$1" PATH="$PATH" "${@:2}" "$place/env/bin/python" "$place/run.py" "$1/model.onnx"
  if [ -e "$1/.cache/Microsoft/DeveloperTools/.onnxruntime" ]; then echo made; else echo "not made"; fi
}
seen="by default: $(look "$place/first"); declined: $(look "$place/second" ORT_DISABLE_TELEMETRY=1)"
echo "onnxruntime 1.32.0: $seen"
[ "$seen" = "by default: made; declined: not made" ]
