"""Registry: embedders by URI.

mistral:MODEL[?dimension=N]              Mistral's API
openai:MODEL[@BASE_URL][?dimension=N]    any server with OpenAI's wire format, with prefixes, too
local:minilm                             all-MiniLM-L6-v2, installed on this machine
local:minilm@4                           its vectors of build 4, as an index stores it
local:e5                                 multilingual-e5-small, installed on this machine
local:PATH[?query_prefix=TEXT&passage_prefix=TEXT]    a model in a folder
hf:NAME[@REVISION][?…]                   a model of the Hugging Face hub
SCHEME:…                                 an embedder of another package (``plugins``)
"""

import re
from collections.abc import Callable
from dataclasses import replace
from shlex import quote
from typing import Final
from urllib.parse import urlsplit

from semsearch.embedders.choice import Choice
from semsearch.embedders.embedder import Embedder
from semsearch.embedders.local.minilm_builds import FORMER_URI, URIS, choose_build
from semsearch.embedders.local.model_uri import model_uri, names_model
from semsearch.embedders.plugins.packages import embedder_packages, package_of, scheme_of
from semsearch.embedders.server_uri import refuse_user
from semsearch.embedders.uri_options import (
    DIMENSION,
    PASSAGE_PREFIX,
    QUERY_PREFIX,
    dimension_in,
    uri_options,
)
from semsearch.errors import SettingsError
from semsearch.settings.choices import Choice as UserChoice
from semsearch.settings.choices import is_chosen, remember
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret

MISTRAL_EMBED: Final = "mistral:mistral-embed"
LOCAL_MINILM: Final = FORMER_URI
LOCAL_E5: Final = "local:e5"
_INSTALLED: Final = (*URIS, LOCAL_E5)
_REMOTE: Final = re.compile(
    r"(?P<provider>mistral|openai):(?P<model>[^\s?@]+?)(@(?P<url>https?://[^\s?]+))?"
    r"(\?(?P<options>\S+))?"
)
_OPTIONS: Final = {"mistral": (DIMENSION,), "openai": (QUERY_PREFIX, PASSAGE_PREFIX, DIMENSION)}


def without_key(uri: str) -> str:
    """Return the notice that a local model is used because there is no key."""
    return f"no MISTRAL_API_KEY is set: using {uri}, a model on this machine"


def english_choice() -> Choice:
    """Return the local model for English."""
    return Choice(LOCAL_MINILM, (f"{without_key(LOCAL_MINILM)} (English)",))


def choose_uri(
    own: str | None,
    settings: Settings,
    local: Callable[[], Choice] = english_choice,
    *,
    renew: bool = False,
) -> Choice:
    """Return the embedder of the settings, else the index's, else Mistral's with a key, else local.

    ``local`` chooses among the local models; it is called only where nothing else decides.
    ``local:minilm`` is the build of the index's vectors; with ``renew``, and for a new index, the
    newest. Raises ``SettingsError`` for an unknown URI, and for an index whose URI names a server
    or a model folder that the settings do not name. A model's folder must exist.
    """
    choice = _chosen(own, settings, local)
    if choice.uri != LOCAL_MINILM:
        return choice
    build = choose_build(None if renew else own, settings.models_directory)
    return Choice(build.uri, (*choice.notices, *build.notices))


def _chosen(own: str | None, settings: Settings, local: Callable[[], Choice]) -> Choice:
    if settings.embedder is not None:
        return Choice(_whole(known_uri(settings.embedder)))
    if own is not None:
        return Choice(trusted_uri(own, settings))
    if settings.mistral_api_key is not None:
        return Choice(MISTRAL_EMBED)
    return local()


def known_uri(uri: str) -> str:
    """Return the URI if it names a known embedder; raises ``SettingsError``."""
    if names_model(uri):
        model_uri(uri)
        return uri
    refuse_user(uri)
    found = _REMOTE.fullmatch(uri)
    is_remote = found is not None and (found["provider"] == "openai" or not found["url"])
    if found is not None and is_remote:
        uri_options(uri, _OPTIONS[found["provider"]])
    if uri in _INSTALLED or is_remote or package_of(uri) is not None:
        return uri
    others = sorted({package.scheme for package in embedder_packages()})
    installed = "".join(f", {scheme}:…" for scheme in others)
    missing = "" if scheme_of(uri) is None else "; no installed package has it"
    raise SettingsError(
        f"there is no embedder {uri!r}{missing}; there are {MISTRAL_EMBED}, {LOCAL_MINILM},"
        f" {LOCAL_E5}, openai:MODEL@BASE_URL, local:PATH, a model's folder (local:./NAME for one"
        f" here), and hf:OWNER/MODEL, the Hugging Face hub's{installed}"
    )


def trusted_uri(own: str, settings: Settings) -> str:
    """Return an index's URI if it is safe: an index may not choose where questions are sent.

    Nor may it choose a file that is loaded as a model. Raises ``SettingsError`` for a URI that
    names a model's folder, or a server that neither the settings name nor the user has used before.
    A server on this machine is no exception: another user may have started it. Nor is the embedder
    of another package, whose URI may name either.
    """
    if names_model(own):
        named = replace(model_uri(own), digest=None)
        raise SettingsError(
            f"the index names the model {named.place}; if you trust it, say so with"
            f" --embedder {quote(str(named))} or SEMSEARCH_EMBEDDER"
        )
    if package_of(own) is not None and not is_chosen(UserChoice.EMBEDDER, own):
        raise SettingsError(
            f"the index names the embedder {own} of another package; if you trust it, say so once"
            f" with --embedder {quote(own)} or SEMSEARCH_EMBEDDER"
        )
    server = _server(own)
    if server is None or settings.embedder == own or server == _address(settings.openai_base_url):
        return own
    if not is_chosen(UserChoice.SERVER, server):
        raise SettingsError(
            f"the index names the server {server} for its questions; if you trust it, say so once"
            f" with --embedder {quote(own)}, or by SEMSEARCH_EMBEDDER or OPENAI_BASE_URL"
        )
    return own


def remember_named(settings: Settings) -> None:
    """Keep that the user has named ``settings.embedder``, if it is a server's or a package's."""
    if settings.embedder is None:
        return
    if (server := _server(settings.embedder)) is not None:
        remember(UserChoice.SERVER, server)
    if package_of(settings.embedder) is not None:
        remember(UserChoice.EMBEDDER, settings.embedder)


def _server(uri: str) -> str | None:
    """The address of the server that a URI names, as ``https://HOST:PORT``; None without one."""
    found = _REMOTE.fullmatch(uri)
    return _address(found["url"]) if found and found["url"] else None


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _whole(uri: str) -> str:
    """Return the URI as an index stores it: for a model's folder with the fingerprint."""
    if not names_model(uri):
        return uri
    # Imported here, because it loads onnxruntime.
    from semsearch.embedders.local.onnx_model import whole_uri

    return whole_uri(uri)


def with_any_key(settings: Settings) -> Settings:
    """Return settings with which the embedder of a server opens, to send nothing.

    A missing key is replaced by a text that is none.
    """
    none = Secret("none")
    return replace(
        settings,
        mistral_api_key=settings.mistral_api_key or none,
        openai_api_key=settings.openai_api_key or none,
    )


def open_embedder(uri: str, settings: Settings) -> Embedder:
    """Open the embedder of a URI.

    Raises ``SettingsError`` for an unknown URI, ``KeyRefused`` when its key is missing and
    ``ModelMissing`` when its model is missing.
    """
    # Imported where used: importing onnxruntime or requests takes longer than a search, and an
    # index needs only one of them.
    if known_uri(uri) in URIS:
        from semsearch.embedders.local.minilm import open_minilm

        return open_minilm(settings.models_directory, uri)
    if uri == LOCAL_E5:
        from semsearch.embedders.local.e5 import open_e5

        return open_e5(settings.models_directory)
    if names_model(uri):
        from semsearch.embedders.local.onnx_model import open_model

        return open_model(uri, settings.models_directory)
    package = package_of(uri)
    if package is not None:
        from semsearch.embedders.plugins.opener import open_plugin

        return open_plugin(package, uri, settings)
    from semsearch.embedders.api.api_embedder import RemoteEmbedder
    from semsearch.embedders.api.mistral import mistral_service
    from semsearch.embedders.api.openai import openai_service

    found = _REMOTE.fullmatch(uri)
    assert found is not None  # known_uri has checked it
    options = uri_options(uri, _OPTIONS[found["provider"]])
    dimension = dimension_in(options)
    if found["provider"] == "mistral":
        return RemoteEmbedder(mistral_service(found["model"], dimension, uri, settings), settings)
    service = openai_service(found["model"], found["url"], dimension, uri, settings)
    prefixes = options.get(QUERY_PREFIX, ""), options.get(PASSAGE_PREFIX, "")
    return RemoteEmbedder(replace(service, prefixes=prefixes), settings)
