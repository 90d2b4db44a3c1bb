"""The configuration that makes a client start the server, in each client's own form.

Clients start servers in another directory and with hardly any environment: the command and the
folder are absolute, and an API key belongs into the settings, not into the shell.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from shlex import join
from typing import Any, Final

from semsearch.errors import SettingsError

_NAME: Final = "semsearch"


def client_config(client: str, arguments: Sequence[str]) -> str:
    """The configuration for a client, to be pasted; ``arguments`` follow ``semsearch mcp``.

    Raises ``SettingsError`` for a client that is not known.
    """
    try:
        form = CLIENTS[client]
    except KeyError:
        raise SettingsError(
            f"{client!r} is no client that is known here; there are {', '.join(CLIENTS)}; others"
            " mostly take the form of claude-desktop"
        ) from None
    return form([*_program(), "mcp", *arguments])


def _program() -> list[str]:
    """The command line that starts semsearch, with absolute paths."""
    started = Path(sys.argv[0])
    if started.name in ("semsearch", "semsearch.exe") and started.is_file():
        return [str(started.absolute())]
    return [sys.executable, "-m", "semsearch"]


def _servers(command: Sequence[str]) -> str:
    return _json({"mcpServers": {_NAME: {"command": command[0], "args": list(command[1:])}}})


def _vscode(command: Sequence[str]) -> str:
    server = {"type": "stdio", "command": command[0], "args": list(command[1:])}
    return _json({"servers": {_NAME: server}})


def _claude_code(command: Sequence[str]) -> str:
    return f"claude mcp add {_NAME} -- {join(command)}"


def _codex(command: Sequence[str]) -> str:
    # TOML's basic strings have the escapes of JSON: https://toml.io/en/v1.0.0#string
    rows = [f"command = {json.dumps(command[0])}", f"args = {json.dumps(list(command[1:]))}"]
    return "\n".join([f"[mcp_servers.{_NAME}]", *rows])


def _zed(command: Sequence[str]) -> str:
    server = {"command": command[0], "args": list(command[1:]), "env": {}}
    return _json({"context_servers": {_NAME: server}})


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2)


CLIENTS: Final[Mapping[str, Callable[[Sequence[str]], str]]] = {
    "claude": _claude_code,
    "claude-desktop": _servers,
    "cursor": _servers,
    "vscode": _vscode,
    "codex": _codex,
    "windsurf": _servers,
    "zed": _zed,
}
