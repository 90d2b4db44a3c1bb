#!/usr/bin/env bash
# SQLite 3.54.1 (apsw 3.54.1.0 from PyPI), in WAL mode with synchronous=FULL: a commit that raises "disk I/O error",
# as the log's sync fails, is rolled back for every connection, and there again after the process is killed.
#
# One expects what a failed commit would have written to be gone, and removes, say, the files that its rows name. But its
# frames are whole in the log: whoever recovers the log finds them, unless another commit or a close came between.
# Seen: "commit: IOError, then rows: 1, of another connection: 1; after kill -9: 2".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check apsw==3.54.1.0
cat >"$place/run.py" <<'PY'
import os
import signal
import sys

import apsw

fails = False


class Disk(apsw.VFS):
    def __init__(self):
        super().__init__("disk", "")

    def xOpen(self, name, flags):
        return File(name, flags)


class File(apsw.VFSFile):
    def __init__(self, name, flags):
        super().__init__("", name, flags)

    def xSync(self, flags):
        if fails:
            raise apsw.IOError
        super().xSync(flags)


def rows(connection):
    return connection.execute("select count(*) from t").get


if sys.argv[2] == "count":
    print(f"after kill -9: {rows(apsw.Connection(sys.argv[1]))}")
    sys.exit()
disk = Disk()
connection, other = (apsw.Connection(sys.argv[1], vfs="disk") for _ in range(2))
connection.execute("pragma journal_mode = wal").get
connection.execute("pragma synchronous = full; create table t (a)")
connection.execute("insert into t values ('first')")
fails = True
connection.execute("begin; insert into t values ('second')")
try:
    connection.execute("commit")
except apsw.Error as error:
    print(f"commit: {type(error).__name__}", end=", ")
if connection.in_transaction:
    connection.execute("rollback")
print(f"then rows: {rows(connection)}, of another connection: {rows(other)}", end="; ", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
PY
seen=$("$place/env/bin/python" "$place/run.py" "$place/base" write) || [ $? = 137 ]
seen+=$("$place/env/bin/python" "$place/run.py" "$place/base" count)
echo "$seen"
[ "$seen" = "commit: IOError, then rows: 1, of another connection: 1; after kill -9: 2" ]
