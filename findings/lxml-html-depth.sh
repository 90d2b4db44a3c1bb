#!/usr/bin/env bash
# lxml (PyPI) 6.1.3, libxml2 2.14.6: behind elements nested too deep the rest of an HTML page is lost.
#
# One expects deep elements to be flattened, as browsers do, or an exception. The HTML parser, which
# recovers from errors by default, ends there with a tree of what stands before, raises nothing, and
# loses the rest of the page: the limit (256 elements, 2,048 with huge_tree) stands in error_log only.
# Seen: of "before", 300 nested elements, "deep", their ends and "after" the text is "before".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check lxml==6.1.3
cat >"$place/run.py" <<'PY'
from lxml import etree


def text(depth: int, huge: bool) -> tuple[str, bool]:
    page = "<p>before</p>" + "<div>" * depth + "deep" + "</div>" * depth + "<p>after</p>"
    parser = etree.HTMLParser(huge_tree=huge)
    root = etree.fromstring(page, parser)
    names = [error.type_name for error in parser.error_log]
    return "".join(root.itertext()), "ERR_RESOURCE_LIMIT" in names


for huge, few, many in ((False, 200, 300), (True, 2000, 2100)):
    for depth in (few, many):
        print(f"huge_tree={huge} depth={depth}: {text(depth, huge)}")
PY
seen=$("$place/env/bin/python" "$place/run.py")
echo "$seen"
[ "$seen" = "huge_tree=False depth=200: ('beforedeepafter', False)
huge_tree=False depth=300: ('before', True)
huge_tree=True depth=2000: ('beforedeepafter', False)
huge_tree=True depth=2100: ('before', True)" ]
