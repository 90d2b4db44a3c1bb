"""The manifest of a keyword index's folder: the digests of its files."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from semsearch.errors import IndexDamaged
from semsearch.safe_open import open_regular
from semsearch.store.derived.file_stamps import NO_STAMPS, Stamps
from semsearch.store.derived.tantivy.faults import translated
from semsearch.store.disk.atomic_files import file_digest

KEYWORDS_VERSION: Final = 2  # raised when the schema or the analyzer changes

MANIFEST: Final = "manifest.json"
VERSION: Final = "version"
DIGESTS: Final = "digests"
LOCK: Final = ".lock"  # suffix of Tantivy's locks, which are empty
_LIST: Final = ".managed.json"  # Tantivy's list of its files, which it deletes by


def check_keywords(directory: Path, known_by: bytes | int, stamps: Stamps = NO_STAMPS) -> None:
    """Raise ``IndexDamaged`` unless every file of an index has its digest.

    ``known_by`` is the digest that ``make_keywords`` returned; an index of format 1 has none and is
    known by the number of its generation. A file that ``stamps`` vouch for is not hashed.
    """
    with translated(directory):
        content = manifest_bytes(directory)
        manifest = json.loads(content)
        is_old = isinstance(known_by, int)
        own = manifest["generation"] if is_old else hashlib.sha256(content).digest()
        vouched = _vouched(directory, manifest[DIGESTS], stamps)
        found = digests_of(directory, vouched)
        if _LIST not in manifest[DIGESTS]:  # an earlier version left it out
            del found[_LIST]
        if own != known_by or manifest[DIGESTS] != found:
            raise IndexDamaged(f"the keyword index in {directory} is not what was written")
        if manifest[VERSION] != KEYWORDS_VERSION:
            raise IndexDamaged(f"the keyword index in {directory} is of another version")


def manifest_bytes(directory: Path) -> bytes:
    """The manifest as it is stored; raises ``OSError``."""
    with open_regular(directory / MANIFEST) as file:
        return file.read()


def digests_of(directory: Path, known: Mapping[str, str]) -> dict[str, str]:
    """SHA-256 by file name, computed unless ``known``; Tantivy's locks are left out."""
    return {
        path.name: known.get(path.name) or file_digest(path).hex()
        for path in sorted(directory.iterdir())
        if path.name != MANIFEST and path.suffix != LOCK
    }


def _vouched(directory: Path, digests: Mapping[str, str], stamps: Stamps) -> dict[str, str]:
    """The digests of files that ``stamps`` vouch for."""
    return {
        path.name: digests[path.name]
        for path in directory.iterdir()
        if path.name in digests and stamps.vouch_for(f"{directory.name}/{path.name}", path.stat())
    }
