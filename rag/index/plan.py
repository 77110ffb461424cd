"""What changed in the corpus since a generation was built, told by content. Reads files, builds nothing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from rag.index.manifest import SourceRecord
from rag.reading.articles import article_ids, list_sources
from rag.reading.files import Limits, Unreadable, read_bytes

Change = Literal["added", "changed", "renamed", "unchanged", "removed", "failed"]
Notice = Callable[[str], None]
"""Called with a line for people."""
Progress = Callable[[int, int], None]
"""Called with how many files are done, and of how many."""

_SETTLED_NS = 2_000_000_000
"""A file changed less than two seconds before it was read may change again within one tick of its clock."""


@dataclass(frozen=True, slots=True)
class SourceChange:
    """What became of one file. `detail` is the reason of a failure, or the old name of a renamed file."""

    source: str
    change: Change
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One file of the corpus: kept from the old generation as it is, or to be read.

    Attributes:
        record: as in the old generation where `keep`; else its size, time, digest and id, no more.
    """

    record: SourceRecord
    keep: bool
    change: SourceChange


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything in the corpus, by name, and what is gone from it."""

    items: tuple[Item, ...]
    removed: tuple[SourceChange, ...]

    @property
    def changes_nothing(self) -> bool:
        """Whether the old generation says it all."""
        return not self.removed and all(item.keep for item in self.items)


def make_plan(corpus: Path, old: Mapping[str, SourceRecord], *, trusted: bool, limits: Limits) -> Plan:
    """Compares the corpus with the sources of the old generation.

    Args:
        trusted: whether its passages were cut as they would be now; if not, every file is read again.

    Raises:
        CorpusError: the folder is missing, unreadable, or holds no document.
    """
    sources = list_sources(corpus)
    ids = article_ids(sources)
    found = [replace(look(corpus, source, old.get(source), limits), article_id=ids[source]) for source in sources]
    gone = {source: record for source, record in old.items() if source not in ids}
    by_content = {record.sha256: record for record in gone.values() if not record.failure}
    items: list[Item] = []
    for record in found:
        before = old.get(record.source)
        if before is None and record.sha256 in by_content:
            moved = by_content.pop(record.sha256).source
            del gone[moved]
            items.append(Item(record, False, SourceChange(record.source, "renamed", moved)))
        else:
            items.append(_item(record, before, trusted))
    return Plan(tuple(items), tuple(SourceChange(source, "removed") for source in gone))


def _item(record: SourceRecord, before: SourceRecord | None, trusted: bool) -> Item:
    if before is None:
        return Item(record, False, SourceChange(record.source, "added"))
    if before.sha256 != record.sha256:
        return Item(record, False, SourceChange(record.source, "changed"))
    change = SourceChange(record.source, "failed" if before.failure else "unchanged", before.failure)
    if not trusted or (not before.failure and before.article_id != record.article_id):
        return Item(record, False, change)
    return Item(replace(before, size=record.size, mtime_ns=record.mtime_ns, checked_ns=record.checked_ns), True, change)


def look(corpus: Path, source: str, before: SourceRecord | None, limits: Limits) -> SourceRecord:
    """A file's size, time and digest; the old digest is believed where size and time are the same and settled.

    A file that cannot be read has its reason for a digest, so it is tried again when the reason changes.
    """
    size, mtime, now = -1, 0, time.time_ns()
    try:
        status = (corpus / source).stat()
        size, mtime = status.st_size, status.st_mtime_ns
        settled = before is not None and before.mtime_ns + _SETTLED_NS < before.checked_ns
        if before is not None and settled and not before.failure and (size, mtime) == (before.size, before.mtime_ns):
            return before
        content = hashlib.sha256(read_bytes(corpus, source, limits)).hexdigest()
    except (Unreadable, OSError, ValueError) as error:
        content = f"unreadable: {error}"
    return SourceRecord(source, size, mtime, now, content)


@cache
def recipe() -> str:
    """A digest of the code that makes passages of files, so that its changes are never answered from an old index.

    That is the whole wing `rag.reading`, with the nouns that it makes.
    """
    home = Path(__file__).parents[1]
    files = [home / "types.py", *(home / "reading").rglob("*.py")]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()
