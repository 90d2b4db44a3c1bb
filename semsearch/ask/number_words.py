"""Number words of six languages, single and compound, ordinals, and words such as "half"."""

import re
from functools import lru_cache
from typing import Final

# From two on: "one" and its kin are articles and pronouns. Left out: "once" (English, Spanish) and
# "neuf" (nine, and new).
_WORDS: Final = {
    2: "two zwei deux dos due twee", 3: "three drei trois tres tre drie",
    4: "four vier quatre cuatro quattro", 5: "five fünf cinq cinco cinque vijf",
    6: "six sechs seis sei zes", 7: "seven sieben sept siete sette zeven",
    8: "eight acht huit ocho otto", 9: "nine neun nueve nove negen",
    10: "ten zehn dix diez dieci tien", 11: "eleven elf onze undici",
    12: "twelve zwölf douze doce dodici twaalf dozen dutzend douzaine docena dozzina dozijn",
    13: "thirteen dreizehn treize trece tredici dertien",
    14: "fourteen vierzehn quatorze catorce quattordici veertien",
    15: "fifteen fünfzehn quinze quince quindici vijftien",
    16: "sixteen sechzehn seize dieciséis sedici zestien",
    17: "seventeen siebzehn dix-sept diecisiete diciassette zeventien",
    18: "eighteen achtzehn dix-huit dieciocho diciotto achttien",
    19: "nineteen neunzehn dix-neuf diecinueve diciannove negentien",
    20: "twenty zwanzig vingt veinte venti twintig",
    30: "thirty dreißig dreissig trente treinta trenta",
    40: "forty vierzig quarante cuarenta quaranta",
    50: "fifty fünfzig cinquante cincuenta cinquanta",
    60: "sixty sechzig soixante sesenta sessanta", 70: "seventy siebzig setenta settanta",
    80: "eighty achtzig quatre-vingts ochenta ottanta", 90: "ninety neunzig noventa novanta",
    100: "hundred hundert cent cien cento honderd", 1000: "thousand tausend mille mil duizend",
}  # fmt: skip
_VALUES: Final = {word: value for value, words in _WORDS.items() for word in words.split()}
ONES: Final = dict.fromkeys("one ein eins eine einen einem einer un une uno una een".split(), 1)
_STEPS: Final = (*range(1, 21), *range(30, 100, 10), 100, 1000)
# Words that are written as one, of these parts and of nothing else: for each language the parts of
# the values above, and what may stand between them. A slash parts the forms of a value.
_COMPOUNDS: Final = (
    ("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
     " sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
     " hundred thousand", "-and-|-"),
    ("ein/eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn"
     " fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig dreissig vierzig fünfzig sechzig"
     " siebzig achtzig neunzig hundert tausend", "und"),
    ("un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
     " dix-sept dix-huit dix-neuf vingt/vingts trente quarante cinquante soixante septante"
     " huitante/octante nonante cent/cents mille", "-et-|-"),
    ("uno/un/una dos tres/trés cuatro cinco/quin seis/séis siete/sete ocho nueve/nove diez once"
     " doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte/veinti treinta"
     " cuarenta cincuenta sesenta setenta ochenta noventa cien/ciento/cientos/cientas/ientos/ientas"
     " mil", "(?<=[ae])y"),
    ("un/uno due tre/tré quattro cinque sei sette otto nove dieci undici dodici tredici"
     " quattordici quindici sedici diciassette diciotto diciannove venti/vent trenta/trent"
     " quaranta/quarant cinquanta/cinquant sessanta/sessant settanta/settant ottanta/ottant"
     " novanta/novant cento/cent mille/mila", ""),
    ("een/één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien"
     " zestien zeventien achttien negentien twintig dertig veertig vijftig zestig zeventig tachtig"
     " negentig honderd duizend", "en|ën"),
)  # fmt: skip
_ORDINALS: Final = {
    3: "third thirds dritte dritten dritter drittes drittel troisième tercero terzo derde",
    4: "fourth fourths vierte vierten vierter viertes quatrième",
    5: "fifth fifths fünfte fünften fünfter fünftes fünftel cinquième",
    6: "sixth sixths sechste sechsten sechster sechstes sechstel sixième",
    7: "seventh siebte siebten siebter siebtes siebtel septième", 8: "eighth eighths huitième",
    9: "ninth neunte neunten neunter neuntes neuvième",
    10: "tenth tenths zehnte zehnten zehnter zehntes zehntel dixième", 11: "eleventh elfte elften",
    12: "twelfth zwölfte zwölften",
    20: "twentieth zwanzigste zwanzigsten vingtième", 2: "twice zweimal",
}  # fmt: skip
_ORDINAL_OF: Final = {word: value for value, words in _ORDINALS.items() for word in words.split()}
HALVES: Final = frozenset(
    "half halves hälfte halb halbe halber halbes halben moitié mitad metà helft".split()
)
# What a half may be in a passage, and what a passage with a half has: no more than that.
HALF_OF_CLAIM: Final = frozenset(("half", "0.5", "50", "30"))
HALF: Final = frozenset(("half", "0.5"))


_VIGESIMAL: Final = re.compile("quatre-vingts?")


def _parts_of(words: str) -> dict[str, int]:
    forms = zip(_STEPS, words.split(), strict=True)
    return {form: value for value, group in forms for form in group.split("/")}


def _pattern(parts: dict[str, int], between: str) -> re.Pattern[str]:
    part = "|".join(sorted(parts, key=len, reverse=True))
    return re.compile(f"(?:{part})(?:(?:{between})(?:{part}))+")


_LANGUAGES: Final = tuple(
    (parts, _pattern(parts, between), re.compile("|".join(sorted(parts, key=len, reverse=True))))
    for parts, between in ((_parts_of(words), between + "|") for words, between in _COMPOUNDS)
)


def _eighty(word: str) -> str:
    """The word with a part for quatre-vingt, which is not four and twenty."""
    return _VIGESIMAL.sub("octante", word)


def is_joined(value: int, more: int) -> bool:
    """Whether a second word goes on with a number: twenty five, three hundred, hundred twenty."""
    return more >= 100 > value or (value >= 20 and value % 10 == 0 and more < _unit_of(value))


def _unit_of(value: int) -> int:
    return 1000 if value % 1000 == 0 else 100 if value % 100 == 0 else 10


@lru_cache(4096)
def value_of(word: str) -> int | None:
    """Return the value of a number word, from two on, also of a compound one; None of others.

    >>> [value_of(word) for word in ("twenty-five", "dreihundertzwölf", "quatre-vingt-dix", "bee")]
    [25, 312, 90, None]
    """
    word = word.casefold()
    if word in _VALUES:
        return _VALUES[word]
    for values, whole, part in _LANGUAGES:
        if whole.fullmatch(word):
            return _compound([values[found] for found in part.findall(_eighty(word))])
    return None


def ordinal_of(word: str) -> int | None:
    """Return the value of an ordinal, from third on, and of "twice"."""
    return _ORDINAL_OF.get(word.casefold())


def _compound(values: list[int]) -> int | None:
    """The value of parts: 5 and 20 are 25, None of 2 and 3."""
    total = below = 0
    for value in values:
        rest = below % 100
        if value == 1000:
            total, below = total + (below or 1) * 1000, 0
        elif value == 100:
            if below >= 100:
                return None
            below = (below or 1) * 100
        elif rest == 0 or (rest < 10 and value >= 20) or _goes_on(rest, value):
            below += value
        else:
            return None
    return total + below


def _goes_on(rest: int, value: int) -> bool:
    """Whether a part goes on with tens: twenty-five, soixante-dix."""
    return rest >= 20 and rest % 10 == 0 and (value < 10 or (rest in (60, 80) and value < 20))
