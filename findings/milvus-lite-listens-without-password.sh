#!/usr/bin/env bash
# pymilvus 3.0.2 with milvus-lite 3.2.2 (PyPI): a file that one user opens is read and changed by others.
#
# MilvusClient("notes.db") looks like a file that its mode protects, and an engineer expects that only
# its owner reads it. But a server listens on a port of 127.0.0.1 as long as it is open, without a
# token: every user of the machine can connect. Here the file is in a folder of mode 0700, and a
# process of another user, who may not list it, reads a row and deletes it. (Needs root, to become
# another user.) Seen: "folder closed, row read: secret, rows left 0".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check pymilvus==3.0.2 milvus-lite==3.2.2
cat >"$place/owner.py" <<'PY'
import os
import subprocess
import sys
from pathlib import Path

from pymilvus import DataType, MilvusClient

os.mkdir("private", 0o700)
client = MilvusClient("private/notes.db")
schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
schema.add_field("id", DataType.INT64, is_primary=True)
schema.add_field("text", DataType.VARCHAR, max_length=100)
schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
index = client.prepare_index_params()
index.add_index("vector", index_type="FLAT", metric_type="COSINE")
client.create_collection("notes", schema=schema, index_params=index)
client.insert("notes", [{"id": 1, "text": "secret", "vector": [1, 0]}])
# The port that `ss -ltn` shows to every user.
folder = Path("/proc/self/fd")
own = {str(path.readlink()) for path in folder.iterdir() if path.is_symlink()}
listening = [
    int(fields[1].rpartition(":")[2], 16)
    for path in ("/proc/self/net/tcp", "/proc/self/net/tcp6")
    if os.path.exists(path)
    for fields in map(str.split, open(path).readlines()[1:])
    if fields[3] == "0A" and f"socket:[{fields[9]}]" in own
]
other = [sys.executable, "other.py", str(listening[0])]
said = subprocess.run(other, capture_output=True, text=True)
left = len(client.query("notes", filter="id > 0", output_fields=["id"]))
print(f"{said.stdout.strip()}, rows left {left}")
client.close()
PY
cat >"$place/other.py" <<'PY'
import os
import sys

from pymilvus import MilvusClient

os.setgroups([])
os.setgid(65534)
os.setuid(65534)
folder = "open" if os.access("private", os.R_OK | os.X_OK) else "closed"
client = MilvusClient(f"http://127.0.0.1:{sys.argv[1]}")
(row,) = client.query("notes", filter="id == 1", output_fields=["text"])
client.delete("notes", ids=[1])
print(f"folder {folder}, row read: {row['text']}")
PY
chmod 755 "$place"
cd "$place"
seen=$("$place/env/bin/python" "$place/owner.py")
echo "pymilvus 3.0.2, milvus-lite 3.2.2: $seen"
[ "$seen" = "folder closed, row read: secret, rows left 0" ]
