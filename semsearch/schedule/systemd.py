"""A systemd user timer and its service (systemd.unit(5)); pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict

from semsearch.schedule.cron import calendar
from semsearch.schedule.schedule import Schedule

_KEPT = re.compile(r"^Schedule=(.*)$", re.MULTILINE)


def timer_unit(schedule: Schedule) -> str:
    """Return the timer unit; a run that was due while the machine was off is started later.

    systemd ignores sections that begin with ``X-``: that of semsearch stores the schedule for
    ``schedule_of``.
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
    """Return the service unit; exit codes 3 (unreadable files) and 11 (locked) count as success.

    It is hardened as far as a user's systemd can without namespaces. ``credentials`` maps key names
    (``mistral_api_key``) to files, which systemd loads for the run.
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
    """Return the schedule in a timer unit that ``timer_unit`` wrote; None for any other."""
    match = _KEPT.search(timer)
    try:
        return None if match is None else Schedule(**json.loads(match[1]))
    except (ValueError, TypeError):
        return None


def _text(text: str) -> str:
    """Escape ``%``, which begins a specifier."""
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    r"""One word of ``ExecStart=:`` (the colon leaves ``$`` alone).

    >>> _quoted('50 % "a"')
    '"50 %% \\"a\\""'
    """
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
