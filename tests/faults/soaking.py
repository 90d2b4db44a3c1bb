"""The parts of a soak: each takes a place to work in and a count, and returns what failed."""

import shutil
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fakes.embedder import WordEmbedder
from faults import tracing
from faults.flips import answers, flipped, heal, judge, make_corpus, random_flips
from faults.scenes import Scene, scenes

_HEALED_EVERY = 10  # flips
_AT_ONCE = 2  # commands with a fault


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


def kills(place: Path, count: int) -> list[str]:
    """Kill each scene's command at every call that changes the disk, or at ``count`` of them."""
    if not tracing.IS_THERE:
        print("kills: skipped, strace is not installed")
        return []
    return _at_every_point("kills", place, ("signal=KILL:when={}",), count)


def errors(place: Path, count: int) -> list[str]:
    """The disk is full, or fails, at every call that changes it: once, and from then on."""
    if not tracing.IS_THERE:
        print("errors: skipped, strace is not installed")
        return []
    faults = [f"error={error}:when={{}}{on}" for error in ("EIO", "ENOSPC") for on in ("", "+")]
    return _at_every_point("errors", place, faults, count)


def _at_every_point(name: str, place: Path, faults: Iterable[str], count: int) -> list[str]:
    cases = [
        (scene, call, fault.format(k))
        for scene in scenes(place / "scenes")
        for call, k in tracing.points(scene, place / "counted")
        for fault in faults
    ]
    cases = cases[:: max(1, len(cases) // count)] if count else cases
    failures: list[str] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        places = (place / f"{number}" for number in range(len(cases)))
        for broken in pool.map(_case, cases, places):
            failures += broken
            for violation in broken:
                print(f"  {violation}", flush=True)
    print(f"{name}: {len(cases)} points, {len(failures)} violations", flush=True)
    return failures


def _case(case: tuple[Scene, str, str], place: Path) -> list[str]:
    broken = tracing.faulty(case[0], place, *case[1:])
    shutil.rmtree(place)
    return broken
