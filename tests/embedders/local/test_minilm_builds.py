"""Builds of minilm: which vectors an index has, and what ``local:minilm`` means."""

from pathlib import Path

import pytest
from embedders.conftest import put_former

from semsearch.embedders.local.minilm import MiniLM
from semsearch.embedders.local.minilm_builds import (
    BUILD,
    FORMER_URI,
    MINILM,
    PRESENT_URI,
    WITHOUT_INT8,
    choose_build,
    model_of,
)
from semsearch.embedders.registry import choose_uri, known_uri
from semsearch.settings.schema import Settings

UPGRADE = "semsearch models install minilm"


@pytest.fixture(scope="session")
def models(minilm: MiniLM, tmp_path_factory: pytest.TempPathFactory) -> dict[int | None, Path]:
    """Folders of models by the build of minilm in them; None has none."""
    place = tmp_path_factory.mktemp("builds")
    put_former(minilm.folder, place / "former" / MINILM, WITHOUT_INT8)
    return {None: place, WITHOUT_INT8: place / "former", BUILD: minilm.folder.parent}


@pytest.mark.parametrize(
    ("own", "installed", "uri", "advice"),
    [
        (None, None, PRESENT_URI, None),
        (None, BUILD, PRESENT_URI, None),
        (None, WITHOUT_INT8, FORMER_URI, f"is faster: {UPGRADE}"),
        (FORMER_URI, BUILD, FORMER_URI, "is faster: semsearch rebuild"),
        (FORMER_URI, WITHOUT_INT8, FORMER_URI, f"is faster: {UPGRADE} && semsearch rebuild"),
        (PRESENT_URI, BUILD, PRESENT_URI, None),
        (PRESENT_URI, WITHOUT_INT8, PRESENT_URI, None),
        ("local:e5", BUILD, PRESENT_URI, None),
    ],
)
def test_an_index_keeps_the_build_of_its_vectors(
    models: dict[int | None, Path],
    own: str | None,
    installed: int | None,
    uri: str,
    advice: str | None,
) -> None:
    """A new index gets the newest that is installed; one line tells how to get a newer one."""
    found = choose_build(own, models[installed])
    assert found.uri == uri
    assert [notice.endswith(advice or "") for notice in found.notices] == [True] * bool(advice)


@pytest.mark.parametrize("embedder", [None, "local:minilm"])
@pytest.mark.parametrize(("own", "renewed"), [(FORMER_URI, PRESENT_URI), (PRESENT_URI,) * 2])
def test_only_a_rebuild_changes_the_build(
    models: dict[int | None, Path], embedder: str | None, own: str, renewed: str
) -> None:
    """With ``local:minilm`` in the settings and without, an index keeps its build until then."""
    settings = Settings(models_directory=models[BUILD], embedder=embedder)
    assert choose_uri(own, settings).uri == own
    assert choose_uri(own, settings, renew=True).uri == renewed


def test_both_builds_are_one_model() -> None:
    """What was measured of the model, or tuned with it, holds for each of its builds."""
    assert {model_of(known_uri(uri)) for uri in (FORMER_URI, PRESENT_URI)} == {"local:minilm"}
    assert model_of("local:e5") == "local:e5"
