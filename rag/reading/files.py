"""A file's bytes, read without harm: no device, pipe or link out of the folder, nothing over a limit, nothing torn.

It does not know what the bytes mean.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path


class Unreadable(Exception):
    """Why a file cannot be read, in words for its owner."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost.

    Attributes:
        max_bytes: of the file.
        max_chars: of the text in it; max_lines: of that text.
        max_pages: of a PDF.
        max_unpacked_bytes: of all that a DOCX or EPUB holds, which are zip archives; max_members: how many files.
        max_seconds, max_memory: for reading a document that is not plain text; memory in bytes.
    """

    max_bytes: int = 20_000_000
    max_chars: int = 5_000_000
    max_lines: int = 500_000
    max_pages: int = 2_000
    max_unpacked_bytes: int = 200_000_000
    max_members: int = 5_000
    max_seconds: float = 60.0
    max_memory: int = 2_000_000_000


DEFAULT_LIMITS = Limits()


def read_bytes(folder: Path, source: str, limits: Limits) -> bytes:
    """The bytes of `folder/source`. A file that changes while it is read is read once more.

    Raises:
        Unreadable: it is missing, empty, no regular file, outside the folder, too large, or still changing.
    """
    path = folder / source
    try:
        if not path.resolve(strict=True).is_relative_to(folder.resolve(strict=True)):
            raise Unreadable("it is a link to a file outside the corpus: copy the file itself there")
        for _ in range(2):
            data = _read_once(path, limits.max_bytes)
            if data is not None:
                return data
    except FileNotFoundError:
        raise Unreadable("there is no such file, or it is a link to nothing") from None
    except (OSError, RuntimeError, ValueError) as error:
        raise Unreadable(f"it cannot be opened: {getattr(error, 'strerror', None) or error}") from None
    raise Unreadable("it changes while it is read: try again when whatever writes it is done")


def _read_once(path: Path, max_bytes: int) -> bytes | None:
    """The bytes of a file, or None where it changed meanwhile."""
    _check(path.stat(), max_bytes)  # before opening: opening a device can do things
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        before = os.fstat(file.fileno())
        _check(before, max_bytes)
        data = file.read(max_bytes + 1)
        after = os.fstat(file.fileno())
    if len(data) > max_bytes:
        raise Unreadable(_too_large(len(data), max_bytes))
    if not data.strip():
        raise Unreadable("it is empty")
    whole = len(data) == after.st_size and (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    return data if whole else None


def _check(status: os.stat_result, max_bytes: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable("it is not a regular file (a folder, pipe, socket or device): remove it from the corpus")
    if status.st_size > max_bytes:
        raise Unreadable(_too_large(status.st_size, max_bytes))


def _too_large(size: int, max_bytes: int) -> str:
    return f"it is too large: {size:,} bytes, of at most {max_bytes:,} (setting RAG_MAX_FILE_BYTES); split it"
