"""What a shell offers for the word that is being typed; files are offered by the shell itself."""

from semsearch.errors import SemsearchError
from semsearch.settings.sources import load_settings


def index_names(incomplete: str) -> list[str]:
    """The names of ``[indexes]`` that begin so; none where the settings cannot be read."""
    try:
        names = sorted(load_settings().indexes)
    except SemsearchError:
        return []  # the command itself will say what is wrong
    return [name for name in names if name.startswith(incomplete)]


def several_names(incomplete: str) -> list[str]:
    """The same behind the last comma, without those that are there already."""
    before, comma, last = incomplete.rpartition(",")
    given = before.split(",")
    return [f"{before}{comma}{name}" for name in index_names(last) if name not in given]


def modes(incomplete: str) -> list[str]:
    """What ``--mode`` takes."""
    return [mode for mode in ("hybrid", "semantic", "keyword") if mode.startswith(incomplete)]


def manual_topics(incomplete: str) -> list[str]:
    """Topics of ``semsearch man`` that begin so."""
    from semsearch.cli.manual_pages import TOPICS  # here: other commands read no manual

    return [topic for topic in (*TOPICS, "topics") if topic.startswith(incomplete)]
