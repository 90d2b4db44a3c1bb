"""The commands with their help → a page for man(1), in the macros of man(7)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from semsearch.cli.command_reference import Command

_LITERAL: Final = "\b"  # begins lines that are not to be wrapped again, in a command's help


def manual_page(
    version: str, about: str, commands: "Sequence[Command]", exit_codes: Mapping[int, str]
) -> str:
    """The page, of section 1."""
    first = about[0].lower() + about[1:].rstrip(".")
    rows = [
        f'.TH SEMSEARCH 1 "" "semsearch {_escaped(version)}" "User Commands"',
        *(".nh", ".ad l"),
        ".SH NAME",
        f"semsearch \\- {_escaped(first)}",
        ".SH SYNOPSIS",
        "\\fBsemsearch\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]",
        ".SH COMMANDS",
    ]
    for command in commands:
        rows += [f'.SS "{_quoted(command.usage)}"', *_help(command.help)]
        for option in command.options:
            rows += [".TP", f"\\fB{_escaped(option.written)}\\fR", _line(option.help)]
    rows.append(".SH EXIT STATUS")
    for code, meaning in sorted(exit_codes.items()):
        rows += [".TP", f"\\fB{code}\\fR", _line(meaning)]
    return "\n".join(rows)


def _help(text: str) -> Iterator[str]:
    """The paragraphs of a help text; those behind the mark line by line."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        if paragraph.startswith(_LITERAL):
            yield from (".PP", ".nf")
            yield from map(_line, paragraph.removeprefix(_LITERAL).strip("\n").splitlines())
            yield ".fi"
        else:
            yield from (".PP", _line(" ".join(paragraph.split())))


def _line(text: str) -> str:
    """A row of text; a dot or an apostrophe at its start is escaped, else roff takes a request."""
    escaped = _escaped(text)
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _escaped(text: str) -> str:
    r"""Text in which nothing means anything to troff.

    >>> print(_escaped("--all \\ 'x' …"))
    \-\-all \e \(aqx\(aq \[u2026]
    """
    replaced = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    replaced = replaced.replace("~", "\\(ti").replace("^", "\\(ha").replace("`", "\\(ga")
    return re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found[0]):04X}]", replaced)


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', "\\(dq")
