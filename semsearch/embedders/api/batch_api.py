"""Mistral's Batch API: files and jobs, half the price, done within a day or so.

(``/v1/files`` and ``/v1/batch/jobs`` of its OpenAPI file; the regional hosts have neither.) A line
of a job's file is a request, and its result comes in a file when the whole job has ended, in any
order. A job that ends well may have lines that failed.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import tenacity

from semsearch.embedders.api.http_client import HttpClient, HttpReply
from semsearch.embedders.api.refusals import refusal_of
from semsearch.embedders.api.replies import EmbeddingReply, checked_reply
from semsearch.errors import EmbedderError, EmbedderUnavailable, ReplyInvalid
from semsearch.settings.secrets import Secret

_FILES: Final = "/v1/files"
_JOBS: Final = "/v1/batch/jobs"
_ENDPOINT: Final = "/v1/embeddings"
_OPEN: Final = frozenset({"QUEUED", "RUNNING", "CANCELLATION_REQUESTED"})
_LARGEST_CARD: Final = 4_000_000  # bytes of a job's or a list's description
_BYTES_A_VECTOR: Final = 1 << 17
_BYTES_AROUND: Final = 1 << 20
_ATTEMPTS: Final = 4
_PAGES: Final = 5  # of a hundred jobs, the newest first, that are looked through
_GONE: Final = 404

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobState:
    """What the API says of a job; ``done`` of ``lines`` are answered."""

    id: str
    status: str
    output_files: tuple[str, ...]  # what came of the lines: the good ones, and those that failed
    input_files: tuple[str, ...]
    done: int
    lines: int
    errors: str

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.status not in _OPEN


@dataclass(frozen=True, slots=True, eq=False)
class LineResult:
    """What became of one line; ``reply`` is None when it failed.

    ``is_refused`` when it was refused for what is in it, so that sending it again would not help.
    """

    custom_id: str
    reply: EmbeddingReply | None
    is_refused: bool


class BatchApi:
    """The files and jobs of one model."""

    def __init__(
        self,
        client: HttpClient,
        fields: Mapping[str, Any],
        key: Secret | None,
        *,
        backoff_seconds: float,
    ) -> None:
        """``fields`` are those of an embeddings request, but for ``input``."""
        self._client = client
        self._fields = dict(fields)
        self._key = key
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(EmbedderUnavailable),
            wait=tenacity.wait_random_exponential(multiplier=backoff_seconds, max=30),
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            reraise=True,
        )

    def upload(self, lines: Mapping[str, Sequence[str]]) -> str:
        """Send the texts of each line, by its custom id; the file's id. Costs nothing yet."""
        options = {name: value for name, value in self._fields.items() if name != "model"}
        content = b"\n".join(
            orjson.dumps({"custom_id": custom_id, "body": {**options, "input": list(texts)}})
            for custom_id, texts in lines.items()
        )
        form = {
            "purpose": (None, "batch"),
            "file": ("semsearch.jsonl", content, "application/jsonl"),
        }
        return str(self._card(self._retrying(self._send, "POST", _FILES, files=form))["id"])

    def start(self, input_file: str) -> JobState:
        """Begin a job, which will be billed; not tried again, as it may have begun.

        Raises ``RequestRefused`` or ``KeyRefused`` when the API does not take it.
        """
        body = orjson.dumps(
            {"input_files": [input_file], "endpoint": _ENDPOINT, "model": self._fields["model"]}
        )
        return _state(self._card(self._send("POST", _JOBS, data=body)))

    def job(self, job: str) -> JobState | None:
        """How far a job is; None when the API has no such job any more."""
        reply = self._retrying(self._send, "GET", f"{_JOBS}/{job}", allowed=(_GONE,))
        return None if reply.status == _GONE else _state(self._card(reply))

    def started_with(self, input_file: str) -> JobState | None:
        """The job that was begun with a file, if there is one among the newest."""
        for page in range(_PAGES):
            path = f"{_JOBS}?page={page}&page_size=100"
            cards = self._card(self._retrying(self._send, "GET", path)).get("data") or []
            for state in map(_state, cards):
                if input_file in state.input_files:
                    return state
            if not cards:
                break
        return None

    def results(self, output_file: str, counts: Mapping[str, int]) -> Iterator[LineResult]:
        """What came of the lines of an ended job; ``counts`` are their texts, by custom id.

        Lines that are not in the file, or not among those asked for, are not in the results.
        """
        largest = _BYTES_AROUND + sum(counts.values()) * _BYTES_A_VECTOR
        path = f"{_FILES}/{output_file}/content"
        reply = self._retrying(self._send, "GET", path, largest=largest)
        for line in reply.body.splitlines():
            found = _document(line)
            custom_id = str(found.get("custom_id"))
            if custom_id in counts:
                yield self._result(custom_id, found, counts[custom_id])

    def forget(self, file: str) -> None:
        """Delete a file, whose text need not lie there any longer."""
        try:
            self._send("DELETE", f"{_FILES}/{file}", allowed=(_GONE,))
        except EmbedderError as error:
            _log.info("a file of a batch could not be deleted: %s", error)

    def _result(self, custom_id: str, found: dict[str, Any], count: int) -> LineResult:
        response = found.get("response") or {}
        status = response.get("status_code")
        if status == 200:
            try:
                reply = checked_reply(response.get("body"), count, self._client.host)
                return LineResult(custom_id, reply, is_refused=False)
            except ReplyInvalid as error:
                _log.info("line %s of a batch cannot be used: %s", custom_id, error)
        is_refused = isinstance(status, int) and 400 <= status < 500 and status not in (408, 429)
        return LineResult(custom_id, None, is_refused=is_refused)

    def _send(
        self,
        method: str,
        path: str,
        *,
        largest: int = _LARGEST_CARD,
        allowed: tuple[int, ...] = (),
        **content: Any,
    ) -> HttpReply:
        reply = self._client.send(method, path, largest=largest, **content)
        _log.info("%s %s: HTTP %d", method, path.partition("?")[0], reply.status)
        if reply.status == 200 or reply.status in allowed:
            return reply
        raise refusal_of(reply, self._client.host, self._key).error()

    def _card(self, reply: HttpReply) -> dict[str, Any]:
        card = _document(reply.body)
        if not card:
            raise ReplyInvalid(f"the answer of {self._client.host} is no JSON object; try again")
        return card


def _document(content: bytes) -> dict[str, Any]:
    """A JSON object; an empty one for anything else."""
    try:
        found = orjson.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _state(card: dict[str, Any]) -> JobState:
    outputs = (card.get("output_file"), card.get("error_file"))
    errors = [str(error.get("message")) for error in card.get("errors") or []]
    return JobState(
        id=str(card.get("id")),
        status=str(card.get("status")),
        output_files=tuple(str(file) for file in outputs if file),
        input_files=tuple(map(str, card.get("input_files") or ())),
        done=int(card.get("completed_requests") or 0),
        lines=int(card.get("total_requests") or 0),
        errors="; ".join(errors),
    )
