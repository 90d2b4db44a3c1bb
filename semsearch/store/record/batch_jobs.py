"""Texts that were given to a batch API, kept from before they are sent until they have vectors.

A run may be stopped at any point: the job's row is there before the first request, and takes the
API's names for its file and itself as they become known.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from semsearch.errors import IndexDamaged
from semsearch.store.record.schema import BATCH_LINE_HASH
from semsearch.store.record.sqlite import Connection, transaction


@dataclass(frozen=True, slots=True)
class BatchJob:
    """One job; ``input_file`` and ``job`` are the API's names for it, None until it has given them.

    ``status`` is the API's word, or the caller's before there is one.
    """

    id: int
    embedder: int
    created: datetime
    input_file: str | None
    job: str | None
    status: str


class BatchJobs:
    """The jobs of an index that are under way; each call is one durable transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, embedder: int, lines: Mapping[str, Sequence[int]], *, status: str) -> BatchJob:
        """Note a job that is about to be sent: the text ids of each line, by its custom id."""
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
        """Note the API's names for a job and what it says of it."""
        with transaction(self._connection):
            self._connection.execute(
                "update batch_job set input_file = ?, job = ?, status = ? where id = ?",
                (job.input_file, job.job, job.status, job.id),
            )

    def remove(self, job: BatchJob) -> None:
        """Forget a job whose texts have their vectors, or will not get them from it."""
        with transaction(self._connection):
            self._connection.execute("delete from batch_job where id = ?", (job.id,))

    def under_way(self) -> list[BatchJob]:
        """All jobs, the oldest first."""
        rows = self._connection.execute(
            "select id, embedder, created, input_file, job, status from batch_job order by id"
        )
        return [
            BatchJob(number, embedder, datetime.fromisoformat(created), input_file, job, status)
            for number, embedder, created, input_file, job, status in rows
        ]

    def lines(self, job: BatchJob) -> dict[str, tuple[int, ...]]:
        """The text ids of each line, in the order of its request, by custom id.

        Raises ``IndexDamaged`` when they are not what was noted.
        """
        rows = self._connection.execute(
            f"select custom_id, texts, hash = {BATCH_LINE_HASH} from batch_line"
            " where job = ? order by rowid",
            (job.id,),
        ).fetchall()
        if not all(is_whole for *_, is_whole in rows):
            raise IndexDamaged(
                f"the lines of batch job {job.id} are damaged; run: semsearch repair"
            )
        return {line: tuple(json.loads(texts)) for line, texts, _ in rows}
