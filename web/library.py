"""The library: what is in the corpus, searched, added to and taken from, and the index brought up to date behind it.

It knows folders and the index. It does not know HTTP, nor who may change anything.
"""

from __future__ import annotations

import logging
import re
import secrets
import shutil
import tempfile
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from rag.errors import BadInput, CorpusError, RagError
from rag.reading.articles import list_sources
from rag.types import ANSWERING, Passage, Sentence
from web.render import heading_above

if TYPE_CHECKING:
    from rag.index import Index, IndexReport

log = logging.getLogger("pushpull")

Progress = Callable[[int, int], None]
Update = Callable[[Progress], "IndexReport"]
"""Brings the index up to date, and says what changed."""

MAX_NAME_CHARS = 120
MAX_HITS = 20
_SPECIAL = re.compile(r'[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069<>:"/\\|?*]')
"""What some system forbids in a name, and what breaks a line or turns its letters round."""


class NoSuchArticle(BadInput):
    """The corpus has no file of this name."""


@dataclass(frozen=True, slots=True)
class Job:
    """The work on the index: `done` of `total` files while it runs; afterwards `note` says what came of it."""

    running: bool = False
    done: int = 0
    total: int = 0
    note: str = ""


class Library:
    """The corpus folder as people see it.

    Args:
        corpus: the folder of articles.
        removed: where articles that were taken out are kept.
        update: brings the index up to date; called on a thread, never twice at once.
        kinds: the endings of file names that can be added, ".md" and the like.
        max_bytes: the largest file that can be added.
    """

    def __init__(self, corpus: Path, removed: Path, update: Update, *, kinds: frozenset[str], max_bytes: int) -> None:
        self._corpus, self._removed, self._update = corpus, removed, update
        self.kinds, self.max_bytes = kinds, max_bytes
        self._job = Job()
        self._changes: dict[str, str] = {}
        self._again = False
        self._lock = threading.Lock()

    @property
    def job(self) -> Job:
        """What is done on the index now."""
        return self._job

    def view(self, index: Index) -> dict[str, Any]:
        """Every file of the corpus with its state, the number of passages, and the work that goes on."""
        articles = [
            {
                "article_id": record.article_id,
                "title": record.title,
                "source": record.source,
                "passages": record.passages,
                "state": "failed" if record.failure else self._changes.get(record.source, "unchanged"),
                "detail": record.failure,
            }
            for record in index.sources
        ]
        taken = {"kinds": sorted(self.kinds), "max_bytes": self.max_bytes}
        return {"articles": articles, "passages": index.size, "job": asdict(self._job)} | taken

    def add(self, name: str, data: bytes) -> str:
        """Puts a file into the corpus; returns the name it has there. One of the same name is kept among the removed.

        Raises:
            BadInput: its name, kind or size cannot be taken.
        """
        name = safe_name(name)
        kind = PurePosixPath(name).suffix.lower()
        if kind not in self.kinds:
            raise BadInput(f"{name}: this kind of file cannot be read; {', '.join(sorted(self.kinds))} can")
        if not data:
            raise BadInput(f"{name}: the file is empty")
        if len(data) > self.max_bytes:
            raise BadInput(f"{name}: the file is larger than {self.max_bytes:,} bytes")
        place = self._corpus / name
        if place.is_symlink() or place.is_dir():
            raise BadInput(f"{name}: the library has a folder or link of this name; rename the file")
        with tempfile.NamedTemporaryFile(dir=self._corpus, prefix=".adding-", delete=False) as file:
            file.write(data)
        added = Path(file.name)
        added.chmod(0o644)
        if place.exists():
            shutil.copy2(place, self._kept(name))
        added.replace(place)
        self.refresh()
        return name

    def remove(self, source: str) -> None:
        """Takes a file out of the corpus; it is kept in the folder for removed ones.

        Raises:
            NoSuchArticle: it is not among the corpus's own files.
        """
        with suppress(CorpusError):
            if source in list_sources(self._corpus) and not (self._corpus / source).is_symlink():
                shutil.move(self._corpus / source, self._kept(PurePosixPath(source).name))
                self.refresh()
                return
        raise NoSuchArticle("the library has no such file; it may have been removed already")

    def _kept(self, name: str) -> Path:
        """Where a file that leaves the corpus is kept: a name that no other has."""
        self._removed.mkdir(parents=True, exist_ok=True)
        return self._removed / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}-{safe_name(name)}"

    def refresh(self) -> None:
        """Brings the index up to date on a thread; asked again meanwhile, it does so once more."""
        with self._lock:
            if self._job.running:
                self._again = True
                return
            self._job = Job(running=True)
        threading.Thread(target=self._run, name="indexing", daemon=True).start()

    def _run(self) -> None:
        while True:
            note = self._update_once()
            with self._lock:
                if not self._again:
                    self._job = Job(note=note)
                    return
                self._again = False

    def _update_once(self) -> str:
        try:
            report = self._update(self._show)
        except RagError as error:
            return str(error)
        except Exception:
            log.exception("the index could not be brought up to date")
            return "The index could not be brought up to date; the server's log says why."
        self._changes |= {change.source: change.change for change in report.changes if change.change != "unchanged"}
        return _told(report)

    def _show(self, done: int, total: int) -> None:
        self._job = replace(self._job, done=done, total=total)


def safe_name(name: str) -> str:
    """A file name without folders, hidden dots and characters that have no place in one.

    Raises:
        BadInput: nothing is left of it, or it is longer than 120 characters.
    """
    name = unicodedata.normalize("NFC", name).encode("utf-8", "ignore").decode()
    name = _SPECIAL.sub("-", name.replace("\\", "/").rpartition("/")[2]).strip(" .-")
    if not name or len(name.encode()) > MAX_NAME_CHARS:
        raise BadInput(f"a file name must have 1 to {MAX_NAME_CHARS} characters: rename the file")
    return name


def _told(report: IndexReport) -> str:
    """What an update did, for people."""
    counts = Counter(change.change for change in report.changes)
    said = ", ".join(f"{count} {change}" for change, count in counts.items() if change != "unchanged")
    return f"Up to date: {said or 'nothing has changed'}."


def find(index: Index, words: str, count: int = MAX_HITS) -> list[dict[str, Any]]:
    """The passages that hold `words`, best first, at most three of an article, each by its best sentence."""
    rows = [row for row, score in index.lexical(words, 4 * count) if score > 0]
    hits: list[dict[str, Any]] = []
    taken: dict[str, int] = {}
    for passage in index.passages(rows):
        if taken.get(passage.article_id, 0) == 3 or len(hits) == count:
            continue
        taken[passage.article_id] = taken.get(passage.article_id, 0) + 1
        start, end = best_sentence(passage, words)
        hits.append(
            {
                "article_id": passage.article_id,
                "title": passage.title,
                "section": heading_above(passage, start),
                "start": start,
                "end": end,
                "quote": passage.quote(start, end),
            }
        )
    return hits


def best_sentence(passage: Passage, words: str) -> tuple[int, int]:
    """The span of the sentence with the most of `words`, in any ending, in it and in what it stands under.

    The first of several; a heading or a question only where the passage has nothing else.
    """
    stems = [word[: max(3, len(word) - 2)] for word in re.findall(r"\w{3,}", words.casefold())]

    def held(sentence: Sentence) -> float:
        said = passage.quote(sentence.start, sentence.end).casefold()
        above = heading_above(passage, sentence.start).casefold()
        return sum(stem in said for stem in stems) + sum(stem in above for stem in stems) / 2

    saying = [sentence for sentence in passage.sentences if sentence.role in ANSWERING]
    best = max(saying or passage.sentences, key=held, default=None)
    return (best.start, best.end) if best else (passage.start, passage.end)
