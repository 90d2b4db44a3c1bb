"""Scenes for faults: a folder with its index, a command, and the expected index afterwards."""

import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import semsearch
from faults.child import BATCH, act
from faults.folders import FORGOTTEN_WORDS, SCENES
from faults.policies import from_json
from semsearch.errors import CorpusError, IndexMissing, SemsearchError, SettingsError
from semsearch.store.derived.faiss.files import ann_paths
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.loaded_indexes import load_derived
from semsearch.store.policy import DEFAULT_POLICY, StorePolicy
from semsearch.store.record.connection import open_to_read
from semsearch.store.record.partial_generation import shown_generations
from semsearch.store.snapshot import open_snapshot

# What a reader sees: each place where a text stands, or None where there is no generation.
State = frozenset[tuple[str, str]] | None


@dataclass(frozen=True)
class Scene:
    """``place`` has the folder ``corpus`` before ``action``; states are as a reader sees them."""

    name: str
    action: str
    place: Path
    before: State
    after: State
    final: State  # after ``recover``
    policy: StorePolicy = DEFAULT_POLICY

    def copy(self, to: Path) -> Path:
        """Copy the folder to another place."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.place, to)
        return to / "corpus"


def state_of(corpus: Path, policy: StorePolicy = DEFAULT_POLICY, *, partial: bool = False) -> State:
    """The index as a reader sees it; raises ``AssertionError`` for reported damage.

    With ``partial`` a reader that takes partial generations, else whole ones only.
    """
    try:
        directory = IndexDirectory(corpus / ".semsearch", policy)
        with open_snapshot(directory, partial=partial) as snapshot:
            derived = load_derived(snapshot)
            places = snapshot.view.passages.of_texts(
                snapshot.view.texts.ids().tolist(), snapshot.generation.repeats
            )
            # Derived files of an earlier version have no mark: they are made anew.
            ours = "not written on this machine"
            damages = [one for one in derived.notices if ours not in one]
            assert not damages, damages
            assert not snapshot.view.withheld, snapshot.view.withheld
            return frozenset((place.location.path, place.body) for place in places)
    except IndexMissing:
        return None


def scenes(place: Path, names: tuple[str, ...] = (), thresholds: str = "{}") -> list[Scene]:
    """All scenes, or the named scenes, created in ``place``.

    ``thresholds`` is JSON of those that differ from the scenes' own.
    """
    return [_made(name, place / name, thresholds) for name in names or tuple(SCENES)]


def _made(name: str, place: Path, thresholds: str) -> Scene:
    action, prepare, own = SCENES[name]
    policy = from_json(thresholds, own)
    corpus = place / "corpus"
    prepare(corpus, policy)
    before = None if action == "repair" else state_of(corpus, policy)
    undisturbed = place.with_name(f"{name}-after")
    shutil.copytree(place, undisturbed)
    there, ledger = undisturbed / "corpus", undisturbed / "ledger"
    act(action, there, ledger, policy)
    scene = Scene(name, action, place, before, state_of(there, policy), None, policy)
    shutil.copytree(undisturbed, recovered := place.with_name(f"{name}-recovered"))
    recover(scene, recovered / "corpus", recovered / "ledger")
    return replace(scene, final=state_of(recovered / "corpus", policy))


def recover(scene: Scene, corpus: Path, ledger: Path) -> None:
    """Recover like a user after a failed command: repeat it, then index."""
    if scene.action in ("repair", "forget", "import"):
        with suppress(CorpusError, SettingsError):  # it was forgotten, or imported, already
            act(scene.action, corpus, ledger, scene.policy)
    act("index", corpus, ledger, scene.policy)


def violations(scene: Scene, corpus: Path, ledger: Path, said: str, code: int | None) -> list[str]:
    """The invariants I1 to I10 that a command with a fault, and its next run, have violated.

    ``said`` is the output; ``code`` the exit code, None when it was killed.
    """
    found = []
    if "Traceback" in said or code not in (None, 0, 2, 11, 28, 74):
        found.append(f"I9 ended with {code}: {said[-500:]}")
    try:
        if scene.action != "repair":
            seen = state_of(corpus, scene.policy)  # I1
            if seen not in (scene.before, scene.after):
                found.append("I2 neither the old state nor the new one")
            if not _is_partial_of(scene, state_of(corpus, scene.policy, partial=True)):
                found.append("I2 a partial generation of other documents than were read")
            if "committed" in said and seen != scene.after:
                found.append("I3 committed, and not there")
        recover(scene, corpus, ledger)
        if state_of(corpus, scene.policy) != scene.final:
            found.append("I5 another state than after an undisturbed run")
        damages = semsearch.verify(corpus, full=True).damages
        if damages:
            found.append(f"I8 {damages}")
    except (SemsearchError, AssertionError) as error:
        found.append(f"I1/I5 {type(error).__name__}: {error}")
    found += _waste(ledger)
    if scene.action == "forget" and (files := _remembering(corpus / ".semsearch")):
        found.append(f"I10 forgotten words are in {files}")
    left = _left_behind(IndexDirectory(corpus / ".semsearch"))
    if left:
        found.append(f"I7 left behind: {left}")
    return [f"{scene.name}: {violation}" for violation in found]


def _is_partial_of(scene: Scene, seen: State) -> bool:
    """Whether readers of partial generations see a whole state, or a first one while it is read."""
    is_read = scene.before is None and (seen or frozenset()) <= (scene.after or frozenset())
    return seen in (scene.before, scene.after) or is_read


def _remembering(index: Path) -> list[str]:
    """The files of an index with words of the document that was forgotten."""
    words = FORGOTTEN_WORDS.encode()
    files = [path for path in index.rglob("*") if path.is_file()]
    return [path.name for path in files if words in path.read_bytes()]


def _left_behind(directory: IndexDirectory) -> list[str]:
    """Partially written files, and ANN files that no generation names."""
    named: set[Path] = set()
    with suppress(IndexMissing), open_to_read(directory.record) as connection:
        for generation in shown_generations(connection):
            if generation.derived.ann_file is not None:
                named |= set(ann_paths(directory, generation.derived.ann_file))
    others = set(directory.path.glob("ann-*")) - named
    return [path.name for path in (*directory.path.rglob(".tmp-*"), *others)]


def _waste(ledger: Path) -> list[str]:
    """Stored vectors paid again (I4), and more than a request's worth of others (I6)."""
    stored, sent = paid_again(ledger)
    found = [f"I4 {stored} vectors that were stored were paid for again"] if stored else []
    return [*found, f"I6 {sent} texts paid twice"] if sent > BATCH else found


def paid_again(ledger: Path) -> tuple[int, int]:
    """The number of texts paid more than once: those stored, and others."""
    stored: set[str] = set()
    sent: set[str] = set()  # by the same process
    paid: Counter[str] = Counter()
    again = 0
    for line in ledger.read_text().split() if ledger.exists() else ():
        if line == "run":
            sent = set()
        elif line == "stored":
            stored |= sent
        elif line in stored:
            again += 1
        else:
            paid[line] += 1
            sent.add(line)
    return again, sum(count - 1 for count in paid.values())


def lost_vectors(corpus: Path, ledger: Path) -> set[str]:
    """Digests of texts that the ledger has as stored and the index lacks."""
    stored: set[str] = set()
    sent: set[str] = set()
    for line in ledger.read_text().split() if ledger.exists() else ():
        if line == "run":
            sent = set()
        elif line == "stored":
            stored |= sent
        else:
            sent.add(line)
    record = corpus / ".semsearch" / "index.sqlite"
    if not stored or not record.exists():
        return stored
    with open_to_read(record) as connection:
        rows = connection.execute("select digest from text join vector on vector.text = text.id")
        return stored - {digest.hex() for (digest,) in rows}
