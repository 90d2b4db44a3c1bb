"""Ends and spans of sentences, in languages with and without spaces."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

_ABBREVIATIONS: Final = (
    "al approx art bd bsp bzw ca cf chap co dr ed eds eg etc fig figs inc jr ltd mr mrs ms no nos"
    " nr p pp prof resp sect sr st str tel usw vgl vol vs z".split()
)
_NEAR: Final = 100  # characters
_BLOCK_END: Final = "\n\n"
_NO_LETTERS: Final = "\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2189\u2460-\u249b"  # ², ½, Ⅻ, ⑫


def _after_abbreviation(words: Iterable[str]) -> str:
    """A pattern that refuses a full stop after one of these words or a single letter."""
    by_length = defaultdict(list)
    for word in words:
        by_length[len(word)].append(word)
    known = [f"(?ai:{'|'.join(same)})" for same in by_length.values()]
    return "".join(
        rf"(?<!{start}{word}\.)"
        for word in (rf"[^\W\d_{_NO_LETTERS}]", *known)
        for start in (r"\A", r"[\s(.\"'„“]")  # characters before the start of a word
    )


# A sentence ends at . ! ? … (with closing quotes and brackets) before white space, or at one of the
# full-width marks of Chinese and Japanese, or the danda of Indic scripts, with or without space.
# It begins with one set of marks, which is looked for fast; a match begins at the first of several
# marks only, and nothing is tried twice: linear time.
_END: Final = re.compile(
    rf"""[.!?…。！？｡।॥]
    (?: (?<=[.!?…]) (?<![.!?…]{{2}})
        (?: (?=[.!?…"'”’»)\]]) [.!?…]*+ ["'”’»)\]]*+ \s++
          | (?: (?<!\.) | {_after_abbreviation(_ABBREVIATIONS)} ) \s++ )
      | (?<=[。！？｡।॥]) (?<![。！？｡।॥]{{2}}) [。！？｡।॥]*+ [」』”’）]*+ \s*+
    )""",
    re.VERBOSE,
)


def sentence_ends(text: str, start: int = 0, stop: int | None = None) -> Iterator[int]:
    """Yield the offset after each sentence and its trailing white space; the last is len(text).

    A single full stop before a small letter ends no sentence. Ends before ``start``, which must
    follow a letter or be the beginning, and from ``stop`` on are left out, except the last.

    >>> list(sentence_ends("It rained, e.g. today. We stayed in."))
    [23, 36]
    """
    length = len(text)
    stop = length if stop is None else min(stop, length)
    for match in _END.finditer(text, start, stop):
        end = match.end()
        if end < stop and not (text[end].islower() and match.group().rstrip() == "."):
            yield end
    yield length


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the [start, end) of each sentence, without white space around it.

    A blank line ends a sentence, too.

    >>> sentence_spans("A heading\n\nIt rained. We stayed in.")
    [(0, 9), (11, 21), (22, 35)]
    """
    spans = []
    block_start = 0
    for block in text.split(_BLOCK_END):
        for start, end in pairwise([0, *sentence_ends(block)]):
            sentence = block[start:end]
            if sentence.strip():
                left = len(sentence) - len(sentence.lstrip())
                first = block_start + start + left
                spans.append((first, first + len(sentence.strip())))
        block_start += len(block) + len(_BLOCK_END)
    return spans


def joined_spans(text: str, least: int, most: int) -> list[tuple[int, int]]:
    """Return spans of whole sentences: ``least`` characters or more each, and ``most`` at most.

    A sentence is joined with those behind it until the span is long enough; a short rest is joined
    with the span before. Where that leaves too many, neighbours are joined evenly.
    """
    spans: list[tuple[int, int]] = []
    for start, end in sentence_spans(text):
        if spans and spans[-1][1] - spans[-1][0] < least:
            spans[-1] = spans[-1][0], end
        else:
            spans.append((start, end))
    if len(spans) > 1 and spans[-1][1] - spans[-1][0] < least:
        (start, _), (_, end) = spans[-2:]
        spans[-2:] = [(start, end)]
    if len(spans) <= most:
        return spans
    cuts = [round(number * len(spans) / most) for number in range(most + 1)]
    return [(spans[first][0], spans[last - 1][1]) for first, last in pairwise(cuts)]


def ends_within(
    text: str, least: int, stop: int, all_ends: Callable[[], Sequence[int]]
) -> Iterator[int]:
    """Return the sentence ends in [least, stop), without len(text).

    Only the text around them is scanned. Where that would be long, as no letter is near, they are
    looked up in ``all_ends``, which are ascending.
    """
    start = behind_letter(text, least)
    if start is None:
        yield from numbers_within(all_ends(), least, stop)
    else:
        stop = min(stop, len(text))
        yield from (end for end in sentence_ends(text, start, stop) if least <= end < stop)


def numbers_within(numbers: Sequence[int], least: int, stop: int) -> Sequence[int]:
    """Return the numbers of an ascending sequence that are in [least, stop)."""
    return numbers[bisect_left(numbers, least) : bisect_left(numbers, stop)]


def behind_letter(text: str, most: int) -> int | None:
    """Return the last offset up to ``most`` that no end of a sentence can reach across.

    It follows a letter or digit, or is the beginning; None where such an offset is far away.
    """
    offset = min(most, len(text))
    for at in range(offset, max(0, offset - _NEAR), -1):
        if text[at - 1].isalnum():
            return at
    return 0 if offset < _NEAR else None
