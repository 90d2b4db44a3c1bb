"""The public face: names, types and the index as an object."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from semsearch import Index, RunOptions
from semsearch.errors import CorpusError, IndexMissing, SettingsError
from semsearch.settings.schema import Settings

SOURCE = Path(semsearch.__file__)

SCRIPT = """
from pathlib import Path

import semsearch
from semsearch import Answer, Filter, Index, Mode, RunHooks, RunOptions, SearchOptions, Searcher


def progress(now: semsearch.Progress) -> None:
    print(now.files_done, now.cost)


notes = Index("notes")
report = notes.update(
    embedder="local:minilm",
    options=RunOptions(max_cost=0.5, batch=semsearch.BatchUse.NONE),
    hooks=RunHooks(on_progress=progress, approve=lambda plan: (plan.cost or 0) < 1),
)
added: int = report.added
news: tuple[semsearch.News, ...] = report.news
try:
    with notes.searcher() as ask:
        answer = ask("how do bees keep warm?", limit=5, filter=Filter(types=("pdf",)))
        options = SearchOptions(mode=Mode.KEYWORD, mark=True)
        for other in ask.answers(["one", "two"], options):
            relevance: float = other.hits[0].relevance
except (semsearch.IndexLocked, semsearch.GenerationRefused) as error:
    code: int = error.exit_code
first: semsearch.Hit = answer.hits[0]
place: semsearch.Location = first.location
as_json: dict[str, object] = answer.to_dict()
tuning = semsearch.tune(notes.index)
is_applied: bool = tuning.is_applied
index_path: Path = semsearch.status("notes").index
hits: Answer = semsearch.search("bees", index="notes", limit=1)
searcher: Searcher = Index.find().searcher(by_words_alone=True)
"""


def typed_names() -> dict[str, str]:
    """Every name that the typing block imports, with its module."""
    block = next(
        node
        for node in ast.parse(SOURCE.read_text(encoding="utf-8")).body
        if isinstance(node, ast.If)
    )
    return {
        alias.name: str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_names_types_and_lazy_imports_agree() -> None:
    """Each public name is imported lazily from the module that type checkers see."""
    typed = typed_names()
    assert set(semsearch.__all__) <= typed.keys()
    for name, module in typed.items():
        assert getattr(semsearch, name) is getattr(sys.modules[module], name)
    assert dir(semsearch) == sorted(semsearch.__all__)


def test_every_public_name_is_documented() -> None:
    """Each has a docstring, and no other name is offered."""
    for name in semsearch.__all__:
        assert getattr(semsearch, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        semsearch.nonsense  # noqa: B018


def test_a_script_of_a_user_type_checks(tmp_path: Path) -> None:
    """Mypy's strict mode knows the type of everything that a script uses of the package."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT + "reveal_type(semsearch.tune)\n", encoding="utf-8")
    options = ["--strict", "--config-file", "", "--follow-imports", "silent"]
    command = [sys.executable, "-m", "mypy", *options, "--ignore-missing-imports", script]
    cache = ["--cache-dir", tmp_path / "cache"]
    ended = subprocess.run(
        [*command, *cache],
        cwd=SOURCE.parents[1],
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert ended.returncode == 0, ended.stdout
    revealed = ended.stdout.partition("Revealed type is")[2]
    assert "-> semsearch.evaluation.tune.Tuning" in revealed


def test_an_index_is_made_asked_and_described(corpus: Path, words: WordEmbedder) -> None:
    """One object for a folder: plan, update, search, show, status."""
    notes = Index(corpus, settings=Settings())
    assert notes.plan(embedder=words).to_read == 4
    assert notes.update(embedder=words).added == 4
    assert notes.update(embedder=words, options=RunOptions(everything=True)).generation == 2
    with notes.searcher(embedder=words) as ask:
        hit = ask("honey bees", limit=1).hits[0]
    assert (hit.location.path, notes.status().documents) == ("bees.md", 4)
    assert notes.show(hit.digest[:12]).location.path == "bees.md"
    assert notes.missing().left_out == ()
    assert notes.verify(full=True).damages == ()
    assert len(notes.vectors().texts) == notes.status().passages


def test_an_index_is_found_upward(corpus: Path, words: WordEmbedder) -> None:
    """``Index.find`` looks in the folder and in those above it."""
    Index(corpus, settings=Settings()).update(embedder=words)
    assert Index.find(corpus / "sub").index == corpus / ".semsearch"
    with pytest.raises(IndexMissing):
        Index.find(corpus.parent)


def test_a_path_is_no_name(
    corpus: Path, words: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a slash it is the folder, though a name in the settings has the same letters."""
    other = corpus.parent / "other"
    other.mkdir()
    (other / "a.txt").write_text("another folder")
    monkeypatch.chdir(corpus.parent)
    settings = Settings(indexes={"corpus": str(other), "sub": str(other)})
    Index("./corpus", settings=settings).update(embedder=words)
    assert semsearch.status("./corpus", settings=settings).corpus == corpus
    assert Index(index="./corpus", settings=settings).status().corpus == corpus
    assert Index(index="./corpus", settings=settings).update(embedder=words).corpus == corpus
    assert Index("corpus", settings=settings).folder == "corpus"
    with pytest.raises(CorpusError):
        Index("./sub", settings=settings).update(embedder=words)


def test_an_empty_name_is_refused(corpus: Path, words: WordEmbedder) -> None:
    """A variable that was not set does not mean the current directory."""
    with pytest.raises(SettingsError, match="empty"):
        semsearch.index(corpus, index="", embedder=words)
    with pytest.raises(SettingsError, match="empty"):
        Index(index="", settings=Settings()).status()


def test_what_an_index_forgot_or_lost_comes_back(corpus: Path, words: WordEmbedder) -> None:
    """Forget, repair, rollback and export are methods, too."""
    notes = Index(corpus, settings=Settings())
    notes.update(embedder=words)
    (corpus / "bread.txt").unlink()
    notes.update(embedder=words)
    assert notes.rollback().generation == 3
    assert notes.forget("bees.md").forgotten == ("bees.md",)
    assert notes.repair().documents_left_out == 0
    assert notes.export(corpus.parent / "notes.bundle").passages == notes.status().passages
