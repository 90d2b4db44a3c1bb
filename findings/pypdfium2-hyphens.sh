#!/usr/bin/env bash
# pypdfium2 (PyPI) 5.15.2: a hyphen at the end of a row comes as U+FFFE, and its row does not end.
#
# One expects the hyphen that stands on the page, and the end of its row, as pypdf gives both. PDFium
# takes the hyphen for one that divides a word, also of a compound ("well-known"), and puts U+FFFE,
# which is no character, in its place, with the next row joined: without care "well-known" becomes
# one word that nobody searches for. Seen: "pypdf: 'well-\nknown keeper'; pypdfium2:
# 'well\ufffeknown keeper'".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check pypdfium2==5.15.2 pypdf==7.1.1 fpdf2==2.8.9
cat >"$place/run.py" <<'PY'
import io

import pypdf
import pypdfium2
from fpdf import FPDF

pdf = FPDF()
pdf.add_page()
pdf.set_font("Helvetica", size=12)
for row in ("well-", "known keeper"):
    pdf.cell(text=row, new_x="LMARGIN", new_y="NEXT")
data = bytes(pdf.output())
one = pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text().strip()
other = pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range().strip()
print(f"pypdf: {one!r}; pypdfium2: {other!r}")
PY
seen=$("$place/env/bin/python" "$place/run.py")
echo "$seen"
[ "$seen" = "pypdf: 'well-\\nknown keeper'; pypdfium2: 'well\\ufffeknown keeper'" ]
