"""HTML elements -> Markdown, losing nothing that can be read: headings, lists, tables, questions that unfold.

For books, and for pages whose main text cannot be told from the rest. It does not judge what is worth reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from rag.reading.readers.kinds import without_marks

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIP = frozenset(
    {"script", "style", "head", "template", "noscript", "nav", "footer", "aside", "form", "button", "iframe", "object"}
    | {"svg", "canvas", "audio", "video", "select", "math", "map", "dialog"}
)
_BLOCKS = frozenset(
    {"p", "div", "section", "article", "main", "header", "body", "html", "figure", "figcaption", "address", "center"}
    | {"fieldset", "details", "hgroup", "search", "summary", "caption", "li", "dt", "dd", "td", "th", "tr", "tbody"}
)
_BOLD = frozenset({"b", "strong"})
_MARKS = re.compile(r"^(\s*)(#{1,6}\s|>|```|~~~|---|===)")


def to_markdown(element: HtmlElement) -> str:
    """The text of an element and all in it, blocks parted by blank lines."""
    writer = _Writer()
    writer.walk(element)
    writer.flush()
    return "\n\n".join(writer.blocks)


class _Writer:
    """Gathers inline text until a block ends, and blocks until the text does."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.inline: list[str] = []

    def flush(self, before: str = "", after: str = "") -> None:
        words = _spaced("".join(self.inline))
        self.inline.clear()
        if words:
            self.blocks.append(f"{before}{words}{after}")

    def walk(self, node: HtmlElement) -> None:
        """Writes what is in a node, its own tags left out."""
        self.inline.append(node.text or "")
        for child in node:
            if isinstance(child.tag, str) and not _hidden(child):
                self.write(child, child.tag.rpartition("}")[2].lower())
            self.inline.append(child.tail or "")

    def write(self, node: HtmlElement, tag: str) -> None:
        if tag in _SKIP:
            return
        if tag == "br":
            self.inline.append("\v")  # kept apart from the white space that HTML ignores
        elif tag in _HEADINGS or tag in ("ul", "ol", "dl", "table", "pre", "blockquote", "hr"):
            self.flush()
            self.blocks.extend(filter(None, _block(node, tag)))
        elif tag in _BLOCKS:
            self.flush()
            self.walk(node)
            bold = tag == "summary" or (tag == "p" and _all_bold(node))
            self.flush(*(("**", "**") if bold else ()))
        else:
            self.walk(node)


def _block(node: HtmlElement, tag: str) -> Iterator[str]:
    """The blocks of an element that is more than a paragraph."""
    if tag in _HEADINGS:
        yield f"{'#' * _HEADINGS[tag]} {_line(node)}" if _line(node) else ""
    elif tag in ("ul", "ol"):
        yield "\n".join(_items(node, tag == "ol"))
    elif tag == "dl":
        yield "\n".join(_definitions(node))
    elif tag == "table":
        yield from _table(node)
    elif tag == "pre":
        yield "```\n{}\n```".format("".join(node.itertext()).strip("\n").replace("```", "'''"))
    elif tag == "blockquote":
        yield "\n".join(f"> {line}".rstrip() for line in to_markdown(node).split("\n"))


def _items(node: HtmlElement, numbered: bool) -> Iterator[str]:
    """The lines of a list; what is in an entry is indented under it."""
    number = 0
    for child in node:
        if not isinstance(child.tag, str) or _hidden(child) or child.tag in _SKIP:
            continue
        text = to_markdown(child) if child.tag not in ("ul", "ol") else "\n".join(_items(child, child.tag == "ol"))
        if not text:
            continue
        if child.tag in ("ul", "ol"):  # a list that stands, wrongly, between the entries of another
            yield "\n".join(f"  {line}" for line in text.split("\n"))
            continue
        number += 1
        marker = f"{number}." if numbered else "-"
        first, *rest = re.sub(r"\n\n(?=\s*(?:-|\d+\.) )", "\n", text).split("\n")
        pad = " " * (len(marker) + 1)
        yield "\n".join([f"{marker} {first}", *(f"{pad}{line}".rstrip() for line in rest)])


def _definitions(node: HtmlElement) -> Iterator[str]:
    """Terms with what they mean, as entries of a key and its value."""
    term = ""
    for child in node.iter("dt", "dd"):
        if child.tag == "dt":
            term = _line(child).rstrip(":")
        elif _line(child):
            yield f"- {term}: {_line(child)}" if term else f"- {_line(child)}"


def _table(node: HtmlElement) -> Iterator[str]:
    """A table as rows; one that only lays out a page, as what is in it."""
    rows = [row for row in node.iter("tr") if next(row.iterancestors("table"), None) is node]
    if node.find(".//table") is not None or any(node.find(f".//{tag}") is not None for tag in ("h1", "h2", "h3", "ul")):
        yield from (to_markdown(cell) for row in rows for cell in row if isinstance(cell.tag, str))
        return
    caption = node.find("./caption")
    if caption is not None:
        yield _line(caption)
    cells = [[_line(c).replace("|", "/") for c in row if c.tag in ("td", "th")] for row in rows]
    yield table_rows([row for row in cells if any(row)])


def table_rows(rows: list[list[str]]) -> str:
    """Rows of cells as a table of Markdown; the first row is its header."""
    if not rows:
        return ""
    width = max(map(len, rows))
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * width, *lines[1:]])


def _line(node: HtmlElement) -> str:
    return " ".join(to_markdown(node).replace("**", "").split())


def _spaced(words: str) -> str:
    """Words with one space between them, line breaks where the page has them, and no line that looks like a mark."""
    lines = (without_marks(" ".join(line.split())) for line in words.split("\v"))
    return "\n".join(_MARKS.sub(r"\1\\\2", line) for line in lines if line)


def _all_bold(node: HtmlElement) -> bool:
    """Whether a paragraph is bold throughout: a heading in disguise."""
    words = "".join(node.itertext()).strip()
    bold = "".join("".join(child.itertext()) for child in node if child.tag in _BOLD).strip()
    return bool(words) and words == bold


def _hidden(node: HtmlElement) -> bool:
    return "hidden" in node.attrib or node.get("aria-hidden") == "true" or node.get("role") in ("navigation", "search")
