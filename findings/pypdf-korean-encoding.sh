#!/usr/bin/env bash
# pypdf (PyPI) 7.1.1: text of a Korean font with the encoding KSCms-UHC-H is read as UTF-16.
#
# The encoding is one of the predefined ones of PDF (ISO 32000-1, table 118): its codes are those of
# Unified Hangul Code (cp949). pypdf knows its neighbours (UniKS-UCS2-H, GBK-EUC-H, 90ms-RKSJ-H), and
# takes the codes of this one for UTF-16BE: other syllables of the same kind come out, with a line in the log
# and no exception. Seen: "on the page: 등대지기; pypdf: 뗮듫쇶뇢; as UTF-16BE: 뗮듫쇶뇢".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check pypdf==7.1.1
cat >"$place/run.py" <<'PY'
import io

import pypdf

WORD = "등대지기"
CODES = WORD.encode("cp949")
CONTENT = b"BT /F1 20 Tf 50 700 Td <%s> Tj ET" % CODES.hex().encode()
OBJECTS = [
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    b"<</Length %d>>stream\n%s\nendstream" % (len(CONTENT), CONTENT),
    b"<</Type/Font/Subtype/Type0/BaseFont/HYSMyeongJo-Medium/Encoding/KSCms-UHC-H"
    b"/DescendantFonts[6 0 R]>>",
    b"<</Type/Font/Subtype/CIDFontType0/BaseFont/HYSMyeongJo-Medium/FontDescriptor 7 0 R"
    b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Korea1)/Supplement 1>>>>",
    b"<</Type/FontDescriptor/FontName/HYSMyeongJo-Medium/Flags 6/FontBBox[0 -148 1001 880]"
    b"/ItalicAngle 0/Ascent 752/Descent -271/CapHeight 737/StemV 58>>",
]
data, places = b"%PDF-1.4\n", []
for number, body in enumerate(OBJECTS, 1):
    places.append(len(data))
    data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
start = len(data)
data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(OBJECTS) + 1)
data += b"".join(b"%010d 00000 n \n" % place for place in places)
data += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(OBJECTS) + 1, start)
read = pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text().strip()
print(f"on the page: {WORD}; pypdf: {read}; as UTF-16BE: {CODES.decode('utf-16-be')}")
PY
seen=$("$place/env/bin/python" "$place/run.py" 2>/dev/null)
echo "$seen"
[ "$seen" = "on the page: 등대지기; pypdf: 뗮듫쇶뇢; as UTF-16BE: 뗮듫쇶뇢" ]
