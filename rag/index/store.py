"""The vectors in Chroma: the only module that knows it.

It is a cache: a generation's own files hold everything that is in it, so it is made anew whenever it is damaged.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from rag.errors import RagError

if TYPE_CHECKING:
    from langchain_chroma import Chroma
    from langchain_core.embeddings import Embeddings

BATCH = 2000
"""Entries sent at once. Chroma refuses more than 5,461."""

CONFIGURATION: dict[str, Any] = {
    "hnsw": {"space": "cosine", "ef_construction": 128, "ef_search": 200, "max_neighbors": 24}
}
"""Among 12,000 vectors that crowd together (their mean cosine is 0.2) Chroma's defaults of 100, 100 and 16 find 0.88 of
the 50 nearest, these 0.98, for a quarter more work. Among passages on many subjects both find 0.99."""

QUESTION_TIMEOUT, BUILD_TIMEOUT = 10.0, 60.0
"""Seconds that a server may be silent."""

AT_ONCE = 2
"""The lowest number of changes after which Chroma writes its graph to the disk."""

DATABASE = "chroma.sqlite3"


class StoreFault(RagError):
    """Chroma cannot be reached or read, or does not hold what it should.

    Attributes:
        lost: whether the store must be built anew; if not, it may answer when it is asked again.
    """

    def __init__(self, message: str, *, lost: bool = True) -> None:
        super().__init__(message)
        self.lost = lost


@dataclass(frozen=True, slots=True)
class Place:
    """Where the vectors of a generation are: a folder of their own, or a collection on a server.

    Attributes:
        folder: the Chroma folder; unused where there is a URL.
        url: of a Chroma server ("http://127.0.0.1:8000"); its path, if any, is TENANT/DATABASE. The environment's
            CHROMA_API_KEY is sent along where it is set, as Chroma Cloud asks.
    """

    folder: str
    url: str = ""
    collection: str = "passages"

    def __str__(self) -> str:
        return f"{self.url} ({self.collection})" if self.url else self.folder


class VectorStore:
    """An open Chroma collection, read and written with vectors that we computed: it never embeds anything itself.

    Args:
        create: makes the collection where it is not there.
        patient: waits for a server as long as building may take it.

    Raises:
        StoreFault: it cannot be opened, is not there, or does not measure cosines.
    """

    def __init__(self, place: Place, *, create: bool = False, patient: bool = False) -> None:
        self.place = place
        self._timeout = BUILD_TIMEOUT if patient else QUESTION_TIMEOUT
        self._open(create)
        space = _space(self._collection.configuration_json)
        if space != "cosine":
            raise StoreFault(f"the collection in {place} measures {space}, not cosine")

    def _open(self, create: bool) -> None:
        with _faults("open", self.place):
            self._client = _client(self.place.folder, self.place.url, self._timeout)
            if create:
                _create(self._client, self.place)
            self._collection: Any = self._client.get_collection(self.place.collection, embedding_function=None)

    def langchain(self, embeddings: Embeddings | None = None) -> Chroma:
        """The same collection as a LangChain vector store. Its entries are identities and vectors, without texts.

        Not what this program itself searches through: to import LangChain's takes as long as all else before a first
        answer.
        """
        from langchain_chroma import Chroma

        return Chroma(
            client=self._client,
            collection_name=self.place.collection,
            embedding_function=embeddings,
            create_collection_if_not_exists=False,
        )

    def write_every(self, changes: int) -> None:
        """Has a local store write its graph to the disk after so many changes; a server sees to that itself.

        Until it is written, every process that opens the store makes the graph of what is missing from it, and writes
        over its files while it does.
        """
        if not self.place.url:
            with _faults("change", self.place):
                self._collection.modify(configuration={"hnsw": {"sync_threshold": changes, "batch_size": AT_ONCE}})
                self.close()
            self._open(False)

    def query(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
        """The identities of the nearest entries and their cosines, best first; at most `k`."""
        with _faults("search", self.place):
            found = self._collection.query(query_embeddings=vector[None, :], n_results=k, include=["distances"])
            ids = np.array([int(name, 16) for name in found["ids"][0]], dtype=np.uint64)
            return ids, 1 - np.array(found["distances"][0], dtype=np.float32)

    def vectors(self, ids: NDArray[np.uint64]) -> NDArray[np.float32]:
        """The vectors of these entries, at most `BATCH`, in the order given.

        Raises:
            StoreFault: one of them is missing.
        """
        with _faults("read", self.place):
            found = self._collection.get(ids=[_name(id) for id in ids], include=["embeddings"])
            place = {name: row for row, name in enumerate(found["ids"])}
            return np.asarray(found["embeddings"], dtype=np.float32)[[place[_name(id)] for id in ids]]

    def count(self) -> int:
        """How many entries there are."""
        with _faults("count", self.place):
            return int(self._collection.count())

    def delete(self, ids: NDArray[np.uint64]) -> None:
        """Removes entries."""
        with _faults("change", self.place):
            for some in batches(len(ids)):
                self._collection.delete(ids=[_name(id) for id in ids[some]])

    def put(self, ids: NDArray[np.uint64], vectors: NDArray[np.float32]) -> None:
        """Adds entries, or puts them in the place of those of the same identity; at most `BATCH`."""
        with _faults("change", self.place):
            self._collection.upsert(ids=[_name(id) for id in ids], embeddings=vectors)

    def close(self) -> None:
        """Lets the store's files go."""
        self._client.close()


def copy_store(source: Path, target: Path) -> None:
    """Copies a local store, which others may be reading meanwhile.

    Readers change nothing but the database, so that is copied by SQLite itself.
    """
    try:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(f"{DATABASE}*"))
        with closing(sqlite3.connect(source / DATABASE)) as old, closing(sqlite3.connect(target / DATABASE)) as new:
            old.backup(new)
    except (OSError, sqlite3.Error) as error:
        raise StoreFault(f"{source} cannot be copied: {_line(error)}") from None


def forget_collections(url: str, prefix: str, keep: set[str]) -> None:
    """Removes a server's collections whose names begin with `prefix`, but for those to keep."""
    with _faults("tidy", Place("", url, f"{prefix}…")):
        client = _client("", url, QUESTION_TIMEOUT)
        for collection in client.list_collections():
            if collection.name.startswith(prefix) and collection.name not in keep:
                client.delete_collection(collection.name)
        client.close()


def batches(count: int) -> Iterator[slice]:
    """Slices of at most `BATCH` that cover `count` entries."""
    for first in range(0, count, BATCH):
        yield slice(first, first + BATCH)


class _faults:
    """Turns whatever is raised into a `StoreFault`: many types come from the client, the network and the store, and
    some that Rust raises are no `Exception` at all."""

    def __init__(self, what: str, place: Place) -> None:
        self._what, self._place = what, place

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or isinstance(error, KeyboardInterrupt | SystemExit | MemoryError | StoreFault):
            return
        lost = not self._place.url or type(error).__name__ == "NotFoundError"
        raise StoreFault(f"Chroma cannot {self._what} {self._place}: {_line(error)}", lost=lost) from error


def _client(folder: str, url: str, timeout: float) -> Any:
    import chromadb
    from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT, Settings

    settings = Settings(anonymized_telemetry=False)
    if not url:
        return chromadb.PersistentClient(folder, settings=settings)
    parts = urlsplit(url)
    tenant, _, database = parts.path.strip("/").partition("/")
    key = os.environ.get("CHROMA_API_KEY", "")
    client: Any = chromadb.HttpClient(
        host=parts.hostname or "localhost",
        port=parts.port or (443 if parts.scheme == "https" else 8000),
        ssl=parts.scheme == "https",
        headers={"x-chroma-token": key} if key else None,
        settings=settings,
        tenant=tenant or DEFAULT_TENANT,
        database=database or DEFAULT_DATABASE,
    )
    client._server._session.timeout = timeout  # Chroma sets none, and has no setting for it
    return client


def _create(client: Any, place: Place) -> None:
    client.get_or_create_collection(place.collection, embedding_function=None, configuration=CONFIGURATION)


def _space(configuration: Any) -> str | None:
    """How a collection measures; read as plain JSON, so that no embedding function stored in it is ever made."""
    return next((str(kind["space"]) for kind in (configuration.get("hnsw"), configuration.get("spann")) if kind), None)


def _name(id: np.uint64) -> str:
    return f"{int(id):016x}"


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
