"""Shell completion of option values and arguments; the shell itself completes files."""

from typer import _completion_classes

from semsearch.errors import SemsearchError
from semsearch.settings.sources import load_settings


def show_plain_help() -> None:
    """Show the help beside completions (zsh, fish, PowerShell) as it is written, without rich.

    typer takes marks of rich out of it, of which it has none; rich's import takes longer than all
    else. (A future typer without this function is only slower.)
    """
    setattr(_completion_classes, "_sanitize_help_text", str)  # noqa: B010  # its name is not public


def index_names(incomplete: str) -> list[str]:
    """Return the names of ``[indexes]`` with this prefix; empty if settings cannot be read."""
    try:
        names = sorted(load_settings().indexes)
    except SemsearchError:
        return []  # the command itself will report the error
    return [name for name in names if name.startswith(incomplete)]


def several_names(incomplete: str) -> list[str]:
    """Complete the last of several index names separated by commas, without repeats."""
    before, comma, last = incomplete.rpartition(",")
    given = before.split(",")
    return [f"{before}{comma}{name}" for name in index_names(last) if name not in given]


def modes(incomplete: str) -> list[str]:
    """Return the values of ``--mode`` with this prefix."""
    return [mode for mode in ("hybrid", "semantic", "keyword") if mode.startswith(incomplete)]


def manual_topics(incomplete: str) -> list[str]:
    """Return the topics of ``semsearch man`` with this prefix."""
    from semsearch.cli.manual_pages import TOPICS  # here: other commands read no manual

    return [topic for topic in (*TOPICS, "topics") if topic.startswith(incomplete)]
