"""Every page satisfies the rules of axe-core, in both colours and on a phone."""

from typing import Any

import pytest

from fakes.web_server import Web, web_server
from fakes.web_visit import Visit

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed here"
)
# Path, and what to do before the page is looked at.
PAGES: dict[str, tuple[str, str, str]] = {
    "start": ("/", "", ".index"),
    "results": ("/?q=tides", "", ".hit"),
    "filters": ("/?q=water&type=html", "", ".fields"),
    "nothing found": ("/?q=zzzzqqq", "", ".count"),
    "an error": ("/?q=type:pdf", "", "[role=alert]"),
    "text beside results": ("/?q=dough", "a.open", ".row.cited"),
    "a PDF beside results": ("/?q=notice+period+type:pdf", "a.open", ".textLayer span"),
    "more like this": ("/?like=sea/knots.md:1", "", ".like"),
    "a document": ("/document?cite=sea/tides.html", "", ".row"),
    "the map": ("/map", "", "body[data-lit]"),
    "no such page": ("/nothing", "", "h1"),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1300), ("dark", 360)])
def test_a_page_satisfies_axe(browser: Any, web: Web, name: str, scheme: str, width: int) -> None:
    """All rules, best practices among them."""
    path, clicked, awaited = PAGES[name]
    visit = Visit(browser, web, color_scheme=scheme, viewport={"width": width, "height": 800})
    page = visit.open(path)
    if clicked:
        page.locator(clicked).first.click()
    page.wait_for_selector(awaited)
    assert problems_of(page) == []
    visit.wrong = [one for one in visit.wrong if "404" not in one]
    visit.close()


def test_the_page_that_asks_for_a_token_satisfies_axe(browser: Any, documents: Any) -> None:
    """Before anybody is let in."""
    with web_server(documents, has_token=True) as served:
        visit = Visit(browser, served)
        assert problems_of(visit.open("/")) == []
        visit.wrong.clear()  # the browser tells the refusal
        visit.close()


def problems_of(page: Any) -> list[str]:
    """The rules that are violated, each with where."""
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]} {node.get('failureSummary')}"
        for one in found
        for node in one["nodes"]
    ]
