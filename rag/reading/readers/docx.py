"""Word documents -> Markdown: headings by style, lists by numbering, tables by rows.

The XML is read within limits first; python-docx, which would read it without, is given only what passed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from docx import Document
from docx.document import Document as DocxDocument
from docx.oxml.ns import qn
from docx.styles.style import BaseStyle
from lxml import etree

from rag.reading.files import Limits, Unreadable
from rag.reading.readers.archive import Archive
from rag.reading.readers.kinds import Extracted, titled, without_marks
from rag.reading.readers.markup import table_rows

_HEADING = re.compile(r"heading (\d)", re.I)
_TEXT = {qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:cr"), qn("w:noBreakHyphen")}


def read(data: bytes, limits: Limits) -> Extracted:
    """The text of a document; deleted text, notes, headers and footers are left out.

    Raises:
        Unreadable: it is no DOCX, is damaged, over a limit, or declares XML entities.
    """
    archive = Archive(data, limits)
    if "word/document.xml" not in archive.names and "[Content_Types].xml" not in archive.names:
        raise Unreadable("it is no Word document: save it again as .docx")
    for name in sorted(archive.names):
        if name.endswith((".xml", ".rels")):
            archive.xml(name)
    try:
        document = Document(io.BytesIO(data))
    except (KeyError, ValueError, etree.XMLSyntaxError) as error:
        raise Unreadable(f"it is no Word document, or a damaged one: {error}") from None
    properties = document.core_properties
    metadata = {"title": properties.title or "", "author": properties.author or ""}
    text = "\n".join(_Body(document).blocks()).strip("\n")
    return Extracted(titled(text, metadata["title"] if re.search("^#", text, re.M) is None else ""), metadata)


class _Body:
    """Writes the paragraphs and tables of a document."""

    def __init__(self, document: DocxDocument) -> None:
        self.document = document
        self.styles = {style.style_id: style for style in document.styles}
        self.formats = _number_formats(document)
        self.counts: dict[tuple[str, int], int] = {}
        titles = {style.style_id for style in document.styles if (style.name or "").lower() == "title"}
        used = (style.get(qn("w:val")) for style in document.element.body.iter(qn("w:pStyle")))
        self.has_title = any(style in titles for style in used)

    def blocks(self) -> Iterator[str]:
        """Lines, with a blank one around whatever is no entry of a list."""
        listed = False
        for element in self.document.element.body.iter(qn("w:p"), qn("w:tbl")):
            if any(element is not up and up.tag == qn("w:tbl") for up in element.iterancestors()):
                continue
            is_table = element.tag == qn("w:tbl")
            text = self.table(element) if is_table else self.paragraph(element)
            if not text:
                continue
            entry = not is_table and self.list_of(element) is not None and not text.startswith("#")
            yield text if entry and listed else f"\n{text}"
            listed = entry

    def paragraph(self, element: etree._Element) -> str:
        words = _words(element)
        if not words:
            return ""
        level = self.heading_level(element)
        if level:
            return f"{'#' * level} {' '.join(words.split())}"
        found = self.list_of(element)
        if found is None:
            return f"**{words}**" if _all_bold(element) and "\n" not in words else words
        number_id, depth = found
        indent = "  " * depth
        if self.formats.get((number_id, depth), "bullet") in ("bullet", "none"):
            return f"{indent}- {words}"
        key = (number_id, depth)
        self.counts[key] = self.counts.get(key, 0) + 1
        for deeper in [k for k in self.counts if k[0] == number_id and k[1] > depth]:
            del self.counts[deeper]
        return f"{indent}{self.counts[key]}. {words}"

    def chain(self, element: etree._Element) -> Iterator[BaseStyle]:
        """The style of a paragraph, and those it is based on."""
        found = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        style = self.styles.get(found.get(qn("w:val"))) if found is not None else None
        for _ in range(10):
            if style is None:
                return
            yield style
            style = getattr(style, "base_style", None)

    def heading_level(self, element: etree._Element) -> int:
        """1 for the title and 2 to 6 below it; in a document without a title "Heading 1" is 1."""
        for style in self.chain(element):
            match = _HEADING.fullmatch(style.name or "")
            if match:
                return min(6, int(match[1]) + (1 if self.has_title else 0))
            if (style.name or "").lower() == "title":
                return 1
        return 0

    def list_of(self, element: etree._Element) -> tuple[str, int] | None:
        """The numbering that a paragraph belongs to, and how deep it stands in it; by its own mark or its style's."""
        for source in [element, *(style.element for style in self.chain(element))]:
            number = source.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
            if number is None:
                continue
            identity, depth = number.find(qn("w:numId")), number.find(qn("w:ilvl"))
            if identity is None or identity.get(qn("w:val")) == "0":
                return None
            level = depth.get(qn("w:val"), "0") if depth is not None else "0"
            return identity.get(qn("w:val")), min(8, int(level)) if level.isdigit() else 0
        return None

    def table(self, element: etree._Element) -> str:
        rows = []
        for row in element.iterchildren(qn("w:tr")):
            cells = [" ".join(_words(cell).replace("|", "/").split()) for cell in row.iterchildren(qn("w:tc"))]
            if any(cells):
                rows.append(cells)
        return table_rows(rows)


def _words(element: etree._Element) -> str:
    """The text in an element; of a table cell, its paragraphs parted by spaces."""
    parts: list[str] = []
    for node in element.iter():
        if node.tag == qn("w:p"):
            parts.append(" ")
        elif node.tag in _TEXT and next(node.iterancestors(qn("w:del"), qn("w:txbxContent")), None) is None:
            marks = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
            parts.append(marks.get(node.tag, node.text or ""))
    lines = "".join(parts).strip().split("\n")
    return "\n".join(without_marks(" ".join(line.split())) for line in lines if line.strip())


def _all_bold(element: etree._Element) -> bool:
    """Whether all the text of a paragraph is bold: a heading in disguise."""
    runs = [run for run in element.iter(qn("w:r")) if "".join(t.text or "" for t in run.iter(qn("w:t"))).strip()]
    return bool(runs) and all(
        (bold := run.find(f"{qn('w:rPr')}/{qn('w:b')}")) is not None and bold.get(qn("w:val")) not in ("0", "false")
        for run in runs
    )


def _number_formats(document: DocxDocument) -> dict[tuple[str, int], str]:
    """ "bullet", "decimal", ... by numbering and depth."""
    try:
        root = document.part.numbering_part.element
    except (KeyError, NotImplementedError):
        return {}
    abstract: dict[str, dict[int, str]] = {}
    for definition in root.iter(qn("w:abstractNum")):
        levels = {}
        for level in definition.iterchildren(qn("w:lvl")):
            form = level.find(qn("w:numFmt"))
            levels[int(level.get(qn("w:ilvl"), "0"))] = (
                form.get(qn("w:val"), "bullet") if form is not None else "decimal"
            )
        abstract[definition.get(qn("w:abstractNumId"), "")] = levels
    formats = {}
    for number in root.iter(qn("w:num")):
        reference = number.find(qn("w:abstractNumId"))
        levels = abstract.get(reference.get(qn("w:val")), {}) if reference is not None else {}
        formats.update({(number.get(qn("w:numId"), ""), depth): form for depth, form in levels.items()})
    return formats
