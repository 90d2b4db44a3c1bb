"""The version of semsearch; the package is built with it."""

from typing import Final

VERSION: Final = "0.1.0"
