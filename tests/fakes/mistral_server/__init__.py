"""A stand-in for Mistral's embeddings and chat API, and for servers with the same wire format.

A real HTTP server on loopback, made of the standard library's. It keeps to Mistral's published
OpenAPI files, refuses with the bodies that the real one has been seen to send, misbehaves on
demand, and keeps a ledger of what a client would have been billed.

    with mistral_server(requests_per_minute=60, latency=0.2) as server:
        server.faults.append(named_fault("reset-in-body"))
        ...
        server.ledger.summary()["texts_paid_more_than_once"]
"""

from fakes.mistral_server.chat_catalogue import CHAT_NAMES
from fakes.mistral_server.chat_script import ChatScript
from fakes.mistral_server.fault import Fault
from fakes.mistral_server.fault_catalogue import FAULT_NAMES, named_fault, redirect
from fakes.mistral_server.server import MistralServer, mistral_server
from fakes.mistral_server.terms import (
    DIMENSION,
    KEY,
    MAX_INPUTS,
    MAX_TOKENS,
    MAX_TOKENS_A_TEXT,
    Terms,
)
from fakes.mistral_server.token_counting import token_count
from fakes.mistral_server.vectors import nested_vector_of, vector_of

__all__ = [
    "CHAT_NAMES",
    "DIMENSION",
    "FAULT_NAMES",
    "KEY",
    "MAX_INPUTS",
    "MAX_TOKENS",
    "MAX_TOKENS_A_TEXT",
    "ChatScript",
    "Fault",
    "MistralServer",
    "Terms",
    "mistral_server",
    "named_fault",
    "nested_vector_of",
    "redirect",
    "token_count",
    "vector_of",
]
