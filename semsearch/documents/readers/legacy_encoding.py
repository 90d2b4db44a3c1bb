"""The legacy encoding of a text that is not Unicode, by the letters that its bytes would be.

Each encoding that the bytes fit is scored by its non-ASCII characters: letters that are common in
the languages of the encoding count for it; symbols within words, words of two scripts, and capitals
after small letters count against it. So a letter of ninety bytes is told as well as a long text,
which is where statistics of whole languages fail.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

_SAMPLE: Final = 4_000  # bytes that are scored
_LEAST: Final = 0.5  # least score of a non-ASCII character on average; mojibake has less
_WRONG: Final = -3.0  # score of a character that no text has at its place
_RARE: Final = 0.3  # score of a letter that the languages of the encoding rarely use
_COMMON: Final = 1.0
_CAPITAL: Final = 0.8  # of words in capitals: other alphabets have their letters there
_FREQUENT: Final = 1.5  # of the most frequent letters of a script that is written without ASCII
_ACCENTED: Final = 1.3  # of the letters of one group of languages
_MARK: Final = 1.3  # of punctuation that texts have beside ASCII
_PUNCTUATION: Final = frozenset("\u00a0«»„“”‚‘’–—…•№§©®°€£·¿¡×±™")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff][^\n]*+")  # to the end of its line
_BEFORE: Final = 100  # bytes before it in the sample
_WORDS: Final = re.compile(r"[^\W\d_]+")
_SPACED: Final = re.compile(r"(?<=[\u3041-\u30ff\u3400-\u9fff]) (?=[\u3041-\u30ff\u3400-\u9fff])")


class _Encoding(NamedTuple):
    """An encoding, the script of its letters, and those that are most frequent in texts."""

    name: str
    script: str  # a class of letters, as in a regular expression
    frequent: str


_GERMANIC: Final = "äöüßåøæéë"
_ROMANCE: Final = "áàâãçéèêëíìîïñóòôõúùûüœ"
_POLISH: Final = "ąćęłńóśźż"
_CZECH: Final = "áčďéěíňóřšťúůýžľĺô"
_CROATIAN: Final = "čćđšž"
_HUNGARIAN: Final = "áéíóöőúüű"
_ROMANIAN: Final = "ăâîşţ"
_RUSSIAN: Final = "оеаинтсрвлкмдпуя"
_GREEK: Final = "αοιετσνηυρπκμλςάίόέ"
_UKRAINIAN: Final = _RUSSIAN + "іїє"
_GREEK_LETTERS: Final = "\u0370-\u03ff"
_ACCENT: Final = re.compile("[άέήίόύώϊϋΐΰΑ-Ω]")
_UNACCENTED: Final = -0.8  # score of a Greek word of two syllables without an accent
_HEBREW: Final = "יוהלאמרתבשנםכ"
_WORDS_OF_ONE: Final = frozenset("àáèéóúöåæâêîôаивксуояіє")
_LATIN: Final = "A-Za-z\u00c0-\u024f"
_CYRILLIC: Final = "\u0400-\u045f\u0490\u0491"
# The first of equal scores is taken.
_ENCODINGS: Final = (
    _Encoding("cp1252", _LATIN, _GERMANIC),
    _Encoding("cp1252", _LATIN, _ROMANCE),
    *(
        _Encoding(name, _LATIN, letters)
        for name in ("cp1250", "iso8859_2")
        for letters in (_POLISH, _CZECH, _CROATIAN, _HUNGARIAN, _ROMANIAN)
    ),
    _Encoding("cp1254", _LATIN, "ğışçöüâ"),
    *(
        _Encoding(name, _LATIN, letters)
        for name in ("cp850", "mac_roman")
        for letters in (_GERMANIC, _ROMANCE)
    ),
    _Encoding("cp1251", _CYRILLIC, _UKRAINIAN),
    _Encoding("koi8_r", _CYRILLIC, _RUSSIAN),
    _Encoding("koi8_u", _CYRILLIC, _UKRAINIAN),
    _Encoding("cp866", _CYRILLIC, _RUSSIAN),
    _Encoding("iso8859_5", _CYRILLIC, _RUSSIAN),
    _Encoding("mac_cyrillic", _CYRILLIC, _RUSSIAN),
    _Encoding("cp1253", _GREEK_LETTERS, _GREEK),
    _Encoding("iso8859_7", _GREEK_LETTERS, _GREEK),
    _Encoding("cp1255", "\u05d0-\u05ea", _HEBREW),
    _Encoding("cp1256", "\u0600-\u06ff", "اليمونرتبسدعة"),
    _Encoding("cp874", "\u0e01-\u0e5b", "านรอกเงมยลวดทส่้ี"),
    _Encoding("cp932", "\u3041-\u30fe\u3400-\u9fff", ""),
    _Encoding("euc_jp", "\u3041-\u30fe\u3400-\u9fff", ""),
    _Encoding("gb18030", "\u3400-\u9fff", ""),
    _Encoding("big5", "\u3400-\u9fff", ""),
    _Encoding("cp949", "\uac00-\ud7a3", ""),
)
# Pairs of bytes of the characters that are common in a text, by the standard's own division:
# GB 2312 and Big5 level 1, the syllables of KS X 1001.
_COMMON_PAIRS: Final = {
    "gb18030": ((0xB0A1, 0xD7F9),),
    "big5": ((0xA440, 0xC67E),),
    "cp949": ((0xB0A1, 0xC8FE),),
    "cp932": ((0x82A0, 0x82F1), (0x8340, 0x8396), (0x889F, 0x9872)),  # kana, JIS level 1
    "euc_jp": ((0xA4A1, 0xA4F3), (0xA5A1, 0xA5F6), (0xB0A1, 0xCFD3)),
}
_EAST_ASIAN_PUNCTUATION: Final = frozenset("、。，「」『』！？：；（）・ー《》　．“”…")


def legacy_encoding(data: bytes) -> str | None:
    """Return the encoding, by Python's name, that a text is likeliest in; None without evidence.

    >>> legacy_encoding("Привет, как дела?".encode("koi8-r"))
    'koi8_r'
    """
    sample = _sample(data)
    best, name = 0.0, None
    for encoding in _ENCODINGS:
        try:
            # The last character may be cut.
            text = codecs.getincrementaldecoder(encoding.name)("strict").decode(sample)
        except UnicodeDecodeError:
            continue
        letters = len(text) - len(text.encode("ascii", "ignore"))
        if not letters or _CONTROL.search(text):
            continue
        score = sum(_scores(text, encoding)) / letters
        if score > best + 1e-9 and score >= _LEAST:
            best, name = score, encoding.name
    return name


def _sample(data: bytes) -> bytes:
    """The lines that are not ASCII, each from shortly before its first character that is not."""
    lines: list[bytes] = []
    left = _SAMPLE
    for match in _NOT_ASCII.finditer(data):
        start = max(data.rfind(b"\n", 0, match.start()) + 1, match.start() - _BEFORE)
        lines.append(data[start : match.end()][:left])
        left -= len(lines[-1])
        if left <= 0:
            break
    return b"\n".join(lines)


def _scores(text: str, encoding: _Encoding) -> Iterator[float]:
    pairs = _COMMON_PAIRS.get(encoding.name)
    if pairs:
        yield from (_pair_score(letter, encoding, pairs) for letter in text if not letter.isascii())
        yield from (-0.5 for _ in _SPACED.finditer(text))
        return
    script = _script(encoding.script)
    for word in _WORDS.findall(text):
        if not word.isascii():
            is_whole = script.fullmatch(word) is not None
            is_cased = word.islower() or word.isupper() or word[1:].islower()
            has_case = word.upper() != word.lower()
            for letter in word:
                if not letter.isascii():
                    yield _letter_score(letter, word, encoding) if is_whole else _WRONG
            if encoding.script == _GREEK_LETTERS and len(word) > 3 and not _ACCENT.search(word):
                yield _UNACCENTED
            if has_case and not is_cased and len(word) > 1:
                yield -1.0 * sum(letter.isupper() for letter in word[1:])
    for before, mark, behind in _marks(text):
        if mark in _PUNCTUATION:
            yield (
                _WRONG / 2 if before.isalpha() and behind.isalpha() and mark not in "’–—" else _MARK
            )
        else:
            yield _WRONG / 2 if before.isalpha() or behind.isalpha() else -0.5


def _letter_score(letter: str, word: str, encoding: _Encoding) -> float:
    is_rare_word = len(word) == 1 and letter.lower() not in _WORDS_OF_ONE
    if is_rare_word and encoding.script in (_LATIN, _CYRILLIC):
        return _RARE
    if letter.isupper() and len(word) > 1 and word.isupper() and encoding.script == _CYRILLIC:
        return _CAPITAL
    if letter.lower() in encoding.frequent:
        return _ACCENTED if encoding.script == _LATIN else _FREQUENT
    if encoding.script == _LATIN or "\u0450" < letter.lower() not in "ёіїєґ":
        return _RARE if encoding.script in (_LATIN, _CYRILLIC) else _COMMON
    return _COMMON


def _marks(text: str) -> Iterator[tuple[str, str, str]]:
    """Each non-ASCII character that is no letter, between its neighbours."""
    padded = f" {text} "
    for at, mark in enumerate(padded):
        if not (mark.isascii() or mark.isalpha() or unicodedata.category(mark)[0] == "M"):
            yield padded[at - 1], mark, padded[at + 1]


def _pair_score(letter: str, encoding: _Encoding, pairs: tuple[tuple[int, int], ...]) -> float:
    if letter in _EAST_ASIAN_PUNCTUATION:
        return _COMMON
    coded = letter.encode(encoding.name)
    number = int.from_bytes(coded, "big")
    if len(coded) == 2 and any(first <= number <= last for first, last in pairs):
        # Kana are told apart from the random characters of other encodings best.
        return 2.0 if "\u3041" <= letter <= "\u30fe" else 1.2
    return _WRONG if len(coded) == 1 else -0.5  # half-width katakana, rare characters


def _script(letters: str) -> re.Pattern[str]:
    return re.compile(f"[{letters}]+")
