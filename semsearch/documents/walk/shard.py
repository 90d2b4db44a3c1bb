"""Shards: the parts of one folder that several machines index, each a part of its own.

The path of a file relative to the folder decides, by the first 8 bytes of its SHA-256 as a number,
modulo the count of shards: the same on each machine, and for ever. Files that are read together, or
of which one decides about another (``companions``), are in one shard.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from typing import Final

from semsearch.documents.walk.companions import shard_key
from semsearch.errors import SettingsError

_FORM: Final = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})")
_BYTES: Final = 8  # of SHA-256


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard ``number``, from 1, of ``count`` shards of a folder.

    >>> shards = [Shard(number, 3) for number in (1, 2, 3)]
    >>> [str(shard) for shard in shards if shard.has("notes/bees.md")]
    ['2/3']
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> "Shard | None":
        """The shard of a text such as ``3/16``; None for ``1/1``, the whole folder.

        Raises ``SettingsError``.
        """
        form = _FORM.fullmatch(text)
        if form is None or int(form[1]) > int(form[2]):
            raise SettingsError(
                f"{text!r} is no shard; give its number and how many there are, as in 3/16, up to"
                " 9999"
            )
        shard = cls(int(form[1]), int(form[2]))
        return None if shard.count == 1 else shard

    def has(self, path: str) -> bool:
        """Whether a file is in this shard, by its path relative to the folder."""
        digest = hashlib.sha256(os.fsencode(shard_key(path))).digest()
        return int.from_bytes(digest[:_BYTES], "big") % self.count == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"
