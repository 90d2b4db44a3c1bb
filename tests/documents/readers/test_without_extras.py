"""Documents are read without the extras that they do not need."""

import json
import subprocess
import sys
from pathlib import Path

SAMPLES = Path(__file__).parents[3] / "sample_corpus"
BLOCKED = (
    "olefile xlrd python_calamine zstandard pypdfium2 tree_sitter onnxruntime tokenizers onnx"
).split()
PROGRAM = """
import json, sys
from pathlib import Path

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[2].split():
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
import importlib.util
known = importlib.util.find_spec
from semsearch.documents import requirements
blocked = sys.argv[2].split()
requirements.find_spec = lambda name: None if name in blocked else known(name)
from semsearch.documents.readers.reader import document_of
from semsearch.documents.reason import DocumentUnreadable

told = {}
for path in sorted(path for path in Path(sys.argv[1]).glob("[!.]*/**/*") if path.is_file()):
    try:
        document = document_of(path.read_bytes(), path.name)
        told[path.name] = len(document.blocks)
    except DocumentUnreadable as error:
        told[path.name] = error.code.key
print(json.dumps(told))
"""


def read_without(folder: Path, modules: list[str]) -> dict[str, int | str]:
    """The blocks of each file of a folder, or its reason, where modules are not installed."""
    command = (sys.executable, "-c", PROGRAM, str(folder), " ".join(modules))
    told: dict[str, int | str] = json.loads(subprocess.check_output(command))
    return told


def test_documents_need_an_extra_only_where_the_manual_says_so() -> None:
    """Each document of the sample corpus is read without any extra, but for programs."""
    told = read_without(SAMPLES, BLOCKED)
    assert {".docx", ".xlsx", ".pptx", ".odt", ".rtf", ".pdf"} <= {Path(n).suffix for n in told}
    unread = {name: why for name, why in told.items() if not isinstance(why, int)}
    assert set(unread.values()) <= {"needs-code"}
