"""The retriever for LlamaIndex."""

import asyncio
from pathlib import Path

import pytest
from llama_index.core.llms import MockLLM
from llama_index.core.postprocessor import SimilarityPostprocessor
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import MetadataMode, QueryBundle

from semsearch import SettingsError
from semsearch.integrations.llama_index import SemsearchRetriever


def test_equal_texts_of_two_files_have_different_ids(notes: Path) -> None:
    """The framework keeps one node an id."""
    ids = []
    for path in ("a.txt", "b.txt"):
        retriever = SemsearchRetriever(str(notes), paths=[path])
        (node,) = retriever.retrieve("the lighthouse keeper")
        retriever.close()
        ids.append(node.node_id)
    assert [one.partition("#")[0] for one in ids] == ["a.txt:1", "b.txt:1"]
    assert len({one.partition("#")[2] for one in ids}) == 1


def test_copies_are_one_node_that_names_them(notes: Path) -> None:
    """A model does not read the same text twice."""
    retriever = SemsearchRetriever(str(notes))
    nodes = retriever.retrieve("the lighthouse keeper")
    retriever.close()
    assert [(node.metadata["citation"], node.metadata["copies"]) for node in nodes] == [
        ("a.txt:1", "b.txt:1")
    ]


def test_a_model_sees_the_citation_and_no_numbers(notes: Path) -> None:
    """Scores and lines are for programs."""
    retriever = SemsearchRetriever(str(notes), similarity_top_k=1)
    (node,) = retriever.retrieve("how do bees keep warm in a dense cluster?")
    retriever.close()
    shown = node.node.get_content(MetadataMode.LLM)
    assert "citation: bees.md:1-5" in shown
    assert "headings: Bees > Winter" in shown
    assert "score" not in shown
    assert node.metadata["last_line"] == 5


def test_asking_in_an_event_loop_gives_the_same(notes: Path) -> None:
    """And lets the loop run, in a thread."""
    retriever = SemsearchRetriever(str(notes))
    now = [node.node_id for node in retriever.retrieve("bees")]
    later = [node.node_id for node in asyncio.run(retriever.aretrieve("bees"))]
    retriever.close()
    assert now == later != []


def test_other_parts_of_the_framework_take_its_nodes(notes: Path) -> None:
    """Fusion with a second retriever, and a cut by similarity."""
    retriever = SemsearchRetriever(str(notes), min_relevance=0)
    words = SemsearchRetriever(str(notes), mode="keyword", min_relevance=0)
    fused = QueryFusionRetriever(
        [retriever, words], llm=MockLLM(), num_queries=1, use_async=False, mode="reciprocal_rerank"
    )
    best = fused.retrieve("notice period of the lease")
    assert best[0].metadata["path"] == "lease.txt"
    assert best[0].score == pytest.approx(2 / 60)  # both found it first; it is the same node
    nodes = retriever.retrieve("notice period of the lease")
    cut = SimilarityPostprocessor(similarity_cutoff=0.5).postprocess_nodes(
        nodes, QueryBundle("notice period of the lease")
    )
    retriever.close()
    words.close()
    assert [node.metadata["path"] for node in cut] == ["lease.txt"]


def test_an_option_out_of_its_range_is_refused() -> None:
    """When the retriever is made."""
    with pytest.raises(SettingsError, match="no mode"):
        SemsearchRetriever("notes", mode="fast")
