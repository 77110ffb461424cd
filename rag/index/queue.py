"""Passages on their way through the embedder: some are embedded while the next are being cut.

This module does not read articles and does not know what a generation is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.index.embedded import LogWriter, content_key
from rag.index.records import Array
from rag.types import Passage

if TYPE_CHECKING:
    from rag.embedding.embeddings import Encoded, TokenEmbeddings

AT_FIRST, AT_ONCE = 128, 512
"""New passages that are collected before they are embedded together: the first few soon, so that work can begin."""
FLUSH = 64
"""Embedded passages after which a kill loses nothing."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A text to embed, and the rows (of which tables) that are to get its slot."""

    context: str
    text: str
    places: list[tuple[Array, int]]


class EmbeddingQueue:
    """Finds or makes the slots of passages. Rows have theirs at the latest after `finish`.

    Attributes:
        embedded: how many passages were embedded.
        reused: how many had been before, or are the same as another.
    """

    def __init__(self, log: LogWriter, embeddings: TokenEmbeddings) -> None:
        self._log, self._embeddings = log, embeddings
        self._waiting: dict[bytes, _Entry] = {}
        self._under_way: dict[bytes, _Entry] = {}
        self._results: Iterator[Encoded] = iter(())
        self.embedded = self.reused = 0

    def put(self, passage: Passage, rows: Array, row: int) -> None:
        """Sees to it that `rows["slot"][row]` will be the slot of `passage`."""
        key = content_key(passage.context, passage.text)
        same = self._waiting.get(key) or self._under_way.get(key)
        slot = None if same else self._log.find(key)
        if same:
            same.places.append((rows, row))
        elif slot is not None:
            rows["slot"][row] = slot
        else:
            self._waiting[key] = _Entry(passage.context, passage.text, [(rows, row)])
            return
        self.reused += 1

    def advance(self) -> None:
        """Embeds in the background what waits, once it is enough."""
        if len(self._waiting) >= (AT_ONCE if self._under_way else AT_FIRST):
            self.turn()

    def finish(self) -> None:
        """Embeds all that waits, and writes it."""
        self.turn()
        self._write()

    def turn(self) -> None:
        """Writes what is under way, then starts on what waits."""
        self._write()
        self._under_way, self._waiting = self._waiting, {}
        self._results = self._embeddings.encode_passages([(e.context, e.text) for e in self._under_way.values()])

    def _write(self) -> None:
        for done, (key, result) in enumerate(zip(self._under_way, self._results, strict=True), 1):
            slot = self._log.append(key, result)
            for rows, row in self._under_way[key].places:
                rows["slot"][row] = slot
            if done % FLUSH == 0:
                self._log.flush()
        self._log.flush()
        self.embedded += len(self._under_way)
        self._under_way, self._results = {}, iter(())
