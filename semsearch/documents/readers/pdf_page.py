"""The text of a page: the operators of its content stream, done as far as they place text."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from semsearch.documents.readers.pdf_content import operations
from semsearch.documents.readers.pdf_fonts import Typeface, Typefaces
from semsearch.documents.readers.pdf_fragments import CLOSEST_GAP, Fragment
from semsearch.documents.readers.pdf_layers import Layers, resolved
from semsearch.documents.readers.pdf_right_to_left import in_reading_order
from semsearch.documents.readers.pdf_strings import (
    IDENTITY,
    Matrix,
    Run,
    TextState,
    product,
    text_string,
    write,
)
from semsearch.documents.reason import DocumentUnreadable, ReasonCode

_DEEPEST_FORM: Final = 20  # forms within forms
_MOST_FORMS: Final = 10_000  # that a page draws; forms that draw each other are endlessly many
_MOST_STATES: Final = 1_000  # saved at once
_TALL: Final = 0.8  # em from the baseline to the top of a letter


class Box(NamedTuple):
    """The part of a page that is seen, in points."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(slots=True)
class PageText:
    """The fragments of a page in the order of the file, and whether any other are not seen."""

    fragments: list[Fragment] = field(default_factory=list)
    has_hidden: bool = False


def read_page(
    content: bytes, resources: Any, box: Box | None, typefaces: Typefaces, layers: Layers
) -> PageText:
    """Return the text that the content stream of a page shows within ``box``."""
    found = PageText()
    _Drawing(found, box, typefaces, layers).run(content, resources)
    return found


@dataclass(slots=True)
class _Mark:
    """Marked content that is open: whether it is seen, and what its glyphs mean together."""

    is_shown: bool = True
    meant: str | None = None
    covered: list[Fragment] = field(default_factory=list)


class _Drawing:
    """One page while its operators are done."""

    def __init__(
        self, found: PageText, box: Box | None, typefaces: Typefaces, layers: Layers
    ) -> None:
        self._found = found
        self._box = box
        self._typefaces = typefaces
        self._layers = layers
        self._state = TextState()
        self._saved: list[TextState] = []
        self._text: Matrix = IDENTITY
        self._line: Matrix = IDENTITY
        self._marks: list[_Mark] = []
        self._hidden = 0
        self._meaning: _Mark | None = None
        self._resources: Any = {}
        self._forms = 0
        self._depth = 0
        self._do: Final[dict[bytes, Callable[[list[Any]], None]]] = {
            b"BT": self._begin_text,
            b"q": self._save,
            b"Q": self._restore,
            b"cm": self._transform,
            b"Tf": self._set_font,
            b"Tc": lambda given: self._set(character_spacing=_number(given)),
            b"Tw": lambda given: self._set(word_spacing=_number(given)),
            b"Tz": lambda given: self._set(stretch=_number(given) / 100),
            b"TL": lambda given: self._set(leading=_number(given)),
            b"Ts": lambda given: self._set(rise=_number(given)),
            b"Td": self._move,
            b"TD": self._move_with_leading,
            b"Tm": self._place,
            b"T*": lambda _: self._next_line(),
            b"Tj": lambda given: self._show(given[-1:]),
            b"TJ": lambda given: self._show(given[-1] if isinstance(given[-1], list) else ()),
            b"'": self._show_on_next_line,
            b'"': self._show_spaced,
            b"Do": self._draw,
            b"gs": self._use_graphics_state,
            b"BDC": self._begin_mark,
            b"BMC": lambda _: self._marks.append(_Mark()),
            b"EMC": lambda _: self._end_mark(),
        }

    def run(self, content: bytes, resources: Any) -> None:
        """Do the operators of a content stream; those with wrong operands are passed over."""
        outer, self._resources = self._resources, resources
        for operator, operands in operations(content):
            done = self._do.get(operator)
            if done is None:
                continue
            try:
                done(operands)
            except (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError):
                continue  # damaged operands; the other text of the page can still be read
        self._resources = outer

    def _set(self, **changes: Any) -> None:
        self._state = self._state._replace(**changes)

    def _begin_text(self, _: list[Any]) -> None:
        self._text = self._line = IDENTITY

    def _save(self, _: list[Any]) -> None:
        if len(self._saved) < _MOST_STATES:
            self._saved.append(self._state)

    def _restore(self, _: list[Any]) -> None:
        if self._saved:
            self._state = self._saved.pop()

    def _transform(self, given: list[Any]) -> None:
        self._set(matrix=product(_matrix(given), self._state.matrix))

    def _set_font(self, given: list[Any]) -> None:
        size = float(given[1])
        self._set(size=size)
        fonts = resolved(self._resources["/Font"])
        self._set(typeface=self._typefaces.of(fonts.raw_get(given[0])))

    def _use_graphics_state(self, given: list[Any]) -> None:
        state = resolved(resolved(self._resources["/ExtGState"])[given[0]])
        if "/Font" in state:
            font, size = resolved(state["/Font"])
            self._set(typeface=self._typefaces.of(font), size=float(size))

    def _move(self, given: list[Any]) -> None:
        x, y = float(given[0]), float(given[1])
        line = self._line
        self._line = self._text = (
            *line[:4],
            x * line[0] + y * line[2] + line[4],
            x * line[1] + y * line[3] + line[5],
        )

    def _move_with_leading(self, given: list[Any]) -> None:
        self._set(leading=-float(given[1]))
        self._move(given)

    def _place(self, given: list[Any]) -> None:
        self._line = self._text = _matrix(given)

    def _next_line(self) -> None:
        self._move([0.0, -self._state.leading])

    def _show_on_next_line(self, given: list[Any]) -> None:
        self._next_line()
        self._show(given[-1:])

    def _show_spaced(self, given: list[Any]) -> None:
        self._set(word_spacing=float(given[0]), character_spacing=float(given[1]))
        self._show_on_next_line(given)

    def _draw(self, given: list[Any]) -> None:
        """Draw a form: a content stream with resources of its own (8.10)."""
        form = resolved(resolved(self._resources["/XObject"])[given[0]])
        if form.get("/Subtype") != "/Form":
            return
        if self._forms >= _MOST_FORMS:
            raise DocumentUnreadable(ReasonCode.DAMAGED, "damaged PDF: a page of endless drawings")
        if "/OC" in form and not self._layers.shows(form.raw_get("/OC")):
            self._found.has_hidden = True
            return
        if self._depth >= _DEEPEST_FORM:
            return
        self._forms += 1
        self._depth += 1
        state, saved, marks = self._state, self._saved, self._marks
        text, line, box = self._text, self._line, self._box
        self._saved, self._marks = [], []
        self._set(matrix=product(_matrix(form.get("/Matrix", IDENTITY)), state.matrix))
        self._box = _clipped(box, form.get("/BBox"), self._state.matrix)
        try:
            resources = resolved(form.get("/Resources")) or self._resources
            self.run(form.get_data(), resources)
        finally:
            while self._marks:
                self._end_mark()
            self._state, self._saved, self._marks = state, saved, marks
            self._text, self._line, self._box = text, line, box
            self._depth -= 1

    def _begin_mark(self, given: list[Any]) -> None:
        mark = _Mark()
        self._marks.append(mark)
        properties = given[1]
        if given[0] == "/OC":
            listed = resolved(self._resources["/Properties"])
            mark.is_shown = self._layers.shows(listed.raw_get(properties))
            self._hidden += not mark.is_shown
            return
        if isinstance(properties, str):
            properties = resolved(resolved(self._resources["/Properties"])[properties])
        meant = resolved(properties.get("/ActualText"))
        if meant is not None and self._meaning is None:
            mark.meant = text_string(meant)
            self._meaning = mark

    def _end_mark(self) -> None:
        if not self._marks:
            return
        mark = self._marks.pop()
        self._hidden -= not mark.is_shown
        if mark is self._meaning:
            self._meaning = None
            if mark.covered and mark.meant:
                first, last = mark.covered[0], mark.covered[-1]
                text = in_reading_order(mark.meant)
                self._keep(first._replace(text=text, right=max(first.right, last.right)))

    def _show(self, parts: Sequence[Any]) -> None:
        """Show strings; a number between them moves the pen (9.4.3)."""
        state = self._state
        face = state.typeface
        if face is None:
            return
        run = Run(self._emitter(state, face), CLOSEST_GAP * abs(state.size * face.em))
        stretch = state.stretch or 1.0
        for part in parts:
            if isinstance(part, bytes):
                write(run, face.glyphs(part), part, state, face)
            elif isinstance(part, float):
                run.pen -= part / 1000 * state.size
        run.flush()
        a, b, c, d, e, f = self._text
        moved = run.pen * (1.0 if face.is_vertical else stretch)
        if face.is_vertical:
            self._text = (a, b, c, d, e - moved * c, f - moved * d)
        else:
            self._text = (a, b, c, d, e + moved * a, f + moved * b)

    def _emitter(self, state: TextState, face: Typeface) -> Callable[[str, float, float], None]:
        """What puts a text on the page that reaches from one place of the pen to another."""
        a, b, c, d, e, f = product(self._text, state.matrix)
        if face.is_vertical:
            a, b, c, d = -c, -d, a, b
        else:
            a, b = a * (state.stretch or 1.0), b * (state.stretch or 1.0)
        em = abs(state.size) * face.em * (math.hypot(a, b) or math.hypot(c, d))
        e, f = e + c * state.rise, f + d * state.rise

        def emit(text: str, start: float, end: float) -> None:
            x, y = e + a * start, f + b * start
            if b == 0 and a > 0:
                fragment = Fragment(text, x, e + a * end, y, em)
            else:
                length = math.hypot(a, b) or 1.0
                along, up = a / length, b / length
                left, base = x * along + y * up, y * along - x * up
                turn = round(math.degrees(math.atan2(up, along)))
                fragment = Fragment(text, left, left + (end - start) * length, base, em, turn)
            if not (em > 0 and math.isfinite(fragment.left + fragment.right + fragment.base + em)):
                return  # a font without size, or damaged numbers
            if self._is_seen(x, y, e + a * end, f + b * end, em):
                self._keep(fragment)
            else:
                self._found.has_hidden = True

        return emit

    def _is_seen(self, x: float, y: float, x_end: float, y_end: float, em: float) -> bool:
        if self._hidden:
            return False
        box = self._box
        if box is None:
            return True
        return (
            max(x, x_end) >= box.left
            and min(x, x_end) <= box.right
            and max(y, y_end) + _TALL * em >= box.bottom
            and min(y, y_end) <= box.top
        )

    def _keep(self, fragment: Fragment) -> None:
        if self._meaning is not None:
            self._meaning.covered.append(fragment)
        else:
            self._found.fragments.append(fragment)


def _clipped(box: Box | None, bounds: Any, matrix: Matrix) -> Box | None:
    """The part of ``box`` within the bounding box of a form; a form without one is not clipped."""
    corners = [float(number) for number in resolved(bounds) or ()]
    if box is None or len(corners) != 4 or corners[0] == corners[2] or corners[1] == corners[3]:
        return box
    a, b, c, d, e, f = matrix
    places = [(x, y) for x in corners[::2] for y in corners[1::2]]
    across = [a * x + c * y + e for x, y in places]
    up = [b * x + d * y + f for x, y in places]
    return Box(
        max(box.left, min(across)),
        max(box.bottom, min(up)),
        min(box.right, max(across)),
        min(box.top, max(up)),
    )


def _number(given: Sequence[Any]) -> float:
    return float(given[0])


def _matrix(given: Sequence[Any]) -> Matrix:
    a, b, c, d, e, f = (float(number) for number in given[:6])
    return a, b, c, d, e, f
