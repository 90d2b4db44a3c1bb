#!/usr/bin/env bash
# onnx (PyPI) 1.23.2: a model's external data cannot be read when its file has a second hard link.
#
# One expects that onnx.load reads what onnx.save wrote, whatever else has a link to the file: a backup
# by cp -l, or a package store that shares files. It is refused as a "potential hardlink attack". ONNX
# Runtime 1.32.0 reads the file.
# Seen: "one link: [1.0, 2.0]; two links: ValidationError; onnxruntime: [1.0, 2.0]".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check onnx==1.23.2 onnxruntime==1.32.0
cat >"$place/run.py" <<'PY'
import os
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

place = Path(sys.argv[1])
tensor = numpy_helper.from_array(np.array([1, 2], dtype=np.float32), "w")
node = helper.make_node("Identity", ["w"], ["y"])
shown = helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])
graph = helper.make_graph([node], "g", [], [shown], [tensor])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
path, data = place / "m.onnx", place / "m.data"
onnx.save(model, path, save_as_external_data=True, location=data.name, size_threshold=0)


def loaded():
    try:
        return numpy_helper.to_array(onnx.load(path).graph.initializer[0]).tolist()
    except Exception as error:
        return type(error).__name__


one = loaded()
os.link(data, place / "backup")
two = loaded()
session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
print(f"one link: {one}; two links: {two}; onnxruntime: {session.run(None, {})[0].tolist()}")
PY
seen=$("$place/env/bin/python" "$place/run.py" "$place")
echo "$seen"
[ "$seen" = "one link: [1.0, 2.0]; two links: ValidationError; onnxruntime: [1.0, 2.0]" ]
