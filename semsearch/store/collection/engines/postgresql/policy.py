"""Sizes, thresholds and time limits of collections on PostgreSQL, as a value that tests replace."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PostgresqlPolicy:
    """When the vectors get an index, how it is searched, and how long a call may take.

    Measured with pgvector 0.8.6 on two busy cores, 384 dimensions, half precision: of 1,000,000
    vectors, IVFFlat of 600 lists is made in 25 to 35 s and finds 110 in 9 to 12 ms with recall@10
    of .99 and more; to compare all takes 210 to 300 ms. Of 100,000 vectors, IVFFlat is made in 2 s
    and HNSW in 11 s, and both find them in 1 to 3 ms: HNSW costs six times as much to publish for
    nothing that a search would notice.

    exact_below: fewer texts than that are compared one by one (15 ms); no index is made for them.
    most_lists: the memory of pgvector's k-means grows with the square of the lists; 1,000 need
        300 MB.
    growth: an index is made anew when the texts are so many times as many as it was made of.
    sample, recall: lists are scanned until as many vectors find that share of their ten nearest;
        twice as many are scanned, since questions are farther from texts than texts are.
    connections: at most so many at once; other threads wait.
    again_seconds: a dropped connection is made again for so long, ``retry_seconds`` at most.
    write_seconds, index_seconds: what a statement that writes, or makes an index, may take.
    """

    exact_below: int = 50_000
    most_lists: int = 1_000
    growth: int = 3
    sample: int = 20
    recall: float = 0.99
    connections: int = 8
    again_seconds: float = 10.0
    write_seconds: float = 900.0
    index_seconds: float = 4 * 3600.0


DEFAULT_POLICY: Final = PostgresqlPolicy()
