"""Name groups of texts by the words that distinguish them from each other. No I/O."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from semsearch.documents.text.languages import small_words
from semsearch.insights.sklearn_door import english_stop_words
from semsearch.store.derived.tantivy.analyzer import stems_of

NAME_WORDS: Final = 3
WORDS: Final = 20  # of a group, at most

_LEAST_LETTERS: Final = 3  # of a word of ASCII letters
_USUAL: Final = "en"  # where the language is not known
# In addition to the small words that identify a language, and scikit-learn's English stop words.
_FUNCTION_WORDS: Final[Mapping[str, frozenset[str]]] = {
    code: frozenset(words.split())
    for code, words in {
        "de": "aber alle alles also andere anderen beim bin bis bist damit dann dass daß denn"
        " dies diese diesem diesen dieser dieses doch dort drei durch einem einen eines"
        " einmal erst etwas euch ganz ganze ganzen gegen gibt habe haben hat hatte hier"
        " ihm ihn ihnen ihr ihre ihren ihrer ins jede jedem jeden jeder jedes jetzt kann"
        " kannst kein keine keinem keinen keiner können könnt lässt macht man mehr mich"
        " mir muss musst müssen nein nichts noch nur ohne schon sehr sein seine seinem"
        " seinen seiner seit selbst sie soll sollte sondern sonst uns unser unsere unter"
        " viel viele vier vom vor war waren weil welche welcher wem wen wenn wer wieder"
        " will wirst wurde wurden während zwei zwischen über",
        "fr": "aie alors après aussi autre autres avant avez avoir avons bien car ces cet ceux"
        " chaque cinq comme contre deux devant dit dix donc dont déjà encore entre faire"
        " fait faut fois font fut jusqu jusque leur leurs lui là mais mes moins mon même"
        " mêmes non nos notre ont peu peut peux plusieurs près puis quand quatre quelque"
        " quelques rien sans sept ses six soit son sous suis tes toi ton tous tout toute"
        " toutes trois très vers voici voilà vos votre ça étaient était été être",
        "es": "ahora algo antes aquí así aunque cada casi cinco cosa cual cuando cuatro desde"
        " después donde dos durante ella ellos entonces entre era eran esa ese eso esta"
        " estas estos están fueron había hace hacer hasta hay les mientras mismo mucho"
        " muchos muy nada nos nosotros otra otras otro otros poco porque puede pueden pues"
        " quien sea según ser sido sin sobre solo tal también tan tanto tiene tienen toda"
        " todas todo todos tres uno unos",
        "it": "abbiamo agli altre altri altro ancora avere aveva chi cosa così cui dal dalla"
        " dalle degli dell delle dello dentro dopo due durante era erano essere fare fino"
        " fra già hanno loro lui mai mio molto nei nella nelle nello noi nostro ogni ora"
        " però poi prima può qua quale quanto quattro quella quelle quello queste questi"
        " sarà sempre senza sia siamo solo sopra sotto stata stato sua sue sul sulla suo"
        " tra tre tutta tutte tutti tutto uno voi",
        "pt": "agora ainda algum alguns antes após até cada depois desde deve dois ela elas ele"
        " eles era eram essa essas esse esses esta estas este estes está estão foram há"
        " isso isto já lhe menos meu minha muito muitos nem nenhum nos nossa nosso nunca"
        " nós outra outras outro outros pode podem porque quais qual quem sem ser seu seus"
        " sob sobre sua suas só também ter tinha toda todas todo todos três têm vai",
        "nl": "alle alleen altijd andere daar dan dit doen dus eens elk elke geen had hebben"
        " heeft hem hier hij hun iets jij kan kon kunnen meer mij mijn moet moeten niets"
        " nog omdat onder ons onze over pas tegen toch toen tot twee veel waren was weer"
        " wel welke werd wie wij wil zal zelf zich zij zonder zou",
    }.items()
}  # fmt: skip


def distinguishing_words(groups: Sequence[Iterable[str]]) -> list[list[str]]:
    """The 20 most distinguishing words of each group of texts, best first.

    Class-based TF-IDF: W(t, c) = tf(t, c) · log(1 + A / f(t)), where tf is the frequency of the
    word in the class, f its frequency in all classes, and A the mean number of words of a class
    (Grootendorst, "BERTopic: Neural topic modeling with a class-based TF-IDF procedure", 2022,
    section 3.3). tf is the square root of the word's share of the class, as in BERTopic's
    ClassTfidfTransformer with "reduce_frequent_words". Words are counted by their stems and shown
    in their most frequent form; stop words and numbers are left out.
    """
    forms: dict[str, Counter[str]] = {}
    counts = [_counted(texts, forms) for texts in groups]
    everywhere: Counter[str] = Counter()
    for counted in counts:
        everywhere.update(counted)
    mean = sum(everywhere.values()) / max(1, len(counts))
    return [_best(counted, everywhere, mean, forms) for counted in counts]


def name_of(words: Sequence[str], before: str | None = None) -> str:
    """Name a group by its first words; keep the name ``before`` while its words are among them.

    >>> name_of(["hive", "bee", "swarm", "queen"]), name_of(["hive", "bee"], "bee, hive")
    ('hive, bee, swarm', 'bee, hive')
    """
    if before and set(before.split(", ")) <= set(words):
        return before
    return ", ".join(words[:NAME_WORDS])


def _counted(texts: Iterable[str], forms: dict[str, Counter[str]]) -> Counter[str]:
    """Count the stems of the texts; adds the words of each stem to ``forms``."""
    counted: Counter[str] = Counter()
    for text in texts:
        language, found = stems_of(text)
        for stem, word in found:
            if _is_topical(word, language or _USUAL):
                counted[stem] += 1
                forms.setdefault(stem, Counter())[word] += 1
    return counted


def _best(
    counted: Counter[str], everywhere: Counter[str], mean: float, forms: dict[str, Counter[str]]
) -> list[str]:
    def weight(stem: str) -> float:
        share = counted[stem] / counted.total()
        return math.sqrt(share) * math.log(1 + mean / everywhere[stem])

    best = sorted(counted, key=lambda stem: (-weight(stem), stem))[:WORDS]
    return [min(forms[stem], key=lambda word: (-forms[stem][word], word)) for stem in best]


@lru_cache(maxsize=100_000)
def _is_topical(word: str, language: str) -> bool:
    """Whether a word may describe a topic: no number, no stop word, not too short."""
    if not any(map(str.isalpha, word)) or any(map(str.isdigit, word)):
        return False
    if word.isascii() and len(word) < _LEAST_LETTERS:
        return False
    if language == "en" and word in english_stop_words():
        return False
    return word not in small_words(language) and word not in _FUNCTION_WORDS.get(language, ())
