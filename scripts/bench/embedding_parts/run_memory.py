"""Embed many texts with semsearch and print the memory in use: ``run_memory.py COUNT``."""

import resource
import sys
from pathlib import Path

from embedding_parts.passages import short_passages
from semsearch.cli.malloc import keep_together
from semsearch.embedders.registry import open_embedder
from semsearch.settings.sources import load_settings


def resident() -> float:
    """Resident memory in megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    keep_together()  # as the command does
    count = int(sys.argv[1])
    embedder = open_embedder("mistral:mistral-embed", load_settings())
    print("ready", flush=True)
    done, step = 0, count // 10
    for batch in embedder.embed(short_passages(count)):
        done, before = done + len(batch.positions), done
        if done // step > before // step:
            print(done, round(resident()), flush=True)
    print("peak", round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000), flush=True)
