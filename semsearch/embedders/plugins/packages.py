"""Packages that provide embedders: entry points of the group ``semsearch.embedders``.

The name of an entry point is the scheme of the package's URIs, and its value a function
``open(uri, settings)`` that returns an embedder. Only metadata are read here; a package is imported
when a user has named one of its embedders.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from semsearch.errors import SettingsError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "semsearch.embedders"
BUILT_IN: Final = frozenset({"hf", "local", "mistral", "openai"})
# A scheme as in RFC 3986, of two letters or more, as one letter is a drive of Windows.
_URI: Final = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]+):[^\s\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class EmbedderPackage:
    """An installed package whose embedders have URIs of a scheme."""

    scheme: str
    name: str
    version: str
    entry: "EntryPoint"

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def embedder_packages() -> tuple[EmbedderPackage, ...]:
    """The installed packages by scheme and name; schemes of semsearch's own are left out."""
    from importlib.metadata import entry_points  # here: 15 ms that few need

    found = {
        EmbedderPackage(entry.name, entry.dist.name, entry.dist.version, entry)
        for entry in entry_points(group=GROUP)
        if entry.dist is not None and entry.name not in BUILT_IN
    }
    return tuple(sorted(found, key=lambda package: (package.scheme, package.name)))


def scheme_of(uri: str) -> str | None:
    """The scheme of a URI that may be another package's; None for semsearch's own and no URI."""
    found = _URI.fullmatch(uri)
    return None if found is None or found["scheme"] in BUILT_IN else found["scheme"]


def package_of(uri: str) -> EmbedderPackage | None:
    """The installed package of a URI's scheme; None where there is none.

    Raises ``SettingsError`` where two packages have the scheme: which one is meant nobody can tell.
    """
    scheme = scheme_of(uri)
    if scheme is None:
        return None
    packages = [package for package in embedder_packages() if package.scheme == scheme]
    if len(packages) > 1:
        names = " and ".join(str(package) for package in packages)
        raise SettingsError(f"{names} both have embedders named {scheme}:…; uninstall one of them")
    return packages[0] if packages else None
