"""Embed texts with Mistral's own client, 64 at a time: ``run_client.py TEXTS.json``.

It asks again as Mistral's documentation advises; by itself it would end with the first refusal.
"""

import json
import os
import sys
from pathlib import Path

from mistralai.client import Mistral
from mistralai.client.utils import BackoffStrategy, RetryConfig

if __name__ == "__main__":
    texts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    retries = RetryConfig("backoff", BackoffStrategy(500, 60_000, 1.5, 3_600_000), True)
    url, key = os.environ["MISTRAL_BASE_URL"], os.environ["MISTRAL_API_KEY"]
    with Mistral(api_key=key, server_url=url, retry_config=retries) as client:
        print("ready", flush=True)
        done = 0
        for start in range(0, len(texts), 64):
            reply = client.embeddings.create(
                model="mistral-embed", inputs=texts[start : start + 64]
            )
            done += len(reply.data)
        print(done)
