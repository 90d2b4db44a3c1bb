"""The encoding of a short text is told by its letters."""

import pytest

from semsearch.documents.readers.legacy_encoding import legacy_encoding

TEXTS = {
    "Привет! Завтра мы едем на дачу.": ("koi8-r", "cp1251", "cp866", "iso8859-5", "mac-cyrillic"),
    "Завтра ми їдемо до міста": ("koi8-u", "cp1251"),
    "Die Größe der Bäume überraschte": ("cp1252", "mac-roman", "cp850"),
    "Le café était fermé à Noël, hélas.": ("cp1252", "cp850"),
    "It’s a “quoted” word – really.": ("cp1252",),
    "Zażółć gęślą jaźń i idź spać": ("cp1250", "iso8859-2"),
    "Příliš žluťoučký kůň úpěl": ("cp1250", "iso8859-2"),
    "Az árvíztűrő tükörfúrógép nem működik": ("cp1250",),
    "Şu köşede çok güzel bir ağaç ışıldıyor.": ("cp1254",),
    "Η γρήγορη αλεπού πηδά": ("cp1253", "iso8859-7"),
    "שלום לכולם, מחר ניסע לים": ("cp1255",),
    "مرحبا بكم في المدينة القديمة": ("cp1256",),
    "วันนี้อากาศดีมาก": ("cp874",),
    "今日は天気がいいので公園へ行きます。": ("cp932", "euc-jp"),
    "今天天气很好，我们去公园散步。": ("gb18030",),
    "오늘은 날씨가 좋아서 공원에 갑니다.": ("cp949",),
}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(text, encoding) for text, encodings in TEXTS.items() for encoding in encodings],
)
def test_a_sentence_is_enough(text: str, encoding: str) -> None:
    """One sentence in a legacy encoding is read as it was written."""
    data = text.encode(encoding)
    assert data.decode(legacy_encoding(data) or "ascii") == text


def test_the_letters_may_stand_far_behind() -> None:
    """Lines of ASCII before the first letter of another alphabet do not count."""
    assert legacy_encoding(b"level=info\n" * 5000 + "Договор подписан".encode("koi8-r")) == "koi8_r"


def test_without_a_letter_there_is_no_evidence() -> None:
    """ASCII, and control characters, are in no legacy encoding."""
    assert legacy_encoding(b"plain") is None
    assert legacy_encoding(b"caf\xe9 \x01\x02") is None
