"""PDF -> Markdown: lines put together by where they stand, headings told by their size, paragraphs by the gaps.

A PDF holds letters at places, no paragraphs: what is larger than most of the text is a heading, a line set apart
begins a paragraph, a line set in is an entry of a list, and lines that stand in the same columns are a table.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from rag.reading.files import Limits, Unreadable
from rag.reading.marks import is_final
from rag.reading.readers.kinds import Extracted, titled, without_marks
from rag.reading.readers.markup import table_rows

HEADING_SIZE = 1.12
"""A line is a heading from this many times the size of the text on."""
MAX_HEADING_CHARS = 200
MIN_COLUMN = 15
"""A column is at least this many times as wide as a letter is high."""
PARAGRAPH_GAP = 1.3
"""A paragraph begins after a gap of this many times the usual distance between lines."""
MAX_RUNNING_LINES = 3
"""How many lines at the top and at the bottom of a page may be there for the page's sake."""

_BULLET = re.compile(r"[•‣◦▪●○■□–*·-]\s+")
_NUMBER = re.compile(r"\(?\d{1,3}[.)]\s+")
_PAGE_NUMBER = re.compile(r"(?:page\s+)?[-–]?\s*\d{1,4}\s*[-–]?(?:\s*(?:/|of)\s*\d{1,4})?$", re.I)
_PRINTED = re.compile(
    r"\w+://\S+\s+\d+\s*/\s*\d+$|\d{1,4}([./-])\d{1,2}\1\d{1,4},?\s+\d{1,2}[:.]\d\d(?:\s*[AP]M)?\b", re.I
)
"""What a browser prints around a page: its address and number, or the date and time before its title."""
_JUNK_TITLE = re.compile(r"^(?:untitled|microsoft word|document\d*$|.*\.(?:docx?|pdf|indd|tex|html?)$)", re.I)


@dataclass(slots=True)
class Line:
    """Letters that stand on one line of one page; `cells` are where its parts begin, and what they say."""

    page: int
    x: float
    y: float
    size: float
    bold: bool
    cells: list[tuple[float, str]] = field(default_factory=list)

    @property
    def words(self) -> str:
        return " ".join("".join(words for _, words in self.cells).split())


def read(data: bytes, limits: Limits) -> Extracted:
    """The text of a PDF.

    Raises:
        Unreadable: it is damaged, encrypted, holds pictures of pages only, or more pages than allowed.
    """
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("it is encrypted: save it without a password")
        pages = len(reader.pages)
        if pages > limits.max_pages:
            raise Unreadable(f"it has {pages:,} pages, of at most {limits.max_pages:,} (RAG_MAX_FILE_PAGES); split it")
        lines = [line for number in range(pages) for line in _lines(reader.pages[number], number)]
        about = reader.metadata
        title, author = (str(about.title or ""), str(about.author or "")) if about else ("", "")
    except DependencyError:
        raise Unreadable("it is encrypted: save it without a password") from None
    except PyPdfError as error:
        raise Unreadable(f"it is damaged, or no PDF: {error}") from None
    lines = _without_running_heads(lines, pages)
    if not lines:
        raise Unreadable(f"its {pages} pages hold no text, only pictures: run text recognition (OCR) on it first")
    metadata = {"title": "" if _JUNK_TITLE.match(title) else title, "author": author}
    text = "\n\n".join(_blocks(lines))
    return Extracted(text if re.search("^# ", text, re.M) else titled(text, metadata["title"]), metadata)


def _lines(page: Any, number: int) -> Iterator[Line]:
    """The lines of a page, in the order in which they are written."""
    found: list[Line] = []

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], font: Any, size: float) -> None:
        words = text.replace("\n", " ")
        if not words.strip():
            if found and words:
                found[-1].cells[-1] = (found[-1].cells[-1][0], found[-1].cells[-1][1] + " ")
            return
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        height = abs(size * (abs(tm[3]) or abs(tm[1]) or 1) * (abs(cm[3]) or abs(cm[1]) or 1)) or 1.0
        bold = bool(re.search("bold|black|heavy", str((font or {}).get("/BaseFont", "")), re.I))
        last = found[-1] if found else None
        if last and abs(last.y - y) < 0.5 * min(last.size, height) and x >= last.x:
            last.cells.append((x, words))
            last.size, last.bold = max(last.size, height), last.bold and bold
        else:
            found.append(Line(number, x, y, height, bold, [(x, words)]))

    page.extract_text(visitor_text=visit)
    yield from (line for line in found if line.words)


def _without_running_heads(lines: list[Line], pages: int) -> list[Line]:
    """The lines without what stands at the top and bottom of pages for the pages' sake: their numbers, the lines that
    half of them or more have there, and what a browser prints around each."""
    body = _usual_size(lines)
    for _ in range(MAX_RUNNING_LINES):
        drop = _running(lines, pages, body)
        if not drop:
            break
        lines = [line for line in lines if id(line) not in drop]
    return lines


def _running(lines: Sequence[Line], pages: int, body: float) -> set[int]:
    """The outermost lines of pages that are no part of the text, by `id`; `body` is the size of most of the letters."""
    edges: dict[int, tuple[bool, bool, str]] = {}
    always: set[int] = set()
    for _, group in groupby(lines, key=lambda line: line.page):
        on_page = sorted(group, key=lambda line: -line.y)
        for line in (on_page[0], on_page[-1]) if len(on_page) > 1 else ():
            large = line.size >= HEADING_SIZE * body  # "Week 1" and "Week 2" in large letters are headings
            exact = large or is_final(line.words)  # a sentence with another number is another sentence
            edges[id(line)] = line is on_page[0], large, line.words if exact else re.sub(r"\d+", "#", line.words)
            if _PAGE_NUMBER.match(line.words) or _PRINTED.match(line.words):
                always.add(id(line))
    seen = Counter(edges.values())
    return always | {line for line, edge in edges.items() if seen[edge] > 1 and seen[edge] * 2 >= pages}


def _usual_size(lines: Iterable[Line]) -> float:
    """The size of most of the letters; 0 where there are none."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size, 1)] += len(line.words)
    return max(weights, key=lambda size: weights[size], default=0.0)


def _blocks(lines: Sequence[Line]) -> Iterator[str]:
    """The blocks of a document as Markdown."""
    page = _Layout(lines)
    for kind, group in groupby(page.runs(), key=lambda run: run[0] if run[0] in ("item", "table") else id(run)):
        if kind == "item":
            yield "\n".join(words for _, words in group)
        else:
            yield from (words for _, words in group)


class _Layout:
    """What is usual in a document: the size of its text, the distance of its lines, its left edge."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.body = _usual_size(lines)
        gaps = [
            (above.y - below.y) / self.body
            for above, below in pairwise(lines)
            if above.page == below.page and self.is_text(above) and self.is_text(below) and above.y > below.y
        ]
        usual = sorted(gap for gap in gaps if 0.8 < gap < 2.5)
        self.leading = usual[len(usual) // 4] if usual else 1.2
        lefts: Counter[int] = Counter()
        for line in lines:
            if self.is_text(line):
                lefts[round(line.x)] += len(line.words)
        self.columns = self.left_edges(lefts)
        self.indents = self.first_line_indents()
        self.longest = max((len(line.words) for line in lines if self.is_text(line)), default=0)
        self.vocabulary = set(_whole_words(lines))
        self.levels = self.heading_levels()

    def left_edges(self, lefts: Mapping[int, int]) -> list[int]:
        """Where columns of text begin, from the left; `lefts` is how much text begins where."""
        often = sorted(x for x, weight in lefts.items() if weight * 20 >= sum(lefts.values()))
        edges: list[int] = []
        for x in often:
            if not edges or (x > edges[-1] + MIN_COLUMN * self.body and lefts[x] * 5 >= lefts[edges[0]]):
                edges.append(x)
        return edges or [0]

    def first_line_indents(self) -> set[int]:
        """How far the first lines of paragraphs are set in, where the next line stands at the edge again."""
        seen = Counter(
            round(self.inset(above))
            for above, below in pairwise(self.lines)
            if above.page == below.page
            and above.y > below.y
            and self.inset(below) < 2 < self.inset(above)
            and not _BULLET.match(above.words)
            and (above.y - below.y) / above.size < PARAGRAPH_GAP * self.leading
        )
        return {inset for inset, count in seen.items() if count > 1}

    def inset(self, line: Line) -> float:
        """How far a line is set in from the edge of its column."""
        return line.x - max((edge for edge in self.columns if edge <= line.x + 2), default=self.columns[0])

    def is_text(self, line: Line) -> bool:
        return not _differ(line.size, self.body)

    def heading_levels(self) -> dict[float, int]:
        """The level of each size of heading: the largest is the title where it is used once, or stands first."""
        sizes = [round(line.size, 1) for line in self.lines if self.is_heading(line)]
        ranks = sorted(set(sizes), reverse=True)
        groups = sum(1 for size, _ in groupby(sizes) if ranks and size == ranks[0])
        first = 1 if ranks and (groups == 1 or (sizes[0] == ranks[0] and len(ranks) > 1)) else 2
        return {size: min(6, first + rank) for rank, size in enumerate(ranks)}

    def is_heading(self, line: Line) -> bool:
        return line.size >= HEADING_SIZE * self.body and len(line.words) <= MAX_HEADING_CHARS

    def runs(self) -> Iterator[tuple[str, str]]:
        """Each run of lines that belong together, as its kind and its Markdown."""
        index = 0
        while index < len(self.lines):
            rows = self.table_from(index)
            if rows:
                yield "table", table_rows([[" ".join(w.split()) for _, w in line.cells] for line in rows])
                index += len(rows)
                continue
            after = index + 1
            while after < len(self.lines) and self.belongs(self.lines[after - 1], self.lines[after], self.lines[index]):
                after += 1
            yield self.block(self.lines[index:after])
            index = after

    def block(self, lines: Sequence[Line]) -> tuple[str, str]:
        first, words = lines[0], without_marks(self.join(line.words for line in lines))
        if self.is_heading(first):
            return "heading", f"{'#' * self.levels[round(first.size, 1)]} {words}"
        if _BULLET.match(words):
            return "item", f"{self.indent(first)}- {_BULLET.sub('', words, count=1)}"
        if _NUMBER.match(words):
            return "item", words
        if self.set_in(first) and self.is_text(first) and not first.bold and len(lines) < 12 and len(words) > 1:
            return "item", f"{self.indent(first)}- {words}"
        if all(line.bold for line in lines) and len(words) <= 120 and not is_final(words.rstrip("?")):
            return "bold", f"**{words}**"
        return "text", words

    def belongs(self, above: Line, below: Line, first: Line) -> bool:
        """Whether a line goes on with the block of the line above."""
        if _marked(below) or self.is_heading(above) != self.is_heading(below) or _differ(above.size, below.size):
            return False
        full = len(above.words) > 0.6 * self.longest or self.is_heading(above)
        if above.page != below.page or below.y >= above.y:  # the next page or column
            return self.goes_on(above, below)
        if (above.y - below.y) / above.size > PARAGRAPH_GAP * max(self.leading, 1.0):
            return False
        if not _marked(first) and self.set_in(first):
            return below.words[0].islower() or (full and not is_final(above.words))
        indented = round(self.inset(below)) in self.indents and is_final(above.words)
        set_in = not _marked(first) and self.inset(below) > max(0, self.inset(first)) + self.body
        return not indented and not set_in and (above.bold == below.bold or not first.bold)

    def goes_on(self, above: Line, below: Line) -> bool:
        """Whether a sentence goes on from the last line of a page or column to the first of the next: it has not
        ended, and either the next begins in a small letter or the last is full, and both look alike."""
        if self.is_heading(above) or is_final(above.words):
            return False
        full = len(above.words) > 0.8 * self.longest and not above.words.endswith(":")
        alike = above.bold == below.bold and self.is_text(above) and self.is_text(below) and not self.set_in(below)
        return below.words[0].islower() or (full and alike)

    def set_in(self, line: Line) -> bool:
        inset = self.inset(line)
        return inset > 1.2 * self.body and round(inset) not in self.indents

    def indent(self, line: Line) -> str:
        """Two spaces for each step that a list is set in beyond the first."""
        return "  " if self.inset(line) > 4.5 * self.body else ""

    def table_from(self, index: int) -> Sequence[Line]:
        """The lines from `index` on that stand in the same two or more columns; empty where there are not two. The
        header may stand a little elsewhere: it has as many cells."""
        columns = [round(x) for x, _ in self.lines[index].cells]
        after = index + 1
        if after < len(self.lines) and len(self.lines[after].cells) == len(columns) and self.lines[index].bold:
            columns = [round(x) for x, _ in self.lines[after].cells]
        while after < len(self.lines) and self.in_columns(self.lines[after], columns):
            after += 1
        return self.lines[index:after] if after - index >= 2 and len(columns) > 1 else ()

    def in_columns(self, line: Line, columns: Sequence[int]) -> bool:
        starts = [round(x) for x, _ in line.cells]
        return len(starts) == len(columns) and not _marked(line) and max(map(_apart, starts, columns)) <= 2

    def join(self, parts: Iterable[str]) -> str:
        """Lines as one. A hyphen at a line's end stays where the document has the word with it, or has both halves as
        words of their own, and not the whole without it."""
        text = ""
        for part in parts:
            if not text:
                text = part
                continue
            broken = re.search(r"(\w+)-$", text)
            rest = re.match(r"[^\W\d_]+", part)
            if broken and rest and rest[0].islower():
                head, tail = broken[1].casefold(), rest[0].casefold()
                stays = f"{head}-{tail}" in self.vocabulary or {head, tail} <= self.vocabulary
                text = (text if stays and head + tail not in self.vocabulary else text[:-1]) + part
            else:
                text += " " + part
        return text


def _marked(line: Line) -> bool:
    """Whether a line begins with a bullet or a number."""
    return bool(_BULLET.match(line.words) or _NUMBER.match(line.words))


def _whole_words(lines: Sequence[Line]) -> Iterator[str]:
    """The words of a document, without those that a line end breaks."""
    broken = False
    for line in lines:
        words = re.findall(r"[\w-]*\w", line.words.casefold())
        ends_broken = line.words.endswith("-")
        yield from words[broken : len(words) - ends_broken]
        broken = ends_broken


def _apart(a: int, b: int) -> int:
    return abs(a - b)


def _differ(a: float, b: float) -> bool:
    """Whether two sizes of letters differ more than by rounding."""
    return abs(a - b) > 0.06 * max(a, b)
