"""Channels by which a command tells the news of watched questions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from semsearch.settings.sources import load_settings

if TYPE_CHECKING:
    from semsearch.indexer.questions.news import Channel, News

_STDOUT: Final = "stdout"


@dataclass(frozen=True, slots=True)
class Stdout:
    """Channel that prints news at once; unused with ``--json``, which prints them later."""

    prints: bool
    before: Callable[[], None] | None

    @property
    def name(self) -> str:
        """Name under which told news are recorded."""
        return _STDOUT

    def tell(self, news: "Sequence[News]") -> None:
        """Print the news."""
        from semsearch.cli.render.news import news_text  # here: most runs have none

        if self.prints:
            if self.before is not None:
                self.before()
            print(news_text(news), flush=True)


def channels(
    command: str | None = None, address: str | None = None, notify: bool | None = None
) -> "list[Channel]":
    """Return the channels that options name, else those of the settings; stdout is separate."""
    settings = load_settings()
    command = command or settings.news_command
    address = address or settings.news_mail
    notify = settings.news_notify == "yes" if notify is None else notify
    if not (command or address or notify):
        return []
    from semsearch.cli.render.news import news_json, news_text
    from semsearch.indexer.questions.channels import (  # here: most runs have none
        Command,
        Mail,
        Notification,
    )

    return [
        *([Command(command, news_json)] if command else []),
        *([Mail(address, news_text)] if address else []),
        *([Notification()] if notify else []),
    ]
