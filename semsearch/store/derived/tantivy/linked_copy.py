"""A private copy of a keyword index on a read-only disk, of links to its files.

Tantivy opens an index only in a folder where it can make its lock file.
"""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from semsearch.store.disk.atomic_files import storage_errors

_REWRITTEN: Final = (".json", ".lock")  # Tantivy's lists and locks; other files never change


def linked_copy(directory: Path) -> Path:
    """Make the copy, which the caller removes; raises as ``storage_errors``."""
    from tempfile import mkdtemp  # here: most indexes can be written to

    with storage_errors(directory):
        copy = Path(mkdtemp(prefix="semsearch-"))
        for path in directory.iterdir():
            to = copy / path.name
            if path.suffix not in _REWRITTEN:
                with suppress(OSError):  # links need a privilege on Windows
                    to.symlink_to(path.absolute())
                    continue
            shutil.copyfile(path, to)
    return copy
