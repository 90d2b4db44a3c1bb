"""The import of pymilvus, which neither reads a folder's ``.env`` nor writes to standard error."""

import logging
import sys
from types import ModuleType
from typing import Final, NamedTuple

from semsearch.errors import SettingsError
from semsearch.settings.environment import for_pymilvus_import

# Each of these has its own level, so that the level of their parent does not count for them.
_LOGGERS: Final = ("pymilvus", "pymilvus.milvus_client", "pymilvus.bulk_writer", "milvus_lite")


class Milvus(NamedTuple):
    """Modules of pymilvus."""

    pymilvus: ModuleType
    timestamps: ModuleType
    grpc: ModuleType


def import_pymilvus() -> Milvus:
    """Import pymilvus, in 0.6 s; raises ``SettingsError`` where it is not installed."""
    with for_pymilvus_import():
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
