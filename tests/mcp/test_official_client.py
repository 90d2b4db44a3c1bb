"""The server asked by the protocol's official client, in both eras."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import StdioServerParameters
from mcp.client.client import Client
from mcp.client.stdio import stdio_client

import semsearch
from fakes.mcp_conversation import Conversation
from semsearch.embedders.local.minilm import MiniLM
from semsearch.settings.schema import Settings


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
def test_the_official_client_finds_reads_and_hears_of_progress(
    corpus: Path, minilm: MiniLM, mode: Any, version: str
) -> None:
    """With a real model, by the command as a client's configuration has it."""
    semsearch.index(corpus, embedder=minilm, settings=Settings())
    conversation = Conversation(version)

    async def ask() -> None:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "semsearch", "mcp", str(corpus)],
            env=dict(os.environ),
        )
        async with Client(stdio_client(server), mode=mode) as client:
            await conversation.hold(client, "how do bees survive the cold?")

    asyncio.run(ask())
    conversation.check()
