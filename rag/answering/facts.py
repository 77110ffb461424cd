"""What a "Key: value" line settles of a claim: "Toxic to dogs: no", "Life cycle: annual" where another article has "perennial".

This module reads such lines of the articles on the claim's subject. What sentences say is read by `rag.answering.yes_no`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from rag.answering.clauses import relates, standing_for, stems_of
from rag.answering.ranking import RankedSentence, Ranking
from rag.answering.subjects import Subjects
from rag.thesaurus import load_thesaurus
from rag.types import Role
from rag.words import Word, content_stems, words

_REPLY = re.compile(r"\s*(yes|no|none|never)\s*(?:$|[,;:!(–—]|\.(?!\s*\d))", re.I)
"""A value that is a reply; "no more than two" and "No. 5" are none."""
_SEVERAL = re.compile(r"[,;/(]|\b(?:and|or|to|not|no)\b|\d", re.I)
"""A value that is more than one plain word for a thing leaves room for others."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of an article: what it is about, and what it says of that."""

    key: str
    value: str
    sentence: RankedSentence

    @property
    def reply(self) -> bool | None:
        """What a "yes" or "no" says; None for any other value."""
        match = _REPLY.match(self.value)
        return match[1].lower() == "yes" if match else None

    @property
    def is_single(self) -> bool:
        """Whether the value names one thing, and so no other."""
        return not _SEVERAL.search(self.value)


def facts(ranking: Ranking) -> list[Fact]:
    """The key-value lines among the sentences that were ranked, best first."""
    found = []
    for sentence in ranking.sentences:
        key, colon, value = sentence.text.partition(":")
        if sentence.sentence.role is Role.FACT and colon and value.strip():
            found.append(Fact(key.strip(), value.strip(), sentence))
    return found


def facts_on(target: Set[str], ranking: Ranking, subjects: Subjects) -> list[Fact]:
    """Those that stand in the articles on the subject with these stems; all where no subject is named so."""
    named = subjects.is_name(frozenset(target))
    titles = {fact: subjects.mentions(fact.sentence.passage.title) for fact in facts(ranking)} if named else {}
    return [
        fact for fact in facts(ranking) if not named or any(frozenset(m.subject.stems) == target for m in titles[fact])
    ]  # fmt: skip


def answers(fact: Fact, claimed: Sequence[Word], target: Set[str], passed: Set[str]) -> bool:
    """Whether a line with "yes" or "no" is about just what is claimed: it has all its words, in their order, and none that it lacks.

    Args:
        target: the stems of the claim's subject, which a line may name anywhere, or leave to its article.
        passed: words that say nothing of their own.
    """
    left = [word for word in claimed if word.stem not in _context(fact)]
    asked = [word for word in words(fact.key) if word.content and word.form not in passed]
    mine = {word.stem for word in left}
    asked = [word for word in asked if word.stem not in target - mine]
    passive = len(left) == 2 and mine <= target  # "can I burn a tick off?", "Ticks can be burned off: no"
    return _same(left, asked) or (passive and _same(left[::-1], asked))


def _same(some: Sequence[Word], others: Sequence[Word]) -> bool:
    """Whether words and others say the same, one by one."""
    shared = {word.stem for word in some} & {word.stem for word in others}  # none of which stands for another word
    return len(some) == len(others) and all(
        one.stem == other.stem or ({one.stem, other.stem}.isdisjoint(shared) and standing_for(one) & stems_of(other))
        for one, other in zip(some, others, strict=True)
    )


def excludes(fact: Fact, claimed: Sequence[Word], ranking: Ranking) -> bool:
    """Whether the one value of a line leaves no room for what is claimed: the opposite, or what the same line says elsewhere."""
    left = [word for word in claimed if word.stem not in _context(fact) | content_stems(fact.key)]
    if not left or not fact.is_single or fact.reply is not None or relates(fact.key):
        return False
    own = content_stems(fact.value)
    wanted = {word.stem for word in left}
    if wanted & own:
        return False
    if len(left) == 1 and load_thesaurus().opposites(left[0].form) & own:
        return True
    others = (other for other in facts(ranking) if other.key.lower() == fact.key.lower() and other.is_single)
    return any(content_stems(other.value) == wanted for other in others)


def holds(fact: Fact, claimed: Sequence[Word]) -> bool:
    """Whether a line says what is claimed: its value has a word of it, and its key the rest."""
    left = [word for word in claimed if word.stem not in _context(fact)]
    value, whole = content_stems(fact.value), content_stems(f"{fact.key} {fact.value}")
    told = fact.is_single and not relates(fact.key)
    return told and any(w.stem in value for w in left) and all(standing_for(w) & whole for w in left)


def _context(fact: Fact) -> set[str]:
    """Stems of the title and of the headings that a line stands under."""
    return content_stems(" ".join((fact.sentence.passage.title, *fact.sentence.headings)))
