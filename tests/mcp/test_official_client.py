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
from semsearch.embedders.local.minilm import MiniLM
from semsearch.settings.schema import Settings


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
def test_the_official_client_finds_reads_and_hears_of_progress(
    corpus: Path, minilm: MiniLM, mode: Any, version: str
) -> None:
    """With a real model, by the command as a client's configuration has it."""
    semsearch.index(corpus, embedder=minilm, settings=Settings())
    told: list[float] = []

    async def hear(step: float, _steps: float | None, _text: str | None) -> None:
        told.append(step)

    async def ask() -> list[Any]:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "semsearch", "mcp", str(corpus)],
            env=dict(os.environ),
        )
        async with Client(stdio_client(server), mode=mode) as client:
            assert client.protocol_version == version
            assert client.instructions is not None
            assert "has 4 documents" in client.instructions
            tools = (await client.list_tools()).tools
            assert [tool.name for tool in tools] == ["search", "read", "status"]
            question = {"question": "how do bees survive the cold?"}
            return [
                await client.call_tool("search", question, progress_callback=hear),
                await client.call_tool("read", {"citation": "bees.md"}),
                await client.call_tool("status", {}),
                await client.call_tool("search", {"question": "bees", "path": "*.md"}),
            ]

    found, read, status, wrong = asyncio.run(ask())
    assert "bees.md:" in found.content[0].text
    assert "Honey bees keep warm." in read.content[0].text
    assert "4 documents" in status.content[0].text
    assert [one.is_error for one in (found, read, status, wrong)] == [False, False, False, True]
    assert "(do you mean paths?)" in wrong.content[0].text
    assert told == [1, 2, 3]
