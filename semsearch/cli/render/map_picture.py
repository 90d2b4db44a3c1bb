"""A map as a PNG, and the only door to Pillow."""

import io
from typing import TYPE_CHECKING, Final

from semsearch.documents.text.printable import printable_line
from semsearch.errors import SettingsError
from semsearch.insights.map import CorpusMap
from semsearch.insights.map_page import COLOURS, map_told

if TYPE_CHECKING:
    from PIL import ImageDraw

_SIDE: Final = 1200  # pixels of the square of the points
_LEGEND: Final = 480  # pixels beside it
_MARGIN: Final = 40
_TOP: Final = 60  # pixels above, for what is told
_LINE: Final = 26  # pixels of a line of the legend
_SIZE: Final = 18  # of its letters
_FINER: Final = 2  # times as many pixels are drawn as are kept, so that edges are smooth
_SHAPES: Final = 4
_NO_GROUP: Final = "#888888"
_INK: Final = "#1b1b1b"
_LONGEST: Final = 44  # characters of a name


def map_picture(found: CorpusMap) -> bytes:
    """The PNG; raises ``SettingsError`` where Pillow is not installed."""
    try:
        from PIL import Image, ImageDraw, ImageFont  # here: no other command waits for it
    except ImportError as error:
        raise SettingsError(
            f"Pillow is not installed ({error}); run: pip install 'semsearch[insights]'"
        ) from error
    lines = min(len(found.groups), (_SIDE - _TOP) // _LINE)
    size = (_SIDE + _LEGEND, _SIDE + _TOP)
    image = Image.new("RGB", (_FINER * size[0], _FINER * size[1]), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=_FINER * _SIZE)
    draw.text((_FINER * _MARGIN, _FINER * _MARGIN / 2), map_told(found), _INK, font)
    radius = 3 if len(found.points) > 2000 else 6
    room = _SIDE - 2 * _MARGIN
    for point in found.points:
        place = (_MARGIN + point.x * room, _TOP + _MARGIN + point.y * room)
        _mark(draw, point.group, *place, radius)
    for group, name in enumerate(found.groups[:lines]):
        top = _TOP + _MARGIN + group * _LINE
        _mark(draw, group, _SIDE + 10, top + _SIZE / 2, 7)
        shown = printable_line(name)
        shown = f"{shown[: _LONGEST - 1]}…" if len(shown) > _LONGEST else shown
        draw.text((_FINER * (_SIDE + 28), _FINER * top), shown, _INK, font)
    content = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(content, "PNG", optimize=True)
    return content.getvalue()


def _mark(draw: "ImageDraw.ImageDraw", group: int, x: float, y: float, radius: float) -> None:
    """A point in the colour and shape of its group, those of the page."""
    x, y, r = _FINER * x, _FINER * y, _FINER * radius
    colour = _NO_GROUP if group < 0 else COLOURS[group % len(COLOURS)]
    shape = 0 if group < 0 else group // len(COLOURS) % _SHAPES
    if shape == 0:
        draw.ellipse((x - r, y - r, x + r, y + r), colour)
    elif shape == 1:
        draw.rectangle((x - 0.85 * r, y - 0.85 * r, x + 0.85 * r, y + 0.85 * r), colour)
    elif shape == 2:
        draw.polygon(
            [(x, y - 1.2 * r), (x + 1.1 * r, y + 0.8 * r), (x - 1.1 * r, y + 0.8 * r)], colour
        )
    else:
        draw.polygon(
            [(x, y - 1.3 * r), (x + 1.1 * r, y), (x, y + 1.3 * r), (x - 1.1 * r, y)], colour
        )
