"""Start the server on standard input and output."""

import sys

from semsearch.mcp.library import Library
from semsearch.mcp.server import Server
from semsearch.mcp.stdio import serve_stdio
from semsearch.mcp.tools import instructions, tools_of

_ABOUT = (
    "semsearch: this speaks the Model Context Protocol to a program on standard input;"
    " semsearch mcp --print-config CLIENT prints how to connect one, Ctrl-C ends it"
)


def serve_library(library: Library, version: str) -> None:
    """Serve the indexes of a library until the input ends."""
    if sys.stdin.isatty():
        print(_ABOUT, file=sys.stderr)
    serve_stdio(Server(tools_of(library), version, lambda: instructions(library)), library.preload)
