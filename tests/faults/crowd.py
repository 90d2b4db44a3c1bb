"""All commands at once over a folder that changes: writers and readers, each in its process."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Queue
from pathlib import Path
from queue import Empty
from typing import Final

import semsearch
from fakes.mistral_server import KEY, mistral_server
from faults.scenes import state_of
from faults.tracing import PROCESSES
from faults.week import cron_environment, scheduled_command
from semsearch.errors import CorpusError, IndexLocked, IndexMissing

WRITERS: Final = (2, 4, 8)
_EMBEDDER: Final = "mistral:mistral-embed"
_PATIENCE: Final = 120  # seconds until a command ends that has been interrupted
_LONGEST: Final = 0.4  # seconds until a writer is killed
_SCHEDULED: Final = (0, 3, 11, 15, 75)  # exit codes of a run beside others
_WATCHED: Final = (0, 130)  # of a watch that Ctrl-C ends
_WORDS: Final = "bee honey moon tide water bread dough knot rope river star winter".split()


@dataclass(frozen=True)
class Place:
    """A crowd's folder, and when it ends."""

    corpus: Path
    until: float
    environment: dict[str, str]

    def rounds(self, pause: float = 0.0) -> Iterator[int]:
        """Count until the end, with a pause after each number."""
        number = 0
        while time.time() < self.until:
            yield number
            number += 1
            time.sleep(pause)


def crowded(place: Path, writers: int, seconds: float) -> tuple[Counter[str], list[str]]:
    """Counts of actions and failures; another writer is killed repeatedly."""
    corpus = place / "corpus"
    corpus.mkdir(parents=True)
    (corpus / "start.txt").write_text("Something to begin with.")
    counts, failures = Counter[str](), []
    with mistral_server() as server:
        environment = {
            **cron_environment(place),
            "MISTRAL_BASE_URL": server.url,
            "MISTRAL_API_KEY": KEY,
        }
        with _environment_of(environment):
            _index(corpus)
            crowd = Place(corpus, time.time() + seconds, environment)
            roles: list[Callable[[Place, int], Counter[str]]] = [
                *[_write] * writers, *[_read] * 3, *[_query] * 2, _verify, _forget, _roll_back,
                _watch, _schedule, _kill_now_and_then,
            ]  # fmt: skip
            results: Queue[tuple[Counter[str], str]] = PROCESSES.Queue()
            tasks = [
                PROCESSES.Process(target=_play, args=(role, crowd, number, results))
                for number, role in enumerate(roles)
            ]
            for task in tasks:
                task.start()
            for _ in tasks:
                with suppress(Empty):
                    done, failure = results.get(timeout=seconds + 2 * _PATIENCE)
                    counts += done
                    failures += [failure] if failure else []
            for task, role in zip(tasks, roles, strict=True):
                task.join(_PATIENCE)
                if task.is_alive():
                    failures.append(f"{role.__name__.strip('_')} does not end")
                    task.kill()
            failures += semsearch.verify(corpus, full=True).damages
    return counts, failures


def _play(
    role: Callable[[Place, int], Counter[str]],
    place: Place,
    number: int,
    results: "Queue[tuple[Counter[str], str]]",
) -> None:
    """Play a role to the end; any exception but those that it expects is a failure."""
    os.environ.update(place.environment)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a campaign ignores it, and so would a watch
    try:
        results.put((role(place, number), ""))
    except BaseException as error:
        results.put((Counter(), f"{role.__name__.strip('_')}: {type(error).__name__}: {error}"))


def _kill_now_and_then(place: Place, number: int) -> Counter[str]:
    """Kill another writer repeatedly, shortly after its start."""
    chance, counts = random.Random(number), Counter[str]()
    for _ in place.rounds():
        (place.corpus / "killed.txt").write_text(f"One more thing, {chance.random()}.\n")
        doomed = PROCESSES.Process(target=_write_once, args=(place,))
        doomed.start()
        doomed.join(chance.uniform(0, _LONGEST))
        if doomed.is_alive():
            doomed.kill()
            counts["writers killed"] += 1
        doomed.join()
    return counts


def _write_once(place: Place) -> None:
    os.environ.update(place.environment)
    with suppress(IndexLocked):
        _index(place.corpus)


def _index(corpus: Path) -> None:
    """Index whatever is found: files are briefly empty while they are written."""
    semsearch.index(corpus, embedder=_EMBEDDER, accept=True, allow_mass_delete=True)


def _write(place: Place, number: int) -> Counter[str]:
    chance, counts = random.Random(number), Counter[str]()
    for _ in place.rounds():
        words = " ".join(chance.choices(_WORDS, k=chance.randrange(3, 40)))
        path = place.corpus / f"{number}-{chance.randrange(3)}.txt"
        path.write_text(f"Writer {number} wrote {words}.\n\n" * chance.randrange(1, 9))
        try:
            _index(place.corpus)
            counts["commits"] += 1
        except IndexLocked:
            counts["refused by the lock"] += 1
    return counts


def _read(place: Place, _number: int) -> Counter[str]:
    """Verify what readers see of the newest generation: each place, row and file."""
    counts, last = Counter[str](), 0
    for _ in place.rounds():
        last = _read_once(place.corpus, last)
        counts["reads"] += 1
    return counts


def _read_once(corpus: Path, last: int) -> int:
    """Read the newest generation, which may be no older than ``last``; returns its number.

    A writer may remove files that are read just then, but only those of a generation that is
    no longer the newest: then the newest is read.
    """
    while True:
        generation = semsearch.status(corpus).generation
        assert generation >= last, "a generation went backwards"
        try:
            assert state_of(corpus) is not None
        except AssertionError:
            if semsearch.status(corpus).generation == generation:
                raise
        else:
            return generation


def _query(place: Place, number: int) -> Counter[str]:
    """Ask questions; no answer may tell of damage."""
    chance, counts = random.Random(number), Counter[str]()
    for _ in place.rounds():
        answer = semsearch.search(
            " ".join(chance.choices(_WORDS, k=3)), index=place.corpus, min_relevance=0
        )
        assert not answer.notices, answer.notices
        assert all(hit.text for hit in answer.hits), "a hit without a text"
        counts["questions"] += 1
    return counts


def _verify(place: Place, _number: int) -> Counter[str]:
    counts = Counter[str]()
    for _ in place.rounds(0.5):
        damages = semsearch.verify(place.corpus, full=True).damages
        assert not damages, damages
        counts["verifications"] += 1
    return counts


def _forget(place: Place, number: int) -> Counter[str]:
    """Forget documents, which a later run reads again."""
    chance, counts = random.Random(number), Counter[str]()
    for _ in place.rounds(1):
        with suppress(IndexLocked, CorpusError):  # that writer has written no such file yet
            semsearch.forget(f"{chance.randrange(8)}-{chance.randrange(3)}.txt", index=place.corpus)
            counts["forgotten"] += 1
    return counts


def _roll_back(place: Place, _number: int) -> Counter[str]:
    counts = Counter[str]()
    for _ in place.rounds(1):
        with suppress(IndexLocked, IndexMissing):  # nothing is kept after forgetting
            semsearch.rollback(place.corpus)
            counts["rollbacks"] += 1
    return counts


def _watch(place: Place, _number: int) -> Counter[str]:
    """Watch the folder by the command line until the end."""
    command = [sys.executable, "-m", "semsearch", "watch", str(place.corpus), "--quiet"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as watching:
        time.sleep(max(0, place.until - time.time()))
        watching.send_signal(signal.SIGINT)
        try:
            _, said = watching.communicate(timeout=_PATIENCE)
        finally:
            watching.kill()
    assert watching.returncode in _WATCHED, f"ended with {watching.returncode}: {said[-500:]}"
    assert "Traceback" not in said, said[-1000:]
    return Counter({"watches": 1})


def _schedule(place: Place, _number: int) -> Counter[str]:
    """Run a schedule's command repeatedly."""
    command, counts = scheduled_command(place.corpus, None, {}), Counter[str]()
    for _ in place.rounds(1):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        assert done.returncode in _SCHEDULED, f"ended with {done.returncode}: {said[-500:]}"
        assert "Traceback" not in said, said[-1000:]
        counts[f"scheduled runs that ended with {done.returncode}"] += 1
    return counts


@contextmanager
def _environment_of(values: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
