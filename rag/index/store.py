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

BATCH = 2000
"""Entries sent at once. Chroma refuses more than 5,461."""

CONFIGURATION: dict[str, Any] = {
    "hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}
}
"""Chroma's defaults (100, 100, 16) find 0.88 of the 50 nearest among 12,000 vectors that crowd together, these 0.99."""

DATABASE = "chroma.sqlite3"


class StoreFault(RagError):
    """Chroma cannot be read, is not there, or does not hold what it should."""


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
        create: makes the collection where it is not there. Without it the collection is opened through LangChain's
            `Chroma`; with it, by a builder, without LangChain, whose import takes half a second.

    Raises:
        StoreFault: it cannot be opened, is not there, or does not measure cosines.
    """

    def __init__(self, place: Place, *, create: bool = False) -> None:
        self.place = place
        self._collection: Any
        with _faults(f"Chroma cannot open {place}"):
            self._client = _client(place.folder, place.url)
            self._collection = _create(self._client, place) if create else _langchain(self._client, place)._collection
            space = _space(self._collection.configuration_json)
        if space != "cosine":
            raise StoreFault(f"the collection in {place} measures {space}, not cosine")

    def query(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
        """The identities of the nearest entries and their cosines, best first; at most `k`."""
        with _faults(f"Chroma cannot search {self.place}"):
            found = self._collection.query(query_embeddings=vector[None, :], n_results=k, include=["distances"])
            ids = np.array([int(name, 16) for name in found["ids"][0]], dtype=np.uint64)
            return ids, 1 - np.array(found["distances"][0], dtype=np.float32)

    def count(self) -> int:
        """How many entries there are."""
        with _faults(f"Chroma cannot count {self.place}"):
            return int(self._collection.count())

    def delete(self, ids: NDArray[np.uint64]) -> None:
        """Removes entries."""
        with _faults(f"Chroma cannot change {self.place}"):
            for some in batches(len(ids)):
                self._collection.delete(ids=[_name(id) for id in ids[some]])

    def add(self, ids: NDArray[np.uint64], vectors: NDArray[np.float32]) -> None:
        """Adds entries, at most `BATCH`."""
        with _faults(f"Chroma cannot change {self.place}"):
            self._collection.add(ids=[_name(id) for id in ids], embeddings=vectors)

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
    with _faults(f"Chroma cannot tidy {url}"):
        client = _client("", url)
        for collection in client.list_collections():
            if collection.name.startswith(prefix) and collection.name not in keep:
                client.delete_collection(collection.name)
        client.close()


def batches(count: int) -> Iterator[slice]:
    """Slices of at most `BATCH` that cover `count` entries."""
    for first in range(0, count, BATCH):
        yield slice(first, first + BATCH)


class _faults:
    """Turns whatever Chroma raises into a `StoreFault`: many types come from the client, the network and the store,
    and some that Rust raises are no `Exception` at all."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or isinstance(error, KeyboardInterrupt | SystemExit | MemoryError | StoreFault):
            return
        raise StoreFault(f"{self._what}: {_line(error)}") from error


def _client(folder: str, url: str) -> Any:
    import chromadb
    from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT, Settings

    settings = Settings(anonymized_telemetry=False)
    if not url:
        return chromadb.PersistentClient(folder, settings=settings)
    parts = urlsplit(url)
    tenant, _, database = parts.path.strip("/").partition("/")
    key = os.environ.get("CHROMA_API_KEY", "")
    return chromadb.HttpClient(
        host=parts.hostname or "localhost",
        port=parts.port or (443 if parts.scheme == "https" else 8000),
        ssl=parts.scheme == "https",
        headers={"x-chroma-token": key} if key else None,
        settings=settings,
        tenant=tenant or DEFAULT_TENANT,
        database=database or DEFAULT_DATABASE,
    )


def _create(client: Any, place: Place) -> Any:
    return client.get_or_create_collection(place.collection, embedding_function=None, configuration=CONFIGURATION)


def _langchain(client: Any, place: Place) -> Chroma:
    from langchain_chroma import Chroma

    return Chroma(client=client, collection_name=place.collection, create_collection_if_not_exists=False)


def _space(configuration: Any) -> str | None:
    """How a collection measures; read as plain JSON, so that no embedding function stored in it is ever made."""
    return next((str(kind["space"]) for kind in (configuration.get("hnsw"), configuration.get("spann")) if kind), None)


def _name(id: np.uint64) -> str:
    return f"{int(id):016x}"


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
