"""What a format's reader needs beside semsearch itself: an extra, or a program of the system."""

import shutil
from functools import cache
from importlib.util import find_spec
from typing import Final, NamedTuple

from semsearch.documents.reason import Reason, ReasonCode


class Requirement(NamedTuple):
    """A module that an extra brings, or a program of the system, and the code without it."""

    code: ReasonCode
    module: str = ""
    program: str = ""

    @property
    def is_met(self) -> bool:
        """Whether it is installed; a program may be installed at any time, a module is not."""
        if self.program:
            return shutil.which(self.program) is not None
        return has_module(self.module)

    def missing_for(self, kind: str) -> Reason:
        """Return the reason for a file of some kind that is not read without it."""
        return Reason(self.code, f"a {kind} needs {self.code.needed}")


@cache
def has_module(name: str) -> bool:
    """Whether a module is installed."""
    return find_spec(name) is not None


SECOND_PDF_READER: Final = "pypdfium2"  # module
CODE: Final = Requirement(ReasonCode.NEEDS_CODE, module="tree_sitter")
OFFICE: Final = {
    module: Requirement(ReasonCode.NEEDS_OFFICE, module=module)
    for module in ("olefile", "xlrd", "zstandard")
}
DJVULIBRE: Final = Requirement(ReasonCode.NEEDS_DJVULIBRE, program="djvutxt")
GHOSTSCRIPT: Final = Requirement(ReasonCode.NEEDS_GHOSTSCRIPT, program="gs")
