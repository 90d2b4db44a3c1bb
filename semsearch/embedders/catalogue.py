"""What can embed here: the local models, and packages that provide embedders."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from semsearch.embedders.install import LOCAL_MODELS, is_whole
from semsearch.embedders.plugins.packages import embedder_packages

_URIS: Final = {"mistral-tokens": None}  # counts tokens; no embedder


@dataclass(frozen=True, slots=True)
class Offer:
    """A local model, or the URIs of a package's scheme.

    ``uri`` is None for what is no embedder; ``package`` is the package with its version.
    """

    name: str
    uri: str | None
    is_installed: bool
    package: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The offer as JSON names and values."""
        return {
            "name": self.name,
            "uri": self.uri,
            "installed": self.is_installed,
            "package": self.package,
        }


def offers(models_directory: Path) -> list[Offer]:
    """All of them, local models first. No package is imported."""
    return [
        *(
            Offer(name, _URIS.get(name, f"local:{name}"), is_whole(models_directory / name))
            for name in LOCAL_MODELS
        ),
        *(
            Offer(package.scheme, f"{package.scheme}:", is_installed=True, package=str(package))
            for package in embedder_packages()
        ),
    ]
