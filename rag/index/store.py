"""The vectors in Chroma: the only module that knows it. A cache, made anew from the generation's own files at any time.

Locally a generation has a Chroma folder of its own; with a server it has a collection of its own there. It is built in
a process of its own (`python -m rag.index.store`), because a broken segment can take its process down, and because two
clients of one folder in one process would share what they have cached.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from rag.errors import RagError
from rag.index.embedded import EmbeddingLog
from rag.index.records import read_rows

if TYPE_CHECKING:
    from langchain_chroma import Chroma

BATCH = 2000
"""Entries sent at once. Chroma refuses more than 5,461."""

PROBES = 8
"""Vectors looked up again after building, from all over the index."""

COLLECTION = "passages"

CONFIGURATION: dict[str, Any] = {
    "hnsw": {"space": "cosine", "ef_construction": 100, "ef_search": 200, "max_neighbors": 16}
}


class StoreFault(RagError):
    """Chroma cannot be read, is not there, or does not hold what it should."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the vectors of a generation are: a folder, or a collection on a server.

    Attributes:
        folder: the Chroma folder; unused where there is a URL.
        url: of a Chroma server ("http://127.0.0.1:8000"); its path, if any, is TENANT/DATABASE. The environment's
            CHROMA_API_KEY is sent along where it is set, as Chroma Cloud asks.
    """

    folder: str
    url: str = ""
    collection: str = COLLECTION


@dataclass(frozen=True, slots=True)
class Job:
    """What a builder is told.

    Attributes:
        generation: the folder that holds the row table.
        base, base_generation: a whole store from which to start, and the folder of its row table; empty for none.
        log, dimension, token_dimension: the embedding log.
    """

    place: Place
    generation: str
    base: Place | None
    base_generation: str
    log: str
    dimension: int
    token_dimension: int


class VectorStore:
    """An open Chroma collection, read with vectors that we computed: it never embeds anything itself."""

    def __init__(self, place: Place, *, create: bool = False) -> None:
        import chromadb.errors

        self.place = place
        try:
            self._client = _client(place)
            self._chroma = _open(self._client, place, create=create)
            self._collection = self._chroma._collection
            space = _space(self._collection.configuration_json)
        except (chromadb.errors.ChromaError, ValueError, RuntimeError, OSError) as error:
            raise StoreFault(f"Chroma cannot open {place.url or place.folder}: {_line(error)}") from None
        if space != "cosine":
            raise StoreFault(f"the collection in {place.url or place.folder} measures {space}, not cosine")

    def query(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
        """The identities of the nearest entries and their cosines, best first; at most `k`."""
        try:
            found = self._collection.query(query_embeddings=vector[None, :], n_results=k, include=["distances"])
        except Exception as error:  # many types, from the client, the network and the store itself
            raise StoreFault(f"Chroma cannot search {self.place.url or self.place.folder}: {_line(error)}") from error
        ids = np.array([int(name, 16) for name in found["ids"][0]], dtype=np.uint64)
        return ids, 1 - np.array((found["distances"] or [[]])[0], dtype=np.float32)

    def count(self) -> int:
        """How many entries there are."""
        return int(self._collection.count())

    def delete(self, ids: NDArray[np.uint64]) -> None:
        """Removes entries."""
        for some in _batches(len(ids)):
            self._collection.delete(ids=[_name(id) for id in ids[some]])

    def add(self, ids: NDArray[np.uint64], vectors: NDArray[np.float32]) -> None:
        """Adds entries, at most `BATCH`."""
        self._collection.add(ids=[_name(id) for id in ids], embeddings=vectors)

    def close(self) -> None:
        """Lets the store's files go."""
        self._client.close()


def build_apart(job: Job) -> subprocess.Popen[bytes]:
    """Starts to build a store in a process of its own, which reads its job from its standard input (see `finish`)."""
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    environment = os.environ | {"PYTHONPATH": path, "ANONYMIZED_TELEMETRY": "False"}
    return subprocess.Popen(
        [sys.executable, "-m", "rag.index.store", json.dumps(asdict(job))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )


def finish(builder: subprocess.Popen[bytes]) -> None:
    """Tells the builder that the generation's files are there, and waits.

    Raises:
        StoreFault: it could not build or did not find again what it built; the message is the builder's.
    """
    _, errors = builder.communicate(b"go\n")
    if builder.returncode:
        lines = errors.decode("utf-8", "replace").strip().splitlines() or [f"it ended with status {builder.returncode}"]
        raise StoreFault(f"the vector store could not be built: {lines[-1]}")


def build(job: Job) -> None:
    """Builds the store of a generation, from its base where there is one, and finds its entries again.

    Raises:
        StoreFault: what was built is not what was asked for.
    """
    rows = read_rows(Path(job.generation))
    log = EmbeddingLog(Path(job.log), job.dimension, job.token_dimension)
    fresh = rows
    store = VectorStore(job.place, create=job.base is None or bool(job.place.url))
    if job.base is not None:
        base = read_rows(Path(job.base_generation))
        store.delete(base["id"][~np.isin(base["id"], rows["id"])])
        fresh = rows[~np.isin(rows["id"], base["id"])]
    for some in _batches(len(fresh)):
        store.add(fresh["id"][some], log.vectors(fresh["slot"][some]))
    store.close()
    verify(job.place, rows, log)


def verify(place: Place, rows: NDArray[Any], log: EmbeddingLog) -> None:
    """Opens a store anew and sees whether it holds all rows and finds some of them.

    Raises:
        StoreFault: it doesn't.
    """
    store = VectorStore(place)
    if store.count() != len(rows):
        raise StoreFault(f"Chroma holds {store.count()} passages, not {len(rows)}")
    for row in np.unique(np.linspace(0, len(rows) - 1, PROBES).astype(int)):
        _, cosines = store.query(log.vectors([rows["slot"][row]])[0], 1)
        if not len(cosines) or cosines[0] < 0.999:
            raise StoreFault(f"Chroma does not find passage {row} by its own vector")
    store.close()


def _client(place: Place) -> Any:
    import chromadb
    from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT, Settings

    settings = Settings(anonymized_telemetry=False)
    if not place.url:
        return chromadb.PersistentClient(place.folder, settings=settings)
    parts = urlsplit(place.url)
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


def _open(client: Any, place: Place, *, create: bool) -> Chroma:
    from langchain_chroma import Chroma

    return Chroma(
        client=client,
        collection_name=place.collection,
        collection_configuration=CONFIGURATION,  # type: ignore[arg-type]
        create_collection_if_not_exists=create,
    )


def _space(configuration: Any) -> str | None:
    """How a collection measures; read as plain JSON, so that no embedding function stored in it is ever made."""
    return next((str(kind["space"]) for kind in (configuration.get("hnsw"), configuration.get("spann")) if kind), None)


def _batches(count: int) -> Iterator[slice]:
    for first in range(0, count, BATCH):
        yield slice(first, first + BATCH)


def _name(id: np.uint64) -> str:
    return f"{int(id):016x}"


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def main() -> None:
    """The builder's process: job on the command line, then a line on standard input when the files are there."""
    fields = json.loads(sys.argv[1])
    base = fields.pop("base")
    job = Job(**fields | {"place": Place(**fields["place"]), "base": Place(**base) if base else None})
    if job.base is not None and not job.place.url:
        shutil.copytree(job.base.folder, job.place.folder)
    import langchain_chroma  # noqa: F401  (takes a second, while the files are being written)

    if sys.stdin.readline() != "go\n":
        sys.exit(1)  # whoever asked is gone
    try:
        build(job)
    except RagError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
