"""Hits as text for a person."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from semsearch.cli.render.terminal import Style
from semsearch.documents.text.printable import printable, printable_line, printable_path
from semsearch.query.citation import Checked, Standing
from semsearch.query.citation_text import citation
from semsearch.query.hits import Answer, Hit
from semsearch.query.relevance import in_words
from semsearch.query.scoring import Mode

if TYPE_CHECKING:
    from semsearch.query.federated import JointAnswer

_INDENT: Final = "   "
_WIDEST: Final = 100
_ROWS: Final = 8  # of a passage, around its best sentence
_BRIEF_ROWS: Final = 2
_DOTS: Final = " …"
_ROWS_TO_SPARE: Final = 2  # are not worth leaving out
_COPIES_SHOWN: Final = 3

_HEADING_MARKS: Final = re.compile(r"^(?:#{1,6}|={1,6})\s+|\s+(?:#{1,6}|={1,6})$")
_UNDERLINE: Final = re.compile(r"([-=~^\"'`#*+.])\1{2,}")
# A row that begins a list item, a heading, a quotation or a line of code, and a row of a table.
_OPENING: Final = re.compile(r"\s|[-*+•>#|=~`]|\d{1,3}[.)]\s")
_CLOSED: Final = re.compile(r"\s{4}|[|#`~=]|.*\t")

# Placeholders for the marks while the text is wrapped; private use, removed from the text before.
_MARK_START: Final = "\ue000"
_MARK_END: Final = "\ue001"
_NO_MARKS: Final = dict.fromkeys(map(ord, (_MARK_START, _MARK_END)))


def answer_text(
    answer: "Answer | JointAnswer",
    width: int,
    style: Style,
    *,
    is_full: bool = False,
    explains: bool = False,
) -> str:
    """Every hit: rank, relevance, citation, heading trail, passage with its best sentence marked.

    A long passage is shortened to the rows around that sentence, unless ``is_full``. ``explains``
    adds the signals behind the score.
    """
    width = min(width, _WIDEST)
    return "\n\n".join(
        _hit_text(hit, width, style, is_full=is_full, corpus=corpus_of(answer, hit))
        + ("".join(f"\n{style.dim(row)}" for row in _explained(hit, answer)) if explains else "")
        for hit in answer.hits
    )


def brief_text(answer: "Answer | JointAnswer", width: int, style: Style) -> str:
    """Every hit in a few rows: its head, and two rows from its best sentence on."""
    width = min(width, _WIDEST)
    return "\n".join(_brief_hit(hit, width, style, corpus_of(answer, hit)) for hit in answer.hits)


def _brief_hit(hit: Hit, width: int, style: Style, corpus: Path) -> str:
    start, _ = hit.marked or (0, 0)
    text = _without_heading(printable(hit.text[start:]), hit.location.headings)
    text = " ".join(_HEADING_MARKS.sub("", row.strip()) for row in text.split("\n"))
    rows = _wrapped(" ".join(text.split()), width - len(_DOTS))
    if len(rows) > _BRIEF_ROWS:
        rows = [*rows[: _BRIEF_ROWS - 1], rows[_BRIEF_ROWS - 1] + _DOTS]
    return "\n".join([*_head_rows(hit, width, style, corpus), *rows])


def paths_text(answer: "Answer | JointAnswer") -> str:
    """The distinct paths of the hits, best first, one a line."""
    return "\n".join(printable_path(path) for path in answer.paths)


def hit_citation(hit: Hit) -> str:
    """The citation of a hit, after the name of its index or source if several were searched."""
    cited = citation(hit.location)
    return cited if hit.origin is None else f"{printable_line(hit.origin)}: {cited}"


def _standing_text(checked: Checked) -> str:
    """A warning behind a citation that no longer holds; empty when it holds."""
    if checked.standing is Standing.MOVED:
        return f" (now {citation(checked.location)})"
    if checked.standing is Standing.CHANGED:
        return " (changed since it was indexed)"
    return " (the file is gone)" if checked.standing is Standing.GONE else ""


def corpus_of(answer: "Answer | JointAnswer", hit: Hit) -> Path:
    """The folder that a hit is of; of a collection that on another machine."""
    return answer.corpus_of(hit)


def _hit_text(hit: Hit, width: int, style: Style, *, is_full: bool, corpus: Path) -> str:
    parts = [
        *_head_rows(hit, width, style, corpus),
        _passage_text(hit, width, style, is_full=is_full),
    ]
    if hit.copies:
        more = ", ".join(citation(place) for place in hit.copies[:_COPIES_SHOWN])
        more += ", …" if len(hit.copies) > _COPIES_SHOWN else ""
        parts.append(style.dim(f"{_INDENT}+{len(hit.copies)} near-identical: {more}"))
    return "\n".join(parts)


def _head_rows(hit: Hit, width: int, style: Style, corpus: Path) -> list[str]:
    """Rank, relevance, citation and headings, on one row where they fit."""
    rank, place = f"{hit.rank}.", hit_citation(hit)
    relevance = f"{hit.relevance:.2f} {in_words(hit.relevance)}"
    if hit.checked is not None:
        place += _standing_text(hit.checked)
    linked = style.path(place)
    if hit.source is None:
        linked = style.link(linked, corpus / hit.location.path)
    head = f"{rank} {style.dim(relevance)} {linked}"
    trail = " › ".join(printable_line(heading) for heading in hit.location.headings)
    if trail and len(f"{rank} {relevance} {place}  {trail}") <= width:
        return [f"{head}  {style.dim(trail)}"]
    if trail:
        return [head, *(style.dim(row) for row in _wrapped(trail, width))]
    return [head]


def _explained(hit: Hit, answer: "Answer | JointAnswer") -> list[str]:
    """A row for each signal: its value, the rank by it alone, its part of the score."""
    signals, mode = hit.signals, answer.mode_of(hit)
    rows = []
    if signals.cosine is not None:
        adds = f", adds {signals.meaning:+.2f}" if mode is Mode.HYBRID else ""
        place = _place(signals.meaning_rank)
        rows.append(f"meaning: cosine {signals.cosine:.3f}, {place}{_parts(hit)}{adds}")
    if mode is not Mode.SEMANTIC:
        adds = f", adds {signals.words:+.2f}" if mode is Mode.HYBRID else ""
        rows.append(f"words: BM25 {signals.bm25:.2f}, {_place(signals.words_rank)}{adds}")
    if signals.rerank is not None:
        rows.append(f"reranker: score {signals.rerank:.3f}, {_place(signals.rerank_rank)}")
    rows.append(f"score {hit.score:.3f}, relevance {hit.relevance:.3f}, mode {mode.value}")
    return [_INDENT + row for row in rows]


def _parts(hit: Hit) -> str:
    """The cosines of what is told of beside the passage."""
    told = (
        ("best sentence", hit.signals.sentence_cosine),
        ("title", hit.signals.title_cosine),
    )
    return "".join(f", {name} {cosine:.3f}" for name, cosine in told if cosine is not None)


def _place(rank: int | None) -> str:
    return "not among its best" if rank is None else f"rank {rank}"


def _passage_text(hit: Hit, width: int, style: Style, *, is_full: bool) -> str:
    """The passage, wrapped and indented, with its marked sentence between the style's marks."""
    start, end = hit.marked or (0, 0)
    parts = (hit.text[:start], hit.text[start:end], hit.text[end:])
    before, marked, after = (printable(part).translate(_NO_MARKS) for part in parts)
    text = _with_mark(before, marked, after, style) if marked else before + after
    rows = _without_heading(text, hit.location.headings).split("\n")
    lines = [line for row in _flowing(rows, width) for line in _wrapped(row, width)]
    shown = "\n".join(lines if is_full else _around_mark(lines))
    start_mark, end_mark = style.mark
    return shown.replace(_MARK_START, start_mark).replace(_MARK_END, end_mark)


def _with_mark(before: str, marked: str, after: str, style: Style) -> str:
    """The text with its mark; asterisks in it and beside it go, where asterisks mark it."""
    if not style.is_on:
        bare = marked.replace("**", "").strip("*")
        if not bare.strip():
            return before + marked + after
        if bare != marked or before.endswith("*") or after.startswith("*"):
            before, marked, after = before.rstrip("*"), bare, after.lstrip("*")
    return f"{before}{_MARK_START}{marked}{_MARK_END}{after}"


def _without_heading(text: str, headings: Sequence[str]) -> str:
    """The text without its first row if that is the heading which is printed above it."""
    first, _, rest = text.partition("\n")
    title = _HEADING_MARKS.sub("", first.strip())
    if not rest.strip() or not headings or printable_line(headings[-1]) != title:
        return text
    rest = rest.lstrip("\n")
    under, _, behind = rest.partition("\n")
    is_underlined = _UNDERLINE.fullmatch(under.strip()) is not None
    return behind.lstrip("\n") if is_underlined and behind.strip() else rest


def _flowing(rows: Sequence[str], width: int) -> Iterator[str]:
    """The rows, but where one is too wide its paragraph in one, so that it is wrapped evenly."""
    waiting: list[str] = []
    for row in rows:
        continues = waiting and row.strip() and _OPENING.match(row.lstrip(_MARK_START)) is None
        if waiting and not (continues and _is_too_wide(" ".join(waiting), width)):
            yield " ".join(waiting)
            waiting = []
        is_prose = _CLOSED.match(row.lstrip(_MARK_START)) is None and row.strip()
        if is_prose:
            waiting.append(row)
        elif waiting:
            yield " ".join(waiting)
            waiting = []
            yield row
        else:
            yield row
    if waiting:
        yield " ".join(waiting)


def _is_too_wide(row: str, width: int) -> bool:
    return len(_INDENT) + len(row) > max(width, 20)


def _around_mark(lines: list[str]) -> list[str]:
    """Of many rows those with the mark and around it; dots stand for the others."""
    if len(lines) <= _ROWS + _ROWS_TO_SPARE:
        return lines
    first = next((at for at, line in enumerate(lines) if _MARK_START in line), 0)
    last = next((at for at, line in enumerate(lines) if _MARK_END in line), first)
    spare = max(0, _ROWS - (last - first + 1))
    start = max(0, min(first - spare // 2, len(lines) - _ROWS))
    stop = max(last + 1, start + _ROWS)
    dots = f"{_INDENT}…"
    return [*([dots] if start else []), *lines[start:stop], *([dots] if stop < len(lines) else [])]


def _wrapped(row: str, width: int) -> list[str]:
    return textwrap.wrap(
        row, max(width, 20), initial_indent=_INDENT, subsequent_indent=_INDENT, tabsize=4
    ) or [""]
