"""What may reach a terminal."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.cli.render.terminal import Style, to_json
from semsearch.documents.text.printable import printable, printable_line, printable_path
from semsearch.settings.environment import links_wanted

ANY = st.text(alphabet=st.characters(codec=None), max_size=40)


def is_safe(text: str, allowed: str = "") -> bool:
    """Whether no character of it can act on a terminal."""
    kinds = {unicodedata.category(c) for c in text if c not in allowed}
    bidi = {unicodedata.bidirectional(c) for c in text}
    return not kinds & {"Cc", "Cs", "Zl", "Zp"} and not bidi & {
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    }  # fmt: skip


@given(ANY)
def test_nothing_printed_can_act_on_a_terminal(text: str) -> None:
    """Of all control characters only newline and tab are left, and no direction is overridden."""
    assert is_safe(printable(text), "\n\t")
    assert is_safe(printable_line(text), "\t")
    assert is_safe(printable_path(text))
    printable(text).encode()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("a/b c.txt", "a/b c.txt"),
        ("größe.md", "größe.md"),
        ("a\nb.txt", '"a\\nb.txt"'),
        ("\x1b[2J.txt", '"\\033[2J.txt"'),
        ("caf\udce9.txt", '"caf\\351.txt"'),
        ('say "hi"\\', '"say \\"hi\\"\\\\"'),
    ],
)
def test_odd_paths_are_quoted_as_git_quotes_them(path: str, shown: str) -> None:
    """They stay on one line, and every byte can be told."""
    assert printable_path(path) == shown


def test_joiners_stay_in_text_and_show_in_paths() -> None:
    """Persian and emoji need them; two names that look the same are told apart."""
    assert printable("می\u200cخواهم 👩\u200d🔬") == "می\u200cخواهم 👩\u200d🔬"
    assert printable_path("a\u200db.txt") == '"a\\342\\200\\215b.txt"'


@given(ANY)
def test_json_is_ascii_and_loses_nothing(text: str) -> None:
    """Even a name that is no text comes back from it."""
    written = to_json({"path": text})
    assert written.isascii()
    assert "\x1b" not in written
    assert json.loads(written)["path"].encode("utf-16", "surrogatepass") == text.encode(
        "utf-16", "surrogatepass"
    )


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "foot"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4999"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM": "screen-256color", "TERM_PROGRAM": "vscode", "TMUX": "x"}, False),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb", "WT_SESSION": "x"}, False),
        ({"TERM": "dumb", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, False),
    ],
)
def test_links_are_for_terminals_that_are_known_to_take_them(
    variables: dict[str, str], wanted: bool
) -> None:
    """Or for one that the user vouches for."""
    assert links_wanted(variables) is wanted


def test_a_link_has_the_file_in_an_address_that_no_name_can_break() -> None:
    """Spaces, letters of any script and control characters are escaped."""
    file = Path("/notes/a b\x1b\\ü\udcff#?.md")
    linked = Style(is_on=False, has_links=True).link("text", file)
    before, _, rest = linked.partition("\x1b]8;;file://")
    address, _, shown = rest.partition("\x1b\\")
    assert (before, shown) == ("", "text\x1b]8;;\x1b\\")
    assert address.endswith("/notes/a%20b%1B%5C%C3%BC%FF%23%3F.md")
    assert Style(is_on=True).link("text", file) == "text"
