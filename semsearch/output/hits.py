"""Hits as text for a person and as JSON for a program."""

import textwrap
from typing import Any, Final

from semsearch.checking import Checked, Standing
from semsearch.output.terminal import Style, printable, printable_line, printable_path
from semsearch.passages import Location
from semsearch.searching import Answer, Hit

_INDENT: Final = "   "
_WIDEST: Final = 100

# Stand in for the marks while the text is wrapped; private use, and taken out of the text before.
_MARK_START: Final = "\ue000"
_MARK_END: Final = "\ue001"
_NO_MARKS: Final = dict.fromkeys(map(ord, (_MARK_START, _MARK_END)))


def answer_text(answer: Answer, width: int, style: Style) -> str:
    """Every hit: rank, score, citation, heading trail, passage with its best sentence marked."""
    return "\n\n".join(_hit_text(hit, min(width, _WIDEST), style) for hit in answer.hits)


def hit_paths(answer: Answer) -> list[str]:
    """The paths of the hits, each once, best first."""
    return list(dict.fromkeys(hit.location.path for hit in answer.hits))


def paths_text(answer: Answer) -> str:
    """The paths of the hits, each once, best first."""
    return "\n".join(printable_path(path) for path in hit_paths(answer))


def citation(location: Location) -> str:
    """``path:12-18`` for lines, ``path p.3`` for pages, else ``path slide 3`` and its likes.

    >>> citation(Location("a.pdf", None, (3, 4), ()))
    'a.pdf p.3-4'
    >>> citation(Location("a.srt", (3, 4), None, (), "00:01:10"))
    'a.srt:3-4 00:01:10'
    """
    cited = printable_path(location.path)
    if location.lines is not None:
        cited += f":{_range(location.lines)}"
    if location.place is not None:
        return f"{cited} {printable_line(location.place)}"
    return f"{cited} p.{_range(location.pages)}" if location.pages is not None else cited


def _standing_text(checked: Checked) -> str:
    """What a person should know before opening the file; nothing when the citation holds."""
    if checked.standing is Standing.MOVED:
        return f" (now {citation(checked.location)})"
    if checked.standing is Standing.CHANGED:
        return " (changed since it was indexed)"
    return " (the file is gone)" if checked.standing is Standing.GONE else ""


def checked_record(checked: Checked | None) -> dict[str, Any] | None:
    """A citation's standing, and where its text stands now."""
    if checked is None:
        return None
    now = checked.location
    return {
        "standing": checked.standing.value,
        "pages": now.pages,
        "lines": now.lines,
        "place": now.place,
    }


def _range(bounds: tuple[int, int]) -> str:
    first, last = bounds
    return str(first) if first == last else f"{first}-{last}"


def _hit_text(hit: Hit, width: int, style: Style) -> str:
    rank, score, place = f"{hit.rank}.", f"{hit.score:.3f}", citation(hit.location)
    if hit.checked is not None:
        place += _standing_text(hit.checked)
    head = f"{rank} {style.dim(score)} {style.path(place)}"
    trail = " › ".join(printable_line(heading) for heading in hit.location.headings)
    if trail and len(f"{rank} {score} {place}  {trail}") <= width:
        head += f"  {style.dim(trail)}"
    elif trail:
        head = "\n".join([head, *(style.dim(row) for row in _wrapped(trail, width))])
    return f"{head}\n{_passage_text(hit, width, style)}"


def _passage_text(hit: Hit, width: int, style: Style) -> str:
    """The passage, wrapped and indented, with its marked sentence between the style's marks."""
    start, end = hit.marked or (0, 0)
    parts = (hit.text[:start], hit.text[start:end], hit.text[end:])
    before, marked, after = (printable(part).translate(_NO_MARKS) for part in parts)
    text = f"{before}{_MARK_START}{marked}{_MARK_END}{after}" if marked else before + after
    lines = [line for row in text.split("\n") for line in _wrapped(row, width)]
    start_mark, end_mark = style.mark
    return "\n".join(lines).replace(_MARK_START, start_mark).replace(_MARK_END, end_mark)


def _wrapped(row: str, width: int) -> list[str]:
    return textwrap.wrap(
        row, max(width, 20), initial_indent=_INDENT, subsequent_indent=_INDENT, tabsize=4
    ) or [""]


def answer_record(answer: Answer, *, files_only: bool = False) -> dict[str, Any]:
    """One question's hits, or the paths of their documents only."""
    about = {
        "query": answer.query,
        "index": str(answer.index),
        "generation": answer.generation,
        "embedder": answer.embedder,
    }
    if files_only:
        return {**about, "paths": hit_paths(answer)}
    return {
        **about,
        "hits": [
            {
                "rank": hit.rank,
                "score": hit.score,
                "path": hit.location.path,
                "pages": hit.location.pages,
                "lines": hit.location.lines,
                "place": hit.location.place,
                "headings": hit.location.headings,
                "text": hit.text,
                "digest": hit.digest,
                "now": checked_record(hit.checked),
            }
            for hit in answer.hits
        ],
    }
