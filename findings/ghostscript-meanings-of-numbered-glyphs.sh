#!/usr/bin/env bash
# Ghostscript (Debian 12) 10.00.0: pdfwrite gives glyphs that are named by numbers the meaning of the name.
#
# Drivers of TeX name the glyphs of bitmap fonts by their codes: a97, or CP to the base of 36, both for the letter a.
# One expects such a glyph to get no entry in /ToUnicode, so that readers go on with its code. pdfwrite looks the name
# up in a list of glyphs that has the names of Zapf Dingbats and of control characters: a97 means U+275B, and CR (the
# letter c) means U+000D, the end of a row. pdftotext then cuts each word at its letter c.
# Seen: <61><61><275b> and <63><63><000d> in the two maps; "a fa t" where the page shows "a fact".
set -euo pipefail
[ "$(gs --version)" = 10.00.0 ] || { echo "needs Ghostscript 10.00.0" >&2; exit 2; }
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
cat >page.ps <<'PS'
%!PS
/drawn { % name code glyph ... count: defines a Type 3 font whose glyphs are small boxes
  2 dict begin /count exch def /codes 256 array def
  0 1 255 { codes exch /.notdef put } for
  count { codes 3 1 roll put } repeat
  8 dict begin
    /FontType 3 def /FontMatrix [.001 0 0 .001 0 0] def /FontBBox [0 0 500 500] def
    /Encoding codes def
    /BuildGlyph { pop pop 500 0 0 0 500 500 setcachedevice 0 0 400 400 rectfill } def
    /BuildChar { 1 index /Encoding get exch get 1 index /BuildGlyph get exec } def
    currentdict end
  end definefont pop
} def
/Letters 97 /CP 99 /CR 102 /CU 116 /D8 4 drawn
/Numbers 97 /a97 1 drawn
/Letters findfont 10 scalefont setfont 72 700 moveto (a) show 5 0 rmoveto (fact) show
/Numbers findfont 10 scalefont setfont 72 600 moveto (a) show
showpage
PS
gs -q -dSAFER -dNOPAUSE -dBATCH -dCompressPages=false -dCompressFonts=false -sDEVICE=pdfwrite -sOutputFile=page.pdf page.ps
seen="$(grep -ao '^<6[13]><6[13]><[0-9a-f]*>' page.pdf | sort)
$(pdftotext page.pdf - | head -3 | tr '\r\n' '  ')"
echo "$seen"
[ "$seen" = '<61><61><275b>
<63><63><000d>
a fa t  ❛ ' ]
