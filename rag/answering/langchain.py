"""The project's search as a LangChain retriever, for chains that want one.

Apart from `rag.answering.retrieval`, because asking a question need not import LangChain's callbacks and tracers, which takes a
third of a second.
"""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.answering.retrieval import DENSE_WEIGHT, Query, search
from rag.embedding.embeddings import TokenEmbeddings
from rag.index import Index
from rag.types import Passage


class HybridRetriever(BaseRetriever):
    """The same search as a LangChain retriever, for chains that want one.

    A `Document` holds a passage's text; its metadata holds article_id, title, source, start, end and the fused score.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    embeddings: TokenEmbeddings
    k: int = 10
    dense_weight: float = DENSE_WEIGHT

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        found = search(self.index, self.embeddings, [Query(query)], fetch_k=self.k, dense_weight=self.dense_weight)
        scores = self.dense_weight * found.cosine + (1 - self.dense_weight) * found.bm25
        passages = self.index.passages(found.rows)
        return [_document(passage, float(score)) for passage, score in zip(passages, scores, strict=True)]


def _document(passage: Passage, score: float) -> Document:
    metadata = {
        "article_id": passage.article_id,
        "title": passage.title,
        "source": passage.source,
        "start": passage.start,
        "end": passage.end,
        "score": score,
    }
    return Document(id=passage.passage_id, page_content=passage.text, metadata=metadata)
