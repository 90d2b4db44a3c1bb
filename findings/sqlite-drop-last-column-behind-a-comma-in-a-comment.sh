#!/usr/bin/env bash
# SQLite 3.51.0 (apsw 3.51.0.0 from PyPI): ALTER TABLE … DROP COLUMN of the last column fails when a comma stands in
# the comment before it, as the statement is cut at the last comma, which is that one. 3.54.1 drops the column.
#
# One expects comments in CREATE TABLE to change nothing, and the system's SQLite is often of such a version.
# Seen: "3.51.0: dropped: incomplete input", "3.54.1: dropped: dropped" (without and with a comma in the comment).
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
cat >"$place/run.py" <<'PY'
import apsw


def dropped(comment):
    connection = apsw.Connection(":memory:")
    connection.execute(f"create table t (a text, -- {comment}\n  b text\n)")
    try:
        connection.execute("alter table t drop column b")
    except apsw.SQLError as error:
        return str(error).rpartition(": ")[2]
    return "dropped"


print(apsw.sqlite_lib_version(), dropped("a name"), dropped("a name, in words"), sep=": ")
PY
seen=""
for version in 3.51.0.0 3.54.1.0; do
    "$place/env/bin/pip" install -q --disable-pip-version-check "apsw==$version"
    seen+="$("$place/env/bin/python" "$place/run.py")
"
done
echo "$seen"
[ "$seen" = "3.51.0: dropped: incomplete input
3.54.1: dropped: dropped
" ]
