"""``local:PATH[?query_prefix=TEXT&passage_prefix=TEXT]``: a model's folder as an embedder's URI.

An index keeps it with the absolute path and with ``digest=``, the fingerprint of what the folder
holds. In a URI, ``%``, ``?``, ``&`` and ``+`` of a path or a prefix are percent-encoded.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode

from semsearch.errors import SettingsError
from semsearch.settings import expanded

_SCHEME: Final = "local:"
_OPTIONS: Final = frozenset({"query_prefix", "passage_prefix", "digest"})
_PLAIN: Final = "/:\\"  # is not encoded


@dataclass(frozen=True, slots=True)
class ModelUri:
    """A folder's absolute path; the prefixes, None where the model's own count; the fingerprint."""

    path: Path
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
        return f"{_SCHEME}{quote(os.fsencode(self.path), safe=_PLAIN)}{options}"


def names_folder(uri: str) -> bool:
    """Whether a URI names a model's folder: it has a slash, or begins with a dot or a tilde."""
    path = uri.removeprefix(_SCHEME).partition("?")[0]
    return uri.startswith(_SCHEME) and (
        "/" in path or os.sep in path or path.startswith((".", "~"))
    )


def model_uri(uri: str) -> ModelUri:
    """What a URI of ``names_folder`` says; raises ``SettingsError``."""
    path, _, query = uri.removeprefix(_SCHEME).partition("?")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise SettingsError(f"cannot read the options of {uri}: {error}") from error
    options = dict(pairs)
    if len(options) < len(pairs) or not options.keys() <= _OPTIONS:
        raise SettingsError(
            f"{uri} may have the options query_prefix and passage_prefix, each once"
        )
    decoded = expanded(os.fsdecode(unquote_to_bytes(os.fsencode(path))))
    try:
        absolute = decoded.resolve()
    except (OSError, RuntimeError) as error:  # links that lead to themselves
        raise SettingsError(f"cannot find the model of {uri}: {error}") from error
    return ModelUri(
        absolute,
        options.get("query_prefix"),
        options.get("passage_prefix"),
        options.get("digest"),
    )
