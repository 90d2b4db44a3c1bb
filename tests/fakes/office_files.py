"""Office documents made of their parts, with as little in them as the readers need."""

import io
import zipfile
from collections.abc import Mapping

MAIN = {"word": "document.xml", "ppt": "presentation.xml", "xl": "workbook.xml"}
MEDIA = {
    "word": "wordprocessingml.document",
    "ppt": "presentationml.presentation",
    "xl": "spreadsheetml.sheet",
}
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A package with some members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return file.getvalue()


def relations(targets: Mapping[str, str]) -> str:
    """Relationships, each "id kind": target."""
    rows = (
        f'<Relationship Id="{key.split()[0]}" Type="{RELATIONSHIPS}/{key.split()[1]}"'
        f' Target="{target}"/>'
        for key, target in targets.items()
    )
    return f"<Relationships>{''.join(rows)}</Relationships>"


def package(
    folder: str,
    parts: Mapping[str, str],
    main: str | None = None,
    members: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A package of Office Open XML; the names of ``parts`` are below ``folder``."""
    main = main or MAIN[folder]
    media = f"application/vnd.openxmlformats-officedocument.{MEDIA[folder]}.main+xml"
    types = f'<Types><Override PartName="/{folder}/{main}" ContentType="{media}"/></Types>'
    named = {
        f"{folder}/{name}": f'<x xmlns:r="{RELATIONSHIPS}">{text}</x>'
        for name, text in parts.items()
        if not name.endswith(".rels")
    }
    named |= {f"{folder}/{name}": text for name, text in parts.items() if name.endswith(".rels")}
    start = relations({"r officeDocument": f"{folder}/{main}"})
    return zipped({"[Content_Types].xml": types, "_rels/.rels": start, **named, **(members or {})})


def word(
    body: str, styles: str = "", parts: Mapping[str, str] | None = None, **related: str
) -> bytes:
    """A Word document; ``related`` are parts by the kind of their relationship."""
    others = {f"{kind}.xml": text for kind, text in related.items()}
    if styles:
        others["styles.xml"] = styles
    names = {f"{name.removesuffix('.xml')} {name.removesuffix('.xml')}": name for name in others}
    main = {"document.xml": body, "_rels/document.xml.rels": relations(names)}
    return package("word", {**main, **others, **(parts or {})})


def paragraph(text: str, properties: str = "") -> str:
    """A paragraph with one run."""
    return f"<p><pPr>{properties}</pPr>{run(text)}</p>"


def run(text: str, properties: str = "") -> str:
    """A run with its properties."""
    return f"<r><rPr>{properties}</rPr><t>{text}</t></r>"


def workbook(
    rows: str,
    *,
    formats: Mapping[int, str] | None = None,
    styles: str = "",
    before: str = "",
    after: str = "",
    strings: str = "",
    book: str = "",
    parts: Mapping[str, str] | None = None,
    related: Mapping[str, str] | None = None,
) -> bytes:
    """A workbook with one sheet, "One"; style n of its cells has the n-th of ``formats``."""
    codes = "".join(
        f'<numFmt numFmtId="{n}" formatCode="{c}"/>' for n, c in (formats or {}).items()
    )
    cells = "".join(f'<xf numFmtId="{number}"/>' for number in (0, *(formats or {})))
    return package(
        "xl",
        {
            "workbook.xml": f'{book}<sheets><sheet name="One" r:id="s"/></sheets>',
            "_rels/workbook.xml.rels": relations(
                {"s worksheet": "s.xml", "t styles": "t.xml", "u sharedStrings": "u.xml"}
            ),
            "s.xml": f"{before}<sheetData>{rows}</sheetData>{after}",
            "_rels/s.xml.rels": relations(related or {}),
            "t.xml": f"<numFmts>{codes}</numFmts><cellXfs>{cells}{styles}</cellXfs>",
            "u.xml": strings,
            **(parts or {}),
        },
    )


def row(number: int, *cells: str, attributes: str = "") -> str:
    """A row of cells, each "1.5", "s2:1.5" with a style, or text."""
    made = "".join(_cell(f"{chr(65 + at)}{number}", text) for at, text in enumerate(cells))
    return f'<row r="{number}" {attributes}>{made}</row>'


def _cell(name: str, text: str) -> str:
    if text.startswith("<c"):
        return text
    style, _, value = text.rpartition(":")
    try:
        float(value)
    except ValueError:
        return f'<c r="{name}" t="inlineStr"><is><t>{text}</t></is></c>'
    return f'<c r="{name}" s="{style[1:] or 0}"><v>{value}</v></c>'


def open_document(
    kind: str, content: str, styles: str = "", parts: Mapping[str, str] | None = None
) -> bytes:
    """An OpenDocument file: ``kind`` is text, spreadsheet or presentation."""
    spaces = "".join(f' xmlns:{p}="{OFFICE}{name}:1.0"' for p, name in SPACES.items())
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<o:document-content{spaces}>{content}</o:document-content>",
            "styles.xml": f"<o:document-styles{spaces}>{styles}</o:document-styles>",
            **{
                name: f"<o:document-content{spaces}>{t}</o:document-content>"
                for name, t in (parts or {}).items()
            },
        }
    )


SPACES = {
    "o": "office", "t": "text", "d": "drawing", "tb": "table", "s": "style", "p": "presentation",
    "c": "chart", "dc": "dc",
}  # fmt: skip
