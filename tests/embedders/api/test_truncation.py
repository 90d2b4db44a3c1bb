"""Servers that read only the beginning of a long text, and that count characters as tokens."""

from pathlib import Path

import numpy as np
import pytest

import semsearch
from fakes.truncating_server import TruncatingServer, truncating_server
from semsearch.embedders.api.api_embedder import RemoteEmbedder
from semsearch.embedders.api.stated_tokens import Counted, StatedTokens
from semsearch.embedders.api.truncation import Script, Truncation, Window
from semsearch.embedders.registry import open_embedder
from semsearch.errors import RequestRefused
from semsearch.settings.schema import Settings

LONGEST = 1_875
LONG = {
    Script.LATIN: "The keeper of the light walks down to the harbour before every tide. " * 25,
    Script.FIGURES: "48.75; 1024; 3.5 %; 7/12; 19:40; " * 50,
    Script.ALPHABETS: "Смотритель маяка спускается в гавань перед каждым приливом. " * 25,
    Script.IDEOGRAPHS: "守塔人每天涨潮之前都要走到港口去看船。" * 60,
}


def opened(server: TruncatingServer) -> RemoteEmbedder:
    """The embedder of a server."""
    embedder = open_embedder(f"openai:m@{server.url}", Settings(backoff_seconds=0.001))
    assert isinstance(embedder, RemoteEmbedder)
    return embedder


def rows(embedder: RemoteEmbedder, texts: list[str]) -> tuple[np.ndarray, dict[int, int]]:
    """The vectors of some texts in order, and the parts of those that were sent in parts."""
    found, parts = {}, {}
    for batch in embedder.embed(texts):
        found |= dict(zip(batch.positions, batch.vectors, strict=True))
        parts |= batch.parts
    return np.stack([found[position] for position in range(len(texts))]), parts


@pytest.mark.parametrize("script", Script)
def test_a_text_that_would_be_cut_is_sent_in_parts(script: Script) -> None:
    """After the probe the end of a long text of any script counts in its vector."""
    text = LONG[script]
    other = text[:-100] + "|" * 100
    with truncating_server(256) as server:
        embedder = opened(server)
        before, _ = rows(embedder, [text, other])
        embedder.probe_truncation(text, LONGEST)
        del server.texts[:]
        after, parts = rows(embedder, [text, other])
        sent_texts = list(server.texts)
        assert all(server.answer([sent]) != server.answer([sent[:-4]]) for sent in sent_texts)
    assert before[0] @ before[1] > 0.99999
    assert after[0] @ after[1] < 0.9999
    assert parts.keys() == {0, 1}


def test_the_window_is_found_to_a_sixteenth_of_the_longest_text() -> None:
    """The window that is measured is below the true one, by at most 1/16 of the length."""
    with truncating_server(256) as server:
        embedder = opened(server)
        embedder.probe_truncation(LONG[Script.IDEOGRAPHS], LONGEST)
    window = embedder.truncation.windows[Script.IDEOGRAPHS]
    assert window.read is not None
    assert 256 - LONGEST / 16 <= window.read <= 256


def test_a_server_that_reads_all_gets_two_texts_once() -> None:
    """One text and one with another end; neither is sent again, and nothing is split."""
    with truncating_server(100_000) as server:
        embedder = opened(server)
        for _ in range(2):
            embedder.probe_truncation(LONG[Script.LATIN], LONGEST)
        assert tuple(server.texts) == opened(server).probe_texts(LONGEST)
        assert len(server.texts) == 2
        assert embedder.probe_texts(LONGEST) == ()
        _, parts = rows(embedder, list(LONG.values()))
    assert parts == {}
    assert not embedder.truncation.is_cut


def test_short_texts_ask_for_no_probe() -> None:
    """Where no text is long, nothing is sent beside the texts."""
    with truncating_server(8) as server:
        opened(server).probe_truncation("The keeper of the light walks down.", LONGEST)
        assert server.texts == []


def test_a_model_that_knows_nothing_of_a_script_is_not_taken_for_one_that_cuts() -> None:
    """Where no change at the beginning counts either, the script has no limit."""
    with truncating_server(256) as server:
        server.unknown = "[^a-z]"
        embedder = opened(server)
        embedder.probe_truncation(LONG[Script.ALPHABETS], LONGEST)
    assert embedder.truncation.windows[Script.ALPHABETS].read is None


def test_what_was_measured_is_kept_for_the_next_run() -> None:
    """An embedder that recalls the learned limits sends no probe, and splits."""
    with truncating_server(256) as server:
        first = opened(server)
        first.probe_truncation(LONG[Script.LATIN], LONGEST)
        second = opened(server)
        second.recall(first.learned_limits)
        del server.texts[:]
        second.probe_truncation(LONG[Script.LATIN], LONGEST)
        assert server.texts == []
        _, parts = rows(second, [LONG[Script.LATIN]])
    assert parts[0] > 1


def test_longer_passages_are_measured_again() -> None:
    """A server that read all of shorter texts is asked again when passages become longer."""
    truncation = Truncation({Script.LATIN: Window(500)})
    assert truncation.unknown(LONG[Script.LATIN], 500) == []
    assert truncation.unknown(LONG[Script.LATIN], 1_500) == [Script.LATIN]


def test_openai_itself_is_not_probed() -> None:
    """OpenAI refuses a long text, and so is asked nothing."""
    from semsearch.settings.secrets import Secret

    embedder = open_embedder("openai:text-embedding-3-small", Settings(openai_api_key=Secret("k")))
    assert isinstance(embedder, RemoteEmbedder)
    assert embedder.probe_texts(LONGEST) == ()


def test_a_run_tells_once_that_the_server_cuts(tmp_path: Path) -> None:
    """The first run probes, tells and splits; a later run splits without either."""
    for number, text in enumerate((LONG[Script.LATIN], LONG[Script.FIGURES])):
        (tmp_path / f"{number}.txt").write_text(text[:1400])
    with truncating_server(256) as server:
        uri = f"openai:m@{server.url}"
        settings = Settings(embedder=uri, backoff_seconds=0.001)
        plan = semsearch.plan(tmp_path, settings=settings)
        first = semsearch.index(tmp_path, settings=settings)
        sent = len(server.texts)
        (tmp_path / "2.txt").write_text("And " + LONG[Script.LATIN][:1400])
        second = semsearch.index(tmp_path, settings=settings)
        probed = [text for text in server.texts[sent:] if "Hafenmeisterin" in text]
    (notice,) = first.notices
    assert "127.0.0.1 reads only the beginning of a long text" in notice
    assert "of Latin letters" in notice
    assert "of figures" in notice
    assert plan.own.texts == 3 + 64 + 2
    assert second.notices == ()
    assert probed == []


def test_a_server_that_refuses_the_probe_embeds_the_documents_all_the_same(
    tmp_path: Path,
) -> None:
    """Its refusal is none of a document's text, though it comes while these are sent."""
    for number, script in enumerate((Script.LATIN, Script.ALPHABETS, Script.LATIN)):
        (tmp_path / f"{number}.txt").write_text(f"{number}. {LONG[script]}"[:1400])
    with truncating_server(100_000) as server:
        server.refused = "Начальница"  # a word of the probe alone
        settings = Settings(embedder=f"openai:m@{server.url}", backoff_seconds=0.001)
        report = semsearch.index(tmp_path, settings=settings)
    assert (report.added, report.left_out) == (3, ())
    assert report.embedded == report.passages


def test_a_server_that_refuses_the_probe_texts_of_drift_is_told_so(tmp_path: Path) -> None:
    """And no passage counts as refused."""
    (tmp_path / "a.txt").write_text("A text.")
    with truncating_server(100_000) as server:
        server.refused = "harbour master"
        settings = Settings(embedder=f"openai:m@{server.url}", backoff_seconds=0.001)
        with pytest.raises(RequestRefused, match=r"refuses a probe text.*content policy"):
            semsearch.index(tmp_path, settings=settings)


def test_a_budget_stops_the_probe(tmp_path: Path) -> None:
    """The probe's tokens count in the budget; nothing is sent beyond it."""
    (tmp_path / "a.txt").write_text(LONG[Script.LATIN][:1400])
    with truncating_server(256) as server:
        settings = Settings(embedder=f"openai:m@{server.url}", max_tokens=1_000)
        with pytest.raises(semsearch.BudgetReached):
            semsearch.index(tmp_path, settings=settings)
    assert sum(len(text) for text in server.texts) <= 1_000


def test_characters_that_are_stated_as_tokens_are_recognised() -> None:
    """From the third answer on the estimate counts, also for the answers before."""
    stated = StatedTokens("host")
    text = "a" * 400
    seen = [stated.seen([text], 100.0, 400) for _ in range(4)]
    assert seen == [Counted(400, None), Counted(400, None), Counted(-500, None), Counted(100, None)]
    assert stated.are_characters


@pytest.mark.parametrize(
    ("texts", "expected", "counts"),
    [
        (["守塔人" * 100], 300.0, [300, 300, 300, 300]),  # ideographs: a token a character
        (["a" * 400], 100.0, [400, 400, 401, 400, 400]),  # by chance
        (["a" * 50], 12.0, [50, 50, 50, 50]),  # too short to tell
    ],
)
def test_true_counts_are_not_taken_for_characters(
    texts: list[str], expected: float, counts: list[int]
) -> None:
    """A count that a tokenizer may give is believed."""
    stated = StatedTokens("host")
    assert [stated.seen(texts, expected, count).to_spend for count in counts] == counts
    assert not stated.are_characters


def test_a_server_that_counts_characters_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its tokens are estimated, in the report and for the budget; the next run knows it."""
    for number in range(30):
        (tmp_path / f"{number}.txt").write_text(f"{number} " + LONG[Script.LATIN][:1400])
    with truncating_server(100_000, counts_characters=True) as server:
        settings = Settings(
            embedder=f"openai:m@{server.url}", request_inputs=8, backoff_seconds=0.001
        )
        report = semsearch.index(tmp_path, settings=settings)
        characters = sum(map(len, server.texts))
        (tmp_path / "new.txt").write_text("new " + LONG[Script.LATIN][:1400])
        semsearch.index(tmp_path, settings=settings)
    assert report.spent is not None
    assert report.spent.tokens < characters / 3
    told = [record for record in caplog.records if "counts characters" in record.message]
    assert len(told) == 1


def test_weights_that_ran_away_are_not_recalled() -> None:
    """A note of a version whose estimate could run away keeps all but the weights."""
    with truncating_server(100) as server:
        embedder = opened(server)
        usual = embedder.learned_limits
        embedder.recall(usual.replace('"weights": [0.24', '"weights": [3433.7'))
        assert "3433.7" not in embedder.learned_limits
        assert embedder.learned_limits == usual
