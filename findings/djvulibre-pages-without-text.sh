#!/usr/bin/env bash
# DjVuLibre (Debian 12) 3.5.28: djvutxt prints no end of page for a page without text.
#
# The text of a page ends with a form feed, so one expects as many form feeds as pages. A page without a
# text layer prints nothing, not even that: the pages behind it are counted wrong, without a warning. With
# --detail=page each page prints an expression, "()" for one without text.
# Seen: for three pages, of which the second has no text, "first", form feed, "third", form feed.
set -euo pipefail
[[ $(djvused -h 2>&1 || true) == *DjVuLibre-3.5.28* ]] || { echo "needs DjVuLibre 3.5.28" >&2; exit 2; }
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
printf 'P1\n16 16\n' >page.pbm
for _ in $(seq 16); do echo "0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1"; done >>page.pbm
for number in 1 2 3; do cjb2 -dpi 100 page.pbm "$number.djvu"; done
djvm -c all.djvu 1.djvu 2.djvu 3.djvu
djvused all.djvu -s -e '
select 1; set-txt
(page 0 0 16 16 "first")
.
select 3; set-txt
(page 0 0 16 16 "third")
.
'
seen="$(djvutxt all.djvu | tr '\f\n' '| ')
$(djvutxt --detail=page all.djvu)"
echo "$seen"
[ "$seen" = 'first |third |
(page 0 0 16 16 "first")
()
(page 0 0 16 16 "third")' ]
