"""The entry point of the ``semsearch`` command and of ``python -m semsearch``."""

import os
import sys


def main() -> None:
    """Run the command line; ends the process with the command's exit code."""
    os.umask(0o077)  # whatever is written, by whichever library, is for its owner only
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal without UTF-8
    try:
        from semsearch.cli.app import app  # inside the try: Ctrl-C during imports ends quietly too

        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
