"""What single lines say by their looks: the marks of Markdown and of pasted text, and the drafts made of them.

It does not know a line's neighbours: `rag.reading.lines` gathers lines, `rag.reading.structure` judges drafts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.reading.sentences import Span
from rag.types import Role

MAX_MARKED_CHARS = 300
"""A longer line is text, whatever it starts with: no heading, no rule."""
WRAP_COLUMNS = range(50, 121)
"""The widths at which people and programs wrap lines. Longer lines are paragraphs of their own."""

BULLET_MARK = re.compile(r"[ \t]*(?:[-*+–—·∙⁃][ \t]+|[•‣◦▪▫●○■□➢✓✔][ \t]*)(?:\[[ xX]\][ \t]+)?")
NUMBER_MARK = re.compile(r"[ \t]*(?:\(?(\d{1,3})[.)]|\(?[a-z]\)|\(?[ivx]{1,4}\)|step (\d{1,2})\s?[:.)])[ \t]+", re.I)
ATX_MARK = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)[ \t]*")
WIKI_MARK = re.compile(r"\s*((?:=[ ]?){1,6})(?<!\s)\s+([^=\s][^=]*?)\s+\1\s*$")
SETEXT_MARK = re.compile(r" {0,3}(={2,}|-{3,})[ \t]*$")
RULE_MARK = re.compile(r" {0,3}([-*_=~#])(?:[ \t]*\1){2,}[ \t]*$")
FENCE_MARK = re.compile(r" {0,3}(`{3,}|~{3,})")
QUOTE_MARK = re.compile(r" {0,3}>[ \t]?")
SEPARATOR_MARK = re.compile(r"[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?[ \t]*)?$")
FURNITURE_MARK = re.compile(
    r"[ \t]*(?:!\[[^\]]*\]\([^)]*\)|<!--.*-->|(?:</?[a-zA-Z][^<>]*>[ \t]*)+"
    r"|\[[^\]^][^\]]*\]:[ \t]+\S+.*|https?://\S+)[ \t]*$"
)
_FACT = re.compile(r"([^\W\d_][^:.?!]{0,39}):\s+(\S.*)$", re.S)
_YES_OR_NO = re.compile(
    r"(?!.*(?:\b(?:not|never|than|before|after|said|says)\b|n['’]t\b))"
    r"[^\W\d_][^:.?!]*[a-z][^:.?!]* [^:.?!]*:\s+(?:[Yy]es|[Nn]o|[Nn]ever|[Nn]one)$"
)
"""Two words or more, not all in capitals as before what a speaker says; who asks and in what order is lost in a line's words."""
QUESTION_MARK = re.compile(r"(?:\*\*|__)?(?:Q|Question)\s?\d{0,3}\s?[:.](?:\*\*|__)?\s+(?=\S)")
ANSWER_MARK = re.compile(r"(?:\*\*|__)?(?:A|Answer)\s?\d{0,3}\s?[:.](?:\*\*|__)?\s+(?=\S)")
TRUTH_MARK = re.compile(
    r"[*_]{0,3}(?=[A-Z])(?i:(?:the\s)?(?:truth|facts?|reality))\s?#?\d{0,3}\s?(?::|[–—-](?=\s))[*_]{0,3}\s+(?=\S)"
)
"""Before what answers a myth; before anything else it is a key like any other."""
_MYTH = re.compile(
    r"\W*(?:\d{1,3}[.)]\s+)?(?=[A-Z])(?i:(?!no\b|not\b)(?:\w+ ){0,2}(?:myth|misconception)\s?(?:#|no\.?|number)?\s?)"
    r"(?:\d{1,3}\s?[:.–—-]|:|[–—-](?=\s))\s*\S"
)
ESCAPE_MARK = re.compile(r"\\(?=[#>~`=*_+-])")
"""Stands before a character that would be a mark at the start of a line; the character is text."""
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_EMPHASIS = re.compile(r"\*{1,3}|_{2,3}|(?<!\w)_|_(?!\w)|`+")


class Kind(StrEnum):
    """The kinds of block."""

    FRONT_MATTER = "front matter"
    HEADING = "heading"
    QUESTION = "question"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    QUOTE = "quote"
    CODE = "code"
    FURNITURE = "furniture"


@dataclass(slots=True)
class Entry:
    """A part of a block: a paragraph's text, an entry of a list, a row. `runs` are spans in which a line break is a
    space; they leave markers out. `start` is where the entry begins, marker included."""

    start: int
    role: Role
    runs: list[Span]

    @property
    def end(self) -> int:
        return self.runs[-1][1]


@dataclass(slots=True)
class Draft:
    """A block in the making. `tight`: no blank line before it. `marked`: a heading that carries its level. `close`:
    where the mark that closes it ends, if one does."""

    kind: Kind
    entries: list[Entry]
    tight: bool = False
    level: int = 0
    title: str = ""
    marked: bool = False
    leads_in: bool = False
    close: int = 0

    @property
    def start(self) -> int:
        return self.entries[0].start

    @property
    def end(self) -> int:
        return max(self.entries[-1].end, self.close)

    def words(self, text: str) -> str:
        """Its text, without the marker before it."""
        return text[self.entries[0].runs[0][0] : self.entries[-1].end]


def plain(words: str) -> str:
    """Words without Markdown's marks: emphasis, links, code."""
    return _EMPHASIS.sub("", _LINK.sub(r"\1", words)).replace("\\", "").strip()


def is_final(words: str) -> bool:
    """Whether words end as a sentence ends."""
    return words.rstrip("\"'”’»)]*_` \t").endswith((".", "!", "?", "…", "。", "！", "？"))


def is_myth(text: str) -> bool:
    """Whether the text of a question is a myth, which an article names to deny it ("Myth 2: milk is bad")."""
    return bool(_MYTH.match(plain(text[:200])))


def begins_part(line: str, before: str) -> bool:
    """Whether a line, by its label, begins what someone asks or answers, whatever the line `before` it is."""
    label = QUESTION_MARK.match(line) or ANSWER_MARK.match(line)
    if label:
        return ":" in label[0] or before.endswith("?")
    return bool(TRUTH_MARK.match(line)) or is_myth(line)


def is_capitals(line: str) -> bool:
    """Whether a line is a few words in capitals that do not end like a sentence, as a heading may be."""
    if len(line) > MAX_MARKED_CHARS:
        return False
    words = plain(line)
    return (
        words.isupper()
        and len(words.split()) <= 8
        and not is_final(words)
        and not re.search(r"\s{2}|\t|[,;–—-]$", words)
        and bool(re.search(r"[^\W\d_]{3}", words))
    )


def is_settled(words: str) -> bool:
    """Whether words are a claim, neither negated nor comparing, and its "yes" or "no" ("Salt kills yeast: no")."""
    return len(words) <= 200 and bool(_YES_OR_NO.match(plain(words)))


def is_fact(words: str) -> bool:
    """Whether words are a key and a short value ("Force: push"), rather than prose after a colon."""
    if is_settled(words):
        return True
    match = _FACT.match(plain(words)) if len(words) <= 200 else None
    if not match or len(match[1].split()) > 4 or (match[1].isupper() and " " in match[1]):  # "THE PRESIDENT: …"
        return False
    value = match[2].strip()
    if value.endswith((":", "?")) or re.search(r"[.!?;]\s", value):
        return False
    longest = max(len(part.split()) for part in value.split(","))
    return len(value.split()) <= 3 or (not is_final(value) and longest <= (4 if "," in value else 8))
