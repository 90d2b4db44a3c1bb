"""A week of scheduled runs in minutes: edits, kills, a full disk, API failures, overlaps."""

import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Final

import semsearch
from fakes.embedder import WordEmbedder
from fakes.mistral_server import KEY, Fault, MistralServer, mistral_server
from fakes.mistral_server.token_counting import digest
from faults.scenes import State, state_of
from semsearch.errors import SemsearchError
from semsearch.indexer.drift import CANARIES
from semsearch.settings.schema import Settings

_WORDS: Final = "bee honey moon tide water bread dough knot rope river star winter".split()
_WELL: Final = (0, 3, 11)
_OUT: Final = 20  # requests that are refused while the API is out
_LEFT: Final = 12 << 20  # bytes, the most that are free on a disk that is full
_FAULTS: Final = {"none": 50, "kill": 15, "kill index": 10, "out": 10, "overlap": 10, "full": 5}
_CRONTAB: Final = """#!/bin/sh
if [ "$1" = -l ]; then cat "{file}" 2>/dev/null || {{ echo "no crontab" >&2; exit 1; }}; exit; fi
if [ "$1" = -r ]; then exec rm "{file}"; fi
exec cat > "{file}"
"""


class Week:
    """A folder with a schedule, whose command is run repeatedly as by cron.

    ``disk`` is a folder on a file system of its own, which can be filled, or None.
    """

    def __init__(self, place: Path, server: MistralServer, disk: Path | None, seed: int) -> None:
        self.failures: list[str] = []
        self.counts: Counter[str] = Counter()
        self._place = place
        self._server = server
        self._disk = disk
        self._chance = random.Random(seed)
        self._seconds = 1.0
        self._may_be_again = 0  # texts that the killed runs have paid for
        self._corpus = place / "corpus"
        self._index = (disk or place) / "index"
        for folder in (self._corpus, self._index):
            folder.mkdir()
        self._environment = cron_environment(place)
        for _ in range(6):
            self.edit()
        self._command = self._scheduled()

    def _scheduled(self) -> list[str]:
        """Add the schedule with a shell's settings; returns the command for cron."""
        key = self._place / "key"
        key.write_text(KEY)
        key.chmod(0o600)
        shell = {
            "SEMSEARCH_EMBEDDER": "mistral:mistral-embed",
            "MISTRAL_BASE_URL": self._server.url,
            "MISTRAL_API_KEY_FILE": str(key),
            "SEMSEARCH_RETRY_SECONDS": "0.5",
            "SEMSEARCH_BACKOFF_SECONDS": "0.1",
            "SEMSEARCH_MODELS_DIRECTORY": str(self._place / "models"),
        }
        return scheduled_command(self._corpus, self._index, {**self._environment, **shell})

    def edit(self) -> None:
        """Write, change and delete a few documents."""
        for _ in range(self._chance.randrange(1, 4)):
            path = self._corpus / f"{self._chance.randrange(12)}.txt"
            if self._chance.random() < 0.25 and len(list(self._corpus.iterdir())) > 3:
                path.unlink(missing_ok=True)
            else:
                words = self._chance.choices(_WORDS, k=self._chance.randrange(3, 800))
                path.write_text(" ".join(words) + ".\n")

    def go_on(self, number: int) -> None:
        """Run the schedule once, or twice at once, with or without a fault."""
        if self._chance.random() < 0.7:
            self.edit()
        fault = self._chance.choices(list(_FAULTS), list(_FAULTS.values()))[0]
        if fault == "full" and self._disk is None:
            fault = "none"
        paid = self._paid().total()
        began = time.monotonic()
        processes = [self._begin()]
        match fault:
            case "overlap":
                processes.append(self._begin())
            case "out":
                status = self._chance.choice([503, 500, 429])
                self._server.faults.extend([Fault(status)] * _OUT)
            case "full":
                self._fill()
            case "kill" | "kill index":
                self._kill(processes[0], only_index=fault == "kill index")
        for process in processes:
            process.communicate()
        if fault == "none":
            self._seconds = time.monotonic() - began
        self._server.faults.clear()
        (self._index / "filler").unlink(missing_ok=True)
        codes = [process.returncode for process in processes]
        self.counts.update(f"{fault}: {code}" for code in codes)
        try:
            self._check(number, fault, codes)
        except (SemsearchError, AssertionError) as error:
            self._fail(number, f"{type(error).__name__} {error}")
        if fault.startswith("kill"):
            # The server goes on with a request whose client is gone, and charges for it.
            self._wait_for_server()
            self._may_be_again += self._paid().total() - paid

    def _check(self, number: int, fault: str, codes: list[int]) -> None:
        """A run that reports success has indexed the folder; others are visible in the status."""
        if 0 in codes and state_of(self._index) != self._fresh():
            self._fail(number, f"{fault}: ended with 0, and the index is not that of the folder")
        told = self._semsearch("schedule", "status", "--json")
        (only,) = json.loads(told.stdout)["schedules"]
        noted = [run["exit_code"] for run in only["runs"][-len(codes) :]]
        expected = [None if code == -signal.SIGKILL else code for code in codes]
        if sorted(map(str, noted)) != sorted(map(str, expected)) and not (
            codes == [-signal.SIGKILL] and noted != [None]  # killed when its end was noted
        ):
            self._fail(number, f"{fault}: ended with {codes}, noted is {noted}")
        if all(run["exit_code"] is not None or not run["under_way"] for run in only["runs"]):
            worked = [code for code in noted if code != 11]
            is_well = all(code in _WELL for code in worked)
            if worked and (told.returncode == 0) != is_well:
                self._fail(number, f"{fault}: noted is {noted}, status ends with {told.returncode}")
        else:
            self._fail(number, "a run that has ended is said to be under way")

    def end(self) -> list[str]:
        """The failures of all runs, after a last run without fault."""
        process = self._begin()
        process.communicate()
        self._check(-1, "last", [process.returncode])
        if process.returncode != 0:
            self._fail(-1, f"the last run ended with {process.returncode}")
        if damages := semsearch.verify(self._index, full=True).damages:
            self._fail(-1, f"{damages}")
        again = sum(count - 1 for count in self._paid().values())
        self.counts["paid"] = self._paid().total()
        self.counts["paid again"] = again
        self.counts["paid by killed runs"] = self._may_be_again
        if again > self._may_be_again:
            self._fail(-1, f"{again} texts were paid for again, {self._may_be_again} may have been")
        return self.failures

    def _fail(self, number: int, what: str) -> None:
        self.failures.append(f"run {number}: {what}")
        print(f"  {self.failures[-1]}", flush=True)

    def _begin(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _kill(self, process: "subprocess.Popen[bytes]", *, only_index: bool) -> None:
        """Kill the process at a random time, with or without its child process."""
        with suppress(subprocess.TimeoutExpired):
            process.wait(self._chance.uniform(0, 1.1 * self._seconds))
            return  # it has ended before
        if not only_index:
            os.killpg(process.pid, signal.SIGKILL)
            return
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        for child in children.read_text().split() if children.exists() else ():
            os.kill(int(child), signal.SIGKILL)

    def _fill(self) -> None:
        """Leave a few megabytes on the disk, or none."""
        status = os.statvfs(self._index)
        free = status.f_bavail * status.f_frsize
        with (self._index / "filler").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, free - self._chance.randrange(_LEFT)))

    def _wait_for_server(self) -> None:
        """Return when no request is under way."""
        while self._server.ledger.summary()["in_flight"]:
            time.sleep(0.01)

    def _paid(self) -> Counter[str]:
        """How often each text was paid, without the texts that each paid run embeds."""
        paid = self._server.ledger.paid
        for text in CANARIES:
            del paid[digest(text)]
        return paid

    def _fresh(self) -> State:
        """The content of an index made from scratch."""
        place = self._place / "fresh"
        place.mkdir(exist_ok=True)
        semsearch.rebuild(
            self._corpus,
            index=place,
            embedder=WordEmbedder(dimension=16),
            settings=Settings(),
            allow_mass_delete=True,
            accept=True,
        )
        return state_of(place)

    def _semsearch(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "semsearch", *words],
            env={**self._environment, **more},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


def weeks(
    place: Path, runs: int, disk: Path | None, seed: int = 0
) -> tuple[Counter[str], list[str]]:
    """Run a schedule so many times; returns exit codes, payments and failures."""
    with mistral_server() as server:
        week = Week(place, server, disk, seed)
        for number in range(runs):
            week.go_on(number)
        failures = week.end()
    return week.counts, failures


def scheduled_command(corpus: Path, index: Path | None, environment: dict[str, str]) -> list[str]:
    """Add a schedule for a folder; returns the command for cron."""
    made = subprocess.run(
        [
            *(sys.executable, "-m", "semsearch", "schedule", "add", str(corpus), "--every", "5m"),
            *("--json", "--with", "cron", "--timeout", "5m"),
            *(("--index", str(index)) if index else ()),
        ],
        env=environment or None,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    command: list[str] = json.loads(made.stdout)["schedules"][0]["command"]
    return command


def cron_environment(place: Path) -> dict[str, str]:
    """Environment of a cron job, with a home of its own and a fake crontab command."""
    programs = place / "bin"
    programs.mkdir()
    crontab = programs / "crontab"
    crontab.write_text(_CRONTAB.format(file=place / "crontab"))
    crontab.chmod(stat.S_IRWXU)
    return {
        "HOME": str(place),
        "PATH": f"{programs}:/usr/bin:/bin",
        "XDG_CONFIG_HOME": str(place / "config"),
        "XDG_STATE_HOME": str(place / "state"),
        "OMP_NUM_THREADS": "1",
    }
