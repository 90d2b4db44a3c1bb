"""Versions of what is made of a file's bytes; documents of another version are read again."""

from typing import Final

READER_VERSION: Final = 9  # raised when a reader gives another document for equal bytes
CHUNKER_VERSION: Final = 2  # raised when the chunker gives other passages for an equal document
