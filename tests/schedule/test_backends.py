import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.schedule.crontab import crontab_line, schedules_in, with_line, without_line
from semsearch.schedule.schedule import Schedule
from semsearch.schedule.systemd import schedule_of, service_unit, timer_unit

FOLDERS = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1).map(
    lambda name: f"/{name}"
)
OTHERS = st.lists(
    st.sampled_from(
        ["# a note", "17 3 * * * true # semsearch-like", "", "MAILTO=me@here", "@daily x"]
    )
)


@given(FOLDERS, OTHERS)
def test_a_crontab_keeps_its_other_lines(folder: str, others: list[str]) -> None:
    """Adding a schedule twice writes one line; removing it restores the crontab."""
    before = "".join(f"{line}\n" for line in others)
    schedule = Schedule(folder, "0 */6 * * *", index="/elsewhere 50%/.semsearch", timeout="90s")
    once = with_line(before, schedule)
    assert with_line(once, schedule) == once
    assert schedules_in(once) == [schedule]
    assert without_line(once, schedule.name) == before


@given(FOLDERS)
def test_cron_gives_the_shell_the_words_of_the_command(folder: str) -> None:
    """Cron passes the words of the command to the shell, with escaped percent signs."""
    schedule = Schedule(folder, "0 2 * * *")
    command = crontab_line(schedule).split(maxsplit=5)[5]
    assert command.replace(r"\%", "").count("%") == 0
    words = shlex.split(command.replace(r"\%", "%"), comments=True)
    assert tuple(words) == ("nice", "-n", "10", *schedule.command)


@given(FOLDERS)
def test_a_timer_knows_its_schedule(folder: str) -> None:
    """A schedule is read back from its timer unit."""
    schedule = Schedule(folder, "0 2 * * *")
    assert schedule_of(timer_unit(schedule)) == schedule


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("folder", ["/notes", '/a "b" 50 % $HOME ü\\'])
def test_systemd_takes_the_units(tmp_path: Path, folder: str) -> None:
    """``systemd-analyze verify`` reports nothing about the units."""
    schedule = Schedule(folder, "*/5 8-18 * * 1-5")
    units = [tmp_path / f"{schedule.name}.service", tmp_path / f"{schedule.name}.timer"]
    service = service_unit(schedule, {"mistral_api_key": "/my keys/50 %.key"})
    for unit, text in zip(units, (service, timer_unit(schedule)), strict=True):
        unit.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


def test_systemd_reads_the_keys_that_are_in_files() -> None:
    """Key files become credentials, which systemd reads for the run."""
    service = service_unit(Schedule("/notes", "0 2 * * *"), {"mistral_api_key": "/50 %.key"})
    assert "\nLoadCredential=mistral_api_key:/50 %%.key\n" in service
    assert "LoadCredential" not in service_unit(Schedule("/notes", "0 2 * * *"))
