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
from rag.answering.sections import LISTED, MOSTLY, lead_up, left_over, list_below, opener_of
from rag.answering.subjects import Subjects
from rag.answering.tables import read_rows
from rag.types import Citation, Passage, Role, Sentence
from rag.words import REPLY, content_stems, words

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

OPENING_SENTENCES, OPENING_CHARS = 4, 400
"""The longest quote that still begins where the answer to the article's own question does; else that opening is quoted apart."""

TERSE = 3
"""A sentence of at most this many words ("No.", "Partly.") says nothing without the next."""

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
_BARE_REPLY = re.compile(r"\W*(?:yes|no)\W*", re.I)
_ASKED_AND_REPLIED = re.compile(r"\?\W+(yes|no)\W*$", re.I)
_KEYED = re.compile(r"\W{0,4}[^\W\d_][^:.?!\n]{0,39}:\W*\s\S")
"""How a line begins that is a key and its value."""
_BULLET = re.compile(r"^[ \t]*(?:[-*+•–·]|(\d{1,3})[.)])[ \t]+", re.M)


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a passage that is quoted, `[start, end)` in the article. `score` is that of its best sentence."""

    passage: Passage
    start: int
    end: int
    score: float
    asked: float = 0.0
    """How well the article's own question above it is the user's."""

    @property
    def text(self) -> str:
        """The article's words."""
        return self.passage.quote(self.start, self.end)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Those that it begins with or holds."""
        return tuple(s for s in self.passage.sentences if self.start <= s.start < self.end)

    @property
    def head(self) -> str | None:
        """Of rows of a table, the row that names its columns, "" where its passage holds none; None where it is no rows."""
        rows = self.sentences
        if not rows or any(row.role is not Role.ROW for row in rows):
            return None
        above = [s for s in self.passage.sentences if s.block == rows[0].block and s.role is Role.LEAD_IN]
        return self.passage.quote(above[0].start, above[0].end) if above else ""


class SetCitation(Citation):
    """A citation that knows how its quote is set in an answer, where the quote's own words do not tell.

    Attributes:
        head: of rows of a table, the names of its columns, "" where its passage holds none; None where the quote is no rows.
        replies: whether a "Yes" or "No" that it opens with replies to the user's very question.
    """

    __slots__ = ("head", "replies")
    head: str | None
    replies: bool

    def __init__(self, quote: Quote, marker: int, score: float) -> None:
        p = quote.passage
        super().__init__(marker, p.article_id, p.title, p.source, quote.start, quote.end, quote.text, score)
        object.__setattr__(self, "head", quote.head)
        object.__setattr__(self, "replies", quote.asked == 1)


def question_form(question: str, subjects: Subjects) -> Form:
    """What shape of answer a question asks for."""
    if _COMPARISON.search(question) and len({m.subject for m in subjects.mentions(question)}) > 1:
        return "comparison"
    if _STEPS.search(question):
        return "steps"
    return "list" if _LIST.search(question) else "fact"


def select_quotes(ranking: Ranking, form: Form, question: str, subjects: Subjects) -> list[Quote]:
    """The quotes that answer, best first; at least one, for a ranking that holds a sentence."""
    headed = _list_asked_for(ranking, form, question)
    if headed:
        return [headed]
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
    """The best sentence with its neighbour, or with what opens the answer to the article's own question, and what else ranks
    nearly as well."""
    best = ranking.sentences[0]
    quotes = _opened(best, _with_neighbour(best, ranking))
    for sentence in ranking.sentences[1:]:
        if len(quotes) >= most or sentence.score < best.score - SECOND_WITHIN:
            break
        if not any(_holds(quote, sentence) or says_same(sentence.text, quote.text) for quote in quotes):
            quotes.append(_apart(sentence, quotes))
    return quotes


def _apart(sentence: RankedSentence, quotes: Sequence[Quote]) -> Quote:
    """A ranked sentence as a quote that shares nothing with those before it."""
    quote = as_quote(sentence)
    meets = any(
        quote.passage is other.passage and quote.start < other.end and other.start < quote.end for other in quotes
    )
    return _alone(sentence) if meets else quote


def _with_neighbour(best: RankedSentence, ranking: Ranking) -> Quote:
    """The best sentence and the one right before or after it in its paragraph, where that ranks nearly as well."""
    quote, block = _alone(best), best.sentence.block
    near = [s for s in ranking.sentences if s.score >= best.score - NEIGHBOUR_WITHIN and s.passage is best.passage]
    beside = [s for s in near if s.sentence.block == block and s is not best and _adjoins(s, best)]
    if best.sentence.role is not Role.PROSE or not beside or _is_keyed(best) or _is_keyed(beside[0]):
        return _spoken_out(quote)
    other = beside[0].sentence
    return _spoken_out(replace(quote, start=min(quote.start, other.start), end=max(quote.end, other.end)))


def _is_keyed(sentence: RankedSentence) -> bool:
    """Whether a sentence is a line of its own, a key and its value: its neighbours are on something else."""
    own = sentence.text.strip(" *_")
    return bool(_KEYED.match(own)) and any(line.strip(" *_") == own for line in sentence.passage.text.splitlines())


def _opened(best: RankedSentence, quote: Quote) -> list[Quote]:
    """A quote of the best sentence that begins where the answer to the article's own question does; where that is too far above,
    what opens the answer before it."""
    opening = lead_up(best.passage, best.sentence) if best.asked else ()
    if not opening or opening[0].start >= quote.start:
        return [quote]
    whole = replace(quote, start=opening[0].start)
    for near in (whole, replace(whole, end=best.sentence.end)):
        if len(near.sentences) <= OPENING_SENTENCES and near.end - near.start <= OPENING_CHARS:
            return [near]
    return [replace(quote, start=opening[0].start, end=opening[0].end), quote]


def _spoken_out(quote: Quote) -> Quote:
    """A quote that is not only a word or two: with the sentence after it in its paragraph, or, where a bare "No." is all that is
    said, from the question that it replies to."""
    only, sentences = quote.sentences[0], quote.passage.sentences
    if only.end < quote.end or only.role is not Role.PROSE or len(words(quote.text)) > TERSE:
        return quote
    place = sentences.index(only)
    after, before = sentences[place + 1 : place + 2], sentences[max(0, place - 1) : place]
    if after and after[0].block == only.block and after[0].role is Role.PROSE:
        return replace(quote, end=after[0].end)
    if before and before[0].role is Role.QUESTION and _BARE_REPLY.fullmatch(quote.text):
        return replace(quote, start=before[0].start)
    return quote


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


def _list_asked_for(ranking: Ranking, form: Form, question: str) -> Quote | None:
    """The list or table, whole, that stands directly under the article's own question or heading, where that is what the user asks:
    a list is asked for, or nothing in the question picks an entry."""
    best = ranking.sentences[0].score
    for entry in ranking.sentences:
        if entry.score < best - LIST_WITHIN:
            return None
        if entry.asked < MOSTLY or entry.sentence.role not in LISTED:
            continue
        block, opener = list_below(entry.passage, entry.sentence), opener_of(entry.passage, entry.sentence)
        if len(block) < 2 or opener is None:
            continue
        picked = left_over(question, entry.passage.quote(opener.start, opener.end), entry.passage.title)
        whole = replace(_alone(entry), start=block[0].start, end=block[-1].end)
        if form in ("list", "steps") or not picked & content_stems(whole.text):
            return whole
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
    """A ranked sentence as a quote, from where the answer to the article's own question begins, if that is near above."""
    return _opened(sentence, _spoken_out(_alone(sentence)))[-1]


def _alone(sentence: RankedSentence) -> Quote:
    """Nothing but a ranked sentence as a quote."""
    return Quote(sentence.passage, sentence.sentence.start, sentence.sentence.end, sentence.score, sentence.asked)


def says_same(one: str, other: str) -> bool:
    """Whether two sentences are near-duplicates, by the words that they share."""
    a, b = content_stems(one), content_stems(other)
    return bool(a and b) and len(a & b) > SAME_SHARE * min(len(a), len(b))


def cite(quotes: Sequence[Quote], confidence: float) -> tuple[Citation, ...]:
    """The quotes as numbered citations; the best has `confidence` as its score, the others less by how they rank."""
    best = max((quote.score for quote in quotes), default=0.0)
    return tuple(
        SetCitation(quote, marker, confidence * 2.0 ** (min(0.0, quote.score - best) / HALVES))
        for marker, quote in enumerate(quotes, 1)
    )


def compose(citations: Sequence[Citation], lead: str = "") -> str:
    """The text of an answer: `lead`, then each quote with its marker.

    A quote that opens with the lead needs none. Any other "Yes" or "No" of a quote is not shown: it replies to the article's own
    question, which is not the user's, or the lead would say so; where it is the user's, the reply stands.
    """
    opens = bool(citations and lead) and _opens_with(citations[0].quote, lead)
    shown = [_set(c) for c in citations]
    kept = [(opens and place == 0) or (not lead and _replies(c)) for place, c in enumerate(citations)]
    shown = [text if keep else _without_reply(text) for text, keep in zip(shown, kept, strict=True)]
    marked = [f"{text} [{c.marker}]" for text, c in zip(shown, citations, strict=True)]
    return " ".join(marked if opens or not lead else [lead, *marked])


def _replies(citation: Citation) -> bool:
    return isinstance(citation, SetCitation) and citation.replies


def _set(citation: Citation) -> str:
    """A quote as it is shown: rows of a table with the names of their columns, all else as running text."""
    if not isinstance(citation, SetCitation) or citation.head is None:
        return plain(citation.quote)
    rows = [_unmarked(row) for row in read_rows(citation.quote, citation.head)]
    return rows[0] if len(rows) == 1 else "".join(f"\n- {row}" for row in rows)


def _opens_with(quote: str, lead: str) -> bool:
    """Whether a quote begins with what the lead says: "No, …" with "No.", but not "No oven …", nor "Push-ups …" with "Push."."""
    reply = REPLY.match(quote)
    if lead.lower() in ("yes.", "no.") and _ASKED_AND_REPLIED.search(quote):
        return True  # the article's own question with its bare reply says all
    if lead.lower() in ("yes.", "no."):
        return reply is not None and reply[1].lower() == lead[:-1].lower()
    return bool(re.match(rf"{re.escape(lead[:-1])}(?![\w:’'-])", quote, re.I))


def _without_reply(text: str) -> str:
    rest = REPLY.sub("", text)
    return rest[:1].upper() + rest[1:] if rest else text


def plain(quote: str) -> str:
    """A quote as running text: without emphasis and link targets, on one line.

    A list keeps a line an entry, and its numbers where it is a numbered one; lines of keys and their values keep a line each.
    """
    text = "\n" + _unmarked(quote)
    lines = [line for line in text.splitlines() if line.strip()]
    if not _BULLET.search(text) and len(lines) > 1 and all(_KEYED.match(line) for line in lines):
        return "".join(f"\n- {' '.join(line.split())}" for line in lines)
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


def _unmarked(text: str) -> str:
    """A text without emphasis and link targets."""
    return _MARKUP.sub(lambda m: m.group(2) or m.group(3), text)
