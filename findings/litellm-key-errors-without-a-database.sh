#!/usr/bin/env bash
# litellm (PyPI) 1.108.7, proxy without a database: a wrong key is 400, a missing key is 500.
#
# With a master_key and no database the proxy knows one key. Expected for another key, and for none:
# 401 and words about the key, as with a database. Seen: 400 "No connected db." for a wrong key, and
# 500 "Internal Server Error" without one (prisma, which the extra "proxy" does not install, is
# imported while the error is handled). A client takes the first for a bad request, and
# tries the second again. The refusal comes before any model is asked, so none is needed here.
set -euo pipefail
place=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check "litellm[proxy]==1.108.7"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
key=sk-$(python3 -c 'import secrets; print(secrets.token_hex(24))')
cat >"$place/config.yaml" <<YAML
model_list:
  - model_name: any
    litellm_params: {model: openai/any, api_base: "http://127.0.0.1:9", api_key: none}
general_settings: {master_key: $key}
YAML
"$place/env/bin/litellm" --config "$place/config.yaml" --host 127.0.0.1 --port "$port" --telemetry False \
    >"$place/log" 2>&1 &
server=$!
cat >"$place/run.py" <<'PY'
import json
import sys
import time
import urllib.error
import urllib.request

ROOT = f"http://127.0.0.1:{sys.argv[1]}"


def answer(**headers):
    body = json.dumps({"model": "any", "input": ["bees"]}).encode()
    headers["Content-Type"] = "application/json"
    request = urllib.request.Request(ROOT + "/v1/embeddings", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return f"{reply.status}"
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        return f"{error.code} {json.loads(text)['error']['message'] if text[:1] == '{' else text}"


for _ in range(240):
    try:
        urllib.request.urlopen(ROOT + "/health/liveliness", timeout=5)
        break
    except (ConnectionError, urllib.error.URLError):
        time.sleep(0.5)
print("wrong key:", answer(Authorization="Bearer sk-another"))
print("no key:", answer())
PY
seen=$("$place/env/bin/python" "$place/run.py" "$port")
echo "$seen"
[ "$seen" = "wrong key: 400 No connected db.
no key: 500 Internal Server Error" ]
