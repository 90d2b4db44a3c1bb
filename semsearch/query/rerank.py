"""The best candidates in the order that a reranker gives them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from semsearch.errors import EmbedderError, ReplyInvalid
from semsearch.query.grouping import Ranked
from semsearch.rerankers.reranker import Reranker


@dataclass
class Reranking:
    """Asks a reranker about the first ``candidates`` of each of some questions.

    Once it has failed, the other questions go without it: each would wait as long as the first.
    """

    reranker: Reranker
    candidates: int
    has_failed: bool = field(default=False, init=False)

    def reordered(
        self, question: str, ranked: Sequence[Ranked]
    ) -> tuple[Sequence[Ranked], str | None]:
        """The same passages, the first by the reranker's scores, and what a person should hear.

        Equal scores keep their order. When the reranker fails, nothing is reordered, and the
        reason is given.
        """
        first, rest = ranked[: self.candidates], ranked[self.candidates :]
        if not first:
            return ranked, None
        texts = list(dict.fromkeys(one.text for one in first))
        try:
            scores = dict(zip(texts, _checked(self.reranker, question, texts), strict=True))
        except EmbedderError as error:
            self.has_failed = True
            return ranked, f"ranked without {self.reranker.uri}: {error}"
        order = sorted(first, key=lambda one: -scores[one.text])
        return [
            *(
                replace(
                    one, signals=replace(one.signals, rerank=scores[one.text], rerank_rank=rank)
                )
                for rank, one in enumerate(order, start=1)
            ),
            *rest,
        ], None


def _checked(reranker: Reranker, question: str, texts: Sequence[str]) -> list[float]:
    """A finite number for each text, whoever made the reranker; raises ``ReplyInvalid``."""
    scores = [float(score) for score in reranker.scores(question, texts)]
    if len(scores) != len(texts) or not all(map(math.isfinite, scores)):
        raise ReplyInvalid(f"{reranker.uri} must give a finite number for each passage")
    return scores
