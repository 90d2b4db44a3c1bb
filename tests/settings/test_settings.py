"""Settings and their sources."""

import os
import pickle
from pathlib import Path

import pytest

from semsearch.errors import KeyRefused, SettingsError
from semsearch.settings.environment import colour_wanted
from semsearch.settings.secrets import Secret
from semsearch.settings.sources import load_settings, run_settings


def test_each_source_lies_over_the_one_below(tmp_path: Path) -> None:
    """Precedence is flags, environment, project file, user file, defaults."""
    user = tmp_path / "config.toml"
    user.write_text("passage_characters = 500\noverlap_characters = 50\nmax_file_bytes = 5\n")
    (tmp_path / ".semsearch.toml").write_text("passage_characters = 600\noverlap_characters = 60\n")
    environment = {"SEMSEARCH_CONFIG": str(user), "SEMSEARCH_PASSAGE_CHARACTERS": "700"}
    settings = load_settings({"embedder": "x:y"}, project=tmp_path, environment=environment)
    assert (settings.embedder, settings.passage_characters) == ("x:y", 700)
    assert (settings.overlap_characters, settings.max_file_bytes) == (60, 5)
    assert settings.concurrency == 8


def test_what_an_index_is_set_to_lies_between_the_environment_and_files(tmp_path: Path) -> None:
    """Settings of the index override files, and the environment overrides both."""
    (tmp_path / ".semsearch.toml").write_text("passage_characters = 600\noverlap_characters = 60\n")
    own = {"passage_characters": 800, "words_weight": 2.0}
    environment = {"SEMSEARCH_CONFIG": os.devnull, "SEMSEARCH_WORDS_WEIGHT": "3"}
    settings = load_settings(project=tmp_path, own=own, environment=environment)
    assert (settings.passage_characters, settings.overlap_characters) == (800, 60)
    assert settings.words_weight == 3.0


@pytest.mark.parametrize("key", ["two\nlines", "two words", "pasted”", "\x1b"])
def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path, key: str) -> None:
    """A key that no header can carry is refused, and the error does not show it."""
    path = tmp_path / "mistral.key"
    path.write_text(key, encoding="utf-8")
    path.chmod(0o600)
    for environment in ({"MISTRAL_API_KEY": key}, {"MISTRAL_API_KEY_FILE": str(path)}):
        with pytest.raises(KeyRefused, match="is no API key") as caught:
            load_settings(environment=environment)
        assert key not in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="no such permissions on this system")
def test_a_settings_file_with_a_key_must_be_private(tmp_path: Path) -> None:
    """A settings file with a key must be readable only by its owner."""
    path = tmp_path / "config.toml"
    path.write_text('mistral_api_key = "sk-77"\n')
    environment = {"SEMSEARCH_CONFIG": str(path)}
    path.chmod(0o644)
    with pytest.raises(KeyRefused, match="chmod 600"):
        load_settings(environment=environment)
    path.chmod(0o600)
    key = load_settings(environment=environment).mistral_api_key
    assert key is not None
    assert key.reveal() == "sk-77"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_settings_are_read_from_files_only(tmp_path: Path) -> None:
    """A pipe is not waited for, and a link in a corpus is not followed."""
    os.mkfifo(tmp_path / ".semsearch.toml")
    with pytest.raises(SettingsError, match="no regular file"):
        load_settings(project=tmp_path)
    (tmp_path / ".semsearch.toml").unlink()
    (tmp_path / "elsewhere").write_text("passage_characters = 500\n")
    (tmp_path / ".semsearch.toml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="cannot read settings"):
        load_settings(project=tmp_path)


def test_a_value_out_of_bounds_is_told_with_its_project_file(tmp_path: Path) -> None:
    """A wrong value from elsewhere is not laid to that file."""
    path = tmp_path / ".semsearch.toml"
    path.write_text("passage_characters = -4\n")
    with pytest.raises(SettingsError, match=r"semsearch\.toml: passage_characters must be"):
        load_settings(project=tmp_path, environment={})
    path.write_text("passage_characters = 600\n")
    with pytest.raises(SettingsError, match=r"^rerank_candidates must be"):
        load_settings({"rerank_candidates": 0}, project=tmp_path, environment={})


def test_a_project_file_cannot_redirect_text_or_keys(tmp_path: Path) -> None:
    """A project file cannot set servers, keys or commands."""
    (tmp_path / ".semsearch.toml").write_text('mistral_base_url = "https://evil.example"\n')
    with pytest.raises(SettingsError, match="may not set 'mistral_base_url'"):
        load_settings(project=tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense = 1", "no setting"),
        ("passage_characters = 'many'", "cannot be 'many'"),
        ("passage_characters = true", "true and false"),
        ("passage_characters = 5", "from 50 to 30000"),
        ("overlap_characters = 900", "half of passage_characters"),
        ("read_seconds = 0", "more than 0"),
        ("not toml at all", "not valid TOML"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, words: str) -> None:
    """An invalid value is an error of one line that names setting and cause."""
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(SettingsError, match=words):
        load_settings(environment={"SEMSEARCH_CONFIG": str(tmp_path / "config.toml")})


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("mistral_api_key", "mistral.key"),
        ("openai_api_key", "openai.key"),
        ("rerank_api_key", "rerank.key"),
        ("milvus_token", "milvus.key"),
    ],
)
def test_the_key_comes_from_the_environment_or_a_private_file(
    tmp_path: Path, name: str, file: str
) -> None:
    """A key comes from the environment, else from a private file, without white space."""
    (tmp_path / file).write_text(" from-file \n")
    (tmp_path / file).chmod(0o600)
    (tmp_path / "config.toml").touch()
    (tmp_path / name).write_text("of-systemd")
    config = {"SEMSEARCH_CONFIG": str(tmp_path / "config.toml")}
    for environment, expected in (
        ({name.upper(): "from-env", **config}, "from-env"),
        ({f"SEMSEARCH_{name.upper()}": "from-env", **config}, "from-env"),
        (config, "from-file"),
        ({f"{name.upper()}_FILE": str(tmp_path / file), **config}, "from-file"),
        ({"CREDENTIALS_DIRECTORY": str(tmp_path), **config}, "of-systemd"),
    ):
        key = getattr(load_settings(environment=environment), name)
        assert key.reveal() == expected


def test_a_settings_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    """A settings file that SEMSEARCH_CONFIG names must exist."""
    with pytest.raises(SettingsError, match="there is no settings file"):
        load_settings(environment={"SEMSEARCH_CONFIG": str(tmp_path / "cnofig.toml")})


@pytest.mark.parametrize("value", ["inf", "nan", "0", "-1", "1e300"])
def test_numbers_must_be_of_some_use(value: str) -> None:
    """Infinity, NaN and numbers out of bounds are refused."""
    for name in ("READ_SECONDS", "RETRY_SECONDS", "MAX_FILE_BYTES", "PASSAGE_CHARACTERS"):
        with pytest.raises(SettingsError, match=name.lower()):
            load_settings(environment={f"SEMSEARCH_{name}": value})


def test_nobodys_home_is_an_error(tmp_path: Path) -> None:
    """The home of an unknown user is a SettingsError."""
    with pytest.raises(SettingsError, match="the home of nobody"):
        load_settings(environment={"SEMSEARCH_MODELS_DIRECTORY": "~nosuchuser/x"})


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """The error for a readable key file has the chmod command."""
    path = tmp_path / "key"
    path.write_text("secret")
    path.chmod(0o644)
    with pytest.raises(KeyRefused, match="chmod 600"):
        load_settings(environment={"MISTRAL_API_KEY_FILE": str(path)})
    with pytest.raises(KeyRefused, match="no API key file"):
        load_settings(environment={"MISTRAL_API_KEY_FILE": str(tmp_path / "gone")})


def test_a_secret_shows_itself_to_nobody() -> None:
    """A secret is hidden in repr, in settings and in serialisation."""
    settings = load_settings(environment={"MISTRAL_API_KEY": "very-secret"})
    assert "very-secret" not in f"{settings} {settings.mistral_api_key} {settings!r}"
    with pytest.raises(TypeError):
        pickle.dumps(Secret("very-secret"))


def test_arguments_of_a_call_lie_over_given_settings() -> None:
    """Arguments of a call override given settings; other values are unchanged."""
    base = load_settings({"embedder": "a:b"}, environment={})
    assert run_settings(base, index="x").embedder == "a:b"
    assert run_settings(base, embedder="c:d").embedder == "c:d"


@pytest.mark.parametrize(
    ("environment", "wanted"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_can_be_declined(environment: dict[str, str], wanted: bool) -> None:
    """NO_COLOR switches colours off (https://no-color.org)."""
    assert colour_wanted(environment) is wanted


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"FORCE_COLOR": ""}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_can_be_forced_on_a_pipe(environment: dict[str, str], wanted: bool) -> None:
    """FORCE_COLOR switches colours on where there is no terminal (https://force-color.org)."""
    assert colour_wanted(environment, is_terminal=False) is wanted
