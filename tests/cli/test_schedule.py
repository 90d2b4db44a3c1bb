"""``semsearch schedule`` with a crontab command and systemd's that keep files."""

import json
import os
import stat
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="neither cron nor systemd is there")

CRONTAB = """#!/bin/sh
if [ "$1" = -l ]; then
    [ -f "{file}" ] || {{ echo "no crontab for somebody" >&2; exit 1; }}
    exec cat "{file}"
fi
if [ "$1" = -r ]; then exec rm "{file}"; fi
exec cat > "{file}"
"""
FAILED = """#!/bin/sh
if [ "$2" = show ]; then echo ActiveState=failed; echo ExecMainStartTimestamp=@WHEN; fi
"""
SYSTEMCTL = '#!/bin/sh\necho "$*" >> "{file}"\n'


def program(folder: Path, name: str, script: str) -> Path:
    """Put a program into ``folder/bin``; returns the file that it keeps."""
    kept = folder / f"{name}.kept"
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(script.format(file=kept))
    path.chmod(0o700)
    return kept


def place(folder: Path) -> dict[str, str]:
    """An environment with the programs of ``folder`` and the units of nobody else."""
    return {
        "PATH": f"{folder / 'bin'}:/bin",
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_STATE_HOME": str(folder / "state"),
    }


@pytest.fixture
def crontab(tmp_path: Path) -> Path:
    """A machine without systemd."""
    program(tmp_path, "systemctl", "#!/bin/sh\nexit 1\n")
    return program(tmp_path, "crontab", CRONTAB)


def test_a_line_of_the_crontab_comes_and_goes(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path
) -> None:
    """Another time takes the place of the first; what others wrote is as it was."""
    crontab.write_text("17 3 * * * true\n")
    assert run("schedule", "add", corpus, "--every", "6h", **place(tmp_path)).returncode == 0
    again = run("schedule", "add", corpus, "--daily", "02:00", "--json", **place(tmp_path))
    listed = run("schedule", "list", "--json", **place(tmp_path))
    assert json.loads(listed.stdout) == json.loads(again.stdout)
    (only,) = json.loads(listed.stdout)["schedules"]
    assert (only["folder"], only["when"], only["with"]) == (str(corpus), "0 2 * * *", "cron")
    assert only["command"] == [
        *(sys.executable, "-P", "-m", "semsearch", "schedule", "run", str(corpus)),
        *("--quiet", "--timeout", "24h"),
    ]
    assert run("schedule", "remove", corpus, **place(tmp_path)).returncode == 0
    assert crontab.read_text() == "17 3 * * * true\n"
    assert run("schedule", "remove", corpus, **place(tmp_path)).returncode == 1
    assert run("schedule", "list", **place(tmp_path)).returncode == 1


def test_the_runs_of_another_scheduler_have_a_status(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path
) -> None:
    """A folder without a schedule of semsearch is shown until its runs are forgotten."""
    assert run("schedule", "run", corpus / "none", **place(tmp_path)).returncode == 2
    shown = run("schedule", "status", **place(tmp_path))
    assert shown.returncode == 1
    assert shown.stdout.startswith(f"{corpus / 'none'}: ")
    assert "FAILED, exit code 2" in shown.stdout
    assert "next: when another scheduler starts it" in shown.stdout
    run("schedule", "remove", corpus / "none", **place(tmp_path))
    assert run("schedule", "status", **place(tmp_path)).stdout == ""


@pytest.mark.parametrize("command", ["list", "status"])
def test_without_a_schedule_the_next_step_is_told(
    run: "Run", tmp_path: Path, crontab: Path, command: str
) -> None:
    """On stderr, as there is no result."""
    ended = run("schedule", command, **place(tmp_path))
    assert ended.stdout == ""
    assert "semsearch schedule add FOLDER --every 6h" in ended.stderr


def test_a_timer_comes_and_goes(run: "Run", corpus: Path, tmp_path: Path) -> None:
    """Where systemd answers it is asked; of its units none is left."""
    asked = program(tmp_path, "systemctl", SYSTEMCTL)
    units = tmp_path / "config" / "systemd" / "user"
    made = run("schedule", "add", corpus, "--every", "6h", "--json", **place(tmp_path))
    name = json.loads(made.stdout)["schedules"][0]["name"]
    assert sorted(path.name for path in units.iterdir()) == [f"{name}.service", f"{name}.timer"]
    assert f"--user enable --quiet {name}.timer\n" in asked.read_text()
    assert run("schedule", "list", **place(tmp_path)).stdout.startswith(f"0 */6 * * *  {corpus}")
    assert run("schedule", "remove", corpus, **place(tmp_path)).returncode == 0
    assert f"--user disable --quiet --now {name}.timer\n" in asked.read_text()
    assert list(units.iterdir()) == []


def test_what_would_be_written_is_shown_and_not_written(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path
) -> None:
    """--print needs nothing of the machine."""
    shown = run("schedule", "add", corpus, "--every", "6h", "--print", **place(tmp_path))
    assert shown.stdout.startswith("0 */6 * * * nice -n 10 ")
    units = run(
        "schedule",
        "add",
        corpus,
        "--every",
        "6h",
        "--print",
        "--with",
        "systemd",
        **place(tmp_path),
    )
    assert "\nOnCalendar=*-*-* 0/6:0:00\nPersistent=true\n" in units.stdout
    assert not crontab.exists()
    assert not (tmp_path / "config").exists()


def test_a_key_of_this_shell_is_neither_written_nor_forgotten(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path
) -> None:
    """A scheduled run would not have it, which is said; where it belongs is said, too."""
    key = {"MISTRAL_API_KEY": "secret-of-the-shell", "HOME": str(tmp_path)}
    made = run("schedule", "add", corpus, "--every", "6h", **place(tmp_path), **key)
    assert (made.returncode, made.stderr.count("mistral.key")) == (0, 1)
    assert "secret" not in made.stderr + made.stdout + crontab.read_text()


def test_the_settings_of_this_shell_are_those_of_the_runs(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path
) -> None:
    """In a file of one's own; removed with the schedule, as is a crontab without any line."""
    here = {**place(tmp_path), "SEMSEARCH_CONFIG": ""}
    shell = {"SEMSEARCH_EMBEDDER": "local:minilm", "MISTRAL_API_KEY_FILE": "my.key"}
    shell |= {"MISTRAL_API_KEY": "secret-of-the-shell"}
    (tmp_path / "my.key").write_text("secret-of-the-file")
    (tmp_path / "my.key").chmod(0o600)
    made = run("schedule", "add", corpus, "--every", "6h", **here, **shell)
    assert made.returncode == 0
    (kept,) = (tmp_path / "config" / "semsearch" / "schedules").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    variables = json.loads(kept.read_text())
    assert variables["SEMSEARCH_EMBEDDER"] == "local:minilm"
    assert variables["MISTRAL_API_KEY_FILE"] == str(tmp_path / "my.key")
    assert "secret" not in made.stderr + made.stdout + crontab.read_text() + kept.read_text()
    assert "SEMSEARCH_EMBEDDER" in made.stderr
    assert run("schedule", "remove", corpus, **here).returncode == 0
    assert not kept.exists()
    assert not crontab.exists()


@pytest.mark.skipif(sys.platform == "darwin", reason="its state directory is not to be moved")
def test_a_run_has_the_settings_and_the_index_of_its_schedule(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path
) -> None:
    """Also when it is begun by hand, with other settings."""
    here = place(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    added = run(
        *("schedule", "add", corpus, "--daily", "02:00", "--index", tmp_path / "elsewhere"),
        *("--timeout", "2h", "--json"),
        **here,
        SEMSEARCH_PASSAGE_CHARACTERS="700",
    )
    (only,) = json.loads(added.stdout)["schedules"]
    assert (only["index"], only["timeout"]) == (str(tmp_path / "elsewhere" / ".semsearch"), "2h")
    listed = run("schedule", "list", "--json", **here)
    assert json.loads(listed.stdout)["schedules"] == [only]
    assert run("schedule", "run", corpus, "--quiet", **here).returncode == 0
    assert not (corpus / ".semsearch").exists()
    planned = run(
        *("plan", corpus, "--index", tmp_path / "elsewhere", "--json"),
        SEMSEARCH_PASSAGE_CHARACTERS="700",
    )
    assert json.loads(planned.stdout)["cut_anew"] is None
    (log,) = (tmp_path / "state").rglob("*.jsonl")
    assert json.loads(log.read_text().splitlines()[-1])["exit_code"] == 0


@pytest.mark.skipif(sys.platform == "darwin", reason="its state directory is not to be moved")
def test_a_run_that_never_began_is_seen(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path
) -> None:
    """As when no cron is at work, or the machine was off; one by hand is one."""
    here = place(tmp_path)
    run("schedule", "add", corpus, "--cron", "* * * * *", **here)
    assert run("schedule", "status", **here).returncode == 0
    (kept,) = (tmp_path / "config" / "semsearch" / "schedules").iterdir()
    os.utime(kept, (kept.stat().st_mtime - 3600,) * 2)
    told = run("schedule", "status", **here)
    assert (told.returncode, "NONE HAS BEGUN" in told.stdout) == (1, True)
    (only,) = json.loads(run("schedule", "status", "--json", **here).stdout)["schedules"]
    late = datetime.now() - datetime.fromisoformat(only["missed"])
    assert late >= timedelta(minutes=15)
    assert run("schedule", "run", corpus, "--quiet", **here).returncode == 0
    assert run("schedule", "status", **here).returncode == 0


@pytest.mark.skipif(sys.platform == "darwin", reason="its state directory is not to be moved")
def test_one_schedule_is_for_every_folder_that_has_a_name(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path
) -> None:
    """Each is indexed; one that is not there is seen, and holds up no other."""
    here = {**place(tmp_path), "SEMSEARCH_CONFIG": str(tmp_path / "config.toml")}
    names = f'gone = "{tmp_path / "gone"}"\nnotes = "{corpus}"\n'
    (tmp_path / "config.toml").write_text(f"[indexes]\n{names}")
    added = run("schedule", "add", "--all", "--every", "6h", "--json", **here)
    (only,) = json.loads(added.stdout)["schedules"]
    assert only["command"][3:7] == ["semsearch", "schedule", "run", "--all"]
    assert json.loads(run("schedule", "list", "--json", **here).stdout)["schedules"] == [only]
    assert run("schedule", "run", "--all", "--quiet", **here).returncode == 2
    assert (corpus / ".semsearch" / "index.sqlite").exists()
    assert run("schedule", "status", **here).returncode == 1
    assert run("schedule", "remove", "--all", **here).returncode == 0
    assert run("schedule", "list", **here).returncode == 1
    assert run("schedule", "add", corpus, "--all", "--every", "6h", **here).returncode == 2


@pytest.mark.skipif(sys.platform == "darwin", reason="its state directory is not to be moved")
def test_what_systemd_could_not_begin_is_seen(run: "Run", corpus: Path, tmp_path: Path) -> None:
    """As when a file with a key has gone: nothing of ours has run since, which is no good news."""
    here = place(tmp_path)
    program(tmp_path, "systemctl", FAILED.replace("WHEN", "4000000000"))
    run("schedule", "add", corpus, "--every", "6h", **here)
    assert run("schedule", "run", corpus, "--quiet", **here).returncode == 0
    told = run("schedule", "status", **here)
    assert (told.returncode, "a run FAILED to begin" in told.stdout) == (1, True)
    program(tmp_path, "systemctl", FAILED.replace("WHEN", "1000000000"))
    told = run("schedule", "status", **here)  # one was begun since, and went well
    assert (told.returncode, "FAILED" in told.stdout) == (0, False)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "say when"),
        (("--every", "6h", "--daily", "02:00"), "say when"),
        (("--every", "7h"), "--every 7h cannot be"),
        (("--every", "6h", "--with", "at"), "--with at cannot be"),
    ],
)
def test_wrong_usage_is_one_line(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path, words: tuple[str, ...], message: str
) -> None:
    """And nothing is written."""
    done = run("schedule", "add", corpus, *words, **place(tmp_path))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert message in done.stderr
    assert not crontab.exists()


def test_a_crontab_that_fails_is_told(run: "Run", corpus: Path, tmp_path: Path) -> None:
    """In its own words, and an unreadable crontab is not overwritten."""
    program(tmp_path, "systemctl", "#!/bin/sh\nexit 1\n")
    program(tmp_path, "crontab", "#!/bin/sh\necho you may not >&2\nexit 1\n")
    done = run("schedule", "add", corpus, "--every", "6h", **place(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "crontab failed: you may not" in done.stderr


@pytest.mark.skipif(sys.platform == "darwin", reason="its state directory is not to be moved")
def test_each_run_is_seen_and_a_failed_one_most_of_all(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path
) -> None:
    """A run that failed is told by the exit code of status, with its reason."""
    here = place(tmp_path)
    run("schedule", "add", corpus, "--every", "6h", **here)
    assert "has not run yet" in run("schedule", "status", **here).stdout
    assert run("schedule", "run", corpus, "--quiet", **here).returncode == 0
    well = run("schedule", "status", **here)
    assert (well.returncode, "well, exit code 0" in well.stdout) == (0, True)
    (corpus / ".semsearch" / "index.sqlite").write_bytes(b"damaged")
    failed = run("schedule", "run", corpus, "--quiet", **here)
    assert (failed.returncode, failed.stderr.count("\n")) == (2, 1)
    told = run("schedule", "status", "--json", **here)
    (only,) = json.loads(told.stdout)["schedules"]
    assert [one["exit_code"] for one in only["runs"]] == [0, 2]
    assert only["runs"][1]["said"] == failed.stderr.strip()
    assert told.returncode == 1
    assert datetime.fromisoformat(only["next"]).hour in (0, 6, 12, 18)
    run("schedule", "remove", corpus, **here)
    assert list((tmp_path / "state" / "semsearch" / "runs").iterdir()) == []


@pytest.mark.skipif(sys.platform == "darwin", reason="its state directory is not to be moved")
def test_a_run_on_a_folder_that_is_gone_is_seen(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path
) -> None:
    """A run that cannot even begin is noted, with its reason, and status ends with 1."""
    here = place(tmp_path)
    run("schedule", "add", corpus, "--every", "6h", **here)
    corpus.rename(tmp_path / "elsewhere")
    failed = run("schedule", "run", corpus, "--quiet", **here)
    told = run("schedule", "status", "--json", **here)
    (only,) = json.loads(told.stdout)["schedules"]
    assert f"there is no folder {corpus}" in only["runs"][0]["said"]
    assert (told.returncode, only["runs"][0]["exit_code"]) == (1, failed.returncode)


@pytest.mark.skipif(sys.platform == "darwin", reason="its state directory is not to be moved")
def test_a_clock_that_was_ahead_hides_no_missed_run(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path
) -> None:
    """A run noted in the future counts neither as the last run nor as one that was due."""
    here = place(tmp_path)
    run("schedule", "add", corpus, "--every", "6h", **here)
    run("schedule", "run", corpus, "--quiet", **here)
    (noted,) = (tmp_path / "state" / "semsearch" / "runs").glob("*/*.json")
    kept = json.loads(noted.read_text())
    noted.write_text(json.dumps({**kept, "started": "2099-01-01T00:00:00+00:00"}))
    (corpus / ".semsearch" / "index.sqlite").write_bytes(b"damaged")
    assert run("schedule", "run", corpus, "--quiet", **here).returncode == 2
    assert run("schedule", "status", **here).returncode == 1


def test_a_schedule_is_shown_where_there_is_no_scheduler(run: "Run", tmp_path: Path) -> None:
    """As a line of a crontab."""
    (tmp_path / "empty").mkdir()
    shown = run(
        *("schedule", "add", tmp_path, "--daily", "02:00", "--print"), PATH=str(tmp_path / "empty")
    )
    assert shown.returncode == 0
    assert shown.stdout.startswith("0 2 * * *")


def test_a_run_that_publishes_has_the_variables_of_the_engine(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path
) -> None:
    """The file of passwords is kept with its whole path; a secret is not, which is said."""
    shell = {
        "SEMSEARCH_CONFIG": "",
        "HOME": str(tmp_path),
        "SEMSEARCH_PUBLISH": "postgresql://db.example/team",
        "PGPASSFILE": "passwords",
        "PGUSER": "ann",
        "PGPASSWORD": "secret-of-the-shell",
        "MILVUS_TOKEN": "secret-of-the-shell",
    }
    made = run("schedule", "add", corpus, "--every", "6h", **place(tmp_path) | shell)
    (kept,) = (tmp_path / "config" / "semsearch" / "schedules").iterdir()
    variables = json.loads(kept.read_text())
    assert (made.returncode, variables["PGUSER"]) == (0, "ann")
    assert variables["PGPASSFILE"] == str(tmp_path / "passwords")
    assert "PGPASSWORD is set" in made.stderr
    assert "milvus.key" in made.stderr
    assert "secret" not in made.stderr + made.stdout + crontab.read_text() + kept.read_text()


def test_a_run_that_does_not_publish_has_no_variable_of_an_engine(
    run: "Run", corpus: Path, tmp_path: Path, crontab: Path
) -> None:
    """What other programs ask PostgreSQL with is left to them."""
    shell = {"SEMSEARCH_CONFIG": "", "PGUSER": "ann", "PGPASSWORD": "secret-of-the-shell"}
    made = run("schedule", "add", corpus, "--every", "6h", **place(tmp_path) | shell)
    assert (made.returncode, "PG" in made.stderr) == (0, False)
