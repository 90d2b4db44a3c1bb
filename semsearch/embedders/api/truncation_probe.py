"""Measure silent truncation: whether another end of a long text changes its vector.

The texts are semsearch's own, of the length that a passage may have. Two of them show that a server
reads all of a text: the second has another end. Where the end changes nothing, and another
beginning does, a few texts more tell how much is read. It is done once for a server and model, for
each script of which a longer text comes.
"""

from collections.abc import Callable, Sequence
from typing import Final

from semsearch.embedders.api.truncation import Script, Window, characters_of
from semsearch.embedders.token_counts import byte_bound
from semsearch.embedders.vectors import Vectors

Ask = Callable[[Sequence[str]], Vectors]

# For each script two passages on different matters; figures have no words at all.
_PASSAGES: Final = {
    Script.LATIN: (
        "Die Hafenmeisterin trägt jedes Schiff ein, bevor die Flut kommt, und prüft die Ladung. ",
        "Im Frühjahr blühen Apfelbäume am Waldrand, und Bienen sammeln dort den ersten Nektar. ",
    ),
    Script.FIGURES: (
        "2026-03-14; 18.75; 40,331; (7/12) = 0.583; 1:250 000; +49 40 312; #5561; 99.2 %; ",
        "[3.1416] 64 x 48 = 3072; 11:05; 7,5; 1984/85; 0x2F; 6.02e23; 443; 12-31; 8 & 15; ",
    ),
    Script.ALPHABETS: (
        "Начальница порта записывает каждое судно до прилива и проверяет его груз. ",
        "Весной на опушке леса цветут яблони, и пчёлы собирают там первый нектар. ",
    ),
    Script.IDEOGRAPHS: (
        "港口主任在涨潮之前登记每一艘船，并检查船上的货物和文件。",
        "春天森林边的苹果树开花了，蜜蜂在那里采集今年最早的花蜜。",
    ),
}
_SAME: Final = 0.99999  # cosine; a cut text has the very vector, up to the order of additions
_END: Final = 15 / 16  # the share of a text behind which it is another one
_ROUNDS: Final = 2
_STEPS: Final = 4  # a round narrows the place of the cut down to a fourth


def probe_texts(script: Script, characters: int, max_tokens: int) -> tuple[str, str]:
    """Return a text of at most so many characters, and one with another end."""
    one, other = _long_texts(script, characters, max_tokens)
    return one, _joint(one, other, int(len(one) * _END))


def measured_window(ask: Ask, script: Script, characters: int, max_tokens: int) -> Window:
    """Measure how much of a text of so many characters a server reads.

    ``ask`` returns the vectors of texts that are sent whole. Raises ``EmbedderError``.
    """
    one, other = _long_texts(script, characters, max_tokens)
    end = int(len(one) * _END)
    if _are_read(ask, one, [_joint(one, other, end)])[0]:
        return Window(characters)
    if not _are_read(ask, one, [_joint(other, one, end)])[0]:
        return Window(characters)  # it knows nothing of this script: no end could matter
    read, cut = 0, end
    for _ in range(_ROUNDS):
        one, other = one[:cut], other[:cut]  # the rest is not read
        places = [read + (cut - read) * step // _STEPS for step in range(1, _STEPS)]
        changes = _are_read(ask, one, [_joint(one, other, place) for place in places])
        cut = min([place for place, is_read in zip(places, changes, strict=True) if not is_read],
                  default=cut)  # fmt: skip
        read = max([place for place in places if place < cut], default=read)
    return Window(characters, max(characters_of(one[: read or cut // 2], script), 1))


def _long_texts(script: Script, characters: int, max_tokens: int) -> tuple[str, str]:
    """Two texts of one length, within the most tokens that the embedder takes."""
    one, other = (passage * (characters // len(passage) + 1) for passage in _PASSAGES[script])
    length = min(characters, characters * max_tokens // byte_bound(one[:characters]))
    return one[:length], other[:length]


def _joint(one: str, other: str, place: int) -> str:
    """The beginning of one text, and from a place on the other."""
    return one[:place] + other[place:]


def _are_read(ask: Ask, text: str, others: Sequence[str]) -> list[bool]:
    """Whether each of the others has another vector than the text, asked in one go."""
    vectors = ask([text, *others])
    return [bool(cosine < _SAME) for cosine in vectors[1:] @ vectors[0]]
