"""Manifest of an installed model: the build number and the sizes of its files."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

MANIFEST_FILE: Final = "manifest.json"

FilesOfBuilds = Mapping[int, Sequence[str]]  # names of a model's files by build number


def build_in(directory: Path, files: FilesOfBuilds) -> int | None:
    """Return the build number of the model in a folder; None when it is incomplete."""
    try:
        manifest = json.loads((directory / MANIFEST_FILE).read_text(encoding="utf-8"))
        build: int = manifest["build"]
        return build if manifest == manifest_of(directory, build, files) else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def manifest_of(directory: Path, build: int, files: FilesOfBuilds) -> dict[str, Any]:
    """Return the manifest for the files in a folder."""
    sizes = {name: (directory / name).stat().st_size for name in files[build]}
    return {"build": build, "sizes": sizes}


def seal(directory: Path, build: int, files: FilesOfBuilds) -> None:
    """Write the manifest, and make every file in the folder private to its owner."""
    manifest = json.dumps(manifest_of(directory, build, files))
    (directory / MANIFEST_FILE).write_text(manifest, encoding="utf-8")
    for path in directory.iterdir():
        path.chmod(0o600)
