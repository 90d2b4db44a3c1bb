"""Formulas of Office Open XML (ECMA-376, part 1, 22.1) as a line of text."""

from typing import Final

from semsearch.documents.readers.ooxml import child_named, children, nearest
from semsearch.documents.readers.zip_package import Element, attribute, local

_DEEPEST: Final = 50  # formulas within formulas
_NOT_SHOWN: Final = frozenset({"del", "moveFrom", "rPr"})
_SUM: Final = "∫"  # the sign of an operator that has none of its own (22.1.2.20)
_APART: Final = {"func": " ", "limLow": " ", "limUpp": " ", "mr": " ", "eqArr": " ", "m": "; "}


def math_text(formula: Element, depth: int = 0) -> str:
    """Return the words and signs of a formula, its parts apart as they are on the page."""
    if depth > _DEEPEST:
        return "".join(text.text or "" for text in nearest(formula, "t"))
    kind = local(formula.tag)
    if kind == "t":
        return formula.text or ""
    properties = child_named(formula, f"{kind}Pr")
    parts = [
        math_text(child, depth + 1)
        for child in children(formula)
        if local(child.tag) not in _NOT_SHOWN and child is not properties
    ]
    match kind:
        case "f":
            return _fraction(parts, _sign(properties, "type", "bar"))
        case "d":
            inner = _sign(properties, "sepChr", "|").join(parts)
            return _sign(properties, "begChr", "(") + inner + _sign(properties, "endChr", ")")
        case "nary":
            return " ".join(filter(None, [_sign(properties, "chr", _SUM), *parts]))
        case "rad":
            return "√" + " ".join(filter(None, parts))
    return _APART.get(kind, "").join(parts)


def _fraction(parts: list[str], kind: str) -> str:
    if kind == "noBar":
        return " ".join(parts)
    return "/".join(part if part.isalnum() else f"({part})" for part in parts)


def _sign(properties: Element | None, name: str, usual: str) -> str:
    """A sign that the properties of an element name."""
    sign = child_named(properties, name)
    given = None if sign is None else attribute(sign, "val")
    return usual if given is None else given
