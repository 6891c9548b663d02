"""Each peer as its own documentation sets it up. Runs in the peers' environment: no SummitQA here.

A system indexes one article, given as its text and the spans of its paragraphs, and gives for a
question the best spans of the text. All get the same model folder.
"""

from collections.abc import Callable, Sequence
from typing import Any

Span = tuple[int, int]
Search = Callable[[str, int], list[Span]]
System = Callable[[str, str, Sequence[Span]], Search]


def txtai(hybrid: bool) -> System:
    """https://neuml.github.io/txtai/embeddings/configuration/general/#hybrid"""
    from txtai import Embeddings

    models: dict[str, Any] = {}

    def index(model: str, text: str, paragraphs: Sequence[Span]) -> Search:
        embeddings = Embeddings(path=model, hybrid=hybrid, content=False, gpu=False, models=models)
        embeddings.index((number, text[a:b], None) for number, (a, b) in enumerate(paragraphs))
        return lambda question, top: [
            paragraphs[int(number)] for number, _ in embeddings.search(question, top)
        ]

    return index


def haystack(hybrid: bool) -> System:
    """https://docs.haystack.deepset.ai/docs/inmemorybm25retriever, and documentjoiner there"""
    from haystack import Document
    from haystack.components.embedders import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.retrievers.in_memory import (
        InMemoryBM25Retriever,
        InMemoryEmbeddingRetriever,
    )
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    loaded: list[Any] = []

    def index(model: str, text: str, _: Sequence[Span]) -> Search:
        if not loaded:
            loaded.append(SentenceTransformersDocumentEmbedder(model=model, progress_bar=False))
            loaded.append(SentenceTransformersTextEmbedder(model=model, progress_bar=False))
            for part in loaded:
                part.warm_up()
        splitter = DocumentSplitter()
        splitter.warm_up()
        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        split = splitter.run(documents=[Document(content=text)])["documents"]
        store.write_documents(loaded[0].run(documents=split)["documents"])
        dense, sparse = InMemoryEmbeddingRetriever(store), InMemoryBM25Retriever(store)
        joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion")

        def search(question: str, top: int) -> list[Span]:
            vector = loaded[1].run(text=question)["embedding"]
            found = dense.run(query_embedding=vector, top_k=top)["documents"]
            if hybrid:
                words = sparse.run(query=question, top_k=top)["documents"]
                found = joiner.run(documents=[found, words])["documents"]
            starts = [document.meta["split_idx_start"] for document in found]
            return [(at, at + len(one.content)) for at, one in zip(starts, found, strict=True)]

        return search

    return index


def langchain(size: int, overlap: int) -> System:
    """https://docs.langchain.com/oss/python/integrations/vectorstores/faiss"""
    from langchain_community.vectorstores import FAISS
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    loaded: list[Any] = []

    def index(model: str, text: str, _: Sequence[Span]) -> Search:
        if not loaded:
            loaded.append(HuggingFaceEmbeddings(model_name=model, model_kwargs={"device": "cpu"}))
        splitter = RecursiveCharacterTextSplitter(
            chunk_size=size, chunk_overlap=overlap, add_start_index=True
        )
        store = FAISS.from_documents(splitter.create_documents([text]), loaded[0])

        def search(question: str, top: int) -> list[Span]:
            found = store.similarity_search(question, k=top)
            starts = [document.metadata["start_index"] for document in found]
            return [(at, at + len(one.page_content)) for at, one in zip(starts, found, strict=True)]

        return search

    return index


def llama_index() -> System:
    """https://docs.llamaindex.ai/en/stable/understanding/indexing/indexing/"""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    loaded: list[Any] = []

    def index(model: str, text: str, _: Sequence[Span]) -> Search:
        if not loaded:
            loaded.append(HuggingFaceEmbedding(model_name=model, device="cpu"))
        built = VectorStoreIndex.from_documents([Document(text=text)], embed_model=loaded[0])

        def search(question: str, top: int) -> list[Span]:
            nodes = [
                one.node for one in built.as_retriever(similarity_top_k=top).retrieve(question)
            ]
            return [(node.start_char_idx, node.end_char_idx) for node in nodes]

        return search

    return index


SYSTEMS: dict[str, Callable[[], System]] = {
    "txtai, hybrid": lambda: txtai(hybrid=True),
    "txtai, dense": lambda: txtai(hybrid=False),
    "Haystack, hybrid": lambda: haystack(hybrid=True),
    "Haystack, dense": lambda: haystack(hybrid=False),
    "LangChain 1000/200, FAISS": lambda: langchain(1000, 200),
    "LangChain 4000/200, FAISS": lambda: langchain(4000, 200),
    "LlamaIndex, default": llama_index,
}
