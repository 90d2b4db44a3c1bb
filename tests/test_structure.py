"""What must hold of the source as a whole."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# What serves users over the index and the search: what it may import, and who may know it.
_UNDER = {"api", "query", "store", "embedders", "documents", "settings", "errors"}
SURFACES = {
    "ask": _UNDER - {"api"},
    "integrations": _UNDER,
    "mcp": _UNDER,
    "serve": _UNDER | {"mcp", "insights", "safe_open"},
}
KNOWN_BY = {
    "ask": {"cli", "api"},
    "integrations": set[str](),
    "mcp": {"cli", "__main__"},
    "serve": {"cli"},
}
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
        # Of bytes that were compared with their digest, and to memory; no file is named.
        names -= {"read_index", "write_index"}
    assert not names & {"pickle", "marshal", "shelve", "eval", "exec", "read_index", "write_index"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_telemetry_is_declined_before_the_runtime_is_imported(path: Path) -> None:
    """ONNX Runtime reports to its maker unless it is told not to before its import."""
    before, *after = path.read_text(encoding="utf-8").split("import onnxruntime\n", 1)
    assert not after or before.rstrip().endswith("decline_telemetry()")
    assert "from onnxruntime" not in before or "decline_telemetry()\n    from onnxruntime" in before


def lines_of(node: ast.FunctionDef) -> int:
    """How long a function is, decorators included."""
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return (node.end_lineno or first) - first + 1


def test_modules_functions_and_classes_are_small() -> None:
    """No module over 350 lines, at most five functions over 60, no class over 16 public methods."""
    long_functions = []
    for path in MODULES:
        source = path.read_text(encoding="utf-8")
        assert source.count("\n") <= 350, path
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef) and lines_of(node) > 60:
                long_functions.append(f"{path.name}: {node.name}")
            if isinstance(node, ast.ClassDef):
                methods = [one.name for one in node.body if isinstance(one, ast.FunctionDef)]
                public = [name for name in methods if not name.startswith("_")]
                assert len(public) <= 16, f"{path}: {node.name}"
    assert len(long_functions) <= 5, long_functions


def runtime_imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The modules of the package that a module imports, those for type checkers left out."""
    for node in nodes:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("semsearch."):
            yield str(node.module)
        yield from runtime_imports(ast.iter_child_nodes(node))


def test_the_wings_have_few_arrows() -> None:
    """At most 60 pairs of wings import one from the other; import-linter holds their direction.

    A surface is beside them: hardly any wing knows it, and it imports from a few.
    """
    package = ROOT / "semsearch"
    arrows = set()
    for path in MODULES:
        wing = path.relative_to(package).parts[0].removesuffix(".py")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {module.split(".")[1] for module in runtime_imports([tree])}
        if wing in SURFACES:
            assert imported <= {wing, *SURFACES[wing]}
            continue
        assert all(wing in KNOWN_BY[surface] for surface in imported & SURFACES.keys())
        arrows |= {(wing, other) for other in imported - {wing} - SURFACES.keys()}
    assert len(arrows) <= 60, sorted(arrows)


def test_module_names_are_nouns() -> None:
    """No file is named by a bare gerund, but for the field's own words."""
    of_the_field = {"scoring", "clustering", "grouping", "listing", "encoding"}
    gerunds = {path.stem for path in MODULES if path.stem.endswith("ing") and "_" not in path.stem}
    assert gerunds <= of_the_field
