"""``semsearch schedule``."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from semsearch.cli.errors import FOUND, NOTHING_FOUND, one_line_errors
from semsearch.cli.options import All, AsJson, Index, Quiet
from semsearch.cli.render.terminal import say, to_json
from semsearch.cli.result import print_list, print_removed
from semsearch.errors import SettingsError

if TYPE_CHECKING:
    from semsearch.schedule.schedule import Schedule

schedule = typer.Typer(
    help="Bring indexes up to date on a schedule.", no_args_is_help=True, rich_markup_mode=None
)

RunTimeout = Annotated[
    str | None,
    typer.Option(
        "--timeout", metavar="TIME", help="How long a run may take; 24h when it is not given."
    ),
]
Folder = Annotated[Path | None, typer.Argument(help="The folder; the current one when not given.")]
Every = Annotated[
    str | None, typer.Option("--every", metavar="TIME", help="30m, 6h or 1d, for instance.")
]
Daily = Annotated[
    str | None, typer.Option("--daily", metavar="HH:MM", help="Once a day, in local time.")
]
CronFields = Annotated[
    str | None, typer.Option("--cron", metavar="FIELDS", help='As cron has it: "0 2 * * 1-5".')
]
BackendName = Annotated[
    str | None,
    typer.Option(
        "--with",
        "--for",
        metavar="WHO",
        help="systemd, cron, launchd or windows; else what the machine has.",
    ),
]
_NONE: Final = "there is no schedule yet; make one: semsearch schedule add FOLDER --every 6h"
OnlyPrint = Annotated[
    bool, typer.Option("--print", help="Show what would be written, and write nothing.")
]


@schedule.callback()
def _group() -> None:
    """Bring indexes up to date on a schedule."""


@schedule.command()
@one_line_errors
def add(
    folder: Folder = None,
    all_folders: All = False,
    every: Every = None,
    daily: Daily = None,
    cron: CronFields = None,
    backend: BackendName = None,
    index: Index = None,
    timeout: RunTimeout = None,
    only_print: OnlyPrint = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Have a folder indexed on a schedule, in place of the one that it had.

    A systemd user timer, else a line of your crontab; on macOS an agent of launchd, on Windows a
    task. Variables of this shell that set something are kept for the runs, but for keys: put a key
    into its file (see semsearch man settings). A run waits a minute for another one at work, then
    it ends.

    Exit codes: 0 done, 2 error.

    \b
    Examples:
      semsearch schedule add ~/notes --every 6h
      semsearch schedule add --all --daily 02:00       each folder that has a name
      semsearch schedule add ~/notes --daily 02:00 --print --for launchd
      semsearch schedule add ~/notes --cron "*/30 8-18 * * 1-5" --with cron
    """
    from semsearch.cli.render.schedules import schedule_line, schedule_values
    from semsearch.schedule import schedules

    wanted = schedules.schedule_for(
        _which(folder, index, all_folders), _when(every, daily, cron), index, timeout
    )
    scheduler = schedules.backend_for(backend, only_preview=only_print)
    if only_print:
        print(schedules.preview(wanted, scheduler))
        return FOUND
    _tell_environment(schedules.add(wanted, scheduler), quiet=quiet)
    return print_list(
        "schedules",
        [(scheduler, wanted)],
        schedule_line,
        schedule_values,
        as_json=as_json,
        quiet=quiet,
    )


def _tell_environment(variables: Mapping[str, str], *, quiet: bool) -> None:
    """Name the variables stored for scheduled runs, and the API keys that runs will lack."""
    from semsearch.schedule.schedules import is_password_out_of_reach, keys_out_of_reach

    if variables and not quiet:
        say(f"semsearch: kept for its runs from this shell: {', '.join(variables)}")
    for key in keys_out_of_reach(variables):
        provider = key.removesuffix("_api_key").removesuffix("_token")
        say(
            f"semsearch: {key.upper()} is set in this shell only, where no scheduled run finds it;"
            f" put it into the file {provider}.key beside your config.toml"
        )
    if is_password_out_of_reach():
        say(
            "semsearch: PGPASSWORD is set in this shell only, where no scheduled run finds it; put"
            " the password for publishing into ~/.pgpass"
        )


@schedule.command("list")
@one_line_errors
def list_(as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Name the schedules that semsearch has made for you.

    Exit codes: 0 there are some, 1 there is none, 2 error.

    \b
    Examples:
      semsearch schedule list
      semsearch schedule list --json
    """
    from semsearch.cli.render.schedules import schedule_line, schedule_values
    from semsearch.schedule import schedules

    found = schedules.schedules()
    if not found and not as_json and not quiet:
        say(f"semsearch: {_NONE}")
    return print_list("schedules", found, schedule_line, schedule_values, as_json=as_json)


@schedule.command()
@one_line_errors
def remove(
    folder: Folder = None, all_folders: All = False, as_json: AsJson = False, quiet: Quiet = False
) -> int:
    """Remove the schedule of a folder, and all that was written for it; the index stays.

    Exit codes: 0 done, 1 there is none, 2 error.

    \b
    Examples:
      semsearch schedule remove ~/notes
    """
    from semsearch.cli.render.schedules import schedule_line, schedule_values
    from semsearch.schedule import schedules

    which = _which(folder, None, all_folders)
    removed = schedules.remove(which)
    return print_removed(
        "schedules",
        removed,
        schedule_line,
        schedule_values,
        nothing=f"{which} has no schedule; semsearch schedule list names those there are",
        as_json=as_json,
        quiet=quiet,
    )


@schedule.command()
@one_line_errors
def run(
    folder: Folder = None,
    all_folders: All = False,
    index: Index = None,
    timeout: RunTimeout = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Index a folder now, as its schedule does, and note what becomes of it for schedule status.

    Exit codes: those of semsearch index.

    \b
    Examples:
      semsearch schedule run ~/notes
    """
    from semsearch.schedule import runs, schedules

    which = _which(folder, index, all_folders)

    def found() -> "Schedule":
        if index is None and timeout is None:
            return schedules.installed_or_new(which)
        return schedules.schedule_for(which, "", index, timeout)

    code, printed, said = runs.run(schedules.unchecked(which), found)
    for line in said.splitlines():
        say(line)
    if as_json:
        print(to_json({"folder": str(folder), "exit_code": code, "printed": printed}))
    elif printed or not quiet:
        print(printed + ("" if quiet else f"ended with {code}\n"), end="")
    return code


@schedule.command()
@one_line_errors
def status(as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Show of each schedule when it ran last, how that ended and how long it took.

    Shows the runs that another scheduler started by semsearch schedule run, too.

    Exit codes: 0 the last run of each was well, 1 one failed, was cut short or did not begin when
    it should have, 2 error.

    \b
    Examples:
      semsearch schedule status
      semsearch schedule status --json
    """
    from semsearch.cli.render.schedules import states_text
    from semsearch.schedule import schedules

    found = schedules.states()
    if as_json:
        print(to_json({"schedules": [state.to_dict() for state in found]}))
    elif found:
        print(states_text(found))
    elif not quiet:
        say(f"semsearch: {_NONE}")
    return FOUND if all(state.is_well for state in found) else NOTHING_FOUND


def _which(folder: Path | None, index: str | None, all_folders: bool) -> Path | str:
    # Here: no other command waits for them.
    from semsearch.schedule.schedule import ALL
    from semsearch.settings.sources import run_settings
    from semsearch.store.locate import refuse_collection, refuse_collection_of

    if all_folders and (folder is not None or index is not None):
        raise SettingsError("--all is every folder that has a name; leave FOLDER and --index out")
    if folder is not None:
        refuse_collection(folder)
    if index is not None:
        refuse_collection_of(run_settings(None, index=index))
    return ALL if all_folders else folder or Path()


def _when(every: str | None, daily: str | None, cron: str | None) -> str:
    from semsearch.schedule import cron as times

    if sum(way is not None for way in (every, daily, cron)) != 1:
        raise SettingsError("say when: one of --every 6h, --daily 02:00 and --cron FIELDS")
    if every is not None:
        return times.every(every)
    return times.daily(daily) if daily is not None else times.cron(cron or "")
