"""What became of each file of the corpus."""

from dataclasses import dataclass
from enum import Enum


class Coverage(Enum):
    """The fate of one file; only ``INDEXED`` files can be found."""

    INDEXED = "indexed"  # in a ``LeftOut``: but for some of its pages
    NO_TEXT = "no text"  # read, but there was nothing in it to search
    SKIPPED = "skipped"  # of a type that semsearch does not read; never opened
    FAILED = "failed"  # of a type that it reads, but this one could not be


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file, or pages of one, that no query can find, and why; its path is from the corpus."""

    path: str
    coverage: Coverage
    reason: str
