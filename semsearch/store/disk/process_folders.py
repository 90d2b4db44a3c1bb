"""Folders for temporary files of one process; of a killed one the next process removes them."""

import os
from pathlib import Path


def is_running(process: int) -> bool | None:
    """Whether a process of this machine runs, by its number; None where that is not told."""
    if os.name == "nt":
        return None
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is another user's
        return True
    return True


def new_process_folder(name: str, place: Path | None = None) -> Path:
    """Make a folder (0700), which the caller removes, in ``place`` or where temporary files go.

    Those of the same name that killed processes have left there are removed. Raises ``OSError``.
    """
    # Here: few processes make any.
    import shutil
    from tempfile import mkdtemp

    prefix = f"semsearch-{name}-"
    made = Path(mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=place))
    for left in made.parent.glob(f"{prefix}*"):
        number = left.name.removeprefix(prefix).partition("-")[0]
        if number.isascii() and number.isdecimal() and _has_ended(int(number)):
            shutil.rmtree(left, ignore_errors=True)  # another user's is theirs to remove
    return made


def _has_ended(process: int) -> bool:
    try:
        return is_running(process) is False
    except OverflowError:  # the name is none of ours
        return False
