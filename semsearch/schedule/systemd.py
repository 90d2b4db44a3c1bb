"""A systemd user timer and the service that it starts (systemd.unit(5)); pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict

from semsearch.schedule.cron import calendar
from semsearch.schedule.schedule import Schedule

_KEPT = re.compile(r"^Schedule=(.*)$", re.MULTILINE)


def timer_unit(schedule: Schedule) -> str:
    """The timer; a run that was missed while the machine was off is made up for.

    systemd leaves sections that begin with ``X-`` to others: ours has what ``schedule_of`` reads.
    """
    return f"""[Unit]
Description=semsearch index of {_text(schedule.folder)}, on a schedule

[Timer]
OnCalendar={calendar(schedule.when)}
Persistent=true

[Install]
WantedBy=timers.target

[X-Semsearch]
Schedule={json.dumps(asdict(schedule))}
"""


def service_unit(schedule: Schedule, credentials: Mapping[str, str] | None = None) -> str:
    """The service; 3 (some files could not be read) and 11 (another run writes) are no failures.

    Hardened by what a user's own systemd can do without namespaces. ``credentials`` are files with
    keys, by the names of these (``mistral_api_key``), which systemd reads for the run.
    """
    loaded = "".join(
        f"\nLoadCredential={name}:{_text(path)}" for name, path in (credentials or {}).items()
    )
    command = " ".join(_quoted(word) for word in schedule.command)
    return f"""[Unit]
Description=semsearch index of {_text(schedule.folder)}, on a schedule

[Service]
Type=oneshot
ExecStart=:{command}{loaded}
SuccessExitStatus=3 11
Nice=10
IOSchedulingClass=idle
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallArchitectures=native
"""


def schedule_of(timer: str) -> Schedule | None:
    """The schedule of a timer that ``timer_unit`` has written."""
    match = _KEPT.search(timer)
    try:
        return None if match is None else Schedule(**json.loads(match[1]))
    except (ValueError, TypeError):
        return None


def _text(text: str) -> str:
    """``%`` begins a specifier; a backslash would continue a line that it ends."""
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    r"""One word of ``ExecStart=:`` (the colon leaves ``$`` alone).

    >>> _quoted('50 % "a"')
    '"50 %% \\"a\\""'
    """
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
