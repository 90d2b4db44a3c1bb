"""Indexes that share a folder of vectors pay once for a text that several of them have."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import semsearch
from fakes.mistral_server import KEY, Fault, MistralServer, mistral_server
from fakes.truncating_server import truncating_server
from semsearch.errors import BatchPending, EmbedderDrifted, EmbedderError
from semsearch.indexer.drift import CANARIES
from semsearch.indexer.options import BatchUse, RunHooks, RunOptions
from semsearch.indexer.own_texts import OWN_TEXTS
from semsearch.indexer.progress import Progress
from semsearch.indexer.report import IndexReport
from semsearch.indexer.run import run_index
from semsearch.indexer.target import Target
from semsearch.settings.schema import Settings
from semsearch.settings.secrets import Secret
from semsearch.settings.sources import load_settings
from semsearch.store.disk.directory import IndexDirectory
from semsearch.store.policy import SharingPolicy, StorePolicy
from semsearch.store.record.vectors import STORED_DTYPE
from semsearch.store.shared_vectors.shared_folder import folder_name
from semsearch.store.snapshot import open_snapshot

COMMON = [f"Text {number} stands in each of the shards." for number in range(20)]
OWN = OWN_TEXTS


@pytest.fixture
def server() -> Iterator[MistralServer]:
    """The stand-in."""
    with mistral_server() as running:
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder that indexes share."""
    (tmp_path / "shared").mkdir()
    return tmp_path / "shared"


@pytest.fixture
def settings(server: MistralServer, place: Path) -> Settings:
    """Settings for the stand-in, with shared vectors."""
    return Settings(
        mistral_base_url=server.url,
        mistral_api_key=Secret(KEY),
        backoff_seconds=0.001,
        retry_seconds=0.01,
        shared_vectors=place,
    )


def shard(tmp_path: Path, name: str, *, own: int = 3) -> Path:
    """A folder with the common texts and some of its own, a file each."""
    folder = tmp_path / name
    folder.mkdir()
    for number, text in enumerate(COMMON):
        (folder / f"common{number}.txt").write_text(text)
    for number in range(own):
        (folder / f"own{number}.txt").write_text(f"Text {number} stands in {name} alone.")
    return folder


def sent(server: MistralServer) -> Counter[str]:
    """How often each text of a document was sent."""
    return Counter(text for text in server.texts if text not in OWN)


def files(place: Path) -> list[Path]:
    """The files of shared vectors."""
    return sorted(place.glob("*/*.vectors"))


def rows(folder: Path) -> dict[str, bytes]:
    """The vector of each text of an index, as it is stored."""
    with open_snapshot(IndexDirectory(folder / ".semsearch")) as snapshot:
        texts = dict(snapshot.view.texts.bodies(snapshot.view.texts.ids().tolist()))
        embedder = snapshot.generation.embedder
        ids, vectors = snapshot.view.vectors.stored(embedder, list(texts))
        return {
            texts[text]: row.astype(STORED_DTYPE).tobytes()
            for text, row in zip(ids.tolist(), vectors, strict=True)
        }


def counts(report: IndexReport) -> tuple[int, int, int]:
    """Texts that were embedded, that were shared, and passages that had a vector."""
    return report.embedded, report.shared, report.reused


def test_two_shards_with_common_texts_pay_once(
    tmp_path: Path, server: MistralServer, settings: Settings, place: Path
) -> None:
    """The second index takes the first one's vectors, to the bit, and its calibration."""
    first, second = shard(tmp_path, "first"), shard(tmp_path, "second")
    assert counts(semsearch.index(first, settings=settings)) == (23, 0, 0)
    before = len(server.texts)
    report = semsearch.index(second, settings=settings)
    assert counts(report) == (3, 20, 0)
    assert (report.to_dict()["shared"], report.notices) == (20, ())
    assert set(sent(server).values()) == {1}
    assert len(server.texts) - before == 3 + len(CANARIES)  # and no reference text
    ours, theirs = rows(first), rows(second)
    assert {text: theirs[text] for text in COMMON} == {text: ours[text] for text in COMMON}
    assert len(files(place)) == 2


def test_an_index_whose_texts_are_all_shared_sends_nothing(
    tmp_path: Path, server: MistralServer, settings: Settings
) -> None:
    """Not even the texts that measure the embedder; it can be searched and goes on."""
    semsearch.index(shard(tmp_path, "first", own=0), settings=settings)
    before = len(server.received)
    second = shard(tmp_path, "second", own=0)
    assert counts(semsearch.index(second, settings=settings)) == (0, 20, 0)
    assert len(server.received) == before
    found = semsearch.search(COMMON[7], index=second, settings=settings)
    assert found.hits[0].location.path == "common7.txt"
    (second / "new.txt").write_text("A text that no index has.")
    assert counts(semsearch.index(second, settings=settings)) == (1, 0, 20)
    assert semsearch.index(second, settings=settings).is_new_generation is False


def test_a_folder_that_was_emptied_gets_all_again_from_each_index(
    tmp_path: Path, server: MistralServer, settings: Settings, place: Path
) -> None:
    """Also from one that runs when another has filled it again."""
    folders = [shard(tmp_path, name) for name in ("first", "second")]
    for folder in folders:
        semsearch.index(folder, settings=settings)
    for path in files(place):
        path.unlink()
    for folder in folders:
        (folder / "new.txt").write_text(f"A new text of {folder.name}.")
        semsearch.index(folder, settings=settings)
    before = len(server.received)
    third = tmp_path / "third"
    third.mkdir()
    for number, folder in enumerate(folders):
        for path in folder.glob("*.txt"):
            (third / f"{number}-{path.name}").write_text(path.read_text())
    report = semsearch.index(third, settings=settings)
    assert (report.embedded, report.shared, len(server.received)) == (0, 28, before)


def test_servers_that_may_cut_texts_share_none(tmp_path: Path, place: Path) -> None:
    """Others would get the vector of a beginning."""
    folder = shard(tmp_path, "first")
    with truncating_server(100) as other:
        uri = f"openai:m@{other.url}"
        semsearch.index(folder, settings=Settings(embedder=uri, shared_vectors=place))
    assert list(place.rglob("*")) == []


@pytest.mark.parametrize("fresh", [False, True])
def test_a_plan_equals_its_run(
    tmp_path: Path, server: MistralServer, settings: Settings, fresh: bool
) -> None:
    """Texts in the folder are not in the plan, but for a fresh rebuild, which takes none."""
    semsearch.index(shard(tmp_path, "first"), settings=settings)
    second = shard(tmp_path, "second")
    options = RunOptions(everything=fresh, fresh=fresh)
    index = semsearch.Index(second, settings=settings)
    plan = index.plan(options=options)
    report = index.update(options=options)
    assert (plan.needs, plan.own, plan.shared, plan.passages) == (
        report.plan.needs,
        report.plan.own,
        report.plan.shared,
        report.passages,
    )
    assert (plan.needs.texts, plan.shared) == ((23, 0) if fresh else (3, 20))
    assert max(sent(server).values()) == (2 if fresh else 1)


def test_an_index_gives_what_it_had_before_the_setting(
    tmp_path: Path, server: MistralServer, settings: Settings, place: Path
) -> None:
    """Also by a run that has nothing else to do; the next one has nothing to give."""
    first = shard(tmp_path, "first")
    semsearch.index(first, settings=replace(settings, shared_vectors=None))
    assert files(place) == []
    assert semsearch.index(first, settings=settings).is_new_generation is False
    (given,) = files(place)
    semsearch.index(first, settings=settings)
    assert files(place) == [given]
    semsearch.index(shard(tmp_path, "second"), settings=settings)
    assert set(sent(server).values()) == {1}


def test_a_folder_that_was_emptied_is_filled_again(
    tmp_path: Path, settings: Settings, place: Path
) -> None:
    """By the next run that has anything to do: nothing but money is lost with it."""
    first = shard(tmp_path, "first")
    semsearch.index(first, settings=settings)
    files(place)[0].unlink()
    (first / "new.txt").write_text("A new text.")
    semsearch.index(first, settings=settings)
    assert counts(semsearch.index(shard(tmp_path, "second"), settings=settings)) == (3, 20, 0)


def test_a_stopped_run_shares_what_it_has_paid_for(
    tmp_path: Path, server: MistralServer, settings: Settings
) -> None:
    """The run of another index takes it, and then the stopped one takes the rest from that."""
    server.faults.extend([*[Fault()] * 3, *[Fault(500)] * 400])
    first = shard(tmp_path, "first", own=0)
    with pytest.raises(EmbedderError):
        semsearch.index(first, settings=replace(settings, request_inputs=4, concurrency=1))
    server.faults.clear()
    second = semsearch.index(shard(tmp_path, "second", own=0), settings=settings)
    assert (second.shared > 0, second.embedded + second.shared) == (True, 20)
    plan = semsearch.plan(first, settings=settings)
    assert (plan.needs.texts, plan.shared) == (0, second.embedded)
    assert counts(semsearch.index(first, settings=settings))[:2] == (0, second.embedded)
    assert server.ledger.summary()["texts_paid_more_than_once"] <= len(CANARIES)


def test_a_run_that_ctrl_c_ends_shares_what_it_has_paid_for(
    tmp_path: Path, server: MistralServer, settings: Settings, place: Path
) -> None:
    """Before it ends; its own next run and others' pay for the rest alone."""

    def stop(now: Progress) -> None:
        if now.texts_embedded >= 8:
            raise KeyboardInterrupt

    first, slowly = shard(tmp_path, "first", own=0), replace(settings, request_inputs=4)
    with pytest.raises(KeyboardInterrupt):
        semsearch.index(first, settings=replace(slowly, concurrency=1), on_progress=stop)
    assert len(files(place)) == 1
    report = semsearch.index(shard(tmp_path, "second", own=0), settings=settings)
    assert report.shared >= 8
    assert report.embedded + report.shared == 20
    assert set(sent(server).values()) == {1}


KILLED = """
    import os, signal, sys
    from pathlib import Path
    import semsearch
    from semsearch.settings.schema import Settings
    from semsearch.settings.secrets import Secret
    from semsearch.store.record.vector_rows import VectorRows
    put, calls = VectorRows.put, []
    def deadly(self, *args):
        put(self, *args)
        calls.append(1)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
    VectorRows.put = deadly
    folder, url, key, place = sys.argv[1:]
    settings = Settings(mistral_base_url=url, mistral_api_key=Secret(key), request_inputs=4,
                        concurrency=1, shared_vectors=Path(place))
    semsearch.index(Path(folder), settings=settings)
"""
PLAIN = """
    import sys
    from pathlib import Path
    import semsearch
    from semsearch.settings.schema import Settings
    from semsearch.settings.secrets import Secret
    folder, url, key, place = sys.argv[1:]
    settings = Settings(mistral_base_url=url, mistral_api_key=Secret(key),
                        shared_vectors=Path(place))
    for _ in range(3):
        semsearch.index(Path(folder), settings=settings)
        (Path(folder) / f"later{_}.txt").write_text(f"Later text {_} of {folder}.")
"""


def started(
    script: str, folder: Path, server: MistralServer, place: Path
) -> "subprocess.Popen[bytes]":
    """A run in a process of its own."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), folder, server.url, KEY, place],
        env={**os.environ, "PYTHONPATH": path},
    )


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal on this system")
def test_what_a_killed_run_could_not_share_the_next_one_shares(
    tmp_path: Path, server: MistralServer, settings: Settings, place: Path
) -> None:
    """Nothing had to be noted before it was killed."""
    first = shard(tmp_path, "first", own=0)
    assert started(KILLED, first, server, place).wait() == -signal.SIGKILL
    assert files(place) == []
    report = semsearch.index(first, settings=settings)
    assert report.embedded == 20 - 12
    assert counts(semsearch.index(shard(tmp_path, "second"), settings=settings)) == (3, 20, 0)


def test_two_processes_may_run_at_once(
    tmp_path: Path, server: MistralServer, settings: Settings, place: Path
) -> None:
    """Both end well, and a third index needs none of their texts."""
    folders = [shard(tmp_path, name) for name in ("first", "second")]
    running = [started(PLAIN, folder, server, place) for folder in folders]
    assert [one.wait() for one in running] == [0, 0]
    assert len(files(place)) >= 2
    assert counts(semsearch.index(shard(tmp_path, "third"), settings=settings)) == (3, 20, 0)


def flip(path: Path, offset: int) -> None:
    """Flip a bit of a file, counted from its end where the offset is negative."""
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)


def test_a_vector_that_is_damaged_is_paid_for_again_and_given_again(
    tmp_path: Path, server: MistralServer, settings: Settings, place: Path
) -> None:
    """One text of twenty; no vector is wrong, and the third index has all of them."""
    first, second = shard(tmp_path, "first", own=0), shard(tmp_path, "second", own=0)
    semsearch.index(first, settings=settings)
    flip(files(place)[0], -100)
    assert counts(semsearch.index(second, settings=settings)) == (1, 19, 0)
    assert rows(first) == rows(second)
    assert counts(semsearch.index(shard(tmp_path, "third", own=0), settings=settings)) == (0, 20, 0)


@pytest.mark.parametrize("damage", ["truncated", "index", "header", "foreign", "later", "link"])
def test_a_file_that_cannot_be_used_is_told_once_and_left_alone(
    tmp_path: Path, settings: Settings, place: Path, damage: str
) -> None:
    """The run pays for all itself."""
    semsearch.index(shard(tmp_path, "first", own=0), settings=settings)
    (path,) = files(place)
    content = path.read_bytes()
    match damage:
        case "truncated":
            path.write_bytes(content[:-1])
        case "index":
            flip(path, len(content) - 20 * (20 + 2 * 1024) - 100)  # of a digest, or of their hash
        case "header":
            flip(path, 13)
        case "foreign":
            path.write_bytes(b"not ours")
        case "later":
            path.write_bytes(content[:7] + bytes([content[7] + 1]) + content[8:])
        case "link":
            path.rename(tmp_path / "elsewhere")
            path.symlink_to(tmp_path / "elsewhere")
    second = shard(tmp_path, "second", own=0)
    plan = semsearch.plan(second, settings=settings)
    report = semsearch.index(second, settings=settings)
    assert counts(report) == (20, 0, 0)
    (notice,) = report.notices
    assert notice.startswith(f"shared vectors: {path} ")
    assert notice.endswith("it is not used")
    assert plan.notices == report.notices
    assert counts(semsearch.index(shard(tmp_path, "third", own=0), settings=settings)) == (0, 20, 0)


def test_vectors_of_two_versions_of_a_model_do_not_mix(
    tmp_path: Path, server: MistralServer, settings: Settings, place: Path
) -> None:
    """An index takes only vectors whose probe vectors are like its own."""
    old = shard(tmp_path, "old")
    semsearch.index(old, settings=settings)
    server.drift = 0.1
    second = shard(tmp_path, "second")
    with pytest.raises(EmbedderDrifted, match="rebuild --fresh"):
        semsearch.index(second, settings=settings)  # its first vectors came from the old version
    report = semsearch.rebuild(second, fresh=True, settings=settings)
    assert counts(report) == (23, 0, 0)
    third = shard(tmp_path, "third")
    assert counts(semsearch.index(third, settings=settings)) == (3, 20, 0)
    assert {text: rows(third)[text] for text in COMMON} == {
        text: rows(second)[text] for text in COMMON
    }
    (old / "again.txt").write_text("Text 0 stands in second alone.")
    before = rows(old)
    with pytest.raises(EmbedderDrifted):
        semsearch.index(old, settings=settings)
    assert rows(old) == before


def test_a_new_index_that_took_nothing_begins_with_the_model_of_today(
    tmp_path: Path, server: MistralServer, settings: Settings
) -> None:
    """The old version's vectors in the folder do not stop it."""
    semsearch.index(shard(tmp_path, "old"), settings=settings)
    server.drift = 0.1
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.txt").write_text("Nothing in common.")
    assert counts(semsearch.index(other, settings=settings)) == (1, 0, 0)
    (other / "b.txt").write_text(COMMON[0])
    assert counts(semsearch.index(other, settings=settings)) == (1, 0, 1)


def test_batch_jobs_are_sent_what_is_lacking_and_give_what_they_return(
    tmp_path: Path, server: MistralServer, settings: Settings
) -> None:
    """The texts of a job that another index has submitted are shared when they are collected."""
    semsearch.index(shard(tmp_path, "first", own=0), settings=settings)
    second = semsearch.Index(shard(tmp_path, "second"), settings=settings)
    with pytest.raises(BatchPending):
        second.update(options=RunOptions(batch=BatchUse.SUBMIT))
    report = second.update(options=RunOptions(batch=BatchUse.WAIT))
    assert report.embedded == 3
    third = tmp_path / "third"
    third.mkdir()
    (third / "a.txt").write_text("Text 0 stands in second alone.")
    assert counts(semsearch.index(third, settings=settings)) == (0, 1, 0)


@pytest.mark.parametrize("wrong", ["missing", "a file", "a file in it"])
def test_a_folder_that_cannot_be_used_ends_no_run(
    tmp_path: Path, settings: Settings, place: Path, wrong: str
) -> None:
    """One line says so, in each run; the next run that can gives what these could not."""
    first = shard(tmp_path, "first", own=0)
    inner = place / folder_name("mistral:mistral-embed")
    if wrong == "a file in it":
        inner.touch()
    else:
        place.rmdir()
    if wrong == "a file":
        place.touch()
    report = semsearch.index(first, settings=settings)
    assert counts(report) == (20, 0, 0)
    (notice,) = report.notices
    assert notice.startswith("shared vectors: ")
    assert (str(place) in notice, notice.count("\n")) == (True, 0)
    assert semsearch.index(first, settings=settings).notices == report.notices
    if wrong == "a file in it":
        inner.unlink()
    elif wrong == "a file":
        place.unlink()
    place.mkdir(exist_ok=True)
    assert semsearch.index(first, settings=settings).notices == ()
    assert counts(semsearch.index(shard(tmp_path, "second"), settings=settings)) == (3, 20, 0)


def test_a_full_disk_of_the_folder_ends_no_run(
    tmp_path: Path, server: MistralServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index is whole, and its vectors are given when there is room again."""
    if not Path("/dev/full").exists():
        pytest.skip("no such device on this system")
    first = shard(tmp_path, "first", own=0)

    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("semsearch.store.shared_vectors.shared_folder.write_file", full)
        report = semsearch.index(first, settings=settings)
    assert (report.embedded, len(report.notices)) == (20, 1)
    assert "is full" in report.notices[0]
    assert semsearch.index(first, settings=settings).notices == ()
    assert counts(semsearch.index(shard(tmp_path, "second"), settings=settings)) == (3, 20, 0)


def test_many_files_become_few_and_lose_nothing(
    tmp_path: Path, server: MistralServer, settings: Settings, place: Path
) -> None:
    """A schedule that finds a new text each hour leaves at most 32 files."""
    folder = tmp_path / "hourly"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.txt").write_text(f"The text of hour {number}.")
        semsearch.index(folder, settings=settings)
    assert len(files(place)) <= 32
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in folder.glob("*.txt"):
        (copy / path.name).write_bytes(path.read_bytes())
    assert counts(semsearch.index(copy, settings=settings)) == (0, 40, 0)
    assert rows(copy) == rows(folder)


@pytest.mark.skipif(os.name == "nt", reason="no such permissions on this system")
def test_files_are_private_and_have_neither_key_nor_text(
    tmp_path: Path, settings: Settings, place: Path
) -> None:
    """0600 in a folder 0700; the key and words of documents are in none of them."""
    semsearch.index(shard(tmp_path, "first"), settings=settings)
    (path,) = files(place)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert path.parent.name == folder_name("mistral:mistral-embed")
    content = path.read_bytes()
    assert not any(word in content for word in (KEY.encode(), b"stands", b"common", b"first"))


def test_a_local_model_shares_nothing(tmp_path: Path, settings: Settings, place: Path) -> None:
    """It costs nothing, and has vectors of sentences, too."""
    from fakes.embedder import WordEmbedder

    semsearch.index(shard(tmp_path, "first"), embedder=WordEmbedder(), settings=settings)
    assert list(place.iterdir()) == []


def test_the_setting_is_a_persons_and_not_a_folders(tmp_path: Path) -> None:
    """A project's file may come from others."""
    settings = load_settings({}, environment={"SEMSEARCH_SHARED_VECTORS": "~/shared"})
    assert settings.shared_vectors == Path.home() / "shared"
    (tmp_path / ".semsearch.toml").write_text('shared_vectors = "/tmp"\n')
    with pytest.raises(semsearch.SettingsError, match="may not set 'shared_vectors'"):
        load_settings({}, project=tmp_path, environment={})


def test_the_commands_tell_it(
    tmp_path: Path, server: MistralServer, place: Path, run: "object"
) -> None:
    """The report and the plan, as text and as JSON."""
    own = {
        "MISTRAL_BASE_URL": server.url,
        "MISTRAL_API_KEY": KEY,
        "SEMSEARCH_SHARED_VECTORS": str(place),
    }
    first, second = shard(tmp_path, "first"), shard(tmp_path, "second")
    assert run("index", first, **own).returncode == 0  # type: ignore[operator]
    planned = run("plan", second, **own).stdout  # type: ignore[operator]
    assert "shared     20 texts have shared vectors\n" in planned
    done = run("index", second, **own).stdout  # type: ignore[operator]
    assert "passages: 23 (3 embedded by mistral:mistral-embed, 20 shared, 0 reused)" in done
    told = run("index", second, "--json", **own).stdout  # type: ignore[operator]
    assert json.loads(told)["shared"] == 0


def test_runs_at_the_same_time_take_what_the_other_has_paid_for(
    tmp_path: Path, server: MistralServer, settings: Settings
) -> None:
    """Texts that were read and not sent yet get the vectors that another run has given since."""
    often = StorePolicy(sharing=SharingPolicy(0.0, 0.0, 0.0, 0.0))
    first, second = shard(tmp_path, "first", own=0), shard(tmp_path, "second", own=0)
    slowly = replace(settings, request_inputs=2, concurrency=1)
    reports: list[IndexReport] = []

    def meanwhile(texts: Sequence[str]) -> None:
        if not reports and len(sent(server)) >= 6:
            reports.append(IndexReport)  # type: ignore[arg-type]
            reports[0] = run_index(Target(second, None, None, settings, often))

    server.refuses = meanwhile
    shown: list[int | None] = []
    hooks = RunHooks(on_progress=lambda now: shown.append(now.texts_total))
    report = run_index(Target(first, None, None, slowly, often), hooks=hooks)
    assert report.shared > 0
    assert reports[0].shared > 0
    assert report.embedded + report.shared == 20
    assert max(sent(server).values()) <= 2  # those of the requests under way
    assert sent(server).total() <= 20 + 4
    assert rows(first) == rows(second)
    assert shown[-1] == report.embedded


def test_what_a_long_run_has_paid_for_is_shared_while_it_goes_on(
    tmp_path: Path, server: MistralServer, settings: Settings, place: Path
) -> None:
    """Not only at its end, which may be hours away."""
    often = StorePolicy(sharing=SharingPolicy(0.0, 0.0, 0.0, 0.0))
    seen: list[int] = []

    def look(_: Sequence[str]) -> None:
        seen.append(len(files(place)))

    server.refuses = look
    slowly = replace(settings, request_inputs=4, concurrency=1)
    run_index(Target(shard(tmp_path, "first"), None, None, slowly, often))
    assert max(seen) >= 3
