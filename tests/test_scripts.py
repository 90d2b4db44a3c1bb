"""What scripts and benchmarks import from the product is there."""

import ast
import importlib
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
_IN_A_TEXT: Final = re.compile(r"^from (semsearch[\w.]*) import ([\w, ]+)$", re.MULTILINE)


def _python_scripts() -> list[Path]:
    found = []
    for path in sorted((ROOT / "scripts").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            first, _, _ = path.read_bytes().partition(b"\n")
            if path.suffix == ".py" or (first.startswith(b"#!") and b"python" in first):
                found.append(path)
    return found


@pytest.mark.parametrize("path", _python_scripts(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_are_there(path: Path) -> None:
    """A benchmark that is run once a month must not find that a function has moved."""
    for module, name in _imported(path.read_text(encoding="utf-8")):
        is_there = hasattr(importlib.import_module(module), name)
        assert is_there or find_spec(f"{module}.{name}"), f"{module} has no {name}"


def _imported(source: str) -> Iterator[tuple[str, str]]:
    """Module and name of each import, those of programs for other processes too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("semsearch"):
            yield from ((node.module, alias.name) for alias in node.names)
    for module, names in _IN_A_TEXT.findall(source):
        yield from ((module, name.strip().partition(" as ")[0]) for name in names.split(","))
