"""Channels that deliver news by other programs."""

import json
import os
import sys
from pathlib import Path

import pytest

from semsearch.cli.render.news import news_json, news_text
from semsearch.documents.passage import Location
from semsearch.errors import SettingsError
from semsearch.indexer.questions.channels import Command, Mail, Notification
from semsearch.indexer.questions.news import News

pytestmark = pytest.mark.skipif(os.name == "nt", reason="scripts of another system")

NEWS = [
    News(
        *("0" * 32, Path("/notes/.semsearch"), Path("/notes"), "when; rm -rf ~", 0.9, 4),
        *(Location("a.md", (1, 2), None, ("Title",)), "From the\x1b[2J document\n.\nrows", "ab"),
    )
]


def program(folder: Path, name: str, script: str) -> Path:
    """Write a program into the folder that records its input in a file; returns that file."""
    kept = folder / f"{name}.kept"
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script.format(kept=kept)}\n")
    path.chmod(0o700)
    return kept


KEEPS = 'echo "$#" "$@" > {kept}; cat >> {kept}; env >> {kept}'


def test_a_command_gets_json_on_its_standard_input_and_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command gets news as JSON on stdin, without arguments, shell or keys."""
    for name in ("MISTRAL_API_KEY", "HF_TOKEN", "CREDENTIALS_DIRECTORY", "PGPASSWORD"):
        monkeypatch.setenv(name, "very-secret")
    monkeypatch.setenv("LC_TIME", "de_DE.UTF-8")
    kept = tmp_path / "kept"
    script = (
        "import os, sys; open(sys.argv[1], 'w').write(sys.stdin.read()"
        " + str(sys.argv[1:]) + str(dict(os.environ)))"
    )
    (tmp_path / "hook.py").write_text(script)
    Command(f"{sys.executable} {tmp_path / 'hook.py'} {kept}", news_json).tell(NEWS)
    given, end = json.JSONDecoder().raw_decode(kept.read_text())
    assert (given["index"], given["corpus"]) == ("/notes/.semsearch", "/notes")
    assert given["news"] == [
        {
            **{"id": "0" * 32, "question": "when; rm -rf ~", "relevance": 0.9, "generation": 4},
            **{"path": "a.md", "pages": None, "lines": [1, 2], "place": None},
            **{"headings": ["Title"], "text": NEWS[0].text, "digest": "ab"},
        }
    ]
    assert f"['{kept}']" in kept.read_text()[end:]
    assert "very-secret" not in kept.read_text()
    assert "de_DE.UTF-8" in kept.read_text()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("sh -c 'echo why >&2; exit 3'", "sh ended with 3: why"),
        ("/nowhere/hook", "/nowhere/hook cannot be started"),
        ("'", "is no command"),
        (" ", "is empty"),
    ],
)
def test_a_command_that_fails_says_why(command: str, message: str) -> None:
    """A failing command is an error of one line."""
    with pytest.raises(SettingsError, match=message):
        Command(command, news_json).tell(NEWS)


def test_a_mail_goes_to_sendmail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail goes to sendmail, with the address as only argument and no control characters."""
    kept = program(tmp_path, "sendmail", KEEPS)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    Mail("me@example.org", news_text).tell(NEWS)
    arguments, *rows = kept.read_text().splitlines()
    assert arguments == "3 -i -- me@example.org"
    assert "To: me@example.org" in rows
    assert "Subject: semsearch: 1 new passage for what is watched" in rows
    assert "\x1b" not in kept.read_text()
    for wrong in ("-oQ/tmp@x", "nobody", "a@b\nBcc: c@d"):
        with pytest.raises(SettingsError, match="is no address"):
            Mail(wrong, news_text).tell(NEWS)


def test_a_notification_has_no_word_of_a_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notification contains no text of a document."""
    kept = program(tmp_path, "notify-send", KEEPS)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    Notification().tell(NEWS)
    assert kept.read_text().splitlines()[0] == (
        "4 --app-name=semsearch -- 1 new passage for what is watched when; rm -rf ~"
    )
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="no notify-send"):
        Notification().tell(NEWS)
