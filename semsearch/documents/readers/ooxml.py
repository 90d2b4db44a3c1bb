"""Packages of Office Open XML (ECMA-376, part 2): parts by their relationships, not by name."""

import posixpath
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote

from semsearch.documents.readers.zip_package import Element, Package, attribute, local, nearest_by

_ROOT: Final = ""
_MAIN: Final = "officeDocument"
_CONTENT_TYPES: Final = "[Content_Types].xml"


class Relation(NamedTuple):
    """A relationship: the last word of its type, and the part that it leads to."""

    kind: str
    target: str


class OfficePackage(Package):
    """A package whose parts refer to each other."""

    def __init__(self, data: bytes) -> None:
        """Raises ``DocumentUnreadable`` as ``Package`` does."""
        super().__init__(data)
        self._spelled = {_folded(name): name for name in self.names}
        self._relations: dict[str, dict[str, Relation]] = {}

    def main_part(self, usual: str) -> str:
        """Return the part that the package is about; ``usual`` where no relationship names it."""
        return next(iter(self.related(_ROOT, _MAIN)), usual)

    def main_type(self) -> str:
        """Return the media type of the main part; "" where the package does not say."""
        main = _folded(self.main_part(""))
        types = self.part(self._spelled.get(_folded(_CONTENT_TYPES), ""))
        if types is None:
            return ""
        by_ending = ""
        for element in types:
            if _folded(element.get("PartName", "")) == main:
                return element.get("ContentType", "")
            if main.endswith("." + element.get("Extension", "?").casefold()):
                by_ending = element.get("ContentType", "")
        return by_ending

    def relations(self, part: str) -> dict[str, Relation]:
        """Return what a part refers to inside the package, by relationship id."""
        if part not in self._relations:
            self._relations[part] = dict(self._read_relations(part))
        return self._relations[part]

    def related(self, part: str, *kinds: str) -> list[str]:
        """Return the parts that a part refers to by relationships of these kinds."""
        return [found.target for found in self.relations(part).values() if found.kind in kinds]

    def related_by(self, part: str, element: Element, name: str = "id") -> str | None:
        """Return the part that an element refers to by an attribute (``r:id``)."""
        identity = next((v for k, v in element.items() if k.endswith(f"relationships}}{name}")), "")
        found = self.relations(part).get(identity)
        return None if found is None else found.target

    def _read_relations(self, part: str) -> Iterator[tuple[str, Relation]]:
        folder, name = posixpath.split(part)
        relations = self._spelled.get(_folded(f"{folder}/_rels/{name}.rels"))
        root = None if relations is None else self.part(relations)
        for element in () if root is None else root:
            target = unquote(element.get("Target", "")).replace("\\", "/")
            path = posixpath.normpath(posixpath.join("/" + folder, target))
            found = self._spelled.get(_folded(path))
            if found is not None and element.get("TargetMode") != "External":
                kind = element.get("Type", "").rpartition("/")[2]
                yield element.get("Id", ""), Relation(kind, found)


def _folded(name: str) -> str:
    """A part's name as names are compared: without regard to case (ECMA-376, part 2, 6.2.2.3)."""
    return name.replace("\\", "/").lstrip("/").casefold()


def children(element: Element) -> Iterator[Element]:
    """Yield the children of an element; of alternatives (``mc:AlternateContent``) those of one."""
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif local(child.tag) == "AlternateContent":
            stack.append(iter(_alternative(child)))
        else:
            yield child


def _alternative(element: Element) -> Sequence[Element]:
    """The content of the branch that is shown: the first, as the Office of today shows it."""
    branches = [branch for branch in element if local(branch.tag) in ("Choice", "Fallback")]
    return next((list(branch) for branch in branches if len(branch)), [])


def is_on(element: Element | None) -> bool | None:
    """The value of an on/off property (ECMA-376, 17.17.4); None without the property."""
    if element is None:
        return None
    return (attribute(element, "val") or "1").lower() not in ("0", "false", "off")


def child_named(element: Element | None, name: str) -> Element | None:
    """The first child with that name."""
    if element is None:
        return None
    return next((child for child in element if local(child.tag) == name), None)


def descendants(element: Element, *skipped: str) -> Iterator[Element]:
    """Yield what is below an element in order, each alternative once, nothing below ``skipped``."""
    stack = [children(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        else:
            yield child
            if local(child.tag) not in skipped:
                stack.append(children(child))


def nearest(
    element: Element, *names: str, skipped: frozenset[str] = frozenset()
) -> Iterator[Element]:
    """Return the nearest descendants with these names, in order."""
    return nearest_by(children, element, names, skipped)
