#!/usr/bin/env bash
# Ghostscript (Debian 12) 10.00.0: txtwrite loses blanks that are made by ashow, as groff makes them.
#
# One expects the boxes of the letters to be as wide as the letters, so that gaps between them show.
# txtwrite counts the spacing of ashow, awidthshow, xshow and xyshow as a part of the letter: its boxes
# touch each other, and its text has no blank. pdfwrite and pdftotext find the blank in the same program.
# Seen: "Forexample" by txtwrite, where the letter r is 58 wide (33, and 25 behind it), in tenths of a point;
# "For example" by pdfwrite and pdftotext.
set -euo pipefail
[ "$(gs --version)" = 10.00.0 ] || { echo "needs Ghostscript 10.00.0" >&2; exit 2; }
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
cat >page.ps <<'PS'
%!PS
/Times-Roman findfont 10 scalefont setfont
72 700 moveto (Fo) show 2.5 0 (re) ashow -2.5 0 rmoveto (xample) show
showpage
PS
write() { gs -q -dSAFER -dNOPAUSE -dBATCH "$@" page.ps; }
write -sDEVICE=pdfwrite -sOutputFile=page.pdf
seen="$(write -sDEVICE=txtwrite -sOutputFile=- | tr -d ' \r')
$(pdftotext page.pdf - | head -1)
$(write -r720 -sDEVICE=txtwrite -dTextFormat=0 -sOutputFile=- | grep 'c="[re]"' | head -2)"
echo "$seen"
[ "$seen" = 'Forexample
For example
<char bbox="826 1420 884 1420" c="r"/>
<char bbox="884 1420 953 1420" c="e"/>' ]
