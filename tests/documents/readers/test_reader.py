"""A file is read to its document."""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fpdf import FPDF

from semsearch.documents.formats import Format, format_of
from semsearch.documents.readers.reader import read_document
from semsearch.documents.reason import DocumentUnreadable, ReasonCode
from semsearch.documents.walk.walker import FileStat

if TYPE_CHECKING:
    from conftest import WithoutRoot


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.md", Format.MARKDOWN),
        ("a/b.MARKDOWN", Format.MARKDOWN),
        ("README", Format.TEXT),
        ("1. Introduction", Format.TEXT),
        ("notes.txt", Format.TEXT),
        ("page.htm", Format.HTML),
        ("paper.PDF", Format.PDF),
        ("photo.png", None),
        ("archive.tar.gz", Format.COMPRESSED),
        ("picture.svg.gz", None),
        ("notes.md.gz", Format.COMPRESSED),
        ("notes.gz", Format.COMPRESSED),
        ("minutes.2024", Format.OTHER),
        ("1700000000.M1P1.host:2,S", Format.OTHER),
        ("production.token", None),
        ("id_rsa", None),
        ("deploy/credentials.txt", None),
        ("abcd.default/logins.json", None),
        ("passwords.md", Format.MARKDOWN),
        ("secret-santa.txt", Format.TEXT),
    ],
)
def test_the_name_says_whether_a_file_is_opened(name: str, expected: Format | None) -> None:
    """A file of an unsupported type is never opened."""
    assert format_of(name) is expected


def test_a_page_of_the_manual_may_begin_with_its_licence(tmp_path: Path) -> None:
    """Within a block that roff ignores, as in ssh-copy-id(1) and fzf(1)."""
    page = '.ig \\"  -*- nroff -*-\nA licence.\n..\n.TH LAMP 1\n.SH NAME\nlamp \\- gives light\n'
    (tmp_path / "lamp.1").write_text(page)
    read = read_document(tmp_path, "lamp.1", max_bytes=1000)
    assert [block.text for block in read.document.blocks][-1] == "lamp - gives light"


def test_definitions_without_an_end_are_not_looked_through(tmp_path: Path) -> None:
    """A page has begun within its first 16 KB, however long the file of macros is."""
    (tmp_path / "macros.1").write_text(".de a\n" * 100_000 + ".TH LAMP 1\n")
    read = read_document(tmp_path, "macros.1", max_bytes=1_000_000)
    assert read.document.blocks[0].text.startswith(".de a")


def test_digest_and_stat_are_those_of_the_bytes(tmp_path: Path) -> None:
    """Digest and stat describe the bytes that were read."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"hello")
    read = read_document(tmp_path, path.name, max_bytes=100)
    assert read.digest == hashlib.sha256(b"hello").digest()
    assert read.stat._replace(ctime_ns=0) == FileStat.of(path.stat())._replace(ctime_ns=0)
    assert [block.text for block in read.document.blocks] == ["hello"]


def test_the_content_decides_over_the_name(tmp_path: Path) -> None:
    """A PDF named as a text is read as a PDF."""
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica")
    pdf.cell(text="inside")
    path = tmp_path / "a.txt"
    pdf.output(str(path))
    assert read_document(tmp_path, path.name, max_bytes=100_000).document.blocks[0].page == 1


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_blank_documents_have_no_blocks(tmp_path: Path, name: str) -> None:
    """A blank document has no blocks."""
    for content in (b"", b" \n\t\n"):
        (tmp_path / name).write_bytes(content)
        assert read_document(tmp_path, name, max_bytes=100).document.blocks == ()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"\x7fELF\0\0\0", "binary file"),
        ("id_rsa", b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + b"b3B" * 20, "a private key"),
        ("a.md", b"x" * 2000 + b"  > -----BEGIN PRIVATE KEY-----\r  > " + b"M" * 64, "private key"),
        ("a.html", b"<pre>-----BEGIN RSA PRIVATE KEY-----<br>" + b"M" * 64, "private key"),
        ("a.ppk", b"PuTTY-User-Key-File-3: ssh-rsa\nA: b\n" + b"A" * 64, "private key"),
        ("a.asc", b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n" + b"l" * 64, "private key"),
        (
            "a.txt",
            ("-----BEGIN PRIVATE KEY-----\n" + "M" * 64).encode("utf-16"),
            "private key",
        ),
        ("a.md", b"x" * 3001, r"limit of 0\.0 MB"),
        ("a.pdf", b"", "it is empty"),
        ("a.pdf", b"hello", "it is no PDF"),
        ("a.pdf", b"hello %PDF-1.4", "damaged PDF"),
        ("a.pdf", b"%PDF-1.4 nonsense", "damaged PDF"),
        ("a.txt", bytes(b for b in range(1, 256) if b not in (9, 10, 13)) * 8, "encoding"),
    ],
)
def test_what_cannot_be_read_has_a_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    """An unreadable file has a printable reason of one line."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DocumentUnreadable, match=reason) as caught:
        read_document(tmp_path, name, max_bytes=3000)
    assert str(caught.value).isprintable()


def test_a_text_about_pdfs_is_a_text(tmp_path: Path) -> None:
    """Only a file that begins with the mark is a PDF or a key."""
    (tmp_path / "a.md").write_text("Every file begins with %PDF-1.7.")
    document = read_document(tmp_path, "a.md", max_bytes=100).document
    assert document.blocks[0].text == "Every file begins with %PDF-1.7."
    (tmp_path / "a.md").write_text("A key begins with -----BEGIN PRIVATE KEY-----, as you know.")
    assert read_document(tmp_path, "a.md", max_bytes=100).document.blocks


def test_a_file_that_has_gone_is_not_unreadable(tmp_path: Path) -> None:
    """A deleted file raises FileNotFoundError."""
    with pytest.raises(FileNotFoundError):
        read_document(tmp_path, "gone.txt", max_bytes=100)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_links_and_pipes_are_not_opened(tmp_path: Path) -> None:
    """A link or pipe in place of a file is refused."""
    (tmp_path / "secret").write_text("x")
    (tmp_path / "link.txt").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(DocumentUnreadable, match="cannot be opened"):
        read_document(tmp_path, "link.txt", max_bytes=100)
    with pytest.raises(DocumentUnreadable, match="no regular file"):
        read_document(tmp_path, "pipe.txt", max_bytes=100)


@pytest.mark.skipif(os.open not in os.supports_dir_fd, reason="no such call on this system")
def test_a_folder_that_has_become_a_link_leads_nowhere(tmp_path: Path) -> None:
    """A folder replaced by a link since the walk is not followed."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.txt").write_text("secret")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "sub").symlink_to(tmp_path / "outside")
    with pytest.raises(DocumentUnreadable, match="cannot be opened"):
        read_document(tmp_path / "corpus", "sub/a.txt", max_bytes=100)


def test_a_file_without_permission_has_a_reason(
    tmp_path: Path, without_root: "WithoutRoot"
) -> None:
    """A file without permission has the system's message as reason."""
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "a.txt").chmod(0)
    with (
        without_root(),
        pytest.raises(DocumentUnreadable, match="cannot be opened: Permission denied"),
    ):
        read_document(tmp_path, "a.txt", max_bytes=100)


def test_a_reason_is_one_printable_line() -> None:
    """A reason is one printable line, even if the parser quotes the document."""
    assert (
        str(DocumentUnreadable(ReasonCode.DAMAGED, "no\n filter\x9d \x1b[2J"))
        == "no filter\ufffd \ufffd[2J"
    )
