"""Reorder the best candidates by a reranker."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from semsearch.errors import EmbedderError, ReplyInvalid
from semsearch.query.ranked import Ranked
from semsearch.query.rerankers.reranker import Reranker


@dataclass
class Reranking:
    """Reranks the first ``candidates`` of each question of a run.

    After a failure the other questions go without it: each would wait as long as the first.
    """

    reranker: Reranker
    candidates: int
    has_failed: bool = field(default=False, init=False)

    def reordered(
        self, question: str, ranked: Sequence[Ranked]
    ) -> tuple[Sequence[Ranked], str | None]:
        """Reorder the first candidates by the reranker's scores; return them all, and a notice.

        Equal scores keep their order. When the reranker fails, the order stays as it is and the
        notice says why; else the notice is None.
        """
        first, rest = ranked[: self.candidates], ranked[self.candidates :]
        if not first:
            return ranked, None
        texts = list(dict.fromkeys(candidate.text for candidate in first))
        try:
            scores = dict(zip(texts, _checked(self.reranker, question, texts), strict=True))
        except EmbedderError as error:
            self.has_failed = True
            return ranked, f"ranked without {self.reranker.uri}: {error}"
        order = sorted(first, key=lambda candidate: -scores[candidate.text])
        return [
            *(
                replace(
                    candidate,
                    signals=replace(
                        candidate.signals, rerank=scores[candidate.text], rerank_rank=rank
                    ),
                )
                for rank, candidate in enumerate(order, start=1)
            ),
            *rest,
        ], None


def _checked(reranker: Reranker, question: str, texts: Sequence[str]) -> list[float]:
    """A finite score for each text; raises ``ReplyInvalid`` for any other reply of a reranker."""
    scores = [float(score) for score in reranker.scores(question, texts)]
    if len(scores) != len(texts) or not all(map(math.isfinite, scores)):
        raise ReplyInvalid(f"{reranker.uri} must give a finite number for each passage")
    return scores
