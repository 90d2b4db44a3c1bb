"""A retriever for LlamaIndex (extra ``llama-index``)."""

import asyncio
from collections.abc import Sequence

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks import CallbackManager
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from semsearch.integrations.found_passages import (
    OF_ONE_QUESTION,
    TOLD_TO_MODELS,
    FoundPassage,
    FoundPassages,
)
from semsearch.query.options import SearchOptions
from semsearch.query.parser import filter_of


class SemsearchRetriever(BaseRetriever):
    """Relevant passages of an index as LlamaIndex nodes, best first.

    >>> retriever = SemsearchRetriever("notes", similarity_top_k=4)  # doctest: +SKIP
    >>> retriever.retrieve("how do bees keep warm?")                 # doctest: +SKIP

    A node's ``node_id`` is stable between generations of the index and differs for equal texts of
    two files; its score is the relevance, 0 to 1. Of the metadata a language model sees the
    citation and the headings. Raises ``SemsearchError``.
    """

    def __init__(
        self,
        folder: str | None = None,
        *,
        index: str | None = None,
        embedder: str | None = None,
        similarity_top_k: int = 5,
        mode: str | None = None,
        min_relevance: float | None = None,
        per_document: int | None = None,
        paths: Sequence[str] = (),
        types: Sequence[str] = (),
        literal: bool = False,
        callback_manager: CallbackManager | None = None,
        verbose: bool = False,
    ) -> None:
        """``folder``, ``index`` and ``embedder`` are as for ``semsearch.Index``.

        ``literal``: words such as ``type:pdf`` in a question are no filters. Nothing is opened.
        Raises ``SettingsError`` for options out of their range.
        """
        super().__init__(callback_manager=callback_manager, verbose=verbose)
        options = SearchOptions().changed(
            limit=similarity_top_k,
            mode=mode,
            min_relevance=min_relevance,
            per_document=per_document,
            filter=filter_of(paths=paths, types=types),
            literal=literal,
        )
        self._passages = FoundPassages(folder, index, embedder, options)

    def close(self) -> None:
        """Close the index; a later question opens it again."""
        self._passages.close()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_node(found) for found in self._passages.ask(query_bundle.query_str)]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


def _node(found: FoundPassage) -> NodeWithScore:
    # The framework's fusion takes nodes for the same by text and metadata, not by id: with a number
    # of the question among them, what two questions find would not count twice.
    metadata = {name: told for name, told in found.metadata.items() if name not in OF_ONE_QUESTION}
    hidden = [name for name in metadata if name not in TOLD_TO_MODELS]
    node = TextNode(
        id_=found.id,
        text=found.text,
        metadata=metadata,
        excluded_llm_metadata_keys=hidden,
        excluded_embed_metadata_keys=hidden,
    )
    return NodeWithScore(node=node, score=found.relevance)
