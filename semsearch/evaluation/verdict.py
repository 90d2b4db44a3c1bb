"""Settings that were tried, and which of them is better beyond noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from semsearch.evaluation.question_generation import Kind
from semsearch.evaluation.statistics import Mean, chance_of_difference, mean_of
from semsearch.query.scoring import Mode

_BY_CHANCE: Final = 0.05  # how likely chance may explain any of the differences that are looked at
_FEW_OF_KIND: Final = 20


@dataclass(frozen=True, slots=True)
class Setting:
    """A combination that is tried: the length of passages and how they are ranked."""

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
class Tried:
    """What a setting reached: a figure for each question, in the order of the questions.

    ``gains`` are those of ``metrics.gain_by_reading``, ``recalls`` 1 where an answer was among the
    first five hits.
    """

    setting: Setting
    passages: int
    gains: Sequence[float]
    recalls: Sequence[float]


@dataclass(frozen=True, slots=True)
class Judged:
    """A setting beside the one it was compared with; ``chance`` is None of what is set.

    ``chance`` is the p of ``statistics.chance_of_difference``. ``is_better`` says whether it is
    better beyond noise: see ``judged_beside``.
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


def judged_beside(one: Tried, other: Tried | None, kinds: Sequence[Kind], count: int) -> Judged:
    """Judge a setting against another one, as one of ``count`` alternatives.

    A setting is better beyond noise when chance alone explains none of the differences
    (Bonferroni), and when it loses on neither kind of question: questions of one kind may favour
    words, or meaning, more than a person's questions do.
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
    return Judged(
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


def best_of(present: Tried, others: Sequence[Tried], judged: Sequence[Judged]) -> Tried:
    """Return the best setting that is better beyond noise than the present one, else that."""
    better = {one.setting for one in judged if one.is_better}
    return max(
        [present, *(one for one in others if one.setting in better)],
        key=lambda one: sum(one.gains),
    )
