"""Jobs of a batch API, stored from before they are sent until their texts have vectors.

A run may be stopped at any point: the job's row is written before the first request, and is updated
with the API's names for the file and the job as they become known.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from semsearch.errors import IndexDamaged
from semsearch.store.record.json_text import parsed
from semsearch.store.record.schema import BATCH_LINE_HASH
from semsearch.store.record.sqlite import Connection, transaction


@dataclass(frozen=True, slots=True)
class BatchJob:
    """A batch job; ``input_file`` and ``job`` are the API's names, None until they are known.

    ``status`` is the API's word, or the caller's before the API has returned any.
    """

    id: int
    embedder: int
    created: datetime
    input_file: str | None
    job: str | None
    status: str


class BatchJobs:
    """The unfinished batch jobs of an index; each call is one durable transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, embedder: int, lines: Mapping[str, Sequence[int]], *, status: str) -> BatchJob:
        """Store a job before it is sent: the text ids of each line, by the line's custom id."""
        created = datetime.now(UTC).replace(microsecond=0)
        with transaction(self._connection):
            job = self._connection.execute(
                "insert into batch_job (embedder, created, status) values (?, ?, ?)",
                (embedder, created.isoformat(), status),
            ).lastrowid
            self._connection.executemany(
                "insert into batch_line values (?, ?, ?, x'')",
                ((job, line, json.dumps(list(texts))) for line, texts in lines.items()),
            )
            self._connection.execute(
                f"update batch_line set hash = {BATCH_LINE_HASH} where job = ?", (job,)
            )
        return BatchJob(int(job or 0), embedder, created, None, None, status)

    def update(self, job: BatchJob) -> None:
        """Store the API's names for a job, and its status."""
        with transaction(self._connection):
            self._connection.execute(
                "update batch_job set input_file = ?, job = ?, status = ? where id = ?",
                (job.input_file, job.job, job.status, job.id),
            )

    def remove(self, job: BatchJob) -> None:
        """Remove a job whose texts have their vectors, or will not get them from it."""
        with transaction(self._connection):
            self._connection.execute("delete from batch_job where id = ?", (job.id,))

    def under_way(self) -> list[BatchJob]:
        """All unfinished jobs, the oldest first; raises ``IndexDamaged``."""
        rows = self._connection.execute(
            "select id, embedder, created, input_file, job, status from batch_job order by id"
        )
        try:
            return [
                BatchJob(number, embedder, datetime.fromisoformat(created), input_file, job, status)
                for number, embedder, created, input_file, job, status in rows
            ]
        except (TypeError, ValueError) as error:
            raise IndexDamaged("a batch job is damaged; run: semsearch repair") from error

    def lines(self, job: BatchJob) -> dict[str, tuple[int, ...]]:
        """The text ids of each line, in the order of its request, by custom id.

        Raises ``IndexDamaged`` when a row's hash does not fit.
        """
        rows = self._connection.execute(
            f"select custom_id, texts, hash = {BATCH_LINE_HASH} from batch_line"
            " where job = ? order by rowid",
            (job.id,),
        ).fetchall()
        try:
            if all(is_whole for *_, is_whole in rows):
                return {line: tuple(map(int, parsed(texts))) for line, texts, _ in rows}
        except (TypeError, ValueError):
            pass  # damaged, too
        raise IndexDamaged(f"the lines of batch job {job.id} are damaged; run: semsearch repair")
