"""What a citation names: the place in a document, and the passages of the index there."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from semsearch.documents.passage import Location, ends_of, valid_text
from semsearch.documents.text.printable import unescaped
from semsearch.errors import SettingsError
from semsearch.query.letter_forms import composed
from semsearch.store.record.passages import StoredPassage

if TYPE_CHECKING:
    from semsearch.embedders.vectors import Vectors
    from semsearch.store.protocol import Records

_DIGEST: Final = re.compile(r"[0-9a-f]{8,64}")
_LINES: Final = re.compile(
    r"(?P<path>.+?):(?P<first>\d{1,9})(?:-(?P<last>\d{1,9}))?(?: .*)?", re.DOTALL
)
_PAGES: Final = re.compile(
    r"(?P<path>.+?) p\.\s?(?P<first>\d{1,9})(?:-(?P<last>\d{1,9}))?", re.DOTALL
)

_Cited = tuple[Location, tuple[StoredPassage, ...]]  # a place, and the whole passages in it


def cited_passages(what: str, snapshot: "Records") -> list[StoredPassage]:
    """The passages that overlap the place a citation names; raises ``SettingsError``."""
    location, passages = cited_place(valid_text(what), snapshot)
    if passages:
        return list(passages)
    document = snapshot.view.documents.at_path(location.path)
    if document is None:
        return []
    own = _passages_in(document.id, snapshot)
    if location.place is not None:
        found = [one for one in own if _encloses(one.location.place or "", location.place)]
        if not found:
            raise SettingsError(f"{location.path} has no place {location.place!r} in the index")
        return found
    return [
        passage
        for passage in own
        if _overlap(passage.location.lines, location.lines)
        and _overlap(passage.location.pages, location.pages)
    ]


def cited_vectors(what: str, snapshot: "Records") -> "tuple[list[StoredPassage], Vectors]":
    """The passages at the place a citation names, and the vectors of those that have one.

    Raises ``SettingsError``.
    """
    passages = cited_passages(what, snapshot)
    texts = [passage.text for passage in passages]
    return passages, snapshot.view.vectors.of_texts(snapshot.generation.embedder, texts)[1]


def _passages_in(document: int, snapshot: "Records") -> list[StoredPassage]:
    """The passages of a document, without those of others that share its texts."""
    texts = snapshot.view.texts.ids_in([document])
    passages = snapshot.view.passages.of_texts(texts, snapshot.generation.repeats)
    return [passage for passage in passages if passage.document == document]


def _encloses(whole: str, part: str) -> bool:
    """Whether a place is in a range of places, by the numbers at their ends.

    >>> _encloses("sheet A row 1-4", "sheet A row 3"), _encloses("sheet A row 1-4", "sheet B row 3")
    (True, False)
    >>> _encloses("p.1 line 9 - p.2 line 4", "p.1 line 10-12"), _encloses("cell 2-4", "cell 4-5")
    (True, False)
    """
    (first, last), (begins, ends) = ends_of(whole), ends_of(part)
    name, number = _numbered(begins)
    name_of_end, number_of_end = _numbered(ends)
    (before, low), (behind, high) = _numbered(first), _numbered(last)
    if not number or not number_of_end or not {name, name_of_end} <= {before, behind}:
        return False
    return (name != before or number >= low) and (name_of_end != behind or number_of_end <= high)


def _numbered(place: str) -> tuple[str, tuple[int, ...]]:
    """A place without the number at its end, and that number; of a time three numbers."""
    name, _, number = place.rpartition(" ")
    return name, tuple(map(int, re.findall(r"\d+", number)))


def _overlap(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    if one is None or other is None:
        return other is None
    return one[0] <= other[1] and other[0] <= one[1]


def cited_place(what: str, snapshot: "Records") -> _Cited:
    """The place that a citation or a digest names, and its passages, if they are whole."""
    if _DIGEST.fullmatch(what):
        texts = snapshot.view.texts.with_digest_prefix(what)
        if len(texts) != 1:
            many = "several passages" if texts else "no passage"
            raise SettingsError(f"{many} of the index have a digest that begins with {what}")
        passage = snapshot.view.passages.of_texts(texts, snapshot.generation.repeats)[0]
        return passage.location, (passage,)
    for spelled, path, ending in _likely(unescaped(what).removeprefix("./"), snapshot):
        document = snapshot.view.documents.at_path(path)
        if document is None:
            continue
        passages = _passages_in(document.id, snapshot)
        here = tuple(passage for passage in passages if passage.location.place == ending)
        if here:
            return here[0].location, here
        return (
            _merged(path, ending, passages)
            or _on_page(path, ending, passages)
            or _named(spelled, path, passages)
        )
    for path, _ in _splits(what.replace(":", " ")):
        if snapshot.view.documents.at_path(path) is not None and path != what:
            raise SettingsError(
                f"{what[len(path) + 1 :]!r} is no place in {path}; give lines, as in {path}:12-14,"
                " or a place as query prints it"
            )
    raise SettingsError(
        f"{what} names no document of the index; give a citation as query prints it, such as"
        " notes.md:12-14 or 'paper.pdf p.3'"
    )


def _likely(what: str, snapshot: "Records") -> Iterator[tuple[str, str, str]]:
    """A citation with its path and place, in each way to split it.

    Then those by a path that is spelled with other letters, which the citation gets.
    """
    splits = _splits(what)
    yield from ((what, path, ending) for path, ending in splits)
    paths = {composed(path): path for path, _ in snapshot.view.documents.stats()}
    for typed, ending in splits:
        if (path := paths.get(composed(typed))) is not None:
            yield path + what[len(typed) :], path, ending


def _splits(what: str) -> list[tuple[str, str]]:
    """The ways to split a citation into a path and a place, the likeliest first."""
    found = [(what, "")]
    for kind in (_LINES, _PAGES):
        if match := kind.fullmatch(what):
            path = match["path"]
            found.append((path, what[len(path) + 1 :]))  # a page may be called by another number
    spaces = [at for at, letter in enumerate(what) if letter == " "]
    return found + [(what[:at], what[at + 1 :]) for at in spaces]


def _merged(path: str, ending: str, passages: Sequence[StoredPassage]) -> _Cited | None:
    """The passages of a hit that was made of neighbours, by the place that it was cited with."""
    first, last = ends_of(ending)
    placed = [passage for passage in passages if passage.location.place]
    begins = [p for p in placed if ends_of(p.location.place or "")[0] == first]
    ends = [p for p in placed if ends_of(p.location.place or "")[1] == last]
    if not begins or not ends or begins[0].ordinal > ends[-1].ordinal:
        return None
    among = range(begins[0].ordinal, ends[-1].ordinal + 1)
    found = tuple(passage for passage in passages if passage.ordinal in among)
    start, stop = found[0].location, found[-1].location
    lines = (start.lines[0], stop.lines[1]) if start.lines and stop.lines else None
    pages = (start.pages[0], stop.pages[1]) if start.pages and stop.pages else None
    return Location(path, lines, pages, (), ending), found


def _on_page(path: str, called: str, passages: Sequence[StoredPassage]) -> _Cited | None:
    """The page with that label ("p.iv" may be the sixth), and its passage if it has only one."""
    found = [
        passage
        for passage in passages
        if passage.location.pages and (passage.location.place or "").startswith(f"{called} ")
    ]
    if not called or not found:
        return None
    assert found[0].location.pages is not None  # see ``found``
    page, last = found[0].location.pages
    if len(found) == 1 and page == last:
        return found[0].location, (found[0],)
    return Location(path, None, (page, page), ()), ()


def _named(what: str, path: str, passages: Sequence[StoredPassage]) -> _Cited:
    """The lines or pages that a citation names, or the whole document when it names none."""
    lines = pages = None
    if (match := _LINES.fullmatch(what)) and match["path"] == path:
        lines = _range(match)
    elif (match := _PAGES.fullmatch(what)) and match["path"] == path:
        pages = _range(match)
    elif what != path:  # a narrower place than those of passages, if rows of the document have it
        return Location(path, None, None, (), what[len(path) + 1 :]), ()
    found = [
        passage
        for passage in passages
        if (passage.location.lines, passage.location.pages) == (lines, pages)
    ]
    if len(found) == 1:
        return found[0].location, (found[0],)
    return Location(path, lines, pages, ()), ()


def _range(match: re.Match[str]) -> tuple[int, int]:
    first = int(match["first"])
    return first, max(first, int(match["last"] or first))
