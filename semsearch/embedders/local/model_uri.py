"""URIs of models in a local folder or on the Hugging Face hub.

local:PATH[?query_prefix=TEXT&passage_prefix=TEXT&dimension=N]           a model's folder
hf:NAME[@REVISION][?query_prefix=TEXT&passage_prefix=TEXT&dimension=N]   OWNER/MODEL on the hub

An index stores the URI with the absolute path and with ``digest=``, the fingerprint of the folder's
files. In a URI, ``%``, ``?``, ``&`` and ``+`` of a path or a prefix are percent-encoded.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urlencode

from semsearch.embedders.uri_options import (
    DIMENSION,
    PASSAGE_PREFIX,
    QUERY_PREFIX,
    dimension_in,
    uri_options,
)
from semsearch.errors import SettingsError
from semsearch.settings.paths import expanded

_FOLDER: Final = "local:"
_HUB: Final = "hf:"
_OPTIONS: Final = frozenset({QUERY_PREFIX, PASSAGE_PREFIX, DIMENSION, "digest"})
_PLAIN: Final = "/:\\"  # not percent-encoded
# The syntax of huggingface_hub; a revision is a branch, a tag or a commit.
_HUB_NAME: Final = re.compile(
    r"(?P<name>\w[\w.-]*(/\w[\w.-]*)?)(@(?P<revision>\w[\w./-]*))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model name on the Hugging Face hub; ``revision`` None is the main branch."""

    name: str
    revision: str | None = None

    def __str__(self) -> str:
        return self.name if self.revision is None else f"{self.name}@{self.revision}"


@dataclass(frozen=True, slots=True)
class ModelUri:
    """Parsed URI of a model: an absolute folder path or a hub model.

    A prefix of None means the model's own prefix, a ``dimension`` of None the model's own number of
    numbers; of any other the first are kept. ``digest`` is the fingerprint, if the URI has it.
    """

    place: Path | HubModel
    query_prefix: str | None = None
    passage_prefix: str | None = None
    digest: str | None = None
    dimension: int | None = None

    def __str__(self) -> str:
        named = {
            QUERY_PREFIX: self.query_prefix,
            PASSAGE_PREFIX: self.passage_prefix,
            DIMENSION: None if self.dimension is None else str(self.dimension),
            "digest": self.digest,
        }
        given = {name: value for name, value in named.items() if value is not None}
        options = f"?{urlencode(given, safe=_PLAIN, quote_via=quote)}" if given else ""
        if isinstance(self.place, HubModel):
            return f"{_HUB}{self.place}{options}"
        return f"{_FOLDER}{quote(os.fsencode(self.place), safe=_PLAIN)}{options}"


def names_model(uri: str) -> bool:
    """True for ``hf:…``, and for ``local:`` with a path (it has a slash, leading dot or tilde)."""
    path = uri.removeprefix(_FOLDER).partition("?")[0]
    return uri.startswith(_HUB) or (
        uri.startswith(_FOLDER) and ("/" in path or os.sep in path or path.startswith((".", "~")))
    )


def model_uri(uri: str) -> ModelUri:
    """Parse a URI for which ``names_model`` is true; raises ``SettingsError``."""
    path, options = uri.partition("?")[0], uri_options(uri, _OPTIONS)
    return ModelUri(
        _hub_model(path) if path.startswith(_HUB) else _folder(path),
        options.get(QUERY_PREFIX),
        options.get(PASSAGE_PREFIX),
        options.get("digest"),
        dimension_in(options),
    )


def _hub_model(uri: str) -> HubModel:
    found = _HUB_NAME.fullmatch(uri.removeprefix(_HUB))
    if found is None:
        raise SettingsError(f"{uri} names no model of the hub; it looks like hf:OWNER/MODEL")
    return HubModel(found["name"], found["revision"])


def _folder(uri: str) -> Path:
    decoded = expanded(os.fsdecode(unquote_to_bytes(os.fsencode(uri.removeprefix(_FOLDER)))))
    try:
        return decoded.resolve()
    except (OSError, RuntimeError) as error:  # circular symbolic links
        raise SettingsError(f"cannot find the model of {uri}: {error}") from error
