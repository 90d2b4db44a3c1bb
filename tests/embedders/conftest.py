"""What the tests of embedders share."""

import json
import os
import shutil
from pathlib import Path
from typing import NamedTuple

import onnx
import pytest

from semsearch.embedders.install import install_model
from semsearch.embedders.local.manifest import MANIFEST_FILE, manifest_of
from semsearch.embedders.local.minilm import (
    FILES,
    GRAPH_FILE,
    STATES,
    WEIGHTS_FILE,
    WITHOUT_STATES,
    MiniLM,
)


class Upgraded(NamedTuple):
    """A model of build 2, and what ``install_model`` made of it and said."""

    former: MiniLM
    model: MiniLM
    folder: Path
    said: list[str]


@pytest.fixture(scope="session")
def upgraded(minilm: MiniLM, tmp_path_factory: pytest.TempPathFactory) -> Upgraded:
    """The installed model as build 2 had it, upgraded without its published files."""
    former, models = (tmp_path_factory.mktemp(name) / "minilm" for name in ("former", "models"))
    shutil.copytree(minilm.folder, former, copy_function=os.link)
    graph = onnx.load(former / GRAPH_FILE, load_external_data=False)
    for output in [one for one in graph.graph.output if one.name == STATES]:
        graph.graph.output.remove(output)
    for name, content in (
        (GRAPH_FILE, graph.SerializeToString()),
        (MANIFEST_FILE, b""),
    ):
        (former / name).unlink()  # it is a link to the installed model's
        (former / name).write_bytes(content)
    (former / MANIFEST_FILE).write_text(json.dumps(manifest_of(former, WITHOUT_STATES, FILES)))
    shutil.copytree(former, models, copy_function=os.link)
    said: list[str] = []
    folder = install_model("minilm", models.parent, report=said.append)
    assert (folder / WEIGHTS_FILE).stat().st_size > 1e7
    return Upgraded(MiniLM(former), MiniLM(folder), folder, said)
