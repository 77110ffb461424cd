"""Which quotes to give: what answers in the articles' own words.

A fact takes a sentence or two, "what are the benefits" the whole list, "how do I" the steps in order, "how does X differ
from Y" something on both. It sees a ranking; it does not search, nor decide whether to answer, nor set quotes in an answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from rag.answering.quotes import Quote, says_same
from rag.answering.ranking import RankedSentence, Ranking
from rag.answering.sections import LISTED, MOSTLY, is_keyed, lead_up, left_over, list_below, opener_of
from rag.answering.subjects import Subjects
from rag.types import Role
from rag.words import content_stems, words

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

OPENING_SENTENCES, OPENING_CHARS = 4, 400
"""The longest quote that still begins where the answer to the article's own question does; else that opening is quoted apart."""

TERSE = 3
"""A sentence of at most this many words ("No.", "Partly.") says nothing without the next."""

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
_BARE_REPLY = re.compile(r"\W*(?:yes|no)\W*", re.I)


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
    return is_keyed(own) and any(line.strip(" *_") == own for line in sentence.passage.text.splitlines())


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
    goes_on = after and after[0].block == only.block and after[0].role is Role.PROSE
    if goes_on and not quote.passage.quote(after[0].start, after[0].end).endswith("?"):
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
