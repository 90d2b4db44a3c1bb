"""Formulas in MathML as a line of text, as those of OpenDocument are stored."""

from typing import Final

from semsearch.documents.readers.zip_package import Element, local

_DEEPEST: Final = 50  # formulas within formulas
_NOT_SHOWN: Final = frozenset({"annotation", "annotation-xml", "mphantom"})
_APART: Final = {"mfrac": "/", "mtable": "; ", "mtr": " "}


def mathml_text(formula: Element, depth: int = 0) -> str:
    """Return the signs of a formula; its source in another language is no part of it."""
    if depth > _DEEPEST:
        return ""
    parts = [
        mathml_text(child, depth + 1)
        for child in formula
        if isinstance(child.tag, str) and local(child.tag) not in _NOT_SHOWN
    ]
    kind = local(formula.tag)
    text = (formula.text or "").strip() + _APART.get(kind, "").join(parts)
    return f"√{text}" if kind in ("msqrt", "mroot") else text
