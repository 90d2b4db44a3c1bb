"""Terms of the stand-in: limits, speed, dialect."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

KEY: Final = "test-key-4f1d0c"
DIMENSION: Final = 1024
MAX_INPUTS: Final = 256
MAX_TOKENS: Final = 65_536  # 16,384 until 2025
MAX_TOKENS_A_TEXT: Final = 8192  # with the two tokens around a text


@dataclass(frozen=True, slots=True)
class Terms:
    """Times are in seconds; ``None`` means no limit, or the dialect's value."""

    key: str = KEY
    dialect: str = "mistral"
    max_inputs: int | None = None
    max_tokens: int | None = None
    max_tokens_a_text: int | None = None
    refuses_as_before_2026: bool = False  # "Too many tokens in batch. Max is 16384 got …"
    encoding: Literal["asked", "float", "base64"] = "asked"

    latency: float = 0.0  # of an answer, its making included
    jitter: float = 0.0  # the most that is added to the latency, evenly spread

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    window: Literal["bucket", "sliding"] = "bucket"
    burst: float | None = None  # requests that a full bucket holds; a minute's worth if not given
    minute: float = 60.0
    retry_after: str | None = None  # the header's value; Mistral sends none

    counter: Literal["words", "bytes", "v1"] = "words"
    vocabulary: Path | None = None  # tokenizer.model.v1, if mistral-common is not installed
    counts_file: Path | None = None  # JSON: digest of a text → its tokens; others are counted
    vectors: Literal["words", "pool"] = "words"

    fail_share: float = 0.0  # of requests that get one of the faults that pass
    seed: int = 0

    batch_seconds: float = 0.0  # in the queue, and then again at work
    batch_polls: int = 0  # looks at a job in the queue, and then again at work
    batch_fail_share: float = 0.0  # of the lines of a job
    has_batches: bool = True  # the regional hosts have no /v1/batch and no /v1/files

    chat: str = "honest"  # the manners of the chat model (chat_catalogue)
    chat_context: int | None = None  # the most tokens of its prompt
    chat_pause: float = 0.0  # between two packets of its answer

    keeps_texts: bool = True  # in ``received``; the ledger counts without them
    checks_answers: bool = True  # against the OpenAPI files
