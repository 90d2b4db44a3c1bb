"""One vector store: build it, find the setting that is exact enough, and time its questions.

Run by the Python of the peers' own environment, one process each: NAME FOLDER, where the folder
has ``vectors.npy`` (n, dimension), ``questions.npy`` and ``nearest.npy``, the rows of their ten
nearest. Prints a JSON object.
"""

import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

NEAREST = 10
ENOUGH = 0.99
WARMING = 10

Ask = Callable[[np.ndarray], list[int]]


def faiss_flat(vectors: np.ndarray, place: Path) -> Iterator[tuple[str, Ask]]:
    """Exact search over full vectors."""
    faiss = importlib.import_module("faiss")
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(place))
    yield "exact", lambda asked: index.search(asked[None], NEAREST)[1][0].tolist()


def faiss_hnsw(vectors: np.ndarray, place: Path) -> Iterator[tuple[str, Ask]]:
    """HNSW graph over float32."""
    faiss = importlib.import_module("faiss")
    index = faiss.IndexHNSWFlat(vectors.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
    index.add(vectors)
    faiss.write_index(index, str(place))
    for effort in (32, 64, 128, 256, 512, 1024):
        index.hnsw.efSearch = effort
        yield (
            f"efSearch {effort}",
            lambda asked: index.search(asked[None], NEAREST)[1][0].tolist(),
        )


def hnswlib(vectors: np.ndarray, place: Path) -> Iterator[tuple[str, Ask]]:
    """HNSW graph over float32."""
    module = importlib.import_module("hnswlib")
    index = module.Index(space="ip", dim=vectors.shape[1])
    index.init_index(max_elements=len(vectors), ef_construction=200, M=16)
    index.add_items(vectors)
    index.save_index(str(place))
    for effort in (32, 64, 128, 256, 512, 1024):
        index.set_ef(effort)
        yield f"ef {effort}", lambda asked: index.knn_query(asked, NEAREST)[0][0].tolist()


def usearch(vectors: np.ndarray, place: Path) -> Iterator[tuple[str, Ask]]:
    """HNSW graph over float16, memory-mapped."""
    module = importlib.import_module("usearch.index")
    built = module.Index(ndim=vectors.shape[1], metric="ip", dtype="f16")
    built.add(np.arange(len(vectors)), vectors)
    built.save(str(place))
    for effort in (64, 128, 256, 512, 1024):
        index = module.Index.restore(str(place), view=True)
        index.expansion_search = effort
        yield (
            f"expansion {effort}",
            lambda asked, index=index: index.search(asked, NEAREST).keys.tolist(),
        )


def lancedb(vectors: np.ndarray, place: Path) -> Iterator[tuple[str, Ask]]:
    """IVF_PQ as in its guide, refined by the full vectors."""
    module = importlib.import_module("lancedb")
    arrow = importlib.import_module("pyarrow")
    flat = arrow.array(vectors.ravel())
    column = arrow.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    rows = arrow.table({"id": arrow.array(np.arange(len(vectors))), "vector": column})
    table = module.connect(str(place)).create_table("passages", rows)
    config = importlib.import_module("lancedb.index").IvfPq(distance_type="dot")
    table.create_index("vector", config=config)
    for probes, refined in ((20, 10), (20, 30), (50, 30), (100, 50), (200, 100)):

        def ask(asked: np.ndarray, probes: int = probes, refined: int = refined) -> list[int]:
            found = table.search(asked).nprobes(probes).refine_factor(refined)
            return found.select(["id", "_distance"]).limit(NEAREST).to_arrow()["id"].to_pylist()

        yield f"nprobes {probes}, refine {refined}", ask


def sqlite_vec(vectors: np.ndarray, place: Path) -> Iterator[tuple[str, Ask]]:
    """Exact search in SQLite."""
    # apsw has an SQLite of its own: many a Python's may not load extensions.
    connection = importlib.import_module("apsw").Connection(str(place))
    connection.enable_load_extension(True)
    connection.load_extension(importlib.import_module("sqlite_vec").loadable_path())
    connection.execute(
        f"create virtual table v using vec0(embedding float[{vectors.shape[1]}]"
        " distance_metric=cosine)"
    )
    with connection:
        connection.executemany(
            "insert into v (rowid, embedding) values (?, ?)",
            ((row, vector.tobytes()) for row, vector in enumerate(vectors)),
        )

    def ask(asked: np.ndarray) -> list[int]:
        rows = connection.execute(
            "select rowid from v where embedding match ? and k = ? order by distance",
            (asked.tobytes(), NEAREST),
        )
        return [row for (row,) in rows]

    yield "exact", ask


STORES = {
    store.__name__: store
    for store in (faiss_flat, faiss_hnsw, hnswlib, usearch, lancedb, sqlite_vec)
}


def recall(ask: Ask, questions: np.ndarray, nearest: np.ndarray) -> float:
    """The share of the ten nearest that is found."""
    pairs = zip(questions, nearest, strict=True)
    found = sum(len(set(ask(one)) & set(true.tolist())) for one, true in pairs)
    return found / (NEAREST * len(questions))


def timed(ask: Callable[[Any], object], questions: Sequence[Any]) -> dict[str, float]:
    """Median milliseconds of a question, by the clock and of processors."""
    for one in questions[:WARMING]:
        ask(one)
    taken = []
    for one in questions:
        begun, used = time.perf_counter(), time.process_time()
        ask(one)
        taken.append((time.perf_counter() - begun, time.process_time() - used))
    median, processor = (1000 * statistics.median(one) for one in zip(*taken, strict=True))
    return {"median": median, "median_processor": processor}


def main() -> None:
    """Measure a vector store."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    vectors, questions, nearest = (
        np.load(folder / f"{what}.npy") for what in ("vectors", "questions", "nearest")
    )
    place = folder / name
    begun, used = time.perf_counter(), time.process_time()
    efforts = STORES[name](vectors, place)
    setting, ask = next(efforts)
    built, used = time.perf_counter() - begun, time.process_time() - used
    while (found := recall(ask, questions, nearest)) < ENOUGH:
        more = next(efforts, None)
        if more is None:
            break
        setting, ask = more
    files = [place] if place.is_file() else [file for file in place.rglob("*") if file.is_file()]
    json.dump(
        {
            "setting": setting,
            "build": built,
            "build_processor": used,
            "recall": found,
            **timed(ask, questions),
            "bytes": sum(file.stat().st_size for file in files),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
