"""Layers of a PDF (optional content, ISO 32000-1, 8.11): which are off when it is opened."""

from typing import Any, Final

_MOST_LAYERS: Final = 10_000


class Layers:
    """The optional content of a document; ``shows`` says whether a part of a page is seen."""

    def __init__(self, root: Any) -> None:
        self._off: set[int] = set()
        self._on: set[int] = set()
        self._is_off_by_default = False
        properties = _resolved(root.get("/OCProperties"))
        usual = _resolved(properties.get("/D")) if isinstance(properties, dict) else None
        if isinstance(usual, dict):
            self._off, self._on = _numbers(usual.get("/OFF")), _numbers(usual.get("/ON"))
            self._is_off_by_default = usual.get("/BaseState") == "/OFF"

    def shows(self, reference: Any) -> bool:
        """Whether content of this group, or with this membership (/OC), is shown."""
        if not self._off and not self._is_off_by_default:
            return True
        group = _resolved(reference)
        if not isinstance(group, dict) or group.get("/Type") != "/OCMD":
            return self._is_on(reference)
        states = [self._is_on(member) for member in _members(group)]
        if not states:
            return True
        policy = group.get("/P", "/AnyOn")
        if policy == "/AllOn":
            return all(states)
        if policy == "/AnyOff":
            return not all(states)
        return any(states) if policy != "/AllOff" else not any(states)

    def _is_on(self, reference: Any) -> bool:
        number = getattr(reference, "idnum", None)
        if number is None:
            own = getattr(reference, "indirect_reference", None)
            number = getattr(own, "idnum", None)
        if self._is_off_by_default:
            return number in self._on
        return number not in self._off


def _resolved(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value


def _members(membership: Any) -> list[Any]:
    """The groups of a membership dictionary (8.11.2.2)."""
    groups = membership.raw_get("/OCGs") if "/OCGs" in membership else []
    listed = _resolved(groups)
    return _references(listed) if isinstance(listed, list) else [groups]


def _numbers(references: Any) -> set[int]:
    found = _resolved(references)
    listed = _references(found) if isinstance(found, list) else []
    return {one.idnum for one in listed if hasattr(one, "idnum")}


def _references(listed: list[Any]) -> list[Any]:
    """The items of an array of pypdf, which gives the objects that they refer to otherwise."""
    return list(list.__iter__(listed))[:_MOST_LAYERS]
