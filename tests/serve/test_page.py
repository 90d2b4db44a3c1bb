"""The page in a browser: searching, reading, keys, widths, colours, and who is let in."""

import re
from pathlib import Path
from typing import Any

import pytest
from serve.conftest import HOSTILE

from fakes.index_runs import index
from fakes.web_server import TOKEN, Web, web_server
from fakes.web_visit import Visit

NOTICE = "how long is the notice period for the flat"
DOUGH = "how do I keep my dough alive over the holidays"


def without_script(browser: Any, web: Web) -> Visit:
    """A visit by a browser that runs no scripts."""
    return Visit(browser, web, java_script_enabled=False)


def test_results_come_while_a_question_is_typed(visit: Visit) -> None:
    """With the best sentence marked, the relevance as a number, and the question in the address."""
    page = visit.open()
    assert page.locator(".index h2").count() == 1
    assert re.search(r"5 documents, \d+ passages", page.locator(".numbers").inner_text())
    page.locator("#q").press_sequentially(NOTICE)
    page.wait_for_selector(f".count:has-text('{NOTICE}')")
    page.wait_for_url(f"**/?q={NOTICE.replace(' ', '+')}")
    first = page.locator(".hit").first
    assert first.locator("h3").inner_text().startswith("rental-agreement.pdf p.")
    assert "one month's notice" in first.locator("mark").inner_text()
    assert re.search(r"Relevance [01]\.\d\d", first.locator(".relevance").text_content())
    assert page.locator("#told").inner_text().startswith(page.locator(".count").inner_text())
    page.fill("#q", "")
    page.wait_for_selector(".index")
    assert page.url.endswith("/")


def test_an_answer_that_comes_late_is_dropped(visit: Visit) -> None:
    """The results are always those of what stands in the box."""
    page = visit.open()
    late: list[Any] = []
    page.route(re.compile(r"q=tides"), lambda route: late.append(route))
    page.fill("#q", "tides")
    page.wait_for_timeout(150)
    assert len(late) == 1
    page.fill("#q", "bowline knot")
    page.wait_for_selector("text=knots.md")
    late[0].continue_()
    page.wait_for_timeout(100)
    assert "bowline knot" in page.locator(".count").inner_text()


def test_a_pdf_is_shown_at_its_page_with_the_sentence_marked(visit: Visit) -> None:
    """In the text layer of pdf.js; pages turn, and its text is one button away."""
    page = visit.read(NOTICE, "rental-agreement.pdf")
    page.wait_for_selector(".textLayer mark")
    marked = "".join(page.locator(".textLayer mark").all_inner_texts())
    sentence = page.locator(".pdf").get_attribute("data-sentence")
    assert "".join(marked.split()) == "".join(sentence.split()).rstrip(".")
    assert page.locator(".pdf-bar").inner_text().split("\n")[1] == "Page 1 of 3"
    assert page.locator(".text").is_hidden()
    page.get_by_role("button", name="Next page").click()
    page.wait_for_selector(".pdf[data-shown='2']")
    page.get_by_role("button", name="Show text").click()
    assert page.locator(".text mark").first.is_visible()
    assert page.locator(".pdf").is_hidden()


def test_a_page_without_the_sentence_says_so(visit: Visit) -> None:
    """And is shown without a mark."""
    page = visit.open("/document?cite=work/rental-agreement.pdf+p.2&sentence=zzz+zzz+zzz")
    page.wait_for_selector("text=not to be found in the text of this page")
    assert page.locator(".textLayer mark").count() == 0
    assert page.locator(".pdf").get_attribute("data-shown") == "2"


def test_a_pdf_that_cannot_be_shown_is_read_as_text(visit: Visit) -> None:
    """With the reason."""
    visit.page.route("**/file?**", lambda route: route.fulfill(body="no PDF", status=200))
    page = visit.read(NOTICE, "rental-agreement.pdf")
    page.wait_for_selector("text=The page cannot be shown")
    assert page.locator(".text mark").first.is_visible()
    visit.wrong.clear()  # pdf.js tells it, too


def test_text_is_shown_with_its_lines_and_the_sentence_in_view(visit: Visit) -> None:
    """The cited lines stand out; the sentence is that of the result."""
    page = visit.read(DOUGH, "sourdough.md")
    mark = page.locator("#document .row.cited mark").first
    assert mark.inner_text() in page.locator(".hit mark").first.inner_text()
    box = mark.bounding_box()
    assert 0 < box["y"] < 850
    numbers = [int(number) for number in page.locator(".row .number").all_inner_texts()]
    assert numbers == sorted(numbers)
    assert page.locator(".document .title").inner_text() == "kitchen/sourdough.md"


def test_all_is_done_by_keys(visit: Visit) -> None:
    """To the box, through the results, into a document, on, copied, and back."""
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit.open(f"/?q={DOUGH.replace(' ', '+')}")
    links = page.locator("a.open")
    assert links.count() >= 2
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert links.nth(1).evaluate("link => link === document.activeElement")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_selector(".document")
    assert links.nth(0).get_attribute("aria-current") == "true"
    page.wait_for_selector(".steps >> text=1 of")
    page.keyboard.press("n")
    page.wait_for_selector(".steps >> text=2 of")
    page.keyboard.press("p")
    page.wait_for_selector(".steps >> text=1 of")
    page.keyboard.press("c")
    page.wait_for_selector("text=Copied")
    cited = page.locator(".hit").first.get_attribute("data-cited")
    assert page.evaluate("navigator.clipboard.readText()") == cited
    page.keyboard.press("Escape")
    assert page.locator(".document").count() == 0
    assert links.nth(0).evaluate("link => link === document.activeElement")
    page.keyboard.press("/")
    assert page.locator("#q").evaluate("field => field === document.activeElement")
    page.keyboard.type("n")
    assert page.input_value("#q") == "n"


def test_shortcuts_of_single_keys_can_be_switched_off(visit: Visit) -> None:
    """For good: WCAG 2.1.4 wants it for people who speak to their machine."""
    page = visit.open()
    page.uncheck("#shortcuts")
    page = visit.open("/?q=tides")
    page.keyboard.press("j")
    page.keyboard.press("n")
    assert page.locator(".document").count() == 0
    assert not page.locator("a.open").first.evaluate("link => link === document.activeElement")


def test_filters_narrow_the_results(visit: Visit) -> None:
    """At once, and they stand in the address; they can be cleared."""
    page = visit.open("/?q=water")
    page.click("summary")
    page.select_option("select[name=type]", "html")
    page.wait_for_url("**/?q=water&type=html")
    page.wait_for_selector("#results:not([aria-busy]) .hit")
    names = page.locator("a.open").all_inner_texts()
    assert set(names) == {"tides.html"}
    page.select_option("select[name=path]", "/kitchen/")
    page.wait_for_selector("text=Nothing relevant found")
    page.click(".clear")
    page.wait_for_url("**/?q=water")
    assert page.input_value("select[name=type]") == ""


def test_what_is_typed_does_not_go_to_a_server(browser: Any, corpus: Any, words: Any) -> None:
    """With an embedder that is not on this machine a question is sent when it is whole."""
    index(corpus, words)
    with web_server(corpus, words) as served:
        visit = Visit(browser, served)
        page = visit.open()
        words.seen.clear()
        page.locator("#q").press_sequentially("honey bees")
        page.wait_for_timeout(300)
        assert words.seen == []
        page.keyboard.press("Enter")
        page.wait_for_selector(".hit")
        assert "honey bees" in words.seen
        visit.close()


def test_more_like_this_leads_to_other_passages(visit: Visit) -> None:
    """By the citation of the hit."""
    page = visit.open("/?q=bowline")
    page.get_by_role("link", name="More like this").first.click()
    page.wait_for_selector(".like")
    assert "sea/knots.md:" in page.locator(".like strong").inner_text()
    assert page.locator(".hit").count() >= 1


def test_back_and_forward_lead_through_what_was_read(visit: Visit) -> None:
    """And a reload shows the document again."""
    page = visit.read(DOUGH, "sourdough.md")
    assert page.url.endswith(
        "&hit=" + page.locator(".hit:has([aria-current])").get_attribute("data-rank")
    )
    page.reload()
    page.wait_for_selector(".document")
    page.go_back()
    page.wait_for_selector(".document", state="detached")
    assert page.locator(".hit").count() >= 1
    page.go_forward()
    page.wait_for_selector(".document")


def test_all_works_without_scripts(browser: Any, web: Web) -> None:
    """Search, filter, read, next hit, back, more like this."""
    visit = without_script(browser, web)
    page = visit.open()
    page.fill("#q", DOUGH)
    page.get_by_role("button", name="Search").click()
    assert page.locator(".hit").count() >= 2
    page.locator("a.open").first.click()
    assert "/document?" in page.url
    assert page.locator(".row.cited mark").count() >= 1
    page.get_by_role("link", name="Next hit").click()
    assert "2 of" in page.locator(".steps").inner_text()
    page.get_by_role("link", name="Back to the results").click()
    assert page.input_value("#q") == DOUGH
    page.click("summary")
    page.select_option("select[name=type]", "html")
    page.get_by_role("button", name="Search").click()
    assert not set(page.locator("a.open").all_inner_texts()) - {"tides.html"}
    page = visit.open("/document?cite=work/rental-agreement.pdf+p.2")
    assert page.locator("h2.begins").all_inner_texts()[:2] == ["p.1", "p.2"]
    assert page.locator(".pdf").is_hidden()
    visit.close()


def test_on_a_phone_a_document_takes_the_place_of_the_results(browser: Any, web: Web) -> None:
    """Nothing is wider than the screen; the back button brings the results again."""
    screen = {"width": 360, "height": 740}
    visit = Visit(browser, web, viewport=screen, is_mobile=True, has_touch=True)
    page = visit.open(f"/?q={NOTICE.replace(' ', '+')}")
    assert is_within(page)
    page.locator("a.open", has_text=".pdf").first.tap()
    page.wait_for_selector(".textLayer mark")
    assert page.locator(".hit").first.is_hidden()
    assert is_within(page)
    page.get_by_role("button", name="Back to results").click()
    assert page.locator(".hit").first.is_visible()
    page.locator("a.open").first.click()
    page.wait_for_selector(".document")
    page.go_back()
    page.wait_for_selector(".document", state="detached")
    assert page.locator(".hit").first.is_visible()
    visit.close()


def is_within(page: Any) -> bool:
    """Whether nothing reaches over the right edge."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wide <= 0


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_colours_follow_the_system(browser: Any, web: Web, scheme: str, is_dark: bool) -> None:
    """Light and dark."""
    visit = Visit(browser, web, color_scheme=scheme)
    page = visit.open("/?q=tides")
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", colour)[:3])) < 200) is is_dark
    visit.close()


def test_what_a_document_says_never_runs(visit: Visit) -> None:
    """In results, beside them, and on a page of its own."""
    page = visit.read("giraffe and zebra", "hostile.txt")
    assert HOSTILE in page.locator("#document .words").inner_text()
    assert page.locator("#document img, #results img").count() == 0
    assert page.title() != "taken"
    page = visit.open("/document?cite=hostile.txt")
    assert HOSTILE in page.locator(".words").inner_text()
    assert page.title() == "hostile.txt – semsearch"
    page = visit.open("/?q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E+giraffe")
    assert page.input_value("#q").startswith("<img")


def test_the_map_leads_to_documents(visit: Visit) -> None:
    """Its points are those of the index; a found one is a link."""
    page = visit.open("/map")
    page.wait_for_selector("body[data-lit]")
    assert int(page.locator("body").get_attribute("data-lit")) > 10
    assert page.locator("#groups button").count() >= 2
    page.fill("#search", "bowline")
    page.locator("#hits a").first.click()
    page.wait_for_selector(".document")
    assert page.locator(".document .title").inner_text() == "sea/knots.md"


def test_a_server_that_has_gone_is_told(browser: Any, documents: Path) -> None:
    """In words, where the results would be."""
    with web_server(documents) as served:
        visit = Visit(browser, served)
        page = visit.open()
    page.fill("#q", "tides")
    page.wait_for_selector("text=Is semsearch serve still running?")
    visit.wrong = [text for text in visit.wrong if "ERR_CONNECTION_REFUSED" not in text]
    visit.close()


def test_a_search_that_is_wrong_says_what_to_do(visit: Visit) -> None:
    """As the command line does."""
    page = visit.open("/?q=type:pdf")
    assert "ask something in words beside them" in page.locator("[role=alert]").inner_text()


def test_the_printed_address_lets_a_browser_in_and_others_are_asked(
    browser: Any, documents: Path
) -> None:
    """The token leaves the address, and the cookie stays."""
    with web_server(documents, has_token=True) as served:
        visit = Visit(browser, served)
        page = visit.open(f"/?token={TOKEN}")
        assert page.url == served.address
        page.fill("#q", "tides")
        page.wait_for_selector(".hit")
        visit.close()
        other = Visit(browser, served)
        page = other.open("/?q=tides")
        assert page.locator(".hit").count() == 0
        page.fill("input[name=token]", "wrong")
        page.get_by_role("button", name="Go on").click()
        assert "not the token" in page.locator("[role=alert]").inner_text()
        page.fill("input[name=token]", TOKEN)
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url("**/?q=tides")
        assert page.locator(".hit").count() >= 1
        assert other.wrong != []  # the browser tells the two refusals
        other.wrong.clear()
        other.close()


@pytest.mark.parametrize(
    ("sentence", "texts", "found"),
    [
        ("The final office.", ["The ﬁnal ", "oﬃce. Next"], ["The ﬁnal", "oﬃce"]),
        ("a hyphenated word", ["a hyphen-", "ated word here"], ["a hyphen", "ated word"]),
        ("soft hyphens", ["so\u00adft hy\u00adphens"], ["so\u00adft hy\u00adphens"]),
        ("“Quoted” – and dashed", ['"Quoted" - and dashed'], ['Quoted" - and dashed']),
        ("Übergröße", ["U\u0308bergro\u0308ße"], ["U\u0308bergro\u0308ße"]),
        ("spaces are many", ["sp aces   are", "many"], ["sp aces   are", "many"]),
        ("not there", ["something else"], []),
        ("", ["something"], []),
        ("𝐁old 𝐥etters", ["a 𝐁old 𝐥etters b"], ["𝐁old 𝐥etters"]),
        ("x" * 70 + " and " + "y" * 70, ["before " + "x" * 70], ["x" * 70]),
        ("x" * 70 + " and " + "y" * 70, ["y" * 65 + " after"], ["y" * 65]),
    ],
)
def test_a_sentence_is_found_however_its_letters_are_set(
    visit: Visit, sentence: str, texts: list[str], found: list[str]
) -> None:
    """Ligatures, hyphens, blanks, quotes and marks; a sentence may go on on another page."""
    page = visit.open("/nothing-here")
    visit.wrong.clear()  # the browser tells that there is nothing
    parts = page.evaluate(
        """async ([sentence, texts]) => {
            const { spansOf } = await import("/static/sentence.js");
            return spansOf(sentence, texts).map(([at, start, end]) => texts[at].slice(start, end));
        }""",
        [sentence, texts],
    )
    assert parts == found


def test_several_indexes_are_asked_together(
    browser: Any, tmp_path: Any, words: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each result says of which; one can be chosen, read, and looked at as a map."""
    for name, text in (("work", "Three months of notice.\n"), ("home", "Bees give notice, too.\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").write_text(text)
        index(tmp_path / name, words)
    settings = tmp_path / "settings.toml"
    places = [f'{name} = "{tmp_path / name}"' for name in ("work", "home")]
    settings.write_text("\n".join(["[indexes]", *places, ""]))
    monkeypatch.setenv("SEMSEARCH_CONFIG", str(settings))
    with web_server(None, words, names=["work", "home"]) as served:
        visit = Visit(browser, served)
        page = visit.open()
        assert page.locator(".index h2").all_inner_texts() == ["work", "home"]
        page.fill("#q", "notice")
        page.keyboard.press("Enter")
        page.wait_for_selector(".hit")
        assert sorted(page.locator(".hit .badge").all_inner_texts()) == ["home", "work"]
        page.locator(".hit", has_text="Bees").locator("a.open").click()
        page.wait_for_selector(".document")
        assert page.locator(".document .badge").inner_text() == "home"
        assert "Bees give notice, too." in page.locator(".document .words").inner_text()
        page.click("summary")
        page.check("input[name=in][value=work]")
        page.wait_for_url("**/?q=notice&in=work")
        page.wait_for_selector("#results:not([aria-busy]) .hit")
        assert page.locator(".hit .badge").all_inner_texts() == ["work"]
        page.get_by_role("link", name="More like this").first.click()
        assert page.locator(".like").inner_text().startswith("Passages like notes.txt:1 of work")
        page = visit.open("/map?index=home")
        page.wait_for_selector("text=There is no map")
        assert page.input_value("select[name=index]") == "home"
        visit.wrong.clear()  # the browser tells that there are too few documents
        visit.close()
