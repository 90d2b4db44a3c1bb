"""Opens an embedder of another package, and checks its members before a text is given to it."""

from dataclasses import replace
from typing import Final

from semsearch.embedders.embedder import Embedder
from semsearch.embedders.plugins.packages import EmbedderPackage
from semsearch.embedders.plugins.plugin_embedder import (
    PluginEmbedder,
    RemotePluginEmbedder,
    failed,
)
from semsearch.errors import EmbedderError
from semsearch.settings.schema import Settings

_MEMBERS: Final = {"is_local": bool, "max_tokens": int}


def open_plugin(package: EmbedderPackage, uri: str, settings: Settings) -> Embedder:
    """Open the embedder of a URI; the package gets the settings without keys of other services.

    Raises ``EmbedderError`` where the package cannot be imported or gives no such embedder.
    """
    without_keys = replace(
        settings,
        mistral_api_key=None,
        openai_api_key=None,
        rerank_api_key=None,
        milvus_token=None,
    )
    try:
        opened = package.entry.load()(uri, without_keys)
        problem = _problem(opened, uri)
    except (Exception, SystemExit) as error:
        raise failed(package, uri, error) from error
    if problem is not None:
        raise EmbedderError(
            f"{uri} is no embedder ({package}): {problem}; ask the authors of {package.name}"
        )
    if opened.is_local:
        return PluginEmbedder(package, opened)
    return RemotePluginEmbedder(package, opened, settings)


def _problem(embedder: Embedder, uri: str) -> str | None:
    """What an object lacks to be the embedder of a URI."""
    for name in ("uri", "is_local", "max_tokens", "count_tokens", "embed"):
        if not hasattr(embedder, name):
            return f"it has no {name}"
    if embedder.uri != uri:
        return f"it calls itself {embedder.uri!r}"
    for name, kind in _MEMBERS.items():
        if not isinstance(getattr(embedder, name), kind):
            return f"its {name} is no {kind.__name__}"
    if embedder.max_tokens < 1:
        return "its max_tokens is no positive number"
    if not isinstance(embedder.count_tokens("A text."), int):
        return "its count_tokens gives no int"
    return None
