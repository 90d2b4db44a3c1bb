"""A retriever for Haystack (extra ``haystack``)."""

import asyncio
from typing import Any

from haystack import Document, component, default_from_dict, default_to_dict

from semsearch.integrations.found_passages import FoundPassage, FoundPassages
from semsearch.query.options import SearchOptions
from semsearch.query.parser import filter_of


@component
class SemsearchRetriever:
    """Relevant passages of an index as Haystack documents, best first.

    >>> retriever = SemsearchRetriever("notes", top_k=4)             # doctest: +SKIP
    >>> retriever.run(query="how do bees keep warm?")["documents"]   # doctest: +SKIP

    A document's ``id`` is stable between generations of the index; its score is the relevance, 0 to
    1. A pipeline that was saved loads again where Haystack is allowed to import this module:
    ``HAYSTACK_DESERIALIZATION_ALLOWLIST=semsearch.*``.
    """

    def __init__(
        self,
        folder: str | None = None,
        *,
        index: str | None = None,
        embedder: str | None = None,
        top_k: int = 5,
        mode: str | None = None,
        min_relevance: float | None = None,
        per_document: int | None = None,
        paths: list[str] | None = None,
        types: list[str] | None = None,
        literal: bool = False,
    ) -> None:
        """``folder``, ``index`` and ``embedder`` are as for ``semsearch.Index``.

        ``literal``: words such as ``type:pdf`` in a question are no filters. Nothing is opened.
        Raises ``SettingsError`` for options out of their range.
        """
        self._values: dict[str, Any] = {
            "folder": folder,
            "index": index,
            "embedder": embedder,
            "top_k": top_k,
            "mode": mode,
            "min_relevance": min_relevance,
            "per_document": per_document,
            "paths": paths,
            "types": types,
            "literal": literal,
        }
        options = SearchOptions().changed(
            limit=top_k,
            mode=mode,
            min_relevance=min_relevance,
            per_document=per_document,
            filter=filter_of(paths=paths or (), types=types or ()),
            literal=literal,
        )
        self._passages = FoundPassages(folder, index, embedder, options)

    def close(self) -> None:
        """Close the index; a later question opens it again."""
        self._passages.close()

    def to_dict(self) -> dict[str, Any]:
        """The component as values, for a pipeline that is saved."""
        return default_to_dict(self, **self._values)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "SemsearchRetriever":
        """The component of ``to_dict``; raises ``SettingsError``."""
        made: SemsearchRetriever = default_from_dict(cls, data)
        return made

    @component.output_types(documents=list[Document])
    def run(self, query: str, top_k: int | None = None) -> dict[str, list[Document]]:
        """Answer a question; raises ``SemsearchError``."""
        return {"documents": [_document(found) for found in self._passages.ask(query, top_k)]}

    @component.output_types(documents=list[Document])
    async def run_async(self, query: str, top_k: int | None = None) -> dict[str, list[Document]]:
        """Answer a question in a thread; raises ``SemsearchError``."""
        found = await asyncio.to_thread(self._passages.ask, query, top_k)
        return {"documents": [_document(one) for one in found]}


def _document(found: FoundPassage) -> Document:
    return Document(id=found.id, content=found.text, meta=found.metadata, score=found.relevance)
