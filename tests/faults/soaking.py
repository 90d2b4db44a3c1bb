"""The parts of a soak: each takes a place to work in and a count, and returns what failed."""

import shutil
from collections import Counter
from pathlib import Path

from fakes.embedder import WordEmbedder
from faults.flips import answers, flipped, heal, judge, make_corpus, random_flips

_HEALED_EVERY = 10  # flips


def flips(place: Path, count: int) -> list[str]:
    """Flip single bits over all files: no other answer without a word, and repair heals."""
    count = count or 10_000
    corpus, clean = place / "corpus", place / "clean"
    make_corpus(corpus)
    shutil.copytree(corpus / ".semsearch", clean)
    expected, _ = answers(corpus, WordEmbedder(dimension=16))
    failures, tally = [], Counter[str]()
    for number, flip in enumerate(random_flips(clean, count, seed=count)):
        outcome = judge(corpus, clean, flip, expected)
        tally["same" if outcome.is_same else "told"] += 1
        if outcome.is_silent:
            failures.append(f"other answers without a word: {flip}")
        if number % _HEALED_EVERY == 0:
            flipped(corpus, clean, flip)
            fault = heal(corpus, expected)
            if fault:
                failures.append(f"{flip}: {fault}")
    print(f"flips: {count} bits, {tally['same']} harmless, {tally['told']} told", flush=True)
    return failures
