"""A retriever for LlamaIndex (extra ``[llamaindex]``)."""

from collections.abc import Mapping

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from graphrag.adapters.source import Searchable, metadata_of
from graphrag.types import Evidence

__all__ = ["GraphRAGRetriever"]

# What a language model need not read beside the passage.
_NOT_TOLD = ["document_id", "chunk_id", "start", "end", "score", "found_by", "path", "citations"]


class GraphRAGRetriever(BaseRetriever):
    """Finds passages for LlamaIndex.

    A node's text is the passage, its id the passage's, its source the document, and its ``metadata`` hold score, place
    and citations as :func:`graphrag.adapters.source.metadata_of` says.

    Parameters
    ----------
    source : Searchable
        An opened :class:`graphrag.GraphRAG`, or a :class:`graphrag.client.Client`; the caller closes it.
    k : int
        Number of passages.
    mode : str, optional
        As :meth:`graphrag.GraphRAG.search`.
    filters : mapping, optional
        As :meth:`graphrag.GraphRAG.search`.
    """

    def __init__(
        self, source: Searchable, k: int = 8, mode: str | None = None, filters: Mapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self._source = source
        self._k = k
        self._mode = mode
        self._filters = filters

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """Return the passages of a question."""
        found = self._source.search(query_bundle.query_str, self._k, self._mode, self._filters).passages
        return [NodeWithScore(node=_node(one), score=one.score) for one in found]


def _node(found: Evidence) -> TextNode:
    """Return a passage as a node."""
    chunk = found.chunk
    return TextNode(
        id_=chunk.id,
        text=chunk.text,
        start_char_idx=chunk.span.start,
        end_char_idx=chunk.span.end,
        metadata=metadata_of(found),
        excluded_llm_metadata_keys=_NOT_TOLD,
        excluded_embed_metadata_keys=_NOT_TOLD,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=chunk.document_id)},
    )
