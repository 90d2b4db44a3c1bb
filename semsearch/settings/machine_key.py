"""A secret of this user on this machine, and marks made with it, which nobody else can make.

An index may come from anywhere. What this machine has written itself is told by a mark: a keyed
hash (BLAKE2b), whose key is in the user's state directory and in no index.
"""

import hashlib
import hmac
import logging
import os
from functools import cache
from pathlib import Path
from typing import Final

from semsearch.safe_open import open_regular
from semsearch.settings.paths import state_directory

_KEY_BYTES: Final = 32
_MARK_BYTES: Final = 16

_log: Final = logging.getLogger(__name__)


def mark_of(kind: str, *parts: bytes | str | int) -> str:
    """The mark of some values: hexadecimal, equal for equal ``kind`` and ``parts``."""
    hashed = hashlib.blake2b(key=_key(state_directory() / "machine.key"), digest_size=_MARK_BYTES)
    for part in (kind, *parts):
        value = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogateescape")
        hashed.update(len(value).to_bytes(8) + value)
    return hashed.hexdigest()


def is_mark_of(mark: object, kind: str, *parts: bytes | str | int) -> bool:
    """Whether a mark was made of these values by this user on this machine."""
    return (
        isinstance(mark, str)
        and mark.isascii()
        and hmac.compare_digest(mark, mark_of(kind, *parts))
    )


@cache
def _key(path: Path) -> bytes:
    """The secret in a file, which is made when it is missing.

    Where no file can be kept the secret is this process's own: its marks end with the process.
    """
    try:
        kept = _read(path)
        return kept if kept is not None else _made(path)
    except OSError as error:
        _log.warning("cannot keep a secret in %s (%s); nothing is marked", path, error.strerror)
        return os.urandom(_KEY_BYTES)


def _read(path: Path) -> bytes | None:
    """The secret; None when the file is missing, another user's, or of another length."""
    try:
        with open_regular(path) as file:
            stat = os.fstat(file.fileno())
            is_own = not hasattr(os, "geteuid") or stat.st_uid == os.geteuid()
            key = file.read(_KEY_BYTES + 1)
            return key if is_own and len(key) == _KEY_BYTES else None
    except FileNotFoundError:
        return None


def _made(path: Path) -> bytes:
    """Write a new secret (0600), unless another process has just done so."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}-{os.urandom(4).hex()}")
    descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)  # another process may make one, too: the first one counts
        except OSError:  # there is one, or the file system has no hard links
            if _read(path) is None:
                beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    kept = _read(path)
    if kept is None:
        raise OSError(None, "it cannot be read back")
    return kept
