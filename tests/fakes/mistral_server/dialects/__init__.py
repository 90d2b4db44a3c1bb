"""Dialects: the refusal messages and limits of each server."""

from typing import Final

from fakes.mistral_server.dialects.dialect import Dialect
from fakes.mistral_server.dialects.llama_cpp import LLAMA_CPP
from fakes.mistral_server.dialects.mistral import MISTRAL
from fakes.mistral_server.dialects.ollama import OLLAMA
from fakes.mistral_server.dialects.openai import OPENAI
from fakes.mistral_server.dialects.tei import TEI

DIALECTS: Final = {dialect.name: dialect for dialect in (MISTRAL, OPENAI, OLLAMA, LLAMA_CPP, TEI)}

__all__ = ["DIALECTS", "Dialect"]
