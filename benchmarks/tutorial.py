"""What this project is measured against: the pipeline of LangChain's and Chroma's tutorials, with the same embedder.

Chunks of 1,000 characters with 200 of overlap, `HuggingFaceEmbeddings` at its defaults, `Chroma` at its defaults, the
4 nearest chunks. Where a tutorial hands those to a language model, this one prints the first: it is given that time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.jobs import run_job, timed
from rag.embedding.embedding_files import DEFAULT_MODEL, find_model

if TYPE_CHECKING:
    from langchain_chroma import Chroma

_AT_ONCE = 5000  # Chroma refuses more than 5,461


def open_store(folder: Path) -> Chroma:
    """The vector store in `folder`, its embedder loaded."""
    from langchain_chroma import Chroma
    from langchain_huggingface import HuggingFaceEmbeddings

    embeddings = HuggingFaceEmbeddings(
        model_name=str(find_model(DEFAULT_MODEL)), model_kwargs={"local_files_only": True}
    )
    return Chroma(collection_name="articles", embedding_function=embeddings, persist_directory=str(folder))


def index(corpus: Path, folder: Path) -> dict[str, float]:
    """Index a corpus. The clock starts when the embedder is loaded."""
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    store = open_store(folder)
    store.similarity_search("a first question, for what is loaded late", k=1)

    def work() -> tuple[int, int]:
        documents = [
            Document(page_content=path.read_text(encoding="utf-8"), metadata={"source": path.name})
            for path in sorted(corpus.rglob("*.md"))
        ]
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
        chunks = splitter.split_documents(documents)
        for first in range(0, len(chunks), _AT_ONCE):
            store.add_documents(chunks[first : first + _AT_ONCE])
        return len(chunks), sum(len(document.page_content) for document in documents)

    seconds, (passages, characters) = timed(work)
    return {"seconds": seconds, "passages": passages, "characters": characters}


def ask(folder: Path, question: str) -> str:
    """The first chunk found."""
    return open_store(folder).similarity_search(question, k=4)[0].page_content


def ask_many(folder: Path, questions: Sequence[str]) -> dict[str, list[float]]:
    """Seconds of each question in one process, after two that warm up."""
    store = open_store(folder)
    times = [timed(partial(store.similarity_search, question, k=4))[0] for question in questions]
    return {"seconds": times[2:]}


if __name__ == "__main__":
    run_job(index=index, ask=ask, ask_many=ask_many)
