"""Which quotes to give and how to set them in an answer, with the articles' words alone.

A fact takes a sentence or two, "what are the benefits" the whole list, "how do I" the steps in order, "how does X differ
from Y" something on both. It sees a ranking; it does not search, and it does not decide whether to answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rag.answering.ranking import RankedSentence, Ranking
from rag.answering.subjects import Subjects
from rag.types import Citation, Passage, Role
from rag.words import REPLY, content_stems

Form = Literal["fact", "list", "steps", "comparison"]

SECOND_WITHIN = 0.8
"""A further sentence is quoted where its score is at most this much below the best."""

NEIGHBOUR_WITHIN = 3.0
"""The sentence beside the best joins its quote where its score is at most this much below: what answers often spreads over
two. On halves of SQuAD 2.0's and CLAPnq's development questions, Chroma's chunking questions and this project's own, the
quote then holds evidence for 0.82, 0.88, 0.74 and 0.81 of the questions, against 0.79, 0.77, 0.69 and 0.79 without, for a
quarter more characters."""

LIST_WITHIN = 5.0
"""A list is taken for a question that asks for one where its best entry is at most this much below the best sentence."""

UNDER = 12.0
"""How much the heading or lead-in of a list counts for it, beside its best entry."""

HALVES = 4.0
"""Units of ranking score by which the score of a citation or passage is halved."""

SAME_SHARE = 0.6
"""Two sentences that share more of their words than this, of the shorter one's, say the same."""

_STEPS = re.compile(
    r"^\W*how (?:do|can|should|would|does|to|must)\b(?!.*\b(?:differ|compare|work\b|help|affect|benefit|many|much|often))"
    r"|\bhow (?:are|is) .+ (?:done|performed|executed)\b|^\W*(?:teach|show|learning)\b|\bwhat do i do\b"
    r"|\b(?:steps?|set ?up|perform|technique|instructions?|proper form|correct form|walk me through|how (?:do|should|can) i)\b",
    re.I,
)
_LIST = re.compile(
    r"\b(?:benefits|advantages|disadvantages|examples|reasons|mistakes|errors|tips|variations|types|kinds|ways|muscles"
    r"|things|takeaways|steps|factors|causes|effects|symptoms|uses|list|pros|cons|differences|signs|alternatives)\b"
    r"|\bwhat are\b|\bwhat other\b|\bwhat (?:do|does|can) .+ do for\b|\bwhich (?:\w+ ){0,3}are\b|\bwho should\b",
    re.I,
)
_COMPARISON = re.compile(
    r"\b(?:differ(?:s|ent|ence|ences)?|compare[ds]?|comparison|versus|vs\.?|rather than|instead of|better than|same as"
    r"|similar to|distinguish\w*)\b|\bbetween\b.+\band\b",
    re.I,
)
_MARKUP = re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1|\[([^\]\n]+)\]\([^)\n]*\)")
_BULLET = re.compile(r"^[ \t]*(?:[-*+•–·]|(\d{1,3})[.)])[ \t]+", re.M)


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a passage that is quoted, `[start, end)` in the article. `score` is that of its best sentence."""

    passage: Passage
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        """The article's words."""
        return self.passage.quote(self.start, self.end)


def question_form(question: str, subjects: Subjects) -> Form:
    """What shape of answer a question asks for."""
    if _COMPARISON.search(question) and len({m.subject for m in subjects.mentions(question)}) > 1:
        return "comparison"
    if _STEPS.search(question):
        return "steps"
    return "list" if _LIST.search(question) else "fact"


def select_quotes(ranking: Ranking, form: Form, question: str, subjects: Subjects) -> list[Quote]:
    """The quotes that answer, best first; at least one, for a ranking that holds a sentence."""
    if form in ("list", "steps"):
        listed = _whole_list(ranking, Role.STEP if form == "steps" else Role.ITEM)
        if listed:
            return [listed]
    if form == "comparison":
        both = _both_sides(ranking, question, subjects)
        if both:
            return both
    return _sentences(ranking, 2)


def _sentences(ranking: Ranking, most: int) -> list[Quote]:
    """The best sentence with its neighbour, and what else ranks nearly as well."""
    best = ranking.sentences[0]
    quotes = [_with_neighbour(best, ranking)]
    for sentence in ranking.sentences[1:]:
        if len(quotes) == most or sentence.score < best.score - SECOND_WITHIN:
            break
        if not any(_holds(quote, sentence) or says_same(sentence.text, quote.text) for quote in quotes):
            quotes.append(as_quote(sentence))
    return quotes


def _with_neighbour(best: RankedSentence, ranking: Ranking) -> Quote:
    """The best sentence and the one right before or after it in its paragraph, where that ranks nearly as well."""
    quote, block = as_quote(best), best.sentence.block
    near = [s for s in ranking.sentences if s.score >= best.score - NEIGHBOUR_WITHIN and s.passage is best.passage]
    beside = [s for s in near if s.sentence.block == block and s is not best and _adjoins(s, best)]
    if best.sentence.role is not Role.PROSE or not beside:
        return quote
    other = beside[0].sentence
    return replace(quote, start=min(quote.start, other.start), end=max(quote.end, other.end))


def _adjoins(one: RankedSentence, other: RankedSentence) -> bool:
    """Whether nothing but white space is between two sentences of a passage."""
    first, second = sorted((one.sentence, other.sentence), key=lambda s: s.start)
    return not one.passage.quote(first.end, second.start).strip()


def _holds(quote: Quote, sentence: RankedSentence) -> bool:
    return quote.passage is sentence.passage and quote.start <= sentence.sentence.start < quote.end


def _whole_list(ranking: Ranking, role: Role) -> Quote | None:
    """The list that fits best by its heading and its best entry, whole, where that entry is near the best sentence."""
    best = ranking.sentences[0].score
    lists: dict[tuple[str, int], RankedSentence] = {}
    for entry in ranking.sentences:
        if entry.sentence.role is role and entry.score >= best - LIST_WITHIN:
            lists.setdefault((entry.passage.passage_id, entry.sentence.block), entry)
    for entry in sorted(lists.values(), key=lambda e: -(e.score + UNDER * e.under)):
        block = [s for s in entry.passage.sentences if s.block == entry.sentence.block and s.role is role]
        if len(block) > 1:
            return Quote(entry.passage, block[0].start, block[-1].end, entry.score)
    return None


def _both_sides(ranking: Ranking, question: str, subjects: Subjects) -> list[Quote] | None:
    """A sentence that names both subjects, and the best about each."""
    wanted = {m.subject.name for m in subjects.mentions(question)}
    joint: list[RankedSentence] = []
    sides: dict[str, RankedSentence] = {}
    for sentence in ranking.sentences:
        named = {m.subject.name for m in subjects.mentions(sentence.text)} & wanted
        if len(named) > 1 and len(joint) < 2 and not any(says_same(sentence.text, j.text) for j in joint):
            joint.append(sentence)
        about = subjects.mentions(sentence.passage.title)
        for name in named or ({about[0].subject.name} & wanted if about else set()):
            sides.setdefault(name, sentence)
    chosen = joint or [sides[name] for name in sorted(sides, key=lambda name: -sides[name].score)]
    return [as_quote(sentence) for sentence in chosen] or None


def as_quote(sentence: RankedSentence) -> Quote:
    """A ranked sentence as a quote."""
    return Quote(sentence.passage, sentence.sentence.start, sentence.sentence.end, sentence.score)


def says_same(one: str, other: str) -> bool:
    """Whether two sentences are near-duplicates, by the words that they share."""
    a, b = content_stems(one), content_stems(other)
    return bool(a and b) and len(a & b) > SAME_SHARE * min(len(a), len(b))


def cite(quotes: Sequence[Quote], confidence: float) -> tuple[Citation, ...]:
    """The quotes as numbered citations; the best has `confidence` as its score, the others less by how they rank."""
    best = max((quote.score for quote in quotes), default=0.0)
    return tuple(
        Citation(
            marker, q.passage.article_id, q.passage.title, q.passage.source, q.start, q.end, q.text,
            confidence * 2.0 ** (min(0.0, q.score - best) / HALVES),
        )
        for marker, q in enumerate(quotes, 1)
    )  # fmt: skip


def compose(citations: Sequence[Citation], lead: str = "") -> str:
    """The text of an answer: `lead`, then each quote with its marker.

    A quote that opens with the lead needs none. Any other "Yes" or "No" of a quote is not shown: it replies to the article's own
    question, which is not the user's, or the lead would say so.
    """
    opens = bool(citations and lead) and _opens_with(citations[0].quote, lead)
    shown = [plain(c.quote) for c in citations]
    shown = [text if opens and place == 0 else _without_reply(text) for place, text in enumerate(shown)]
    marked = [f"{text} [{c.marker}]" for text, c in zip(shown, citations, strict=True)]
    return " ".join(marked if opens or not lead else [lead, *marked])


def _opens_with(quote: str, lead: str) -> bool:
    """Whether a quote begins with what the lead says: "No, …" with "No.", but not "No oven …", nor "Push-ups …" with "Push."."""
    reply = REPLY.match(quote)
    if lead.lower() in ("yes.", "no."):
        return reply is not None and reply[1].lower() == lead[:-1].lower()
    return bool(re.match(rf"{re.escape(lead[:-1])}(?![\w:’'-])", quote, re.I))


def _without_reply(text: str) -> str:
    rest = REPLY.sub("", text)
    return rest[:1].upper() + rest[1:] if rest else text


def plain(quote: str) -> str:
    """A quote as running text: without emphasis and link targets, on one line.

    A list keeps a line an entry, and its numbers where it is a numbered one.
    """
    text = "\n" + _MARKUP.sub(lambda m: m.group(2) or m.group(3), quote)
    numbers = [mark.group(1) for mark in _BULLET.finditer(text)]
    entries = [" ".join(part.split()) for part in _BULLET.sub("\n\0", text).split("\n\0")]
    unmarked = bool(entries[0])  # a quote begins after the mark of its first entry
    entries = [entry for entry in entries if entry]
    if len(entries) < 2:
        return " ".join(entries)
    if not all(numbers):
        return "".join(f"\n- {entry}" for entry in entries)
    first = max(1, int(numbers[0]) - unmarked)
    return "".join(f"\n{number}. {entry}" for number, entry in enumerate(entries, first))
