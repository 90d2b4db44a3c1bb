"""Verdict on tried settings: which setting is significantly better."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from semsearch.evaluation.question_generation import Kind
from semsearch.evaluation.statistics import Mean, chance_of_difference, mean_of
from semsearch.query.scoring import Mode

_BY_CHANCE: Final = 0.05  # significance level over all comparisons
_FEW_OF_KIND: Final = 20  # a kind with fewer questions is not compared


@dataclass(frozen=True, slots=True)
class Setting:
    """A combination to try: passage length, mode and weight of the keyword scores."""

    characters: int
    mode: Mode
    words: float

    def to_dict(self) -> dict[str, Any]:
        """The setting as JSON names and values."""
        return {
            "mode": self.mode.value,
            "words_weight": self.words,
            "passage_characters": self.characters,
        }

    def __str__(self) -> str:
        words = f",words={self.words:g}" if self.mode is Mode.HYBRID else ""
        return f"mode={self.mode.value}{words},passage_characters={self.characters}"


@dataclass(frozen=True, slots=True)
class TrialResult:
    """Results of a setting, with a value per question, in order.

    ``gains`` are those of ``metrics.gain_by_reading``; ``recalls`` are 1 where an answer was among
    the first five hits.
    """

    setting: Setting
    passages: int
    gains: Sequence[float]
    recalls: Sequence[float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of a setting beside the setting it was compared with.

    ``chance`` is the p-value of ``statistics.chance_of_difference``, None for the present setting.
    ``is_better`` is True when the setting is significantly better: see ``verdict_on``.
    """

    setting: Setting
    passages: int
    gain: Mean
    recall: float
    by_kind: Mapping[Kind, float]
    chance: float | None
    is_better: bool

    def to_dict(self) -> dict[str, Any]:
        """The setting and its figures as JSON names and values."""
        return {
            **self.setting.to_dict(),
            "passages": self.passages,
            "gain": self.gain.to_dict(),
            "recall@5": round(self.recall, 6),
            "gain_by_kind": {kind.value: round(gain, 6) for kind, gain in self.by_kind.items()},
            "p": None if self.chance is None else round(self.chance, 6),
            "better": self.is_better,
        }


def verdict_on(
    one: TrialResult, other: TrialResult | None, kinds: Sequence[Kind], count: int
) -> Verdict:
    """Judge a setting against another setting, as one of ``count`` alternatives.

    A setting is better when its gain is significantly higher (5 %, Bonferroni-corrected) and not
    lower for either kind of question: questions of one kind may favour keywords, or meaning, more
    than real questions do.
    """
    chance, is_better = None, False
    if other is not None:
        chance = chance_of_difference(one.gains, other.gains)
        pairs = [
            (_mean(one.gains, kinds, kind), _mean(other.gains, kinds, kind))
            for kind in Kind
            if kinds.count(kind) >= _FEW_OF_KIND
        ]
        is_ahead = sum(one.gains) > sum(other.gains) and all(mine >= its for mine, its in pairs)
        is_better = is_ahead and chance * count < _BY_CHANCE
    return Verdict(
        one.setting,
        one.passages,
        mean_of(one.gains),
        sum(one.recalls) / len(one.recalls),
        {kind: _mean(one.gains, kinds, kind) for kind in Kind if kind in kinds},
        chance,
        is_better,
    )


def _mean(figures: Sequence[float], kinds: Sequence[Kind], kind: Kind) -> float:
    some = [figure for figure, its in zip(figures, kinds, strict=True) if its is kind]
    return sum(some) / len(some)


def best_of(
    present: TrialResult, others: Sequence[TrialResult], judged: Sequence[Verdict]
) -> TrialResult:
    """Return the best setting if significantly better than the present one, else the present."""
    better = {one.setting for one in judged if one.is_better}
    return max(
        [present, *(one for one in others if one.setting in better)],
        key=lambda one: sum(one.gains),
    )
