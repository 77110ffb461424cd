"""Brings an index up to date with its corpus: what changed is read, what is new is embedded, then the pointer moves.

The new generation is built aside and switched to only when it is whole and its vectors have been found again. Until
then, whatever happens, the old one answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.index.build import Base, Order, build_generation
from rag.index.embedded import EmbeddingLog, LogWriter
from rag.index.layout import Label, Shelf, relative_corpus, remove_folder, shelves
from rag.index.lease import is_leased
from rag.index.manifest import DAMAGED, STORE_LOST, IndexDamaged, check_files, read_manifest, read_sources
from rag.index.plan import Change, Notice, Progress, SourceChange, make_plan, recipe
from rag.index.store import StoreFault, forget_collections
from rag.reading.files import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from rag.embedding.embeddings import TokenEmbeddings

DEFAULT_TARGET_CHARS = 700
KEPT = 2
"""Generations that stay: the one that answers, and the one before it for whoever is reading it still."""
LEAST = 2000
"""Embeddings that are kept in any case, used or not."""
CHANGES: tuple[Change, ...] = ("added", "changed", "renamed", "unchanged", "removed", "failed")


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an update did.

    Attributes:
        changes: one for each file of the corpus and each removed one, by name.
        passages: how many the index holds now.
        embedded: how many passages the embedder read.
        reused: how many passages of files that were read again had been embedded before.
        seconds: wall-clock time.
        changed: whether there is a new generation.
    """

    changes: tuple[SourceChange, ...]
    passages: int
    embedded: int = 0
    reused: int = 0
    seconds: float = 0.0
    changed: bool = False

    def of(self, change: Change) -> tuple[SourceChange, ...]:
        """The files that this became of."""
        return tuple(entry for entry in self.changes if entry.change == change)

    def __str__(self) -> str:
        counts = [f"{len(self.of(kind))} {kind}" for kind in CHANGES if self.of(kind)]
        made = f"{self.passages} passages ({self.embedded} embedded, {self.reused} reused)"
        return f"{', '.join(counts)}; {made} in {self.seconds:.1f} s"


def label_of(
    corpus: Path, folder: Path, embeddings: TokenEmbeddings, target_chars: int = DEFAULT_TARGET_CHARS
) -> Label:
    """Whose index this is: of this corpus, by this embedder."""
    return Label(
        embedder=embeddings.name,
        fingerprint=embeddings.fingerprint,
        max_tokens=embeddings.max_tokens,
        target_chars=target_chars,
        corpus=relative_corpus(corpus, folder),
    )


def update_index(
    corpus: Path,
    folder: Path,
    embeddings: TokenEmbeddings,
    *,
    target_chars: int = DEFAULT_TARGET_CHARS,
    limits: Limits = DEFAULT_LIMITS,
    chroma_url: str = "",
    rebuild: bool = False,
    progress: Progress | None = None,
    notice: Notice | None = None,
) -> IndexReport:
    """Brings the index of `corpus` in `folder` up to date, or builds it.

    Args:
        target_chars: the length, in characters, that passages aim at.
        limits: what one file may cost.
        chroma_url: a Chroma server that searches the vectors; empty keeps them in the index folder.
        rebuild: reads and embeds everything again.

    Raises:
        CorpusError: the corpus folder is missing, unreadable, or holds no article; the old index stays.
        IndexLocked: another process is writing this index.
        IndexMismatch: a newer program wrote this index.
        StoreFault: Chroma failed; the old index stays.
        RagError: the disk is full or refuses; the old index stays.
    """
    started = time.perf_counter()
    shelf = Shelf.of(folder, label_of(corpus, folder, embeddings, target_chars))

    def advance(name: str, base: Base | None) -> IndexReport:
        trusted = base is not None and base.manifest.recipe == recipe()
        plan = make_plan(corpus, base.sources if base else {}, trusted=trusted, limits=limits)
        current = base is not None and base.folder.name == shelf.current() and base.manifest.chroma_url == chroma_url
        if base is not None and current and plan.changes_nothing and not base.store_lost:
            return IndexReport(tuple(item.change for item in plan.items), base.manifest.passages)
        with ExitStack() as stack:
            log = _open_log(folder, shelf, embeddings, base, stack, rebuild=rebuild)
            built = build_generation(
                Order(corpus, shelf, embeddings, base, chroma_url, limits, log, progress), plan, name
            )
        shelf.switch(built.generation)
        changes = tuple(sorted([*built.changes, *plan.removed], key=lambda entry: entry.source))
        return IndexReport(changes, built.passages, built.embedded, built.reused, changed=True)

    with _disk_faults(shelf), shelf.writing():
        name = shelf.next_generation()  # before tidying: a dying writer's builder may still be busy with the last one
        _tidy(shelf)
        try:
            report = advance(name, None if rebuild else _base(shelf, notice))
        except IndexDamaged as error:  # met while its parts were copied
            _mending(error, notice)
            report = advance(name, None)
        _tidy(shelf)
        if chroma_url and report.changed:
            with suppress(StoreFault):  # what is not removed now is removed after the next update
                forget_collections(chroma_url, shelf.identity(), _collections(shelf))
    return replace(report, seconds=time.perf_counter() - started)


def _mending(error: IndexDamaged, notice: Notice | None) -> None:
    if notice:
        notice(f"{error}; the index is being mended")


@contextmanager
def _disk_faults(shelf: Shelf) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        problem = error.strerror or str(error)
        raise RagError(
            f"the index in {shelf.path} cannot be written ({problem}); what was there before still answers: make room, "
            "or see to the permissions, then run `python -m rag index`"
        ) from error


def _base(shelf: Shelf, notice: Notice | None) -> Base | None:
    """The newest generation that is whole; None where everything must be built from the articles."""
    for name in shelf.candidates():
        folder = shelf.path / name
        try:
            manifest = read_manifest(folder)
            check_files(folder, manifest)
            sources = {record.source: record for record in read_sources(folder)}
            return Base(folder, manifest, sources, (folder / STORE_LOST).exists())
        except IndexDamaged as error:
            _mending(error, notice)
    return None


def _open_log(
    folder: Path, shelf: Shelf, embeddings: TokenEmbeddings, base: Base | None, stack: ExitStack, *, rebuild: bool
) -> LogWriter:
    """The log to append to: the base's, or what a killed first build left, or a new one.

    A log more than half of which is no longer used is replaced by one of what is.
    """
    sizes = (embeddings.dimension, embeddings.token_dimension)
    if base is not None:
        path, trusted = shelf.path / base.manifest.log, base.manifest.log_slots
        if trusted <= max(LEAST, 2 * base.manifest.passages):
            return stack.enter_context(LogWriter(path, *sizes, trusted=trusted))
        old = stack.enter_context(closing(EmbeddingLog(path, *sizes, trusted)))
        return stack.enter_context(LogWriter(shelf.path / shelf.next_log(), *sizes, replaces=old))
    if rebuild:
        return stack.enter_context(LogWriter(shelf.path / shelf.next_log(), *sizes))
    own = [shelf.path / name for name in reversed(shelf.logs())]
    others = [
        other.path / name
        for other in shelves(folder)
        if other.path != shelf.path and other.label.fingerprint == embeddings.fingerprint
        for name in reversed(other.logs())
    ]
    donors: list[EmbeddingLog] = []
    for path in [*own, *others]:
        try:
            donors.append(EmbeddingLog(path, *sizes))
        except IndexDamaged:
            continue  # nothing to take from it
        stack.callback(donors[-1].close)
    newest = donors[0] if donors and donors[0].folder in own else None
    if newest and not (newest.folder / DAMAGED).exists() and newest.whole() == len(newest):
        path = donors.pop(0).folder
    else:
        path = shelf.path / shelf.next_log()
    return stack.enter_context(LogWriter(path, *sizes, donors=donors))


def _collections(shelf: Shelf) -> set[str]:
    """The server's collections that generations use."""
    used = set[str]()
    for name in shelf.finished():
        with suppress(IndexDamaged):
            used.add(read_manifest(shelf.path / name).collection)
    return used


def _tidy(shelf: Shelf) -> None:
    """Removes what nobody needs: unfinished and old generations, and logs that none of the others uses."""
    current = shelf.current()
    whole = shelf.finished()
    older = [name for name in whole if current is not None and name < current]
    keep = {current, *older[-(KEPT - 1) :]} if current else set(whole)
    for name in shelf.generations():
        if name not in keep and not is_leased(shelf.path / name):
            remove_folder(shelf.path / name)
    used = set[str]()
    for name in shelf.generations():
        try:
            used.add(read_manifest(shelf.path / name).log)
        except IndexDamaged:
            return  # it may need any of them
    for name in shelf.logs() if used else []:
        if name not in used:
            remove_folder(shelf.path / name)
