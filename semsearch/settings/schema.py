"""Settings: flags over environment over the index's own over files over defaults.

The only module that reads the environment. A setting named ``overlap_characters`` is
``SEMSEARCH_OVERLAP_CHARACTERS`` in the environment and ``overlap_characters = 150`` in a file. The
user file is ``config.toml`` in the platform's configuration directory (or ``SEMSEARCH_CONFIG``);
over it lies the project file, ``.semsearch.toml`` at the top of the corpus, and over both what the
index was set to by measurement. A project file travels with documents that somebody else may have
written, so it may only set what changes neither where text is sent nor which secret goes with it.
"""

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Final, get_type_hints

import platformdirs

from semsearch.errors import KeyRefused, SettingsError
from semsearch.safe_open import open_regular

PROJECT_FILE: Final = ".semsearch.toml"
LARGEST_WEIGHT: Final = 100.0  # of words against the meaning
_LARGEST: Final = 1e12  # of any number; infinity and what is no number are none
_NUMBERS: Final = (
    "max_file_bytes",
    "document_seconds",
    "request_inputs",
    "request_tokens",
    "concurrency",
    "connect_seconds",
    "read_seconds",
    "retry_seconds",
    "backoff_seconds",
    "batch_poll_seconds",
    "max_cost",
    "max_tokens",
)
_SHARES: Final = ("min_documents", "max_coverage_loss")
MOST_RERANKED: Final = 100  # as many candidates as there are at the least
_LARGEST_FILE: Final = 1_000_000  # bytes
_PREFIXES: Final = ("SEMSEARCH_", "MISTRAL_", "OPENAI_", "RERANK_")  # of variables
_KEYS: Final = ("mistral", "openai", "rerank")  # NAME_api_key
_PROXY_OF_ENVIRONMENT: Final = "environment"
_PROJECT_KEYS: Final = frozenset(
    {"passage_characters", "overlap_characters", "context", "max_file_bytes"}
)


_LANGUAGE_LETTERS: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+"
)
_FOR_READERS: Final = (  # where Python finds itself, and in which language
    "PATH PYTHONHOME PYTHONPATH VIRTUAL_ENV LANG LC_ALL LC_CTYPE SYSTEMROOT TEMP TMP TMPDIR"
    " TESSDATA_PREFIX"
).split()


class Context(StrEnum):
    """What is embedded with a passage, before its own words; it is not shown."""

    NONE = "none"
    TITLE = "title"  # the document's
    HEADINGS = "headings"  # those above the passage
    FULL = "full"  # both


DEFAULT_CONTEXT: Final = Context.NONE


class Secret:
    """A value that no repr, log line or traceback shows; ``reveal()`` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a secret is not serialised")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, with its default."""

    embedder: str | None = None
    index: str | None = None
    indexes: Mapping[str, str] = field(default_factory=dict)
    passage_characters: int = 1500
    overlap_characters: int = 150
    context: str | None = None  # one of ``Context``, None for what the index has
    mode: str | None = None  # a name of ``ranking.Mode``, None for the usual one
    words_weight: float | None = None  # of ``ranking.Weights``, None for the usual one
    max_file_bytes: int = 100_000_000
    document_seconds: float = 60.0
    ocr: str | None = None  # tesseract's languages, "" for none, None for what the index has
    opener: str | None = None
    news_command: str | None = None
    news_mail: str | None = None
    news_notify: str | None = None  # "yes"
    mistral_base_url: str = "https://api.mistral.ai"
    mistral_api_key_file: Path | None = None
    mistral_api_key: Secret | None = None
    openai_base_url: str = "https://api.openai.com"
    openai_api_key_file: Path | None = None
    openai_api_key: Secret | None = None
    reranker: str | None = None
    rerank_candidates: int = 50
    rerank_api_key_file: Path | None = None
    rerank_api_key: Secret | None = None
    request_inputs: int | None = None
    request_tokens: int | None = None
    concurrency: int = 8
    connect_seconds: float = 5.0
    read_seconds: float = 60.0
    retry_seconds: float = 300.0
    backoff_seconds: float = 1.0
    batch_poll_seconds: float = 10.0
    proxy: str | None = None
    max_cost: float | None = None
    max_tokens: int | None = None
    min_documents: float = 0.5  # of the last generation's, that a new one must have
    max_coverage_loss: float = 0.1  # of the share of its files that can be found
    prices: Mapping[str, float] = field(default_factory=dict)
    models_directory: Path = field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("semsearch", appauthor=False))
    )

    def __post_init__(self) -> None:
        if not 50 <= self.passage_characters <= 30_000:
            raise SettingsError("passage_characters must be from 50 to 30000")
        if self.ocr and not set(self.ocr) <= _LANGUAGE_LETTERS:
            raise SettingsError("ocr must be languages of tesseract, such as eng+deu")
        if not 0 <= self.overlap_characters <= self.passage_characters // 2:
            raise SettingsError("overlap_characters must be from 0 to half of passage_characters")
        if self.context not in (None, *Context):
            raise SettingsError(f"context must be one of {', '.join(Context)}")
        if self.words_weight is not None and not 0 <= self.words_weight <= LARGEST_WEIGHT:
            raise SettingsError(f"words_weight must be from 0 to {LARGEST_WEIGHT:.0f}")
        if self.news_notify not in (None, "yes", "no"):
            raise SettingsError("news_notify must be yes or no")
        for name in _NUMBERS:
            value = getattr(self, name)
            if value is not None and not 0 < value <= _LARGEST:
                raise SettingsError(f"{name} must be more than 0 and at most {_LARGEST:.0e}")
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise SettingsError(f"{name} must be from 0 to 1")
        if not 1 <= self.rerank_candidates <= MOST_RERANKED:
            raise SettingsError(f"rerank_candidates must be from 1 to {MOST_RERANKED}")
        for uri, price in self.prices.items():
            if not 0 <= price <= _LARGEST:
                raise SettingsError(f"the price of {uri} must be at least 0 USD a million tokens")


def load_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    project: Path | None = None,
    own: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read every source and lay one over the other; flags that are None are not set.

    ``project`` is the top of a corpus, ``own`` what its index has been set to. Raises
    ``SettingsError`` for a file that is not TOML, a name
    that does not exist and a value that does not fit, and ``KeyRefused`` for a file with a key that
    others can read, or what is no key.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    own_file = user_file(environment)
    if own_file != Path(os.devnull):  # the usual way of asking for no settings
        if environment.get("SEMSEARCH_CONFIG") and not own_file.exists():
            raise SettingsError(
                f"there is no settings file {own_file}, which SEMSEARCH_CONFIG names"
            )
        values |= _from_file(own_file, allowed=None)
    if project is not None:
        values |= _from_file(project / PROJECT_FILE, allowed=_PROJECT_KEYS)
    values |= own or {}
    values |= _from_environment(environment)
    values |= {name: value for name, value in (flags or {}).items() if value is not None}
    for name in _KEYS:
        if f"{name}_api_key" not in values:
            named = values.get(f"{name}_api_key_file")
            values[f"{name}_api_key"] = _key_from_file(name, named, environment)
    if values.get("proxy") == _PROXY_OF_ENVIRONMENT:
        values["proxy"] = _proxy(environment)
    return Settings(**values)


def run_settings(
    settings: Settings | None,
    *,
    index: str | Path | None = None,
    embedder: object = None,
    project: Path | None = None,
    own: Mapping[str, Any] | None = None,
    **limits: float | str | None,
) -> Settings:
    """The settings of one call: those given, else those of every source, under its arguments.

    ``project`` and ``own`` are as for ``load_settings``, and count when no settings are given.
    ``embedder`` counts when it is a URI. ``limits`` are other settings by their names; None is not
    set.
    """
    if index is not None and not str(index).strip():
        raise SettingsError("the index that is named is empty; name a folder or a .semsearch")
    flags: dict[str, Any] = {
        "index": None if index is None else str(index),
        "embedder": embedder if isinstance(embedder, str) else None,
        **limits,
    }
    if settings is None:
        return load_settings(flags, project=project, own=own)
    return replace(settings, **{name: value for name, value in flags.items() if value is not None})


def expanded(path: str | Path) -> Path:
    """The path with ``~`` and ``~NAME`` replaced; raises ``SettingsError`` for nobody's home."""
    if "\0" in str(path):
        raise SettingsError("a path cannot hold a NUL byte")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise SettingsError(f"{path} names the home of nobody: {error}") from error


def reader_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a process that reads documents gets of the environment: no key is among it."""
    environment = os.environ if environment is None else environment
    return {name: environment[name] for name in _FOR_READERS if name in environment}


def environment_without_keys(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a person's own command gets of the environment."""
    environment = os.environ if environment is None else environment
    return {name: value for name, value in environment.items() if not name.endswith("_API_KEY")}


def editor_named(environment: Mapping[str, str] | None = None) -> str | None:
    """The command in ``VISUAL``, else in ``EDITOR``."""
    environment = os.environ if environment is None else environment
    return environment.get("VISUAL") or environment.get("EDITOR") or None


def variables_that_set(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that set something, but for keys and the index; paths are made absolute."""
    environment = os.environ if environment is None else environment
    kinds = get_type_hints(Settings)
    kept = {}
    for name, kind in {**kinds, "config": Path}.items():
        if kind == Secret | None or name == "index":
            continue
        for variable in (f"SEMSEARCH_{name.upper()}", name.upper()):
            value = environment.get(variable)
            if variable.startswith(_PREFIXES) and value:
                is_path = kind in (Path, Path | None)
                kept[variable] = str(expanded(value).absolute()) if is_path else value
    return kept


def environment_with(
    variables: Mapping[str, str], environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """That of this process and some variables over it, for another process of semsearch."""
    return {**(os.environ if environment is None else environment), **variables}


def debug_wanted(environment: Mapping[str, str] | None = None) -> bool:
    """True when ``SEMSEARCH_DEBUG`` asks for tracebacks of faults in semsearch."""
    environment = os.environ if environment is None else environment
    return bool(environment.get("SEMSEARCH_DEBUG"))


def colour_wanted(environment: Mapping[str, str] | None = None) -> bool:
    """False when ``NO_COLOR`` is set (https://no-color.org) or the terminal is dumb."""
    environment = os.environ if environment is None else environment
    return not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def history_file() -> Path:
    """Where the prompt keeps what was asked."""
    return Path(platformdirs.user_state_dir("semsearch", appauthor=False)) / "history"


def user_file(environment: Mapping[str, str] | None = None) -> Path:
    """The file with a person's own settings, which need not be there."""
    environment = os.environ if environment is None else environment
    named = environment.get("SEMSEARCH_CONFIG")
    return Path(named) if named else _config_directory() / "config.toml"


def _config_directory() -> Path:
    return Path(platformdirs.user_config_dir("semsearch", appauthor=False))


def _from_file(path: Path, allowed: frozenset[str] | None) -> dict[str, Any]:
    try:
        # A person may keep the user file elsewhere; a link in a corpus leads out of it.
        with open_regular(path, follows_links=allowed is None) as file:
            text = file.read(_LARGEST_FILE).decode("utf-8")
            is_private = _is_private(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read settings from {path}: {error}") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error
    if {f"{name}_api_key" for name in _KEYS} & table.keys() and not is_private:
        raise KeyRefused(
            f"{path} holds an API key and can be read by others; run: chmod 600 {path}"
        )
    for name in table:
        if allowed is not None and name not in allowed:
            may = ", ".join(sorted(allowed))
            raise SettingsError(f"{path} may not set '{name}'; a project file may set {may}")
    return {name: _converted(name, value, str(path)) for name, value in table.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        for variable in (f"SEMSEARCH_{setting.name.upper()}", setting.name.upper()):
            if variable.startswith(_PREFIXES) and environment.get(variable):
                values[setting.name] = _converted(setting.name, environment[variable], variable)
                break
    return values


def _converted(name: str, value: Any, source: str) -> Any:
    """One raw value as the type its setting has; text is accepted for every scalar type."""
    wanted = get_type_hints(Settings).get(name)
    if wanted is None:
        raise SettingsError(f"{source} sets '{name}', which is no setting of semsearch")
    try:
        if wanted == Mapping[str, str]:
            if isinstance(value, str):
                raise TypeError("it is a table, for a settings file only")
            return {str(key): os.fspath(item) for key, item in dict(value).items()}
        if wanted == Mapping[str, float]:
            if isinstance(value, str):
                raise TypeError("it is a table, for a settings file only")
            return {str(key): float(item) for key, item in dict(value).items()}
        if wanted == Secret | None:
            return _key(str(value), source)
        if wanted in (Path, Path | None):
            return expanded(value)
        if wanted == str | None:
            return str(value)
        if isinstance(value, bool):
            raise TypeError("true and false do not fit")
        scalar = int if wanted == int | None else float if wanted == float | None else wanted
        return scalar(value)
    except (TypeError, ValueError, OverflowError) as error:
        shown = "" if wanted == Secret | None else f" {value!r}"
        raise SettingsError(f"{source}: '{name}' cannot be{shown}: {error}") from error


def _is_private(file: BinaryIO) -> bool:
    """Whether only its owner can read a file; Windows has no such bits."""
    return os.name != "posix" or not stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077


def _key(text: str, source: str) -> Secret:
    """A key that a request can carry; a header takes no white space and only ASCII.

    The message does not show it: what is no key may still hold one.
    """
    key = text.strip()
    if not key.isascii() or not key.isprintable() or " " in key or not key:
        raise KeyRefused(
            f"what {source} holds is no API key: it must be one word of ASCII; paste it again"
        )
    return Secret(key)


def _proxy(environment: Mapping[str, str]) -> str | None:
    """What the usual variables name; they count only when the setting asks for it."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        if environment.get(name):
            return environment[name]
    return None


def _key_from_file(name: str, named: Path | None, environment: Mapping[str, str]) -> Secret | None:
    path = named or user_file(environment).parent / f"{name}.key"
    # https://systemd.io/CREDENTIALS: given to this service alone, whatever its mode says.
    folder = environment.get("CREDENTIALS_DIRECTORY")
    credential = Path(folder) / f"{name}_api_key" if folder else None
    is_credential = credential is not None and credential.is_file()
    if credential is not None and is_credential:
        path = credential
    try:
        with open_regular(path, follows_links=True) as file:
            if not (is_credential or _is_private(file)):
                raise KeyRefused(
                    f"the API key file {path} can be read by others; run: chmod 600 {path}"
                )
            return _key(file.read(_LARGEST_FILE).decode("utf-8"), str(path))
    except FileNotFoundError as error:
        if named is None:
            return None
        raise KeyRefused(f"there is no API key file {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise KeyRefused(f"cannot read the API key file {path}: {error}") from error
