"""What a reader gives, and which reader a suffix has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from rag.reading.files import Limits, Unreadable

SUFFIXES = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".epub": "epub",
}
"""The module of this package that reads each kind of file."""

MAX_METADATA_CHARS = 500

_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff\u00ad]")
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
_ESCAPED = re.compile(r"\\(?=[*_])")
_TYPED_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*\n]*[^\s*])\1(?![\w*])")
_ALL_BOLD = re.compile(r"\*\*[^*\n]+\*\*$")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a document, in the manner of Markdown, and what the document says of itself."""

    text: str
    metadata: Mapping[str, str] = field(default_factory=dict)


def extract(kind: str, data: bytes, limits: Limits) -> Extracted:
    """The text of a document of one of the `SUFFIXES`' kinds. Runs the reader here, in this process.

    Raises:
        Unreadable: the document is damaged, encrypted, without text, or over a limit.
        Exception: anything that a library makes of a hostile file.
    """
    read = import_module(f"rag.reading.readers.{kind}").read
    found: Extracted = read(data, limits)
    text = _BLANK_LINES.sub("\n\n", _plain(found.text)).strip()
    if not text:
        raise Unreadable("there is no text in it")
    return Extracted(text + "\n", {key: value for key, value in map(_clean, found.metadata.items()) if value})


def titled(text: str, title: str | None) -> str:
    """`text` with its title as a heading on top, unless it has a heading of the highest level there already."""
    title = without_marks(" ".join((title or "").split()))
    return text if not title or re.match(r"\s*# ", text) else f"# {title}\n\n{text}"


def without_marks(line: str) -> str:
    """A line of a document without Markdown typed into it, which its own program shows as stars and backslashes.

    A line that is bold throughout stays as it is: it is a heading in disguise.
    """
    line = _ESCAPED.sub("", line)
    return line if _ALL_BOLD.match(line) else _TYPED_EMPHASIS.sub(r"\2", line)


def _clean(pair: tuple[str, str]) -> tuple[str, str]:
    return pair[0], " ".join(_plain(str(pair[1] or "")).split())[:MAX_METADATA_CHARS]


def _plain(text: str) -> str:
    """A text without characters that stand for none, and with letters for ligatures, so that its words can be found."""
    return _NOT_TEXT.sub("", text).translate(_LIGATURES)
