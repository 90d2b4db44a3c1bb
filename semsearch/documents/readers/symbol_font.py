"""Letters of the font Symbol, which documents write as codes of the font's own."""

from typing import Final

NAME: Final = "symbol"
# The encoding of the font (Adobe, "Symbol Encoding"), from 0x20 and from 0xA0 on.
_LOW: Final = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_"
    "‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
_HIGH: Final = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑"
_LETTERS: Final = dict(enumerate(_LOW, start=0x20)) | dict(enumerate(_HIGH, start=0xA0))
_PRIVATE: Final = 0xF000  # programs add it to the codes of such fonts


def symbol(code: int, font: str) -> str:
    """Return the letter with a code in a font; "" for a font whose letters have no meaning.

    >>> symbol(0xF0B0, "Symbol"), symbol(0x61, "Symbol"), symbol(0xF0FC, "Wingdings")
    ('°', 'α', '')
    """
    if font.strip().casefold() != NAME:
        return ""
    return _LETTERS.get(code - _PRIVATE if code >= _PRIVATE else code, "")
