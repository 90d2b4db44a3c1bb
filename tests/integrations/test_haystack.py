"""The retriever for Haystack."""

import asyncio
from pathlib import Path

import pytest
from haystack import Pipeline
from haystack.components.builders import PromptBuilder

from semsearch.integrations.haystack import SemsearchRetriever

PROMPT = "{% for one in documents %}[{{ one.meta.citation }}] {{ one.content }}\n{% endfor %}"


def pipeline(notes: Path) -> Pipeline:
    """A retriever whose documents go into a prompt."""
    made = Pipeline()
    made.add_component("retriever", SemsearchRetriever(str(notes), top_k=1))
    made.add_component("prompt", PromptBuilder(PROMPT, required_variables="*"))
    made.connect("retriever.documents", "prompt.documents")
    return made


def test_a_pipeline_gets_documents_with_citations(notes: Path) -> None:
    """Into the next component."""
    told = pipeline(notes).run({"retriever": {"query": "how long is the notice of the lease?"}})
    assert told["prompt"]["prompt"] == (
        "[lease.txt:1] The notice period of the lease is three months.\n"
    )


def test_a_saved_pipeline_loads_where_the_module_is_allowed(
    notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The framework refuses modules that its user has not allowed."""
    saved = pipeline(notes).dumps()
    with pytest.raises(Exception, match="HAYSTACK_DESERIALIZATION_ALLOWLIST"):
        Pipeline.loads(saved)
    monkeypatch.setenv("HAYSTACK_DESERIALIZATION_ALLOWLIST", "semsearch.*")
    loaded = Pipeline.loads(saved)
    told = loaded.run({"retriever": {"query": "the lease", "top_k": 1}})
    assert told["prompt"]["prompt"].startswith("[lease.txt:1]")


def test_asking_in_an_event_loop_gives_the_same(notes: Path) -> None:
    """And lets the loop run, in a thread."""
    retriever = SemsearchRetriever(str(notes))
    now = [one.id for one in retriever.run("bees")["documents"]]
    later = [one.id for one in asyncio.run(retriever.run_async("bees"))["documents"]]
    retriever.close()
    assert now == later != []
