"""Command line of the stand-in: ``scripts/fake_mistral``."""

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from fakes.mistral_server.chat_catalogue import CHAT_NAMES
from fakes.mistral_server.dialects import DIALECTS
from fakes.mistral_server.fault_catalogue import FAULT_NAMES, named_fault
from fakes.mistral_server.server import mistral_server
from fakes.mistral_server.terms import Terms

_DESCRIPTION: Final = "A stand-in for Mistral's embeddings and chat API on this machine."
_EXAMPLES: Final = """\
examples:
  scripts/fake_mistral
  scripts/fake_mistral --latency 0.2 --requests-per-minute 60 --burst 5
  scripts/fake_mistral --fail-share 0.2 --seed 7
  scripts/fake_mistral --faults 429,429,reset-in-body
  scripts/fake_mistral --dialect tei --port 8080
  scripts/fake_mistral --chat mixed --chat-pause 0.05
  scripts/fake_mistral --list-faults

The two lines that it prints can be pasted into a shell; what it received, which is what would be
billed, is at GET /stand-in/ledger while it runs (each request at /stand-in/requests), and is
printed when it ends (Ctrl-C).
"""
_HELP: Final = {
    "key": "the key that it takes",
    "dialect": "whose limits, fields and refusals",
    "max_inputs": "the most texts of a request",
    "max_tokens": "the most tokens of a request",
    "max_tokens_a_text": "the most tokens of a text",
    "refuses_as_before_2026": 'say "Too many tokens in batch. Max is …"',
    "encoding": "send floats or base64 unasked",
    "latency": "seconds that an answer takes",
    "jitter": "seconds that are added at random, at most",
    "requests_per_minute": "refuse what is above it with 429",
    "tokens_per_minute": "refuse what is above it with 429",
    "window": "a bucket that refills, or no more than the limit in any minute",
    "burst": "requests that a full bucket holds (a minute's worth)",
    "minute": "seconds that a minute has",
    "retry_after": "the header's value with a 429 (none)",
    "counter": "count tokens by words, by bytes (faster), or with the vocabulary of mistral-embed",
    "vocabulary": "tokenizer.model.v1, if mistral-common is not installed",
    "counts_file": "JSON with the tokens of texts, by their digest",
    "vectors": "by the words of a text, or from a pool (for large loads)",
    "fail_share": "share of the requests that fail in a way that passes",
    "seed": "for all that is random",
    "chat": "the manners of the chat model: what it writes, and how its server sends it",
    "chat_context": "the most tokens of its prompt",
    "chat_pause": "seconds between two packets of its answer",
    "batch_seconds": "that a batch job is queued, and then again at work",
    "batch_polls": "looks at a batch job that find it queued, and then again at work",
    "batch_fail_share": "share of the lines of a batch job that fail",
}

# A port that is taken or none, a file that is missing or no JSON, a tokenizer that does not open.
_CANNOT: Final = (OSError, OverflowError, ValueError, ImportError, RuntimeError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM, then print the ledger; returns 2 if it cannot serve."""
    options = vars(_parser().parse_args(arguments))
    as_json = options.pop("json")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        summary = _served(options, ended)
    except _CANNOT as error:
        print(f"fake_mistral: cannot serve: {error}; see --help", file=sys.stderr)
        return 2
    try:
        print(json.dumps(summary) if as_json else _shown(summary), flush=True)
    except BrokenPipeError:  # nobody reads it any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _served(options: dict[str, Any], ended: threading.Event) -> dict[str, Any]:
    """Serve until the end, and return the ledger."""
    port = options.pop("port")
    faults = [named_fault(name) for name in options.pop("faults")]
    terms = Terms(**options, keeps_texts=False, checks_answers=False)
    with mistral_server(terms, port=port) as server:
        server.faults.extend(faults)
        variables = {"MISTRAL_BASE_URL": server.url, "MISTRAL_API_KEY": terms.key}
        print(
            *(f"export {name}={value}" for name, value in variables.items()), sep="\n", flush=True
        )
        ended.wait()
        return server.ledger.summary()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "fake_mistral",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="a free one if not given")
    parser.add_argument("--json", action="store_true", help="print the ledger as JSON")
    parser.add_argument("--list-faults", action=_ListFaults, help="print the names and end")
    parser.add_argument(
        "--faults", type=_fault_names, default=[], metavar="NAME,…|FILE",
        help="one a request, in order; a file has a name a line",
    )  # fmt: skip
    for field in fields(Terms):
        if field.name in _HELP:
            parser.add_argument(f"--{field.name.replace('_', '-')}", **_option(field.name))
    return parser


def _option(name: str) -> dict[str, Any]:
    """The argparse option of a field of ``Terms``."""
    usual = getattr(Terms(), name)
    if usual is False:
        return {"action": "store_true", "help": _HELP[name]}
    choices = {
        "dialect": tuple(DIALECTS),
        "encoding": ("asked", "float", "base64"),
        "window": ("bucket", "sliding"),
        "counter": ("words", "bytes", "v1"),
        "vectors": ("words", "pool"),
        "chat": CHAT_NAMES,
    }.get(name)
    shown = "" if usual is None or name == "key" else f" ({usual})"
    return {
        "default": usual,
        "type": _KINDS.get(name, float),
        "choices": choices,
        "help": _HELP[name] + shown,
        **({} if choices else {"metavar": "N" if name not in _KINDS else name.upper()}),
    }


_KINDS: Final = {
    **dict.fromkeys(
        ("key", "dialect", "encoding", "window", "retry_after", "counter", "chat"), str
    ),
    **dict.fromkeys(("max_inputs", "max_tokens", "max_tokens_a_text", "seed", "batch_polls"), int),
    "chat_context": int,
    **dict.fromkeys(("vocabulary", "counts_file"), Path),
    "vectors": str,
}


class _ListFaults(argparse.Action):
    """Prints the fault names, like ``--help`` prints the help."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print("\n".join(FAULT_NAMES))
        parser.exit()


def _fault_names(given: str) -> list[str]:
    """The names in a list, or in a file."""
    path = Path(given)
    names = path.read_text().split() if path.is_file() else given.split(",")
    for name in names:
        if name not in FAULT_NAMES:
            raise argparse.ArgumentTypeError(f"{name!r} is no fault; see --list-faults")
    return names


def _shown(summary: dict[str, Any]) -> str:
    rows = {**summary, "outcomes": ", ".join(f"{n}: {c}" for n, c in summary["outcomes"].items())}
    return "\n".join(f"{name.replace('_', ' '):28}{value}" for name, value in rows.items())


if __name__ == "__main__":
    sys.exit(main())
