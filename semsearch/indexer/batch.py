"""Texts embedded by a provider's Batch API, at half the price: sent in jobs, collected later.

The record knows a job from before its file is sent until its vectors are stored. A run may stop at
any point: its jobs are found again, and nothing is paid for twice.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from semsearch.embedders.api.batch_api import BatchApi, JobState
from semsearch.embedders.api.http_client import readable
from semsearch.embedders.api.protocols import Batching
from semsearch.errors import BatchPending, KeyRefused, RequestRefused
from semsearch.settings.amounts import counted
from semsearch.store.record.batch_jobs import BatchJob
from semsearch.store.writer import IndexWriter

# A line stays below every request limit that was ever in force; a job holds so many texts that
# its results, 20 KB a text, fit into memory.
_LINE_TEXTS: Final = 64
_LINE_TOKENS: Final = 16_000
_JOB_TEXTS: Final = 8192
_BEGUN: Final = "begun"  # before the API reports the job's state


class Batch:
    """The jobs of one index and one embedder, during one run."""

    def __init__(self, api: BatchApi, embedder: Batching, writer: IndexWriter) -> None:
        self._api = api
        self._embedder = embedder
        self._writer = writer
        self._texts: list[tuple[int, str]] = []  # texts to send
        self._bound = 0
        self.notices: list[str] = []
        self.collected: set[int] = set()  # ids of texts with vectors
        self.refused: set[int] = set()  # ids of texts that no batch will answer
        self.is_refused = False  # the API refuses

    @property
    def waiting(self) -> frozenset[int]:
        """The ids of texts whose job has not ended."""
        return frozenset(
            text
            for job in self._jobs()
            for texts in self._writer.batch_jobs.lines(job).values()
            for text in texts
        )

    def collect(self) -> None:
        """Store the vectors of jobs that have ended, and find jobs that a stopped run has started.

        Texts of failed lines have no vector after that, and belong to no job. Raises
        ``EmbedderError``.
        """
        for job in self._jobs():
            state = self._state(job)
            if state is None:
                self._writer.batch_jobs.remove(job)
            elif state.has_ended:
                self._store(job, state)
            else:
                self._note(job, state)

    def wait(self, poll_seconds: float, after_poll: Callable[[int], None]) -> None:
        """Collect until no job is left, polling every ``poll_seconds``.

        ``after_poll`` is called with the number of texts that have got their vectors so far.
        """
        self.collect()
        while self._jobs():
            after_poll(len(self.collected))
            time.sleep(poll_seconds)
            self.collect()

    def add(self, text: int, body: str) -> None:
        """Take one more text; a full job is sent at once.

        Raises ``BudgetReached`` when the text might cost more than is left; earlier texts are sent.
        """
        bound = self._embedder.count_tokens(body)
        if bound > self._embedder.budget.room - self._bound:
            self.send()
            raise self._embedder.budget.reached()
        self._bound += bound
        self._texts.append((text, body))
        if len(self._texts) == _JOB_TEXTS:
            self.send()

    def send(self) -> None:
        """Send the texts that were added as one job.

        An API that refuses the job is not asked again: the texts have no vector, and a notice says
        so.
        """
        if not self._texts or self.is_refused:
            self._texts, self._bound = [], 0
            return
        lines = self._lines()
        ids = {custom_id: [text for text, _ in texts] for custom_id, texts in lines.items()}
        jobs = self._writer.batch_jobs
        job = jobs.put(self._writer.embedder.id, ids, status=_BEGUN)
        try:
            bodies = {custom_id: [body for _, body in texts] for custom_id, texts in lines.items()}
            job = replace(job, input_file=self._api.upload(bodies))
            jobs.update(job)
            self._note(job, self._api.start(str(job.input_file)))
        except (RequestRefused, KeyRefused) as error:
            jobs.remove(job)
            self.is_refused = True
            self.notices.append(f"the Batch API says no, so the texts are sent at once: {error}")
        else:
            self._embedder.budget.submit(self._bound)
        self._texts, self._bound = [], 0

    def pending(self) -> BatchPending:
        """Return the error to raise when a run ends before its jobs do."""
        jobs = self._jobs()
        states = ", ".join(sorted({job.status.lower() for job in jobs}))
        told = "".join(f"{notice}; " for notice in self.notices)
        return BatchPending(
            f"{told}the Batch API has {counted(len(self.waiting), 'text')}"
            f" ({counted(len(jobs), 'job')}: {states});"
            " run semsearch index --batch-collect later: it collects their vectors and goes on"
        )

    def _jobs(self) -> Sequence[BatchJob]:
        own = self._writer.embedder.id
        return [job for job in self._writer.batch_jobs.under_way() if job.embedder == own]

    def _lines(self) -> dict[str, list[tuple[int, str]]]:
        """Return the texts as requests that stay below every limit of the API."""
        batch, lines = secrets.token_hex(8), dict[str, list[tuple[int, str]]]()
        line: list[tuple[int, str]] = []
        tokens = 0
        for text, body in self._texts:
            bound = self._embedder.count_tokens(body)
            if line and (len(line) == _LINE_TEXTS or tokens + bound > _LINE_TOKENS):
                lines[f"{batch}-{len(lines)}"] = line
                line, tokens = [], 0
            line.append((text, body))
            tokens += bound
        lines[f"{batch}-{len(lines)}"] = line
        return lines

    def _state(self, job: BatchJob) -> JobState | None:
        """Return the state of a job; None when it was never started, or the API forgot it."""
        if job.job is not None:
            state = self._api.job(job.job)
            if state is None:
                self.notices.append(f"the Batch API has no job {readable(job.job)} any more")
            return state
        return None if job.input_file is None else self._api.started_with(job.input_file)

    def _note(self, job: BatchJob, state: JobState) -> None:
        self._writer.batch_jobs.update(replace(job, job=state.id, status=state.status))

    def _store(self, job: BatchJob, state: JobState) -> None:
        lines = self._writer.batch_jobs.lines(job)
        counts = {custom_id: len(texts) for custom_id, texts in lines.items()}
        answered: set[str] = set()
        for file in state.output_files:
            for result in self._api.results(file, counts):
                texts = lines[result.custom_id]
                if result.reply is not None:
                    self._writer.vectors.put(texts, result.reply.vectors)
                    self.collected.update(texts)
                    answered.add(result.custom_id)
                    self._embedder.budget.collect(len(texts), result.reply.tokens or 0)
                elif result.is_refused:
                    self.refused.update(texts)
        self._writer.batch_jobs.remove(job)
        for file in (*state.input_files, *state.output_files):
            self._api.forget(file)
        failed = sum(len(texts) for line, texts in lines.items() if line not in answered)
        if failed:
            why = f": {state.errors}" if state.errors else ""
            self.notices.append(
                f"{counted(failed, 'text')} of a batch job came back without vectors"
                f" ({state.status}{why});"
                " they are sent again"
            )
        self.is_refused |= state.status == "FAILED"
