"""The articles' texts, by source: what evidence is resolved in and quotes are checked against.

A `.md` or `.txt` is read from its file, not from the index, so that "the quote is exact" is checked against what a
person would open. Other formats have no text but the one that was indexed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

PLAIN = {".md", ".txt"}


class CorpusTexts(Mapping[str, str]):
    """Texts of the articles in `folder`, read when asked for. `index` (the assistant's) says which files are articles,
    and holds the text of the other formats; without one, every `.md` and `.txt` is an article."""

    def __init__(self, folder: Path, index: Any = None) -> None:
        self._folder = folder
        self._index = index
        if index is None:
            self._ids = dict.fromkeys(_plain_files(folder), "")
        else:
            self._ids = {record.source: record.article_id for record in index.articles}
        self._texts: dict[str, str] = {}

    def __getitem__(self, source: str) -> str:
        if source not in self._texts:
            self._texts[source] = self._read(source)
        return self._texts[source]

    def _read(self, source: str) -> str:
        article_id, path = self._ids[source], self._folder / source
        if path.suffix.lower() in PLAIN:
            with suppress(OSError, UnicodeDecodeError):
                return path.read_text(encoding="utf-8-sig")  # universal newlines: \r\n is read as \n
        if self._index is None:
            raise KeyError(source)
        return str(self._index.article(article_id).text)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def _plain_files(folder: Path) -> Iterator[str]:
    files = (path for path in folder.rglob("*") if path.suffix.lower() in PLAIN)
    return (path.relative_to(folder).as_posix() for path in sorted(files))
