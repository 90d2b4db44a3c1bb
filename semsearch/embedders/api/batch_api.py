"""Mistral's Batch API: embeddings for half the price, delivered within about a day.

Endpoints ``/v1/files`` and ``/v1/batch/jobs`` of Mistral's OpenAPI file; the regional hosts have
neither. Each line of a job's input file is one request. The results come in output files when the
whole job has ended, in any order. A job that succeeds may have lines that failed.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import tenacity

from semsearch.embedders.api.http_client import HttpClient, HttpReply, readable
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
_PAGES: Final = 5  # pages of 100 jobs, newest first, that are searched for a job
_GONE: Final = 404

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobState:
    """State of a batch job as the API reports it: ``done`` of ``lines`` requests are answered."""

    id: str
    status: str
    output_files: tuple[str, ...]  # results of the lines: successes, then failures
    input_files: tuple[str, ...]
    done: int
    lines: int
    errors: str

    @property
    def has_ended(self) -> bool:
        """True when no further result can come from this job."""
        return self.status not in _OPEN


@dataclass(frozen=True, slots=True, eq=False)
class LineResult:
    """Result of one line of a batch job; ``reply`` is None when the line failed.

    ``is_refused`` is True when the server refused the content of the line, so that a retry would
    fail again.
    """

    custom_id: str
    reply: EmbeddingReply | None
    is_refused: bool


class BatchApi:
    """Client of the Batch API for one model: uploads files, starts jobs and reads results."""

    def __init__(
        self,
        client: HttpClient,
        fields: Mapping[str, Any],
        key: Secret | None,
        *,
        backoff_seconds: float,
    ) -> None:
        """``fields`` are the fields of an embeddings request, without ``input``."""
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
        """Upload the texts of each line, by custom id; return the file's id. Costs nothing yet."""
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
        """Start a billed job on an uploaded file, without retries: a lost answer may hide a job.

        Raises ``RequestRefused`` or ``KeyRefused`` when the API refuses the job.
        """
        body = orjson.dumps(
            {"input_files": [input_file], "endpoint": _ENDPOINT, "model": self._fields["model"]}
        )
        return self._state(self._card(self._send("POST", _JOBS, data=body)))

    def job(self, job: str) -> JobState | None:
        """Return the state of a job; None when the API does not know the job any more."""
        reply = self._retrying(self._send, "GET", f"{_JOBS}/{job}", allowed=(_GONE,))
        return None if reply.status == _GONE else self._state(self._card(reply))

    def started_with(self, input_file: str) -> JobState | None:
        """Return the job that was started with an input file, if among the newest 500 jobs."""
        for page in range(_PAGES):
            path = f"{_JOBS}?page={page}&page_size=100"
            cards = self._card(self._retrying(self._send, "GET", path)).get("data") or []
            for state in map(self._state, cards):
                if input_file in state.input_files:
                    return state
            if not cards:
                break
        return None

    def results(self, output_file: str, counts: Mapping[str, int]) -> Iterator[LineResult]:
        """Yield the result of each line of an ended job; ``counts`` has the texts by custom id.

        Lines that are missing from the file, or whose custom id is not in ``counts``, yield
        nothing.
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
        """Delete a file from the server, so that no texts remain there; errors are only logged."""
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

    def _state(self, card: dict[str, Any]) -> JobState:
        outputs = (card.get("output_file"), card.get("error_file"))
        errors = [str(error.get("message")) for error in card.get("errors") or []]
        return JobState(
            id=str(card.get("id")),
            status=readable(str(card.get("status")), secret=self._key),
            output_files=tuple(str(file) for file in outputs if file),
            input_files=tuple(map(str, card.get("input_files") or ())),
            done=int(card.get("completed_requests") or 0),
            lines=int(card.get("total_requests") or 0),
            errors=readable("; ".join(errors), secret=self._key),
        )


def _document(content: bytes) -> dict[str, Any]:
    """Parse a JSON object; return an empty dict for any other content."""
    try:
        found = orjson.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
