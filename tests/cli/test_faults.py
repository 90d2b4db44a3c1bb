"""Every fault of a server, as a person meets it: what is said, what was paid, and no key anywhere.

The first request of each run, that of the canaries, is answered; the fault meets the second one,
with the five texts of the folder.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.mistral_server import FAULT_NAMES, KEY, Fault, mistral_server, named_fault

if TYPE_CHECKING:
    from conftest import Run

PATIENCE = {
    "SEMSEARCH_BACKOFF_SECONDS": "0.01",
    "SEMSEARCH_RETRY_SECONDS": "3",
    "SEMSEARCH_READ_SECONDS": "0.7",
    "SEMSEARCH_CONNECT_SECONDS": "0.3",
}
CANARIES = 3
REFERENCES = 64  # texts that a run embeds when all else is embedded
TEXTS = 5
ENDLESS = 20

PASSING = (
    "429 429-retry-after-seconds 429-retry-after-date 429-retry-after-zero"
    " 429-retry-after-negative 429-retry-after-garbage 429-old-words 429-tier-capacity"
    " 429-capacity 408 409 500 502 503 503-unreachable 504 520 close reset-before-work not-http"
    " hang"
).split()
LOST = (
    "reset-before-answer reset-in-headers reset-in-body close-in-body dribbled-headers"
    " dribbled-body"
).split()
DAMAGED = (
    "truncated-json empty-body html bom invalid-utf-8 deep-nesting json-of-another-kind"
    " one-vector-less one-vector-more no-vectors index-missing index-twice index-negative"
    " index-no-number nan infinity minus-infinity 1e999 strings null null-vector true all-zero"
    " too-large-number wrong-dimension-once base64-wrong-length base64-big-endian base64-garbage"
).split()
HARMLESS = (
    "wrong-content-type duplicate-keys reversed integers base64 close-after-answer"
    " vectors-of-other-texts"
).split()
SMALLER = "400 413".split()
FINAL = {
    "429-retry-after-huge": (75, "rate limit is reached"),
    "429-limit-zero": (2, "allows no requests to this model"),
    "401": (12, "Invalid API Key.*check the API key"),
    "401-old-detail": (12, "Unauthorized"),
    "401-gateway": (12, "Unauthorized"),
    "403": (12, "check that the key's plan includes this model"),
    "404": (2, "check the base URL"),
    "422": (2, "body.user: not permitted"),
    "redirect-301": (2, "not followed"),
    "redirect-302": (2, "not followed"),
    "redirect-303": (2, "not followed"),
    "redirect-307": (2, "not followed"),
    "redirect-308": (2, "not followed"),
    "redirect-elsewhere": (2, "redirects to 'elsewhere.invalid', which is not followed"),
    "redirect-to-http": (2, "not followed"),
    "redirect-to-file": (2, "not followed"),
    "redirect-nowhere": (2, "not followed"),
}
PAID_AND_FINAL = {
    "wrong-dimension": (2, "512 numbers instead of 1024"),
    "huge-body": (2, "sent more than the .* bytes expected"),
    "gzip": (2, "compressed answer"),
    "gzip-bomb": (2, "compressed answer"),
    "gzip-ten-times": (2, "compressed answer"),
    "deflate": (2, "compressed answer"),
    "br": (2, "compressed answer"),
    "zstd": (2, "compressed answer"),
}
# Of what may pass and does not: exit code, words, how often the texts may have been paid.
IN_THE_END = {
    "429": (75, "rate limit is reached; run the same command again later", 0),
    "503": (75, "Service unavailable", 0),
    "504": (75, "no message", 0),
    "520": (75, "520: unknown error", 0),
    "close": (75, "cannot reach 127.0.0.1 .*check the network", 0),
    "not-http": (75, "cannot reach 127.0.0.1", 0),
    "hang": (75, "no answer in time", 0),
    "reset-in-body": (75, "Connection reset by peer", 4),
    "dribbled-body": (75, "did not end its answer within 2 s", 2),
    "truncated-json": (2, "no list of vectors", 2),
    "html": (2, 'no list of vectors \\("<!DOCTYPE html>', 2),
    "nan": (2, "cannot be used", 2),
    "all-zero": (2, "a vector that is zero", 2),
    "one-vector-less": (2, "4 vectors for 5 texts", 2),
    "index-twice": (2, "indexes do not number the texts", 2),
    "400": (3, "HTTP 400", 0),
}


@pytest.fixture
def ends(run: "Run", tmp_path: Path) -> Callable[..., tuple[int, str, int]]:
    """Run ``index`` against a faulty server: exit code, last line, times the five were paid."""

    def ended(fault: str, times: int) -> tuple[int, str, int]:
        folder = tmp_path / "five"
        folder.mkdir()
        for number in range(TEXTS):
            (folder / f"{number}.txt").write_text(f"Document {number} speaks of bees and bread.")
        with mistral_server() as server:
            server.faults.extend([Fault(), *[named_fault(fault)] * times])
            shown = run(
                "index",
                folder,
                "-vv",
                MISTRAL_API_KEY=KEY,
                MISTRAL_BASE_URL=server.url,
                **PATIENCE,
            )
            paid = server.ledger.summary()["texts_paid"] - CANARIES
            paid -= REFERENCES if shown.returncode == 0 else 0
        assert KEY not in shown.stdout + shown.stderr
        for path in folder.rglob("*"):
            assert not path.is_file() or KEY.encode() not in path.read_bytes()
        assert "Traceback" not in shown.stderr
        assert paid % TEXTS == 0 or fault in SMALLER
        return shown.returncode, shown.stderr.splitlines()[-1], paid // TEXTS

    return ended


def test_every_fault_of_the_stand_in_is_in_a_table() -> None:
    """More than eighty."""
    tables = (*PASSING, *LOST, *DAMAGED, *HARMLESS, *SMALLER, *FINAL, *PAID_AND_FINAL)
    assert sorted(tables) == sorted(FAULT_NAMES)
    assert len(tables) > 80


@pytest.mark.parametrize("fault", [*PASSING, *HARMLESS, *SMALLER])
def test_a_fault_that_passes_costs_nothing(
    ends: Callable[..., tuple[int, str, int]], fault: str
) -> None:
    """The run ends well, and each text was paid once."""
    code, _, paid = ends(fault, 1)
    assert (code, paid) == (0, 1)


@pytest.mark.parametrize("fault", [*LOST, *DAMAGED])
def test_an_answer_that_is_lost_is_asked_for_again(
    ends: Callable[..., tuple[int, str, int]], fault: str
) -> None:
    """The run ends well; the texts of that one request were paid twice, as must be."""
    code, _, paid = ends(fault, 1)
    assert (code, paid) == (0, 2)


@pytest.mark.parametrize(("fault", "code", "words"), [(f, *end) for f, end in FINAL.items()])
def test_a_refusal_for_good_is_told_at_once(
    ends: Callable[..., tuple[int, str, int]], fault: str, code: int, words: str
) -> None:
    """Nothing is paid, and the line says what to do."""
    ended, line, paid = ends(fault, ENDLESS)
    assert (ended, paid) == (code, 0)
    assert re.search(words, line)


@pytest.mark.parametrize(
    ("fault", "code", "words"), [(f, *end) for f, end in PAID_AND_FINAL.items()]
)
def test_an_answer_that_no_retry_would_mend_is_paid_once(
    ends: Callable[..., tuple[int, str, int]], fault: str, code: int, words: str
) -> None:
    """And nothing of it is stored."""
    ended, line, paid = ends(fault, ENDLESS)
    assert (ended, paid) == (code, 1)
    assert re.search(words, line)


@pytest.mark.parametrize(
    ("fault", "code", "words", "most"), [(f, *end) for f, end in IN_THE_END.items()]
)
def test_a_fault_that_stays_ends_the_run(
    ends: Callable[..., tuple[int, str, int]], fault: str, code: int, words: str, most: int
) -> None:
    """After so many attempts as the money allows, with a line that says what to do."""
    ended, line, paid = ends(fault, ENDLESS)
    assert (ended, paid) == (code, most)
    assert re.search(words, line)
