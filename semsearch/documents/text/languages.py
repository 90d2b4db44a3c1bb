"""The language of a text: by its script, and for shared scripts by its small words."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Final

_LOOKED_AT: Final = 4000  # characters inspected; the beginning shows the language
_LEAST_SHARE: Final = 0.03  # least share of function words; most texts have 0.3
_LEAST_WEIGHT: Final = 1.0

# Scripts used mainly by one language; blocks of Unicode 16.
_SCRIPTS: Final[Mapping[str, str]] = {
    "latin": r"A-Za-z\u00c0-\u024f\u1e00-\u1eff",
    "cyrillic": r"\u0400-\u052f",
    "arabic": r"\u0600-\u06ff\u0750-\u077f",
    "ja": r"\u3041-\u309f\u30a1-\u30fa",
    "han": r"\u3400-\u4dbf\u4e00-\u9fff",
    "ko": r"\u1100-\u11ff\uac00-\ud7af",
    "el": r"\u0370-\u03ff\u1f00-\u1fff",
    "he": r"\u0590-\u05ff",
    "hi": r"\u0900-\u097f",
    "th": r"\u0e00-\u0e7f",
    "ta": r"\u0b80-\u0bff",
    "bn": r"\u0980-\u09ff",
    "te": r"\u0c00-\u0c7f",
    "ka": r"\u10a0-\u10ff",
    "hy": r"\u0530-\u058f",
}
_KANA_SHARE: Final = 0.1  # least share of kana in Japanese text; Chinese has none

# Letters that distinguish languages from the most frequent language of their script.
_OWN_LETTERS: Final[Mapping[str, Mapping[str, str]]] = {
    "cyrillic": {"uk": "іїєґ", "be": "ўі", "sr": "ђјљњћџ", "bg": "ъ"},
    "arabic": {"ur": "ٹڈڑںے", "fa": "پچژگ"},
}
_MOST_FREQUENT: Final[Mapping[str, str]] = {"cyrillic": "ru", "arabic": "ar"}
_OWN_SHARE: Final = 0.012
_FOREIGN_SHARE: Final = 0.2  # share of non-ASCII characters; accents and quotation marks are fewer

# Function words, which occur in nearly every paragraph of a language.
_SMALL_WORDS: Final[Mapping[str, frozenset[str]]] = {
    code: frozenset(words.split())
    for code, words in {
        "en": "the of and to in is that for it was with as be on are by this from at which have"
        " not or an you we they has but how what when does can where why who",
        "de": "der die das und ist nicht von zu mit den dem ein eine auf für sich im des auch"
        " es werden wird wie oder aus bei nach einer sind zum zur ich wir was wann wo"
        " warum",
        "fr": "le la les et des est un une du dans pour que qui pas sur au avec ce sont par ne"
        " se il elle aux ou plus cette nous vous comment quel quelle où à",
        "es": "el la los las y de que en un una es por con no se para del al lo como más su"
        " pero sus este son fue ha qué cómo cuándo dónde está",
        "it": "il di che e la è un una per non con del della le dei si da gli come più nel sono"
        " al alla anche questo ha ma lo quando dove perché",
        "pt": "o de que e do da em um uma para com não os as no na por mais dos das ao é se"
        " como mas foi são pela pelo quando onde você",
        "nl": "de het een van en in is dat op te zijn met voor niet die aan er om ook als bij"
        " maar door wordt naar uit worden deze hoe wat wanneer waar",
        "sv": "och att det som en på är av för med den till inte om ett har de vi jag var kan"
        " så men från eller ska vid när hur vad",
        "da": "og at det som en på er af for med den til ikke om et har de vi jeg var kan så"
        " men fra eller skal ved når hvordan hvad blev også efter",
        "no": "og at det som en på er av for med den til ikke om et har de vi jeg var kan så"
        " men fra eller skal ved når hvordan hva ble også etter",
        "fi": "ja on ei että se oli hän mutta ovat kun niin myös tai joka sen sekä kuin ole jos"
        " mitä miten missä tämä voi",
        "hu": "a az és hogy nem is egy van meg ez volt de csak el már kell mint vagy még ha aki"
        " mi hol mikor hogyan",
        "ro": "și în de la a care nu cu pe este un o din pentru că mai sunt se al ale prin dar"
        " sau cum unde când",
        "tr": "ve bir bu için ile de da çok olarak daha gibi ne kadar olan en var mi ama değil"
        " her nasıl nerede",
        "pl": "i w na z do nie się to jest że o jak za od po przez dla oraz tego są był co"
        " gdzie kiedy czy",
        "cs": "a v se na je že s z do to o i jako pro by ale za po od který jsou byl jak kde"
        " kdy nebo",
        "ca": "el la els les i de que en un una és per amb no es del al com més però són aquest"
        " ha",
    }.items()
}  # fmt: skip
_LANGUAGES_WITH: Final = {
    word: tuple(code for code, small in _SMALL_WORDS.items() if word in small)
    for word in frozenset().union(*_SMALL_WORDS.values())
}
# ISO 639-1 codes of all languages that can be detected.
LANGUAGES: Final = (
    *_SMALL_WORDS,
    *(code for code in _SCRIPTS if len(code) == 2),
    *(code for own in _OWN_LETTERS.values() for code in own),
    *_MOST_FREQUENT.values(),
    "zh",
)
# Words of several languages, and single letters, weigh less.
_WEIGHTS: Final = {
    word: (0.5 if len(word) == 1 else 1.0) / len(codes) for word, codes in _LANGUAGES_WITH.items()
}
_MOST_OF_ONE: Final = 20  # occurrences of a word that count
_WORD: Final = re.compile(r"[^\W\d_]+")


@cache
def _letters() -> Mapping[str, re.Pattern[str]]:
    """Patterns of the letters of each script.

    Compiled at the first text that is not ASCII: that takes some milliseconds.
    """
    return {name: re.compile(f"[{letters}]") for name, letters in _SCRIPTS.items()}


def script_of(letter: str) -> str:
    """Return the name of a letter's script; digits and rare letters count as Latin.

    >>> script_of("a"), script_of("б"), script_of("水"), script_of("か"), script_of("7")
    ('latin', 'cyrillic', 'han', 'ja', 'latin')
    """
    return next((name for name, letters in _letters().items() if letters.match(letter)), "latin")


def small_words(language: str) -> frozenset[str]:
    """Return frequent small words of a language; none where its script identifies it.

    >>> "warum" in small_words("de"), small_words("ja")
    (True, frozenset())
    """
    return _SMALL_WORDS.get(language, frozenset())


def language_of(text: str) -> str | None:
    """Return the ISO 639-1 code of a text's main language; None when there is no evidence.

    Looks at the first 4,000 characters. A single word in Latin letters gives no evidence, a
    sentence nearly always does.

    >>> language_of("Wie lange ist die Frist?"), language_of("Каков срок?"), language_of("x = 1")
    ('de', 'ru', None)
    """
    start = text[:_LOOKED_AT]
    foreign = len(start) - len(start.encode("ascii", "ignore"))
    if foreign <= _FOREIGN_SHARE * len(start):
        return _by_small_words(start)
    counts = {name: len(letters.findall(start)) for name, letters in _letters().items()}
    kana, han = counts["ja"], counts["han"]
    counts["ja"], counts["han"] = (kana + han, 0) if kana > _KANA_SHARE * han else (0, han)
    script = max(counts, key=counts.__getitem__)
    if not counts[script]:
        return None
    if script == "latin":
        return _by_small_words(start)
    if script == "han":
        return "zh"
    return _by_own_letters(script, start, counts[script])


def _by_own_letters(script: str, text: str, letters: int) -> str:
    small = text.lower()
    for code, own in _OWN_LETTERS.get(script, {}).items():
        if sum(map(small.count, own)) > _OWN_SHARE * letters:
            return code
    return _MOST_FREQUENT.get(script, script)


def _by_small_words(text: str) -> str | None:
    words = _WORD.findall(text.lower())
    found: dict[str, float] = dict.fromkeys(_SMALL_WORDS, 0.0)
    for word, count in Counter(filter(_LANGUAGES_WITH.__contains__, words)).items():
        weight = min(count, _MOST_OF_ONE) * _WEIGHTS[word]
        for code in _LANGUAGES_WITH[word]:
            found[code] += weight
    best = max(found, key=found.__getitem__)
    return best if found[best] >= max(_LEAST_WEIGHT, _LEAST_SHARE * len(words)) else None
