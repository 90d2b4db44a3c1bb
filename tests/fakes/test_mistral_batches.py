"""Files and batch jobs of the stand-in, by Mistral's own client and by plain requests."""

import json
from collections.abc import Iterator
from typing import Any

import mistralai.client
import pytest
import requests

from fakes.mistral_server import KEY, MistralServer, mistral_server, vector_of
from fakes.mistral_server.contract import violations
from fakes.mistral_server.exchange import Request, json_answer

LINES = [{"custom_id": str(n), "body": {"input": [f"bee {n}", "dough"]}} for n in range(20)]
AUTHORIZED = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
def server() -> Iterator[MistralServer]:
    """A stand-in whose jobs are queued for one poll and run for another."""
    with mistral_server(batch_polls=1) as running:
        yield running


@pytest.fixture
def client(server: MistralServer) -> Iterator[mistralai.client.Mistral]:
    """Mistral's own client."""
    with mistralai.client.Mistral(api_key=KEY, server_url=server.url) as opened:
        yield opened


def submitted(client: mistralai.client.Mistral, lines: list[Any] | None = None) -> Any:
    """A job of a file with these lines."""
    content = "".join(json.dumps(line) + "\n" for line in lines or LINES).encode()
    file = client.files.upload(
        file={"file_name": "bees.jsonl", "content": content}, purpose="batch"
    )
    assert file.size_bytes == len(content)
    return client.batch.jobs.create(
        input_files=[file.id], model="mistral-embed", endpoint="/v1/embeddings"
    )


def results(client: mistralai.client.Mistral, file: str) -> dict[str, Any]:
    """The lines of a file by custom id."""
    lines = client.files.download(file_id=file).read().splitlines()
    return {line["custom_id"]: line for line in map(json.loads, lines)}


def looked(server: MistralServer, job: str, **query: str) -> Any:
    """The job as the API describes it."""
    url = f"{server.url}/v1/batch/jobs/{job}"
    return requests.get(url, params=query, headers=AUTHORIZED, timeout=5).json()


def test_mistrals_own_client_gets_a_batch_done(
    client: mistralai.client.Mistral, server: MistralServer
) -> None:
    """A job goes through QUEUED, RUNNING, SUCCESS, and each line has its texts' vectors."""
    job = submitted(client)
    statuses = [client.batch.jobs.get(job_id=job.id).status for _ in range(3)]
    assert statuses == ["QUEUED", "RUNNING", "SUCCESS"]
    done = client.batch.jobs.get(job_id=job.id)
    by_id = results(client, done.output_file)
    body = by_id["7"]["response"]["body"]
    assert body["data"][0]["embedding"] == vector_of("bee 7")
    assert list(by_id) != [line["custom_id"] for line in LINES]
    assert server.ledger.summary()["batch_texts_paid"] == 40


def test_a_successful_job_may_have_failed_lines(client: mistralai.client.Mistral) -> None:
    """Failed lines of a successful job are in the error file."""
    job = submitted(client, [*LINES, {"custom_id": "bad", "body": {"input": []}}])
    for _ in range(3):
        done = client.batch.jobs.get(job_id=job.id)
    assert (done.status, done.succeeded_requests, done.failed_requests) == ("SUCCESS", 20, 1)
    assert list(results(client, done.error_file)) == ["bad"]
    assert len(results(client, done.output_file)) == 20


def test_lines_that_are_lost_are_others_in_the_next_job() -> None:
    """A resubmitted lost line succeeds, and a lost line is not paid."""
    with mistral_server(batch_fail_share=0.3) as server:
        with mistralai.client.Mistral(api_key=KEY, server_url=server.url) as client:
            jobs = [client.batch.jobs.get(job_id=submitted(client).id) for _ in range(2)]
            lost = [set(results(client, job.error_file)) for job in jobs]
        assert lost[0] != lost[1]
        assert 0 < len(lost[0]) < 20
        paid = server.ledger.summary()["batch_texts_paid"]
        assert paid == 2 * sum(job.succeeded_requests for job in jobs)


@pytest.mark.parametrize(("looks", "paid"), [(1, 0), (2, 20)])
def test_a_cancelled_job_keeps_what_was_done(
    client: mistralai.client.Mistral, server: MistralServer, looks: int, paid: int
) -> None:
    """A cancelled job keeps half of its results if it was running, none if queued."""
    job = submitted(client)
    for _ in range(looks):
        client.batch.jobs.get(job_id=job.id)
    asked = client.batch.jobs.cancel(job_id=job.id)
    assert asked.status == "CANCELLATION_REQUESTED"
    ended = client.batch.jobs.get(job_id=job.id)
    assert (ended.status, ended.output_file is not None) == ("CANCELLED", paid > 0)
    assert server.ledger.summary()["batch_texts_paid"] == paid


@pytest.mark.parametrize(("ending", "paid"), [("FAILED", 0), ("TIMEOUT_EXCEEDED", 20)])
def test_a_job_may_end_badly(
    client: mistralai.client.Mistral, server: MistralServer, ending: Any, paid: int
) -> None:
    """A job ends as the test says; the next job succeeds."""
    server.batch_endings.append(ending)
    jobs = [submitted(client), submitted(client)]
    ended = [[client.batch.jobs.get(job_id=job.id) for _ in range(3)][-1] for job in jobs]
    assert [job.status for job in ended] == [ending, "SUCCESS"]
    assert server.ledger.summary()["batch_texts_paid"] == paid + 40


def test_requests_may_be_inline(server: MistralServer) -> None:
    """Requests, and results on demand, may be inline."""
    url = f"{server.url}/v1/batch/jobs"
    asked = {"endpoint": "/v1/embeddings", "model": "mistral-embed", "requests": LINES[:2]}
    job = requests.post(url, json=asked, headers=AUTHORIZED, timeout=5).json()
    for _ in range(3):
        card = looked(server, job["id"], inline="true")
    assert [line["custom_id"] for line in card["outputs"]] == ["0", "1"]
    listed = requests.get(url, headers=AUTHORIZED, timeout=5).json()
    assert [item["id"] for item in listed["data"]] == [job["id"]]


def test_a_file_can_be_deleted(client: mistralai.client.Mistral) -> None:
    """A deleted file is not found."""
    file = client.files.upload(file={"file_name": "a", "content": b"{}"}, purpose="batch")
    assert client.files.retrieve(file_id=file.id).num_lines == 0
    assert client.files.list().total == 1
    assert client.files.delete(file_id=file.id).deleted
    with pytest.raises(mistralai.client.errors.SDKError, match="404"):
        client.files.retrieve(file_id=file.id)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"endpoint": "/v1/embeddings"},
        {"endpoint": "/v1/chat/completions", "requests": LINES},
        {"endpoint": "/v1/embeddings", "requests": [{"custom_id": "1"}]},
        {"endpoint": "/v1/embeddings", "input_files": ["0b5c6a7e-0000-4000-8000-000000000000"]},
    ],
)
def test_a_job_without_sense_is_refused(server: MistralServer, asked: dict[str, Any]) -> None:
    """An invalid job is refused with 422."""
    url = f"{server.url}/v1/batch/jobs"
    assert requests.post(url, json=asked, headers=AUTHORIZED, timeout=5).status_code == 422


def test_a_broken_line_fails_its_job(client: mistralai.client.Mistral) -> None:
    """A job with a broken line fails, and its error names the line."""
    job = submitted(client, [{"custom_id": "1"}])
    ended = [client.batch.jobs.get(job_id=job.id) for _ in range(3)][-1]
    assert (ended.status, "line 1 has no body" in ended.errors[0].message) == ("FAILED", True)


def test_a_regional_host_has_no_batches() -> None:
    """A regional host has neither files nor jobs."""
    with mistral_server(has_batches=False) as server:
        for path in ("/v1/files", "/v1/batch/jobs"):
            answer = requests.get(server.url + path, headers=AUTHORIZED, timeout=5)
            assert answer.status_code == 404


def test_models_are_listed_with_their_limit(client: mistralai.client.Mistral) -> None:
    """Each model has a card with its limit; an unknown model is refused."""
    cards = {card.id: card.max_context_length for card in client.models.list().data}
    assert cards["mistral-embed"] == 8192
    assert client.models.retrieve(model_id="codestral-embed").aliases == ["codestral-embed-2505"]
    with pytest.raises(mistralai.client.errors.SDKError, match="Invalid model"):
        client.models.retrieve(model_id="nope")


@pytest.mark.parametrize(
    ("asked", "answered", "words"),
    [
        ({"model": "m"}, {}, "'input' is a required property"),
        ({"model": "m", "input": [1]}, {}, "is not valid"),
        ({"model": "m", "input": "a", "user": "me"}, {}, "Additional properties"),
        ({"model": "m", "input": "a"}, {"data": [{"embedding": [0.5, "1"]}]}, "numbers"),
        ({"model": "m", "input": "a"}, {"id": "1"}, "'usage' is a required property"),
    ],
)
def test_the_contract_has_teeth(asked: Any, answered: Any, words: str) -> None:
    """The contract check finds violations in requests and in answers."""
    request = Request("POST", "/v1/embeddings", {}, {}, json.dumps(asked).encode())
    assert any(words in found for found in violations(request, json_answer(answered)))
