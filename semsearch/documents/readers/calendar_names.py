"""Names of months and days in the languages that formats of dates ask for (Unicode CLDR 45)."""

from typing import Final, NamedTuple

_PRIMARY: Final = 0x3FF  # the part of a language's number (MS-LCID) without its country
_ENGLISH: Final = 0x09


class CalendarNames(NamedTuple):
    """The months from January, as they stand alone and behind a day; the days from Monday."""

    months: tuple[str, ...]
    months_of_days: tuple[str, ...]
    days: tuple[str, ...]


def _names(months: str, days: str, months_of_days: str = "") -> CalendarNames:
    alone = tuple(months.split())
    return CalendarNames(alone, tuple(months_of_days.split()) or alone, tuple(days.split()))


_BY_LANGUAGE: Final = {
    _ENGLISH: _names(
        "January February March April May June July August September October November December",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    ),
    0x05: _names(
        "leden únor březen duben květen červen červenec srpen září říjen listopad prosinec",
        "pondělí úterý středa čtvrtek pátek sobota neděle",
        "ledna února března dubna května června července srpna září října listopadu prosince",
    ),
    0x06: _names(
        "januar februar marts april maj juni juli august september oktober november december",
        "mandag tirsdag onsdag torsdag fredag lørdag søndag",
    ),
    0x07: _names(
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    ),
    0x0A: _names(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "lunes martes miércoles jueves viernes sábado domingo",
    ),
    0x0B: _names(
        "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu"
        " marraskuu joulukuu",
        "maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai",
        "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta"
        " syyskuuta lokakuuta marraskuuta joulukuuta",
    ),
    0x0C: _names(
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
    ),
    0x10: _names(
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre"
        " dicembre",
        "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    ),
    0x13: _names(
        "januari februari maart april mei juni juli augustus september oktober november december",
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    ),
    0x14: _names(
        "januar februar mars april mai juni juli august september oktober november desember",
        "mandag tirsdag onsdag torsdag fredag lørdag søndag",
    ),
    0x15: _names(
        "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad"
        " grudzień",
        "poniedziałek wtorek środa czwartek piątek sobota niedziela",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października"
        " listopada grudnia",
    ),
    0x16: _names(
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    ),
    0x19: _names(
        "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
        "понедельник вторник среда четверг пятница суббота воскресенье",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    ),
    0x1D: _names(
        "januari februari mars april maj juni juli augusti september oktober november december",
        "måndag tisdag onsdag torsdag fredag lördag söndag",
    ),
}


def calendar_names(language: int) -> CalendarNames:
    """Return the names in a language, by its number in formats ("[$-407]"); else English ones.

    >>> calendar_names(0x407).months[2], calendar_names(0xF800).months[2]
    ('März', 'March')
    """
    return _BY_LANGUAGE.get(language & _PRIMARY, _BY_LANGUAGE[_ENGLISH])
