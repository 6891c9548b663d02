"""Each peer as its own documentation sets it up. Runs in the peers' environment: no SummitQA here.

A system indexes a shelf, of each article the "text" and the spans of its "paragraphs", and gives
for a question the best spans, each with the number of its article before it. All get the same
model folder.
"""

from collections.abc import Callable, Sequence
from typing import Any

Span = tuple[int, int, int]
Search = Callable[[str, int], list[Span]]
Shelf = Sequence[dict[str, Any]]
System = Callable[[str, Shelf], Search]


def txtai(hybrid: bool) -> System:
    """https://neuml.github.io/txtai/embeddings/configuration/general/#hybrid"""
    from txtai import Embeddings

    models: dict[str, Any] = {}

    def index(model: str, shelf: Shelf) -> Search:
        embeddings = Embeddings(path=model, hybrid=hybrid, content=False, gpu=False, models=models)
        spans = [(n, a, b) for n, article in enumerate(shelf) for a, b in article["paragraphs"]]
        embeddings.index(
            (number, shelf[n]["text"][a:b], None) for number, (n, a, b) in enumerate(spans)
        )
        return lambda question, top: [
            spans[int(number)] for number, _ in embeddings.search(question, top)
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

    def index(model: str, shelf: Shelf) -> Search:
        if not loaded:
            loaded.append(SentenceTransformersDocumentEmbedder(model=model, progress_bar=False))
            loaded.append(SentenceTransformersTextEmbedder(model=model, progress_bar=False))
            for part in loaded:
                part.warm_up()
        splitter = DocumentSplitter()
        splitter.warm_up()
        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        whole = [Document(content=one["text"], meta={"at": n}) for n, one in enumerate(shelf)]
        split = splitter.run(documents=whole)["documents"]
        store.write_documents(loaded[0].run(documents=split)["documents"])
        dense, sparse = InMemoryEmbeddingRetriever(store), InMemoryBM25Retriever(store)
        joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion")

        def search(question: str, top: int) -> list[Span]:
            vector = loaded[1].run(text=question)["embedding"]
            found = dense.run(query_embedding=vector, top_k=top)["documents"]
            if hybrid:
                words = sparse.run(query=question, top_k=top)["documents"]
                found = joiner.run(documents=[found, words])["documents"]
            starts = [(one.meta["at"], one.meta["split_idx_start"]) for one in found]
            return [
                (number, at, at + len(one.content))
                for (number, at), one in zip(starts, found, strict=True)
            ]

        return search

    return index


def langchain(size: int, overlap: int) -> System:
    """https://docs.langchain.com/oss/python/integrations/vectorstores/faiss"""
    from langchain_community.vectorstores import FAISS
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    loaded: list[Any] = []

    def index(model: str, shelf: Shelf) -> Search:
        if not loaded:
            loaded.append(HuggingFaceEmbeddings(model_name=model, model_kwargs={"device": "cpu"}))
        splitter = RecursiveCharacterTextSplitter(
            chunk_size=size, chunk_overlap=overlap, add_start_index=True
        )
        texts = [article["text"] for article in shelf]
        numbers = [{"at": number} for number in range(len(shelf))]
        store = FAISS.from_documents(splitter.create_documents(texts, numbers), loaded[0])

        def search(question: str, top: int) -> list[Span]:
            found = store.similarity_search(question, k=top)
            starts = [(one.metadata["at"], one.metadata["start_index"]) for one in found]
            return [
                (number, at, at + len(one.page_content))
                for (number, at), one in zip(starts, found, strict=True)
            ]

        return search

    return index


def llama_index() -> System:
    """https://docs.llamaindex.ai/en/stable/understanding/indexing/indexing/"""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    loaded: list[Any] = []

    def index(model: str, shelf: Shelf) -> Search:
        if not loaded:
            loaded.append(HuggingFaceEmbedding(model_name=model, device="cpu"))
        # Its metadata would be encoded with the text, its id is not.
        whole = [Document(text=one["text"], id_=str(n)) for n, one in enumerate(shelf)]
        built = VectorStoreIndex.from_documents(whole, embed_model=loaded[0])

        def search(question: str, top: int) -> list[Span]:
            nodes = [
                one.node for one in built.as_retriever(similarity_top_k=top).retrieve(question)
            ]
            return [(int(one.ref_doc_id), one.start_char_idx, one.end_char_idx) for one in nodes]

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
