"""All that decides which documents are cut, and where; a change of it cuts every one anew."""

import json
from dataclasses import dataclass
from typing import Any

from semsearch.documents.versions import CHUNKER_VERSION, READER_VERSION
from semsearch.documents.walk.shard import Shard
from semsearch.embedders.embedder import Embedder
from semsearch.errors import IndexDamaged, SettingsError
from semsearch.settings.schema import DEFAULT_CONTEXT, Settings
from semsearch.store.record.json_text import parsed


@dataclass(frozen=True, slots=True)
class ChunkingProfile:
    """The settings and versions that decide where documents are cut.

    ``characters`` and ``overlap`` are numbers of characters, ``max_tokens`` is the embedder's limit
    for one text, ``ocr`` the languages of tesseract or None.
    """

    characters: int
    overlap: int
    context: str
    embedder: str
    max_tokens: int
    ocr: str | None = None
    chunker: int = CHUNKER_VERSION
    reader: int = READER_VERSION
    generated: bool = False  # whether generated text is read, too
    shard: str | None = None  # the part of the folder that is indexed, as "3/16"; None: all of it

    @classmethod
    def of(
        cls, embedder: Embedder, settings: Settings, shard: Shard | None = None
    ) -> "ChunkingProfile":
        """Return the profile of a run with this embedder and these settings."""
        return cls(
            settings.passage_characters,
            settings.overlap_characters,
            settings.context or DEFAULT_CONTEXT,
            embedder.uri,
            embedder.max_tokens,
            settings.ocr or None,
            generated=settings.generated == "yes",
            shard=None if shard is None else str(shard),
        )

    @classmethod
    def parse(cls, fingerprint: str) -> "ChunkingProfile":
        """Return the profile that a generation was cut by; the fingerprint is the record's.

        Raises ``IndexDamaged`` for another text.
        """
        try:
            return cls._of(parsed(fingerprint))
        except (AttributeError, SettingsError, TypeError, ValueError) as error:
            raise IndexDamaged(
                "the row of a generation is damaged (its profile); run: semsearch repair"
            ) from error

    @classmethod
    def _of(cls, values: dict[str, Any]) -> "ChunkingProfile":
        default = Settings()
        return cls(
            int(values.get("characters", default.passage_characters)),
            int(values.get("overlap", default.overlap_characters)),
            str(values.get("context", DEFAULT_CONTEXT)),
            str(values.get("embedder", "")),
            int(values.get("max_tokens", 0)),
            values.get("ocr"),
            int(values.get("chunker", 0)),
            int(values.get("reader", 0)),
            bool(values.get("generated", False)),
            None if (shard := values.get("shard")) is None else str(Shard.parse(str(shard))),
        )

    @property
    def fingerprint(self) -> str:
        """JSON that is equal for profiles that cut every document alike; the record keeps it."""
        return json.dumps(
            {
                "chunker": self.chunker,
                "reader": self.reader,
                "characters": self.characters,
                "overlap": self.overlap,
                "context": self.context,
                "embedder": self.embedder,
                "max_tokens": self.max_tokens,
                **({"ocr": self.ocr} if self.ocr else {}),
                **({"generated": True} if self.generated else {}),
                **({"shard": self.shard} if self.shard else {}),
            },
            sort_keys=True,
        )
