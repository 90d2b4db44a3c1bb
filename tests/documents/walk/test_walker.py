"""The walk over the files of the corpus."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.documents.reason import Reason, ReasonCode
from semsearch.documents.walk.walker import FileStat, Found, Unlistable, walk
from semsearch.errors import CorpusError

if TYPE_CHECKING:
    from conftest import WithoutRoot


def make(folder: Path, *paths: str) -> None:
    """Create files with their own path as text."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)


def paths(folder: Path) -> list[str]:
    """The paths that the walk finds."""
    return [item.path for item in walk(folder)]


def test_files_come_sorted_by_name_folder_by_folder(tmp_path: Path) -> None:
    """Files are sorted by name, folder by folder, on each file system."""
    make(tmp_path, "b.txt", "a/z.txt", "a/b/c.txt", "A.txt", "ä.txt")
    assert paths(tmp_path) == ["A.txt", "a/b/c.txt", "a/z.txt", "b.txt", "ä.txt"]


def test_hidden_files_vcs_folders_and_the_index_are_skipped(tmp_path: Path) -> None:
    """Hidden files, VCS folders and the index are skipped."""
    make(tmp_path, ".git/config", ".semsearch/README", ".env", "CVS/Root", "__pycache__/a.txt", "a")
    assert paths(tmp_path) == ["a"]


def test_hidden_folders_of_a_maildir_are_mail(tmp_path: Path) -> None:
    """As Dovecot, Courier and maildrop name them; others there, and elsewhere, stay hidden."""
    make(tmp_path, "cur/1", "new/2", "tmp/3", ".Sent/cur/4", ".A.2024/new/5", ".A.2024/cur/6")
    make(tmp_path, ".notes/7", ".semsearch/README", ".Sent/.hidden")
    assert paths(tmp_path) == [
        *(".A.2024/cur/6", ".A.2024/new/5", ".Sent/cur/4", "cur/1", "new/2", "tmp/3"),
    ]
    make(tmp_path / "other", ".Sent/cur/8", "cur/9")
    assert paths(tmp_path / "other") == ["cur/9"]


def test_the_stat_is_that_of_the_file(tmp_path: Path) -> None:
    """Size, times and inode are read without opening the file."""
    make(tmp_path, "a.txt")
    assert list(walk(tmp_path)) == [Found("a.txt", FileStat.of((tmp_path / "a.txt").stat()))]


def listed_by_git(folder: Path) -> set[str]:
    """The files that git would add, without the user's own ignore rules."""
    git = ["git", "-c", "core.excludesFile=/dev/null", "-C", str(folder)]
    subprocess.run([*git, "init", "-q"], check=True)
    listed = subprocess.run(
        [*git, "ls-files", "--others", "--exclude-standard", "-z"], check=True, capture_output=True
    ).stdout.decode()
    return {p for p in listed.split("\0") if p and not p.endswith(".gitignore")}


RULES = {
    ".gitignore": "*.log\n!keep.log\nbuild/\n/top.txt\nbroken[\n# comment\n\\#hash\n",
    "sub/.gitignore": "!inner.log\nonly-here.txt\n**/deep.txt\n",
}


def test_gitignore_rules_are_gits(tmp_path: Path) -> None:
    """The walk finds the files that git would add, with negation, anchors and nested rules."""
    files = (
        "a.log keep.log build/a.txt build/keep.log top.txt sub/top.txt sub/inner.log sub/other.log"
        " only-here.txt sub/only-here.txt sub/x/deep.txt sub/x/inner.log #hash plain.txt"
    )
    make(tmp_path, *files.split())
    for name, text in RULES.items():
        (tmp_path / name).write_text(text)
    expected = listed_by_git(tmp_path)
    assert set(paths(tmp_path)) == expected
    assert {"keep.log", "sub/inner.log"} <= expected


NAMES = st.sampled_from(["a", "b", "docs", "x.md", "y.txt"])
GLOBS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "!"]),
    st.sampled_from(["", "/", "**/"]),
    st.lists(
        st.sampled_from(["a", "docs", "**", "*.md", "x.*", "?", "[a-d]*"]), min_size=1, max_size=3
    ).map("/".join),
    st.sampled_from(["", "/", "/**", "/*"]),
)


@given(
    st.sets(st.lists(NAMES, min_size=1, max_size=3).map("/".join), min_size=1, max_size=8),
    st.lists(GLOBS, min_size=1, max_size=4),
    st.lists(GLOBS, max_size=3),
)
@settings(max_examples=60)
def test_any_rules_are_read_as_git_reads_them(
    files: set[str], rules: list[str], inner: list[str]
) -> None:
    """Random ignore rules select the files that git selects."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        kept = {f for f in files if not any(g.startswith(f"{f}/") for g in files)}
        make(folder, *kept)
        (folder / ".gitignore").write_text("\n".join(rules))
        if (folder / "docs").is_dir():
            (folder / "docs" / ".gitignore").write_text("\n".join(inner))
        expected = listed_by_git(folder)
        assert set(paths(folder)) == expected
        in_docs = {p.removeprefix("docs/") for p in expected if p.startswith("docs/")}
        if in_docs:  # else they may be ignored as a whole
            assert set(paths(folder / "docs")) == in_docs


def test_rules_of_the_repository_around_the_corpus_hold(tmp_path: Path) -> None:
    """Ignore rules of an enclosing repository apply, unless they ignore the corpus itself."""
    make(tmp_path, "docs/in/a.txt", "docs/in/secret.txt", "docs/in/private.txt", "other/in/b.txt")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("docs/in/secret.txt\nother\n*.tmp\n")
    (tmp_path / "docs" / ".gitignore").write_text("private.txt\n")
    (tmp_path / "other" / "in" / "c.tmp").write_text("x")
    assert paths(tmp_path / "docs" / "in") == ["a.txt"]
    assert paths(tmp_path / "other" / "in") == ["b.txt", "c.tmp"]


def test_classes_and_the_repositorys_own_list_hold(tmp_path: Path) -> None:
    """Character classes and .git/info/exclude apply, without warnings."""
    make(tmp_path, "a1.txt", "ab.txt", "x.txt", "[a]b.txt")
    (tmp_path / ".gitignore").write_text("a[[:digit:]].txt\n[[a]b.txt\n")
    listed_by_git(tmp_path)
    (tmp_path / ".git" / "info" / "exclude").write_text("x.txt\n")
    assert set(paths(tmp_path)) == listed_by_git(tmp_path)


def test_semsearchignore_has_the_last_word(tmp_path: Path) -> None:
    """.semsearchignore overrides .gitignore in both directions."""
    make(tmp_path, "draft.md", "notes.log", "a.md")
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / ".semsearchignore").write_bytes(b"\xef\xbb\xbf!notes.log\r\ndraft.md\r\n")
    assert paths(tmp_path) == ["a.md", "notes.log"]


def test_no_link_is_followed(tmp_path: Path) -> None:
    """No symbolic link is followed."""
    make(tmp_path, "corpus/real.txt", "outside/secret.txt")
    corpus = tmp_path / "corpus"
    (corpus / "loop").symlink_to(corpus)
    (corpus / "out").symlink_to(tmp_path / "outside")
    (corpus / "secret.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (corpus / "same.txt").symlink_to("real.txt")
    assert paths(corpus) == ["real.txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_pipes_and_sockets_are_no_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pipes and sockets are skipped."""
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    make(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s.txt")
        assert paths(tmp_path) == ["a.txt"]


@pytest.mark.skipif(os.name != "posix", reason="names are text on this system")
def test_any_name_is_kept_byte_for_byte(tmp_path: Path) -> None:
    """File names with newlines, escapes or undecodable bytes are kept byte for byte."""
    names = [b"line\nbreak.txt", b"\x1b[2J.txt"]
    names += [b"caf\xe9.txt"] if sys.platform != "darwin" else []  # APFS takes UTF-8 only
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("x")
    assert {os.fsencode(path) for path in paths(tmp_path)} == set(names)


def test_a_very_deep_tree_is_walked(tmp_path: Path) -> None:
    """A very deep tree is walked without recursion."""
    make(tmp_path, "d/" * 300 + "a.txt")
    assert paths(tmp_path) == ["d/" * 300 + "a.txt"]


def test_a_corpus_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    """The error for a corpus that is no folder names it."""
    make(tmp_path, "a.txt")
    with pytest.raises(CorpusError, match=r"no folder .*nowhere"):
        paths(tmp_path / "nowhere")
    with pytest.raises(CorpusError, match=r"a\.txt is no folder"):
        paths(tmp_path / "a.txt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_an_ignore_file_that_is_no_file_ignores_nothing(tmp_path: Path) -> None:
    """An ignore file that is a pipe or folder is skipped without waiting."""
    make(tmp_path, "a.txt")
    os.mkfifo(tmp_path / ".gitignore")
    assert paths(tmp_path) == ["a.txt"]


def test_a_folder_that_cannot_be_listed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_root: "WithoutRoot"
) -> None:
    """An unreadable folder is reported, and the walk continues."""
    make(tmp_path, "a.txt", "shut/b.txt", "z.txt")
    (tmp_path / "shut").chmod(0)
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)  # the folders above are shut to anybody but root
    with without_root():
        found = list(walk(Path()))
    (tmp_path / "shut").chmod(0o755)
    assert [item.path for item in found] == ["a.txt", "shut", "z.txt"]
    assert found[1] == Unlistable(
        "shut",
        Reason(ReasonCode.NO_PERMISSION, "the folder cannot be listed: Permission denied"),
    )


@pytest.mark.parametrize("second", [-(10**9), 2**33, 13_569_465_600])
def test_a_time_that_is_far_off_is_a_time(tmp_path: Path, second: int) -> None:
    """A file time after the year 2262 is capped at SQLite's largest integer."""
    make(tmp_path, "a.txt")
    os.utime(tmp_path / "a.txt", (second, second))
    (found,) = walk(tmp_path)
    assert isinstance(found, Found)
    assert found.stat.mtime_ns == min(second * 10**9, 2**63 - 1)


def test_comments_ignore_nothing(tmp_path: Path) -> None:
    """Comments and blank lines in ignore files ignore nothing."""
    make(tmp_path, "a.txt", "# a")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("# a\n\n   \n#*\n")
    assert set(paths(tmp_path)) == listed_by_git(tmp_path) == {"a.txt", "# a"}
