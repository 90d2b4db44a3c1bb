"""What must hold of the source as a whole."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "semsearch").rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_settings_read_the_environment(path: Path) -> None:
    """One door to it, as to every other outside world (import-linter holds the rest)."""
    source = path.read_text(encoding="utf-8")
    if path.parent.name != "settings":
        assert "os.environ" not in source
        assert "os.getenv" not in source


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_is_unpickled_or_evaluated(path: Path) -> None:
    """An index is data, whoever sent it."""
    names = {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Name, ast.Attribute))
    }
    if path.name == "faiss.py":
        names.discard("read_index")  # of bytes that were compared with their digest, not of a name
    assert not names & {"pickle", "marshal", "shelve", "eval", "exec", "read_index", "write_index"}
