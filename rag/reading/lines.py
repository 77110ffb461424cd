"""Lines -> drafts of blocks: which lines belong together, by their marks and the blank lines between them.

It tells a wrapped line from a line of its own. It does not know what a block means among its neighbours:
`rag.reading.structure` judges that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rag.reading.front_matter import read_front_matter
from rag.reading.marks import (
    ANSWER_MARK,
    ATX_MARK,
    BULLET_MARK,
    ESCAPE_MARK,
    FENCE_MARK,
    FURNITURE_MARK,
    MAX_MARKED_CHARS,
    NUMBER_MARK,
    QUESTION_MARK,
    QUOTE_MARK,
    RULE_MARK,
    SEPARATOR_MARK,
    SETEXT_MARK,
    WIKI_MARK,
    WRAP_COLUMNS,
    Draft,
    Entry,
    Kind,
    begins_part,
    is_capitals,
    is_final,
    plain,
)
from rag.reading.sentences import Span, strip_span
from rag.types import Role

_KEYED = re.compile(r"\s*[^\W\d_][^:.?!]{0,60}:\s+\S[^.?!]*$")
"""A line that is a key and what it has; two of these are no sentence, however near the margin the first one ends."""


def draft_blocks(text: str) -> list[Draft]:
    """The blocks of `text` by their looks, in order; no block is empty."""
    return _Scanner(text).scan()


@dataclass(frozen=True, slots=True)
class Marker:
    """The bullet or number before an entry: its indentation, its width with the spaces around it, its characters."""

    indent: int
    width: int
    numbered: bool
    label: str


class _Scanner:
    """One pass over the lines of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.drafts: list[Draft] = []
        self.spans: list[Span] = []
        start = 0
        for line in text.split("\n"):
            self.spans.append((start, start + len(line)))
            start += len(line) + 1
        self.last = -2  # the line on which the last draft ended
        self.width = 0

    def scan(self) -> list[Draft]:
        readers: list[Callable[[int], int]] = [
            self.fence, self.comment, self.atx, self.wiki, self.setext, self.furniture, self.table, self.quote,
            self.items,
        ]  # fmt: skip
        index = self.front_matter()
        while index < len(self.spans):
            if self.blank(index):
                index += 1
                continue
            if self.last < index - 1 or not self.drafts:
                self.width = self.wrap_width(index)
            after = next((after for read in readers if (after := read(index)) > index), 0)
            index = after or self.paragraph(index)
            self.last = index - 1
        return self.drafts

    # Lines

    def line(self, index: int) -> str:
        start, end = self.spans[index]
        return self.text[start:end]

    def blank(self, index: int) -> bool:
        return index >= len(self.spans) or not self.line(index).strip()

    def content(self, index: int, skip: int = 0) -> Span:
        """The span of a line after its first `skip` characters, without white space at its ends."""
        start, end = self.spans[index]
        return strip_span(self.text, start + skip, end)

    def unescaped(self, start: int) -> int:
        """Where the words begin that `start` begins with a backslash, so that they are no mark."""
        escape = ESCAPE_MARK.match(self.text, start)
        return escape.end() if escape else start

    def short(self, index: int) -> bool:
        return index < len(self.spans) and self.spans[index][1] - self.spans[index][0] <= MAX_MARKED_CHARS

    def wrap_width(self, index: int) -> int:
        """The width at which the lines from `index` to the next blank one are wrapped; 0 where they are not."""
        width, first = 0, index
        while index < len(self.spans) and not self.blank(index):
            width = max(width, len(self.line(index).rstrip()))
            index += 1
        return width if index - first > 1 and width in WRAP_COLUMNS else 0

    def wraps(self, index: int) -> bool:
        """Whether the line break before line `index` only wraps a line: the next word would not have fitted, or it
        goes on in the middle of a sentence."""
        before, after = self.line(index - 1).rstrip(), self.line(index).strip()
        if begins_part(after, before):
            return False
        if self.goes_on(before, after):
            return True
        if is_capitals(before) != is_capitals(after) and (is_capitals(before) or is_final(before)):
            return False
        if _KEYED.match(before) and _KEYED.match(after):
            return False
        return bool(self.width) and len(before) + 1 + len(after.split(None, 1)[0]) > self.width

    @staticmethod
    def goes_on(before: str, after: str) -> bool:
        """Whether a line goes on in the middle of a sentence."""
        return after[0].islower() or before.endswith((",", "-", "–", "—"))

    def add(self, kind: Kind, entries: list[Entry], first: int, level: int = 0, title: str = "") -> None:
        tight = bool(self.drafts) and self.last == first - 1
        self.drafts.append(Draft(kind, entries, tight, level, title, marked=level > 0))

    def add_whole(self, kind: Kind, role: Role, first: int, after: int) -> int:
        """A block whose lines are entries of one run each, white lines left out."""
        spans = [self.content(i) for i in range(first, after) if not self.blank(i)]
        self.add(kind, [Entry(start, role, [(start, end)]) for start, end in spans], first)
        return after

    # Readers: each takes a line's index and gives the index after the block it read, or 0 where the line is not its own

    def front_matter(self) -> int:
        _, end = read_front_matter(self.text)
        if not end:
            return 0
        after = next((i for i, (start, _) in enumerate(self.spans) if start >= end), len(self.spans))
        self.add_whole(Kind.FRONT_MATTER, Role.FURNITURE, 0, after)
        self.last = after - 2  # what follows is not tight
        return after

    def fence(self, index: int) -> int:
        match = FENCE_MARK.match(self.line(index))
        if not match:
            return 0
        after = index + 1
        while after < len(self.spans) and not self.line(after).strip().startswith(match[1]):
            after += 1
        if after == len(self.spans):
            return self.add_whole(Kind.FURNITURE, Role.FURNITURE, index, index + 1)
        self.add_whole(Kind.CODE, Role.PROSE, index, after + 1)
        for entry in (self.drafts[-1].entries[0], self.drafts[-1].entries[-1]):
            entry.role = Role.FURNITURE
        return after + 1

    def comment(self, index: int) -> int:
        if not self.line(index).lstrip().startswith("<!--"):
            return 0
        close = self.text.find("-->", self.spans[index][0])
        if close < 0:
            return 0
        after = index + 1
        while after < len(self.spans) and self.spans[after][0] <= close:
            after += 1
        return self.add_whole(Kind.FURNITURE, Role.FURNITURE, index, after)

    def heading(self, index: int, span: Span, level: int, after: int) -> int:
        title = plain(self.text[slice(*span)])
        if span[0] == span[1] or not title:
            return self.add_whole(Kind.FURNITURE, Role.FURNITURE, index, after)
        entry = Entry(self.content(index)[0], Role.HEADING, [span])
        self.add(Kind.HEADING, [entry], index, level, title)
        self.drafts[-1].close = self.content(after - 1)[1]
        return after

    def atx(self, index: int) -> int:
        match = ATX_MARK.match(self.line(index)) if self.short(index) else None
        if not match:
            return 0
        start, end = self.content(index, match.end())
        words = self.text[start:end].rstrip("#")
        if words[-1:].isspace() or not words:
            end = start + len(words.rstrip())
        return self.heading(index, (start, end), len(match[1]), index + 1)

    def wiki(self, index: int) -> int:
        match = WIKI_MARK.match(self.line(index)) if self.short(index) else None
        if not match:
            return 0
        start = self.spans[index][0]
        return self.heading(index, (start + match.start(2), start + match.end(2)), match[1].count("="), index + 1)

    def setext(self, index: int) -> int:
        under = SETEXT_MARK.match(self.line(index + 1)) if self.short(index) and self.short(index + 1) else None
        line = self.line(index)
        if (
            not under
            or self.last == index - 1
            or BULLET_MARK.match(line)
            or RULE_MARK.match(line)
            or QUOTE_MARK.match(line)
        ):
            return 0
        return self.heading(index, self.content(index), 1 if under[1][0] == "=" else 2, index + 2)

    def furniture(self, index: int) -> int:
        line = self.line(index)
        if (self.short(index) and RULE_MARK.match(line)) or (len(line) <= 2000 and FURNITURE_MARK.match(line)):
            return self.add_whole(Kind.FURNITURE, Role.FURNITURE, index, index + 1)
        return 0

    def table(self, index: int) -> int:
        if index + 1 >= len(self.spans):
            return 0
        ruled = "|" in self.line(index) and self.short(index + 1) and SEPARATOR_MARK.match(self.line(index + 1))
        tabs = 0 if self.marker(index) else self.line(index).strip().count("\t")
        after = index
        while not self.blank(after) and (
            "|" in self.line(after) if ruled else self.line(after).strip().count("\t") == tabs > 0
        ):
            after += 1
        if after < index + 2:
            return 0
        self.add_whole(Kind.TABLE, Role.ROW, index, after)
        if ruled:
            self.drafts[-1].entries[0].role = Role.LEAD_IN
            self.drafts[-1].entries[1].role = Role.FURNITURE
        for entry in self.drafts[-1].entries:
            if entry.role is not Role.FURNITURE:
                entry.runs = [self.trim_bars(*entry.runs[0])]
        return after

    def trim_bars(self, start: int, end: int) -> Span:
        """A row without the bar at each of its edges, unless it is nothing else; an empty cell keeps its own."""
        inner = self.text[start:end].strip()
        if not inner.strip("| \t"):
            return start, end
        inner = inner.removeprefix("|").removesuffix("|").strip()
        begin = self.text.index(inner, start)
        return begin, begin + len(inner)

    def quote(self, index: int) -> int:
        after, runs, start = index, [], self.content(index)[0]
        while not self.blank(after) and (match := QUOTE_MARK.match(self.line(after))):
            span = self.content(after, match.end())
            if span[0] == span[1]:
                runs.append(self.content(after))
            elif runs and (self.goes_on(self.text[slice(*runs[-1])], self.text[slice(*span)]) or self.wraps(after)):
                runs[-1] = (runs[-1][0], span[1])
            else:
                runs.append(span)
            after += 1
        if runs:
            self.add(Kind.QUOTE, [Entry(start, Role.PROSE, runs)], index)
        return after if runs else 0

    def items(self, index: int) -> int:
        """A list: its entries with what is indented under them; one blank line between entries does not end it."""
        first = self.marker(index)
        if not first:
            return 0
        entries: list[Entry] = []
        after = at = index
        while at < len(self.spans):
            if self.blank(at):
                at = self.after_blanks(at)
                if not self.list_goes_on(at, first, bool(entries)):
                    break
                fresh = True
            else:
                fresh = False
            marker = self.marker(at)
            if marker:
                entries.append(self.entry(at, marker))
            elif not fresh and (at == index or self.starts_block(at)):
                break
            elif not fresh and self.wraps(at):
                entries[-1].runs[-1] = (entries[-1].runs[-1][0], self.content(at)[1])
            elif fresh or self.indent(at) >= first.indent + 2:
                entries[-1].runs.append(self.content(at))
            else:
                break
            at = after = at + 1
        self.add(Kind.LIST, entries, index)
        return after

    def marker(self, index: int) -> Marker | None:
        """The bullet or number that a line begins with."""
        line = self.line(index)
        match, numbered = BULLET_MARK.match(line), False
        if not match:
            match, numbered = NUMBER_MARK.match(line), True
        return Marker(self.indent(index), match.end(), numbered, line[: match.end()].strip()) if match else None

    def indent(self, index: int) -> int:
        line = self.line(index)
        return len(line) - len(line.lstrip())

    def after_blanks(self, index: int) -> int:
        while index < len(self.spans) and self.blank(index):
            index += 1
        return index

    def list_goes_on(self, index: int, first: Marker, begun: bool) -> bool:
        """Whether the line `index`, which follows a blank one, still belongs to the list that began with `first`."""
        if index >= len(self.spans) or not begun or self.starts_block(index, lists=False):
            return False
        marker = self.marker(index)
        if not marker:
            return self.indent(index) >= max(first.indent + 2, 2)
        restarts = marker.numbered and marker.label.strip("(.)") == "1"
        return marker.indent > first.indent + 1 or (marker.numbered == first.numbered and not restarts)

    def entry(self, index: int, marker: Marker) -> Entry:
        start, (begin, end) = self.content(index)[0], self.content(index, marker.width)
        if begin == end:
            return Entry(start, Role.FURNITURE, [self.content(index)])
        role = Role.STEP if marker.numbered else Role.ITEM
        return Entry(start, role, [(self.unescaped(begin), end)])

    def starts_block(self, index: int, *, lists: bool = True) -> bool:
        """Whether a line inside a paragraph ends it by beginning something else."""
        line = self.line(index)
        if self.short(index) and (ATX_MARK.match(line) or WIKI_MARK.match(line) or RULE_MARK.match(line)):
            return True
        if FENCE_MARK.match(line) or QUOTE_MARK.match(line) or (len(line) <= 2000 and FURNITURE_MARK.match(line)):
            return True
        if not lists:
            return False
        number = NUMBER_MARK.match(line)
        return bool(BULLET_MARK.match(line) and line.lstrip()[0] not in "–—·") or bool(number and number[1] == "1")

    def paragraph(self, index: int) -> int:
        """The lines up to a blank one or another block: one draft for each run of wrapped lines."""
        first, after = index, index + 1
        begin = index
        while not self.blank(after) and not self.starts_block(after):
            if not self.wraps(after):
                self.add_run(begin, after)
                begin = after
            after += 1
        self.add_run(begin, after)
        return max(after, first + 1)

    def add_run(self, first: int, after: int) -> None:
        start = self.content(first)[0]
        end = self.content(after - 1)[1]
        label = QUESTION_MARK.match(self.text, start, end) or ANSWER_MARK.match(self.text, start, end)
        run = (label.end() if label else self.unescaped(start), end)
        self.add(Kind.PARAGRAPH, [Entry(start, Role.PROSE, [run])], first)
        self.last = after - 1
