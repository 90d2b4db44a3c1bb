"""What Tantivy raises → the errors of the store."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from semsearch.errors import IndexDamaged
from semsearch.store.disk.atomic_files import storage_error

_LONGEST_REASON: Final = 120
_SYSTEM_ERROR: Final = re.compile(r"os error (5|28|30|122)\b")  # EIO, ENOSPC, EROFS, EDQUOT


@contextmanager
def translated(directory: Path) -> Iterator[None]:
    """Translate all that Tantivy raises over damaged files, Rust panics included."""
    try:
        yield
    except BaseException as error:
        is_panic = type(error).__name__ == "PanicException"  # derives from BaseException
        expected = (ValueError, OSError, KeyError, TypeError, RuntimeError)
        if not isinstance(error, expected) and not is_panic:
            raise
        words = " ".join(str(error).split())[:_LONGEST_REASON]
        if number := _SYSTEM_ERROR.search(words):  # Tantivy has disk errors as text only
            code = int(number[1])
            raise storage_error(OSError(code, os.strerror(code)), directory) from error
        raise IndexDamaged(f"the keyword index in {directory} cannot be used ({words})") from error
