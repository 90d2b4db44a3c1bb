"""Manifests in Milvus, each replaced by one publisher at a time.

Milvus has no transaction and no write on a condition. So a publisher first writes a claim to the
source's manifest, then reads all claims, and goes on when there is no other. Of two publishers that
claim at once, at least one finds the other's claim, because a strong read sees all writes that had
returned before it began. The first by name waits until it is alone, all others take theirs away and
claim again later. A claim that has not changed for ``claim_seconds`` is a killed publisher's, and
is removed; so a publisher has to replace the manifest in half of that time after its claim, or
claim again.

In Milvus Lite the directory belongs to this process, in which a lock does.
"""

import math
import random
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote, unquote

from semsearch.errors import EngineUnreachable
from semsearch.store.collection.engines.milvus.blobs import BlobRows
from semsearch.store.collection.engines.milvus.client import Client

_MANIFEST: Final = ":manifest/"
_CLAIM: Final = ":claim/"
_PAUSE_SECONDS: Final = 0.3
CLAIM_SECONDS: Final = 30.0


class ManifestRows:
    """The manifests of the sources of a collection.

    Without ``claim_seconds`` the collection is this process's alone, as in Milvus Lite.
    """

    def __init__(
        self, client: Client, blobs: BlobRows, claim_seconds: float | None = CLAIM_SECONDS
    ) -> None:
        self._client = client
        self._blobs = blobs
        self._claim_seconds = claim_seconds

    def all(self) -> Mapping[str, bytes]:
        """The manifest of each source, by name."""
        found = self._blobs.beginning_with(_MANIFEST, strong=True)
        return {_unquoted(name): manifest for name, manifest in found.items()}

    def replace(self, source: str, manifest: bytes | None, before: bytes | None) -> bool:
        """Replace the manifest ``before`` of a source; False where it has another."""
        name = _MANIFEST + _quoted(source)
        while True:
            with self._claimed(_quoted(source)) as until:
                if self._blobs.get([name], strong=True).get(name) != before:
                    return False
                if time.monotonic() >= until:
                    continue
                if manifest is not None:
                    self._blobs.put([(name, manifest)])
                elif before is not None:
                    self._blobs.delete_named([name])
                return True

    @contextmanager
    def _claimed(self, source: str) -> Iterator[float]:
        """Have the only claim to a source's manifest; gives the time at which it ends."""
        if self._claim_seconds is None:
            with self._client.alone():
                yield math.inf
            return
        mine, until = self._claim(f"{_CLAIM}{source}/", self._claim_seconds)
        try:
            yield until
        finally:
            self._blobs.delete_named([mine])

    def _claim(self, prefix: str, claim_seconds: float) -> tuple[str, float]:
        """Write a claim and wait until it is the only one; returns its name and its end."""
        first_seen: dict[str, float] = {}
        deadline = time.monotonic() + 3 * claim_seconds
        while True:
            mine = prefix + secrets.token_hex(8)
            until = time.monotonic() + claim_seconds / 2
            self._blobs.put([(mine, b"")])
            while True:
                others = [name for name in self._blobs.names(prefix) if name != mine]
                if not others:
                    return mine, until
                now = time.monotonic()
                first_seen = {name: first_seen.get(name, now) for name in others}
                dead = [name for name in others if now - first_seen[name] >= claim_seconds]
                self._blobs.delete_named(dead)
                # The first by name stays, so that one of those that claim at once is next.
                if mine > min(others) or now >= min(until, deadline):
                    break
                time.sleep(_PAUSE_SECONDS)
            self._blobs.delete_named([mine])
            if now >= deadline:
                raise EngineUnreachable(
                    "other publishers replace the manifest of this source all the time; try again"
                )
            time.sleep(_PAUSE_SECONDS * random.uniform(1, 5))  # noqa: S311  # apart


def _quoted(source: str) -> str:
    """The name of a source in letters that mean nothing in a condition of Milvus.

    >>> _quoted("Ärzte/50%_a")
    '=C3=84rzte=2F50=25=5Fa'
    """
    return quote(source, safe="").replace("_", "%5F").replace("~", "%7E").replace("%", "=")


def _unquoted(name: str) -> str:
    return unquote(name.removeprefix(_MANIFEST).replace("=", "%"))
