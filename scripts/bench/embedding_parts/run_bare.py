"""Send what is packed best and read the JSON of the answers, with no care for anything.

``run_bare.py TEXTS.json PACKS.json``: what this machine allows when the server has no limit.
"""

import http.client
import json
import os
import queue
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import orjson

_IN_FLIGHT = 8


def _work(waiting: queue.SimpleQueue[list[str] | None], done: list[int]) -> None:
    connection = http.client.HTTPConnection(urlsplit(os.environ["MISTRAL_BASE_URL"]).netloc)
    headers = {"Authorization": f"Bearer {os.environ['MISTRAL_API_KEY']}"}
    while (batch := waiting.get()) is not None:
        body = json.dumps({"model": "mistral-embed", "input": batch})
        connection.request("POST", "/v1/embeddings", body, headers)
        done.append(len(orjson.loads(connection.getresponse().read())["data"]))


if __name__ == "__main__":
    texts, packs = (json.loads(Path(name).read_text()) for name in sys.argv[1:3])
    waiting: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()
    done: list[int] = []
    print("ready", flush=True)
    threads = [threading.Thread(target=_work, args=(waiting, done)) for _ in range(_IN_FLIGHT)]
    for pack in packs:
        waiting.put([texts[position] for position in pack])
    for thread in threads:
        waiting.put(None)
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(done))
