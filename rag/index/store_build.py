"""Builds the vector store of a generation, in a process of its own.

A broken segment can take its process down, and two clients of one folder in one process share what they have cached:
so the store is copied, changed and looked into apart. The builder starts early, to load Chroma while passages are
embedded, and ends when the process that asked for it does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from rag.errors import RagError
from rag.index.embedded import EmbeddingLog
from rag.index.layout import remove_folder
from rag.index.records import read_rows
from rag.index.store import AT_ONCE, BATCH, Place, StoreFault, VectorStore, batches, copy_store
from rag.lifeline import end_with_asker

PROBES = 8
"""Vectors looked up again after building, from all over the index."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a builder is told.

    Attributes:
        generation: the folder that will hold the row table.
        base: the folder of a generation whose entries need not be sent: those in its local store, which is copied, or
            those that are in the server's collection already. Empty to build from nothing.
        stale: the folder of a generation whose entries are removed, but for those of the new one (and, on a server,
            where it may still be read, of the base). Empty to remove nothing.
        log, dimension, token_dimension: the embedding log.
        check: builds nothing, and looks at every entry of the store that is there.
    """

    place: Place
    generation: str
    base: str
    stale: str
    log: str
    dimension: int
    token_dimension: int
    check: bool = False


class StoreBuilder:
    """A builder at work. Leaving the `with` ends it, whatever it is doing."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._process = _start(job)

    def finish(self) -> None:
        """Tells the builder that the generation's other files are there, and waits until the store is whole.

        A base that turns out to be damaged is done without.

        Raises:
            StoreFault: the store could not be built, or what was built could not be found in it.
        """
        problem = _wait(self._process)
        if problem and self._job.base:
            if not self._job.place.url:
                remove_folder(Path(self._job.place.folder))
            self._process = _start(replace(self._job, base="", stale=""))
            problem = _wait(self._process)
        if problem:
            raise StoreFault(
                f"the vector store could not be built ({problem}); what was there before still answers: see that the disk "
                "has room, and that the Chroma server answers where there is one, then run `python -m rag index`"
            )

    def check(self) -> str:
        """Waits; returns what is wrong with the store, or nothing."""
        return _wait(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def _start(job: Job) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    return subprocess.Popen(
        [sys.executable, "-c", "from rag.index.store_build import main; main()", json.dumps(asdict(job))],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path, "ANONYMIZED_TELEMETRY": "False"},
    )


def _wait(process: subprocess.Popen[bytes]) -> str:
    """Lets a builder go on; returns what went wrong in a line, or nothing. Its input stays open until it ends."""
    assert process.stdin is not None and process.stderr is not None
    try:
        process.stdin.write(b"go\n")
        process.stdin.flush()
    except BrokenPipeError:
        pass  # it has ended; its last words say why
    said = process.stderr.read().decode("utf-8", "replace").strip().splitlines()
    if process.wait() == 0:
        return ""
    return said[-1] if said else f"its process ended with status {process.returncode}"


def build(job: Job) -> None:
    """Fills a store with the rows of a generation, or what its base lacks of them, and finds them again.

    Raises:
        StoreFault: what is there is not what was asked for.
    """
    rows = read_rows(Path(job.generation))
    log = EmbeddingLog(Path(job.log), job.dimension, job.token_dimension)
    if job.check:
        _compare(job.place, rows, log)
        return
    ids = rows["id"]
    there = read_rows(Path(job.base))["id"] if job.base else ids[:0]
    stale = read_rows(Path(job.stale))["id"] if job.stale else ids[:0]
    kept = np.concatenate([ids, there]) if job.place.url else ids
    fresh = rows[~np.isin(ids, there)]
    store = VectorStore(job.place, create=True, patient=True)
    store.write_every(max(BATCH, len(rows) // 20))  # the graph grows, and is written whole each time
    store.delete(stale[~np.isin(stale, kept)])
    for some in batches(len(fresh)):
        store.put(fresh["id"][some], log.vectors(fresh["slot"][some]))
    store.write_every(AT_ONCE)
    last = rows[-AT_ONCE:]
    store.put(last["id"], log.vectors(last["slot"]))
    store.close()
    verify(job.place, rows, log)


def verify(place: Place, rows: NDArray[Any], log: EmbeddingLog) -> None:
    """Opens a store anew and sees whether it holds all rows and finds some of them.

    The search is approximate, so one in four of those looked up may be missed. A server's collection may hold entries
    of other generations, too.

    Raises:
        StoreFault: it doesn't.
    """
    store = VectorStore(place, patient=True)
    if store.count() < len(rows) or (store.count() > len(rows) and not place.url):
        raise StoreFault(f"Chroma holds {store.count()} passages, not {len(rows)}")
    probed = np.unique(np.linspace(0, len(rows) - 1, PROBES).astype(int))
    missed = 0
    for row in probed:
        _, cosines = store.query(log.vectors([rows["slot"][row]])[0], min(10, len(rows)))
        missed += not len(cosines) or bool(cosines.max() < 0.999)
    if missed * 4 > len(probed):
        raise StoreFault(f"Chroma does not find {missed} of {len(probed)} passages by their own vectors")
    store.close()


def _compare(place: Place, rows: NDArray[Any], log: EmbeddingLog) -> None:
    """Sees whether a store holds the vectors of all rows."""
    verify(place, rows, log)
    store = VectorStore(place, patient=True)
    for some in batches(len(rows)):
        cosines = np.einsum("nd,nd->n", store.vectors(rows["id"][some]), log.vectors(rows["slot"][some]))
        if cosines.min() < 0.999:
            raise StoreFault(f"the vectors in {place} are not those of the index")
    store.close()


def main() -> None:
    """The builder's process: its job on the command line, then a line of input when the files are there."""
    fields = json.loads(sys.argv[1])
    job = Job(**fields | {"place": Place(**fields["place"])})
    try:
        if job.base and not job.place.url:
            copy_store(Path(job.base) / "chroma", Path(job.place.folder))
        import chromadb  # noqa: F401  (takes half a second, while the files are being written)

        if sys.stdin.readline() != "go\n":
            sys.exit(1)
        end_with_asker()
        build(job)
    except RagError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
