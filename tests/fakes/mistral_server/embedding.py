"""``POST /v1/embeddings``: a valid request → vectors and token usage."""

import base64
import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from fakes.mistral_server.dialects import Dialect
from fakes.mistral_server.dialects.dialect import Model
from fakes.mistral_server.exchange import Answer
from fakes.mistral_server.ledger import MeasuredText
from fakes.mistral_server.refusal import Reason, Refused
from fakes.mistral_server.request_checking import checked
from fakes.mistral_server.terms import Terms
from fakes.mistral_server.token_counting import TokenCounter, digest
from fakes.mistral_server.vectors import drifted, pool_renderer, word_renderer

REPLY_ID: Final = "10fd7943b0ca4e669b862d0541f0cffe"


class Embedding:
    """Answers requests for vectors within the limits of its terms."""

    def __init__(self, terms: Terms, dialect: Dialect) -> None:
        self._terms = terms
        self._dialect = dialect
        self._counter = TokenCounter(terms)
        make = pool_renderer if terms.vectors == "pool" else word_renderer
        self._flat, self._nested = make(False), make(True)
        self.drift = 0.0
        self.max_inputs = _first(terms.max_inputs, dialect.max_inputs)
        self.max_tokens = _first(terms.max_tokens, dialect.max_tokens)
        self.max_tokens_a_text = _first(terms.max_tokens_a_text, dialect.max_tokens_a_text)

    def measured(self, document: Any) -> list[MeasuredText]:
        """The texts of a request, valid or not."""
        names = [(text, digest(text)) for text in texts_of(document)]
        return [MeasuredText(name, self._counter.count(text, name)) for text, name in names]

    def answer(self, document: Any, measured: Sequence[MeasuredText]) -> Answer:
        """Answer a request; raises ``Refused``."""
        checked(document, self._dialect)
        model = self._dialect.model(document["model"])
        if model is None:
            raise Refused(Reason.NO_MODEL, subject=document["model"])
        if document.get("output_dtype", "float") != "float":
            raise Refused(Reason.NO_DIMENSION)  # which the real models refuse is not known
        dimension = self._dimension(document, model)
        tokens = self._billed(measured)
        texts = texts_of(document)
        self._check_blank(texts)
        vectors = [self._rendered(text, dimension, model) for text in texts]
        if self._is_base64(document):
            vectors = [_as_base64(vector) for vector in vectors]
        return Answer(200, _reply(document["model"], vectors, tokens), tokens=tokens)

    def _dimension(self, document: dict[str, Any], model: Model) -> int:
        field = self._dialect.dimension_field
        wanted = document.get(field) if field else None
        if wanted is None:
            return model.dimension
        if model.longest_dimension is None or wanted > model.longest_dimension:
            raise Refused(Reason.NO_DIMENSION)
        return int(wanted)

    def _billed(self, measured: Sequence[MeasuredText]) -> int:
        if not measured:
            raise Refused(Reason.NO_TEXTS)
        if self.max_inputs is not None and len(measured) > self.max_inputs:
            raise Refused(Reason.TOO_MANY_TEXTS, count=len(measured), most=self.max_inputs)
        counts = [text.tokens for text in measured]
        if self.max_tokens_a_text is not None:
            if self._dialect.truncates:
                counts = [min(count, self.max_tokens_a_text) for count in counts]
            for position, count in enumerate(counts):
                if count > self.max_tokens_a_text:
                    raise Refused(
                        Reason.TEXT_TOO_LONG,
                        position=position,
                        count=count,
                        most=self.max_tokens_a_text,
                    )
        total = sum(counts)
        if self.max_tokens is not None and total > self.max_tokens:
            raise Refused(Reason.TOO_MANY_TOKENS, count=total, most=self.max_tokens)
        return total

    def _check_blank(self, texts: Sequence[str]) -> None:
        if self._dialect.takes_blank:
            return
        for position, text in enumerate(texts):
            if not text.strip():
                raise Refused(Reason.BLANK_TEXT, position=position)

    def _rendered(self, text: str, dimension: int, model: Model) -> bytes:
        if self._dialect.truncates and self.max_tokens_a_text is not None:
            text = " ".join(text.split()[: self.max_tokens_a_text])
        is_nested = model.is_nested and not model.renormalises
        vector = (self._nested if is_nested else self._flat)(text, dimension)
        return drifted(vector, self.drift) if self.drift else vector

    def _is_base64(self, document: dict[str, Any]) -> bool:
        if self._terms.encoding != "asked":
            return self._terms.encoding == "base64"
        return self._dialect.reads_encoding and document.get("encoding_format") == "base64"


def texts_of(document: Any) -> list[str]:
    """The strings of ``input``."""
    given = document.get("input") if isinstance(document, dict) else None
    if isinstance(given, str):
        return [given]
    return [text for text in given if isinstance(text, str)] if isinstance(given, list) else []


def _first(wanted: int | None, usual: int | None) -> int | None:
    return usual if wanted is None else wanted


def _as_base64(vector: bytes) -> bytes:
    """Little-endian float32 in base64, as a JSON string."""
    row = np.array(json.loads(vector), dtype="<f4")
    return b'"' + base64.b64encode(row.tobytes()) + b'"'


def _reply(model: str, vectors: Sequence[bytes], tokens: int) -> bytes:
    usage = {
        "prompt_tokens": tokens,
        "completion_tokens": 0,
        "total_tokens": tokens,
        "prompt_audio_seconds": None,
        "completion_tokens_details": None,
        "request_count": None,
    }
    pieces = [b'{"id":"%s","object":"list","data":[' % REPLY_ID.encode()]
    for index, vector in enumerate(vectors):
        comma = b"," if index else b""
        pieces += (comma + b'{"object":"embedding","index":%d,"embedding":' % index, vector, b"}")
    pieces.append(f'],"model":{json.dumps(model)},"usage":{json.dumps(usage)}}}'.encode())
    return b"".join(pieces)  # once, as a large reply has five megabytes
