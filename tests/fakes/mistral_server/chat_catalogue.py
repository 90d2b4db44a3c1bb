"""Chat models by their manners: what each makes of a prompt with passages and a question."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fakes.mistral_server.chat_script import ChatScript

_PASSAGE: Final = re.compile(r"<passage (\w+) (\d+)>\n(.*?)\n</passage \1>", re.DOTALL)
_HEADINGS: Final = re.compile(r"^\(under the headings: .*\)\n")
_QUESTION: Final = re.compile(r"Question: (.*)\Z", re.DOTALL)
_SENTENCE: Final = re.compile(r"[^.!?]+[.!?]?", re.DOTALL)
_WORD: Final = re.compile(r"\w{3,}")
_MOST: Final = 2  # claims
_LONG: Final = 12  # words


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage of a prompt, and its sentence that shares the most words with the question."""

    number: int
    text: str
    sentence: str
    shared: int


def shown_in(prompt: str) -> list[Shown]:
    """The passages of a prompt, the one that shares most first."""
    asked = _QUESTION.search(prompt)
    wanted = {word.casefold() for word in _WORD.findall(asked[1] if asked else "")}
    found = [
        _shown(int(number), _HEADINGS.sub("", text), wanted)
        for _, number, text in _PASSAGE.findall(prompt)
    ]
    return sorted(found, key=lambda shown: -shown.shared)


def _shown(number: int, text: str, wanted: set[str]) -> Shown:
    sentences = [
        " ".join(one.split()).lstrip("#*- ")
        for paragraph in text.split("\n\n")
        if not paragraph.startswith("#")
        for one in _SENTENCE.findall(paragraph)
    ]
    sentences = [one for one in sentences if len(one.split()) > 3] or [" ".join(text.split())]

    def shared(sentence: str) -> int:
        return len(wanted & {word.casefold() for word in _WORD.findall(sentence)})

    best = max(sentences, key=shared)
    return Shown(number, text, best, shared(best))


def _lines(shown: Sequence[Shown], line: Callable[[Shown], str]) -> str:
    telling = [one for one in shown if one.shared] or list(shown[:1])
    return "".join(f"{line(one)}\n" for one in telling[:_MOST])


def _honest(shown: Sequence[Shown]) -> ChatScript:
    return ChatScript(
        _lines(shown, lambda one: _claim(one.sentence, one.number, _second_half(one.sentence)))
    )


def _second_half(sentence: str) -> str:
    """The last words of a long sentence, as models quote no more than they need."""
    words = sentence.rstrip(".").split()
    return " ".join(words[len(words) // 2 :]) if len(words) > _LONG else sentence


def _claim(text: str, number: int, quotation: str) -> str:
    return f'- {text} [{number}] "{quotation}"'


def _reversed(sentence: str) -> str:
    first, _, rest = sentence.partition(" ")
    return f"{rest.rstrip('.')} {first.casefold()}."


def _altered(shown: Sequence[Shown]) -> ChatScript:
    def line(one: Shown) -> str:
        words = one.sentence.split()
        words[len(words) // 2] = "seldom"
        return _claim(one.sentence, one.number, " ".join(words))

    return ChatScript(_lines(shown, line))


def _misattributed(shown: Sequence[Shown]) -> ChatScript:
    numbers = [one.number for one in shown]
    other = {number: numbers[at - 1] for at, number in enumerate(numbers)}
    return ChatScript(
        _lines(shown, lambda one: _claim(one.sentence, other[one.number], one.sentence))
    )


def _stitched(shown: Sequence[Shown]) -> ChatScript:
    def line(one: Shown) -> str:
        words = one.sentence.split()
        half = min(4, len(words) // 2)
        quotation = f"{' '.join(words[:half])} … {' '.join(words[-half:])}"
        return _claim(one.sentence, one.number, quotation)

    return ChatScript(_lines(shown, line))


def _mixed(shown: Sequence[Shown]) -> ChatScript:
    """A true claim, an invented one, one with a wrong number, one that cites nothing."""
    best = shown[0]
    return ChatScript(
        "Here is what the passages say:\n"
        f"{_claim(best.sentence, best.number, best.sentence)}\n"
        f"{_claim('The moon is made of cheese.', 1, 'the moon consists of ripe cheese')}\n"
        f"{_claim(f'{best.sentence} It costs 4711 euros.', best.number, best.sentence)}\n"
        "- Everybody knows that.\n"
    )


def _plain(shown: Sequence[Shown]) -> ChatScript:
    return ChatScript(_lines(shown, lambda one: f"{_reversed(one.sentence)} [{one.number}]"))


def _copying(shown: Sequence[Shown]) -> ChatScript:
    return ChatScript(_lines(shown, lambda one: f"{one.sentence} [{one.number}]"))


def _escaping(shown: Sequence[Shown]) -> ChatScript:
    best = shown[0]
    return ChatScript(_claim(f"\x1b[2J\x1b]0;x\x07{best.sentence}", best.number, best.sentence))


_REFUSAL: Final = "I'm sorry, but I cannot help with that request."
_MAKERS: Final[dict[str, Callable[[Sequence[Shown]], ChatScript]]] = {
    # What it writes.
    "honest": _honest,
    "mixed": _mixed,
    "invented": lambda shown: ChatScript(
        _claim("The moon is made of cheese.", 1, "the moon consists of ripe cheese")
    ),
    "altered": _altered,
    "misattributed": _misattributed,
    "stitched": _stitched,
    "plain": _plain,
    "copying": _copying,
    "refusing": lambda _: ChatScript(_REFUSAL),
    "empty": lambda _: ChatScript(""),
    "no-answer": lambda _: ChatScript("NO ANSWER"),
    "escaping": _escaping,
    # How its server sends it.
    "letters": lambda shown: replace(_honest(shown), split="letters"),
    "bytes": lambda shown: replace(_honest(shown), bytes_a_packet=1),
    "sevens": lambda shown: replace(_honest(shown), bytes_a_packet=7, line_end="\r\n"),
    "carriage-returns": lambda shown: replace(_honest(shown), line_end="\r", bytes_a_packet=5),
    "comments": lambda shown: replace(_honest(shown), has_comments=True),
    "chunks": lambda shown: replace(_honest(shown), as_chunks=True, thinks="Let me see."),
    "thinking": lambda shown: replace(_honest(shown), thinks="Let me see."),
    "thinking-aloud": lambda shown: ChatScript(
        f'<think>\n- x [1] "let me see"\n</think>\n\n{_honest(shown).text}'
    ),
    "whole": lambda shown: replace(_honest(shown), streams=False),
    "no-usage": lambda shown: replace(_honest(shown), has_usage=False),
    "no-reason": lambda shown: replace(_honest(shown), reason=None),
    "no-done": lambda shown: replace(_honest(shown), has_done=False),
    "length": lambda shown: replace(_honest(shown), reason="length"),
    "filtered": lambda shown: replace(_honest(shown), reason="content_filter"),
    "error-at-end": lambda shown: replace(_honest(shown), reason="error"),
    "cut": lambda shown: replace(_honest(shown), split="lines", keeps=2),
    "cut-at-once": lambda shown: replace(_honest(shown), keeps=1),
    "error": lambda shown: replace(
        _honest(shown), split="lines", keeps=2, error={"message": "engine overloaded", "code": 500}
    ),
    "error-at-once": lambda shown: replace(_honest(shown), keeps=1, error="no memory left"),
}

CHAT_NAMES: Final = tuple(_MAKERS)


def scripted(name: str, prompt: str) -> ChatScript:
    """What the model of a name makes of a prompt; raises ``KeyError``."""
    return _MAKERS[name](shown_in(prompt))
