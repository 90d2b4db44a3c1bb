"""Sizes, thresholds and time limits of collections on PostgreSQL, as a value that tests replace."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PostgresqlPolicy:
    """When the vectors get an index, how it is searched, and how long a call may take.

    Measured with pgvector 0.8.6 on two quiet cores, 384 dimensions, half precision. Of 1,000,000
    vectors whose nearest are hard to find (recall@10 of .98 takes 64 lists of 1,500), 110 are found
    in 37 ms with 1,500 lists and in 86 ms with 600, which take 63 and 35 s to make; all are
    compared in 240 ms. Of 88,000 texts of manuals, 32 of 178 lists find 110 in 8 ms. IVFFlat over
    100,000 vectors is made in 2 s and HNSW in 11 s, and both find them in 1 to 3 ms.

    exact_below: fewer texts than that are compared one by one (15 ms); no index is made for them.
    most_lists: the memory of pgvector's k-means grows with the square of the lists; 2,000 need
        500 MB. There are as many lists as vectors in each, else.
    growth: an index is made anew when the texts are so many times as many as it was made of.
    sample, recall: so many lists are scanned that as many vectors find that share of their ten
        nearest, and a quarter more.
    connections: at most so many at once; other threads wait.
    again_seconds: a dropped connection is made again for so long, ``retry_seconds`` at most.
    write_seconds, index_seconds: what a statement that writes, or makes an index, may take.
    """

    exact_below: int = 50_000
    most_lists: int = 2_000
    growth: int = 3
    sample: int = 30
    recall: float = 0.98
    connections: int = 8
    again_seconds: float = 10.0
    write_seconds: float = 900.0
    index_seconds: float = 4 * 3600.0


DEFAULT_POLICY: Final = PostgresqlPolicy()
