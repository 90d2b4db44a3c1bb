"""A model of the Hugging Face hub → the folder with its files; the only door to huggingface_hub.

What is in that library's cache is used as it is, without a look at the network; else the files that
are needed are fetched into it, and no others. ``HF_HOME``, ``HF_ENDPOINT``, ``HF_HUB_OFFLINE`` and
``HF_TOKEN`` are the library's own.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from semsearch.embedders.local.model_folder import WEIGHTS, parts_of
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
_EXTERNAL_DATA: Final = ("_data", ".data")  # behind an ONNX file's name
_SECONDS: Final = 10.0
_LONGEST_REASON: Final = 200
_NOT_ALLOWED: Final = (401, 403)

Read = Callable[[str], Path | None]  # a file by its name; None when the model has none such


def folder_of(named: ModelUri) -> Path:
    """The folder of a model; of the hub's it is fetched when it is not in the cache.

    Raises ``ModelMissing``, ``KeyRefused`` for a model that wants a token, and
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
    except _NotKnown:
        pass
    try:
        _reach(model)
        return _walked(lambda name: _fetched(model, name), model)
    except EmbedderUnavailable:
        try:
            return _walked(lambda name: _cached(model, name, guess=True), model)
        except ModelMissing:
            pass  # it is not in the cache: what was said first is what matters
        raise


class _NotKnown(Exception):
    """The cache does not say whether a model has some file."""


def _walked(read: Read, model: HubModel) -> Path:
    """Read each file that is needed; the weights last, so that where they are all others are."""
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
    weights = next((name for name in WEIGHTS if take(name)), None)
    if weights is None or _TOKENIZER not in found:
        lacking = _TOKENIZER if weights else " or ".join(WEIGHTS)
        raise ModelMissing(f"the model {model} has no {lacking}, which semsearch needs")
    if weights.endswith(".onnx"):
        for ending in _EXTERNAL_DATA:
            take(weights + ending)
    folders = {path.parents[name.count("/")] for name, path in found.items()}
    if len(folders) > 1:
        raise ModelMissing(f"the model {model} has changed while it was fetched; run it again")
    return folders.pop()


def _cached(model: HubModel, name: str, *, guess: bool) -> Path | None:
    """A file in the cache, or None; with ``guess``, an unknown file counts as absent."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(model.name, name, revision=model.revision)
    if isinstance(found, str):
        return Path(found)
    if found is None and not guess:
        raise _NotKnown
    return None


def _reach(model: HubModel) -> None:
    """Ask the hub once; the library would try again for half a minute where there is no network."""
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url

    constants.HF_HUB_DISABLE_TELEMETRY = True  # else it tells what runs on this machine
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # the rest is told in one line
    with _in_one_line(model):
        url = hf_hub_url(model.name, _DESCRIPTIONS[0], revision=model.revision)
        get_hf_file_metadata(url, timeout=_SECONDS)


def _fetched(model: HubModel, name: str) -> Path | None:
    """A file of the hub, by way of the cache."""
    from huggingface_hub import hf_hub_download

    path = None
    with _in_one_line(model):
        path = Path(hf_hub_download(model.name, name, revision=model.revision))
    return path


@contextmanager
def _in_one_line(model: HubModel) -> Iterator[None]:
    """What the library raises as one error of the tree; that a file is nowhere is none."""
    from huggingface_hub import errors

    try:
        yield
    except errors.LocalEntryNotFoundError as error:
        raise _refused_or_unreached(model, error.__cause__ or error) from None
    except errors.EntryNotFoundError:
        pass
    except errors.GatedRepoError as error:
        raise _refused_or_unreached(model, error) from None
    except errors.RevisionNotFoundError:
        raise ModelMissing(f"the model {model.name} has no revision {model.revision}") from None
    except errors.RepositoryNotFoundError:
        raise ModelMissing(
            f"there is no model {model.name} on the Hugging Face hub; if it is a private one, run:"
            " hf auth login"
        ) from None
    except (errors.HfHubHTTPError, errors.OfflineModeIsEnabled) as error:
        raise _refused_or_unreached(model, error) from None
    except (OSError, ValueError) as error:  # the disk's, or the name's
        raise ModelMissing(f"cannot keep the model {model}: {_reason(error)}") from error
    except Exception as error:  # the network's, whose classes are of the library's own transport
        raise _refused_or_unreached(model, error) from None


def _refused_or_unreached(model: HubModel, error: BaseException) -> EmbedderError:
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
