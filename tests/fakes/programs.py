"""Stand-ins for programs of the system, such as those of OCR."""

import os
from pathlib import Path

import pytest

# Tells the mark of the picture that it gets.
TESSERACT_OF_MARKS = "mark=$(head -c 4 | tr -cd A-Z)\ncat > /dev/null\necho found in $mark"
PDFTOPPM = "cat > /dev/null; echo page"


def put_programs(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> None:
    """Write programs of these shell scripts to a folder, and put it at the front of PATH."""
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
