"""Passages and articles as lines of JSON in a generation, and the table that says where each row's line is.

This module does not know vectors, words or Chroma.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.index.manifest import IndexDamaged
from rag.types import Article, Passage, Role, Sentence

ROW = np.dtype([("id", "<u8"), ("slot", "<u4"), ("at", "<u8"), ("length", "<u4")])
"""One row: the digest of its line, its place in the embedding log, and where its line is in `passages.jsonl`."""

_ROLES = tuple(Role)
Array = NDArray[Any]


class ByteFile:
    """A file that any number of threads read at any place. A file cut short is an error here, not a crash."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise IndexDamaged(f"{path} cannot be read ({error.strerror})") from None
        self._lock = threading.Lock()

    def read(self, at: int, length: int) -> bytes:
        """Exactly `length` bytes from `at`.

        Raises:
            IndexDamaged: the file is shorter than that.
        """
        if hasattr(os, "pread"):
            data = os.pread(self._file.fileno(), length, at)
        else:
            with self._lock:
                self._file.seek(at)
                data = self._file.read(length)
        if len(data) != length:
            raise IndexDamaged(f"{self.path} is shorter than it was", self.path.parent)
        return data

    def close(self) -> None:
        """Lets the file go."""
        self._file.close()


def digest(line: bytes) -> int:
    """The identity of a passage's line: equal digests are equal passages, in text, place and title."""
    return int.from_bytes(hashlib.blake2b(line, digest_size=8).digest(), "little")


def passage_to_json(passage: Passage) -> bytes:
    """One line; sentences are `[start, end, role, block]`, counted from the passage's start."""
    sentences = [
        [s.start - passage.start, s.end - passage.start, _ROLES.index(s.role), s.block] for s in passage.sentences
    ]
    fields = [
        passage.passage_id,
        passage.article_id,
        passage.title,
        passage.source,
        passage.headings,
        passage.start,
        passage.end,
        passage.text,
        sentences,
    ]
    return json.dumps(fields, separators=(",", ":")).encode("ascii") + b"\n"


def passage_from_json(line: bytes) -> Passage:
    """The passage of one line."""
    passage_id, article_id, title, source, headings, start, end, text, sentences = json.loads(line)
    return Passage(
        passage_id,
        article_id,
        title,
        source,
        tuple(headings),
        start,
        end,
        text,
        tuple(Sentence(start + a, start + b, _ROLES[role], block) for a, b, role, block in sentences),
    )


def article_to_json(article: Article) -> bytes:
    """One line."""
    fields = [article.article_id, article.title, article.source, article.text, dict(article.metadata)]
    return json.dumps(fields, separators=(",", ":")).encode("ascii") + b"\n"


def article_from_json(line: bytes) -> Article:
    """The article of one line."""
    fields: list[Any] = json.loads(line)
    return Article(*fields)


def read_rows(folder: Path) -> Array:
    """The row table of a generation, mapped from the disk."""
    table: Array = np.load(folder / "rows.npy", mmap_mode="r")
    return table
