"""The import of pymilvus, which neither reads a folder's ``.env`` nor writes to standard error."""

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Final, NamedTuple

from semsearch.errors import SettingsError

# Each of these has its own level, so that the level of their parent does not count for them.
_LOGGERS: Final = ("pymilvus", "pymilvus.milvus_client", "pymilvus.bulk_writer", "milvus_lite")
# pymilvus reads them at its import, for connections by name, which nobody asks for here; with a
# wrong address its import fails.
_VARIABLES: Final = ("MILVUS_URI", "MILVUS_DEFAULT_CONNECTION", "MILVUS_CONN_TIMEOUT")
# pymilvus's import loads `.env` of the current folder, or of one above its own, into the
# environment of this process (python-dotenv knows this variable since 1.2).
_NO_DOTENV: Final = "PYTHON_DOTENV_DISABLED"
_importing: Final = threading.Lock()  # the environment is the process's


class Milvus(NamedTuple):
    """Modules of pymilvus."""

    pymilvus: ModuleType
    timestamps: ModuleType
    grpc: ModuleType


def import_pymilvus() -> Milvus:
    """Import pymilvus, in 0.6 s; raises ``SettingsError`` where it is not installed."""
    with _importing, _own_environment():
        is_first = "pymilvus" not in sys.modules
        try:
            import grpc
            import pymilvus
            from pymilvus.client import ts_utils
        except ImportError as error:
            raise SettingsError(
                "a collection on Milvus needs the extra milvus: pip install 'semsearch[milvus]'"
            ) from error
        if is_first:  # else a program that uses pymilvus has its own mind about its log
            for name in _LOGGERS:  # a refused call logs its traceback; the error itself says enough
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        return Milvus(pymilvus, ts_utils, grpc)


@contextmanager
def _own_environment() -> Iterator[None]:
    before = {name: os.environ.pop(name, None) for name in (*_VARIABLES, _NO_DOTENV)}
    os.environ[_NO_DOTENV] = "1"
    try:
        yield
    finally:
        del os.environ[_NO_DOTENV]
        os.environ.update({name: value for name, value in before.items() if value is not None})
