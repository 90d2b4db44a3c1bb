"""What chat models do to true sentences when they quote them, and what makes them false."""

import re
from collections.abc import Sequence
from random import Random
from typing import Final

from semsearch.documents.text.sentences import sentence_spans

_LEAST_WORDS: Final = 4
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_DIGIT: Final = re.compile("[0-9]")
_NEGATION: Final = re.compile(
    r"\b(no|not|never|none|nor|neither|without|cannot|unless|except|\w+n['’]t|nicht|nie|ohne|kein\w*"
    r"|ne|pas|jamais|sans|aucune?|sauf|non)\b",
    re.I,
)


def quotable_sentences(passage: str) -> list[str]:
    """The sentences of a passage that are long enough to be quoted, as they stand there."""
    sentences = [passage[start:end] for start, end in sentence_spans(passage)]
    return [one for one in sentences if len(_WORD.findall(one)) >= _LEAST_WORDS]


def reformatted(sentence: str, random: Random) -> str:
    """The sentence with equal words, as a model writes it: one line, other signs, no Markdown."""
    text = re.sub(r"^[|:\s-]*\|[|:\s-]*$", "", sentence, flags=re.M)  # below the head of a table
    text = re.sub(r"^\s*(?:#{1,6}|[-*+•]|>)\s+", "", text, flags=re.M)
    text = re.sub(r"!?\[([^\]\n]+)\]\([^)\s]+\)", r"\1", text)
    text = re.sub(r"\*\*|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)|`", "", text)
    text = re.sub(r"(?<=[^\W\d_])-\n\s*", random.choice(("-", "")), text)
    text = " ".join(text.replace("|", " ").split())
    for change in (_quotes, _dashes, _spaces, _ends):
        text = change(text, random)
    return text


def _quotes(text: str, random: Random) -> str:
    if random.random() < 0.5:
        text = text.replace("'", "’")
        return re.sub(r'"([^"]*)"', random.choice((r"“\1”", r"„\1“", r"«\1»", r"‘\1’")), text)
    return text.translate(str.maketrans("“”„«»’‘", '"""""\'\''))


def _dashes(text: str, random: Random) -> str:
    text = re.sub(r" [-–—] ", random.choice((" - ", " – ", " — ")), text)
    return re.sub(r"(?<=[0-9])[-–](?=[0-9])", random.choice("-–"), text)


def _spaces(text: str, random: Random) -> str:
    if random.random() < 0.3:
        text = text.replace(" ", "\u00a0", random.randint(1, 3))
    if random.random() < 0.3:
        text = re.sub(r"\s+([;:!?%])", r"\1", text)
    return text.replace("…", "...") if random.random() < 0.5 else text


def _ends(text: str, random: Random) -> str:
    if random.random() < 0.5:
        text = text.rstrip(".;:,")
    if random.random() < 0.3:
        text = text[:1].swapcase() + text[1:]
    return f"…{text}" if random.random() < 0.1 else text


def shortened(sentence: str, random: Random) -> str | None:
    """The sentence with an ellipsis in place of some words; None where that would hide a "not"."""
    words = sentence.split()
    if len(words) < 12 or _NEGATION.search(sentence):
        return None
    start = random.randint(4, len(words) - 7)
    stop = random.randint(start + 1, len(words) - 5)
    return " ".join([*words[:start], random.choice(("…", "...", "[…]", "(...)")), *words[stop:]])


def altered_word(sentence: str, random: Random, others: Sequence[str]) -> str:
    """The sentence with a word replaced, misspelt or left out, or with one more."""
    words = list(_WORD.finditer(sentence))
    word = random.choice(words)
    before, behind = sentence[: word.start()], sentence[word.end() :]
    old = word[0]
    match random.randrange(4):
        case 0:
            new = random.choice([one for one in others if one.casefold() != old.casefold()])
        case 1:
            at = random.randrange(len(old))
            letters = [c for c in "aeioumnrst" if c != old[at].casefold()]
            new = old[:at] + random.choice(letters) + old[at + 1 :]
        case 2 if old != words[0][0] and old != words[-1][0]:
            return before.rstrip() + behind  # within: a shorter quotation is still true
        case _:
            other = random.choice(others)
            new = f"{old} {other}" if word is words[0] else f"{other} {old}"  # within, too
    return before + new + behind


def altered_digit(sentence: str, random: Random) -> str | None:
    """The sentence with another digit; None where it has none."""
    digits = list(_DIGIT.finditer(sentence))
    if not digits:
        return None
    at = random.choice(digits).start()
    new = random.choice([digit for digit in "0123456789" if digit != sentence[at]])
    return sentence[:at] + new + sentence[at + 1 :]


def vocabulary(passages: Sequence[str]) -> list[str]:
    """The distinct words of the passages, to alter sentences by."""
    return sorted({word for passage in passages for word in _WORD.findall(passage)})
