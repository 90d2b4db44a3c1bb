"""Control words of Rich Text Format 1.9.1: texts of their own, what is not shown, characters."""

from typing import Final

TABLES: Final = frozenset({b"fonttbl", b"stylesheet", b"title"})
SKIPPED: Final = frozenset(
    b"colortbl nonshppict shprslt xe tc tcn rxe txe ftnsep ftnsepc ftncn"
    b" aftnsep aftnsepc aftncn nonesttables upr filetbl revtbl rsidtbl mmathPict".split()
)
INFO: Final = frozenset(
    b"author operator keywords comment doccomm subject manager company category hlinkbase creatim"
    b" revtim printim buptim".split()
)
READ_THOUGH_STARRED: Final = frozenset(
    b"shpinst shppict picprop do moMath moMathPara ud annotation atnauthor footnote fldinst"
    b" dptxbxtext shptxt objdata".split()
)
_KINDS: Final = {
    **{
        kind + page: kind.decode()
        for kind in (b"header", b"footer")
        for page in (b"", b"l", b"r", b"f")
    },
    b"shptxt": "box",
    b"dptxbxtext": "box",
    b"footnote": "note",
    b"annotation": "comment",
    b"objdata": "object",
    b"listtext": "number",
    b"pntext": "number",
    b"atnauthor": "author",
    b"fldinst": "instruction",
    b"sn": "sn",
    b"sv": "sv",
}
DESCRIBING: Final = frozenset({"wzDescription", "gtextUNICODE"})  # of a picture; WordArt
CHARACTERS: Final = {
    b"tab": "\t", b"line": "\n", b"page": "\n", b"column": "\n", b"softline": "\n",
    b"emdash": "—", b"endash": "–", b"emspace": " ", b"enspace": " ", b"qmspace": " ",
    b"bullet": "•", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"zwj": "\u200d", b"zwnj": "\u200c", b"~": "\u00a0", b"_": "-", b"-": "\u00ad",
    b"\\": "\\", b"{": "{", b"}": "}", b"\t": "\t",
}  # fmt: skip
ENDS: Final = frozenset({b"par", b"sect", b"\n", b"\r"})


def kind_of(word: bytes) -> str | None:
    """The kind of text that a control word begins."""
    return _KINDS.get(word)
