"""Which build of an engine is installed."""

import sys
from pathlib import Path

import pytest

from semsearch.store.derived.engine_build import engine_build


def test_another_file_of_a_package_is_another_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package is not imported for that."""
    package = tmp_path / "engine_of_a_test"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit\n")
    (package / "native.so").write_bytes(b"one")
    monkeypatch.syspath_prepend(tmp_path)
    before = engine_build("engine_of_a_test")
    assert before == engine_build("engine_of_a_test")
    (package / "native.so").write_bytes(b"another")
    assert engine_build("engine_of_a_test") != before
    assert "engine_of_a_test" not in sys.modules


def test_an_engine_that_is_not_installed_has_no_build() -> None:
    """Such as one whose package was removed."""
    assert engine_build("no_engine_of_this_name") == []
