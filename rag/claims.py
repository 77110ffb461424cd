"""One claim against one sentence of an article: which clauses of the claim the sentence supports, and why not the others.

Each word that carries a clause must stand in the sentence, or a word that means the same; what the sentence leans on (the
title, the sentences just before) can supply a subject. Numbers, negations, comparisons and who does what to whom must
agree. It knows words and their order; it does not know vectors, passages or models.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.thesaurus import Thesaurus, load_thesaurus
from rag.wording import DETERMINERS, FUNCTION, NEGATIONS, UNITS, Word, read_words

BORROWED = 3
"""Words of a clause that the title or the sentences before may supply."""

SPARE = 0.5
"""The share of a clause that must be there for a plain verb of its own to be let pass."""

REPORTED = re.compile(
    r"\b(told|believe[sd]?|claims?|claimed|thinks?|thought|argue[sd]?|call(?:s|ed)? (?:it|them)|files? (?:it|them)|"
    r"(?:coaches|lifters|people|experts|trainers|lists?|program(?:me)?s) (?:class|classify|list|call|consider|regard|say|put)|"
    r"disagree|(?:do not|don['’]t) agree|supposed(?:ly)?|said to|so-called|rumou?r|allegedly|heard)\b",
    re.IGNORECASE,
)
"""A sentence that says what somebody says. It supports a claim that says so too, and no other."""

_EXACT = frozenset("only always everyone everything everybody nobody never none".split())
_MORE = frozenset("more most greater higher larger bigger over above exceed exceeds beyond".split())
_LESS = frozenset("less least fewer under below lower smaller".split())
_MUCH = frozenset("much lot great large big major considerable significant plenty".split())
_LITTLE = frozenset("little small slight minor few slightly hardly".split())
_WHAT, _WHEN = frozenset({"what"}), frozenset({"when", "where"})
_PLACES = tuple(frozenset(s.split()) for s in ("up", "down", "in into", "out", "on onto", "off", "toward towards", "away"))
_FEW = frozenset("a an little few slightly".split())
_SIDES = (
    (_MORE, _LESS),
    *zip(_PLACES[::2], _PLACES[1::2], strict=True),
    (_WHAT, _WHEN),
    (_MUCH, _LITTLE),
    (frozenset({"before"}), frozenset({"after"})),
)
_OBJECTS = frozenset("it them none".split())
_PARTICLES = frozenset("up down off out".split())
_AMONG = frozenset("include includes including among such like".split())
_CIRCUMSTANCES = frozenset("as when while if once".split())
_CONTRASTS = frozenset("while although though".split())
_REASONS = frozenset("because since so although though".split())
_PRONOUNS = frozenset("you we it they this these that those".split())
_COPULAS = frozenset("is are was were be".split())
_CLASSES = _COPULAS | frozenset("count counts class classed classified call called consider considered regarded".split())
_SILENT = FUNCTION - _MORE - _LESS
_PREPOSITIONS = frozenset("for in with at on during after before without by under over from to of as when if while".split())


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence as evidence: its words, and the words that it leans on.

    Attributes:
        topic: words of the title and headings, less those that they leave open ("push or pull").
        label: words of what the sentence begins with, where a colon follows ("Floor press: …").
        before: words of what stands just before, where the sentence leans on it ("It …", "Both …").
        warned: whether it stands under "Common mistakes" or the like.
        reported: whether the sentence only reports what somebody says, or the next one takes it back.
    """

    words: tuple[Word, ...]
    topic: tuple[Word, ...] = ()
    label: tuple[Word, ...] = ()
    before: tuple[Word, ...] = ()
    reported: bool = False
    warned: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a sentence supports a claim.

    Attributes:
        supported: the clauses that it supports.
        reasons: why each of the others is not supported, in plain words.
        contradicted: whether the sentence says the opposite: it negates what is claimed, or says down for up.
        direct: the share of the claim's words that stand in the sentence itself, in [0, 1].
    """

    supported: frozenset[int]
    reasons: tuple[str, ...]
    direct: float
    contradicted: bool = False


def weight(words: Iterable[Word], clause: int) -> int:
    """How many words of a clause need support."""
    return sum(word.clause == clause and needs_support(word) for word in words)


def needs_support(word: Word) -> bool:
    """Whether the word says something that an article must say too."""
    return word.bears or (word.number is not None and word.text not in ("one", "once"))


def read_claim(claim: str, source: Source) -> Reading:
    """Hold a claim against a sentence."""
    return _Reader(claim, source, load_thesaurus()).read()


class _Opposite(str):
    """A reason: the article says the opposite."""


class _Reader:
    def __init__(self, claim: str, source: Source, thesaurus: Thesaurus) -> None:
        self.claim = claim
        self.words = read_words(claim)
        self.source = source
        self.there = source.words
        self.thesaurus = thesaurus
        exact = [self._exact(word) for word in self.words]
        said = Counter(word.text for word in self.words)
        taken = {j for word, at in zip(self.words, exact, strict=True) for j in at[: said[word.text]]}
        self.literal = [at or self._form(word, taken) for word, at in zip(self.words, exact, strict=True)]
        taken |= {j for at in self.literal for j in at}
        self.places = [at or self._similar(word, taken) for word, at in zip(self.words, self.literal, strict=True)]
        self.flipped = {i for i, word in enumerate(self.words) if not self.places[i] and self._denies_opposite(i, word)}

    def read(self) -> Reading:
        if self.source.reported and not REPORTED.search(self.claim):
            return Reading(frozenset(), ("the article only reports it",), 0)
        if self.source.warned and self._orders():
            return Reading(frozenset(), ("the article warns of it",), 0)
        clauses = sorted({word.clause for word in self.words})
        whys = {clause: self._why_not([i for i, w in enumerate(self.words) if w.clause == clause]) for clause in clauses}
        telling = [i for i, word in enumerate(self.words) if word.text not in FUNCTION]
        direct = sum(bool(self.places[i]) for i in telling) / max(1, len(telling))
        supported = frozenset(clause for clause, why in whys.items() if why is None)
        reasons = tuple(why for why in whys.values() if why)
        return Reading(supported, tuple(str(why) for why in reasons), direct, any(isinstance(w, _Opposite) for w in reasons))

    def _orders(self) -> bool:
        """Whether the claim tells the reader to do something."""
        first = self.words[0]
        plain = first.text not in FUNCTION and not first.text.endswith(("ing", "ed", "s"))
        return plain and self.thesaurus.acts(first.text) and not any(w.text in NEGATIONS for w in self.words)

    def _why_not(self, clause: list[int]) -> str | None:
        """Why a clause, given by the places of its words, is not supported; None where it is."""
        for check in (self._opposed, self._negated, self._words_missing, self._out_of_order, self._other_side, self._astray):
            if why := check(clause):
                opposite = check in (self._negated, self._opposed, self._other_side) and self._else_there(clause)
                return _Opposite(why) if opposite else why
        return None

    def _else_there(self, clause: list[int]) -> bool:
        """Whether the sentence has all that a clause says, but for words that it has the opposites of."""
        there = {stem for word in self.there for stem in self.thesaurus.stems(word.text)}
        lacking = [i for i in clause if self.words[i].bears and not self.places[i] and not self._on_topic(self.words[i])]
        return all(there & self.thesaurus.opposites(self.words[i].text) for i in lacking)

    def _words_missing(self, clause: list[int]) -> str | None:
        missing: list[int] = []
        for i in clause:
            word = self.words[i]
            if word.number is not None and needs_support(word):
                if why := self._number_missing(word):
                    return why
            elif word.text in ("one", "once") and (why := self._one_of_two(i)):
                return why
            elif word.text in _EXACT and not self.places[i] and not self._softened(i):
                return f"“{word.text}” is not in the article"
            elif word.bears and not self.places[i] and not self._borrows(i, clause):
                missing.append(i)
        if len(missing) > self._spare(clause, missing):
            return f"“{self.words[missing[0]].text}” is not in the article"
        needed = [i for i in clause if needs_support(self.words[i])]
        if not needed:
            return None
        borrowed = [i for i in needed if not self.places[i] and i not in missing]
        if all(self._on_topic(self.words[i]) for i in borrowed) and (
            len(borrowed) < len(needed) or len(borrowed) > 1 or self.words[clause[0]].clause != self.words[-1].clause
        ):
            return None
        if len(borrowed) > max(BORROWED, len(needed) - len(borrowed)) or len(borrowed) == len(needed):
            return "too little of it is in one sentence"
        return None

    def _softened(self, i: int) -> bool:
        """Whether "only" merely belittles: "only a little", "only slightly"."""
        return self.words[i].text == "only" and i + 1 < len(self.words) and self.words[i + 1].text in _FEW

    def _one_of_two(self, i: int) -> str | None:
        """One hand, where the article says both hands."""
        noun = self.words[i + 1] if i + 1 < len(self.words) else None
        if not noun or not noun.bears:
            return None
        counted = [self.there[j - 1] for j, w in enumerate(self.there) if j and self._same(noun, w)]
        others = [w for w in counted if w.text == "both" or (w.number is not None and w.number != 1)]
        return f"the article says “{others[0].text}”" if others and len(others) == len(counted) else None

    def _spare(self, clause: list[int], missing: Sequence[int]) -> int:
        """How many words may be missing: one plain verb or adverb without a known opposite, in a clause that is there."""
        if not missing or self.words[missing[0]].name or self.thesaurus.has_opposite(self.words[missing[0]].text):
            return 0
        telling = [i for i in clause if self.words[i].text not in FUNCTION]
        share = sum(bool(self.places[i]) for i in telling) / len(telling)
        word = self.words[missing[0]].text
        if missing[0] and self.words[missing[0] - 1].text in DETERMINERS | _PREPOSITIONS - {"to"}:  # "a squat" is a thing
            return 0
        return int(share >= SPARE and self.thesaurus.acts(word) and not self.thesaurus.describes(word))

    def _number_missing(self, word: Word) -> str | None:
        numbers = [w for w in self.there if w.number is not None]
        equal = [w for w in numbers if w.number == word.number]
        if not equal:
            return f"{word.text} is not in the article"
        same_unit = [w for w in numbers if w.unit == word.unit]
        if word.unit and word.unit != "time" and not any(w in same_unit for w in equal):
            if same_unit or all(w.unit for w in equal):
                return f"the article does not count {word.text} {word.unit}"
        return None

    def _opposed(self, clause: list[int]) -> str | None:
        """A word whose opposite stands in its place, or nearer to the rest of the clause than itself."""
        found = {i: self.places[i] for i in clause if self._placed(i)}
        main = self._main_clause(clause, found) if found else 0
        for i in clause:
            opposites = self.thesaurus.opposites(self.words[i].text)
            if not opposites or self._in_a_name(i) or i in self.flipped:
                continue
            if any(opposites & self.thesaurus.stems(self.words[k].text) for k in clause):
                continue
            there = list(range(len(self.there)))
            if self.places[i]:
                own = [self.there[j].clause for j in self.places[i]]
                if main in own:
                    continue
                first, last = min(main, *own), max(main, *own)
                there = [j for j in there if first <= self.there[j].clause <= last and self.there[j].clause not in own]
            for j in there:
                other = self.there[j]
                if other.negated == self.words[i].negated and opposites & self.thesaurus.stems(other.text):
                    return f"the article says “{other.text}”, not “{self.words[i].text}”"
        return None

    def _negated(self, clause: list[int]) -> str | None:
        """A word that one of the two negates. Where both do, what else stands under the negation is a matter of order."""
        claimed = any(self.words[i].negated for i in clause)
        for i in clause:
            word, at = self.words[i], self.places[i]
            if i in self.flipped or not self._placed(i) or any(self.there[j].negated == word.negated for j in at):
                continue
            clauses = {self.there[j].clause for j in at}
            here_too = [w for w in self.there if w.clause in clauses and w.text in NEGATIONS]
            if not claimed or len(here_too) != sum(self.words[k].text in NEGATIONS for k in clause):
                return f"the article {'does not negate' if word.negated else 'negates'} “{word.text}”"
        return None

    def _out_of_order(self, clause: list[int]) -> str | None:
        """Words that the article says of something else, or in another part of the sentence."""
        found = {i: self.places[i] for i in clause if self._placed(i)}
        if not found:
            return None
        main = self._main_clause(clause, found)
        inside = {i: [j for j in at if self.there[j].clause == main] for i, at in found.items()}
        inner = [i for i, at in inside.items() if at]
        first = min(min(inside[i]) for i in inner)
        outer = [i for i in found if i not in inner]
        for i in outer:
            later = [k for k in inner if k > i and max(found[k]) < min(found[i])]
            if self._counts(i):
                continue
            if min(found[i]) < first and self._framed(min(found[i])):
                continue
            if max(found[i]) < first:
                moved = self.words[i].bears and any(k < i and self.words[k].bears for k in inner)
                if moved and not self._framed(max(found[i])) and not self._on_topic(self.words[i]) and self._unsaid(main):
                    return f"“{self.words[i].text}” belongs to another part of the sentence"
                continue
            if self._opening(self.there, self.there[min(found[i])].clause) in (_CIRCUMSTANCES | _REASONS) - _CONTRASTS:
                continue
            if later or not any(k < i for k in inner):
                return f"“{self.words[i].text}” belongs to another part of the sentence"
        passive = any(self.words[i].text == "by" for i in clause)
        if not passive and _scrambled([inside[i][0] for i in inner if self.words[i].bears and len(inside[i]) == 1]):
            return "the article puts it the other way round"
        for i in outer:
            if min(found[i]) > first and not self._counts(i) and (why := self._other_subject(found[i][0], clause)):
                return why
        borrowed = any(self.words[i].bears and not self.places[i] and not self._labelled(self.words[i]) for i in clause)
        carried = any(min(found[i]) < first and not self._framed(min(found[i])) for i in outer)
        subject = next((i for i in clause if self.words[i].bears), None)
        stands_in = self.words[clause[0]].text in _PRONOUNS
        moved = not stands_in and subject in inner and min(inside[subject]) > first and not passive
        return self._other_subject(first, clause) if borrowed or carried or moved else None

    def _main_clause(self, clause: list[int], found: dict[int, list[int]]) -> int:
        """The clause of the sentence that most of the claim's clause stands in; the earliest among equals."""
        counts: Counter[int] = Counter()
        for i in clause:
            share = 1.0 if i in found else 0.01
            for there in {self.there[j].clause for j in self.places[i]}:
                counts[there] += share  # type: ignore[assignment]
        return max(counts, key=lambda there: (counts[there], -there))

    def _placed(self, i: int) -> bool:
        """Whether a word counts for the order of things: it stands there, and is no mere function word."""
        word = self.words[i]
        if needs_support(word):
            return bool(self.places[i])
        return bool(self.literal[i]) and (word.text not in FUNCTION or word.text in _PARTICLES)

    def _astray(self, clause: list[int]) -> str | None:
        """A "when …" that the article says of something else: exhale as the bar comes down."""
        if self.words[clause[0]].text not in _CIRCUMSTANCES:
            return None
        own, governor = self._home(clause), self._governor(self.words, self.words[clause[0]].clause)
        if own is None or governor is None or self._opening(self.there, own) not in _CIRCUMSTANCES:
            return None
        home = self._home([i for i, word in enumerate(self.words) if word.clause == governor])
        there = self._governor(self.there, own)
        if home in (None, own, there):
            return None
        said = {stem for w in self.there if w.clause == there for stem in self.thesaurus.stems(w.text)}
        for word in self.words:
            if word.clause == governor and said & self.thesaurus.opposites(word.text):
                return f"the article does not say “{word.text}” of that case"
        return None

    def _home(self, clause: list[int]) -> int | None:
        """The clause of the sentence that a clause of the claim mostly stands in."""
        found = {i: self.places[i] for i in clause if self._placed(i)}
        return self._main_clause(clause, found) if found else None

    @staticmethod
    def _opening(words: Sequence[Word], clause: int) -> str:
        return next(word.text for word in words if word.clause == clause)

    def _governor(self, words: Sequence[Word], clause: int) -> int | None:
        """The clause that a "when …" belongs to: the main one before it, or else after it."""
        mains = [c for c in sorted({w.clause for w in words}) if self._opening(words, c) not in _CIRCUMSTANCES]
        return max((c for c in mains if c < clause), default=min(mains, default=None))

    def _other_subject(self, place: int, clause: list[int]) -> str | None:
        """The subject that the article has for what stands at `place`, and the claim has not."""
        if any(word.text in _AMONG for word in self.words):
            return None
        within = [j for j, word in enumerate(self.there) if word.clause == self.there[place].clause]
        if self.there[within[0]].text in _PREPOSITIONS:
            return None
        if self.there[within[0]].text in _COPULAS:  # its subject stands before a parenthesis
            within = [j for j, word in enumerate(self.there) if word.clause == 0] + within
        own = self.words[clause[0]].clause
        cases = {w.clause for w in self.words if self._opening(self.words, w.clause) in _CIRCUMSTANCES}
        matched = {j for w, at in zip(self.words, self.places, strict=True) if w.clause <= own or w.clause in cases for j in at}
        for j in within:
            word = self.there[j]
            thing = word.text.endswith("ing") or (j > 0 and self.there[j - 1].text in DETERMINERS)
            verb = self.thesaurus.acts(word.text) and not thing
            if j < place and word.bears and j not in matched and not verb and not self._on_topic(word):
                return f"the article says it of “{word.text}”"
        return None

    def _unsaid(self, clause: int) -> bool:
        """Whether a clause of the sentence says something that the claim does not."""
        matched = {j for at in self.places for j in at}
        return any(w.clause == clause and w.bears and j not in matched for j, w in enumerate(self.there))

    def _framed(self, place: int) -> bool:
        """Whether a word stands in what frames the sentence: its label, or "For strength, …"."""
        opening = next(word for word in self.there if word.clause == self.there[place].clause)
        return opening.text in _PREPOSITIONS or self._labelled(self.there[place])

    def _counts(self, i: int) -> bool:
        """Whether a word is a number or what it counts, which may stand anywhere in a sentence."""
        return self.words[i].number is not None or self.words[i].text in UNITS

    def _labelled(self, word: Word) -> bool:
        return any(self._same(word, w) for w in self.source.label)

    def _other_side(self, clause: list[int]) -> str | None:
        """More where the article says less, into where it says out of."""
        found = {i: self.places[i] for i in clause if self._placed(i)}
        if not found:
            return None
        main = self._main_clause(clause, found)
        there = {word.text for word in self.there if word.clause == main}
        all_there = {word.text for word in self.there}
        here = {self.words[i].text for i in clause}
        for one, other in (*_SIDES, *((b, a) for a, b in _SIDES)):
            wide = one in (*_PLACES[4:6], _MUCH, _LITTLE)
            own, others = (all_there if wide else there), (all_there if one in _PLACES[4:6] else there)
            if here & one and not here & other and others & other and not own & one:
                return f"the article says “{min(others & other)}”"
        return None

    def _exact(self, word: Word) -> list[int]:
        """Where in the sentence a word or a number stands."""
        same_number = word.number is not None
        at = [j for j, w in enumerate(self.there) if w.text == word.text or (same_number and w.number == word.number)]
        repeats = [w for w in self.words if w.text == word.text]
        if len(repeats) > len(at) and repeats.index(word) >= len(at) and self.thesaurus.is_pole(word.text):
            return []  # "bent forwards, with the knees bent", where the article bends only forwards
        return at

    def _form(self, word: Word, taken: set[int]) -> list[int]:
        """Where another form of a word stands ("pulling" for "pull")."""
        stems = self.thesaurus.stems(word.text)
        return [j for j, w in enumerate(self.there) if j not in taken and stems & self.thesaurus.stems(w.text)]

    def _similar(self, word: Word, taken: set[int]) -> list[int]:
        """Where a word stands that can stand for it, and does not stand for another already."""
        if word.name or word.number is not None or word.text in FUNCTION:
            return []
        free = [j for j, w in enumerate(self.there) if j not in taken and w.number is None]
        return [j for j in free if self.there[j].text not in _SILENT and self._means(word, self.there[j])]

    def _denies_opposite(self, i: int, word: Word) -> bool:
        """Whether the sentence says "disagree" where the claim says "do not agree", or the other way round."""
        opposites = self.thesaurus.opposites(word.text) if word.number is None else frozenset()
        at = [j for j, w in enumerate(self.there) if w.negated != word.negated and opposites & self.thesaurus.stems(w.text)]
        self.places[i] = at
        return bool(at)

    def _borrows(self, i: int, clause: list[int]) -> bool:
        """Whether the title supplies a word, or, for a subject, the sentences before."""
        word = self.words[i]
        if self._on_topic(word):
            return not self._is_predicate(i, clause)
        subject = not any(self.places[k] and needs_support(self.words[k]) for k in clause if k < i)
        return (subject or self._stands_for_object(clause)) and any(w.negated == word.negated and self._same(word, w) for w in self.source.before)

    def _is_predicate(self, i: int, clause: list[int]) -> bool:
        """Whether a word is what its clause says that something else is: "… is a lunge"."""
        before = [k for k in clause if k < i]
        copula = any(self.words[k].text in _CLASSES for k in before[-4:])
        return copula and any(self.places[k] and self.words[k].bears for k in before)

    def _in_a_name(self, i: int) -> bool:
        """Whether a word and one beside it both stand in the title: "pull" in "face pull"."""
        beside = [self.words[k] for k in (i - 1, i + 1) if 0 <= k < len(self.words)]
        return self._on_topic(self.words[i]) and any(self._on_topic(word) for word in beside)

    def _stands_for_object(self, clause: list[int]) -> bool:
        """Whether the sentence says "it" or "them" of something, and the claim does not."""
        if any(self.words[i].text in _OBJECTS for i in clause):
            return False
        return any(
            w.text in _OBJECTS and j and self.there[j - 1].clause == w.clause and self.there[j - 1].text not in FUNCTION
            for j, w in enumerate(self.there)
        )

    def _on_topic(self, word: Word) -> bool:
        return any(self._same(word, w) for w in self.source.topic)

    def _same(self, claimed: Word, said: Word) -> bool:
        return bool(self.thesaurus.stems(claimed.text) & self.thesaurus.stems(said.text))

    def _means(self, claimed: Word, said: Word) -> bool:
        """Whether `said` makes `claimed` true: a synonym, or something more special."""
        return self.thesaurus.means(claimed.text, said.text)


def _rises(places: Sequence[int]) -> bool:
    """Whether places ascend, neighbours aside that changed sides."""
    return all(b > a - 3 for a, b in zip(places, places[1:], strict=False))


def _scrambled(places: Sequence[int]) -> bool:
    """Whether words stand in another order, and not only because one phrase was moved to another place."""
    size = len(places)
    if size < 4:
        return False
    for first in range(size):
        for last in range(first, size):
            if _rises([*places[:first], *places[last + 1 :]]) and _rises(places[first : last + 1]):
                return False
    return True
