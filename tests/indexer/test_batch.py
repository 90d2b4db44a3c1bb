"""Half-price embedding by the Batch API, against the stand-in, with interrupted runs."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import semsearch
from fakes.mistral_server import KEY, Fault, MistralServer, mistral_server
from fakes.publications import OFTEN
from semsearch.embedders.api.http_client import HttpClient
from semsearch.errors import BatchPending, EmbedderUnavailable
from semsearch.indexer.drift import CANARIES
from semsearch.indexer.options import BatchUse, RunOptions
from semsearch.indexer.own_texts import OWN_TEXTS
from semsearch.indexer.plan import Plan
from semsearch.indexer.report import IndexReport
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret
from semsearch.store.completeness import Completeness
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.writer import open_writer

DOCUMENTS = 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """More texts than a line of a job holds."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(DOCUMENTS):
        (folder / f"{number:03d}.txt").write_text(f"Document {number} speaks of bees and bread.")
    return folder


@pytest.fixture
def server() -> Iterator[MistralServer]:
    """A stand-in whose jobs are queued for one poll and run for another."""
    with mistral_server(batch_polls=1) as running:
        yield running


def run(folder: Path, server: MistralServer, use: BatchUse, **limits: Any) -> IndexReport:
    """Index with the stand-in."""
    return semsearch.index(
        folder,
        embedder="mistral:mistral-embed",
        settings=settings_of(server),
        batch=use,
        **limits,
    )


def settings_of(server: MistralServer) -> Settings:
    """Settings by which the stand-in is asked."""
    return Settings(
        mistral_base_url=server.url,
        mistral_api_key=Secret(KEY),
        backoff_seconds=0.001,
        batch_poll_seconds=0.01,
    )


def paid(server: MistralServer) -> tuple[int, int]:
    """Texts paid by batch and directly, without probe texts; asserts that none is paid twice."""
    ledger = server.ledger.summary()
    canaries = sum(text in OWN_TEXTS for text in server.texts)
    assert ledger["texts_paid_more_than_once"] == (
        len(CANARIES) if canaries > len(OWN_TEXTS) else 0
    )
    at_once = ledger["texts_paid"] - ledger["batch_texts_paid"] - canaries
    return ledger["batch_texts_paid"], at_once


def test_a_job_is_begun_by_one_run_and_collected_by_another(
    folder: Path, server: MistralServer
) -> None:
    """A pending job is reported and not sent again; a later run collects it."""
    for _ in range(3):
        with pytest.raises(BatchPending, match="the Batch API has 200 texts"):
            run(folder, server, BatchUse.SUBMIT)
    report = run(folder, server, BatchUse.NONE)
    assert (report.embedded, report.passages, report.generation) == (DOCUMENTS, DOCUMENTS, 1)
    assert paid(server) == (DOCUMENTS, 0)
    spent = report.spent
    assert spent is not None
    by_batch, at_once = spent.batch_tokens * 0.05, spent.tokens * 0.1  # of the reference texts
    assert report.cost == pytest.approx((by_batch + at_once) / 1e6)
    answer = semsearch.search(
        "Document 17",
        index=folder,
        settings=Settings(mistral_base_url=server.url, mistral_api_key=Secret(KEY)),
    )
    assert answer.hits[0].location.path == "017.txt"


def test_a_folder_answers_by_words_while_its_job_is_under_way(
    folder: Path, server: MistralServer
) -> None:
    """What waits for the batch API is found by its words, and the share of vectors is told."""
    target = Target(folder, None, "mistral:mistral-embed", settings_of(server), OFTEN)
    with pytest.raises(BatchPending):
        run_index(target, RunOptions(batch=BatchUse.SUBMIT))
    answer = semsearch.search("document 17", index=folder, mode="keyword", settings=Settings())
    assert answer.hits[0].location.path == "017.txt"
    assert answer.completeness == Completeness(DOCUMENTS, 0, False, None)
    run_index(target, RunOptions(batch=BatchUse.WAIT))
    assert semsearch.status(folder).completeness is None


def test_a_run_may_wait_for_its_jobs(folder: Path, server: MistralServer) -> None:
    """A run that waits for its jobs ends normally."""
    report = run(folder, server, BatchUse.WAIT)
    assert (report.embedded, report.is_new_generation) == (DOCUMENTS, True)
    assert paid(server) == (DOCUMENTS, 0)
    listed = HttpClient(
        server.url, Secret(KEY), connect_seconds=5, read_seconds=5, total_seconds=5
    ).send("GET", "/v1/files", largest=10_000)
    assert json.loads(listed.body)["data"] == []


def test_new_text_beside_a_job_is_embedded_at_once_when_that_is_asked_for(
    folder: Path, server: MistralServer
) -> None:
    """New texts may be embedded directly while a job is pending; its texts are not."""
    with pytest.raises(BatchPending):
        run(folder, server, BatchUse.SUBMIT)
    (folder / "new.txt").write_text("Something else.")
    with pytest.raises(BatchPending):
        run(folder, server, BatchUse.NONE)
    report = run(folder, server, BatchUse.WAIT)
    assert (report.passages, paid(server)) == (DOCUMENTS + 1, (DOCUMENTS, 1))


def test_lines_that_failed_are_sent_again(folder: Path) -> None:
    """Failed lines are sent in another job, successful lines are not."""
    with mistral_server(batch_fail_share=0.4, seed=3) as server:
        report = run(folder, server, BatchUse.WAIT)
        assert report.passages == DOCUMENTS
        batch, at_once = paid(server)
    assert batch + at_once == DOCUMENTS
    assert any("came back without vectors" in notice for notice in report.notices)


def test_a_person_is_asked_once_however_many_jobs_there_are(folder: Path) -> None:
    """Lines that failed are sent again without another question."""
    asked: list[int] = []

    def agree(plan: Plan) -> bool:
        asked.append(plan.needs.texts)
        return True

    with mistral_server(batch_fail_share=0.4, seed=3) as server:
        report = run(folder, server, BatchUse.WAIT, approve=agree)
    assert (asked, report.passages) == ([DOCUMENTS], DOCUMENTS)


@pytest.mark.parametrize("ending", ["FAILED", "TIMEOUT_EXCEEDED"])
def test_a_job_that_comes_to_nothing_costs_nothing_but_time(
    folder: Path, server: MistralServer, ending: Any
) -> None:
    """Texts of a failed job are embedded directly, those of a timed-out job by another job."""
    server.batch_endings.append(ending)
    report = run(folder, server, BatchUse.WAIT)
    assert report.passages == DOCUMENTS
    batch, at_once = paid(server)
    assert (batch + at_once, at_once > 0) == (DOCUMENTS, ending == "FAILED")


def test_what_failed_is_told_by_a_run_that_does_not_wait(folder: Path) -> None:
    """A run that does not wait reports failed lines that are sent again."""
    with mistral_server(batch_fail_share=0.5, seed=3) as server:
        with pytest.raises(BatchPending, match=f"^the Batch API has {DOCUMENTS} texts"):
            run(folder, server, BatchUse.SUBMIT)
        with pytest.raises(BatchPending, match=r"came back without vectors .* Batch API has"):
            run(folder, server, BatchUse.SUBMIT)


def test_an_api_that_says_no_is_told_and_the_texts_are_embedded_at_once(folder: Path) -> None:
    """If the host has no Batch API, a notice says so and texts are embedded directly."""
    with mistral_server(has_batches=False) as server:
        report = run(folder, server, BatchUse.SUBMIT)
        assert paid(server) == (0, DOCUMENTS)
    assert any("Batch API says no" in notice for notice in report.notices)


def test_the_local_model_has_no_batches(corpus: Path, words: semsearch.Embedder) -> None:
    """For a local model a notice says that it has no batches."""
    report = semsearch.index(corpus, embedder=words, settings=Settings(), batch=BatchUse.SUBMIT)
    assert report.notices == ("test:words has no batch API; everything was embedded at once",)


def test_a_text_that_no_batch_takes_is_embedded_at_once(folder: Path) -> None:
    """A text too long for a batch is embedded directly in parts."""
    (folder / "000.txt").write_text(" ".join(f"b{number}" for number in range(200)))
    with mistral_server(max_tokens_a_text=150) as server:
        report = run(folder, server, BatchUse.WAIT)
        assert (report.left_out, report.passages) == ((), DOCUMENTS)
        batch, at_once = paid(server)
    assert (batch, at_once) == (DOCUMENTS - 64, 64 - 1 + 2)


def test_a_budget_holds_for_jobs(folder: Path, server: MistralServer) -> None:
    """Jobs respect the budget by the upper bound of their tokens."""
    with pytest.raises(semsearch.EmbedderError, match="budget of 2,000 tokens is reached"):
        run(folder, server, BatchUse.SUBMIT, max_tokens=2000)
    report = run(folder, server, BatchUse.WAIT)
    assert (report.passages, paid(server)) == (DOCUMENTS, (DOCUMENTS, 0))


KILLED = """
    import os, signal, sys
    import semsearch
    from semsearch.indexer.batch import Batch
    from semsearch.indexer.options import BatchUse
    from semsearch.embedders.registry import open_embedder
    from semsearch.settings.schema import Settings
    from semsearch.settings.secrets import Secret
    point, folder, url, key = sys.argv[1:]
    class Deadly:
        # A batch API that kills its process before or after one of its calls.
        def __init__(self, api):
            self.api = api
        def __getattr__(self, name):
            call = getattr(self.api, name)
            if name not in ("upload", "start", "results"):
                return call
            def run(*args, **kwargs):
                if point == f"before {name}":
                    os.kill(os.getpid(), signal.SIGKILL)
                result = call(*args, **kwargs)
                if point == f"after {name}":
                    os.kill(os.getpid(), signal.SIGKILL)
                return result
            return run
    settings = Settings(
        mistral_base_url=url,
        mistral_api_key=Secret(key),
        batch_poll_seconds=0.01,
    )
    embedder = open_embedder("mistral:mistral-embed", settings)
    embedder.batch_api = Deadly(embedder.batch_api)
    semsearch.index(folder, embedder=embedder, settings=settings, batch=BatchUse.WAIT)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal on this system")
@pytest.mark.parametrize("call", ["upload", "start", "results"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_is_killed_at_any_point_pays_nothing_twice(
    folder: Path, server: MistralServer, when: str, call: str
) -> None:
    """After a kill at any point each text is paid once."""
    point = f"{when} {call}"
    command = [sys.executable, "-c", textwrap.dedent(KILLED), point, str(folder), server.url, KEY]
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path}
    ended = subprocess.run(command, env=environment, check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    report = run(folder, server, BatchUse.WAIT)
    assert (report.passages, report.generation) == (DOCUMENTS, 1)
    assert paid(server) == (DOCUMENTS, 0)


def test_a_job_whose_start_was_not_heard_of_is_found(folder: Path, server: MistralServer) -> None:
    """A started job whose answer was lost is found and not started again."""
    server.faults.append(Fault(resets="answer", route="POST /v1/batch/jobs"))
    with pytest.raises(EmbedderUnavailable):
        run(folder, server, BatchUse.SUBMIT)
    with open_writer(IndexDirectory(folder / ".semsearch")) as writer:
        (job,) = writer.batch_jobs.under_way()
        assert (job.job, job.input_file is None) == (None, False)
    assert run(folder, server, BatchUse.WAIT).passages == DOCUMENTS
    assert paid(server) == (DOCUMENTS, 0)
