"""Model of the Hugging Face hub → folder with its files; the only import of huggingface_hub.

Files in that library's cache are used without network access; otherwise only the needed files are
downloaded into it. ``HF_HOME``, ``HF_ENDPOINT``, ``HF_HUB_OFFLINE`` and ``HF_TOKEN`` work as in the
library.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from semsearch.embedders.local.model_folder import (
    TOKENIZER_CONFIG,
    WEIGHTS,
    parts_of,
    states_length,
    static_part,
)
from semsearch.embedders.local.model_uri import HubModel, ModelUri
from semsearch.errors import EmbedderError, EmbedderUnavailable, KeyRefused, ModelMissing

_MODULES: Final = "modules.json"
_TOKENIZER: Final = "tokenizer.json"
_DESCRIPTIONS: Final = (
    "config.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    _TOKENIZER,
)
_EXTERNAL_DATA: Final = ("_data", ".data")  # suffixes of an ONNX file's external data
_SECONDS: Final = 10.0
_LONGEST_REASON: Final = 200
_NOT_ALLOWED: Final = (401, 403)

Read = Callable[[str], Path | None]  # file name → path; None when the model has no such file


def folder_of(named: ModelUri) -> Path:
    """Return the folder of a model; a hub model is downloaded when it is not in the cache.

    Raises ``ModelMissing``, ``KeyRefused`` for a model that requires a token, and
    ``EmbedderUnavailable`` when the hub cannot be reached.
    """
    if isinstance(named.place, Path):
        return named.place
    if find_spec("huggingface_hub") is None:
        raise ModelMissing(
            "the package huggingface_hub is not installed; run: pip install 'semsearch[hf]'"
        )
    model = named.place
    try:
        return _walked(lambda name: _cached(model, name, guess=False), model)
    except _NotCached:
        pass
    try:
        _reach(model)
        return _walked(lambda name: _fetched(model, name), model)
    except EmbedderUnavailable:
        try:
            return _walked(lambda name: _cached(model, name, guess=True), model)
        except ModelMissing:
            pass  # not in the cache: raise the network error instead
        raise


class _NotCached(Exception):
    """The cache does not know whether the model has a file."""


def _walked(read: Read, model: HubModel) -> Path:
    """Read each needed file, the weights last: a folder with weights is complete."""
    found: dict[str, Path] = {}

    def take(name: str) -> bool:
        path = read(name)
        if path is not None:
            found[name] = path
        return path is not None

    for name in _DESCRIPTIONS:
        take(name)
    if take(_MODULES):
        for part in filter(None, parts_of(found[_MODULES].parent).values()):
            take(f"{part}/config.json")
    within = static_part(_top(found)) if found else None
    if within is None and found and not states_length(_top(found)):
        take(TOKENIZER_CONFIG)
    before = f"{within}/" if within else ""
    tokenizer = before + _TOKENIZER
    if before:
        take(tokenizer)
    weights = next((before + name for name in WEIGHTS if take(before + name)), None)
    if weights is None or tokenizer not in found:
        lacking = tokenizer if weights else " or ".join(WEIGHTS)
        raise ModelMissing(f"the model {model} has no {lacking}, which semsearch needs")
    if weights.endswith(".onnx"):
        for ending in _EXTERNAL_DATA:
            take(weights + ending)
    folders = {path.parents[name.count("/")] for name, path in found.items()}
    if len(folders) > 1:
        raise ModelMissing(f"the model {model} has changed while it was fetched; run it again")
    return folders.pop()


def _top(found: Mapping[str, Path]) -> Path:
    name, path = next(iter(found.items()))
    return path.parents[name.count("/")]


def _cached(model: HubModel, name: str, *, guess: bool) -> Path | None:
    """A file in the cache, or None; with ``guess``, an unknown file counts as absent."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(model.name, name, revision=model.revision)
    if isinstance(found, str):
        return Path(found)
    if found is None and not guess:
        raise _NotCached
    return None


def _reach(model: HubModel) -> None:
    """Contact the hub once; without a network the library would retry for half a minute."""
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url

    constants.HF_HUB_DISABLE_TELEMETRY = True  # telemetry would report the software of this machine
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # errors are reported as one line
    with _translated_errors(model):
        url = hf_hub_url(model.name, _DESCRIPTIONS[0], revision=model.revision)
        get_hf_file_metadata(url, timeout=_SECONDS)


def _fetched(model: HubModel, name: str) -> Path | None:
    """Download a file of the hub into the cache; None when the model has no such file."""
    from huggingface_hub import hf_hub_download

    path = None
    with _translated_errors(model):
        path = Path(hf_hub_download(model.name, name, revision=model.revision))
    return path


@contextmanager
def _translated_errors(model: HubModel) -> Iterator[None]:
    """Translate the library's errors to ``EmbedderError``; a missing file is no error."""
    from huggingface_hub import errors

    try:
        yield
    except errors.LocalEntryNotFoundError as error:
        raise _unavailable(model, error.__cause__ or error) from None
    except errors.EntryNotFoundError:
        pass
    except errors.GatedRepoError as error:
        raise _unavailable(model, error) from None
    except errors.RevisionNotFoundError:
        raise ModelMissing(f"the model {model.name} has no revision {model.revision}") from None
    except errors.RepositoryNotFoundError:
        raise ModelMissing(
            f"there is no model {model.name} on the Hugging Face hub; if it is a private one, run:"
            " hf auth login"
        ) from None
    except (errors.HfHubHTTPError, errors.OfflineModeIsEnabled) as error:
        raise _unavailable(model, error) from None
    except (OSError, ValueError) as error:  # a full disk, or an invalid name
        raise ModelMissing(f"cannot keep the model {model}: {_reason(error)}") from error
    except Exception as error:  # network errors, whose classes depend on the library's transport
        raise _unavailable(model, error) from None


def _unavailable(model: HubModel, error: BaseException) -> EmbedderError:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in _NOT_ALLOWED:
        return KeyRefused(
            f"the model {model} is only for who has accepted its terms; do so on its page, and run:"
            " hf auth login"
        )
    return EmbedderUnavailable(
        f"the model {model} is not in the cache, and the Hugging Face hub cannot be reached"
        f" ({_reason(error)}); run the same command again with a network, or give local:PATH, its"
        " folder"
    )


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:_LONGEST_REASON] or type(error).__name__
