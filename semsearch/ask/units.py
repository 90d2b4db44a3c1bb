"""Units beside numbers: two units of one number contradict each other, 5 cm and 5 km."""

import re
from typing import Final

# Symbols are taken as they are written (mW is not MW), words in any case. Left out are words that
# are no unit as often: second, pound, foot, degree, or.
_SYMBOLS: Final = (
    "nm", "µm μm", "mm", "cm", "dm", "m", "km", "mg", "g", "kg", "t", "ml mL", "cl cL", "l L",
    "s", "min", "h", "V kV", "mA", "W", "kW", "MW", "GW", "Wh", "kWh", "MWh", "GWh", "Hz", "kHz",
    "MHz", "GHz", "kB KB", "MB", "GB", "TB", "°C", "°F", "€ EUR", "$ USD", "£ GBP", "¥ JPY", "CHF",
    "%", "‰",
)  # fmt: skip
_WORDS: Final = (
    ("mm", "millimetre millimetres millimeter millimeters millimètre millimètres"),
    ("cm", "centimetre centimetres centimeter centimeters zentimeter centimètre centimètres"),
    ("m", "metre metres meter meters mètre mètres metro metros metri"),
    ("km", "kilometre kilometres kilometer kilometers kilomètre kilomètres kilómetros chilometri"),
    ("mile", "mile miles meilen"),
    ("inch", "inch inches zoll"),
    ("yard", "yard yards"),
    ("mg", "milligram milligrams milligramm milligrammes miligramos milligrammi"),
    ("g", "gram grams gramm grammes gramme gramos grammi"),
    ("kg", "kilogram kilograms kilogramm kilo kilos"),
    ("t", "tonne tonnes ton tons tonnen"),
    ("l", "litre litres liter liters litros litri"),
    ("s", "sec seconds sekunden sekunde secondes segundos secondi seconden"),
    ("min", "minute minutes minuten minuto minutos minuti minuut"),
    ("h", "hour hours stunde stunden heure heures hora horas uur"),
    ("day", "day days tag tage tagen jour jours día días giorno giorni dag dagen"),
    ("week", "week weeks woche wochen semaine semaines semana semanas settimana settimane weken"),
    ("month", "month months monat monate monaten mois mes meses mese mesi maand maanden"),
    ("year", "year years jahr jahre jahren an ans année années año años anno anni jaar jaren"),
    ("€", "euro euros"),
    ("$", "dollar dollars"),
    ("¥", "yen"),
    ("CHF", "franken francs"),
    ("%", "percent percents prozent procent"),
)
_SYMBOL_OF: Final = {symbol: group.split()[0] for group in _SYMBOLS for symbol in group.split()}
_UNIT_OF: Final = {word: unit for unit, words in _WORDS for word in words.split()}
_BEHIND: Final = re.compile(r"[ -]?(°[CF]|[€$£¥%‰]|[^\W\d_]+)(?![\w²³/])")
_BEFORE: Final = re.compile(r"([€$£¥]|\b(?:EUR|USD|GBP|JPY|CHF)) ?$")
_NEAR: Final = 5  # characters; the longest currency has three


def unit_of(text: str, start: int, end: int) -> str | None:
    """Return the unit of the number between two offsets, None where there is none that is known.

    >>> unit_of("It is 5 kilometres.", 6, 7), unit_of("€ 5 a day", 2, 3), unit_of("5 bees", 0, 1)
    ('km', '€', None)
    """
    if before := _BEFORE.search(text[max(0, start - _NEAR) : start]):
        return _SYMBOL_OF[before[1]]
    behind = _BEHIND.match(text, end)
    if behind is None:
        return None
    return _SYMBOL_OF.get(behind[1]) or _UNIT_OF.get(behind[1].casefold())
