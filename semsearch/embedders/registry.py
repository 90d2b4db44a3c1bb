"""Embedders by their URIs."""

from dataclasses import dataclass
from typing import Final

from semsearch.embedders.embedder import Embedder
from semsearch.errors import SettingsError
from semsearch.settings import Settings

_MISTRAL: Final = "mistral"
MISTRAL_EMBED: Final = f"{_MISTRAL}:mistral-embed"
LOCAL_MINILM: Final = "local:minilm"


@dataclass(frozen=True, slots=True)
class Choice:
    """An embedder's URI, and what a person should hear about how it came to be chosen."""

    uri: str
    notices: tuple[str, ...] = ()


def choose_uri(own: str | None, settings: Settings) -> Choice:
    """``settings.embedder``, else the index's own, else Mistral's with a key, else the local."""
    if settings.embedder is not None:
        return Choice(known_uri(settings.embedder))
    if own is not None:
        return Choice(own)
    if settings.mistral_api_key is not None:
        return Choice(MISTRAL_EMBED)
    return Choice(
        LOCAL_MINILM,
        (f"no MISTRAL_API_KEY is set: using {LOCAL_MINILM}, a model on this machine (English)",),
    )


def known_uri(uri: str) -> str:
    """The URI, if it names an embedder that there is; raises ``SettingsError``."""
    scheme, _, model = uri.partition(":")
    if uri != LOCAL_MINILM and not (scheme == _MISTRAL and model):
        raise SettingsError(
            f"there is no embedder {uri!r}; there are {MISTRAL_EMBED} and {LOCAL_MINILM}"
        )
    return uri


def open_embedder(uri: str, settings: Settings) -> Embedder:
    """Open the embedder that a URI names.

    Raises ``SettingsError`` for a URI that names none, ``KeyRefused`` when its key is missing and
    ``ModelMissing`` when its model is.
    """
    # Each is imported where it is opened: onnxruntime and requests each take longer to import than
    # a search takes, and an index needs only one of them.
    if known_uri(uri) == LOCAL_MINILM:
        from semsearch.embedders.local import open_minilm

        return open_minilm(settings.models_directory)
    from semsearch.embedders.mistral import Mistral

    return Mistral(uri.removeprefix(f"{_MISTRAL}:"), settings)
