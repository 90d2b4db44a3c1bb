"""The map's page, in a browser, and its picture."""

import base64
import hashlib
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from insights.subjects import write_subjects
from PIL import Image

import semsearch
from fakes.browser import headless_chromium
from fakes.embedder import WordEmbedder
from semsearch.cli.render.map_picture import map_picture
from semsearch.documents.passage import Location
from semsearch.documents.readers.reader import document_of
from semsearch.documents.reason import DocumentUnreadable
from semsearch.errors import SettingsError
from semsearch.insights.clustering import Unit
from semsearch.insights.map import By, CorpusMap, Point
from semsearch.insights.map_page import COLOURS, map_page

if TYPE_CHECKING:
    from conftest import Run

HOSTILE = (
    "</script><script>document.title='taken'</script><img src=x onerror=alert(1)> $title \u202e"
)
POINTS = (
    Point(
        Location("kitchen/jam.md", (3, 9), None, ("Jam", "Sugar")), "Sugar and fruit.", 0, 0.1, 0.2
    ),
    Point(Location("sea/tides.md", (1, 2), None, ()), "The moon pulls.", 1, 0.9, 0.8),
    Point(Location(f"odd/{HOSTILE}.md", None, (4, 4), (HOSTILE,)), HOSTILE, -1, 0.5, 0.5),
)


def made(
    points: tuple[Point, ...] = POINTS, groups: tuple[str, ...] = ("kitchen", HOSTILE)
) -> CorpusMap:
    """A map of some points."""
    return CorpusMap(
        index=Path("notes/.semsearch"),
        corpus=Path("<b>notes"),
        generation=1,
        embedder="test:words",
        unit=Unit.PASSAGES,
        by=By.CLUSTER,
        groups=groups,
        points=points,
        count=len(points),
        silhouette=0.5,
        notices=(),
    )


def test_a_map_in_the_folder_is_no_document_of_it() -> None:
    """It is made of the documents, and named as that."""
    with pytest.raises(DocumentUnreadable, match="it is a map of documents that semsearch made"):
        document_of(map_page(made()).encode(), "map.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    with headless_chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """The map in it, offline; in the end nothing may have gone wrong or been asked for."""
    (tmp_path / "map.html").write_text(map_page(made()), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1000, "height": 700}, offline=True)
    opened = context.new_page()
    wrong: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto((tmp_path / "map.html").as_uri())
    yield opened
    context.close()
    assert wrong == []
    assert asked == [(tmp_path / "map.html").as_uri()]


def colour_at(page: Any, path: str) -> tuple[int, ...]:
    """What is drawn where a point is."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    x, y = on_screen(page, path)
    return picture.getpixel((round(x), round(y)))  # type: ignore[return-value]


def on_screen(page: Any, path: str) -> tuple[float, float]:
    """Where a point is."""
    x, y = page.evaluate("path => placeOf(path)", path)
    box = page.locator("canvas").bounding_box()
    return box["x"] + x, box["y"] + y


def is_near(shown: tuple[int, ...], colour: str) -> bool:
    """Whether it is that colour, or nearly: points are not quite opaque."""
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return all(abs(one - other) < 50 for one, other in zip(shown, wanted, strict=True))


def test_points_are_drawn_in_the_colours_of_their_groups(page: Any) -> None:
    """Where their places are."""
    assert is_near(colour_at(page, "kitchen/"), COLOURS[0])
    assert is_near(colour_at(page, "sea/"), COLOURS[1])
    assert page.evaluate("document.body.dataset.lit") == "3"
    legend = page.locator("#groups button").all_inner_texts()
    assert legend[0] == "kitchen (1)"


def test_the_mouse_shows_what_a_point_is(page: Any) -> None:
    """Its citation, group, headings and first words; elsewhere nothing."""
    assert not page.locator("#tip").is_visible()
    page.mouse.move(*on_screen(page, "kitchen/"))
    assert page.locator("#tip").inner_text().split("\n") == [
        "kitchen/jam.md:3-9", "kitchen · Jam › Sugar", "Sugar and fruit.",
    ]  # fmt: skip
    x, y = on_screen(page, "kitchen/")
    page.mouse.move(x + 60, y + 60)
    assert not page.locator("#tip").is_visible()


def test_a_search_lights_up_what_has_all_of_its_words(page: Any) -> None:
    """In path, headings or text; the others fade, and the hits are a list."""
    page.fill("#search", "SUGAR jam")
    assert page.locator("#told").inner_text() == "1 of 3"
    assert page.locator("#hits button").all_inner_texts() == ["kitchen/jam.md:3-9"]
    assert is_near(colour_at(page, "kitchen/"), COLOURS[0])
    assert not is_near(colour_at(page, "sea/"), COLOURS[1])
    page.focus("#hits button")
    assert "Sugar and fruit." in page.locator("#tip").inner_text()
    page.fill("#search", "nothing has this")
    assert page.locator("#told").inner_text() == "0 of 3"
    page.fill("#search", "")
    assert is_near(colour_at(page, "sea/"), COLOURS[1])


def test_a_group_is_lit_alone_when_its_name_is_pressed(page: Any) -> None:
    """And all are when it is pressed again."""
    button = page.locator("#groups button").first
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert page.evaluate("document.body.dataset.lit") == "1"
    assert not is_near(colour_at(page, "sea/"), COLOURS[1])
    button.click()
    assert page.evaluate("document.body.dataset.lit") == "3"


def test_the_wheel_makes_the_map_larger(page: Any) -> None:
    """Around the mouse; two clicks take it back."""
    before = on_screen(page, "sea/")
    page.mouse.move(*on_screen(page, "kitchen/"))
    page.mouse.wheel(0, -400)
    page.wait_for_function("before => placeOf('sea/')[0] > before + 50", arg=before[0])
    page.locator("canvas").dblclick(position={"x": 5, "y": 5})
    assert on_screen(page, "sea/") == pytest.approx(before)


def test_what_a_document_says_is_text_and_never_runs(page: Any) -> None:
    """Whatever stands in names, headings and passages."""
    assert page.title() == "Map of <b>notes"
    page.mouse.move(*on_screen(page, '"odd/'))
    shown = page.locator("#tip").inner_text()
    assert "</script><script>document.title='taken'</script>" in shown
    assert "\u202e" not in shown
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2


def test_the_page_lets_nothing_run_but_its_own_script() -> None:
    """By its digest; no address is in it that a browser would fetch."""
    page = map_page(made())
    policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)[0]
    script = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert f"script-src 'sha256-{digest}'" in policy
    assert page.count("<script") == 2
    assert set(re.findall(r"https?://[^\s\"']*", page)) == {"http://www.w3.org/2000/svg"}
    data = re.findall(r'id="data">(.*?)</script>', page, re.DOTALL)[0]
    assert json.loads(data)["points"][0][3] == "kitchen/jam.md:3-9"


def test_the_picture_has_each_point_in_its_colour() -> None:
    """In four shapes, so that more groups than colours can be told apart."""
    count = 4 * len(COLOURS) + 1
    points = tuple(
        Point(Location(f"{at}.md", None, None, ()), "", at, (at % 9) / 8, (at // 9) / 8)
        for at in range(count)
    )
    content = map_picture(made(points, tuple(map(str, range(count)))))
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    assert picture.size == (1680, 1260)
    for point in points:
        place = (round(40 + point.x * 1120), round(100 + point.y * 1120))
        shown = picture.getpixel(place)
        assert is_near(shown, COLOURS[point.group % len(COLOURS)])  # type: ignore[arg-type]


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(SettingsError, match=r"Pillow is not installed .*; run: pip install"):
        map_picture(made())


def test_the_command_writes_a_page_and_a_picture(
    tmp_path: Path, words: WordEmbedder, run: "Run"
) -> None:
    """Readable by their owner only; what is there is replaced when that is asked for."""
    folder = write_subjects(tmp_path / "subjects")
    semsearch.index(folder, embedder=words)
    shown = run("map", "--index", folder, "--png", "map.png", "--output", "map.html")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("12 passages in 3 clusters, silhouette 0.")
    assert map_page(semsearch.corpus_map(index=folder)) == (tmp_path / "map.html").read_text()
    with Image.open(tmp_path / "map.png") as picture:
        assert picture.format == "PNG"
    assert (tmp_path / "map.html").stat().st_mode & 0o777 == 0o600
    again = run("map", "--index", folder)
    assert again.stderr == (
        f"semsearch: {tmp_path / 'map.html'} is there already; name a new file, or give --force\n"
    )
    told = json.loads(run("map", "--index", folder, "--force", "--by", "folder", "--json").stdout)
    assert (told["groups"], told["points"]) == (["bees", "boats", "bread"], 12)
    assert told["files"] == [str(tmp_path / "map.html")]
