"""An engine in memory, which does what ``store.collection.engine.Engine`` asks for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from semsearch.store.collection.engine import ORDINAL_BITS, NewTexts
from semsearch.store.disk.ids import Ids, is_among
from semsearch.store.record.vectors import unit_rows


@dataclass
class MemoryEngine:
    """Keeps all in dictionaries; ``before_write`` is called before each change, with its name."""

    before_write: Callable[[str], None] = lambda name: None
    before_count: Callable[[str], None] = lambda name: None
    texts: dict[int, tuple[np.ndarray, bytes, bytes, str]] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    sources: dict[str, bytes] = field(default_factory=dict)
    place: str = "memory"
    version: str = "memory"
    dimension: int | None = None

    def prepare(self, dimension: int) -> None:
        self.dimension = dimension

    def manifests(self) -> Mapping[str, bytes]:
        return dict(self.sources)

    def put_manifest(self, source: str, manifest: bytes | None, before: bytes | None) -> bool:
        self.before_write("put_manifest")
        if self.sources.get(source) != before:
            return False
        if manifest is None:
            self.sources.pop(source, None)
        else:
            self.sources[source] = manifest
        return True

    def put_blobs(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        for name, blob in blobs:
            self.before_write("put_blobs")
            self.kept[name] = blob

    def blobs(self, names: Sequence[str]) -> Mapping[str, bytes]:
        return {name: self.kept[name] for name in names if name in self.kept}

    def blob_names(self, prefix: str) -> Sequence[str]:
        return sorted(name for name in self.kept if name.startswith(prefix))

    def delete_blobs(self, prefixes: Sequence[str]) -> None:
        for name in [name for name in self.kept if name.startswith(tuple(prefixes))]:
            self.before_write("delete_blobs")
            del self.kept[name]

    def put_texts(self, texts: NewTexts) -> None:
        for at, key in enumerate(texts.keys.tolist()):
            self.before_write("put_texts")
            row = (texts.vectors[at], texts.sentences[at], texts.places[at], texts.bodies[at])
            self.texts[key] = row

    def delete_segments(self, segments: Sequence[int]) -> None:
        for key in [key for key in self.texts if key >> ORDINAL_BITS in segments]:
            self.before_write("delete_segments")
            del self.texts[key]

    def count_texts(self, segment: int) -> int:
        self.before_count("count_texts")
        return sum(key >> ORDINAL_BITS == segment for key in self.texts)

    def nearest(
        self,
        vector: np.ndarray,
        count: int,
        segments: Sequence[int],
        among: Ids | None = None,
        *,
        exact: bool = False,
    ) -> list[tuple[int, float]]:
        keys = np.array(sorted(self.texts), dtype=np.int64)
        keys = keys[np.isin(keys >> ORDINAL_BITS, list(segments))]
        if among is not None:
            keys = keys[is_among(keys, among)]
        if not len(keys):
            return []
        found, rows = self.vectors(keys)
        best = sorted(
            zip(found.tolist(), (unit_rows(rows) @ vector).tolist(), strict=True),
            key=lambda one: -one[1],
        )
        return best[:count]

    def vectors(self, keys: Ids) -> tuple[Ids, np.ndarray]:
        found = [key for key in keys.tolist() if key in self.texts]
        rows = np.array([self.texts[key][0] for key in found], dtype=np.float16)
        return np.array(found, dtype=np.int64), rows.reshape(len(found), self.dimension or 0)

    def sentences(self, keys: Ids) -> Mapping[int, bytes]:
        rows = {key: self.texts[key][1] for key in keys.tolist() if key in self.texts}
        return {key: row for key, row in rows.items() if row}

    def places(self, keys: Ids) -> Mapping[int, bytes]:
        return {key: self.texts[key][2] for key in keys.tolist() if key in self.texts}

    def bodies(self, keys: Ids) -> Mapping[int, str]:
        return {key: self.texts[key][3] for key in keys.tolist() if key in self.texts}

    def finish(self, segments: Sequence[int]) -> None:
        """Nothing is to be made."""

    def close(self) -> None:
        """Nothing is open."""
