"""The articles' texts, by source: what evidence is resolved in and quotes are checked against.

A `.md` or `.txt` is read from its file, not from the index, so that "the quote is exact" is checked against what a
person would open. Other formats have no text but the one that was indexed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PLAIN = {".md", ".txt"}


class CorpusTexts(Mapping[str, str]):
    """Texts of the articles in `folder`, read when asked for. `index` (the assistant's) holds the other formats."""

    def __init__(self, folder: Path, index: Any = None) -> None:
        self._folder = folder
        self._index = index
        self._ids = {record.source: record.article_id for record in index.articles} if index is not None else {}
        self._texts: dict[str, str] = {}

    def __getitem__(self, source: str) -> str:
        if source not in self._texts:
            self._texts[source] = self._read(source)
        return self._texts[source]

    def _read(self, source: str) -> str:
        path = self._folder / source
        if path.suffix.lower() in PLAIN and path.is_file():
            try:
                return path.read_text(encoding="utf-8-sig")  # universal newlines: \r\n is read as \n
            except UnicodeDecodeError:
                if source not in self._ids:
                    raise KeyError(source) from None
        return str(self._index.article(self._ids[source]).text)

    def __iter__(self) -> Iterator[str]:
        plain = (p.relative_to(self._folder).as_posix() for p in sorted(self._folder.rglob("*")) if p.suffix in PLAIN)
        return iter(dict.fromkeys([*self._ids, *plain]))

    def __len__(self) -> int:
        return sum(1 for _ in self)
