"""What a test says to the server by the protocol's official client, whatever carries it."""

from typing import Any

from mcp.client.client import Client


class Conversation:
    """All three tools asked about the folder ``corpus``, a wrong argument, the progress heard."""

    def __init__(self, version: str) -> None:
        """``version`` is that of the protocol, which client and server are to agree on."""
        self._version = version
        self._heard: list[float] = []
        self._told: list[Any] = []

    async def hold(self, client: Client, question: str) -> None:
        """Ask."""
        assert client.protocol_version == self._version
        assert client.instructions is not None
        assert "has 4 documents" in client.instructions
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["search", "read", "status"]
        asked = {"question": question}
        self._told = [
            await client.call_tool("search", asked, progress_callback=self._hear),
            await client.call_tool("read", {"citation": "bees.md"}),
            await client.call_tool("status", {}),
            await client.call_tool("search", {"question": "bees", "path": "*.md"}),
        ]

    async def _hear(self, step: float, _steps: float | None, _text: str | None) -> None:
        self._heard.append(step)

    def check(self) -> None:
        """The answers are those of the folder, and the wrong argument was named."""
        found, read, status, wrong = self._told
        assert "bees.md:" in found.content[0].text
        assert "Honey bees keep warm." in read.content[0].text
        assert "4 documents" in status.content[0].text
        assert [one.is_error for one in self._told] == [False, False, False, True]
        assert "(do you mean paths?)" in wrong.content[0].text
        assert self._heard == [1, 2, 3]
