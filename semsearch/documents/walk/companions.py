"""Companions of pages: copied sources, and scripts, that a documentation tool writes beside.

Sphinx writes ``_sources/guide/install.rst.txt`` beside ``guide/install.html``. Both hold one text,
and the page is the one to read. Without its page, or beside a page of another tool, a file of that
name is a document. In the same way scripts are those of a tool where its own file stands
beside them, and has the tool's mark in it.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from semsearch.documents.reason import Reason, ReasonCode
from semsearch.documents.walk.walker import Found, Unlistable
from semsearch.safe_open import open_below

_COPY: Final = re.compile(r"(?P<root>(?:.*/)?)_sources/(?P<page>.+?)(?:\.[A-Za-z]{2,8})?\.txt")
_PAGE_ENDS: Final = (".html", "/index.html", ".htm")
_SPHINX: Final = (  # in pages of Sphinx since 1.8, before it, with a theme of one's own, since 7.2
    b'id="documentation_options"',
    b"DOCUMENTATION_OPTIONS",
    b'content="Docutils',
    b'data-content_root="',
)
_BEGINNING: Final = 200_000  # bytes of a file in which the marks stand
_BESIDE: Final = 1.0  # condition of the reason: a file beside this one


@dataclass(frozen=True, slots=True)
class _Tool:
    """A documentation tool: its own file, the mark in it, and folders of its scripts beside it."""

    name: str
    file: str
    marks: tuple[bytes, ...]
    folders: tuple[str, ...]  # with those below, "" for the folder of the file alone


_TOOLS: Final = (
    _Tool("Sphinx", "documentation_options.js", (b"DOCUMENTATION_OPTIONS",), ("", "js/")),
    _Tool("Doxygen", "doxygen.css", (b"oxygen",), ("", "search/")),
    _Tool(
        "Javadoc",
        "member-search-index.js",
        (b"memberSearchIndex",),
        ("", "jquery/", "script-dir/", "resource-files/"),
    ),
    _Tool("MkDocs", "search_index.json", (b'"docs":', b'"config":'), ("",)),
    # Material for MkDocs keeps scripts of stemmers and of the page beside the folder search.
    _Tool("MkDocs", "search/search_index.json", (b'"docs":', b'"config":'), ("assets/",)),
    _Tool("mdBook", "searchindex.js", (b'"doc_urls"',), ("", "theme/")),
)


_TOOL_FILES: Final = frozenset(tool.file.rpartition("/")[2] for tool in _TOOLS)
_TOOL_FOLDERS: Final = frozenset(
    folder.rstrip("/") for tool in _TOOLS for folder in tool.folders if folder
)


@dataclass(frozen=True, slots=True)
class _Anchor:
    """The file beside a companion that tells what it is: its path, one of its marks, the reason."""

    path: str
    marks: tuple[bytes, ...]
    why: str


def may_be_related(path: str) -> bool:
    """Whether a file of this name may be a companion, or the file that another is one of."""
    name = path[path.rfind("/") + 1 :]
    return "_sources/" in path or name.endswith((".html", ".htm", ".js")) or name in _TOOL_FILES


def shard_key(path: str) -> str:
    """The text that decides about the shard of a file: equal for a companion and its anchor.

    A script, and the own file of a tool, are told by the folder of the tool's file.

    >>> shard_key("docs/_sources/guide.rst.txt"), shard_key("docs/guide.html"), shard_key("a.md")
    ('docs/guide', 'docs/guide', 'a.md')
    >>> shard_key("docs/search/all_1.js"), shard_key("docs/doxygen.css")
    ('docs/', 'docs/')
    """
    if not may_be_related(path):
        return path
    if (copy := _COPY.fullmatch(path)) is not None:
        path = f"{copy['root']}{copy['page']}{_PAGE_ENDS[0]}"
    end = next((end for end in ("/index.html", ".html", ".htm") if path.endswith(end)), None)
    if end is not None:
        return path.removesuffix(end)
    folders = path.split("/")[:-1]
    tool = next((at for at, name in enumerate(folders) if name in _TOOL_FOLDERS), len(folders))
    return "".join(f"{name}/" for name in folders[:tool])


def is_companion(why: Reason | None) -> bool:
    """Whether a recorded reason says that a file is left out for one beside it."""
    return why is not None and why.code is ReasonCode.GENERATED and why.condition == _BESIDE


class Companions:
    """The companions of pages among the files of a folder."""

    def __init__(self, corpus: Path, found: Iterable[Found | Unlistable]) -> None:
        self._corpus = corpus
        self._is_marked: dict[str, bool] = {}
        known = frozenset(item.path for item in found if isinstance(item, Found))
        self._anchors: dict[str, _Anchor] = {}
        for path in known:
            anchor = _page_of(path, known) or _tool_of(path, known)
            if anchor is not None:
                self._anchors[path] = anchor

    def must_be_read(self, path: str, why: Reason | None, touched: Collection[str]) -> bool:
        """Whether an untouched file may have become a companion, or be one no longer.

        ``why`` is its recorded reason; ``touched`` are the paths of all files that are new or seem
        to have changed.
        """
        anchor = self._anchors.get(path)
        if anchor is not None:
            return anchor.path in touched
        return is_companion(why)

    def why_left_out(self, path: str) -> Reason | None:
        """Return the reason if a file is the companion of pages; else None."""
        anchor = self._anchors.get(path)
        if anchor is None or not self._has_marks(anchor):
            return None
        return Reason(ReasonCode.GENERATED, anchor.why, _BESIDE)

    def _has_marks(self, anchor: _Anchor) -> bool:
        if anchor.path not in self._is_marked:
            try:
                with open_below(self._corpus, anchor.path) as file:
                    beginning = file.read(_BEGINNING)
            except OSError:
                beginning = b""
            self._is_marked[anchor.path] = any(mark in beginning for mark in anchor.marks)
        return self._is_marked[anchor.path]


def _page_of(path: str, known: Collection[str]) -> _Anchor | None:
    """The page of a copied source."""
    copy = _COPY.fullmatch(path) if "_sources/" in path else None
    if copy is None:
        return None
    stem = f"{copy['root']}{copy['page']}"
    page = next((stem + end for end in _PAGE_ENDS if stem + end in known), None)
    if page is None:
        return None
    return _Anchor(page, _SPHINX, f"it is the source of {page}, copied by Sphinx")


def _tool_of(path: str, known: Collection[str]) -> _Anchor | None:
    """The file of the tool whose script a file may be."""
    if not path.endswith(".js"):
        return None
    folder = path[: path.rfind("/") + 1]
    for tool in _TOOLS:
        for below in tool.folders:
            root = folder if not below else folder[: f"/{folder}".rfind(f"/{below}")]
            anchor = root + tool.file
            if (not below or f"/{below}" in f"/{folder}") and anchor in known and anchor != path:
                return _Anchor(
                    anchor, tool.marks, f"it belongs to the pages that {tool.name} makes"
                )
    return None
