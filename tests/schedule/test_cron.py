from datetime import datetime, timedelta

import pytest

from semsearch.errors import SettingsError
from semsearch.schedule import cron
from semsearch.schedule.duration import duration


@pytest.mark.parametrize(
    ("period", "fields"),
    [
        ("30m", "*/30 * * * *"),
        ("60m", "0 * * * *"),
        ("1h", "0 */1 * * *"),
        ("6h", "0 */6 * * *"),
        ("24h", "0 0 * * *"),
        ("1d", "0 0 * * *"),
    ],
)
def test_a_period_is_fields_of_cron(period: str, fields: str) -> None:
    """Periods that divide an hour or a day become cron fields."""
    assert cron.every(period) == fields


@pytest.mark.parametrize("period", ["7h", "0m", "45m", "2d", "6", "-1h", "6 h", "", "٦h"])
def test_other_periods_are_refused(period: str) -> None:
    """Periods that do not divide an hour or a day are refused."""
    with pytest.raises(SettingsError, match="--every"):
        cron.every(period)


def test_a_time_of_day() -> None:
    """A time of day has hours 0 to 23 and minutes 0 to 59."""
    assert cron.daily("02:05") == "5 2 * * *"
    for clock in ("24:00", "2:60", "2", "2:5", "aa:bb"):
        with pytest.raises(SettingsError, match="--daily"):
            cron.daily(clock)


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        ("30 */6 * * *", "*-*-* 0/6:30:00"),
        ("*/5 8-18 * * 1-5", "Mon,Tue,Wed,Thu,Fri *-*-* 8..18:0/5:00"),
        ("0 0 1,15 */2 *", "*-1/2-1,15 0:0:00"),
        ("0 8-20/4 * * 0,6", "Sun,Sat *-*-* 8..20/4:0:00"),
        ("0 0 * * 5-7", "Fri,Sat,Sun *-*-* 0:0:00"),
    ],
)
def test_systemd_runs_when_cron_does(fields: str, event: str) -> None:
    """A cron expression becomes a calendar event of equal times (systemd.time(7))."""
    assert cron.calendar(cron.cron(fields)) == event


@pytest.mark.parametrize(
    "fields",
    [
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "5/2 * * * *",
        "*/0 * * * *",
        "9-5 * * * *",
        "1,,2 * * * *",
        "0 0 1 * 1",
        "0 0 * * */2",
        "0 0 * * mon",
        "@daily",
        "0 0 * * *\n* * * * * evil",
        "% * * * *",
    ],
)
def test_what_cron_and_systemd_would_take_differently_is_refused(fields: str) -> None:
    """Expressions that cron and systemd treat differently are refused with their words."""
    with pytest.raises(SettingsError, match="--cron"):
        cron.cron(fields)


def test_an_age() -> None:
    """A duration is a number of seconds, minutes, hours or days."""
    assert [duration(text, "--max-age") for text in ("30m", "48h", "7d", "0m")] == [
        timedelta(minutes=30),
        timedelta(days=2),
        timedelta(days=7),
        timedelta(0),
    ]
    for text in ("", "48", "2w", "-1h", "1.5h"):
        with pytest.raises(SettingsError, match="--max-age"):
            duration(text, "--max-age")


@pytest.mark.parametrize(
    ("fields", "then"),
    [
        ("0 */6 * * *", "2026-11-25 18:00"),
        ("0 2 * * *", "2026-11-26 02:00"),
        ("*/30 8-18 * * 1-5", "2026-11-25 13:00"),
        ("30 12 * * *", "2026-11-26 12:30"),
        ("0 0 * * 0", "2026-11-29 00:00"),
        ("0 0 * * 7", "2026-11-29 00:00"),
        ("15 4 29 2 *", "2028-02-29 04:15"),
        ("0 5-5/6 * * *", "2026-11-26 05:00"),  # a step beyond its range is no step
    ],
)
def test_when_a_schedule_runs_next(fields: str, then: str) -> None:
    """The next run is the first matching minute after Wednesday, 25 November 2026, 12:30."""
    now = datetime(2026, 11, 25, 12, 30)
    assert cron.next_run(cron.cron(fields), now) == datetime.fromisoformat(then)


def test_a_day_that_never_comes() -> None:
    """A date that never comes has no next run."""
    assert cron.next_run("0 0 30 2 *", datetime(2026, 11, 25)) is None


@pytest.mark.parametrize(
    ("fields", "then"),
    [
        ("0 */6 * * *", "2026-11-25 12:00"),
        ("30 2 * * 1-5", "2026-11-25 02:30"),
        ("0 0 * * 0", "2026-11-22 00:00"),
        ("0 0 29 2 *", "2024-02-29 00:00"),
        ("0 5-05/6 * * *", "2026-11-25 05:00"),
    ],
)
def test_the_last_run_is_the_one_before_the_next(fields: str, then: str) -> None:
    """The last run is the newest matching minute up to now."""
    now = datetime(2026, 11, 25, 12, 0)
    last = cron.last_run(fields, now)
    assert last == datetime.fromisoformat(then)
    assert cron.next_run(fields, last - timedelta(minutes=1)) == last
    assert cron.last_run("0 0 30 2 *", now) is None
