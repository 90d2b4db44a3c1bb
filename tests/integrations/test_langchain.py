"""The retriever for LangChain."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.load import dumps

from semsearch import SemsearchError
from semsearch.integrations.langchain import SemsearchRetriever

SUITE = """
import pytest
from langchain_tests.integration_tests import RetrieversIntegrationTests
from semsearch.integrations.langchain import SemsearchRetriever


class TestSemsearch(RetrieversIntegrationTests):
    retriever_constructor = SemsearchRetriever
    retriever_constructor_params = {{"folder": {folder!r}, "min_relevance": 0.0}}
    retriever_query_example = "how do bees keep warm?"
"""


def test_langchains_own_tests_pass(notes: Path, tmp_path: Path) -> None:
    """All five, one of them asynchronous, in a process that has their plugins."""
    (tmp_path / "test_suite.py").write_text(SUITE.format(folder=str(notes)))
    command = ["-m", "pytest", "-q", "-c", "/dev/null", "-o", "asyncio_mode=auto"]
    done = subprocess.run(
        [sys.executable, *command, "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_a_document_has_its_citation_and_flat_metadata(notes: Path) -> None:
    """Names as in the JSON of a hit; what the format lacks is left out."""
    retriever = SemsearchRetriever(folder=str(notes), k=1)
    (document,) = retriever.invoke("how long is the notice of the lease?")
    retriever.close()
    assert document.page_content == "The notice period of the lease is three months."
    assert document.id is not None
    assert document.id.startswith("lease.txt:1#")
    told = document.metadata
    assert (told["citation"], told["path"]) == ("lease.txt:1", "lease.txt")
    assert (told["first_line"], told["last_line"], told["standing"]) == (1, 1, "exact")
    assert 0.25 <= told["relevance"] <= 1
    assert all(isinstance(value, str | int | float) for value in told.values())


def test_a_passage_that_two_questions_find_is_the_same_document(notes: Path) -> None:
    """As retrievers that ask several questions tell it, though its relevance differs."""
    retriever = SemsearchRetriever(folder=str(notes), k=1)
    (one,) = retriever.invoke("how long is the notice of the lease?")
    (other,) = retriever.invoke("notice period")
    retriever.close()
    assert one.metadata["relevance"] != other.metadata["relevance"]
    assert one in [other]
    assert one not in [other.model_copy(update={"page_content": "another text"})]
    assert json.loads(dumps(one))["id"] == Document.lc_id()


def test_k_of_one_call_holds_for_that_call(notes: Path) -> None:
    """As LangChain's other retrievers take it."""
    retriever = SemsearchRetriever(folder=str(notes), k=1, min_relevance=0)
    assert len(retriever.invoke("warm", k=3)) == 3
    assert len(retriever.invoke("warm")) == 1
    retriever.close()


def test_options_restrict_the_search(notes: Path) -> None:
    """By path and by type."""
    retriever = SemsearchRetriever(folder=str(notes), types=["md"], paths=["sub/"])
    assert {one.metadata["path"] for one in retriever.invoke("bees")} == {"sub/bees.md"}
    retriever.close()


def test_types_are_written_as_in_a_query(notes: Path) -> None:
    """In any case, and ! negates."""
    for types in (["MD"], [".md"], ["!txt"]):
        retriever = SemsearchRetriever(folder=str(notes), types=types)
        paths = {one.metadata["path"] for one in retriever.invoke("bees")}
        retriever.close()
        assert paths == {"bees.md"} or paths == {"bees.md", "sub/bees.md"}, types


def test_a_misspelt_option_is_told(notes: Path) -> None:
    """It is not left aside in silence."""
    with pytest.raises(ValueError, match="pathz"):
        SemsearchRetriever.model_validate({"folder": str(notes), "pathz": ["sub/"]})


def test_without_an_index_the_error_says_what_to_do(tmp_path: Path) -> None:
    """At the first question."""
    with pytest.raises(SemsearchError, match="semsearch index"):
        SemsearchRetriever(folder=str(tmp_path)).invoke("anything")


def test_many_threads_ask_one_retriever(notes: Path) -> None:
    """A batch is asked in threads, in the order of its questions."""
    retriever = SemsearchRetriever(folder=str(notes), k=1)
    asked = ["the lease", "the lighthouse keeper", "bread dough"] * 8
    first = [documents[0].page_content[:9] for documents in retriever.batch(asked)]
    retriever.close()
    assert first == ["The notic", "The light", "Bread dou"] * 8
