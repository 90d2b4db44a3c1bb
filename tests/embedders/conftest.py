"""What the tests of embedders share."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import onnx
import pytest

from semsearch.embedders.install import install_model
from semsearch.embedders.local.manifest import MANIFEST_FILE, manifest_of
from semsearch.embedders.local.minilm import STATES, MiniLM
from semsearch.embedders.local.minilm_builds import (
    FILES,
    FORMER_URI,
    GRAPH_FILE,
    WITHOUT_INT8,
    WITHOUT_STATES,
)


class Upgraded(NamedTuple):
    """A model of a former build, and what ``install_model`` made of it and said.

    ``same`` and ``model`` are the upgraded one for the indexes of before, and for new ones.
    """

    build: int
    former: MiniLM
    same: MiniLM
    model: MiniLM
    folder: Path
    said: list[str]


def put_former(source: Path, folder: Path, build: int) -> None:
    """Create a folder of build 2 or 3 from an installed model."""
    folder.mkdir(parents=True)
    for name in FILES[build]:
        shutil.copyfile(source / name, folder / name)
    if build == WITHOUT_STATES:
        graph = onnx.load(folder / GRAPH_FILE, load_external_data=False)
        for output in [one for one in graph.graph.output if one.name == STATES]:
            graph.graph.output.remove(output)
        onnx.save(graph, folder / GRAPH_FILE)
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest_of(folder, build, FILES)))


@pytest.fixture(scope="session", params=[WITHOUT_STATES, WITHOUT_INT8])
def upgraded(
    request: pytest.FixtureRequest, minilm: MiniLM, tmp_path_factory: pytest.TempPathFactory
) -> Upgraded:
    """The installed model as a former build had it, upgraded without its published files."""
    former, models = (tmp_path_factory.mktemp(name) / "minilm" for name in ("former", "models"))
    for folder in (former, models):
        put_former(minilm.folder, folder, request.param)
    said: list[str] = []
    folder = install_model("minilm", models.parent, report=said.append)
    return Upgraded(
        request.param,
        MiniLM(former, FORMER_URI),
        MiniLM(folder, FORMER_URI),
        MiniLM(folder),
        folder,
        said,
    )
