"""The retrievers inside the frameworks that they are for."""

import asyncio
import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from llama_index.core.base.response.schema import Response
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import ResponseMode, get_response_synthesizer
from llama_index.core.schema import QueryBundle
from pydantic import ValidationError

from graphrag import GraphRAG
from graphrag.adapters import langchain, llamaindex
from graphrag.errors import InputError

QUESTION = "What is the place of birth of the director of film Under The Cards?"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def rag(sample_workspace: Path) -> Iterator[GraphRAG]:
    with GraphRAG.open(sample_workspace) as rag:
        yield rag


def check(rag: GraphRAG, metadata: dict[str, object], text: str) -> None:
    """Check that a passage and its citations stand where they say."""
    document = rag.store.document(str(metadata["document_id"]))
    assert document is not None
    assert document.text[metadata["start"] : metadata["end"]] == text
    for quote in metadata["citations"]:
        assert document.text[quote["start"] : quote["end"]] == quote["quote"]


def test_langchain(rag: GraphRAG) -> None:
    retriever = langchain.GraphRAGRetriever(source=rag, k=4)
    found = retriever.invoke(QUESTION)
    passages = rag.search(QUESTION, 4).passages
    assert [one.id for one in found] == [one.chunk.id for one in passages]
    assert [one.metadata["score"] for one in found] == [one.score for one in passages]
    assert found == asyncio.run(retriever.ainvoke(QUESTION))
    for one in found:
        check(rag, one.metadata, one.page_content)
    assert any(one.metadata["citations"] for one in found)


def test_langchain_in_a_chain(rag: GraphRAG) -> None:
    retriever = langchain.GraphRAGRetriever(source=rag, k=2, filters={"title": "Under the Cards"})
    prompt = ChatPromptTemplate.from_template("{context}\n{question}")
    context = retriever | RunnableLambda(lambda found: "; ".join(one.metadata["title"] for one in found))
    chain = {"context": context, "question": RunnablePassthrough()} | prompt | RunnableLambda(lambda p: p.to_string())
    assert (chain | StrOutputParser()).invoke("Who directed it?") == "Human: Under the Cards\nWho directed it?"


def test_langchain_refuses_what_cannot_search() -> None:
    with pytest.raises(ValidationError):
        langchain.GraphRAGRetriever(source="workspace")
    with pytest.raises(ValidationError):
        langchain.GraphRAGRetriever(source=None, k=0)


def test_llamaindex(rag: GraphRAG) -> None:
    retriever = llamaindex.GraphRAGRetriever(rag, k=4)
    found = retriever.retrieve(QUESTION)
    passages = rag.search(QUESTION, 4).passages
    assert [(one.node_id, one.score) for one in found] == [(one.chunk.id, one.score) for one in passages]
    assert [one.node_id for one in asyncio.run(retriever.aretrieve(QueryBundle(QUESTION)))] == [
        one.node_id for one in found
    ]
    for one in found:
        check(rag, one.metadata, one.text)
        assert one.node.ref_doc_id == one.metadata["document_id"]
        assert "found_by" not in one.node.get_content("llm") and one.text in one.node.get_content("llm")
    with pytest.raises(InputError):
        llamaindex.GraphRAGRetriever(rag, k=1000).retrieve(QUESTION)


def test_llamaindex_in_an_engine(rag: GraphRAG) -> None:
    """The query engine hands the passages to a model that repeats its prompt."""
    synthesizer = get_response_synthesizer(llm=MockLLM(), response_mode=ResponseMode.COMPACT)
    engine = RetrieverQueryEngine(llamaindex.GraphRAGRetriever(rag, k=3), synthesizer)
    answer = engine.query(QUESTION)
    assert isinstance(answer, Response) and answer.response is not None
    assert "André Cayatte" in answer.response
    assert len(answer.source_nodes) == 3


def test_entry_points_lead_to_the_retrievers() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    points = project["entry-points"]["hopgraph.adapters"]
    assert set(points) == {"langchain", "llamaindex"} <= set(project["optional-dependencies"])
    for target in points.values():
        module, _, name = target.partition(":")
        assert hasattr(getattr(importlib.import_module(module), name), "retrieve" if "llama" in module else "invoke")
