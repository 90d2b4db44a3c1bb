"""The hash that is kept in each row: SQLite sees 4 % of flipped bits, this sees all of them."""

import hashlib
from typing import Final

HASH_BYTES: Final = 16


def row_hash(*values: int | bytes | None) -> bytes:
    """BLAKE2b (16 bytes) of a row's values, each with its type and length; a function of SQL, too.

    Text is given as the bytes of its SQL literal: damaged text may be no UTF-8, or no text.
    """
    digest = hashlib.blake2b(digest_size=HASH_BYTES)
    for value in values:
        encoded = value if isinstance(value, bytes) else str(value).encode()
        digest.update(b"%s %d " % (type(value).__name__.encode(), len(encoded)))
        digest.update(encoded)
    return digest.digest()
