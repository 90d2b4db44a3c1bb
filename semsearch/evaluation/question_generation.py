"""Question generation: questions from documents, and the documents without their words; pure.

A question is a heading or a sentence of the documents, and is removed from them, so that it cannot
be found word for word. A heading is answered by the text under it, a sentence by the text around it
(an inverse cloze task: Lee, Chang and Toutanova, "Latent Retrieval for Weakly Supervised Open
Domain Question Answering", 2019).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from random import Random
from typing import Final, TypeVar

from semsearch.documents.document import Block, BlockKind, Document
from semsearch.documents.text.sentences import sentence_ends

HEADINGS_SHARE: Final = 0.5  # share of headings among the questions, if there are enough

_LEAST_LETTERS: Final = 0.7  # share of letters and white space in a question
_SENTENCE: Final = (40, 250)  # characters
_SENTENCE_WORDS: Final = 5
_LEAST_AROUND: Final = 100  # characters around a sentence, or under a heading
_HEADING: Final = (8, 200)  # characters
_HEADING_WORDS: Final = 2
_STRETCH: Final = 600  # characters; at most one sentence is taken from each such stretch
_MARKS: Final = re.compile(r"^[#=\s]+|[#=\s]+$")  # heading marks of Markdown and similar formats
_NUMBERING: Final = re.compile(r"^(chapter|part|section)?\s*[\divxlc]+([.:)]|\.\d+)*\s+", re.I)
_ENDS: Final = frozenset(".!?…。！？｡।॥\"'”’»)")


Row = TypeVar("Row")


class Kind(StrEnum):
    """Source of a question's words."""

    HEADING = "heading"
    SENTENCE = "sentence"


@dataclass(frozen=True, slots=True)
class GeneratedQuestion:
    """A question, and the place of its answer in the document without the question.

    ``place`` is [start, stop) in characters, white space not counted.
    """

    text: str
    kind: Kind
    path: str
    place: tuple[int, int]


@dataclass(frozen=True, slots=True)
class GeneratedQuestions:
    """Questions, and all documents by path without the questions' words."""

    questions: tuple[GeneratedQuestion, ...]
    documents: Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Characters [start, stop) of a block that are a question; the whole block for a heading."""

    path: str
    block: int
    start: int
    stop: int
    text: str
    kind: Kind
    stretch: int  # number of the stretch in its document; it gives at most one question


def generate_questions(
    documents: Mapping[str, Document], count: int, seed: int
) -> GeneratedQuestions:
    """Take at most ``count`` questions from documents by path, at most one per section.

    Equal documents, count and seed give equal questions.
    """
    taken = _chosen(documents, count, Random(seed))  # noqa: S311  # no secret depends on it
    by_document = defaultdict(list)
    for one in taken:
        by_document[one.path].append(one)
    questions: list[GeneratedQuestion] = []
    edited = dict(documents)
    for path, some in by_document.items():
        edited[path], drawn = _without(documents[path], some)
        questions += drawn
    return GeneratedQuestions(tuple(questions), edited)


def _chosen(documents: Mapping[str, Document], count: int, random: Random) -> list[_Candidate]:
    possible = [one for path in sorted(documents) for one in _candidates(path, documents[path])]
    said = Counter(_solid(one.text) for one in possible)
    everything = "\0".join(
        _solid(block.text) for document in documents.values() for block in document.blocks
    )
    random.shuffle(possible)
    found: dict[Kind, list[_Candidate]] = {kind: [] for kind in Kind}
    sections: set[tuple[str, tuple[str, ...], int]] = set()
    for one in sorted(possible, key=lambda one: one.kind is Kind.SENTENCE):
        wanted = (
            count - len(found[Kind.HEADING])
            if one.kind is Kind.SENTENCE
            else round(count * HEADINGS_SHARE)
        )
        if len(found[one.kind]) >= wanted or said[_solid(one.text)] > 1:
            continue
        if one.kind is Kind.SENTENCE and everything.count(_solid(one.text)) > 1:
            continue
        section = (one.path, documents[one.path].blocks[one.block].headings, one.stretch)
        if section not in sections:
            sections.add(section)
            found[one.kind].append(one)
    return [one for kind in Kind for one in found[kind]]


def _candidates(path: str, document: Document) -> Iterator[_Candidate]:
    """All candidate questions of a document."""
    blocks, behind = document.blocks, 0
    for at, block in enumerate(blocks):
        if block.kind is BlockKind.HEADING:
            title = block.headings[-1] if block.headings else block.text
            below = [blocks[one] for one in _below(blocks, at)]
            if _is_heading(title) and _letters(below) >= _LEAST_AROUND:
                yield _Candidate(
                    path, at, 0, len(block.text), _cleaned(title), Kind.HEADING, behind
                )
        elif block.kind is BlockKind.PARAGRAPH and not _is_title(document, at):
            for start, stop in pairwise([0, *sentence_ends(block.text)]):
                text = " ".join(block.text[start:stop].split())
                is_amid = len(block.text) - (stop - start) >= _LEAST_AROUND
                if is_amid and _stands_alone(text):
                    stretch = (behind + start) // _STRETCH
                    yield _Candidate(path, at, start, stop, text, Kind.SENTENCE, stretch)
        elif block.kind is BlockKind.PARAGRAPH and _is_heading(block.text):
            title = _cleaned(block.text)
            if _letters(blocks[1:]) >= _LEAST_AROUND:
                yield _Candidate(path, at, 0, len(block.text), title, Kind.HEADING, behind)
        behind += len(block.text)


def _is_title(document: Document, at: int) -> bool:
    """True for the first paragraph of a document without headings, if it is one sentence."""
    return (
        at == 0
        and len(list(sentence_ends(document.blocks[0].text))) == 1
        and all(block.kind is not BlockKind.HEADING for block in document.blocks)
    )


def _letters(blocks: Sequence[Block]) -> int:
    """The number of characters in the blocks, without headings and white space."""
    return sum(len(_solid(b.text)) for b in blocks if b.kind is not BlockKind.HEADING)


def _is_heading(text: str) -> bool:
    title = _cleaned(text)
    least, most = _HEADING
    words = sum(any(letter.isalpha() for letter in word) for word in title.split())
    is_one_word = words < _HEADING_WORDS and title.isascii()
    return (
        least <= len(title.encode())
        and len(title) <= most
        and _is_words(title)
        and not (is_one_word)
    )


def _cleaned(text: str) -> str:
    return _NUMBERING.sub("", " ".join(_MARKS.sub("", text).split()))


def _stands_alone(text: str) -> bool:
    least, most = _SENTENCE
    is_cased = text[:1].islower() or text[:1].isupper()
    return (
        least <= len(text.encode())
        and len(text) <= most
        and (text[0].isupper() or not is_cased)
        and text[-1] in _ENDS
        and (len(text.split()) >= _SENTENCE_WORDS or not is_cased)
        and _is_words(text)
    )


def _is_words(text: str) -> bool:
    return sum(letter.isalpha() or letter.isspace() for letter in text) >= _LEAST_LETTERS * len(
        text
    )


def _solid(text: str) -> str:
    """A text without white space, in lower case."""
    return "".join(text.split()).casefold()


def _below(blocks: Sequence[Block], at: int) -> range:
    """The indexes of the blocks under a heading."""
    trail = blocks[at].headings
    stop = at + 1
    while stop < len(blocks) and blocks[stop].headings[: len(trail)] == trail:
        is_next = blocks[stop].kind is BlockKind.HEADING and blocks[stop].headings == trail
        if is_next:
            break
        stop += 1
    return range(at + 1, stop)


def _without(
    document: Document, taken: Sequence[_Candidate]
) -> tuple[Document, list[GeneratedQuestion]]:
    """A document without the words of its questions, and the questions with answer places."""
    starts = [0]  # offset of each block, white space not counted
    for block in document.blocks:
        starts.append(starts[-1] + _solid_length(block.text))

    def at(block: int, offset: int) -> int:
        return starts[block] + _solid_length(document.blocks[block].text[:offset])

    gone = sorted((at(one.block, one.start), at(one.block, one.stop)) for one in taken)

    def left_before(place: int) -> int:
        return place - sum(max(0, min(stop, place) - start) for start, stop in gone)

    drawn = []
    for one in taken:
        place = [left_before(at(*end)) for end in _around(document, one)]
        drawn.append(GeneratedQuestion(one.text, one.kind, one.path, (place[0], place[1])))
    return _cut_out(document, taken), drawn


def _around(document: Document, one: _Candidate) -> tuple[tuple[int, int], tuple[int, int]]:
    """Start and end of the answer, each as block and offset; the question may lie inside."""
    text = document.blocks[one.block].text
    if one.kind is Kind.SENTENCE:
        ends = [0, *sentence_ends(text)]
        before = max((end for end in ends if end < one.start), default=0)
        after = min((end for end in ends if end > one.stop), default=len(text))
        return (one.block, before), (one.block, after)
    is_heading = document.blocks[one.block].kind is BlockKind.HEADING
    last = (_below(document.blocks, one.block)[-1]) if is_heading else len(document.blocks) - 1
    return (one.block + 1, 0), (last, len(document.blocks[last].text))


def _cut_out(document: Document, taken: Sequence[_Candidate]) -> Document:
    blocks: list[Block | None] = list(document.blocks)
    for one in sorted(
        taken, key=lambda one: -one.start
    ):  # from the end: earlier offsets stay valid
        block = blocks[one.block]
        assert block is not None  # only headings remove a block, once
        blocks[one.block] = None if one.kind is Kind.HEADING else _shortened(block, one)
    asked = {_solid(one.text) for one in taken}
    trails = {document.blocks[one.block].headings for one in taken if one.kind is Kind.HEADING}
    is_titled = document.title is not None and _solid(_cleaned(document.title)) not in asked
    return replace(
        document,
        blocks=tuple(_untitled(block, trails - {()}) for block in blocks if block is not None),
        title=document.title if is_titled else None,
    )


def _shortened(block: Block, one: _Candidate) -> Block:
    """A block without a sentence; the rests of its first and last row become one row."""
    text = block.text[: one.start] + block.text[one.stop :]
    row, gone = block.text.count("\n", 0, one.start), block.text.count("\n", one.start, one.stop)
    begins_row = block.text[one.start - 1 : one.start] in ("", "\n")
    first = slice(row, row + gone) if begins_row else slice(row + 1, row + 1 + gone)
    last = slice(row, row + gone)
    if one.stop >= len(block.text):  # the following sentence and white space may be removed already
        text = text.rstrip()
        first = last = slice(text.count("\n") + 1, None)
    return block._replace(
        text=text,
        lines=_apart_from(block.lines, first),
        last_lines=block.last_lines and _apart_from(block.last_lines, last),
        places=block.places and _apart_from(block.places, first),
    )


def _apart_from(rows: Sequence[Row], some: slice) -> list[Row]:
    left = list(rows)
    del left[some]
    return left


def _untitled(block: Block, trails: set[tuple[str, ...]]) -> Block:
    """A block whose heading trail has no heading that is a question."""
    headings = tuple(
        "" if block.headings[: depth + 1] in trails else title
        for depth, title in enumerate(block.headings)
    )
    return block._replace(headings=headings)


def _solid_length(text: str) -> int:
    return len("".join(text.split()))
