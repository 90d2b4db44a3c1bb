"""What all tests share: an environment of their own, and the installed local model."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from fakes.embedder import WordEmbedder
from semsearch.embedders.install import install_model
from semsearch.embedders.local.e5 import E5, has_e5, open_e5
from semsearch.embedders.local.minilm import MiniLM, open_minilm
from semsearch.embedders.local.minilm_builds import BUILD, MINILM, installed_build
from semsearch.settings.sources import load_settings

hypothesis_settings.register_profile("clean", database=None, deadline=None)
hypothesis_settings.load_profile("clean")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's job in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Ctrl-C is tested there, too

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # it would send each pipeline's components

MODELS = load_settings({}, environment={}).models_directory


@pytest.fixture(scope="session")
def minilm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed minilm; of a former build an upgraded copy."""
    installed = MODELS / MINILM
    if installed_build(installed) in (None, BUILD):
        return installed
    copy = tmp_path_factory.mktemp("upgraded") / MINILM
    shutil.copytree(installed, copy, copy_function=os.symlink)
    return install_model(MINILM, copy.parent, report=print)


@pytest.fixture(scope="session")
def only_minilm(tmp_path_factory: pytest.TempPathFactory, minilm_folder: Path) -> Path:
    """Models without Mistral's vocabularies, which the stand-in does not count by."""
    directory = tmp_path_factory.mktemp("models")
    (directory / MINILM).symlink_to(minilm_folder)
    return directory


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, minilm_folder: Path) -> Iterator[Path]:
    """A place for state and cache, which the tests of a process share."""
    place = tmp_path_factory.mktemp("own")
    (place / "cache" / "semsearch").mkdir(parents=True)
    for model in (minilm_folder, *MODELS.glob("mistral*")):  # not what is derived
        (place / "cache" / "semsearch" / model.name).symlink_to(model)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("XDG_STATE_HOME", str(place / "state"))
        environment.setenv("XDG_CACHE_HOME", str(place / "cache"))
        yield place / "state" / "semsearch"


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, only_minilm: Path, own_state: Path) -> None:
    """No setting, key or index of the person who runs the tests reaches them."""
    for name in [n for n in os.environ if n.startswith(("SEMSEARCH_", "MISTRAL_", "RERANK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEMSEARCH_CONFIG", os.devnull)
    shutil.rmtree(own_state / "choices", ignore_errors=True)  # of the test before
    monkeypatch.setenv("SEMSEARCH_MODELS_DIRECTORY", str(only_minilm))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder of four documents, three formats."""
    folder = tmp_path / "corpus"
    (folder / "sub").mkdir(parents=True)
    (folder / "bees.md").write_text(
        "# Bees\n\nHoney bees keep warm.\n\n## Winter\n\nThey form a cluster. It is dense.\n"
    )
    (folder / "bread.txt").write_text("Bread dough rises.\n\nBake it hot.\n")
    (folder / "sub" / "tides.html").write_text(
        "<title>Sea</title><h1>Tides</h1>\n<p>The moon pulls\nthe water.</p>"
    )
    (folder / "sub" / "knots.txt").write_text("A bowline neither slips nor jams.\n")
    return folder


@pytest.fixture
def words() -> WordEmbedder:
    """An embedder without a model."""
    return WordEmbedder()


@pytest.fixture(scope="session")
def minilm(minilm_folder: Path) -> MiniLM:
    """The embedded local model, as scripts/test has installed it."""
    if installed_build(minilm_folder) is None:
        pytest.fail("the local model is missing; run: semsearch models install minilm")
    return open_minilm(minilm_folder.parent)


@pytest.fixture(scope="session")
def e5() -> E5:
    """The local model for many languages, where it is installed."""
    if not has_e5(MODELS):
        pytest.skip("e5 is not installed; WITH_E5=1 scripts/test installs it")
    return open_e5(MODELS)


WithoutRoot = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def without_root() -> WithoutRoot:
    """Makes root be nobody for a while, so that permissions hold for the tests as for a person."""
    if not hasattr(os, "geteuid"):
        pytest.skip("no such permissions on this system")

    @contextmanager
    def nobody() -> Iterator[None]:
        own = os.geteuid()
        os.seteuid(65534 if own == 0 else own)
        try:
            yield
        finally:
            os.seteuid(own)

    return nobody


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Run the semsearch command in a process of its own, in a folder that is no index."""

    def running(
        *args: object, cwd: Path = tmp_path, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "semsearch", *map(str, args)],
            cwd=cwd,
            env={**os.environ, **variables},
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )

    yield running
