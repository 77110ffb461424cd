"""Text -> blocks: headings, paragraphs, lists, questions with their answers, tables, each with its sentences.

It reads Markdown, and the same structure in text pasted from a web page, where a heading is a bare line, a bullet is
"  • " and a FAQ is a run of question lines. Every offset counts in the text given. It does not know files, passages or
tokens. The lines are first sorted into drafts by their own looks (`rag.reading.lines`); here the drafts are judged by their
neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.reading.lines import draft_blocks
from rag.reading.marks import (
    ANSWER_MARK,
    NUMBER_MARK,
    QUESTION_MARK,
    TRUTH_MARK,
    WRAP_COLUMNS,
    Draft,
    Entry,
    Kind,
    is_capitals,
    is_fact,
    is_final,
    is_myth,
    is_settled,
    plain,
)
from rag.reading.sentences import Span, split_sentences, strip_span
from rag.types import Role, Sentence

MAX_HEADING_CHARS = 120
MAX_QUESTION_CHARS = 200
BARE_LEVEL = 2
"""The level of a heading line that carries no sign of its level; the title above it has level 1."""

_NEAR = 8  # how far a bare line looks for what it heads: a longer run of bare lines is a menu anyway
_MOST_ASKED = 4  # paragraphs before the answer; what goes on for longer is a text of its own
_FAQ = re.compile(r"\b(?:faqs?|frequently asked|common questions|questions and answers|q ?& ?a)\b", re.I)
_BYLINE = re.compile(
    r"(?:by|written by|posted by|reviewed by|medically reviewed by|photo by|image by|author:?)\s+[^\W\d_][^.!?]*$"
    r"|.*\b\d+[ -]?min(?:ute)?s?\.? read\b.*$"
    r"|(?:published|updated|last updated|last modified|posted|reviewed)\b[^.!?]*\b\d{4}\W*$"
    r"|(?:share this(?: \w+)?|advertisement|skip to (?:main )?content|table of contents|read more|back to top"
    r"|was this (?:post|page|article) helpful\??)$",
    re.I,
)
_ONLY_BOLD = re.compile(r"(\*\*|__)(?!\s)([^*_\n]+?)(?<!\s)\1:?$")
_OPENS_HEADING = re.compile(r"[\"'“‘¿¡]?[A-Z0-9À-ÖØ-Þ]|[\"'“‘]?[^\W\d_a-zß-öø-ÿ]")
_ENDS_OPEN = re.compile(r"[.!,;:…–—\-(\[{/&]$")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a text.

    Attributes:
        kind: what it is.
        start, end: its span, marks included.
        sentences: the quotable spans in it, in order, markup left out where it stands at their edges.
        level: of a heading or a question that opens a section, 1 (outermost) to 6; else 0.
        title: of a heading or a question, its words without markup; else "".
        marked: whether it is a heading by Markdown's marks, rather than a bare line.
    """

    kind: Kind
    start: int
    end: int
    sentences: tuple[Sentence, ...]
    level: int = 0
    title: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class LeadingHeading:
    """A heading above the text. `marked`: by Markdown, not a bare line; `byline`: an author's line follows it."""

    title: str
    marked: bool
    byline: bool = False


def read_structure(text: str, title: str = "") -> tuple[Block, ...]:
    """The blocks of `text`, in order.

    Every character that is not white space lies in exactly one block, and every block has a sentence. `title` is the
    article's title where it is known: a bare line that says the same is then a heading of level 1.
    """
    drafts = _parted(text, draft_blocks(text))
    _find_asked(text, drafts)
    _find_facts(text, drafts)
    pasted = _pasted(drafts)
    _find_capitals(text, drafts)
    if pasted:
        _find_bare_headings(text, drafts, title)
    _find_questions(text, drafts)
    _find_lead_ins(text, drafts)
    return _number(text, drafts)


def leading_headings(text: str) -> list[LeadingHeading]:
    """The headings before the first prose of `text`, in order: the title is among them."""
    found: list[LeadingHeading] = []
    for block in read_structure(text):
        if block.kind is Kind.FURNITURE and found and _BYLINE.match(text, block.start, block.end):
            found[-1] = replace(found[-1], byline=True)
        elif block.kind in (Kind.HEADING, Kind.QUESTION) and block.title:
            found.append(LeadingHeading(block.title, block.marked))
        elif block.kind not in (Kind.FRONT_MATTER, Kind.FURNITURE):
            break
    return found


def _parted(text: str, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts, with what is asked and its labelled answer apart where they stand in one paragraph or one entry."""
    parted: list[Draft] = []
    for draft in drafts:
        if draft.kind not in (Kind.PARAGRAPH, Kind.LIST):
            parted.append(draft)
            continue
        entries = [part for entry in draft.entries for part in _part(text, entry)]
        if draft.kind is Kind.LIST:
            draft.entries = entries
            parted.append(draft)
        else:
            parted.append(replace(draft, entries=entries[:1]))
            parted += [Draft(Kind.PARAGRAPH, [entry], tight=True) for entry in entries[1:]]
    return parted


def _part(text: str, entry: Entry) -> list[Entry]:
    """An entry, cut before the answer to what it asks."""
    answer = _answer_mark(text, entry)
    for index, run in enumerate(entry.runs if answer else ()):
        for start, end in split_sentences(text, *run):
            if answer and start > entry.runs[0][0] and answer.match(text, start, end):
                asked = [*entry.runs[:index], strip_span(text, run[0], start)]
                first = Entry(entry.start, entry.role, [span for span in asked if span[0] < span[1]])
                return [first, Entry(start, entry.role, [(start, run[1]), *entry.runs[index + 1 :]])]
    return [entry]


def _answer_mark(text: str, entry: Entry) -> re.Pattern[str] | None:
    """The label that what answers an entry has, where the entry asks by a label of its own."""
    if is_myth(text[entry.runs[0][0] : entry.end]):
        return TRUTH_MARK
    return ANSWER_MARK if _label(text, entry, QUESTION_MARK) else None


def _label(text: str, entry: Entry, mark: re.Pattern[str]) -> re.Match[str] | None:
    """The label that an entry begins with, be it left out of its runs already or not."""
    return mark.match(text, entry.start, entry.end) or mark.match(text, entry.runs[0][0], entry.end)


def _find_asked(text: str, drafts: Sequence[Draft]) -> None:
    """Mark what is asked by its label, from a "Q:" to its "A:" and from a myth to the truth about it, all paragraphs
    between included; the labels of what answers are left out."""
    answer: re.Pattern[str] | None = None
    asked: list[tuple[Draft, Entry]] = []
    for draft, entry in [(each, entry) for each in drafts for entry in each.entries]:
        if draft.kind is Kind.FURNITURE:
            continue
        in_text = draft.kind in (Kind.PARAGRAPH, Kind.LIST)
        opens = _answer_mark(text, entry) if in_text or draft.kind is Kind.HEADING else None
        label = _label(text, entry, answer) if answer and in_text else None
        if opens:
            answer, asked = opens, [(draft, entry)]
            named = _label(text, entry, QUESTION_MARK)
            if named and ":" in named[0]:
                _leave_out(text, draft, entry, named)
            if not named or ":" in named[0]:
                _ask(text, draft, entry)
        elif label:
            for one in asked:
                _ask(text, *one)
            _leave_out(text, draft, entry, label)
            answer = None
        elif in_text and len(asked) < _MOST_ASKED:
            asked.append((draft, entry))
        else:
            answer = None


def _ask(text: str, draft: Draft, entry: Entry) -> None:
    """Make a question of a paragraph or an entry of a list; a heading is one by its words."""
    if draft.kind is Kind.LIST:
        entry.role = Role.QUESTION
    elif draft.kind is Kind.PARAGRAPH:
        draft.kind = Kind.QUESTION
        if _ONLY_BOLD.match(draft.words(text)):
            _trim_bold(draft)


def _leave_out(text: str, draft: Draft, entry: Entry, label: re.Match[str]) -> None:
    """Leaves a label out of what can be quoted, and the end of the bold type that began before it."""
    end = entry.runs[0][1]
    bold = label[0][:2] if label[0][:2] in ("**", "__") else ""
    if bold and not label[0].rstrip().endswith(bold) and text.endswith(bold, label.end(), end):
        draft.close = max(draft.close, end)
        end -= len(bold)
    if label.end() < end:  # a label alone on its line is all there is to quote
        entry.runs[0] = (label.end(), end)


def _find_facts(text: str, drafts: Sequence[Draft]) -> None:
    """Mark entries of lists that are a key and its value, and lines of such without bullets that stand in rows or say yes or no."""
    lines = [
        draft.kind is Kind.PARAGRAPH and is_fact(draft.words(text)) and not is_final(draft.words(text))
        for draft in drafts
    ]
    for index, draft in enumerate(drafts):
        if draft.kind is Kind.LIST:
            for entry in draft.entries:
                if entry.role is Role.ITEM and is_fact(text[entry.runs[0][0] : entry.end]):
                    entry.role = Role.FACT
            continue
        in_a_row = any((*lines[max(0, index - 1) : index], *lines[index + 1 : index + 2]))
        if lines[index] and (in_a_row or is_settled(draft.words(text))):
            draft.kind, draft.entries[0].role = Kind.LIST, Role.FACT


def _pasted(drafts: Sequence[Draft]) -> bool:
    """Whether bare lines may be headings: not in a text that marks its sections otherwise."""
    return sum(draft.kind is Kind.HEADING and draft.level > 1 for draft in drafts) == 0


def _find_capitals(text: str, drafts: Sequence[Draft]) -> None:
    """Make headings of the lines in capitals that stand right above prose, or alone above text."""
    level = BARE_LEVEL
    for index, (draft, follower) in enumerate(pairwise(drafts)):
        if draft.marked:
            level = max(BARE_LEVEL, min(6, draft.level + 1))
        elif draft.kind is Kind.PARAGRAPH and is_capitals(draft.words(text)):
            before = drafts[index - 1] if index > 1 and draft.tight else None  # the first line may be a title
            goes_on = before and before.kind is Kind.PARAGRAPH and not is_final(before.words(text))
            other = _BYLINE.match(draft.words(text)) or is_fact(draft.words(text))
            if not goes_on and not other and _is_headed(text, follower):
                _make_heading(text, draft, level)


def _is_headed(text: str, draft: Draft) -> bool:
    """Whether a draft may stand below a heading in capitals: as prose, a question, or, apart from it, a list or table."""
    if draft.kind in (Kind.LIST, Kind.TABLE):
        return not draft.tight
    words = draft.words(text)
    prose = is_final(words) or len(words.split()) > 8
    return draft.kind in (Kind.PARAGRAPH, Kind.QUESTION) and prose and not words.isupper()


def _find_bare_headings(text: str, drafts: list[Draft], title: str) -> None:
    """Make headings of the bare lines that head something."""
    for draft in drafts:
        if draft.kind is Kind.PARAGRAPH and _BYLINE.match(draft.words(text)) and len(draft.words(text)) <= 80:
            draft.kind, draft.entries[0].role = Kind.FURNITURE, Role.FURNITURE
    looks = [_looks_like_heading(text, drafts, index) for index in range(len(drafts))]
    top = True  # nothing but headings so far: a title may stand between a kicker and a first section
    for index, draft in enumerate(drafts):
        if looks[index] and _heads_something(drafts, looks, index, longest_run=3 if top else 2):
            _make_heading(text, draft, BARE_LEVEL)
        elif draft.kind not in (Kind.FURNITURE, Kind.FRONT_MATTER, Kind.HEADING):
            top = False
    _level_the_title(drafts, title)


def _heads_something(drafts: Sequence[Draft], looks: Sequence[bool], index: int, longest_run: int) -> bool:
    """Whether text follows a bare line, at most `longest_run - 1` more of them between; a longer run is a menu, of
    which the last line alone can be a heading."""
    near = min(index, _NEAR)
    behind = next((i for i in range(near) if not looks[index - 1 - i]), near)
    for ahead in range(index + 1, min(index + _NEAR, len(drafts))):
        if not looks[ahead] and drafts[ahead].kind is not Kind.FURNITURE:
            run = behind + ahead - index
            return run <= longest_run or ahead == index + 1
    return False


def _looks_like_heading(text: str, drafts: Sequence[Draft], index: int) -> bool:
    """Whether a draft is a short line, alone between blank lines, that starts like a title and does not stop."""
    draft = drafts[index]
    if draft.kind is Kind.LIST and len(draft.entries) == 1:
        alone = bool(NUMBER_MARK.match(text, draft.start, draft.end))
    else:
        alone = draft.kind is Kind.PARAGRAPH
    follower = drafts[index + 1] if index + 1 < len(drafts) else None
    if not alone or not follower or draft.tight or (follower.tight and index > 0):
        return False
    line = draft.words(text)
    if len(line) > MAX_HEADING_CHARS or "\n" in line or "\t" in line or len(line.split()) > 16:
        return False
    if follower.tight and len(follower.words(text)) < 2 * len(line):
        return False
    words = plain(line)
    if words.endswith("?") and not _title_case(words):
        return False
    return bool(_OPENS_HEADING.match(words)) and not _ENDS_OPEN.search(words.rstrip("\"'”’»)]"))


def _title_case(words: str) -> bool:
    """Whether most of the longer words begin with a capital."""
    longer: list[str] = re.findall(r"[^\W\d_]{4,}", words)[1:]
    return sum(word[0].isupper() for word in longer) * 2 > len(longer)


def _make_heading(text: str, draft: Draft, level: int) -> None:
    """Turn a draft of one line into a heading of `level`."""
    draft.kind, draft.level = Kind.HEADING, level
    draft.title = plain(draft.words(text))
    bold = _ONLY_BOLD.match(draft.words(text))
    draft.entries = [Entry(draft.start, Role.HEADING, [(draft.entries[0].runs[0][0], draft.end)])]
    if bold:
        _trim_bold(draft)


def _level_the_title(drafts: Sequence[Draft], title: str) -> None:
    """Raise the title among the leading bare headings, and what stands above it, to level 1."""
    leading = []
    for draft in drafts:
        if draft.kind is Kind.HEADING and draft.level == BARE_LEVEL:
            leading.append(draft)
        elif draft.kind not in (Kind.FURNITURE, Kind.FRONT_MATTER):
            break
    names = [same(draft.title) for draft in leading]
    if same(title) in names:
        for draft in leading[: names.index(same(title)) + 1]:
            draft.level = 1


def same(words: str) -> str:
    """A form in which two writings of one title are equal."""
    return " ".join(re.findall(r"\w+", plain(words).casefold()))


def _find_questions(text: str, drafts: Sequence[Draft]) -> None:
    """Mark the questions that the text answers itself; under a FAQ heading each opens a section of its own."""
    faq_level = 0
    for index, draft in enumerate(drafts):
        if draft.kind is Kind.HEADING:
            if (_is_question(draft.title) or is_myth(draft.title)) and draft.level > 1:
                draft.kind = Kind.QUESTION
                if faq_level and not draft.marked:
                    draft.level = faq_level + 1
            elif _FAQ.search(draft.title):
                faq_level = draft.level
            elif draft.level <= faq_level:
                faq_level = 0
        elif draft.kind is Kind.PARAGRAPH and index + 1 < len(drafts):
            _find_pseudo_heading(text, draft, drafts[index + 1], faq_level)
        elif draft.kind is Kind.QUESTION and _is_one_question(text, draft):
            _open_question(text, draft, faq_level)
        if draft.kind is Kind.QUESTION:
            draft.entries[0].role = Role.QUESTION


def _find_pseudo_heading(text: str, draft: Draft, follower: Draft, faq_level: int) -> None:
    """A paragraph that is one question, or one bold line, heads what follows it."""
    line = draft.words(text)
    if "\n" in line or len(line) > MAX_QUESTION_CHARS or follower.kind not in (Kind.PARAGRAPH, Kind.LIST, Kind.TABLE):
        return
    bold = bool(_ONLY_BOLD.match(line))
    if _is_one_question(text, draft):
        _open_question(text, draft, faq_level)
        if bold:
            _trim_bold(draft)
    elif bold and not follower.tight and len(line) <= MAX_HEADING_CHARS and not (is_final(line) or line.endswith(":")):
        _make_heading(text, draft, 4)


def _is_one_question(text: str, draft: Draft) -> bool:
    """Whether a paragraph is a single question on one line."""
    line = draft.words(text)
    return "\n" not in line and _is_question(plain(line)) and len(split_sentences(text, *draft.entries[0].runs[0])) == 1


def _open_question(text: str, draft: Draft, faq_level: int) -> None:
    """Turn a draft into a question, which opens a section of its own under a FAQ heading."""
    draft.kind, draft.level, draft.title = Kind.QUESTION, faq_level + 1 if faq_level else 0, plain(draft.words(text))


def _trim_bold(draft: Draft) -> None:
    """Leaves the marks of a bold line out of what can be quoted."""
    start, end = draft.entries[0].runs[0]
    draft.close = end
    draft.entries[0].runs = [(start + 2, end - 2)]


def _is_question(words: str) -> bool:
    return words.rstrip("\"'”’) ").endswith(("?", "？")) and len(words) <= MAX_QUESTION_CHARS


def _find_lead_ins(text: str, drafts: Sequence[Draft]) -> None:
    """Mark what introduces a list, table or quotation: the last sentence before it, ending in a colon; a short line
    right above it; an entry ending in a colon above entries that are set in further."""
    for draft, follower in pairwise(drafts):
        if draft.kind is Kind.PARAGRAPH and follower.kind in (Kind.LIST, Kind.TABLE, Kind.QUOTE, Kind.CODE):
            words = plain(draft.words(text)[-200:])
            short = follower.tight and len(words.split()) <= 8 and not is_final(words)
            draft.leads_in = words.endswith((":", "：")) or (short and follower.kind in (Kind.LIST, Kind.TABLE))
    for draft in drafts:
        for entry, inner in pairwise(draft.entries) if draft.kind is Kind.LIST else ():
            deeper = _indent(text, inner) > _indent(text, entry)
            if deeper and entry.role is not Role.FURNITURE and text[entry.end - 1] in ":：":
                entry.role = Role.LEAD_IN


def _indent(text: str, entry: Entry) -> int:
    return entry.start - (text.rfind("\n", 0, entry.start) + 1)


def _number(text: str, drafts: Sequence[Draft]) -> tuple[Block, ...]:
    """The drafts as blocks. Short lines that follow one another without a blank line share a block number."""
    blocks: list[Block] = []
    number = -1
    for draft in drafts:
        if not (blocks and draft.tight and _goes_on(text, blocks[-1], draft)):
            number += 1
        sentences = [s for entry in draft.entries for s in _sentences(text, entry, number)]
        if draft.leads_in:
            last = sentences[-1]
            sentences[-1] = Sentence(last.start, last.end, Role.LEAD_IN, number)
        blocks.append(
            Block(draft.kind, draft.start, draft.end, tuple(sentences), draft.level, draft.title, draft.marked)
        )
    return tuple(blocks)


def _goes_on(text: str, block: Block, draft: Draft) -> bool:
    """Whether a draft on the line after `block` is of one piece with it: lines of facts, short lines of prose."""
    if block.kind is not draft.kind or block.kind not in (Kind.PARAGRAPH, Kind.LIST):
        return False
    if max(block.end - block.start, draft.end - draft.start) < max(WRAP_COLUMNS):
        return True
    return not is_final(text[block.start : block.end])


def _sentences(text: str, entry: Entry, number: int) -> list[Sentence]:
    """The sentences of an entry. Only prose is split: a heading, a fact, a row is one quote."""
    whole = entry.role not in (Role.PROSE, Role.ITEM, Role.STEP)
    spans: list[Span] = []
    for start, end in entry.runs:
        spans.extend([(start, end)] if whole else split_sentences(text, start, end))
    return [Sentence(start, end, entry.role, number) for start, end in spans]
