"""A retriever for LangChain (extra ``[langchain]``)."""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from graphrag.adapters.source import Searchable, metadata_of

__all__ = ["GraphRAGRetriever"]


class GraphRAGRetriever(BaseRetriever):
    """Finds passages for LangChain.

    A document's ``page_content`` is the passage, its ``id`` the passage's, and its ``metadata`` hold score, place and
    citations as :func:`graphrag.adapters.source.metadata_of` says.

    Parameters
    ----------
    source : Searchable
        An opened :class:`graphrag.GraphRAG`, or a :class:`graphrag.client.Client`; the caller closes it.
    k : int
        Number of passages.
    mode : str, optional
        As :meth:`graphrag.GraphRAG.search`.
    filters : dict, optional
        As :meth:`graphrag.GraphRAG.search`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    source: Searchable
    k: int = Field(default=8, ge=1, le=200)
    mode: str | None = None
    filters: dict[str, str] | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        """Return the passages of a question; LangChain calls it in a thread where it is awaited."""
        found = self.source.search(query, self.k, self.mode, self.filters).passages
        return [Document(id=one.chunk.id, page_content=one.chunk.text, metadata=metadata_of(one)) for one in found]
