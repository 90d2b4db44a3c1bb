"""Schema of the settings: every name with its type, default and bounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import platformdirs

from semsearch.errors import SettingsError
from semsearch.settings.secrets import Secret

# Environment variables with these prefixes set settings.
VARIABLE_PREFIXES: Final = ("SEMSEARCH_", "MISTRAL_", "OPENAI_", "RERANK_", "MILVUS_")
LARGEST_WEIGHT: Final = 100.0  # of keyword scores relative to semantic scores
_LARGEST: Final = 1e12  # upper bound of every number; excludes infinity and NaN
_NUMBERS: Final = (
    "max_file_bytes",
    "document_seconds",
    "document_memory_bytes",
    "ask_tokens",
    "ask_seconds",
    "request_inputs",
    "request_tokens",
    "concurrency",
    "connect_seconds",
    "read_seconds",
    "retry_seconds",
    "backoff_seconds",
    "batch_poll_seconds",
    "max_cost",
    "max_tokens",
)
_SHARES: Final = ("min_documents", "max_coverage_loss")
MOST_RERANKED: Final = 100  # a search always has at least so many candidates


_LANGUAGE_LETTERS: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+"
)


class Context(StrEnum):
    """Context embedded before a passage's own words; it is not shown."""

    NONE = "none"
    TITLE = "title"  # the document's title
    HEADINGS = "headings"  # the headings above the passage
    FULL = "full"  # title and headings


DEFAULT_CONTEXT: Final = Context.NONE


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default."""

    embedder: str | None = None
    # The address of a collection may hold a password, which no repr is to show.
    index: str | None = field(default=None, repr=False)
    indexes: Mapping[str, str] = field(default_factory=dict, repr=False)
    publish: str | None = field(default=None, repr=False)
    shared_vectors: Path | None = None  # a folder; None: vectors are shared with no other index
    passage_characters: int = 1500
    overlap_characters: int = 150
    context: str | None = None  # a value of ``Context``; None: as in the index
    mode: str | None = None  # a value of ``Mode``; None for the default
    words_weight: float | None = None  # None for the default weight
    max_file_bytes: int = 100_000_000
    document_seconds: float = 60.0  # of processor time
    document_memory_bytes: int = 1 << 30
    ocr: str | None = None  # tesseract's languages; "" for none; None: as in the index
    generated: str | None = None  # "yes" or "no"; None: as in the index
    opener: str | None = None
    news_command: str | None = None
    news_mail: str | None = None
    news_notify: str | None = None  # "yes"
    mistral_base_url: str = "https://api.mistral.ai"
    mistral_api_key_file: Path | None = None
    mistral_api_key: Secret | None = None
    openai_base_url: str = "https://api.openai.com"
    openai_api_key_file: Path | None = None
    openai_api_key: Secret | None = None
    reranker: str | None = None
    rerank_candidates: int = 50
    rerank_api_key_file: Path | None = None
    rerank_api_key: Secret | None = None
    milvus_token_file: Path | None = None
    milvus_token: Secret | None = None
    ask_model: str | None = None
    ask_tokens: int = 2000
    ask_seconds: float = 600.0
    request_inputs: int | None = None
    request_tokens: int | None = None
    concurrency: int = 8
    connect_seconds: float = 5.0
    read_seconds: float = 60.0
    retry_seconds: float = 300.0
    backoff_seconds: float = 1.0
    batch_poll_seconds: float = 10.0
    proxy: str | None = None
    max_cost: float | None = None
    max_tokens: int | None = None
    min_documents: float = 0.5  # least share of the last generation's documents
    max_coverage_loss: float = 0.1  # largest loss in the share of indexed files
    prices: Mapping[str, float] = field(default_factory=dict)
    models_directory: Path = field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("semsearch", appauthor=False))
    )

    def __post_init__(self) -> None:
        if not 50 <= self.passage_characters <= 30_000:
            raise SettingsError("passage_characters must be from 50 to 30000")
        if self.ocr and not set(self.ocr) <= _LANGUAGE_LETTERS:
            raise SettingsError("ocr must be languages of tesseract, such as eng+deu")
        if not 0 <= self.overlap_characters <= self.passage_characters // 2:
            raise SettingsError("overlap_characters must be from 0 to half of passage_characters")
        if self.context not in (None, *Context):
            raise SettingsError(f"context must be one of {', '.join(Context)}")
        if self.words_weight is not None and not 0 <= self.words_weight <= LARGEST_WEIGHT:
            raise SettingsError(f"words_weight must be from 0 to {LARGEST_WEIGHT:.0f}")
        if self.news_notify not in (None, "yes", "no"):
            raise SettingsError("news_notify must be yes or no")
        if self.generated not in (None, "yes", "no"):
            raise SettingsError("generated must be yes or no")
        for name in _NUMBERS:
            value = getattr(self, name)
            if value is not None and not 0 < value <= _LARGEST:
                raise SettingsError(f"{name} must be more than 0 and at most {_LARGEST:.0e}")
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise SettingsError(f"{name} must be from 0 to 1")
        if not 1 <= self.rerank_candidates <= MOST_RERANKED:
            raise SettingsError(f"rerank_candidates must be from 1 to {MOST_RERANKED}")
        for uri, price in self.prices.items():
            if not 0 <= price <= _LARGEST:
                raise SettingsError(f"the price of {uri} must be at least 0 USD a million tokens")
