"""What the benchmarks of collections share: a server, questions, the hits of an open source."""

import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from scale_corpus import vocabulary

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))  # their server

from semsearch.query.candidates import CandidateQuery, Candidates
from semsearch.query.filter import allowed
from semsearch.query.parser import parse_question
from semsearch.query.question_encoder import EncodedQuestion
from semsearch.query.scoring import Mode, Weights
from semsearch.settings.schema import Settings
from semsearch.store.protocol import Indexes, Records

SETTINGS: Final = Settings(passage_characters=500, overlap_characters=0)
URI: Final = "bench:standin"
QUESTIONS: Final = 40

Found = list[tuple[str, int]]  # paths and places of the first ten hits


@contextmanager
def postgresql() -> Iterator[str]:
    """A database on a server of its own."""
    from fakes.postgresql_server import postgresql_server

    with postgresql_server() as server:
        server.run("alter system set shared_buffers = '2GB'", "alter system set max_wal_size='8GB'")
        server.stop()
        server.start()
        yield server.address(server.new_database())


def drawn() -> Sequence[str]:
    """Questions of eight words, as frequent as in the texts."""
    draw, words = random.Random(5), vocabulary()
    weights = [1 / (rank + 1) ** 1.07 for rank in range(len(words))]
    return [" ".join(draw.choices(words, weights, k=8)) for _ in range(QUESTIONS)]


def hits(
    records: Records, indexes: Indexes, question: str, vector: np.ndarray, is_exact: bool
) -> Found:
    """The first ten passages in hybrid mode."""
    asked = parse_question(question)
    query = CandidateQuery(
        EncodedQuestion(asked, vector),
        Mode.HYBRID,
        Weights(),
        limit=10,
        within=allowed(records, asked.filter, indexes.keywords),
        exact=is_exact,
    )
    found: Found = []
    for one in Candidates(records, indexes, query).ranked():
        found.append((one.location.path, one.passage.ordinal))
        if len(found) == 10:
            break
    return found


def tell(what: str, figure: str) -> None:
    """Print a line of the table."""
    print(f"  {what:<52} {figure}", flush=True)
