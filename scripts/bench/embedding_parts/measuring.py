"""Measurements of ``scripts/bench/embedding``; each yields lines as they are known."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from embedding_parts.clients import BARE, OFFICIAL, SEMSEARCH, langchain_clients
from embedding_parts.counting import counted, vocabulary
from embedding_parts.packing import MAX_INPUTS, fewest_requests, packs
from embedding_parts.passages import passages
from embedding_parts.racing import Client, Race, race
from embedding_parts.stand_in import stand_in

_LATENCY: Final = 0.2  # seconds
_BURST: Final = 5  # requests that may come at once, before the rate counts
_ROW: Final = "{:32}{:>9}{:>7}{:>10}{:>9}{:>10}{:>7}{:>9}{:>8}"
_HEADER: Final = _ROW.format(
    "client", "seconds", "cpu s", "texts/s", "% ideal", "requests", "fill", "refused", ""
)


@dataclass(frozen=True, slots=True)
class Scale:
    """Amount of measurement; ``seconds`` is the limit for a client."""

    texts: int = 5_000
    texts_at_60: int = 10_000
    texts_at_600: int = 40_000
    memory_texts: int = 200_000
    seconds: float = 75.0
    folder: Path = Path()
    has_others: bool = True

    @classmethod
    def quick(cls) -> "Scale":
        """A scale that takes about four minutes."""
        return cls(
            texts=1_500, texts_at_60=1_500, texts_at_600=5_000, memory_texts=20_000, seconds=15.0
        )


@dataclass(frozen=True, slots=True)
class Load:
    """Files with texts, and with their true tokens."""

    file: Path
    counts: Path
    tokens: list[int]


def rates(scale: Scale) -> Iterator[str]:
    """Throughput beside the ideal of each rate limit, and beside other clients."""
    clients = [SEMSEARCH]
    if scale.has_others:
        clients += [OFFICIAL, *langchain_clients(vocabulary())]
    small, large = _load(scale, scale.texts_at_60), _load(scale, scale.texts_at_600)
    for rate, load in ((60, small), (600, large), (None, large)):
        needed = fewest_requests(load.tokens)
        terms = {"latency": _LATENCY, "requests_per_minute": rate, "burst": _BURST}
        if rate is None:
            terms["burst"] = None
            bare = _raced(scale, load, _bare(scale, load), terms)
            ideal = bare.seconds
            yield f"no limit; ideal is what nothing but HTTP and JSON take: {ideal:.1f} s"
        else:
            ideal = _LATENCY + max(0, needed - _BURST) / (rate / 60)
            yield f"{rate} requests a minute, {_BURST} at once; ideal: {ideal:.1f} s"
        yield f"{len(load.tokens)} texts, {sum(load.tokens)} tokens, at least {needed} requests"
        yield _HEADER
        for client in clients:
            # A client in its way is given three times the ideal, if that is more.
            allowed = replace(scale, seconds=max(scale.seconds, 3 * ideal))
            yield _row(_raced(allowed, load, client, terms), len(load.tokens) / ideal)


def fill(scale: Scale) -> Iterator[str]:
    """How full requests are, by true tokens."""
    load = _load(scale, scale.texts)
    ran = _raced(scale, load, SEMSEARCH, {"latency": 0.05})
    answered = [request for request in ran.requests if request["outcome"] == "200"]
    yield f"{len(load.tokens)} texts, {sum(load.tokens)} tokens: {ran.ended}"
    yield f"mean fill {ran.mean_fill:.1%} of the limit that binds"
    yield f"{len(answered)} requests; no packing needs less than {fewest_requests(load.tokens)}"
    shown = ", ".join(f"{r['texts']}/{r['tokens']}" for r in answered[:12])
    yield f"texts/tokens of the first: {shown}"


def faults(scale: Scale) -> Iterator[str]:
    """Throughput with every fifth request failing; requests are small, so that there are many."""
    load = _load(scale, scale.texts)
    inputs = MAX_INPUTS // 16
    client = replace(SEMSEARCH, variables={"SEMSEARCH_REQUEST_INPUTS": str(inputs)})
    terms = {"latency": 0.05, "fail_share": 0.2, "seed": 1, "max_inputs": inputs}
    allowed = replace(scale, seconds=max(300.0, scale.seconds))
    ran = _raced(allowed, load, client, terms)
    ledger, count = ran.ledger, len(load.tokens)
    yield f"{count} texts in {ran.seconds:.0f} s: {ran.ended}; vectors: {ran.output[0]}"
    yield f"outcomes: {json.dumps(ledger['outcomes'])}"
    yield f"embedded at least once: {ledger['distinct_texts_paid'] / count:.2%}"
    yield f"paid for more than once: {ledger['texts_paid_more_than_once'] / count:.2%}"
    yield f"sent more than once (refused ones again): {_share_sent_again(ledger):.2%}"


def memory(scale: Scale) -> Iterator[str]:
    """Memory of the process while texts are embedded."""
    client = Client("semsearch", "run_memory.py")
    with stand_in() as server:
        ran = race(client, server, 600, str(scale.memory_texts))
    yield f"{scale.memory_texts} short passages in {ran.seconds:.0f} s: {ran.ended}"
    yield "passages and megabytes in use: " + "; ".join(line for line in ran.output if line)


MEASURES: Final[Mapping[str, Callable[[Scale], Iterator[str]]]] = {
    "rates": rates,
    "fill": fill,
    "faults": faults,
    "memory": memory,
}


def _load(scale: Scale, count: int) -> Load:
    texts = list(passages(count))
    file, counts = (scale.folder / f"{name}-{count}.json" for name in ("texts", "counts"))
    file.write_text(json.dumps(texts))
    return Load(file, counts, counted(texts, counts))


def _bare(scale: Scale, load: Load) -> Client:
    file = scale.folder / "packs.json"
    file.write_text(json.dumps(packs(load.tokens)))
    return replace(BARE, arguments=[str(file)])


def _raced(scale: Scale, load: Load, client: Client, terms: Mapping[str, Any]) -> Race:
    with stand_in(counts_file=load.counts, **terms) as server:
        return race(client, server, scale.seconds, str(load.file))


def _row(ran: Race, ideal: float) -> str:
    return _ROW.format(
        ran.client,
        f"{ran.seconds:.1f}",
        f"{ran.cpu_seconds:.1f}",
        f"{ran.texts_a_second:.0f}",
        f"{ran.texts_a_second / ideal:.0%}",
        sum(request["outcome"] == "200" for request in ran.requests),
        f"{ran.mean_fill:.0%}",
        ran.ledger["refused"],
        "" if ran.ended == "done" else ran.ended,
    )


def _share_sent_again(ledger: Mapping[str, Any]) -> float:
    return float(ledger["texts_sent_more_than_once"] / max(1, ledger["distinct_texts"]))
