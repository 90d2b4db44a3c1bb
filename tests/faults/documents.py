"""Damaged documents of each format: no exception escapes a reader."""

import io
import random
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import docx
import openpyxl
import pptx
from fpdf import FPDF

from semsearch.documents.pool.limits import Limits
from semsearch.documents.pool.pool import ReaderPool, Request
from semsearch.documents.readers.reader import ReadDocument
from semsearch.documents.reason import DocumentUnreadable

SECONDS: Final = 60  # for each format
_BATCH: Final = 40
_MARKS: Final = (b"\0", b"<", b"\n", b"9999999999", b"(", b"-")
_LIMITS: Final = Limits(seconds=20)

_ODT: Final = (
    '<o xmlns:t="urn:t"><t:h t:outline-level="2">Bees</t:h><t:p>They<t:s t:c="2"/>dance.</t:p>'
    "<t:list><t:list-item><t:p>wax</t:p></t:list-item></t:list></o>"
)
_TEXTS: Final = {
    "a.adoc": "= Knots\n\n[x]\n----\ncode\n----\n\n|===\n|a |b\n|===\n\n* one\n",
    "a.canvas": '{"nodes": [{"id": "g", "type": "group", "label": "A", "x": 0, "y": 0, "width": 9,'
    ' "height": 9}, {"id": "t", "type": "text", "text": "# B", "x": 1, "y": 1, "width": 2,'
    ' "height": 2}], "edges": [{"fromNode": "g", "toNode": "t", "label": "C"}]}',
    "a.csv": 'tool;price\n"saw;\nlong";12,50\nnail;0,10\n',
    "a.eml": "From: a@b\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nMIME-Version: 1.0\n"
    'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/html\n\n<p>Hello</p>\n'
    '--x\nContent-Type: text/markdown\nContent-Disposition: attachment; filename="b.md"\n\n# B\n'
    "--x--\n",
    "a.html": "<html><body><h1>A</h1><table><tr><td>x<td>y</table><pre>a\nb</pre></body></html>",
    "a.ipynb": '{"cells": [{"cell_type": "markdown", "source": ["# A"]}, {"cell_type": "code",'
    ' "source": "f()", "outputs": [{"output_type": "stream", "text": ["ab"]}]}], "nbformat": 4}',
    "a.json": '{"a": ["gr\\u00fcn \\ud83d\\ude00", 1, null]}\n',
    "a.mbox": "From a\nSubject: one\n\nabout one\n\nFrom b\nSubject: two\n\n>From two\n",
    "a.md": "---\ntitle: A\n---\n\n# T\n\n- item\n  more\n\n```\ncode\n```\n\n"
    "| a | b |\n|---|---|\n",
    "a.py": "import os\n\n@x\ndef f(a):\n    return {a}\n\nclass A:\n    def g(self): pass\n",
    "a.rs": "impl<T> A for B<T> {\n    fn f() -> u8 { 1 }\n}\nmod m { struct S; }\n",
    "a.rst": "Knots\n=====\n\n.. code::\n\n   pull()\n\n+--+\n|ab|\n+--+\n\nIt jams::\n\n    x\n",
    "a.rtf": r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Gr\'fc\'dfe\par\u8364? \u-10179?}",
    "a.srt": "1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i>\n\n"
    "2\n00:01:10,000 --> 00:01:12,000\nBye\n",
    "a.tex": "\\section{Knots}\n\\begin{tabular}{l}\na & b\n\\end{tabular}\n\n\\emph{x}\n",
    "a.toml": "[Knots]\nIntro = 1\n\n[[Bowline]]\nit = 'jams'\n",
    "a.yaml": "Knots:\n  Intro: 1\n\n'Bow line':\n  - It jams\n",
}


def damaged(folder: Path, name: str, seconds: int) -> tuple[Counter[str], list[str]]:
    """Damage a document of a format at random for some seconds; returns counts and failures."""
    seed, chance = seeds()[name], random.Random(name)
    ended = time.monotonic() + seconds
    counts, failures = Counter[str](), []
    while time.monotonic() < ended:
        for outcome, data in _read_damaged(folder, name, seed, chance):
            if isinstance(outcome, ReadDocument):
                counts["read"] += 1
            elif isinstance(outcome, DocumentUnreadable) and str(outcome).isprintable():
                counts["with a reason"] += 1
                is_lost = any(
                    words in str(outcome) for words in ("its reader crashed", "(document_seconds)")
                )
                counts["by their process"] += is_lost
            else:
                failures.append(f"{name}: {outcome!r} of {data[:200]!r}")
            if "exit code" in str(outcome):
                failures.append(f"{name}: an exception has escaped: {data[:200]!r}")
    return counts, failures


def _read_damaged(
    folder: Path, name: str, seed: bytes, chance: random.Random
) -> Iterator[tuple[object, bytes]]:
    made = []
    for number in range(_BATCH):
        data = _damaged(seed, chance)
        made.append((f"{number}-{name}", data))
        (folder / made[-1][0]).write_bytes(data)
    with ReaderPool(folder, _LIMITS) as pool:
        # A size above the limit for reading in place, so that each goes to a process.
        asked = ((data, Request(path, 1_000_000)) for path, data in made)
        yield from ((outcome, data) for data, outcome in pool.in_order(asked))


def _damaged(seed: bytes, chance: random.Random) -> bytes:
    """The document with a few bytes changed; of a package, bytes of a member."""
    if not seed.startswith(b"PK") or chance.random() < 0.3:
        return _changed(seed, chance)
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(seed)) as before, zipfile.ZipFile(file, "w") as after:
        names = before.namelist()
        hit = chance.choice(names)
        for name in names:
            content = before.read(name)
            after.writestr(name, _changed(content, chance) if name == hit else content)
    return file.getvalue()


def _changed(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at, length = chance.randrange(len(changed) + 1), chance.randint(1, 12)
        piece = bytes(changed[at : at + length])
        match chance.randrange(5):
            case 0:
                changed[at : at + length] = chance.randbytes(length)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = piece * chance.randint(1, 200)
            case 3:
                other = chance.randrange(len(changed) + 1)
                changed[other:other] = piece
            case _:
                changed[at : at + 1] = chance.choice(
                    (b"\0", b"<", b"\n", b"9999999999", b"(", b"-")
                )
    return (
        bytes(changed[: chance.randrange(len(changed) + 1)])
        if chance.random() < 0.1
        else bytes(changed)
    )


def seeds() -> dict[str, bytes]:
    """A small document of each format, by its name."""
    return {**{name: text.encode() for name, text in _TEXTS.items()}, **_made()}


def _made() -> dict[str, bytes]:
    """Documents written by common programs."""
    word = docx.Document()
    word.add_heading("The house")
    word.add_paragraph("It leaks.", style="List Bullet")
    word.add_table(rows=2, cols=2).cell(0, 0).text = "what"
    show = pptx.Presentation()
    show.slides.add_slide(show.slide_layouts[0]).shapes.title.text = "Tides"
    book = openpyxl.Workbook()
    book.active.append(["what", "price"])
    book.active.append(["roof", 1200])
    pdf = FPDF()
    pdf.set_font("Helvetica")
    pdf.add_page()
    pdf.start_section("Tides")
    pdf.multi_cell(0, text="The moon pulls the water. " * 20)
    for row in range(12):
        for x in (10, 110):
            pdf.set_xy(x, 100 + 6 * row)
            pdf.cell(text="and so the line goes on and on")
    saved = {"a.docx": word.save, "a.pptx": show.save, "a.xlsx": book.save}
    files = {name: io.BytesIO() for name in saved}
    for name, save in saved.items():
        save(files[name])
    return {
        **{name: file.getvalue() for name, file in files.items()},
        "a.pdf": bytes(pdf.output()),
        "a.odt": _package(
            {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": _ODT}
        ),
        "a.epub": _package(
            {
                "mimetype": "application/epub+zip",
                "META-INF/container.xml": '<c><rootfile full-path="x.opf"/></c>',
                "x.opf": '<p><item id="a" href="a.html"/><itemref idref="a"/></p>',
                "a.html": _TEXTS["a.html"],
            }
        ),
    }


def _package(members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for name, content in members.items():
            package.writestr(name, content)
    return file.getvalue()
