"""Article -> what the reader shows: blocks of runs, each run an exact span of the article's text.

Runs carry offsets, not text, so that the page can mark the very sentence a citation quotes. Pure: it does not know the
page, the index or where articles come from. Nothing here is HTML; the page writes runs as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rag.reading.marks import BULLET_MARK, NUMBER_MARK, SEPARATOR_MARK, Kind
from rag.reading.structure import Block, read_structure
from rag.types import Article, Role, Sentence

MAX_DEPTH = 4
"""How deep emphasis may nest; deeper markup stays as it is written."""

_INLINE = re.compile(
    r"!\[(?P<alt>[^\[\]\n]*)\]\([^()\s]*(?:\s\"[^\"\n]*\")?\)"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<href>[^()\s]+)(?:\s\"[^\"\n]*\")?\)"
    r"|(?P<tick>`+)(?P<code>[^`\n]+)(?P=tick)"
    r"|(?P<bold>\*\*|__)(?=\S)(?P<strong>(?:(?!\n\n).)+?)(?<=\S)(?P=bold)"
    r"|(?<![*\w])\*(?=[^\s*])(?P<star>[^*\n]+?)(?<=[^\s*])\*(?!\*)"
    r"|(?<!\w)_(?=[^\s_])(?P<under>[^_\n]+?)(?<=[^\s_])_(?!\w)"
    r"|(?P<bare>https?://[^\s<>()\[\]\"']+[^\s<>()\[\]\"'.,;:!?])",
    re.S,
)
_SAFE_LINK = re.compile(r"(?:https?://|mailto:)[^\s\"'<>]+$", re.I)
_STYLES = {"code": "c", "strong": "b", "star": "i", "under": "i"}


@dataclass(frozen=True, slots=True)
class Run:
    """The span `[start, end)` in one style: letters out of b(old), i(talic), c(ode), p(icture), or "gap", a space."""

    start: int
    end: int
    style: str = ""
    href: str = ""

    def clip(self, start: int, end: int) -> Run | None:
        """The part of it inside `[start, end)`."""
        low, high = max(self.start, start), min(self.end, end)
        return Run(low, high, self.style, self.href) if low < high else None


@dataclass(frozen=True, slots=True)
class ReaderBlock:
    """A heading, paragraph, list, table, quote or code of the article.

    `items` are the paragraph, or the entries of a list, or the lines of code; `rows` are the rows of a table as cells.
    """

    kind: str
    items: tuple[tuple[Run, ...], ...]
    level: int = 0
    ordered: bool = False
    rows: tuple[tuple[tuple[Run, ...], ...], ...] = ()


def article_view(article: Article) -> dict[str, Any]:
    """The object that the reader gets: title, source, text, metadata, and the blocks with their runs."""
    return {
        "article_id": article.article_id,
        "title": article.title,
        "source": article.source,
        "metadata": dict(article.metadata),
        "text": article.text,
        "blocks": [
            {
                "kind": block.kind,
                "items": [_pack(item) for item in block.items],
                "level": block.level,
                "ordered": block.ordered,
                "rows": [[_pack(cell) for cell in row] for row in block.rows],
            }
            for block in article_blocks(article)
        ],
    }


def _pack(runs: Sequence[Run]) -> list[tuple[int, int, str, str]]:
    return [(run.start, run.end, run.style, run.href) for run in runs]


def article_blocks(article: Article) -> tuple[ReaderBlock, ...]:
    """The blocks of an article, in order; its front matter is left out."""
    text = article.text
    return tuple(
        _block(text, block)
        for block in read_structure(text, article.title)
        if block.kind is not Kind.FRONT_MATTER and block.sentences
    )


def _block(text: str, block: Block) -> ReaderBlock:
    runs = tuple(inline_runs(text, block.start, block.end)) if block.kind is not Kind.CODE else ()
    kind = str(block.kind)
    if block.kind is Kind.TABLE:
        lines = [s for s in block.sentences if not SEPARATOR_MARK.match(text[s.start : s.end])]
        rows = tuple(_cells(text, runs, line) for line in lines)
        return ReaderBlock(kind, (), rows=rows)
    if block.kind is Kind.CODE:
        plain = (Run(block.start, block.end),)
        return ReaderBlock(kind, tuple(tuple(_within(plain, s.start, s.end)) for s in block.sentences))
    items = tuple(tuple(_item(text, runs, group)) for group in _entries(text, block))
    return ReaderBlock(kind, items, block.level, ordered=any(s.role is Role.STEP for s in block.sentences))


def _entries(text: str, block: Block) -> Iterator[list[Sentence]]:
    """The sentences of a block, by entry: a list's entry begins where a bullet or a number stands before a sentence."""
    group: list[Sentence] = []
    for sentence in block.sentences:
        between = text[group[-1].end : sentence.start] if group else ""
        if group and block.kind is Kind.LIST and _begins_entry(between):
            yield group
            group = []
        group.append(sentence)
    if group:
        yield group


def _begins_entry(between: str) -> bool:
    last = between.rpartition("\n")[2] if "\n" in between else None
    if last is None:
        return False
    marked = BULLET_MARK.match(last) or NUMBER_MARK.match(last)
    return bool(marked) or not last.strip()


def _item(text: str, runs: Sequence[Run], sentences: Sequence[Sentence]) -> Iterator[Run]:
    """The runs of some sentences, with a space wherever white space stands between two of them."""
    for index, sentence in enumerate(sentences):
        if index:
            before = sentences[index - 1].end
            if any(char.isspace() for char in text[before : sentence.start]):
                yield Run(before, sentence.start, "gap")
        yield from _within(runs, sentence.start, sentence.end)


def _within(runs: Sequence[Run], start: int, end: int) -> Iterator[Run]:
    return (part for run in runs if (part := run.clip(start, end)))


def _cells(text: str, runs: Sequence[Run], row: Sentence) -> tuple[tuple[Run, ...], ...]:
    """The cells of a row, at its unescaped bars or tabs; outer bars open no cell."""
    cuts = [m.start() for m in re.compile(r"(?<!\\)\||\t").finditer(text, row.start, row.end)]
    edges = [row.start - 1, *cuts, row.end]
    spans = [(a + 1, b) for a, b in pairwise(edges)]
    kept = [span for i, span in enumerate(spans) if text[slice(*span)].strip() or 0 < i < len(spans) - 1]
    return tuple(tuple(_within(runs, start, end)) for start, end in kept)


def inline_runs(text: str, start: int, end: int, style: str = "", href: str = "") -> Iterator[Run]:
    """The runs of `[start, end)`: Markdown's marks left out, links kept only where they are safe to follow.

    An image becomes its description; nothing is ever fetched for it.
    """
    at = start
    deep = len(style) >= MAX_DEPTH
    for match in _INLINE.finditer(text, start, end) if not deep else ():
        if match.start() > at:
            yield Run(at, match.start(), style, href)
        yield from _marked(text, match, style, href)
        at = match.end()
    if at < end:
        yield Run(at, end, style, href)


def _marked(text: str, match: re.Match[str], style: str, href: str) -> Iterator[Run]:
    """The runs of one piece of markup."""
    name = next(n for n in ("alt", "label", "code", "strong", "star", "under", "bare") if match[n] is not None)
    first, last = match.span(name)
    if name == "alt":
        if first < last:
            yield Run(first, last, style + "p", href)
    elif name == "code":
        yield Run(first, last, style + "c", href)
    elif name in ("label", "bare"):
        address = match["href"] or match["bare"]
        target = address if _SAFE_LINK.match(address) else ""
        if name == "bare":
            yield Run(first, last, style, href or target)
        else:
            yield from inline_runs(text, first, last, style, href or target)
    else:
        yield from inline_runs(text, first, last, style + _STYLES[name], href)
