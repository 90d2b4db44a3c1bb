"""Layers of a PDF (optional content, ISO 32000-1, 8.11): which are off when it is opened."""

from typing import Any, Final

_MOST_LAYERS: Final = 10_000
_DEEPEST_EXPRESSION: Final = 20


class Layers:
    """The optional content of a document; ``shows`` says whether a part of a page is seen.

    Where the setup of the layers is damaged all are shown.
    """

    def __init__(self, root: Any) -> None:
        self._off: set[int] = set()
        self._on: set[int] = set()
        self._is_off_by_default = False
        try:
            self._set_up(root)
        except (AttributeError, KeyError, TypeError, ValueError):
            self._off, self._on, self._is_off_by_default = set(), set(), False

    def _set_up(self, root: Any) -> None:
        properties = resolved(root.get("/OCProperties"))
        usual = resolved(properties.get("/D")) if isinstance(properties, dict) else None
        if isinstance(usual, dict):
            self._off, self._on = _numbers(usual.get("/OFF")), _numbers(usual.get("/ON"))
            self._is_off_by_default = usual.get("/BaseState") == "/OFF"
            self._apply(usual.get("/AS"))

    def shows(self, reference: Any) -> bool:
        """Whether content of this group, or with this membership (/OC), is shown."""
        if not self._off and not self._is_off_by_default:
            return True
        group = resolved(reference)
        if not isinstance(group, dict) or group.get("/Type") != "/OCMD":
            return self._is_on(reference)
        if "/VE" in group:
            return self._holds(group.raw_get("/VE"))  # type: ignore[attr-defined]
        states = [self._is_on(member) for member in _members(group)]
        if not states:
            return True
        policy = group.get("/P", "/AnyOn")
        if policy == "/AllOn":
            return all(states)
        if policy == "/AnyOff":
            return not all(states)
        return any(states) if policy != "/AllOff" else not any(states)

    def _apply(self, applications: Any) -> None:
        """Switch groups as their usage says for viewing (8.11.4.4)."""
        for application in resolved(applications) or ():
            used = resolved(application)
            groups = resolved(used.get("/OCGs")) if used.get("/Event") == "/View" else None
            for reference in _references(groups) if isinstance(groups, list) else ():
                view = resolved(resolved(resolved(reference).get("/Usage", {})).get("/View", {}))
                number = getattr(reference, "idnum", -1)
                if view.get("/ViewState") == "/OFF":
                    self._off.add(number)
                    self._on.discard(number)
                elif view.get("/ViewState") == "/ON":
                    self._on.add(number)
                    self._off.discard(number)

    def _holds(self, expression: Any, depth: int = 0) -> bool:
        """The value of a visibility expression (8.11.2.2)."""
        parts = resolved(expression)
        if not isinstance(parts, list) or not parts or depth > _DEEPEST_EXPRESSION:
            return self._is_on(expression)
        values = (self._holds(one, depth + 1) for one in _references(parts)[1:])
        if parts[0] == "/Not":
            return not next(values, False)
        return any(values) if parts[0] == "/Or" else all(values)

    def _is_on(self, reference: Any) -> bool:
        number = getattr(reference, "idnum", None)
        if number is None:
            own = getattr(reference, "indirect_reference", None)
            number = getattr(own, "idnum", None)
        if self._is_off_by_default:
            return number in self._on
        return number not in self._off


def resolved(value: Any) -> Any:
    """Return the object that a reference of pypdf leads to; any other object itself."""
    return value.get_object() if hasattr(value, "get_object") else value


def _members(membership: Any) -> list[Any]:
    """The groups of a membership dictionary (8.11.2.2)."""
    groups = membership.raw_get("/OCGs") if "/OCGs" in membership else []
    listed = resolved(groups)
    return _references(listed) if isinstance(listed, list) else [groups]


def _numbers(references: Any) -> set[int]:
    found = resolved(references)
    listed = _references(found) if isinstance(found, list) else []
    return {one.idnum for one in listed if hasattr(one, "idnum")}


def _references(listed: list[Any]) -> list[Any]:
    """The items of an array of pypdf, which gives the objects that they refer to otherwise."""
    return list(list.__iter__(listed))[:_MOST_LAYERS]
