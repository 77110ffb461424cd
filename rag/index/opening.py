"""Opens the index of a corpus and an embedder, builds or mends it first where it must, and follows its changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import IndexLocked, IndexMismatch, RagError
from rag.index.layout import Shelf, shelves
from rag.index.manifest import IndexDamaged
from rag.index.plan import Notice, Progress, recipe
from rag.index.reader import Index
from rag.index.update import DEFAULT_TARGET_CHARS, label_of, update_index
from rag.reading.files import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from rag.embedding.embeddings import TokenEmbeddings

WAIT_SECONDS = 0.5
"""Between two looks whether another process has built the index."""


class IndexMissing(RagError):
    """There is no index of this corpus by this embedder yet."""


class IndexReader:
    """The newest generation of one index, followed as it is switched. Safe to use from several threads.

    Ask for `current()` once at the beginning of a question and use that `Index` to its end: it stays whole.
    """

    def __init__(self, open_newest: Callable[[], Index], opened: Index | None = None) -> None:
        """`open_newest` is called after every switch and where damage was met, and now unless `opened` is what it would
        give: `ensure_index` with its arguments bound opens the newest generation, and mends it first where it must."""
        self._open_newest = open_newest
        self._lock = threading.Lock()
        self._mending = False
        self._index = opened or open_newest()
        self._seen = _pointer(self._index)

    def current(self) -> Index:
        """The newest generation. Costs one look at the pointer's file where nothing changed.

        A damaged generation is mended before it is given again; one whose vector store alone is damaged goes on
        answering meanwhile. Where a newer one cannot be opened, the one that was open stays.
        """
        index = self._index
        if index.damaged or _pointer(index) != self._seen:
            with self._lock:
                if index is self._index:
                    self._renew()
        elif index.store_lost and not self._mending:
            self._mending = True
            threading.Thread(target=self._mend, name="mend the index", daemon=True).start()
        return self._index

    def _renew(self) -> None:
        seen = _pointer(self._index)
        with suppress(RagError):
            self._index = self._open_newest()
            seen = _pointer(self._index)
            self._mending = False
        self._seen = seen

    def _mend(self) -> None:
        """What cannot be mended is not tried again at every question."""
        with self._lock:
            self._renew()


def _pointer(index: Index) -> tuple[int, int]:
    """Changes whenever the index is switched."""
    try:
        found = (index.folder.parent / "CURRENT").stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino


def open_index(
    folder: Path,
    embeddings: TokenEmbeddings,
    *,
    corpus: Path | None = None,
    target_chars: int = DEFAULT_TARGET_CHARS,
    notice: Notice | None = None,
) -> Index:
    """Opens the index in `folder` that this embedder built, as it is.

    Args:
        corpus: of which articles; None takes the one that was brought up to date last.
        notice: told in a line where an older generation must serve because the current one is damaged.

    Raises:
        IndexMissing: there is no index here, or none of this corpus.
        IndexMismatch: there are indexes, but by other embedders or settings; or a newer program wrote it.
        IndexDamaged: no generation is whole; `ensure_index` mends that.
    """
    return _open(_find_shelf(folder, embeddings, corpus, target_chars), notice)


def _open(shelf: Shelf, notice: Notice | None) -> Index:
    """The current generation, or an older one where it is damaged."""
    problem: IndexDamaged | None = None
    for _ in range(3):  # a generation may be removed between finding it and holding it
        names = shelf.candidates()
        for name in names:
            try:
                index = Index(shelf.path / name)
            except IndexDamaged as error:
                problem = problem or error
                continue
            if name != shelf.current() and notice:
                notice(f"{problem or 'the pointer to the current generation is lost'}; an older generation answers")
            return index
        if shelf.candidates() == names:
            break
    raise problem or IndexMissing(f"the index in {shelf.path} is not finished; run `python -m rag index`")


def _find_shelf(folder: Path, embeddings: TokenEmbeddings, corpus: Path | None, target_chars: int) -> Shelf:
    if corpus is not None:
        shelf = Shelf.of(folder, label_of(corpus, folder, embeddings, target_chars))
        if shelf.candidates():
            return shelf
    there = [shelf for shelf in shelves(folder) if shelf.candidates()]
    wanted = (embeddings.fingerprint, target_chars)
    own = [shelf for shelf in there if (shelf.label.fingerprint, shelf.label.target_chars) == wanted]
    if own and corpus is None:
        return own[0]
    same = [s for s in there if corpus is None or s.label.corpus == label_of(corpus, folder, embeddings).corpus]
    if not same:
        raise IndexMissing(f"there is no index of these articles in {folder}; run `python -m rag index`")
    built = ", ".join(sorted({f"{shelf.label.embedder} ({shelf.label.target_chars})" for shelf in same}))
    raise IndexMismatch(
        f"the index in {folder} was built by {built}, not by {embeddings.name} ({target_chars}); run "
        f"`python -m rag index --embedding-model {embeddings.name}` to build another beside it"
    )


def ensure_index(
    corpus: Path,
    folder: Path,
    embeddings: TokenEmbeddings,
    *,
    target_chars: int = DEFAULT_TARGET_CHARS,
    limits: Limits = DEFAULT_LIMITS,
    chroma_url: str = "",
    fresh: bool = False,
    progress: Progress | None = None,
    notice: Notice | None = None,
) -> Index:
    """Opens the index of `corpus`, after building or mending it where there is none or it is damaged.

    An index that is whole is opened without looking at the corpus, unless it must be `fresh`. It is brought up to date
    first where another version of this program, or another place for its vectors, made it. Where that cannot be done
    (the articles are gone, the disk is full, somebody else is at it) what is there answers, with a notice.

    Args:
        fresh: brings it up to date with the articles first, whatever is there.

    Raises:
        IndexMismatch: a newer program wrote it.
        RagError: there is no index and none can be built; the message says why.
    """
    shelf = Shelf.of(folder, label_of(corpus, folder, embeddings, target_chars))
    say = notice or _ignore
    older: Index | None = None
    try:
        older = _open(shelf, None)
        if not fresh and _serves(older, shelf, chroma_url):
            return older
    except IndexMissing:
        pass
    except IndexDamaged as error:
        say(f"{error}; the index is being mended from the articles")

    def update() -> None:
        update_index(
            corpus,
            folder,
            embeddings,
            target_chars=target_chars,
            limits=limits,
            chroma_url=chroma_url,
            progress=progress,
            notice=notice,
        )

    try:
        _wait_for(update, say, patient=older is None)
    except IndexLocked:
        pass  # who holds it brings it up to date; what is there answers meanwhile
    except RagError as error:
        if older is None:
            raise
        say(f"the index answers as it was, for it cannot be brought up to date: {error}")
    else:
        return _open(shelf, notice)
    assert older is not None
    return older


def _serves(index: Index, shelf: Shelf, chroma_url: str) -> bool:
    """Whether a generation is the current one, whole, and made as this program would make it."""
    manifest, whole = index.manifest, index.name == shelf.current() and not index.store_lost
    return whole and manifest.recipe == recipe() and manifest.chroma_url == chroma_url


def _wait_for(update: Callable[[], None], say: Notice, *, patient: bool) -> None:
    """Runs an update; where another process is writing, waits for its end if `patient`, else raises IndexLocked."""
    waited = False
    while True:
        try:
            return update()
        except IndexLocked:
            if not patient:
                raise
            if not waited:
                say("another process is building this index; waiting for it")
            waited = True
            time.sleep(WAIT_SECONDS)


def _ignore(line: str) -> None:
    """Nobody listens."""
