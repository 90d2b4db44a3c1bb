"""Source code to blocks, one for each definition; the only door to tree-sitter."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Final

from tree_sitter import Language, Node, Parser

from semsearch.documents.document import Block, BlockKind, Document

# Package of each language's grammar, and its function that returns the grammar.
_GRAMMARS: Final = {
    "bash": ("tree_sitter_bash", "language"),
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "go": ("tree_sitter_go", "language"),
    "java": ("tree_sitter_java", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "php": ("tree_sitter_php", "language_php"),
    "python": ("tree_sitter_python", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
}
# Parts of the names that grammars give to definitions (function_definition, impl_item, method …).
_DEFINING: Final = tuple(
    "definition declaration _item _specifier _alias method class module function".split()
)
_HOLDING: Final = tuple("class impl trait interface module namespace mod_item struct".split())
_NOT_DEFINING: Final = ("import", "package", "use_", "variable", "lexical", "field", "property")
_DEEPEST: Final = 3  # a method of a class in a module


def read_code(text: str, language: str) -> Document:
    """Read a program, cut before each definition, under the names of the enclosing definitions."""
    rows = text.split("\n")
    starts: dict[int, tuple[str, ...]] = {0: ()} | dict(_starts(_root(text, language), (), 0))
    order = sorted(starts)
    blocks = []
    for start, end in zip(order, [*order[1:], len(rows)], strict=True):
        first, last = start, end
        while first < last and not rows[first].strip():
            first += 1
        while last > first and not rows[last - 1].strip():
            last -= 1
        if first < last:
            lines = range(first + 1, last + 1)
            code = "\n".join(rows[first:last])
            blocks.append(Block(BlockKind.CODE, code, lines, headings=starts[start]))
    return Document(tuple(blocks))


def _root(text: str, language: str) -> Node:
    package, function = _GRAMMARS[language]
    grammar: Callable[[], object] = getattr(import_module(package), function)
    return Parser(Language(grammar())).parse(text.encode()).root_node


def _starts(
    parent: Node, trail: tuple[str, ...], depth: int
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows, from 0, at which the heading trail changes, each with its trail."""
    comment = None  # first row of the comments directly above
    comment_end = -1
    for node in parent.children:
        first, last = node.start_point[0], node.end_point[0]
        if "comment" in node.type or node.type in ("decorator", "attribute_item"):
            if comment is None or first > comment_end + 1:
                comment = first
            comment_end = last
            continue
        name = _name(node)
        if name is not None:
            inner = (*trail, name)
            yield (comment if comment is not None and first <= comment_end + 1 else first), inner
            if depth < _DEEPEST and any(word in node.type for word in _HOLDING):
                yield from _starts(_body(node), inner, depth + 1)
            yield last + 1, trail
        comment = None


def _name(node: Node) -> str | None:
    """The name that a node defines; None when it defines nothing."""
    inner = node
    for _ in range(2):  # an export, a decorator or a template around the definition
        inner = _inside(inner)
    is_definition = any(word in inner.type for word in _DEFINING)
    if not is_definition or any(word in inner.type for word in _NOT_DEFINING):
        return None
    named = inner.child_by_field_name("type" if "impl" in inner.type else "name")
    declarator = inner.child_by_field_name("declarator")  # C: the declarator contains the name
    while named is None and declarator is not None:
        named = declarator.child_by_field_name("declarator") or declarator
        declarator = declarator.child_by_field_name("declarator")
        named = None if declarator is not None else named
    if named is None or named.text is None:
        return None
    return " ".join(named.text.decode("utf-8", "replace").split())[:100]


def _inside(node: Node) -> Node:
    wrapped = node.child_by_field_name("definition") or node.child_by_field_name("declaration")
    return wrapped or node


def _body(node: Node) -> Node:
    for _ in range(2):
        node = _inside(node)
    return node.child_by_field_name("body") or node
