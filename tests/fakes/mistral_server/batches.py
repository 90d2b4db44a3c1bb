"""``/v1/batch/jobs``: half-price work that is done later.

A job is queued, then at work, then ended; each of the first two lasts for ``batch_polls`` looks at
it and for ``batch_seconds``. Results are in files only after the end. SUCCESS may have failed
lines. How a failed line looks is not published; those that the model refuses have a ``response``
here, and those that are lost have an ``error``.
"""

import json
import threading
import time
import uuid
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final

from fakes.mistral_server.batch_job import OPEN, BatchJob, Ending, Outcome
from fakes.mistral_server.exchange import Answer, Request, json_answer
from fakes.mistral_server.files import Files
from fakes.mistral_server.terms import Terms

_ENDPOINT: Final = "/v1/embeddings"
_MOST_INLINE: Final = 10_000
_HALF: Final = 0.5


class Batches:
    """All jobs; ``endings`` are used by one job each, then jobs end with SUCCESS.

    ``embed`` answers the body of a line like ``/v1/embeddings``, and enters it into the ledger.
    """

    def __init__(self, terms: Terms, files: Files, embed: Callable[[Any], Answer]) -> None:
        self.endings: deque[Ending] = deque()
        self._terms = terms
        self._files = files
        self._embed = embed
        self._jobs: dict[str, BatchJob] = {}
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """Answer a request below ``/v1/batch/jobs``."""
        name, _, rest = request.path.removeprefix("/v1/batch/jobs").strip("/").partition("/")
        with self._lock:
            if not name:
                return self._create(request) if request.method == "POST" else self._list(request)
            job = self._jobs.get(name)
            if job is None:
                return json_answer({"detail": f"Batch job {name} not found"}, 404)
            if request.method == "DELETE":
                del self._jobs[name]
                return json_answer({"id": name, "object": "batch", "deleted": True})
            if (request.method, rest) == ("POST", "cancel"):
                self._cancel(job)
            else:
                self._advance(job)
            return json_answer(job.card(inline=request.query.get("inline") == "true"))

    def _create(self, request: Request) -> Answer:
        asked = request.json()
        lines = _inline(asked) if isinstance(asked, dict) else None
        files = asked.get("input_files") or [] if isinstance(asked, dict) else []
        if lines is None or asked.get("endpoint") != _ENDPOINT or not (lines or files):
            return _invalid("input_files or requests, and the endpoint /v1/embeddings, are needed")
        errors = []
        for file in files:
            stored = self._files.get(file)
            if stored is None:
                return _invalid(f"input file {file} not found")
            try:
                lines += list(_lines(stored.content))
            except ValueError as error:
                errors.append({"message": f"invalid line in {file}: {error}", "count": 1})
        job = BatchJob(
            asked["endpoint"], asked.get("model"), asked.get("metadata"), files, lines,
            "FAILED" if errors else self.endings.popleft() if self.endings else "SUCCESS",
            time.time(), errors=errors,
        )  # fmt: skip
        self._jobs[job.id] = job
        return json_answer(job.card())

    def _list(self, request: Request) -> Answer:
        """The jobs, newest first, optionally of one status."""
        for job in self._jobs.values():
            self._advance(job)
        wanted = request.query.get("status")
        cards = [job.card() for job in self._jobs.values() if wanted in (None, job.status)]
        page, size = int(request.query.get("page", 0)), int(request.query.get("page_size", 100))
        shown = cards[::-1][page * size : (page + 1) * size]
        return json_answer({"data": shown, "object": "list", "total": len(cards)})

    def _cancel(self, job: BatchJob) -> None:
        """Cancel a job; a running job is half done, and the next poll finds it cancelled."""
        if job.status == "RUNNING":
            job.work(lambda line: self._done(job, line), _HALF)
        if job.status in OPEN:
            job.status = "CANCELLATION_REQUESTED"

    def _advance(self, job: BatchJob) -> None:
        """Advance a job to the present time."""
        if job.status not in OPEN:
            return
        if job.status == "CANCELLATION_REQUESTED":
            self._end(job, "CANCELLED")
            return
        job.polls += 1
        phase = self._phase(job)
        if phase >= 1 and job.status == "QUEUED":
            job.status = "RUNNING"
            if job.ending != "FAILED":
                job.work(lambda line: self._done(job, line), _HALF)
        if phase >= 2:
            if job.ending == "SUCCESS":
                job.work(lambda line: self._done(job, line), 1)
            if job.ending == "FAILED" and not job.errors:
                job.errors.append({"message": "the job could not be run", "count": 1})
            self._end(job, job.ending)

    def _phase(self, job: BatchJob) -> int:
        """0 when queued, 1 when running, 2 when ended."""
        polls, seconds = self._terms.batch_polls, self._terms.batch_seconds
        by_polls = 2 if polls == 0 else (job.polls - 1) // polls
        by_time = 2 if seconds == 0 else int((time.time() - job.created) / seconds)
        return min(by_polls, by_time, 2)

    def _end(self, job: BatchJob, status: Any) -> None:
        job.status = status
        job.completed_at = int(time.time())
        seed = zlib.crc32(job.id.encode())
        if good := job.results(succeeded=True, seed=seed):
            job.output_file = self._kept(good, "batch_result")
        if bad := job.results(succeeded=False, seed=seed):
            job.error_file = self._kept(bad, "batch_error")

    def _kept(self, content: bytes, sample_type: str) -> str:
        stored = self._files.add(content, f"{sample_type}.jsonl", sample_type, "mistral")
        return str(stored.card["id"])

    def _done(self, job: BatchJob, line: dict[str, Any]) -> Outcome:
        name = {"id": f"batch-{uuid.uuid4().hex}", "custom_id": line.get("custom_id")}
        if self._is_lost(job, line):
            error = {"message": "Service unavailable.", "code": "3800"}
            return Outcome({**name, "response": None, "error": error}, succeeded=False)
        answer = self._embed({"model": job.model, **line["body"]})
        response = {"status_code": answer.status, "body": json.loads(answer.body)}
        succeeded = answer.status == 200
        return Outcome({**name, "response": response, "error": None}, succeeded)

    def _is_lost(self, job: BatchJob, line: dict[str, Any]) -> bool:
        """Whether a line is lost: a random share of the lines, different in each job."""
        number = list(self._jobs).index(job.id)
        drawn = zlib.crc32(f"{self._terms.seed}/{number}/{line.get('custom_id')}".encode())
        return drawn < self._terms.batch_fail_share * (1 << 32)


def _inline(asked: dict[str, Any]) -> list[dict[str, Any]] | None:
    given = asked.get("requests") or []
    is_fit = isinstance(given, list) and len(given) <= _MOST_INLINE and all(map(_is_line, given))
    return list(given) if is_fit else None


def _lines(content: bytes) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(content.splitlines(), 1):
        document = json.loads(line)
        if not _is_line(document):
            raise ValueError(f"line {number} has no body")
        yield document


def _is_line(line: Any) -> bool:
    return isinstance(line, dict) and isinstance(line.get("body"), dict)


def _invalid(message: str) -> Answer:
    detail = {"type": "value_error", "loc": ["body"], "msg": message}
    return json_answer({"detail": [detail]}, 422)
