#!/usr/bin/env bash
# tantivy (PyPI) 0.27.0: an index cannot be opened for reading where its folder cannot be written.
#
# An index on a read-only disk, or of another user, holds all that a search needs. But opening it
# takes a lock file in the folder first. Seen, as a user who may not write there: ValueError with
# "Failed to acquire Lockfile". Opened through a folder of one's own that has links to the same
# files, it answers. (Needs root, or a user that may use unshare, to become another user.)
set -euo pipefail
place=$(mktemp -d)
trap 'chmod -R u+w "$place"; rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check tantivy==0.27.0
cat >"$place/make.py" <<'PY'
import sys

import tantivy

builder = tantivy.SchemaBuilder()
builder.add_text_field("words", stored=True)
index = tantivy.Index(builder.build(), path=sys.argv[1])
writer = index.writer(15_000_000, 1)
document = tantivy.Document()
document.add_text("words", "a lock between two waters")
writer.add_document(document)
writer.commit()
writer.wait_merging_threads()
PY
cat >"$place/read.py" <<'PY'
import os
import sys
import tempfile
from pathlib import Path

import tantivy

source = Path(sys.argv[1])
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    tantivy.Index.open(str(source))
    print("opened")
except ValueError as error:
    print("refused" if "Lockfile" in str(error) else f"another error: {error}")
with tempfile.TemporaryDirectory() as own:
    for path in source.iterdir():
        if path.suffix != ".lock":
            Path(own, path.name).symlink_to(path)
    index = tantivy.Index.open(own)
    print(index.searcher().search(index.parse_query("waters", ["words"]), 5).count)
PY
mkdir "$place/index"
"$place/env/bin/python" "$place/make.py" "$place/index"
chmod 755 "$place"
chmod 555 "$place/index"
find "$place/index" -type f -exec chmod 444 {} +
seen=$("$place/env/bin/python" "$place/read.py" "$place/index" | tr '\n' ' ')
echo "tantivy 0.27.0, folder without write permission: $seen"
[ "$seen" = "refused 1 " ]
