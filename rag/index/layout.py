"""Where things lie in the index folder: one shelf for each pair of corpus and embedder, and its generations.

    .rag/all-MiniLM-L6-v2-3f2a9c81d0/     a shelf
        shelf.json                        whose it is, for people and for programs
        lock                              held by the one writer
        CURRENT                           the generation that answers
        gen-000007/                       one whole index, never changed again
        embeddings-000001/                everything embedded so far, shared by the generations

This module knows names, the pointer and the lock. It does not know what is in a generation.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO
from uuid import uuid4

from filelock import FileLock, Timeout

from rag.errors import IndexLocked

FORMAT = 3
"""The version of everything under a shelf. An older one is built anew, a newer one is refused."""

_GENERATION = re.compile(r"gen-\d{6,}")
_LOG = re.compile(r"embeddings-\d{6,}")


@dataclass(frozen=True, slots=True)
class Label:
    """Whose index it is. Any difference means another shelf.

    Attributes:
        embedder: the embedder's name, for people.
        fingerprint: changes whenever its vectors could.
        max_tokens, target_chars: how passages were cut.
        corpus: the corpus folder, relative to the index folder, so that both can be moved together.
    """

    embedder: str
    fingerprint: str
    max_tokens: int
    target_chars: int
    corpus: str

    @property
    def folder_name(self) -> str:
        """A readable name, unique to this label."""
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(self.embedder).name).strip("-.")[:40] or "embedder"
        digest = hashlib.blake2b(json.dumps(asdict(self), sort_keys=True).encode(), digest_size=5).hexdigest()
        return f"{slug}-{digest}"


def relative_corpus(corpus: Path, folder: Path) -> str:
    """The corpus folder as a label names it: relative to the index folder where that is possible."""
    try:
        return Path(os.path.relpath(corpus.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return corpus.resolve().as_posix()


@dataclass(frozen=True, slots=True)
class Shelf:
    """One index's folder, which need not exist yet."""

    path: Path
    label: Label

    @classmethod
    def of(cls, folder: Path, label: Label) -> Shelf:
        """The shelf of `label` in the index folder."""
        return cls(folder / label.folder_name, label)

    def identity(self) -> str:
        """What tells this shelf from those of other index folders, on a server that they share."""
        fields = json.loads((self.path / "shelf.json").read_text("utf-8"))
        return f"rag-{fields['id']}"

    def current(self) -> str | None:
        """The name of the generation that answers; None where nothing was built or the pointer is unreadable."""
        try:
            name = (self.path / "CURRENT").read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return name if _GENERATION.fullmatch(name) else None

    def generations(self) -> list[str]:
        """The names of all generations here, whole or not, oldest first."""
        return self._names(_GENERATION)

    def finished(self) -> list[str]:
        """The names of those generations that have a manifest, oldest first."""
        return [name for name in self.generations() if (self.path / name / "manifest.json").is_file()]

    def candidates(self) -> list[str]:
        """The generations that may answer, the one that should first: then the older ones, newest first."""
        current = self.current()
        finished = [name for name in reversed(self.finished()) if current is None or name < current]
        return [*([current] if current else []), *finished]

    def logs(self) -> list[str]:
        """The names of the embedding logs here, oldest first."""
        return self._names(_LOG)

    def _names(self, pattern: re.Pattern[str]) -> list[str]:
        if not self.path.is_dir():
            return []
        names = [entry.name for entry in self.path.iterdir() if pattern.fullmatch(entry.name)]
        return sorted(names, key=lambda name: int(name.rpartition("-")[2]))

    def next_generation(self) -> str:
        """A name that no generation here has."""
        return _next("gen", self.generations())

    def next_log(self) -> str:
        """A name that no embedding log here has."""
        return _next("embeddings", self.logs())

    def switch(self, generation: str) -> None:
        """Makes `generation` the one that answers: at once for every later reader, and durably."""
        replace_file(self.path / "CURRENT", f"{generation}\n".encode("ascii"))

    def _labelled(self) -> bool:
        try:
            return bool(self.identity()) and shelf_label(self.path / "shelf.json") == self.label
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the one writer's lock. The system drops it when the process ends, however it ends.

        Raises:
            IndexLocked: somebody else is writing.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise IndexLocked(f"another process is writing {self.path}; try again when it is done") from None
        try:
            if not self._labelled():
                body = json.dumps({"format": FORMAT, "id": uuid4().hex[:12], **asdict(self.label)}, indent=1)
                replace_file(self.path / "shelf.json", body.encode("utf-8"))
            yield
        finally:
            lock.release()


def shelves(folder: Path) -> list[Shelf]:
    """Every shelf in the index folder whose label can be read, the one switched last first."""
    found: list[tuple[float, Shelf]] = []
    for file in sorted(folder.glob("*/shelf.json")):
        try:
            label = shelf_label(file)
        except (OSError, ValueError, TypeError, AttributeError):
            continue  # not a shelf, or a damaged one: building anew makes another
        pointer = file.with_name("CURRENT")
        found.append((pointer.stat().st_mtime if pointer.is_file() else 0.0, Shelf(file.parent, label)))
    return [shelf for _, shelf in sorted(found, key=lambda pair: -pair[0])]


def shelf_label(file: Path) -> Label:
    """The label in a `shelf.json`; ValueError, TypeError or AttributeError where there is none."""
    fields = json.loads(file.read_text("utf-8"))
    return Label(**{key: value for key, value in fields.items() if key not in {"format", "id"}})


def replace_file(path: Path, data: bytes) -> None:
    """Writes a small file whole or not at all, and durably."""
    aside = path.with_name(path.name + ".new")
    with aside.open("wb") as file:
        file.write(data)
        sync(file)
    aside.replace(path)
    sync_folder(path.parent)


def sync(file: IO[bytes]) -> None:
    """Returns when what was written is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Returns when the folder's list of names is on the disk; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_folder(folder: Path) -> None:
    """Removes a folder as far as the system lets us: what a reader holds on Windows goes at the next update."""
    shutil.rmtree(folder, ignore_errors=True)


def _next(stem: str, names: list[str]) -> str:
    return f"{stem}-{int(names[-1].rpartition('-')[2]) + 1 if names else 1:06d}"
