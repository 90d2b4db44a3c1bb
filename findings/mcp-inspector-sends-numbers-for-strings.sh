#!/usr/bin/env bash
# @modelcontextprotocol/inspector 2.12.0: a string argument that looks like JSON is sent as a number, list or null.
#
# `--tool-arg key=value` of the command line gives a tool's argument. The Inspector has the tool's schema, in which
# the argument is a string. One expects a string to be sent. The value is read as JSON whatever the schema says: a
# search for "1066", "null" or "[draft]" reaches the server as something else, and a server that checks refuses it.
# Quotes within the value (question="1066", quoted once more for the shell) are the way out.
# Seen: int, NoneType and list for arguments of type string; str for what is no JSON, and for what is quoted twice.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm install --silent --no-fund --no-audit node@24 @modelcontextprotocol/inspector@2.12.0 >/dev/null 2>&1
export PATH="$place/node_modules/node/bin:$PATH"
cat >server.py <<'PYTHON'
import json
import sys

SCHEMA = {"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]}
for line in sys.stdin:
    message = json.loads(line)
    asked = message.get("method")
    if asked == "initialize":
        result = {
            "protocolVersion": message["params"]["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "types", "version": "1"},
        }
    elif asked == "tools/list":
        result = {"tools": [{"name": "search", "inputSchema": SCHEMA}]}
    elif asked == "tools/call":
        kind = type(message["params"]["arguments"]["question"]).__name__
        result = {"content": [{"type": "text", "text": kind}]}
    else:
        result = {}
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
PYTHON
seen=$(
    for value in 1066 null '["draft"]' hastings '"1066"'; do
        npx mcp-inspector --cli python3 server.py --method tools/call --tool-name search \
            --tool-arg "question=$value" 2>/dev/null | grep -o '"text": "[A-Za-z]*"'
    done
)
echo "$seen"
[ "$(echo "$seen" | cut -d'"' -f4 | xargs)" = "int NoneType list str str" ]
