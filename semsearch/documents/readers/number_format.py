"""Number formats of spreadsheets (ECMA-376, part 1, 18.8.31): a value as its cell shows it."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from semsearch.documents.readers.date_format import date_text

GENERAL: Final = "General"
# Formats that files name by number only (18.8.30). Where a program shows the reader's own order
# of day and month, the date is in ISO 8601.
_ACCOUNT: Final = '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)'
_ACCOUNT_2: Final = '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)'
_NUMBERED: Final = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00",
    5: '"$"#,##0_);("$"#,##0)', 6: '"$"#,##0_);("$"#,##0)',
    7: '"$"#,##0.00_);("$"#,##0.00)', 8: '"$"#,##0.00_);("$"#,##0.00)',
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm",
    37: "#,##0_);(#,##0)", 38: "#,##0_);(#,##0)", 39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);(#,##0.00)", 41: _ACCOUNT, 42: _ACCOUNT.replace("* ", '"$"* '),
    43: _ACCOUNT_2, 44: _ACCOUNT_2.replace("* ", '"$"* '), 45: "mm:ss", 46: "[h]:mm:ss",
    47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "yyyy-mm-dd"),  # dates of East Asia
}  # fmt: skip
_TOKEN: Final = re.compile(
    r""" "(?P<quoted>[^"]*+)"? | \\(?P<escaped>.) | _(?P<space>.) | \*(?P<fill>.)
    | \[(?P<bracket>[^\]]*+)\] | (?P<ampm>AM/PM|A/P) | (?P<general>General)
    | (?P<exponent>E[+-]) | (?P<date>y+|m+|d+|h+|s+|e+|g+|b+) | (?P<mark>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_CURRENCY: Final = re.compile(r"\$([^-\]]*)(?:-.*)?", re.DOTALL)
_LANGUAGE: Final = re.compile(r"\$-([0-9A-Fa-f]{1,8})(?:,.*)?", re.DOTALL)
_ELAPSED: Final = re.compile(r"h+|m+|s+", re.IGNORECASE)
_NOT_ZERO: Final = re.compile("[1-9]")
_LONGEST: Final = 1000  # characters of a format code; Excel allows 255
_EXACT: Final = 15  # decimal digits that a stored number has
_GENERAL_DIGITS: Final = 10  # digits of a fraction in a cell without a format of its own
_MOST_WHOLE: Final = Decimal(10) ** _EXACT


@dataclass(frozen=True, slots=True)
class Token:
    """One element of a format: a kind and its text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Section:
    tokens: tuple[Token, ...]
    condition: tuple[str, float] | None
    language: int = 0  # of the names of months and days

    @property
    def kinds(self) -> set[str]:
        return {token.kind for token in self.tokens}

    @property
    def is_date(self) -> bool:
        """Whether it shows a date, a time or a duration."""
        return any(
            t.kind == "elapsed" or (t.kind == "date" and t.text[0] in "ymdhs") for t in self.tokens
        )


def code_of(number: int) -> str:
    """Return the format that files name by this number only."""
    return _NUMBERED.get(number, GENERAL)


@lru_cache(maxsize=20_000)
def formatted(value: float, code: str, *, is_1904: bool = False) -> str:
    """Return a number as a cell with this format shows it.

    >>> formatted(0.125, "0.0%"), formatted(1234.5, "€#,##0.00"), formatted(7430, "00000")
    ('12.5%', '€1,234.50', '07430')
    >>> formatted(-3, "0.0;(0.0)"), formatted(1.104166666666667, "[h]:mm:ss")
    ('(3.0)', '26:30:00')
    """
    sections = _sections(code[:_LONGEST])
    section, is_signed = _section_for(value, sections)
    if section is None:
        return general(value)
    if section.is_date:
        shown = date_text(value, section.tokens, is_1904=is_1904, language=section.language)
        return general(value) if shown is None else shown
    shown = _number(Decimal(f"{abs(value):.{_EXACT}g}"), section)
    return f"-{shown}" if value < 0 and is_signed and _NOT_ZERO.search(shown) else shown


def formatted_text(text: str, code: str) -> str:
    """Return a text as a cell with this format shows it.

    >>> formatted_text("12", '"No. "@'), formatted_text("12", "0.00"), formatted_text("12", ";;;")
    ('No. 12', '12', '')
    """
    if code == GENERAL:
        return text
    sections = _sections(code[:_LONGEST])
    section = sections[3] if len(sections) > 3 else sections[-1]
    if len(sections) < 4 and "text" not in section.kinds:
        return text
    return "".join(text if t.kind in ("text", "general") else t.text for t in section.tokens)


def general(value: float) -> str:
    """Return a number as a cell without a format of its own shows it.

    >>> general(12.0), general(0.1 + 0.2), general(1.5e-7), general(1 / 3)
    ('12', '0.3', '1.5E-07', '0.3333333333')
    """
    if value != value or value in (float("inf"), float("-inf")):
        return "#NUM!"
    if value == int(value) and abs(value) < _MOST_WHOLE:
        return str(int(value))
    return f"{value:.{_GENERAL_DIGITS}g}".replace("e", "E")


@lru_cache(maxsize=500)
def _sections(code: str) -> tuple[_Section, ...]:
    """The sections of a format: for positive and negative numbers, zero, and text."""
    sections: list[_Section] = []
    tokens: list[Token] = []
    condition = None
    language = 0
    for match in _TOKEN.finditer(code):
        kind = match.lastgroup or ""
        text = match[kind]
        if kind == "mark" and text == ";":
            sections.append(_Section(tuple(tokens), condition, language))
            tokens, condition = [], None
        elif kind == "bracket" and (found := _CONDITION.fullmatch(text)):
            condition = (found[1], float(found[2]))
        elif kind == "bracket" and (found := _LANGUAGE.fullmatch(text)):
            language = int(found[1], 16)
        else:
            tokens += _tokens(kind, text)
    return (*sections, _Section(tuple(tokens), condition, language))


def _tokens(kind: str, text: str) -> list[Token]:
    match kind:
        case "quoted" | "escaped":
            return [Token("literal", text)]
        case "space" | "fill":
            return [Token("literal", " ")]
        case "bracket":
            if _ELAPSED.fullmatch(text):
                return [Token("elapsed", text.lower())]
            currency = _CURRENCY.fullmatch(text)
            return [Token("literal", currency[1])] if currency and currency[1] else []
        case "mark" if text in "0#?":
            return [Token("digit", text)]
        case "mark" if text in ".,%/@":
            kinds = {".": "point", ",": "comma", "%": "percent", "/": "slash", "@": "text"}
            return [Token(kinds[text], text)]
        case "mark":
            return [Token("literal", text)]
        case "date":
            return [Token("date", text.lower())]
    return [Token(kind, text)]


def _section_for(value: float, sections: tuple[_Section, ...]) -> tuple[_Section | None, bool]:
    """The section that a number is shown by, and whether a minus sign is to be added."""
    numeric = sections[:3]
    if any(section.condition for section in numeric):
        for section in numeric:
            if section.condition is None or _holds(value, *section.condition):
                return section, True
        return None, True
    if value > 0 or len(sections) == 1:
        return sections[0], True
    if value < 0:
        return sections[1], False
    return (sections[2] if len(sections) > 2 else sections[0]), False


def _holds(value: float, sign: str, bound: float) -> bool:
    return {
        "<": value < bound,
        ">": value > bound,
        "<=": value <= bound,
        ">=": value >= bound,
        "=": value == bound,
        "<>": value != bound,
    }[sign]


def _number(value: Decimal, section: _Section) -> str:
    """A number without its sign, digit by digit."""
    tokens = section.tokens
    kinds = section.kinds
    if "general" in kinds or ("text" in kinds and "digit" not in kinds):
        shown = general(float(value))
        return "".join(shown if t.kind in ("general", "text") else t.text for t in tokens)
    if "digit" not in kinds:
        return "".join(token.text for token in tokens)
    if not value.is_finite():
        return "#NUM!"
    value *= Decimal(100) ** sum(token.kind == "percent" for token in tokens)
    if "slash" in kinds:
        return _fraction(value, tokens)
    if "exponent" in kinds:
        return _scientific(value, tokens)
    return _decimal(value, tokens)


def _decimal(value: Decimal, tokens: tuple[Token, ...]) -> str:
    point = next((i for i, token in enumerate(tokens) if token.kind == "point"), len(tokens))
    before, after = tokens[:point], tokens[point + 1 :]
    last = max((i for i, token in enumerate(before) if token.kind == "digit"), default=-1)
    # Commas behind the last digit show thousands or millions.
    scale = sum(token.kind == "comma" for token in (*before[last + 1 :], *after))
    value /= Decimal(1000) ** scale
    places = sum(token.kind == "digit" for token in after)
    whole, _, fraction = _rounded(value, places).partition(".")
    is_grouped = any(token.kind == "comma" for token in before[:last])
    shown = _whole(whole, before, is_grouped=is_grouped)
    if last < 0:  # the format has no place for them
        shown += whole.lstrip("0")
    if point < len(tokens):
        shown += "." + _after_point(fraction, after)
    return shown


def _rounded(value: Decimal, places: int) -> str:
    """A number with so many decimal places, halves away from zero, as programs round."""
    try:
        return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
    except InvalidOperation:  # more digits than a decimal has
        return f"{value:f}"


def _whole(digits: str, tokens: tuple[Token, ...], *, is_grouped: bool) -> str:
    """The digits before the point in their places, from the right; the first place has the rest."""
    left = digits.lstrip("0")
    places = sum(token.kind == "digit" for token in tokens)
    pieces: list[str] = []
    count = 0
    for token in reversed(tokens):
        if token.kind == "comma":
            continue
        if token.kind != "digit":
            pieces.append(token.text)
            continue
        places -= 1
        taken = left if places == 0 else left[-1:]
        left = left[: len(left) - len(taken)]
        for digit in reversed(taken or ("0" if token.text == "0" else "")):
            pieces.append("," if is_grouped and count and count % 3 == 0 else "")
            pieces.append(digit)
            count += 1
    return "".join(reversed(pieces))


def _after_point(digits: str, tokens: tuple[Token, ...]) -> str:
    pieces: list[str] = []
    used = len(digits.rstrip("0"))  # further zeros are shown in places that ask for them
    at = 0
    for token in tokens:
        if token.kind == "digit":
            pieces.append(digits[at : at + 1] if at < used or token.text == "0" else "")
            at += 1
        elif token.kind != "comma":
            pieces.append(token.text)
    return "".join(pieces)


def _scientific(value: Decimal, tokens: tuple[Token, ...]) -> str:
    at = next(i for i, token in enumerate(tokens) if token.kind == "exponent")
    mantissa, behind = tokens[:at], tokens[at + 1 :]
    point = next((i for i, token in enumerate(mantissa) if token.kind == "point"), at)
    step = max(1, sum(token.kind == "digit" for token in mantissa[:point]))
    exponent = value.adjusted() // step * step if value else 0
    scaled = value.scaleb(-exponent)
    places = sum(token.kind == "digit" for token in mantissa[point:])
    if Decimal(_rounded(scaled, places)).adjusted() >= step:  # 9.99 is rounded to 10.0
        exponent += step
        scaled = value.scaleb(-exponent)
    sign = "-" if exponent < 0 else tokens[at].text[1].strip("-")
    return (
        _decimal(scaled, mantissa)
        + "E"
        + sign
        + _whole(str(abs(exponent)), behind, is_grouped=False)
    )


def _fraction(value: Decimal, tokens: tuple[Token, ...]) -> str:
    """A number as whole and fraction: "2 1/4"."""
    from fractions import Fraction  # here: few formats need it

    at = next(i for i, token in enumerate(tokens) if token.kind == "slash")
    below = tokens[at + 1 :]
    fixed = "".join(t.text for t in below if t.kind in ("literal", "digit")).strip()
    number = Fraction(value)
    has_whole = any(token.kind == "digit" for token in tokens[:at]) and any(
        token.kind == "literal" and token.text == " " for token in tokens[:at]
    )
    whole = int(number) if has_whole else 0
    rest = number - whole
    if fixed.isdigit() and int(fixed):
        bottom = int(fixed)
        top = round(rest * bottom)
    else:
        digits = sum(token.kind == "digit" for token in below)
        nearest = rest.limit_denominator(10 ** min(digits, 6) - 1 or 1)
        top, bottom = nearest.numerator, nearest.denominator
    if has_whole and top == bottom:
        whole, top = whole + 1, 0
    if has_whole and not top:
        return str(whole)
    return f"{whole} {top}/{bottom}" if whole else f"{top}/{bottom}"
