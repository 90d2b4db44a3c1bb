"""Fonts of a PDF: the text and the width of each of their codes."""

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from statistics import median
from typing import Any, Final, NamedTuple

from pypdf._codecs.adobe_glyphs import adobe_glyphs
from pypdf.generic import DictionaryObject
from pypdf.generic._font import Font

from semsearch.documents.readers.pdf_right_to_left import in_reading_order

UNMAPPED: Final = "\ufffd"  # a glyph of which the file does not say what it means
_MOST_CODES: Final = 65_536
_EM: Final = 1000.0  # units of glyph space, but for Type 3 fonts (ISO 32000-1, 9.2.4)
_USUAL_WIDTH: Final = 0.5  # em, where the file has none

# Names that stand for the code alone, as dvips and pdfTeX name the glyphs of bitmap fonts.
_NUMBERED: Final = re.compile(r"/[A-Za-z]{0,2}(\d{1,3})")
_BASE_36: Final = re.compile(r"/([A-H])([0-9A-Z])")  # of dvips, A0 for 0, in which CR is 99
# TeX's two encodings of text, by code: OT1 (TeXbook, appendix F) and T1 (Cork, TUGboat 11, 1990).
_OT1_LOW: Final = "ΓΔΘΛΞΠΣΥΦΨΩ\0\0\0\0\0ıȷ`´ˇ˘¯˚¸ßæœøÆŒØ"
_LIGATURES: Final = ("ff", "fi", "fl", "ffi", "ffl")
_OT1: Final = {
    **{code: mark for code, mark in enumerate(_OT1_LOW) if mark != "\0"},
    **{11 + at: text for at, text in enumerate(_LIGATURES)},
    **dict(zip((34, 39, 60, 62, 92, 96, 123, 124, 125, 126, 127), "”’¡¿“‘–—˝˜¨", strict=True)),
    **{94: "ˆ", 95: "˙"},
}
_T1_HIGH: Final = (
    "ĂĄĆČĎĚĘĞĹĽŁŃŇŊŐŔŘŚŠŞŤŢŰŮŸŹŽŻĲİđ§ăąćčďěęğĺľłńňŋőŕřśšşťţűůÿźžżĳ¡¿£"
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖŒØÙÚÛÜÝÞẞàáâãäåæçèéêëìíîïðñòóôõöœøùúûüýþß"
)
_T1: Final = {
    **dict(enumerate("`´ˆ˜¨˝˚ˇ˘¯˙¸˛‚‹›“”„«»–—")),
    **{25: "ı", 26: "ȷ", 39: "’", 96: "‘", 127: "-"},
    **{27 + at: text for at, text in enumerate(_LIGATURES)},
    **{128 + at: mark for at, mark in enumerate(_T1_HIGH)},
}
# T2A, TeX's encoding of Cyrillic (LaTeX's t2aenc.def): as Windows-1251 from 192 on.
_T2A_HIGH: Final = "ҐҒЂЋҺҖҘЉЇҚҠҜӔҢҤЅӨҪЎҮҰҲЏҸҶЄӘЊЁ№¤§ґғђћһҗҙљїқҡҝӕңҥѕөҫўүұҳџҹҷєәњё„«»"
_T2A: Final = {
    **{code: text for code, text in _T1.items() if code < 128},
    **{128 + at: mark for at, mark in enumerate(_T2A_HIGH)},
    **{code: bytes((code,)).decode("cp1251") for code in range(192, 256)},
}
# Signs of TS1, TeX's encoding of symbols (LaTeX's ts1enc.def), that differ from Latin-1.
_TS1: Final = {
    132: "†", 133: "‡", 134: "‖", 135: "‰", 136: "•", 137: "°C", 143: "₤", 151: "™", 191: "€",
}  # fmt: skip
# Codes that a program has given anew, in the order of use, lie close to 0; those of text do not.
_LEAST_RENUMBERED: Final = 20  # codes from 0 on without a gap
_MOST_LOW: Final = 1 / 3  # share of codes below 32
_LEAST_LOW: Final = 8
_LEAST_CYRILLIC: Final = 16  # codes from 192 on; languages in T1 use fewer beside their a to z
_CONTROL: Final = re.compile("[\0-\x1f\x7f-\x9f]")
_DINGBAT: Final = re.compile("[\u2190-\u2195\u2460-\u2469\u25a0-\u2666\u2701-\u27be]")
_LEAST_LETTERS: Final = 5  # small letters of a bitmap font that holds text


# Encodings of composite fonts that pypdf does not know, by a part of their names (9.7.5.2).
_CODECS: Final = {
    "KSC": "cp949",
    "RKSJ": "cp932",
    "HKscs-B5": "big5hkscs",
    "B5": "cp950",
    "UTF8": "utf-8",
    "UTF32": "utf-32-be",
    "EUC": "euc_jp",
}


class Glyphs(NamedTuple):
    """The glyphs of a string: the text of each, and its width in em."""

    texts: Sequence[str]
    widths: Sequence[float]


class Typeface(NamedTuple):
    """A font: how its strings are read. ``em`` is the height of its em in units of its size."""

    glyphs: Callable[[bytes], Glyphs]
    is_simple: bool = True  # codes are bytes, so that word spacing applies (9.3.3)
    is_vertical: bool = False
    em: float = 1.0


class Typefaces:
    """The fonts of a document, each read once."""

    def __init__(self) -> None:
        self._known: dict[int, Typeface] = {}
        self._resources: list[Any] = []  # so that no other object gets their ids

    def of(self, resource: Any) -> Typeface:
        """Return the font of an entry of a page's resources; pypdf has one object for each."""
        found = resource.get_object()
        if id(found) not in self._known:
            self._known[id(found)] = _typeface(found)
            self._resources.append(found)
        return self._known[id(found)]


def _typeface(resource: Any) -> Typeface:
    try:
        font = Font.from_font_resource(resource)
    except MemoryError:
        raise
    except Exception:  # a broken font raises any exception; its codes may still be Latin letters
        return _simple({}, {}, {}, _USUAL_WIDTH)
    scale, em = 1 / _EM, 1.0
    if not isinstance(font.encoding, dict):
        return _composite(font, str(resource.get("/Encoding", "")))
    widths = {ord(code): width for code, width in font.character_widths.items() if len(code) == 1}
    usual = font.character_widths.get("default", _USUAL_WIDTH * _EM)
    is_drawn = resource.get("/Subtype") == "/Type3"
    if is_drawn:
        first = int(resource.get("/FirstChar", 0))
        found = resource["/Widths"].get_object() if "/Widths" in resource else ()
        widths = dict(enumerate(map(float, found), start=first))
        usual = 0
        scale, em = _type3_scale(resource, widths.values())
    mapped = _mapped(font)
    named = _differences(resource)
    if "/ToUnicode" not in resource:
        # pypdf has the map of the font's program, over which the file's own names go.
        mapped = {code: text for code, text in mapped.items() if code not in named}
    else:
        mapped = _of_program(resource, named) | _meant(mapped, named, is_drawn=is_drawn)
    scaled = {code: width * scale for code, width in widths.items()}
    encoding = {**font.encoding, **named}
    used = resource.get("/CharProcs", {})
    return _simple(mapped, encoding, scaled, usual * scale, used)._replace(em=em)


def _of_program(resource: Any, named: Mapping[int, str]) -> dict[int, str]:
    """The map of a font's program, which holds for codes that /ToUnicode leaves out."""
    if "/Encoding" in resource or resource.get("/Subtype") == "/Type3":
        return {}
    alone = DictionaryObject({key: resource[key] for key in resource if key != "/ToUnicode"})
    return _mapped(Font.from_font_resource(alone))


def _mapped(font: Font) -> dict[int, str]:
    return {ord(code): text for code, text in font.character_map.items() if len(code) == 1}


def _meant(
    mapped: Mapping[int, str], named: Mapping[int, str], *, is_drawn: bool
) -> dict[int, str]:
    """The entries of /ToUnicode that can be meant; ``is_drawn`` for a Type 3 font.

    Ghostscript makes them of the names of glyphs, also where these are numbers: a1 would be one of
    Zapf Dingbats, CR the end of a row.
    """
    numbered = _numbers(named) if is_drawn else {}
    return {
        code: text
        for code, text in mapped.items()
        if not _CONTROL.match(text) and not (code in numbered and _DINGBAT.match(text))
    }


def _numbers(encoding: Mapping[int, str]) -> dict[int, int]:
    """The number of each glyph that is named by one; other entries may be characters."""
    named = {code: name for code, name in encoding.items() if len(name) > 1 and name[0] == "/"}
    pairs = {code: match for code, name in named.items() if (match := _BASE_36.fullmatch(name))}
    if len(pairs) == len(named):
        numbers = {
            code: int(match[2], 36) + 36 * (ord(match[1]) - ord("A"))
            for code, match in pairs.items()
        }
        if all(code == number for code, number in numbers.items()):
            return numbers
    found = {code: match for code, name in named.items() if (match := _NUMBERED.fullmatch(name))}
    return {code: int(match[1]) for code, match in found.items()}


def _type3_scale(resource: Any, widths: Iterable[float]) -> tuple[float, float]:
    """The scale of a Type 3 font's widths, and the em, by its box or its widths (9.6.5)."""
    matrix = [float(number) for number in resource.get("/FontMatrix", (0.001, 0, 0, 0.001, 0, 0))]
    box = [float(number) for number in resource.get("/FontBBox", (0, 0, 0, 0))]
    scale = abs(matrix[0])
    used = [width for width in widths if width > 0]
    ems = [abs((box[3] - box[1]) * matrix[3]), median(used) * scale / _USUAL_WIDTH if used else 0]
    return scale, min([em for em in ems if math.isfinite(em) and em > 0], default=1.0)


def _differences(resource: Any) -> dict[int, str]:
    """The names of glyphs by code, as far as a font gives its own (9.6.6)."""
    encoding = resource.get("/Encoding")
    encoding = encoding.get_object() if encoding is not None else None
    listed = encoding.get("/Differences", ()) if isinstance(encoding, dict) else ()
    names: dict[int, str] = {}
    code = 0
    for item in listed.get_object() if listed else ():
        if isinstance(item, str):
            names[code] = item
            code += 1
        elif isinstance(item, (int, float)):
            code = int(item)
    return names


def _simple(
    mapped: Mapping[int, str],
    encoding: Mapping[int, str],
    widths: Mapping[int, float],
    usual: float,
    used: Collection[str] = (),
) -> Typeface:
    """A font whose codes are bytes; ``encoding`` has characters, and glyphs' names with a slash.

    ``used`` are the names of the glyphs that a Type 3 font draws.
    """
    tex = tex_encoding(encoding, used)
    texts = []
    for code in range(256):
        text = mapped.get(code)
        if text is None:
            text = tex.get(code) or _text_of(encoding.get(code, chr(code)))
        texts.append(in_reading_order(text) if len(text) > 1 else text)
    known = [widths.get(code, usual) for code in range(256)]

    def glyphs(data: bytes) -> Glyphs:
        return Glyphs([texts[code] for code in data], [known[code] for code in data])

    return Typeface(glyphs)


def tex_encoding(encoding: Mapping[int, str], used: Collection[str]) -> dict[int, str]:
    """Return the texts of a bitmap font of TeX, whose glyphs are named by their numbers alone.

    The codes that the document uses tell the encoding. Codes from 128 are T1's, or T2A's where they
    are many. Of the codes 11 to 15 and 27 to 31 one group has the ligatures, which are frequent,
    and the other has rare signs. A font of few letters is one of symbols.
    """
    numbers = _numbers(encoding)
    # dvips names glyphs by the characters that have their codes.
    single = {code: ord(encoding[code][1]) for code in encoding if encoding[code] in used
              and len(encoding[code]) == 2}  # fmt: skip
    if any(not 32 < number < 127 for number in single.values()):
        numbers |= single
    own = {number for code, number in numbers.items() if not used or encoding[code] in used}
    small = sum(97 <= number <= 122 for number in own)
    cyrillic = sum(192 <= number <= 255 for number in own)
    if _is_renumbered(own):
        return dict.fromkeys(numbers, UNMAPPED)
    if cyrillic >= _LEAST_CYRILLIC and cyrillic > small:
        meant = _T2A
    elif small < _LEAST_LETTERS:
        shown = {
            code: number for code, number in numbers.items() if number in _TS1 or 32 <= number < 127
        }
        return {code: _TS1.get(number, chr(number)) for code, number in shown.items()}
    else:
        groups = Counter("OT1" for number in own if 11 <= number <= 15)
        groups.update("T1" for number in own if 27 <= number <= 31)
        meant = _T1 if max(own) > 127 or groups["T1"] > groups["OT1"] else _OT1
    return {
        code: meant.get(number, chr(number) if 32 <= number < 127 else UNMAPPED)
        for code, number in numbers.items()
    }


def _is_renumbered(numbers: Collection[int]) -> bool:
    """Whether the codes of a font are the order in which its glyphs are used."""
    low = sum(number < 32 for number in numbers)
    is_mostly_low = low >= _LEAST_LOW and low > _MOST_LOW * len(numbers)
    return is_mostly_low or all(number in numbers for number in range(_LEAST_RENUMBERED))


def _text_of(name: str) -> str:
    """The text of a character or of a glyph's name (Adobe Glyph List Specification, 2)."""
    if len(name) < 2 or name[0] != "/":
        return name if len(name) != 1 or name >= " " else UNMAPPED
    if name == "/.notdef":
        return ""
    parts = name[1:].partition(".")[0].split("_")
    texts = [_named(part) for part in parts]
    return "".join(text for text in texts if text) if all(texts) else UNMAPPED


def _named(name: str) -> str | None:
    text = adobe_glyphs.get(f"/{name}")
    if text is not None and not _CONTROL.match(text):  # pypdf has them for a1 to a31 and a128 on
        return str(text)
    digits = name.removeprefix("uni") if name.startswith("uni") else name.removeprefix("u")
    try:
        code = int(digits, 16) if digits != name and len(digits) >= 4 else -1
    except ValueError:
        return None
    return chr(code) if 32 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else None


def _composite(font: Font, encoding: str) -> Typeface:
    """A font with codes of several bytes (9.7)."""
    is_identity = "Identity" in encoding or not encoding.startswith("/")
    usual = float(font.character_widths.get("default", _EM)) / _EM
    codec = str(font.encoding)
    if codec == "utf-16-be" and not is_identity and "UTF16" not in encoding:
        codec = next((_CODECS[part] for part in _CODECS if part in encoding), codec)
    known: dict[str, tuple[str, float]] = {}

    def glyph(code: str) -> tuple[str, float]:
        text = font.character_map.get(code)
        if text is None:
            text = UNMAPPED if is_identity else code
        width = font.character_widths.get(code)
        if not is_identity:  # the code is no CID, to which the widths belong
            width = _EM if ord(code) > 0x2E7F else _EM / 2
        if len(known) > _MOST_CODES:
            known.clear()
        shown = in_reading_order(text) if len(text) > 1 else str(text)
        known[code] = shown, usual if width is None else float(width) / _EM
        return known[code]

    def glyphs(data: bytes) -> Glyphs:
        if codec == "utf-16-be":  # each code by itself, surrogates, too
            pairs = zip(data[::2], data[1::2], strict=False)
            codes = [chr(high << 8 | low) for high, low in pairs]
        else:
            codes = list(data.decode(codec, "replace"))
        found = [known.get(code) or glyph(code) for code in codes]
        return Glyphs([text for text, _ in found], [width for _, width in found])

    is_vertical = encoding.endswith("-V")
    return Typeface(glyphs, is_simple=False, is_vertical=is_vertical)
