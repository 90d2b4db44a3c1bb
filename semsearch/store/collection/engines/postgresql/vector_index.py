"""The nearest vectors in PostgreSQL, by comparing all or by pgvector's IVFFlat, and its making.

pgvector's indexes filter after their scan: of a filter that few rows pass, they find fewer rows
than asked for. So a few segments, and keys, are found by the primary key and compared one by one;
else the scan goes on until enough is found (``ivfflat.iterative_scan``).
"""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from semsearch.embedders.lazy_numpy import np
from semsearch.embedders.vectors import Vectors
from semsearch.errors import EngineRefused
from semsearch.store.collection.engine import ORDINAL_BITS
from semsearch.store.collection.engines.postgresql.connections import Connections, Transaction
from semsearch.store.collection.engines.postgresql.policy import PostgresqlPolicy
from semsearch.store.collection.engines.postgresql.schema import LONGEST_INDEXED, place_of

if TYPE_CHECKING:
    from semsearch.store.disk.ids import Ids

Row = tuple[int, bytes]  # a key and its vector
_LAST_ORDINAL: Final = (1 << ORDINAL_BITS) - 1
# "+ 0": an expression that no index is in the order of, so that no plan can be approximate.
_NEAREST: Final = (
    "select key, vector from {rows}"
    " order by (vector <=> %(vector)s::halfvec) + 0, key limit %(count)s"
)
_BY_INDEX: Final = (
    "select key, vector from text_vector where segment = any(%(segments)s::integer[])"
    " order by vector <=> %(vector)s::halfvec limit %(count)s"
)
_OF_ALL: Final = "text_vector where segment = any(%(segments)s::integer[])"
_OF_RANGES: Final = (
    "unnest(%(lows)s::bigint[]) as low join text_vector on key between low and"
    f" low + {_LAST_ORDINAL} where true"
)
_AMONG: Final = " and key = any(%(keys)s::bigint[])"
_SIZES: Final = (
    "select lists, coalesce(probes, lists / 10 + 1),"
    " coalesce((select sum(texts) from segment_size), 0)::bigint,"
    " coalesce(sum(texts), 0)::bigint, count(texts)"
    " from semsearch_format left join segment_size on segment = any(%s::integer[])"
    " group by lists, probes"
)
_COUNT: Final = (
    "insert into segment_size select number, (select count(*) from text_vector where key between"
    f" number << {ORDINAL_BITS} and (number << {ORDINAL_BITS}) + {_LAST_ORDINAL})"
    " from unnest(%s::bigint[]) as number on conflict do nothing"
)
# Vectors that pgvector's k-means takes, for each list and at least (src/ivfbuild.c of 0.8).
_SAMPLES: Final = 50
_LEAST_SAMPLES: Final = 10_000
_LEAST_MEMORY: Final = 64_000_000
# Of the square root of the texts. A search reads least with all of it, and takes 10 ms of a million
# texts instead of 7; but each list is work for each text, and the making takes most of publishing.
_INDEX_NAME: Final = "text_vector_ivfflat_"
_DROP_TRIES: Final = 5
_STEP: Final = 1.4  # between two numbers of lists that are tried
_SAFETY: Final = 1.25  # questions are farther from texts than texts are from each other


@dataclass(frozen=True, slots=True)
class Question:
    """The ``count`` vectors nearest to a vector (dimension,) in some segments."""

    vector: Vectors
    count: int
    segments: Sequence[int]

    @property
    def values(self) -> dict[str, Any]:
        """What the queries name."""
        halves = self.vector.astype(np.float16).tolist()  # as the server rounds it
        return {
            "vector": f"[{','.join(map(str, halves))}]",
            "count": self.count,
            "segments": list(self.segments),
            "lows": [segment << ORDINAL_BITS for segment in self.segments],
        }


@dataclass(frozen=True, slots=True)
class IndexUse:
    """How an index is scanned: so many of its lists at first."""

    lists: int
    probes: int

    def apply(self, transaction: Transaction) -> None:
        """Set it for the rest of the transaction."""
        transaction.run(
            f"set local ivfflat.probes = {self.probes};"
            f" set local ivfflat.max_probes = {self.lists};"
            " set local ivfflat.iterative_scan = relaxed_order; set local enable_seqscan = off"
        )


def nearest(
    transaction: Transaction,
    question: Question,
    among: "Ids | None",
    is_exact: bool,
    policy: PostgresqlPolicy,
) -> list[Row]:
    """The nearest keys with their vectors, in nearly the order of their cosines."""
    if among is not None:
        return _exact(transaction, question, _OF_ALL + _AMONG, keys=among.tolist())
    lists, probes, texts, asked, known = transaction.rows(_SIZES, (list(question.segments),))[0]
    is_known = known == len(question.segments)
    if not is_exact and lists and is_known and not _are_few(asked, texts, policy):
        # The fewer of the texts count, the farther are the nearest of them. (Of 12 % in 500,000,
        # recall@100 is .998; of 5 % it would be .85 without this, and .97 with it.)
        probes = min(lists, math.ceil(probes * math.sqrt(texts / asked)))
        IndexUse(lists, probes).apply(transaction)
        found: list[Row] = transaction.rows(_BY_INDEX, question.values)
        transaction.run("set local enable_seqscan = on")
        if len(found) >= min(question.count, asked):
            return found
    if is_known and 2 * asked < texts:
        transaction.run("set local enable_seqscan = off")
        return _exact(transaction, question, _OF_RANGES)
    return _exact(transaction, question, _OF_ALL)


def make_index(
    connections: Connections, name: str, segments: Sequence[int], policy: PostgresqlPolicy
) -> None:
    """Make an index over all vectors when there are enough, or many more than it was made of.

    Readers go on with the index before; publishers wait. An index belongs to whom the tables
    belong to: another publisher leaves it to the owner.
    """

    def count(transaction: Transaction) -> None:
        lock(transaction, name, is_shared=True)
        there = {row[0] for row in transaction.rows("select segment from segment_size")}
        if new := sorted(set(segments) - there):
            transaction.run(_COUNT, (new,))

    connections.write(count)
    connections.make_index(lambda transaction: _make(transaction, name, policy))
    # Also what a publisher has left that was killed here.
    _drop_old_indexes(connections)
    connections.make_index(lambda transaction: _tune(transaction, segments, policy))


def lock(transaction: Transaction, name: str, *, is_shared: bool) -> None:
    """Wait until no index is made, and with ``is_shared`` False until nothing is written."""
    shared = "_shared" if is_shared else ""
    statement = f"select pg_advisory_xact_lock{shared}(hashtextextended(%s, 0))::text"
    transaction.rows(statement, (place_of(name),))


def _are_few(asked: int, texts: int, policy: PostgresqlPolicy) -> bool:
    """Whether so many of all texts are compared sooner than found by the index.

    The index reads ten rows and more for each that a filter of a tenth lets through: of 5 % in
    500,000 texts, 110 take 87 ms by the index and 37 ms without.
    """
    if 10 * asked < texts:
        return asked < 4 * policy.exact_below
    return asked < policy.exact_below


def _exact(
    transaction: Transaction, question: Question, rows: str, **values: Sequence[int]
) -> list[Row]:
    found: list[Row] = transaction.rows(_NEAREST.format(rows=rows), question.values | values)
    return found


def _make(transaction: Transaction, name: str, policy: PostgresqlPolicy) -> None:
    lock(transaction, name, is_shared=False)
    dimension, former, indexed, texts = transaction.rows(
        "select dimension, index_name, indexed, (select coalesce(sum(texts), 0)::bigint"
        " from segment_size) from semsearch_format"
    )[0]
    if not 1 < dimension <= LONGEST_INDEXED or texts < policy.exact_below:
        return
    if indexed and indexed / policy.growth <= texts <= indexed * policy.growth:
        return
    if not transaction.rows(
        "select 1 from pg_class where oid = 'text_vector'::regclass"
        " and pg_has_role(relowner, 'usage')"
    ):
        return
    lists = min(policy.most_lists, math.ceil(math.sqrt(texts)))
    samples = max(_LEAST_SAMPLES, _SAMPLES * lists)
    memory = _LEAST_MEMORY + samples * (4 * lists + 2 * dimension) + 8 * lists * lists
    number = int(former.rpartition("_")[2]) + 1 if former else 1
    index = f"{_INDEX_NAME}{number}"
    transaction.run(
        f"set local maintenance_work_mem = '{memory // 1000}kB';"
        " set local max_parallel_maintenance_workers = 2"
    )
    transaction.run(
        f"create index {index} on text_vector using ivfflat (vector halfvec_cosine_ops)"
        f" with (lists = {lists})"
    )
    transaction.run(
        "update semsearch_format set index_name = %s, lists = %s, probes = null, indexed = %s",
        (index, lists, texts),
    )


def _drop_old_indexes(connections: Connections) -> None:
    """Drop all indexes but the newest, unless readers hold them for long.

    Waits for a fifth of a second at a time: whoever reads next waits behind this. An index that
    remains is dropped by the next publication.
    """

    def work(transaction: Transaction) -> None:
        transaction.run("set local lock_timeout = 200")
        old = transaction.rows(
            "select relname::text from pg_index join pg_class on pg_class.oid = indexrelid"
            " where indrelid = 'text_vector'::regclass and starts_with(relname, %s)"
            " and relname <> (select index_name from semsearch_format)",
            (_INDEX_NAME,),
        )
        for (index,) in old:
            transaction.run(f"drop index {index}")

    for _ in range(_DROP_TRIES):
        with suppress(EngineRefused):  # the lock
            connections.write(work)
            return


def _tune(transaction: Transaction, segments: Sequence[int], policy: PostgresqlPolicy) -> None:
    """Measure how many lists have to be scanned, and keep that number, if it is not known."""
    index, lists, probes, indexed = transaction.rows(
        "select index_name, lists, probes, indexed from semsearch_format"
    )[0]
    if index is None or probes is not None:
        return
    share = min(100.0, 200.0 * policy.sample / indexed)  # per cent; enough by chance, too
    halves = transaction.rows(
        f"select vector::real[] from text_vector tablesample bernoulli ({share})"
        " where segment = any(%s::integer[]) limit %s",
        (list(segments), policy.sample),
    )
    questions = [
        Question(np.array(numbers, dtype=np.float32), 11, segments) for (numbers,) in halves
    ]
    truth = [_keys(_exact(transaction, question, _OF_ALL)) for question in questions]
    probes = max(1, lists // 128)
    while probes < lists:
        IndexUse(lists, probes).apply(transaction)
        found = [_keys(transaction.rows(_BY_INDEX, question.values)) for question in questions]
        # The nearest is the vector itself, which is always found.
        hits = sum(len(a & b) - 1 for a, b in zip(truth, found, strict=True))
        if hits >= policy.recall * sum(len(keys) - 1 for keys in truth):
            break
        probes = math.ceil(_STEP * probes)
    transaction.run(
        "update semsearch_format set probes = %s where index_name = %s",
        (min(lists, math.ceil(_SAFETY * probes)), index),
    )


def _keys(rows: Sequence[Row]) -> set[int]:
    return {key for key, _ in rows}
