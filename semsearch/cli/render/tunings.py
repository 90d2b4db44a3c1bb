"""The figures of settings on questions from an index's own documents, as a table."""

from semsearch.documents.text.printable import printable_line, printable_path
from semsearch.evaluation.statistics import Mean
from semsearch.evaluation.tune import Tuning
from semsearch.evaluation.verdict import Verdict
from semsearch.settings.amounts import counted


def tuning_text(found: Tuning) -> str:
    """A line for each setting, the present setting first; then the best, and whether it is set."""
    asked = ", ".join(counted(count, kind.value) for kind, count in found.questions.items())
    kinds = [kind for kind, count in found.questions.items() if count]
    lines = [
        f"{printable_path(str(found.corpus))}: {asked} of {found.documents} of"
        f" {counted(found.documents_in_index, 'document')}, by {printable_line(found.embedder)}",
        "",
        f"{'mode':<10}{'words':<7}{'passages':<15}{'gain':<22}{'recall@5':<10}"
        + "".join(f"{kind.value + 's':<11}" for kind in kinds)
        + "p",
    ]
    for judged in found.tried:
        setting = judged.setting
        words = f"{setting.words:g}" if setting.mode.value == "hybrid" else ""
        size = f"{judged.passages:,} of {setting.characters}"
        row = f"{setting.mode.value:<10}{words:<7}{size:<15}{_shown(judged.gain):<22}"
        row += f"{judged.recall:<10.3f}" + "".join(
            f"{judged.by_kind[kind]:<11.3f}" for kind in kinds
        )
        lines.append(row + _against(judged))
    return "\n".join([*lines, "", _conclusion(found)])


def _shown(mean: Mean) -> str:
    return f"{mean.value:.3f} ({mean.low:.3f}-{mean.high:.3f})"


def _against(judged: Verdict) -> str:
    if judged.chance is None:
        return "is set"
    return f"{judged.chance:.4f}{' better' if judged.is_better else ''}"


def _conclusion(found: Tuning) -> str:
    if found.best == found.present:
        return "nothing is better than what is set beyond noise"
    if found.is_applied:
        return f"set: {found.best}; semsearch evaluate --reset takes it back"
    return f"better than what is set: {found.best}; --apply sets it"
