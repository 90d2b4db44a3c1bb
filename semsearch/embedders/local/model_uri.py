"""A model on this machine, or the Hugging Face hub's, as a URI.

local:PATH[?query_prefix=TEXT&passage_prefix=TEXT]               a model's folder
hf:NAME[@REVISION][?query_prefix=TEXT&passage_prefix=TEXT]       OWNER/MODEL on the hub

An index keeps it with the absolute path and with ``digest=``, the fingerprint of what the folder
holds. In a URI, ``%``, ``?``, ``&`` and ``+`` of a path or a prefix are percent-encoded.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode

from semsearch.errors import SettingsError
from semsearch.settings.paths import expanded

_FOLDER: Final = "local:"
_HUB: Final = "hf:"
_OPTIONS: Final = frozenset({"query_prefix", "passage_prefix", "digest"})
_PLAIN: Final = "/:\\"  # is not encoded
# As huggingface_hub has them; a revision is a branch, a tag or a commit.
_HUB_NAME: Final = re.compile(
    r"(?P<name>\w[\w.-]*(/\w[\w.-]*)?)(@(?P<revision>\w[\w./-]*))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model of the hub by its name; without a ``revision`` it is the main one."""

    name: str
    revision: str | None = None

    def __str__(self) -> str:
        return self.name if self.revision is None else f"{self.name}@{self.revision}"


@dataclass(frozen=True, slots=True)
class ModelUri:
    """Where a model is: a folder's absolute path, or the hub's.

    With the prefixes, None where the model's own count, and the fingerprint.
    """

    place: Path | HubModel
    query_prefix: str | None = None
    passage_prefix: str | None = None
    digest: str | None = None

    def __str__(self) -> str:
        named = {
            "query_prefix": self.query_prefix,
            "passage_prefix": self.passage_prefix,
            "digest": self.digest,
        }
        given = {name: value for name, value in named.items() if value is not None}
        options = f"?{urlencode(given, safe=_PLAIN, quote_via=quote)}" if given else ""
        if isinstance(self.place, HubModel):
            return f"{_HUB}{self.place}{options}"
        return f"{_FOLDER}{quote(os.fsencode(self.place), safe=_PLAIN)}{options}"


def names_model(uri: str) -> bool:
    """Whether a URI names the hub's model, or a folder: with a slash, a first dot or a tilde."""
    path = uri.removeprefix(_FOLDER).partition("?")[0]
    return uri.startswith(_HUB) or (
        uri.startswith(_FOLDER) and ("/" in path or os.sep in path or path.startswith((".", "~")))
    )


def model_uri(uri: str) -> ModelUri:
    """What a URI of ``names_model`` says; raises ``SettingsError``."""
    path, _, query = uri.partition("?")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise SettingsError(f"cannot read the options of {uri}: {error}") from error
    options = dict(pairs)
    if len(options) < len(pairs) or not options.keys() <= _OPTIONS:
        raise SettingsError(
            f"{uri} may have the options query_prefix and passage_prefix, each once"
        )
    return ModelUri(
        _hub_model(path) if path.startswith(_HUB) else _folder(path),
        options.get("query_prefix"),
        options.get("passage_prefix"),
        options.get("digest"),
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
    except (OSError, RuntimeError) as error:  # links that lead to themselves
        raise SettingsError(f"cannot find the model of {uri}: {error}") from error
