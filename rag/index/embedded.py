"""Everything embedded so far, by content: an append-only log of passage vectors and token vectors.

A passage is embedded once. Its slot in the log is found again by a digest of what the model read, so a renamed, moved
or restored article costs nothing, and neither does work that was cut short by a kill. Nothing in a log is ever changed:
a generation trusts the slots that were there when it was finished. This module does not know articles or rows.

Files, of plain records: `slots.bin` (who is where), `vectors.bin` (float32), `tokens.bin` (one record a token) and
`pieces.bin` (which word pieces each passage holds, once each). Data is written before the slot that points to it.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from rag.index.layout import sync, sync_folder
from rag.index.manifest import IndexDamaged
from rag.index.records import Array, ByteFile

if TYPE_CHECKING:
    from rag.embedding.embeddings import Encoded

SLOT = np.dtype(
    [("key", "S16"), ("token", "<u8"), ("tokens", "<u4"), ("piece", "<u8"), ("pieces", "<u4"), ("crc", "<u4")]
)
FILES = ("slots.bin", "vectors.bin", "tokens.bin", "pieces.bin")
UNIT_TOLERANCE = 1e-2


def content_key(context: str, text: str) -> bytes:
    """The identity of what the model reads."""
    read = f"{context}\n{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(read, digest_size=15).digest() + b"\1"  # the last byte: numpy drops zeros at the end


class TokenCodec:
    """How one token is kept: its id, its place, and its vector as one signed byte a dimension with a scale of its own.

    Against float32, cosines between MiniLM's tokens move by 0.0003 in the mean and 0.003 at most, and a passage takes a
    quarter of the room. The only place that knows this width.
    """

    def __init__(self, dimension: int) -> None:
        self.dtype = np.dtype(
            [("id", "<i4"), ("start", "<i4"), ("end", "<i4"), ("scale", "<f4"), ("codes", "i1", (dimension,))]
        )

    def pack(self, encoded: Encoded) -> Array:
        """One record a token."""
        records = np.zeros(len(encoded.token_ids), dtype=self.dtype)
        records["id"] = encoded.token_ids
        records["start"], records["end"] = encoded.token_spans.reshape(-1, 2).T
        scale = np.abs(encoded.token_vectors).max(axis=1, initial=1e-12) / 127
        records["scale"] = scale
        records["codes"] = np.rint(encoded.token_vectors / scale[:, None])
        return records

    def unpack(self, records: Array) -> tuple[Array, Array, Array]:
        """Token ids (n,), spans (n, 2) and unit vectors (n, d)."""
        spans = np.stack([records["start"], records["end"]], axis=1).astype(np.int32)
        vectors = records["codes"].astype(np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return records["id"].astype(np.int32), spans, vectors


class EmbeddingLog:
    """A log that is read. Slots are ints from 0; `size` of them are trusted.

    Raises:
        IndexDamaged: a file is missing, or (later) what is read is not what was written.
    """

    def __init__(self, folder: Path, dimension: int, token_dimension: int, size: int | None = None) -> None:
        self.folder = folder
        self.dimension = dimension
        self.token_dimension = token_dimension
        self._codec = TokenCodec(token_dimension)
        self.slots = _read_slots(folder, size)
        self._vectors = ByteFile(folder / "vectors.bin")
        self._tokens = ByteFile(folder / "tokens.bin")
        self._pieces = ByteFile(folder / "pieces.bin")

    def __len__(self) -> int:
        return len(self.slots)

    def vectors(self, slots: Sequence[int] | Array) -> NDArray[np.float32]:
        """Passage vectors, (len(slots), d).

        Raises:
            IndexDamaged: one of them is not a unit vector, as all were when they were written.
        """
        width = 4 * self.dimension
        data = b"".join(self._vectors.read(int(slot) * width, width) for slot in slots)
        vectors = np.frombuffer(data, dtype="<f4").reshape(-1, self.dimension)
        norms = np.einsum("nd,nd->n", vectors, vectors)
        if not np.all(np.abs(norms - 1) < UNIT_TOLERANCE):
            raise IndexDamaged(f"{self._vectors.path} holds vectors that are not of unit length", self.folder)
        return vectors

    def blocks(self, size: int = 8192) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """All passage vectors, some at a time, each time with the slot of the first."""
        width = 4 * self.dimension
        for first in range(0, len(self), size):
            count = min(size, len(self) - first)
            data = self._vectors.read(first * width, count * width)
            yield first, np.frombuffer(data, dtype="<f4").reshape(count, self.dimension)

    def encoded(self, slot: int) -> Encoded:
        """What the embedder gave for this passage; token vectors as exact as `TokenCodec` keeps them.

        Raises:
            IndexDamaged: the bytes are not those that were written.
        """
        from rag.embedding.embeddings import Encoded

        vector, tokens, _ = self.raw(slot)
        unpacked = self._codec.unpack(np.frombuffer(tokens, dtype=self._codec.dtype))
        return Encoded(np.frombuffer(vector, dtype="<f4"), *unpacked)

    def raw(self, slot: int) -> tuple[bytes, bytes, bytes]:
        """The bytes of a slot, checked: vector, tokens, pieces."""
        entry = self.slots[slot]
        vector = self._vectors.read(slot * 4 * self.dimension, 4 * self.dimension)
        width = self._codec.dtype.itemsize
        tokens = self._tokens.read(int(entry["token"]) * width, int(entry["tokens"]) * width)
        pieces = self._pieces.read(int(entry["piece"]) * 4, int(entry["pieces"]) * 4)
        if _crc(vector, tokens, pieces) != entry["crc"]:
            raise IndexDamaged(f"passage {slot} of {self.folder} is not what was written", self.folder)
        return vector, tokens, pieces

    def whole(self, trusted: int = 0) -> int:
        """How many slots, from the first on, are what was written; the first `trusted` are taken to be."""
        token, piece = _end(self.slots[trusted - 1]) if trusted else (0, 0)
        for slot in range(trusted, len(self)):
            entry = self.slots[slot]
            try:
                self.raw(slot)
            except (IndexDamaged, OverflowError):
                return slot
            if (entry["token"], entry["piece"]) != (token, piece):
                return slot
            token, piece = _end(entry)
        return len(self)

    def document_frequencies(self, slots: Array) -> NDArray[np.int64]:
        """In how many of these passages each word piece stands, by token id; a slot counts as often as it is given."""
        entries = self.slots[slots]
        order = np.argsort(entries["piece"], kind="stable")
        total = np.zeros(0, dtype=np.int64)
        for some in np.array_split(order, max(1, len(order) // 50_000)):
            pieces = [self._pieces.read(int(e["piece"]) * 4, int(e["pieces"]) * 4) for e in entries[some]]
            counts = np.bincount(np.frombuffer(b"".join(pieces), dtype="<i4"))
            total, counts = (total, counts) if len(total) >= len(counts) else (counts.astype(np.int64), total)
            total[: len(counts)] += counts
        return total

    def find(self, key: bytes) -> int | None:
        """The slot of a content key, whole and checked; None where there is none."""
        slot = self._index.get(key)
        if slot is None:
            return None
        try:
            self.raw(slot)
        except (IndexDamaged, OverflowError):
            return None
        return slot

    @property
    def _index(self) -> dict[bytes, int]:
        if not hasattr(self, "_keys"):
            self._keys = {key: slot for slot, key in enumerate(self.slots["key"].tolist())}
        return self._keys

    def close(self) -> None:
        """Lets the files go."""
        for file in (self._vectors, self._tokens, self._pieces):
            file.close()


class LogWriter:
    """A log that grows. One at a time, under the shelf's lock.

    Slots that a killed writer finished are kept; what it left after the last whole one is overwritten.

    Args:
        trusted: how many slots are known to be whole; those after them are checked.
        donors: other logs of the same embedder, from which embeddings are taken over.
        replaces: the log that this one is to replace, the first of the donors.
    """

    def __init__(
        self,
        folder: Path,
        dimension: int,
        token_dimension: int,
        *,
        trusted: int = 0,
        donors: Iterable[EmbeddingLog] = (),
        replaces: EmbeddingLog | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            (folder / name).touch()
        self.folder = folder
        self._codec = TokenCodec(token_dimension)
        self._log = EmbeddingLog(folder, dimension, token_dimension)
        self._log.slots = self._log.slots[: self._log.whole(trusted)]
        self._replaces = replaces
        self._donors = (*([replaces] if replaces else []), *donors)
        self._new: dict[bytes, int] = {}
        self._waiting: list[bytes] = []
        self.size = len(self._log)
        self._token, self._piece = _end(self._log.slots[-1]) if self.size else (0, 0)
        self._widths = (SLOT.itemsize, 4 * dimension, self._codec.dtype.itemsize, 4)
        self._files = [_open_at(folder / name, length) for name, length in self.lengths.items()]

    def find(self, key: bytes) -> int | None:
        """The slot of a content key, in this log or taken over from a donor; None where it must be embedded."""
        slot = self._new.get(key)
        if slot is None:
            slot = self._log.find(key)
        if slot is not None:
            return slot
        for donor in self._donors:
            given = donor.find(key)
            if given is not None:
                entry = donor.slots[given]
                return self._append(key, donor.raw(given), int(entry["tokens"]), int(entry["pieces"]))
        return None

    def adopt(self, slots: Array) -> Array:
        """The slots here of what has these slots in the log that this one replaces; the same where it replaces none.

        Raises:
            IndexDamaged: one of them is not what was written.
        """
        old = self._replaces
        if old is None:
            return slots
        here = [self.find(bytes(old.slots[slot]["key"])) for slot in slots]
        if None in here:
            raise IndexDamaged(f"{old.folder} is damaged", old.folder)
        return np.array(here, dtype=slots.dtype)

    def append(self, key: bytes, encoded: Encoded) -> int:
        """Keeps what the embedder gave; returns its slot."""
        pieces = np.unique(encoded.token_ids).astype("<i4")
        raw = (encoded.vector.astype("<f4").tobytes(), self._codec.pack(encoded).tobytes(), pieces.tobytes())
        return self._append(key, raw, len(encoded.token_ids), len(pieces))

    def _append(self, key: bytes, raw: tuple[bytes, bytes, bytes], tokens: int, pieces: int) -> int:
        for file, data in zip(self._files[1:], raw, strict=True):
            file.write(data)
        entry = np.array([(key, self._token, tokens, self._piece, pieces, _crc(*raw))], dtype=SLOT)
        self._waiting.append(entry.tobytes())
        self._token += tokens
        self._piece += pieces
        slot = self._new[key] = self.size
        self.size += 1
        return slot

    def flush(self) -> None:
        """From here on a kill loses nothing that was appended."""
        for file in self._files[1:]:
            file.flush()
        self._files[0].write(b"".join(self._waiting))
        self._files[0].flush()
        self._waiting.clear()

    @property
    def lengths(self) -> dict[str, int]:
        """How long each file is, in bytes, when all is flushed."""
        counts = (self.size, self.size, self._token, self._piece)
        return {name: count * width for name, count, width in zip(FILES, counts, self._widths, strict=True)}

    def sync(self) -> None:
        """From here on a power cut loses nothing that was appended."""
        self.flush()
        for file in self._files:
            sync(file)
        sync_folder(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Keeps what was paid for, and lets the files go. What a full disk does not take is lost without a word."""
        with suppress(OSError, ValueError):
            self.flush()
        self._log.close()
        for file in self._files:
            with suppress(OSError):
                file.close()


def _end(entry: Any) -> tuple[int, int]:
    return int(entry["token"]) + int(entry["tokens"]), int(entry["piece"]) + int(entry["pieces"])


def _crc(vector: bytes, tokens: bytes, pieces: bytes) -> int:
    return zlib.crc32(pieces, zlib.crc32(tokens, zlib.crc32(vector)))


def _open_at(path: Path, position: int) -> IO[bytes]:
    file = path.open("r+b")
    file.seek(position)
    return file


def _read_slots(folder: Path, size: int | None) -> Array:
    try:
        data = (folder / "slots.bin").read_bytes()
    except OSError as error:
        raise IndexDamaged(f"{folder / 'slots.bin'} cannot be read ({error.strerror})") from None
    count = len(data) // SLOT.itemsize
    if size is not None:
        if count < size:
            raise IndexDamaged(f"{folder / 'slots.bin'} is shorter than it was")
        count = size
    return np.frombuffer(data[: count * SLOT.itemsize], dtype=SLOT)
