"""A model's text, as it comes → drafts of claims.

The prompt asks for lines ``- sentence [2] "quotation"``. Models also write numbered lines, bold
text, ``[Passage 2]``, ``【2】``, quotations before the mark, on the next line or over several
lines, several marks, several claims on a line, and their thoughts in front.
"""

import re
from collections.abc import Iterator
from typing import Final

from semsearch.ask.claims import Draft, DraftQuotation

_BULLET: Final = re.compile(r"^\s*(?:(?:[-*+•–—]|\(?[0-9]{1,2}[.)])\s+)+")
_NUMBERS: Final = r"[0-9]{1,3}(?:\s*(?:[,;&]|and|und|et)\s*[0-9]{1,3})*"
_NAME: Final = r"(?:\^|#|passages?|sources?|quellen?|abschnitte?|extraits?)?"
_MARK: Final = re.compile(
    rf"\s*(?:\[{_NAME}\s*({_NUMBERS})\]|【{_NAME}\s*({_NUMBERS})[^】\n]{{0,20}}】"
    rf"|\((?:passages?|sources?)\s*({_NUMBERS})\))",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile("[0-9]+")
_OPEN: Final = "\"“„«‟‘'"
_CLOSE: Final = "\"”“»’'"
_OPENING: Final = re.compile(rf"^[\s:;,.(>*_–—-]*(?P<quote>[{_OPEN}])")
_QUOTED_LAST: Final = re.compile(rf"[\s(–—-]*(?<!\w)[{_OPEN}](.{{8,}}?)[{_CLOSE}][.)\s]*$")
_CONTINUES: Final = re.compile(rf"^\s*(?:[-*•]\s+)?(?:>\s*)?[*_]*(?:>|[{_OPEN}])")
_STARTS_WITH_MARK: Final = re.compile(rf"^\s*(?:[-*•>]\s+)?{_MARK.pattern}", re.IGNORECASE)
_EMPTY: Final = re.compile(r"^[\s`*_#=~—–.-]*$|^\s*```\w*\s*$")
_NO_ANSWER: Final = re.compile(r"\W*no[ _-]answer\W*", re.IGNORECASE)
_BOLD: Final = re.compile(r"\*\*|__")
_THINKING: Final = ("<think>", "</think>")
_ENDS_BEFORE: Final = (".", "!", "?", ":", ";", "。")
_LONGEST: Final = 4000  # characters; a quotation that is open so long is not closed any more


class ClaimParser:
    """Takes the text of a model in pieces; gives each claim when its last line is whole."""

    def __init__(self) -> None:
        self._text = ""  # without a line end
        self._waiting = ""  # a line that the next one may continue
        self._is_thinking = False
        self.has_no_answer = False  # the model has said that the passages do not answer

    def feed(self, text: str) -> Iterator[Draft]:
        """Take a piece of text, and yield the claims that it ends."""
        *lines, self._text = (self._text + text).split("\n")
        for line in lines:
            yield from self._line(line)
        if len(self._text) > _LONGEST:
            line, self._text = self._text, ""
            yield from self._line(line)

    def close(self) -> Iterator[Draft]:
        """Yield what the end of the text ends."""
        line, self._text = self._text, ""
        yield from self._line(line)
        yield from self._ended()

    def _line(self, line: str) -> Iterator[Draft]:
        for at in range(0, len(line), _LONGEST):  # what is tried takes the square of the time
            yield from self._short_line(line[at : at + _LONGEST])

    def _short_line(self, line: str) -> Iterator[Draft]:
        line = self._without_thoughts(line.rstrip("\r"))
        if _EMPTY.match(line):
            return
        if self._waiting and (_is_open(self._waiting) or _continues(self._waiting, line)):
            self._waiting += "\n" + line
        else:
            yield from self._ended()
            self._waiting = line
        if len(self._waiting) > _LONGEST or not _may_continue(self._waiting):
            yield from self._ended()

    def _ended(self) -> Iterator[Draft]:
        line, self._waiting = self._waiting, ""
        if _NO_ANSWER.fullmatch(line):
            self.has_no_answer = True
        elif line.strip():
            yield from (draft for draft in drafts_of(line) if not _is_lead_in(draft))

    def _without_thoughts(self, line: str) -> str:
        """The line without what a reasoning model thinks aloud in its text."""
        opened, closed = _THINKING
        if not self._is_thinking and line.lstrip().startswith(opened):
            self._is_thinking = True
        if self._is_thinking:
            _, ends, line = line.partition(closed)
            self._is_thinking = not ends
        return line


def _may_continue(text: str) -> bool:
    """Whether a quotation is open or still to come, or the mark itself."""
    return (
        not _marks(text) or _is_open(text) or not any(draft.quotations for draft in drafts_of(text))
    )


def _continues(text: str, line: str) -> bool:
    """Whether a line goes on with a claim: with its quotation, or with its mark."""
    pattern = _CONTINUES if _marks(text) else _STARTS_WITH_MARK
    return pattern.match(line) is not None


def _is_open(text: str) -> bool:
    """Whether a quotation behind the last mark has begun and not ended."""
    marks = _marks(text)
    return bool(marks) and _opens(text[marks[-1].end() :])


def _opens(segment: str) -> bool:
    """Whether a segment begins with a quotation that does not end in it."""
    opening = _OPENING.match(segment)
    if opening is None:
        return False
    closers = _closers(opening["quote"])
    return not any(sign in closers for sign in segment[opening.end() :])


def _closers(opening: str) -> str:
    """The signs that may end a quotation: an apostrophe ends none that a double sign begins."""
    return "’'" if opening in "‘'" else '"”“»'


def _marks(text: str) -> list[re.Match[str]]:
    """The marks of passages, but those within a quotation, which are the document's own."""
    marks: list[re.Match[str]] = []
    for mark in _MARK.finditer(text):
        if not marks or not _opens(text[marks[-1].end() : mark.start()]):
            marks.append(mark)
    return marks


def drafts_of(line: str) -> list[Draft]:
    """The claims of a line, which may have line breaks within a quotation.

    >>> drafts_of('- It sleeps for two weeks. [2] "sleeps for two weeks without care"')[0].text
    'It sleeps for two weeks.'
    """
    line = _BULLET.sub("", _BOLD.sub("", line)).strip()
    drafts: list[Draft] = []
    text, start = "", 0
    cited: tuple[int, ...] = ()
    quotations: list[DraftQuotation] = []
    for mark in [*_marks(line), None]:
        segment = line[start : mark.start() if mark else len(line)]
        quoted, rest = _quoted(segment) if cited or quotations else ("", segment)
        if quoted:
            quotations.append(DraftQuotation(quoted, cited))
            cited = ()
        goes_on = bool(text and rest.strip(" .,;:)*_"))
        if goes_on and cited and not quotations and _is_between_sentences(text, rest):
            end = rest.lstrip()[:1]
            drafts.append(_draft(text.rstrip() + (end if end in ".!?" else ""), [], cited))
            text, cited, rest = "", (), rest.lstrip(" .!?")
        if goes_on and quotations:
            drafts.append(_draft(text, quotations, cited))
            text, quotations, cited = "", [], ()
            rest = rest.lstrip(" .,;:)")
        if not quotations:
            text += rest
        elif not text:  # the quotation comes first
            text = rest.strip(" .,:;)*_–—-")
        if mark:
            numbers = next(group for group in mark.groups() if group)
            cited += tuple(map(int, _NUMBER.findall(numbers)))
            start = mark.end()
    if text.strip(" .,;:)*_") or quotations:
        drafts.append(_draft(text, quotations, cited))
    return drafts


def _is_between_sentences(text: str, rest: str) -> bool:
    """Whether marks without a quotation stand at the end of a sentence: It is so [1]. It was."""
    return text.rstrip().endswith((".", "!", "?")) or rest.lstrip().startswith((".", "!", "?"))


def _is_lead_in(draft: Draft) -> bool:
    """Whether a line only announces what follows ("Here is what the passages say:")."""
    is_bare = not draft.quotations and not draft.cited
    return is_bare and draft.text.endswith(":") and _NUMBER.search(draft.text) is None


def _quoted(segment: str) -> tuple[str, str]:
    """The quotation at the beginning of a segment, and what is behind it."""
    opening = _OPENING.match(segment)
    if opening is None:
        return "", segment
    body = segment[opening.end() :]
    end = max(body.rfind(closer) for closer in _closers(opening["quote"]))
    if end < 0:
        return body.strip(), ""
    return body[:end].strip(), body[end + 1 :]


def _draft(text: str, quotations: list[DraftQuotation], cited: tuple[int, ...]) -> Draft:
    """A claim; a quotation at the end of its own text is its quotation where it has no other."""
    text = " ".join(text.split())
    if not quotations and (found := _QUOTED_LAST.search(text)):
        quotations = [DraftQuotation(found[1].strip(), cited)]
        before = text[: found.start()].rstrip()
        # A quotation within a sentence is part of it: He calls it "the coldest road".
        text = before if before.endswith(_ENDS_BEFORE) else text
        cited = ()
    text = text or quotations[0].text
    shown = text.rstrip(" :–—-") if quotations else text
    return Draft(shown or text, tuple(quotations), cited)
