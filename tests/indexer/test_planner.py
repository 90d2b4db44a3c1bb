"""A plan predicts its run; drift stops a run before it stores vectors."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import semsearch
from fakes.embedder import WordEmbedder
from fakes.mistral_server import KEY, Fault, MistralServer, mistral_server
from fakes.publications import OFTEN
from semsearch.errors import EmbedderDrifted, EmbedderError, RunDeclined, SettingsError
from semsearch.indexer.drift import CANARIES
from semsearch.indexer.options import RunHooks
from semsearch.indexer.own_texts import OWN_TEXTS
from semsearch.indexer.plan import Plan
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.record.connection import open_to_read
from semsearch.store.record.partial_generation import partial_generation


@pytest.fixture
def server() -> Iterator[MistralServer]:
    """The stand-in."""
    with mistral_server() as running:
        yield running


@pytest.fixture
def settings(server: MistralServer) -> Settings:
    """Settings for the stand-in."""
    return Settings(mistral_base_url=server.url, mistral_api_key=Secret(KEY), backoff_seconds=0.001)


def sent(server: MistralServer) -> list[str]:
    """The texts sent to the stand-in, without probe texts."""
    return [text for text in server.texts if text not in OWN_TEXTS]


def test_a_first_run_does_what_its_plan_says(
    corpus: Path, server: MistralServer, settings: Settings
) -> None:
    """The plan of a first run sends nothing and equals the run's report."""
    plan = semsearch.plan(corpus, settings=settings)
    assert (server.received, (corpus / ".semsearch").exists()) == ([], False)
    report = semsearch.index(corpus, settings=settings)
    assert (plan.to_read, plan.passages, plan.needs.texts) == (4, 5, len(sent(server)))
    assert plan.host == "127.0.0.1"
    assert plan.own.texts == len(server.texts) - len(sent(server)) == len(OWN_TEXTS)
    assert plan.cost == pytest.approx((plan.needs.tokens + plan.own.tokens) * 0.1 / 1e6)
    assert (report.plan.needs, report.plan.own) == (plan.needs, plan.own)
    assert report.plan.documents == plan.documents
    assert report.tokens == server.ledger.summary()["tokens_paid"]


def test_an_update_pays_for_what_is_new(
    corpus: Path, server: MistralServer, settings: Settings
) -> None:
    """The plan of an update counts new texts only, not copies."""
    semsearch.index(corpus, settings=settings)
    (corpus / "bread.txt").write_text("Bread dough rises.\n\nBake it hot, and long.\n")
    (corpus / "copy.md").write_bytes((corpus / "bees.md").read_bytes())
    (corpus / "sub" / "knots.txt").unlink()
    plan = semsearch.plan(corpus, settings=settings)
    before = len(sent(server))
    semsearch.index(corpus, settings=settings)
    assert (plan.to_read, plan.gone, plan.unchanged) == (2, 1, 2)
    assert plan.needs.texts == len(sent(server)) - before == 1
    assert plan.own.texts == len(CANARIES)
    assert plan.paid_share == pytest.approx(1 - 1 / 6)


def test_a_stopped_run_is_planned_to_its_end(
    corpus: Path, server: MistralServer, settings: Settings
) -> None:
    """Texts paid by an interrupted run are not in the next plan."""
    server.faults.extend([*[Fault()] * 3, *[Fault(500)] * 40])
    with pytest.raises(EmbedderError):
        semsearch.index(corpus, settings=Settings(**_values(settings), request_inputs=2))
    server.faults.clear()
    plan = semsearch.plan(corpus, settings=settings)
    assert plan.needs.texts == 5 - 2
    semsearch.index(corpus, settings=settings)
    assert server.ledger.summary()["texts_paid_more_than_once"] == len(CANARIES)


@pytest.mark.parametrize(("fresh", "texts"), [(False, 0), (True, 5)])
def test_a_rebuild_is_planned(corpus: Path, settings: Settings, fresh: bool, texts: int) -> None:
    """The plan of a rebuild reads all files; only a fresh rebuild embeds all texts."""
    semsearch.index(corpus, settings=settings)
    plan = semsearch.plan(corpus, everything=True, fresh=fresh, settings=settings)
    assert (plan.to_read, plan.needs.texts) == (4, texts)


def test_what_was_learned_of_a_server_is_reckoned_with(corpus: Path) -> None:
    """A plan uses the limits that an earlier run learned."""
    for number in range(80):
        (corpus / f"{number}.txt").write_text(f"{number} {number} mmmmmmmm " * 20)
    with mistral_server(requests_per_minute=600) as server:
        settings = Settings(
            mistral_base_url=server.url,
            mistral_api_key=Secret(KEY),
            models_directory=corpus.parent / "no models",
        )
        first = semsearch.plan(corpus, settings=settings)
        report = semsearch.index(corpus, settings=settings)
        second = semsearch.plan(corpus, everything=True, fresh=True, settings=settings)
    paid = report.tokens - sum(map(len, OWN_TEXTS)) // 4
    assert (first.requests_a_minute, second.requests_a_minute) == (60, 600)
    assert abs(second.needs.tokens - paid) < abs(first.needs.tokens - paid)


def test_the_local_kind_of_embedder_costs_nothing(corpus: Path, words: WordEmbedder) -> None:
    """A local embedder's plan has no host and no price; its time is measured."""
    plan = semsearch.plan(corpus, embedder=words, settings=Settings())
    assert (plan.host, plan.price, plan.own.texts) == (None, None, 0)
    assert 0 < (plan.minutes or 0) < 1
    assert (plan.needs.is_exact, bool(words.seen)) == (True, True)  # the first texts to come


def test_a_run_that_is_declined_shows_nothing_of_what_it_read(
    corpus: Path, server: MistralServer, settings: Settings
) -> None:
    """What it published by words while it read is withdrawn, as nothing is to have changed."""
    shown: list[bool] = []
    for number in range(200):  # more than are recorded in one transaction
        (corpus / f"more{number}.txt").write_text(f"More of text {number}.")

    def is_shown() -> bool:
        with open_to_read(IndexDirectory(corpus / ".semsearch").record) as connection:
            return partial_generation(connection) is not None

    def decline(_: Plan) -> bool:
        shown.append(is_shown())
        return False

    with pytest.raises(RunDeclined, match="nothing has changed"):
        run_index(Target(corpus, None, None, settings, OFTEN), hooks=RunHooks(approve=decline))
    assert (shown, is_shown(), server.received) == ([True], False, [])


def test_a_person_is_asked_once_for_each_server(
    corpus: Path, server: MistralServer, settings: Settings
) -> None:
    """Approval is asked once per server; a refusal sends nothing."""
    asked: list[Any] = []

    def answer(yes: bool) -> Any:
        return lambda plan: asked.append((plan.host, plan.needs.texts)) or yes

    with pytest.raises(RunDeclined, match="nothing was sent"):
        semsearch.index(corpus, settings=settings, approve=answer(False))
    assert server.received == []
    semsearch.index(corpus, settings=settings, approve=answer(True))
    (corpus / "new.txt").write_text("Something else.")
    semsearch.index(corpus, settings=settings, approve=answer(False))
    assert asked == [("127.0.0.1", 5)] * 2
    assert len(sent(server)) == 6


@pytest.mark.parametrize("limits", [{"max_tokens": 60}, {"max_cost": 60 * 0.1 / 1e6}])
def test_a_budget_is_kept_and_gone_on_from(
    corpus: Path, server: MistralServer, settings: Settings, limits: dict[str, Any]
) -> None:
    """A budget holds by the server's count, and a later run continues without paying twice."""
    for _ in range(9):
        before = server.ledger.summary()["tokens_paid"]
        with pytest.raises(EmbedderError, match="is reached"):
            semsearch.index(corpus, settings=settings, **limits)
        assert server.ledger.summary()["tokens_paid"] - before <= 60
    semsearch.index(corpus, settings=settings)
    assert len(sent(server)) == len(set(sent(server))) == 5


def test_a_cost_without_a_price_is_refused(corpus: Path, server: MistralServer) -> None:
    """A cost limit without a known price is refused before a request is sent."""
    uri = f"openai:m@{server.url}"
    with pytest.raises(SettingsError, match=r"price of openai:m@.*\[prices\]"):
        semsearch.index(corpus, embedder=uri, max_cost=1.0, settings=Settings())
    assert server.received == []


def test_a_model_that_drifts_stops_the_run(
    corpus: Path, server: MistralServer, settings: Settings
) -> None:
    """Drift stops the run before vectors are stored; a fresh rebuild sets new probe vectors."""
    semsearch.index(corpus, settings=settings)
    assert server.texts.count(CANARIES[0]) == 1
    assert semsearch.index(corpus, settings=settings).spent.requests == 0  # type: ignore[union-attr]
    (corpus / "new.txt").write_text("Something else.")
    server.drift = 0.1
    with pytest.raises(EmbedderDrifted, match=r"has changed: its vector .* has the cosine 0\.99"):
        semsearch.index(corpus, settings=settings)
    assert "Something else." not in server.texts
    assert semsearch.rebuild(corpus, fresh=True, settings=settings).embedded == 6
    (corpus / "newer.txt").write_text("Something quite else.")
    assert semsearch.index(corpus, settings=settings).embedded == 1


def _values(settings: Settings) -> dict[str, Any]:
    return {
        name: getattr(settings, name) for name in settings.__slots__ if name != "request_inputs"
    }
