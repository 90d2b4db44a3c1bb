"""A retriever for LangChain (extra ``langchain``)."""

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, PrivateAttr

from semsearch.integrations.found_passages import FoundPassage, FoundPassages
from semsearch.query.options import SearchOptions
from semsearch.query.parser import filter_of


class PassageDocument(Document):
    """A passage as a document, equal to itself when another question has found it.

    Its relevance differs then, which has no place but the metadata: retrievers that ask several
    questions drop a document that they have by ``==`` (``MultiQueryRetriever``). It is saved and
    loaded as LangChain's own class.
    """

    def __eq__(self, other: object) -> bool:
        """Whether the place and the text are the same."""
        if not isinstance(other, Document):
            return NotImplemented
        return (self.id, self.page_content) == (other.id, other.page_content)

    @classmethod
    def lc_id(cls) -> list[str]:
        """The id of LangChain's own class."""
        return Document.lc_id()


class SemsearchRetriever(BaseRetriever):
    """Relevant passages of an index as LangChain documents, best first.

    >>> retriever = SemsearchRetriever(folder="notes", k=4)          # doctest: +SKIP
    >>> retriever.invoke("how do bees keep warm?")                   # doctest: +SKIP

    A document's ``id`` is stable between generations of the index; its metadata are flat. There are
    fewer documents than ``k``, or none, where no more passages are relevant. Raises
    ``SemsearchError``. Asynchronous calls run in a thread.
    """

    model_config = ConfigDict(extra="forbid")  # a word that is misspelt is told

    folder: str | None = Field(None, description="The indexed folder, or its name.")
    index: str | None = Field(None, description="An index directory that is kept elsewhere.")
    embedder: str | None = Field(None, description="URI of the index's embedder, if it must be.")
    k: int = Field(5, ge=1, description="The most documents.")
    mode: str | None = Field(None, description="hybrid, semantic or keyword.")
    min_relevance: float | None = Field(None, ge=0, le=1, description="0.25 where it is not given.")
    per_document: int | None = Field(None, ge=1, description="The most passages of one file.")
    paths: list[str] = Field(default_factory=list, description="Globs, as in a .gitignore.")
    types: list[str] = Field(default_factory=list, description="Types of files, such as pdf.")
    literal: bool = Field(False, description="Words such as type:pdf in a question are no filters.")

    _passages: FoundPassages = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Check the options; nothing is opened. Raises ``SettingsError``."""
        super().model_post_init(context)
        options = SearchOptions().changed(
            limit=self.k,
            mode=self.mode,
            min_relevance=self.min_relevance,
            per_document=self.per_document,
            filter=filter_of(paths=self.paths, types=self.types),
            literal=self.literal,
        )
        self._passages = FoundPassages(self.folder, self.index, self.embedder, options)

    def close(self) -> None:
        """Close the index; a later question opens it again."""
        self._passages.close()

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        return [_document(found) for found in self._passages.ask(query, k)]


def _document(found: FoundPassage) -> Document:
    return PassageDocument(id=found.id, page_content=found.text, metadata=found.metadata)
