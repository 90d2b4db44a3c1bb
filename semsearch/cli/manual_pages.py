"""Pages of the manual, installed with the package (``semsearch/manual``)."""

from importlib.resources import files
from textwrap import fill
from typing import Final

from semsearch.errors import SettingsError

# In the order in which they are read.
TOPICS: Final = (
    *(
        "quickstart",
        "searching",
        "asking",
        "embedders",
        "formats",
        "schedule-and-watch",
        "assistants",
        "serving",
        "collections",
        "safety",
    ),
    *("insights", "evaluation", "python", "frameworks", "clients", "json"),
    *("settings", "commands", "exit-codes", "glossary", "why"),
)


def page(topic: str) -> str:
    """Return the Markdown of a page; raises ``SettingsError`` for an unknown topic."""
    if topic not in TOPICS:
        raise SettingsError(f"no manual page is named {topic}; topics: {', '.join(TOPICS)}")
    return (files("semsearch") / "manual" / f"{topic}.md").read_text(encoding="utf-8")


def summary(topic: str) -> str:
    """Return the first sentence of a page, below its title."""
    return page(topic).split("\n\n", 2)[1]


def topic_list(width: int) -> str:
    """Return each topic with its summary, wrapped to a width in characters."""
    indent = max(map(len, TOPICS)) + 2
    return "\n".join(
        fill(
            f"{topic:{indent}}{summary(topic)}",
            max(width, 2 * indent),
            subsequent_indent=" " * indent,
            break_on_hyphens=False,
        )
        for topic in TOPICS
    )
