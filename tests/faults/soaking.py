"""Parts of a soak: each takes a working folder and a count, and returns its failures."""

import os
import shutil
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fakes.embedder import WordEmbedder
from faults import tracing
from faults.crowd import crowded
from faults.disk import own_disk
from faults.disk_log import operations_of
from faults.flips import answers, flipped, heal, judge, make_corpus, random_flips
from faults.mutants import MUTANTS, caught
from faults.power import after_a_cut
from faults.rounds import Rounds
from faults.scenes import Scene, scenes
from faults.week import weeks

_HEALED_EVERY = 10  # flips
_AT_ONCE = 2  # commands with a fault


def flips(place: Path, count: int) -> list[str]:
    """Flip single bits in all files: no silent difference, and repair heals."""
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
            print(f"  {failures[-1]}", flush=True)
        if number % _HEALED_EVERY == 0:
            flipped(corpus, clean, flip)
            fault = heal(corpus, expected)
            if fault:
                failures.append(f"{flip}: {fault}")
                print(f"  {failures[-1]}", flush=True)
    print(f"flips: {count} bits, {tally['same']} harmless, {tally['told']} told", flush=True)
    return failures


def kills(place: Path, count: int) -> list[str]:
    """Kill each scene's command at every disk operation, or at ``count`` of them."""
    if not tracing.IS_THERE:
        print("kills: skipped, strace is not installed")
        return []
    return _at_every_point("kills", place, ("signal=KILL:when={}",), count)


def errors(place: Path, count: int) -> list[str]:
    """Fail every disk operation with a full or broken disk: once, and permanently."""
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


def power(place: Path, count: int) -> list[str]:
    """Cut the power in a model of the disk, at ``count`` points of all commands."""
    if not tracing.IS_THERE:
        print("power: skipped, strace is not installed")
        return []
    made = scenes(place / "scenes")
    logs = [(scene, operations_of(scene, place / "traced")) for scene in made]
    whole = sum(len(log) for _, log in logs)
    each = -(-(count or 2500) // whole)
    chosen = (count or 2500) / (whole * each)
    cases = [
        (scene, log, at, seed)
        for scene, log in logs
        for at in range(len(log))
        for seed in range(each)
        if (at * each + seed) * chosen % 1 < chosen
    ]
    failures = []
    for case in cases:
        broken = after_a_cut(*case, place / "left")
        failures += broken
        for violation in broken:
            print(f"  {violation}", flush=True)
    print(f"power: {len(cases)} disks, {len(failures)} violations", flush=True)
    return failures


def rounds(place: Path, count: int) -> list[str]:
    """Kill runs at random times, with random edits between."""
    count = count or 1000
    corpus = place / "corpus"
    corpus.mkdir()
    life = Rounds(corpus, place / "ledger", seed=count)
    for number in range(count):
        life.edit()
        life.cut_off()
        life.check(number)
    failures = life.end()
    print(f"rounds: {count} kills, {len(failures)} violations", flush=True)
    return failures


def cuts(place: Path, count: int) -> list[str]:
    """Cut the power of an ext4 file system at random times of runs, with random edits between."""
    count = count or 300
    with own_disk(place) as disk:
        if disk is None:
            print("cuts: skipped, they need root, a loop device and mkfs.ext4")
            return []
        corpus = disk.place / "corpus"
        corpus.mkdir()
        life = Rounds(corpus, place / "ledger", seed=count)
        for number in range(count):
            life.edit()
            os.sync()
            life.cut_off(disk.cut)
            disk.unmount()
            disk.mount()
            life.check(number)
        failures = life.end()
    print(f"cuts: {count} power cuts, {len(failures)} violations", flush=True)
    return failures


def week(place: Path, count: int) -> list[str]:
    """Run a schedule 500 or ``count`` times, with all faults of a week."""
    with own_disk(place) as disk:
        if disk is None:
            print("week: no disk is full, that needs root, a loop device and mkfs.ext4")
        work = place / "work"
        work.mkdir()
        counts, failures = weeks(work, count or 500, disk and disk.place)
    print(f"week: {count or 500} runs, {counts}, {len(failures)} violations", flush=True)
    return failures


def crowd(place: Path, count: int) -> list[str]:
    """Run two, four and eight writers and four readers at once, ``count`` seconds each."""
    failures = []
    for writers in (2, 4, 8):
        counts, wrong = crowded(place / str(writers), writers, count or 60)
        failures += wrong
        print(f"crowd: {writers} writers, {counts}, {len(wrong)} errors", flush=True)
    return failures


def mutants(place: Path, _count: int) -> list[str]:
    """Break the store's guarantees one by one; each must be detected."""
    missed = [
        f"not noticed: {mutant.name}"
        for number, mutant in enumerate(MUTANTS)
        if not caught(mutant, place / str(number))
    ]
    print(f"mutants: {len(MUTANTS) - len(missed)} of {len(MUTANTS)} caught", flush=True)
    return missed
