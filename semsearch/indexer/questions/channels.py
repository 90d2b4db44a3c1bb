"""Channels that deliver news: a command, a mail, a desktop notification.

Text of documents goes to standard input only: other users of the machine can read the arguments of
a command. A channel is given a few environment variables, and so neither a key nor a token.
"""

import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final

from semsearch.errors import SettingsError
from semsearch.indexer.questions.news import News
from semsearch.settings.child_environments import command_environment

_SECONDS: Final = 60.0  # seconds; a hanging command would keep the index locked
_MAILERS: Final = ("/usr/sbin/sendmail", "/usr/lib/sendmail")


@dataclass(frozen=True, slots=True)
class Command:
    """Runs a command, without a shell, with the rendered news on standard input."""

    command: str
    render: Callable[[Sequence[News]], str]

    @property
    def name(self) -> str:
        return f"exec {self.command}"

    def tell(self, news: Sequence[News]) -> None:
        try:
            words = shlex.split(self.command)
        except ValueError as error:
            raise SettingsError(f"{self.command!r} is no command: {error}") from error
        if not words:
            raise SettingsError("the command that is to be told the news is empty")
        _run(words, self.render(news))


@dataclass(frozen=True, slots=True)
class Mail:
    """Sends a mail through the system's sendmail."""

    address: str
    render: Callable[[Sequence[News]], str]

    @property
    def name(self) -> str:
        return f"mail {self.address}"

    def tell(self, news: Sequence[News]) -> None:
        if (
            not self.address.isprintable()
            or self.address.startswith("-")
            or "@" not in self.address
        ):
            raise SettingsError(f"{self.address!r} is no address to mail the news to")
        program = shutil.which("sendmail") or next(filter(shutil.which, _MAILERS), None)
        if program is None:
            raise SettingsError("there is no sendmail on this machine to mail the news by")
        message = EmailMessage()
        message["To"] = self.address
        message["Subject"] = f"semsearch: {summary(news)}"
        message.set_content(self.render(news))
        _run([program, "-i", "--", self.address], message.as_string())


@dataclass(frozen=True, slots=True)
class Notification:
    """Shows a desktop notification with the questions only."""

    name: str = "notify"

    def tell(self, news: Sequence[News]) -> None:
        program = shutil.which("notify-send")
        if program is None:
            raise SettingsError("there is no notify-send on this machine to show the news by")
        questions = ", ".join(dict.fromkeys(one.question for one in news))
        _run([program, "--app-name=semsearch", "--", summary(news), questions], "")


def summary(news: Sequence[News]) -> str:
    """Return how many news there are, in words."""
    return f"{len(news)} new passage{'' if len(news) == 1 else 's'} for what is watched"


def _run(words: Sequence[str], given: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603  # the user's own command; no shell
            words,
            input=given.encode("utf-8", "replace"),
            stdout=subprocess.DEVNULL,  # semsearch's stdout is for results
            stderr=subprocess.PIPE,
            env=command_environment(),
            check=False,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise SettingsError(f"{words[0]} took more than {_SECONDS:.0f} s") from error
    except OSError as error:
        raise SettingsError(f"{words[0]} cannot be started: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise SettingsError(f"{words[0]} ended with {done.returncode}{said and f': {said}'}")
