"""Navigation of HTML pages: which elements lead to other pages and hold no text of their own.

Documentation tools repeat menus, tables of contents and footers on every page, many of them without
``<nav>``. Names that one tool gives to navigation alone decide at once; names that people give to
other things, too (``sidebar``, ``toc``, ``footer``), only together with the content of the element.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import accumulate
from typing import Final

Attributes = Mapping[str, str | None]

# Classes and ids with which a tool marks navigation, and nothing else.
_NAMES: Final = frozenset(
    # Sphinx: basic, classic, alabaster, Read the Docs, furo, PyData
    "sphinxsidebar sphinxsidebarwrapper toctree-wrapper headerlink viewcode-link viewcode-back"
    " wy-nav-side wy-nav-top wy-side-nav-search wy-menu wy-breadcrumbs wy-breadcrumbs-aside"
    " rst-footer-buttons rst-versions rst-breadcrumbs-buttons"
    " sidebar-drawer toc-drawer mobile-header sidebar-tree related-pages bottom-of-page"
    " content-icon-container back-to-top bd-sidebar bd-sidebar-primary bd-sidebar-secondary"
    " bd-toc bd-header bd-footer prev-next-area prev-next-footer headerbtn search-button"
    # MkDocs and its themes
    " md-header md-tabs md-sidebar md-footer md-search md-source-file md-skip md-content__button"
    " mkdocs_search_modal mkdocs_keyboard_modal bs-sidenav bs-sidebar toc-list nav-link navitem"
    # Doxygen
    " titlearea side-nav nav-tree nav-path navpath main-nav main-menu MSearchBox"
    " MSearchSelectWindow MSearchResultsWindow SRResults navrow navtab tabs2 tabs3 qindex ttc"
    # Javadoc
    " topNav bottomNav subNav top-nav sub-nav bottom-nav navBar navList subNavList"
    " navListSearch skipNav skip-nav skipNavTop legalCopy legal-copy fixedNav indexContainer"
    # Docusaurus
    " theme-doc-sidebar-container theme-doc-breadcrumbs theme-doc-toc-desktop"
    " theme-doc-toc-mobile theme-doc-footer theme-edit-this-page pagination-nav"
    " navbar-sidebar hash-link"
    # GitBook, mdBook, rustdoc
    " book-summary book-header gitbook-link navigation-prev navigation-next nav-chapters"
    " mobile-nav-chapters nav-wrapper menu-bar sidebar-scrollbox sidebar-resize-handle"
    " sidebar-elems mobile-topbar"
    # themes of Hugo
    " td-sidebar td-sidebar-toc td-sidebar-nav td-toc td-navbar td-page-meta td-footer book-menu"
    " book-toc book-footer R-sidebar gdoc-nav gdoc-toc gdoc-footer gdoc-header gdoc-page__nav"
    # DocBook, Texinfo, Asciidoctor
    " navheader navfooter spirit-nav nav-panel footer-text copiable-anchor copiable-link"
    # MediaWiki
    " mw-editsection mw-jump-link mw-panel mw-panel-toc mw-navigation mw-header vector-toc"
    " vector-toc-contents vector-page-toolbar p-lang-btn mw-cite-backlink navbox catlinks"
    " printfooter mw-footer mw-footer-container"
    # Bootstrap and WordPress
    " navbar navbar-nav skip-link skip-to-content screen-reader-text".split()
)
_GENERIC: Final = frozenset(
    "nav navbar navigation menu sidebar sidebar-left sidebar-right sidenav toc table-of-contents"
    " tableofcontents breadcrumb breadcrumbs pagination pager prev-next related topbar links"
    " on-this-page page-toc localtoc leftcol leftnav rightnav leftmenu sitenav site-nav summary"
    " tabs nav-links site-header".split()
)
_FOOTERS: Final = frozenset("footer bottom site-footer page-footer colophon copyright".split())
_LOCAL_CONTENTS: Final = frozenset(("contents", "topic"))  # of Docutils
_TELLING_IDS: Final = _NAMES | _GENERIC | _FOOTERS | _LOCAL_CONTENTS
_ROLES: Final = frozenset("navigation search contentinfo menu menubar doc-toc doc-index".split())

_MOSTLY: Final = 0.6  # share of characters in links, above which an element of such a name leads on
_NEARLY_ALL: Final = 0.9  # of a list of contents, which may have numbers beside
_LONGEST_FOOTER: Final = 800  # characters
_COLOPHON: Final = re.compile(
    r"built with|created using|made with|generated (?:by|on|with)|powered by|copyright|©|\(c\)"
    r"|all rights reserved|last (?:updated|modified)|edit this page|page source|previous|next",
    re.IGNORECASE,
)


class Part(Enum):
    """What an element of a page is, as far as its start tag tells."""

    TEXT = "text"
    NAVIGATION = "navigation"
    PERHAPS_NAVIGATION = "navigation, if most of it is links"
    PERHAPS_CONTENTS = "contents of the page, if all of it leads to places in the page"
    PERHAPS_FOOTER = "a footer, if it says so, or most of it is links"


def part_of(tag: str, attributes: Attributes) -> Part:
    """Return what the start tag of an element tells of it."""
    name = attributes.get("id")
    return _part(
        tag,
        attributes.get("class") or "",
        name if name in _TELLING_IDS else None,
        attributes.get("role") or "",
    )


@lru_cache(maxsize=4096)  # pages repeat their tags; a page's own ids are not among the arguments
def _part(tag: str, classes: str, name: str | None, role: str) -> Part:
    names = {*classes.split(), name or ""}
    role = role.lower()
    if tag == "a" and any("skip" in name.lower() for name in names):
        return Part.NAVIGATION  # a link over the menu to the text
    if tag in ("body", "html", "main", "article", "pre", "table") or role == "main":
        return Part.TEXT
    if role in _ROLES or not names.isdisjoint(_NAMES) or names >= _LOCAL_CONTENTS:
        return Part.NAVIGATION
    if tag == "footer" or not names.isdisjoint(_FOOTERS):
        return Part.PERHAPS_FOOTER
    if tag in ("aside", "header") or not names.isdisjoint(_GENERIC):
        return Part.PERHAPS_NAVIGATION
    return Part.PERHAPS_CONTENTS if tag in ("ol", "ul") else Part.TEXT


@dataclass(slots=True)
class Letters:
    """Characters read so far: all, those in links, those in links to places in the page."""

    total: int = 0
    linked: int = 0
    linked_here: int = 0

    def add(self, text: str, link: str | None) -> None:
        """Count some more text, which leads to ``link`` if that is given."""
        count = len(text) - text.count(" ")
        self.total += count
        if link:
            self.linked += count
            if link.startswith("#"):
                self.linked_here += count

    def copy(self) -> "Letters":
        """Return the counts of now."""
        return Letters(self.total, self.linked, self.linked_here)

    def since(self, before: "Letters") -> "Letters":
        """Return the counts of the text behind another place."""
        return Letters(
            self.total - before.total,
            self.linked - before.linked,
            self.linked_here - before.linked_here,
        )


def is_navigation(part: Part, texts: Iterable[tuple[str, int]], letters: Letters) -> bool:
    """Whether an element that may be navigation is, by its texts, each with its count of rows.

    Of the texts, no more are taken than the answer needs: elements may stand in each other.
    """
    if part is Part.PERHAPS_CONTENTS:
        is_here = letters.linked_here >= _NEARLY_ALL * letters.total
        return is_here and any(total > 2 for total in accumulate(rows for _, rows in texts))
    if letters.total and letters.linked >= _MOSTLY * letters.total:
        return True
    return part is Part.PERHAPS_FOOTER and _COLOPHON.search(_short(texts)) is not None


def _short(texts: Iterable[tuple[str, int]]) -> str:
    """The texts, a row each; empty where they are longer than a footer."""
    taken: list[str] = []
    length = -1  # a line end fewer than texts
    for text, _ in texts:
        taken.append(text)
        length += len(text) + 1
        if length > _LONGEST_FOOTER:
            return ""
    return "\n".join(taken)
