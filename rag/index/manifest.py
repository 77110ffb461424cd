"""What a generation says about itself: which embedder and articles it was built from, and which files make it whole.

This module does not know what is inside those files.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from operator import attrgetter
from pathlib import Path

from rag.errors import IndexMismatch, RagError
from rag.index.layout import FORMAT, sync, sync_folder

DAMAGED = "damaged"
"""A file of this name in a generation or a log says that damage was met there while it was being read."""

STORE_LOST = "store-lost"
"""A file of this name in a generation says that its vectors in Chroma are damaged; everything else in it is whole."""

UNSTAMPED = re.compile(rf"manifest\.json|lease|{DAMAGED}|{STORE_LOST}|chroma\.sqlite3.*")
"""Files of a generation that change while it is read. Chroma writes to its database whenever it opens it."""


class IndexDamaged(RagError):
    """A file of the index is not what was written. The index can be mended from the articles.

    Attributes:
        home: the generation or log in which damage was met while it was being read; None where a check found it.
    """

    def __init__(self, message: str, home: Path | None = None) -> None:
        super().__init__(message)
        self.home = home


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One file of the corpus, as it was when it was indexed.

    Attributes:
        source: path relative to the corpus, with forward slashes.
        size, mtime_ns, checked_ns: the file's size and time, and the clock when it was read.
        sha256: of the file's bytes.
        article_id, title: empty where the file could not be read.
        first, passages: its rows are first, first + 1, … first + passages - 1.
        at, length: where its text stands in the generation's articles file, in bytes.
        failure: why it is not in the index; empty where it is.
    """

    source: str
    size: int
    mtime_ns: int
    checked_ns: int
    sha256: str
    article_id: str = ""
    title: str = ""
    first: int = 0
    passages: int = 0
    at: int = 0
    length: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file was when the generation was finished."""

    size: int
    mtime_ns: int
    crc: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The facts of one generation.

    Attributes:
        recipe: a digest of the code that reads and cuts articles; another one means that they are cut again.
        log, log_slots, log_crc: the folder of embeddings it uses, how many it may use, and the checksum of their table.
        log_bytes: how long each file of that folder must be at least.
        churn: how many passages its vector store has changed since it was built from nothing.
        chroma_url, collection: where its vectors are searched; an empty URL means in its own folder.
        files: every other file of the generation, by its path in it.
    """

    fingerprint: str
    dimension: int
    token_dimension: int
    recipe: str
    passages: int
    log: str
    log_slots: int
    log_crc: int
    log_bytes: Mapping[str, int]
    churn: int
    chroma_url: str
    collection: str
    files: Mapping[str, Stamp]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """The last file of a generation, which makes it whole; with a checksum of itself."""
    body = json.dumps(asdict(manifest), sort_keys=True)
    text = json.dumps({"format": FORMAT, "crc": zlib.crc32(body.encode()), "body": json.loads(body)}, indent=1)
    with (folder / "manifest.json").open("wb") as file:
        file.write(text.encode("utf-8"))
        sync(file)
    sync_folder(folder)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a generation.

    Raises:
        IndexDamaged: there is none, it is damaged, or it was written in an older format.
        IndexMismatch: a newer program wrote it.
    """
    try:
        outer = json.loads((folder / "manifest.json").read_text("utf-8"))
        version, body = outer["format"], outer["body"]
        if isinstance(version, int) and version > FORMAT:
            raise IndexMismatch(
                f"the index in {folder.parent} was written by a newer program (format {version}, this "
                f"one knows {FORMAT}); upgrade, or choose another folder with --index"
            )
        if version != FORMAT or zlib.crc32(json.dumps(body, sort_keys=True).encode()) != outer["crc"]:
            raise IndexDamaged(f"the manifest of {folder} is damaged or of an older format")
        body["files"] = {name: Stamp(**stamp) for name, stamp in body["files"].items()}
        return Manifest(**body)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise IndexDamaged(f"the manifest of {folder} is missing or damaged") from None


def stamp_files(folder: Path) -> dict[str, Stamp]:
    """Puts every file of a finished generation on the disk, and notes what it is."""
    stamps: dict[str, Stamp] = {}
    for path in sorted(entry for entry in folder.rglob("*") if entry.is_file()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        if not UNSTAMPED.fullmatch(path.name):
            found = path.stat()
            stamps[path.relative_to(folder).as_posix()] = Stamp(found.st_size, found.st_mtime_ns, checksum(path))
    for inner in {path.parent for path in folder.rglob("*")}:
        sync_folder(inner)
    return stamps


def check_files(folder: Path, manifest: Manifest, *, every_byte: bool = False) -> None:
    """Sees whether the generation's files are what they were: by size and time, and by content where those differ.

    Raises:
        IndexDamaged: one isn't; the message names it.
    """
    for home in (folder, folder.parent / manifest.log):
        if (home / DAMAGED).exists():
            raise IndexDamaged(f"{home} was found to be damaged when it was read")
    for name, stamp in manifest.files.items():
        try:
            found = (folder / name).stat()
        except OSError:
            raise IndexDamaged(f"{folder / name} is missing") from None
        if found.st_size != stamp.size:
            raise IndexDamaged(f"{folder / name} has {found.st_size} bytes, not {stamp.size}")
        if (every_byte or found.st_mtime_ns != stamp.mtime_ns) and checksum(folder / name) != stamp.crc:
            raise IndexDamaged(f"{folder / name} is not what was written")
    for name, size in manifest.log_bytes.items():
        path = folder.parent / manifest.log / name
        if not path.is_file() or path.stat().st_size < size:
            raise IndexDamaged(f"{path} is missing or shorter than {size} bytes")
    slots = folder.parent / manifest.log / "slots.bin"
    if checksum(slots, manifest.log_bytes["slots.bin"]) != manifest.log_crc:
        raise IndexDamaged(f"{slots} is not what was written")


def mark(folder: Path, what: str, problem: str) -> bool:
    """Notes in a generation or a log that it is `DAMAGED` or `STORE_LOST`, so that the next update does without.

    Returns whether it could be noted: on a disk that is full or cannot be written it will be met again.
    """
    try:
        (folder / what).write_text(problem, "utf-8", "backslashreplace")
    except OSError:
        with suppress(OSError):
            (folder / what).unlink()
        return False
    return True


def checksum(path: Path, length: int | None = None) -> int:
    """CRC-32 of a file, or of its first `length` bytes."""
    crc, left = 0, path.stat().st_size if length is None else length
    with path.open("rb") as file:
        while left > 0 and (piece := file.read(min(left, 1 << 20))):
            crc = zlib.crc32(piece, crc)
            left -= len(piece)
    return crc


def read_sources(folder: Path) -> list[SourceRecord]:
    """Every source of a generation, in the order of its rows."""
    with (folder / "sources.jsonl").open("rb") as file:
        return [SourceRecord(*json.loads(line)) for line in file]


_fields_of = attrgetter(*(field.name for field in fields(SourceRecord)))


def source_to_json(record: SourceRecord) -> bytes:
    """One line for `sources.jsonl`: the values of the record, in the order of its fields."""
    return json.dumps(_fields_of(record), separators=(",", ":")).encode("ascii") + b"\n"
