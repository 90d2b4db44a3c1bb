"""Configurations of clients."""

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.embedder import WordEmbedder
from fakes.index_runs import index
from semsearch.errors import SettingsError
from semsearch.mcp.client_config import CLIENTS, client_config

if TYPE_CHECKING:
    from conftest import Run


@pytest.mark.parametrize("client", ["claude-desktop", "cursor", "windsurf"])
def test_most_clients_take_a_table_of_servers(client: str) -> None:
    """With command and arguments."""
    server = json.loads(client_config(client, ["/a b"]))["mcpServers"]["semsearch"]
    assert Path(server["command"]).is_absolute()
    assert server["args"][-2:] == ["mcp", "/a b"]


def test_others_have_forms_of_their_own() -> None:
    """VS Code, Zed, Codex and Claude Code."""
    vscode = json.loads(client_config("vscode", ["/a"]))["servers"]["semsearch"]
    assert (vscode["type"], vscode["args"][-1]) == ("stdio", "/a")
    zed = json.loads(client_config("zed", ["/a"]))["context_servers"]["semsearch"]
    assert zed["args"][-1] == "/a"
    codex = tomllib.loads(client_config("codex", ['/a "ü']))["mcp_servers"]["semsearch"]
    assert codex["args"][-1] == '/a "ü'
    assert client_config("claude", ["/a b"]).startswith("claude mcp add semsearch -- /")
    assert client_config("claude", ["/a b"]).endswith(" mcp '/a b'")


def test_an_unknown_client_is_told_the_known_ones() -> None:
    """Each of which is in the help."""
    with pytest.raises(SettingsError, match="there are claude, claude-desktop, cursor"):
        client_config("emacs", [])


def test_the_command_prints_absolute_paths(corpus: Path, words: WordEmbedder, run: "Run") -> None:
    """Also for a folder that is given as it stands here, and for the nearest index upward."""
    index(corpus, words)
    for given, cwd in (("corpus", corpus.parent), (None, corpus / "sub")):
        arguments = ("mcp", *([given] if given else []), "--print-config", "cursor")
        server = json.loads(run(*arguments, cwd=cwd).stdout)["mcpServers"]["semsearch"]
        assert server["args"][-1] == str(corpus.resolve())
    refused = run("mcp", "--print-config", "emacs", cwd=corpus)
    assert (refused.returncode, refused.stdout) == (2, "")
    shown = run("mcp", "--help").stdout
    assert all(client in shown for client in CLIENTS)
