#!/usr/bin/env bash
# mcp 2.3.0 (the official Python SDK): a tool call with a misspelt argument runs without it.
#
# MCPServer makes a schema of a function's parameters and checks calls against it: a value of the wrong type is an
# error. One expects the same of an argument that the tool does not have. It is dropped in silence, and the schema
# that clients get does not forbid it either (no "additionalProperties"): a model that writes "pathh" gets
# results for everything, and nothing tells it that its filter was not applied.
# Seen: an error for the wrong type; "searched everything" for the misspelt name.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv env
env/bin/pip install --quiet "mcp==2.3.0"
cat >ask.py <<'PYTHON'
import asyncio

from mcp.client import Client
from mcp.server.mcpserver import MCPServer

server = MCPServer("notes", log_level="CRITICAL")


@server.tool()
def search(question: str, path: str = "everything", limit: int = 5) -> str:
    return f"searched {path}"


async def main():
    async with Client(server) as client:
        (tool,) = (await client.list_tools()).tools
        print("additionalProperties" in tool.input_schema)
        for arguments in ({"limit": "many"}, {"pathh": "letters/"}):
            answer = await client.call_tool("search", {"question": "rent", **arguments})
            print(answer.is_error, answer.content[0].text.splitlines()[0][:40])


asyncio.run(main())
PYTHON
seen=$(env/bin/python ask.py 2>/dev/null)
echo "$seen"
[ "$seen" = "False
True Error executing tool search: 1 validatio
False searched everything" ]
