"""Single bits flipped in the files of an index."""

import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import semsearch
from fakes.embedder import WordEmbedder
from semsearch.errors import SemsearchError
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target
from semsearch.query.hits import Hit
from semsearch.settings.schema import Settings
from semsearch.store.disk.directory import DIRECTORY_NAME, IndexDirectory
from semsearch.store.maintenance.before_repair import bytes_kept
from semsearch.store.maintenance.salvage import repair_record
from semsearch.store.notes.titles import digests_of_titles
from semsearch.store.policy import DEFAULT_POLICY, StorePolicy
from semsearch.store.snapshot import open_snapshot

QUESTIONS: tuple[tuple[str, str | tuple[()]], ...] = (
    ("honey bees keep warm", ()),
    ("the moon pulls the water 5", ()),
    ("bread and honey", ()),
    ("bowline", "sub/*"),
    ("tides and bread", "*.md"),
)


_ROUNDING = 1e-6  # of a score


@dataclass(frozen=True)
class Flip:
    """A bit of a file."""

    path: str
    offset: int
    bit: int


@dataclass(frozen=True)
class Outcome:
    """Result of a flip: equal answers, a reported error, or different answers without a report."""

    flip: Flip
    is_same: bool
    is_told: bool

    @property
    def is_silent(self) -> bool:
        """True for different answers without a report, which must not happen."""
        return not (self.is_same or self.is_told)


def make_corpus(
    folder: Path, documents: int = 12, policy: StorePolicy = DEFAULT_POLICY
) -> WordEmbedder:
    """Create documents that share texts, and an index of two generations in ``folder``."""
    embedder = WordEmbedder(dimension=16)
    (folder / "sub").mkdir(parents=True)
    for number in range(documents):
        place = folder / "sub" if number % 3 else folder
        (place / f"{number}.md").write_text(
            f"# Chapter {number}\n\nHoney bees keep warm.\n\n## Tides\n\nThe moon pulls the water"
            f" {number}.\n\n## Knots\n\nA bowline neither slips nor jams.\n"
        )
    run_index(Target(folder, None, embedder, Settings(), policy))
    (folder / "bread.txt").write_text("Bread dough rises.\n\nBake it hot.\n")
    (folder / "0.md").unlink()
    run_index(Target(folder, None, embedder, Settings(), policy))
    return embedder


def answers(corpus: Path, embedder: WordEmbedder) -> tuple[list[tuple[Hit, ...]], bool]:
    """The hits for all questions, and whether damage was reported."""
    hits, told = [], False
    for question, globs in QUESTIONS:
        answer = semsearch.search(
            question,
            limit=50,
            index=corpus,
            embedder=embedder,
            paths=globs,
            settings=Settings(),
            min_relevance=0,
        )
        hits.append(answer.hits)
        told = told or bool(answer.notices)
    return hits, told


def random_flip(index: Path, number: int) -> Flip:
    """A random bit, distributed over the files by size, with a minimum per file."""
    chance = random.Random(f"flip {number}")
    files = [path for path in sorted(index.rglob("*")) if path.is_file() and path.stat().st_size]
    (path,) = chance.choices(files, [max(path.stat().st_size, 2000) for path in files])
    size = path.stat().st_size
    is_head = chance.random() < 0.1
    offset = chance.randrange(min(size, 512) if is_head else size)
    return Flip(str(path.relative_to(index)), offset, chance.randrange(8))


def flipped(corpus: Path, clean: Path, flip: Flip) -> None:
    """Copy the ``clean`` index to ``corpus`` with a bit flipped."""
    index = corpus / ".semsearch"
    if index.exists():
        shutil.rmtree(index)
    shutil.copytree(clean, index)
    content = bytearray((index / flip.path).read_bytes())
    content[flip.offset] ^= 1 << flip.bit
    (index / flip.path).write_bytes(content)


def judge(corpus: Path, clean: Path, flip: Flip, expected: list[tuple[Hit, ...]]) -> Outcome:
    """Ask all questions of an index with a bit flipped."""
    flipped(corpus, clean, flip)
    try:
        hits, told = answers(corpus, WordEmbedder(dimension=16))
    except SemsearchError:
        return Outcome(flip, is_same=False, is_told=True)
    return Outcome(flip, hits == expected, told)


def heal(
    corpus: Path, expected: list[tuple[Hit, ...]], policy: StorePolicy = DEFAULT_POLICY
) -> str | None:
    """Repair and index after ``flipped``; returns a fault in words, None on success."""
    embedder = WordEmbedder(dimension=16)
    directory = IndexDirectory(corpus / DIRECTORY_NAME, policy)
    try:
        with directory.locked(), bytes_kept(directory) as results:
            report = repair_record(directory)
            results.append(report)
        run_index(Target(corpus, None, embedder, Settings(), policy))
        verified = semsearch.verify(corpus, full=True)
    except SemsearchError as error:
        return None if _is_past_repair(error) else f"not repaired: {error}"
    with open_snapshot(directory) as snapshot:  # titles are embedded where that costs nothing
        titles = set(digests_of_titles(snapshot.view.documents.names()).values())
    paid = sum(text not in titles for text in embedder.seen)
    if paid > report.texts_to_embed and report.generation is not None:
        return f"paid for {paid} texts, {report.texts_to_embed} were said"
    if verified.damages:
        return f"still damaged: {verified.damages}"
    hits, told = answers(corpus, embedder)
    are_like = all(map(_are_like, hits, expected))
    return None if are_like and not told else "other answers after the repair"


def _are_like(hits: tuple[Hit, ...], expected: tuple[Hit, ...]) -> bool:
    """Whether two answers differ by the order of equal passages, and by rounding, at the most.

    Texts that were embedded again have other ids, and numbers are summed in another order.
    """
    scores = [
        (one.ranked.score, other.ranked.score) for one, other in zip(hits, expected, strict=False)
    ]
    if len(hits) != len(expected) or any(abs(one - other) > _ROUNDING for one, other in scores):
        return False
    least = min((other for _, other in scores), default=0.0) + 2 * _ROUNDING  # cut off amid equals
    places = [
        {(hit.location, hit.text, hit.copies) for hit in some if hit.ranked.score > least}
        for some in (hits, expected)
    ]
    return places[0] == places[1]


def _is_past_repair(error: SemsearchError) -> bool:
    """Whether SQLite's header is destroyed, so that the record cannot be read."""
    words = ("is no semsearch index", "has format", "is empty", "schema")
    return any(word in str(error) for word in words)
