#!/usr/bin/env bash
# requests (PyPI) 2.34.2, urllib3 2.8.0: server-sent events are read as ISO-8859-1, and late.
#
# The standard of text/event-stream says UTF-8. iter_lines(decode_unicode=True) takes ISO-8859-1, as
# for any text/* without a charset. Where the answer is not chunked (HTTP/1.0, or until the connection
# closes) iter_lines and iter_content also keep an event that has come until 512 bytes are there, with
# stream=True, too; chunked answers, and raw.read1, give it at once.
# Seen: "FÃ¼r", and an event that is given only behind the end of the answer.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check requests==2.34.2 urllib3==2.8.0
cat >"$place/run.py" <<'PY'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

EVENT = "data: Für\n\n".encode()
got = threading.Event()
outcome = {}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        chunked = self.path.endswith("chunked")
        self.protocol_version = "HTTP/1.1" if chunked else "HTTP/1.0"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(EVENT), EVENT) if chunked else EVENT)
        self.wfile.flush()
        outcome["given"] = "at once" if got.wait(2) else "behind the end"
        if chunked:
            self.wfile.write(b"0\r\n\r\n")


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
READERS = {
    "iter_lines": lambda answer: next(answer.iter_lines(decode_unicode=True)),
    "iter_content": lambda answer: next(answer.iter_content(512)).decode().strip(),
    "raw.read1": lambda answer: answer.raw.read1(512).decode().strip(),
}
for name, read in READERS.items():
    for kind in ("closed", "chunked"):
        got.clear()
        outcome.clear()
        with requests.get(f"http://127.0.0.1:{server.server_port}/{kind}", stream=True) as answer:
            line = read(answer)
            got.set()
        while "given" not in outcome:
            pass
        print(f"{name}, {kind}: {line!r} {outcome['given']}")
PY
seen=$("$place/env/bin/python" "$place/run.py")
echo "$seen"
[ "$seen" = "iter_lines, closed: 'data: FÃ¼r' behind the end
iter_lines, chunked: 'data: FÃ¼r' at once
iter_content, closed: 'data: Für' behind the end
iter_content, chunked: 'data: Für' at once
raw.read1, closed: 'data: Für' at once
raw.read1, chunked: 'data: Für' at once" ]
