"""Spreadsheets are read as their cells show them, without what is hidden."""

import struct
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from fakes.office_files import open_document, package, relations, row, workbook
from semsearch.documents.document import Document
from semsearch.documents.readers.number_format import formatted, formatted_text
from semsearch.documents.readers.reader import document_of
from semsearch.documents.readers.table_rows import head_of
from semsearch.documents.readers.xlsx_drawing import page_text
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

FILES = Path(__file__).parent / "files"


def shown(document: Document) -> dict[str, str]:
    """The rows of all sheets by their places; several of one place are joined."""
    found: dict[str, str] = {}
    for block in document.blocks:
        for place, text in zip(block.places or (), block.text.split("\n"), strict=True):
            found[place] = f"{found[place]} / {text}" if place in found else text
    return found


def rows(data: bytes, name: str = "a.xlsx") -> list[str]:
    """The rows of all sheets."""
    return [text for block in document_of(data, name).blocks for text in block.text.split("\n")]


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (0.125, "0.0%", "12.5%"),
        (0.125, "0%", "13%"),  # halves away from zero, as programs round
        (1234.5, "€#,##0.00", "€1,234.50"),
        (1234.5, "[$€-407]* #,##0.00", "€ 1,234.50"),
        (1234.5, '#,##0.00\\ "kr"', "1,234.50 kr"),
        (-1234.5, "#,##0.00_);(#,##0.00)", "(1,234.50)"),
        (-3, "0.0;[Red]-0.0", "-3.0"),
        (-3, "0.0", "-3.0"),
        (-0.001, "0.00", "0.00"),
        (0, '0;-0;"none"', "none"),
        (5, ";;;", ""),
        (7430, "00000", "07430"),
        (123456789, "000-00-0000", "123-45-6789"),
        (5551234567, "(###) ###-####", "(555) 123-4567"),
        (1234567, '0.0,,"M"', "1.2M"),
        (12000, "#,", "12"),
        (0.5, "#.##", ".5"),
        (12.345, ".00", "12.35"),
        (1.5e-7, "0.00E+00", "1.50E-07"),
        (12345, "##0.0E+0", "12.3E+3"),
        (999999, "0.0E+0", "1.0E+6"),
        (2.25, "# ?/?", "2 1/4"),
        (0.5, "# ?/8", "4/8"),
        (150, '[>=100]"many";0', "many"),
        (50, '[>=100]"many";0', "50"),
        (12, 'General" kg"', "12 kg"),
        (3, "@", "3"),
        (1234567890123.5, "General", "1.23456789E+12"),
        (123456789012, "General", "123456789012"),
        (1.1041666666666667, "[h]:mm:ss", "26:30:00"),
        (1.1041666666666667, "[mm]:ss", "1590:00"),
        (-0.5, "[h]:mm", "-12:00"),
        (0.6145833333333334, "h:mm", "14:45"),
        (0.6145833333333334, "h:mm AM/PM", "2:45 PM"),
        (0.000115, "mm:ss.0", "00:09.9"),
        (45418, "dd/mm/yyyy", "06/05/2024"),
        (45418.75, "d. mmm yy h:mm", "6. May 24 18:00"),
        (45418, '[$-409]dddd", "mmmm d', "Monday, May 6"),
        (45000, "[$-407]d. mmmm yyyy", "15. März 2023"),
        (45000, "[$-C0C]dddd d mmm yyyy", "mercredi 15 mar 2023"),
        (45000, "[$-419]d mmmm yyyy", "15 марта 2023"),
        (45000, "[$-419]mmmm yyyy", "март 2023"),
        (45000, "[$-F800]dddd", "Wednesday"),
        (60, "d/m/yyyy", "29/2/1900"),
        (-1, "yyyy-mm-dd", "-1"),
    ],
)
def test_a_number_is_shown_by_its_format(value: float, code: str, expected: str) -> None:
    """A number has the digits, marks and words of its format."""
    assert " ".join(formatted(value, code).split()) == expected


@pytest.mark.parametrize(("value", "is_1904"), [(2_958_465.9999999999, False), (2_957_500, True)])
def test_a_day_behind_all_calendars_is_a_number(value: float, is_1904: bool) -> None:
    """The year 10000, as rounding and the calendar of 1904 reach it, costs no cell."""
    assert formatted(value, "yyyy-mm-dd", is_1904=is_1904) in ("2958466", "2957500")


def test_a_date_may_count_from_1904() -> None:
    """In a workbook of the calendar of 1904 a day is 1,462 days later than elsewhere."""
    assert formatted(0, "yyyy-mm-dd", is_1904=True) == "1904-01-01"
    data = workbook(
        row(1, "day", "due") + row(2, "1", "s1:100"),
        formats={170: "yyyy-mm-dd"},
        book='<workbookPr date1904="1"/>',
    )
    assert rows(data)[1] == "day: 1; due: 1904-04-10"


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("a", '"No. "@', "No. a"),
        ("a", "0.00", "a"),
        ("a", '0;0;0;"text"', "text"),
        ("a", ";;;", ""),
    ],
)
def test_a_text_is_shown_by_its_format(text: str, code: str, expected: str) -> None:
    """A text has the words of the fourth section of its format."""
    assert formatted_text(text, code) == expected


RICH = (
    '<c r="A1" t="s"><v>0</v></c>',
    "<si><r><t>Fu</t></r><r><t>ji</t></r><rPh><t>フジ</t></rPh></si>",
)


@pytest.mark.parametrize(
    ("cell", "strings", "expected"),
    [
        (*RICH, "Fuji"),
        ('<c r="A1" t="s"><v>9</v></c>', "<si><t>a</t></si>", None),
        ('<c r="A1" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>', "", "ab"),
        ('<c r="A1" t="str"><f>X</f><v>a_x000D_b_x005F_c</v></c>', "", "a b_c"),
        ('<c r="A1" t="str"><f>X</f><v></v></c>', "", None),
        ('<c r="A1" t="b"><v>1</v></c>', "", "TRUE"),
        ('<c r="A1" t="e"><v>#DIV/0!</v></c>', "", "#DIV/0!"),
        ('<c r="A1" t="d"><v>2024-05-06</v></c>', "", "2024-05-06"),
        ('<c r="A1"><v>0.30000000000000004</v></c>', "", "0.3"),
        ('<c r="A1" s="99"><v>2</v></c>', "", "2"),
        ('<c><v>2</v></c>', "", "2"),
    ],
)  # fmt: skip
def test_a_cell_is_read_by_its_type(cell: str, strings: str, expected: str | None) -> None:
    """Strings, rich strings without their reading aid, truth values, errors and dates are read."""
    data = workbook(f'<row r="1">{cell}</row>', strings=strings)
    assert rows(data) == ([] if expected is None else [expected])
    assert document_of(data, "a.xlsx").unread is None


@pytest.mark.parametrize(
    ("table", "names", "head_rows"),
    [
        (["what|price", "saw|12"], ["what", "price"], 1),
        (["Costs", "", "what|price", "saw|12"], ["what", "price"], 3),
        (["Costs|2024", "by Bo", "what|price|shop|date", "saw|12|North|May"],
         ["what", "price", "shop", "date"], 3),
        (["year|2022|2023", "rain|5|6"], ["year", "2022", "2023"], 1),
        (["|2022|2023", "rain|5|6"], ["", "2022", "2023"], 1),
        (["item|2024-01-31|2024-02-29", "saw|5|6"], ["item", "2024-01-31", "2024-02-29"], 1),
    ],
)  # fmt: skip
def test_column_names_are_found(table: list[str], names: list[str], head_rows: int) -> None:
    """Names of columns may stand below a title, and be years or dates."""
    assert head_of([line.split("|") for line in table]) == (names, head_rows)


@pytest.mark.parametrize(
    "table",
    [
        ["saw|12", "nail|1"],
        ["Anna|1950|2001", "Bo|1961|2010"],  # years below years: no names
        ["a|a", "b|c"],
        ["what|" + "x" * 61, "saw|12"],
        ["12.5%|€5"],
        ["alone", "by itself"],
        [],
    ],
)
def test_values_are_no_column_names(table: list[str]) -> None:
    """A first row with numbers, equal or long cells holds no names."""
    assert head_of([line.split("|") for line in table]) is None


def test_a_second_table_of_a_sheet_has_its_own_names() -> None:
    """Below a blank row a table has names of its own, or goes on with those above."""
    data = workbook(
        row(1, "what", "price")
        + row(2, "saw", "12")
        + row(4, "nail", "1")
        + row(6, "Staff")
        + row(7, "name", "age")
        + row(8, "Bo", "40")
    )
    assert list(shown(document_of(data, "a.xlsx")).items())[1:] == [
        ("sheet One row 2", "what: saw; price: 12"),
        ("sheet One row 4", "what: nail; price: 1"),
        ("sheet One row 6", "Staff"),
        ("sheet One row 7", "name | age"),
        ("sheet One row 8", "name: Bo; age: 40"),
    ]


TABLE = '<tableColumns><tableColumn name="name"/><tableColumn name="ho_x000a_me"/></tableColumns>'


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('ref="B4:C5"', ["what: x; name; home", "what: y; name: Bo; ho me: Rye", "what: z"]),
        ('ref="B4:C5" headerRowCount="0"',
         ["what: x; price: name; home", "what: y; price: Bo; Rye", "what: z"]),
        ('ref="damaged"', ["what: x; price: name; home", "what: y; price: Bo; Rye", "what: z"]),
    ],
)  # fmt: skip
def test_a_table_that_the_file_names_has_its_own_names(
    attributes: str, expected: list[str]
) -> None:
    """Within the range of a table its columns' names count, beside and below it others."""
    table = row(1, "what", "price") + row(2, "saw", "12")
    data = BytesIO(
        workbook(
            table + row(4, "x", "name", "home") + row(5, "y", "Bo", "Rye") + row(6, "z"),
            related={"t table": "table.xml"},
        )
    )
    with ZipFile(data, "a") as file:
        file.writestr("xl/table.xml", f"<table {attributes}>{TABLE}</table>")
    assert rows(data.getvalue())[2:] == expected


def test_hidden_rows_and_columns_are_left_out() -> None:
    """A row or column is left out that is hidden or of no size; the others keep their places."""
    data = workbook(
        row(1, "a", "b", "c")
        + row(2, "x", "x", attributes='hidden="1"')
        + row(3, "x", attributes='ht="0" customHeight="1"')
        + row(4, "1", "2", "3", attributes='hidden="0"'),
        before='<cols><col min="2" max="2" hidden="1"/><col min="9" max="9" width="0"/></cols>',
    )
    assert shown(document_of(data, "a.xlsx")) == {
        "sheet One row 1": "a | c",
        "sheet One row 4": "a: 1; c: 3",
    }


def test_hidden_sheets_are_left_out() -> None:
    """Hidden and very hidden sheets are not read."""
    states = ("visible", "hidden", "veryHidden")
    sheets = "".join(f'<sheet name="{s}" state="{s}" r:id="{s}"/>' for s in states)
    parts = {
        "workbook.xml": f"<sheets>{sheets}</sheets>",
        "_rels/workbook.xml.rels": relations(
            {f"{state} worksheet": f"{state}.xml" for state in ("visible", "hidden", "veryHidden")}
        ),
        **{
            f"{s}.xml": f"<sheetData>{row(1, s)}</sheetData>"
            for s in ("visible", "hidden", "veryHidden")
        },
    }
    assert shown(document_of(package("xl", parts), "a.xlsx")) == {"sheet visible row 1": "visible"}


def test_cells_that_a_merged_one_covers_are_left_out() -> None:
    """Of merged cells the first is shown."""
    data = workbook(
        row(1, "a", "x", "b") + row(2, "x", "x", "c"),
        after='<mergeCells><mergeCell ref="A1:B2"/></mergeCells>',
    )
    assert rows(data) == ["a | b", "b: c"]


TO_CALCULATE = '<calcPr fullCalcOnLoad="1"/>'


@pytest.mark.parametrize(
    ("cell", "book"),
    [
        ("<f>UPPER(A2)</f>", ""),
        ("<f>UPPER(A2)</f><v></v>", ""),
        ("<f>UPPER(A2)</f><v>0</v>", TO_CALCULATE),  # as XlsxWriter writes it
    ],
)
def test_a_formula_without_a_result_is_told(cell: str, book: str) -> None:
    """A formula that was never calculated stands in the place of its result, and is reported."""
    rows_ = row(1, "a", "b") + row(2, "1", f'<c r="B2">{cell}</c>')
    document = document_of(workbook(rows_, book=book), "a.xlsx")
    assert document.blocks[0].text == "a | b\na: 1; b: =UPPER(A2)"
    assert document.unread is not None
    assert document.unread.detail == "1 formula has no stored result (One!B2)"


def test_many_formulas_without_a_result_are_counted() -> None:
    """The report names five of the cells."""
    cells = "".join(row(n, f'<c r="A{n}"><f>B{n}</f></c>') for n in range(1, 8))
    document = document_of(workbook(cells), "a.xlsx")
    assert document.unread is not None
    assert document.unread.detail == (
        "7 formulas have no stored result (One!A1, One!A2, One!A3, One!A4, One!A5, …)"
    )


def test_a_formula_of_opendocument_without_a_result_is_told() -> None:
    """A formula of OpenDocument stands without the name of its grammar."""
    cell = '<tb:table-cell tb:formula="of:=SUM([.A1])"/>'
    table = f'<tb:table tb:name="One"><tb:table-row>{cell}</tb:table-row></tb:table>'
    document = document_of(open_document("spreadsheet", table), "a.ods")
    assert document.blocks[0].text == "=SUM([.A1])"
    assert document.unread is not None
    assert document.unread.detail == "1 formula has no stored result (One!A1)"


DRAWING = (
    "<twoCellAnchor><from><col>4</col><row>2</row></from><sp><nvSpPr><cNvPr descr='A map'/>"
    "</nvSpPr><txBody><p><r><t>In a box</t></r></p></txBody></sp></twoCellAnchor>"
    "<oneCellAnchor><from><col>0</col><row>8</row></from><grpSp><sp><txBody><p><r><t>grouped</t></r>"
    "</p></txBody></sp></grpSp></oneCellAnchor><absoluteAnchor><sp><nvSpPr><cNvPr hidden='1'/>"
    "</nvSpPr><txBody><p><r><t>hidden</t></r></p></txBody></sp></absoluteAnchor>"
    "<absoluteAnchor><graphicFrame><chart r:id='c'/></graphicFrame></absoluteAnchor>"
)
CHART = "<chart><title><p><r><t>Rain</t></r></p></title></chart>"
THREAD = '<threadedComment ref="A2" personId="p"><text>Sure?</text></threadedComment>'


def test_what_stands_beside_the_cells_is_cited_by_its_row() -> None:
    """Notes, comments, boxes, groups and charts are read at the row where they are."""
    notes = "".join(
        f'<comment ref="{ref}"><text><r><t>{text}</t></r></text></comment>'
        for ref, text in (("B1", "in euros"), ("A2", "[Threaded comment]"), ("C2", "x"))
    )
    data = workbook(
        row(1, "what", "price") + row(2, "saw", "12"),
        before='<cols><col min="3" max="3" hidden="1"/></cols>',
        parts={
            "n.xml": notes,
            "t2.xml": THREAD,
            "p.xml": '<person id="p" displayName="Bo"/>',
            "d.xml": DRAWING,
            "_rels/d.xml.rels": relations({"c chart": "c.xml"}),
            "c.xml": CHART,
            "_rels/workbook.xml.rels": relations({"s worksheet": "s.xml", "p person": "p.xml"}),
        },
        related={"n comments": "n.xml", "t threadedComment": "t2.xml", "d drawing": "d.xml"},
    )
    assert shown(document_of(data, "a.xlsx")) == {
        "sheet One drawing": "Rain",
        "sheet One row 1": "what | price / note on B1: in euros",
        "sheet One row 2": "what: saw; price: 12 / comment on A2 by Bo: Sure?",
        "sheet One row 3": "In a box / A map",
        "sheet One row 9": "grouped",
    }


def test_a_chart_that_is_a_sheet_is_cited_by_its_name() -> None:
    """A chart sheet has no rows."""
    parts = {
        "workbook.xml": '<sheets><sheet name="Rain" r:id="c"/></sheets>',
        "_rels/workbook.xml.rels": relations({"c chartsheet": "c.xml"}),
        "c.xml": "",
        "_rels/c.xml.rels": relations({"d drawing": "d.xml"}),
        "d.xml": DRAWING[DRAWING.rindex("<absoluteAnchor>") :],
        "_rels/d.xml.rels": relations({"c chart": "e.xml"}),
        "e.xml": CHART,
    }
    assert shown(document_of(package("xl", parts), "a.xlsx")) == {"sheet Rain": "Rain"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("&CPage &P of &N", ""),
        ("&LDraft &D&R&P", "Draft"),
        ('&C&"Arial,Bold"&12Costs && fees', "Costs & fees"),
        ("&KFF0000Red", "Red"),
        ("Plain", "Plain"),
    ],
)
def test_headers_of_sheets_have_their_words(code: str, expected: str) -> None:
    """Of a header the codes of fonts, dates and numbers of pages are left out."""
    assert page_text(code) == expected


VALUE = '<tb:table-cell o:value-type="{}" {}/>'


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<tb:table-cell o:value="0.125"><t:p>12.5 %</t:p></tb:table-cell>', "12.5 %"),
        ("<tb:table-cell><t:p>a</t:p><t:p>b<t:s/>c</t:p></tb:table-cell>", "a b c"),
        (VALUE.format("percentage", 'o:value="0.125"'), "12.5%"),
        (VALUE.format("percentage", 'o:value="0.5"'), "50%"),
        (VALUE.format("time", 'o:time-value="PT26H30M00S"'), "26:30:00"),
        (VALUE.format("date", 'o:date-value="2024-05-06"'), "2024-05-06"),
        (VALUE.format("boolean", 'o:boolean-value="true"'), "TRUE"),
        (VALUE.format("currency", 'o:currency="EUR" o:value="5"'), "EUR 5.00"),
        (VALUE.format("float", 'o:value="3.0"'), "3"),
        (VALUE.format("string", 'o:string-value="a"'), "a"),
    ],
)
def test_a_cell_of_opendocument_is_read_as_shown(cell: str, expected: str) -> None:
    """A cell has its text, else the value of its type."""
    table = f'<tb:table tb:name="One"><tb:table-row>{cell}</tb:table-row></tb:table>'
    assert rows(open_document("spreadsheet", table), "a.ods") == [expected]


def cells(*texts: str) -> str:
    """Cells of an OpenDocument row."""
    return "".join(f"<tb:table-cell><t:p>{text}</t:p></tb:table-cell>" for text in texts)


MILLION = (
    '<tb:table-row tb:number-rows-repeated="1048000"><tb:table-cell'
    ' tb:number-columns-repeated="16384"/></tb:table-row>'
)


def test_repeated_cells_and_rows_are_read_once() -> None:
    """A row that stands for several has the range of their numbers; blank ones cost nothing."""
    table = (
        f'<tb:table tb:name="One"><tb:table-row>{cells("a", "b")}</tb:table-row>'
        f'<tb:table-row tb:number-rows-repeated="3">{cells("1")}'
        '<tb:table-cell tb:number-columns-repeated="2"><t:p>2</t:p></tb:table-cell></tb:table-row>'
        f"<tb:table-row>{cells('5', '6')}</tb:table-row>{MILLION * 2}</tb:table>"
    )
    assert shown(document_of(open_document("spreadsheet", table), "a.ods")) == {
        "sheet One row 1": "a | b",
        "sheet One row 2-4": "a: 1; b: 2; 2",
        "sheet One row 5": "a: 5; b: 6",
    }


def test_what_opendocument_hides_is_left_out() -> None:
    """Hidden sheets, rows and columns, filtered rows and covered cells are not read."""
    hides = '<s:table-properties tb:display="false"/>'
    style = f'<s:style s:family="table" s:name="H">{hides}</s:style>'
    covered = "<tb:covered-table-cell><t:p>x</t:p></tb:covered-table-cell>"
    table = (
        f'{style}<tb:table tb:name="Two" tb:style-name="H"><tb:table-row>{cells("x")}'
        '</tb:table-row></tb:table><tb:table tb:name="One"><tb:table-column/><tb:table-column'
        ' tb:visibility="collapse" tb:number-columns-repeated="2"/><tb:table-column/>'
        f"<tb:table-row>{cells('a', 'x', 'x', 'b')}</tb:table-row>"
        f'<tb:table-row tb:visibility="collapse">{cells("x")}</tb:table-row>'
        f'<tb:table-row tb:visibility="filter">{cells("x")}</tb:table-row>'
        f"<tb:table-row>{cells('1')}{covered * 2}{cells('2')}</tb:table-row></tb:table>"
    )
    assert shown(document_of(open_document("spreadsheet", table), "a.ods")) == {
        "sheet One row 1": "a | b",
        "sheet One row 4": "a: 1; b: 2",
    }


def test_notes_and_shapes_of_opendocument_are_read() -> None:
    """A note is told apart from its cell, a shape of the sheet from its rows."""
    note = "<o:annotation><dc:creator>Bo</dc:creator><t:p>Sure?</t:p></o:annotation>"
    box = "<d:frame><d:text-box><t:p>In a box</t:p></d:text-box></d:frame>"
    table = (
        f'<tb:table tb:name="One"><tb:shapes>{box}</tb:shapes><tb:table-row><tb:table-cell>{note}'
        "<t:p>5</t:p></tb:table-cell></tb:table-row></tb:table>"
    )
    assert shown(document_of(open_document("spreadsheet", table), "a.ods")) == {
        "sheet One drawing": "In a box",
        "sheet One row 1": "5 / note on A1: Bo: Sure?",
    }


def master(name: str, text: str) -> str:
    """A page of OpenDocument with a header."""
    return f'<s:master-page s:name="{name}"><s:header><t:p>{text}</t:p></s:header></s:master-page>'


def test_a_sheet_of_opendocument_has_the_header_of_its_page() -> None:
    """Headers of other sheets, among them those of hidden ones, are not shown with it."""
    styles = "".join(
        f'<s:style s:name="{name}" s:family="table" s:master-page-name="{name}">'
        f'<s:table-properties tb:display="{is_shown}"/></s:style>'
        for name, is_shown in (("Tides", "true"), ("Gone", "false"))
    )
    sheets = "".join(
        f'<tb:table tb:name="{name}"{style}><tb:table-row>{cells(name)}</tb:table-row></tb:table>'
        for name, style in (
            ("One", ' tb:style-name="Tides"'), ("Two", ' tb:style-name="Gone"'), ("Three", ""),
        )
    )  # fmt: skip
    pages = master("Default", "usual") + master("Tides", "tides") + master("Gone", "gone")
    body = f"<o:body><o:spreadsheet>{sheets}</o:spreadsheet></o:body>"
    content = f"<o:automatic-styles>{styles}</o:automatic-styles>{body}"
    document = document_of(open_document("spreadsheet", content, pages), "a.ods")
    assert [block.text for block in document.blocks] == ["One", "tides", "Three", "usual"]


def test_a_sheet_of_excel_97_is_read_as_shown() -> None:
    """An XLS file has the formats of its cells, its notes, and nothing that is hidden."""
    document = document_of((FILES / "costs.xls").read_bytes(), "costs.xls")
    assert shown(document) == {
        "sheet Costs row 1": "Costs of May",
        "sheet Costs row 3": "what | share | cost | due | time | code",
        "sheet Costs row 4": (
            "what: saw; share: 12.5%; cost: €1,234.50; due: 06/05/2024; time: 26:30:00;"
            " code: 07430 / note on C4: with tax"
        ),
        "sheet Costs row 6": "what: nail; share: 50.0%; cost: €0.10; due: 07/05/2024; code: 00001",
    }


def test_a_damaged_sheet_costs_only_itself() -> None:
    """It is named, and so is a sheet that the file does not have; the others are read."""
    sheets = "".join(f'<sheet name="{n}" r:id="{n}"/>' for n in ("Bad", "One", "Gone"))
    parts = {
        "workbook.xml": f"<sheets>{sheets}</sheets>",
        "_rels/workbook.xml.rels": relations({"Bad worksheet": "b.xml", "One worksheet": "s.xml"}),
        "b.xml": "<sheetData><row>",
        "s.xml": f"<sheetData>{row(1, 'saw')}</sheetData>",
    }
    document = document_of(package("xl", parts), "a.xlsx")
    assert shown(document) == {"sheet One row 1": "saw"}
    assert document.unread is not None
    assert document.unread.detail == (
        "damaged file: xl/b.xml: mismatched tag: line 1, column 99; damaged file: no sheet Gone"
    )


def test_sectors_of_excel_97_that_lead_to_themselves_come_to_an_end() -> None:
    """A file whose short streams go round in a circle is damaged, and holds nothing up."""
    data = bytearray((FILES / "costs.xls").read_bytes())
    (table,) = struct.unpack_from("<I", data, 60)  # sector of the short chains (MS-CFB, 2.2)
    struct.pack_into("<I", data, 512 * (table + 1) + 4 * 17, 0)
    with pytest.raises(DocumentUnreadable, match="damaged") as caught:
        document_of(bytes(data), "a.xls")
    assert caught.value.code is ReasonCode.DAMAGED


def test_a_row_whose_number_is_none_follows_the_row_before() -> None:
    """A raised figure is no number."""
    strange = row(1, "saw").replace('<row r="1"', '<row r="\u00b2"')
    assert shown(document_of(workbook(strange), "a.xlsx")) == {"sheet One row 1": "saw"}


def test_a_sheet_of_one_column_is_read_in_linear_time() -> None:
    """A list of tens of thousands of words, each a row, is read in the time of its bytes."""
    book = workbook("".join(row(number, str(number)) for number in range(1, 30_001)))
    assert len(document_of(book, "a.xlsx").blocks[0].lines) == 30_000


@pytest.mark.parametrize("number", ["9" * 5_000, "-1", "x"])
def test_a_number_that_none_can_be_costs_only_itself(number: str) -> None:
    """A place of a cell, a style or a string that no program writes leaves the other cells."""
    cell = f'<c t="s"><v>{number}</v></c><c t="inlineStr" s="{number}"><is><t>wick</t></is></c>'
    book = workbook(f'<row r="{number}">{cell}</row>')
    assert rows(book) == ["wick"]
