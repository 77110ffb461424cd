"""Which words can stand for which: irregular forms, synonyms, more general words, opposites.

Reads `thesaurus.txt`, which is derived from WordNet 3.0, and what lifters say. It knows frequent English words only: a word
that it has never seen stands for itself and its inflections. It does not know sentences.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from Stemmer import Stemmer

_LINE = re.compile(r"(?P<word>\S+) = (?P<same>[^^!]*)(?:\^(?P<general>[^!]*))?(?:!(?P<opposite>.*))?")
_BRITISH = (
    ("our", "or"),
    ("tre", "ter"),
    ("ise", "ize"),
    ("yse", "yze"),
    ("ising", "izing"),
    ("oeuvre", "euver"),
    ("ised", "ized"),
)
_NOT = ("un", "in", "im", "dis", "non")
_REGULAR = ("ing", "ies", "ied", "ily", "ed", "es", "ally", "ly", "s")
_DEGREES = ("er", "ier", "est", "iest")


@dataclass(frozen=True, slots=True)
class Thesaurus:
    """What is known of words. Keys and values are lower-case words as they stand in the file."""

    base: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    same: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    general: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    opposite: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    sure: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    poles: set[str] = field(default_factory=set)
    verbs: set[str] = field(default_factory=set)

    def bases(self, word: str) -> frozenset[str]:
        """The word itself and the words it may be a form of: "slower" is "slow", "women" is "woman"."""
        found = {word} | self.base.get(word, set())
        for spelling in _spellings(word):
            known = spelling in self.same
            found |= {spelling} | {b for b in _uninflected(spelling, _REGULAR) if b in self.same or b in self.poles}
            for base in _uninflected(spelling, _DEGREES):  # "liver" is no form of "live", but "longer" is one of "long"
                if base in self.same and (
                    not known or (base in self.poles | self.sure.keys() and spelling not in self.poles)
                ):
                    found.add(base)
        return frozenset(found)

    def stems(self, word: str) -> frozenset[str]:
        """What two forms of one word have in common."""
        return _stems(self, word)

    def is_pole(self, word: str) -> bool:
        """Whether much hangs on a word: it is one of a pair like push and pull."""
        return bool(self.bases(word) & self.poles)

    def means(self, claimed: str, said: str) -> bool:
        """Whether `said` makes `claimed` true: a synonym, or something more special. "push" is nothing but "push"."""
        table = "sure" if self.is_pole(claimed) or self.is_pole(said) else "same"
        mine, other = self.stems(claimed), self.stems(said)
        if other & _related(self, claimed, table) or mine & _related(self, said, table):
            return True
        return table == "same" and bool(mine & self.generalities(said))

    def synonyms(self, word: str) -> frozenset[str]:
        """Stems of the words that can stand where `word` stands and mean much the same."""
        return _related(self, word, "same")

    def generalities(self, word: str) -> frozenset[str]:
        """Stems of the words that say less than `word` and are true where it is: "muscle" for "biceps"."""
        return _related(self, word, "general")

    def has_opposite(self, word: str) -> bool:
        """Whether much hangs on a word because there is one that says the contrary."""
        return any(self.opposite.get(base) for base in self.bases(word))

    def opposites(self, word: str) -> frozenset[str]:
        """Stems of the words that contradict `word`, "unimportant" for "important" among them."""
        return _related(self, word, "opposite") | _negatives(self, word)

    def describes(self, word: str) -> bool:
        """Whether a participle is an adjective of its own, as "exhausted" is."""
        return word.endswith("ed") and word in self.same

    def acts(self, word: str) -> bool:
        """Whether a word is a frequent verb or adverb, and seldom anything else."""
        return bool(self.bases(word) & self.verbs)

    # `cache` needs hashing; there is one thesaurus a process.
    def __hash__(self) -> int:
        return id(self)


@cache
def load_thesaurus() -> Thesaurus:
    """The thesaurus that comes with the program, read once."""
    thesaurus = Thesaurus()
    for line in (Path(__file__).parent / "thesaurus.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("+ "):
            thesaurus.verbs.update(line[2:].split())
        elif line.startswith("~ "):
            group = set(line[2:].split())
            for word in group:
                thesaurus.same[word] |= group - {word}
                thesaurus.sure[word] |= group - {word}
        elif line.startswith("- "):
            one, other = line[2:].split()
            thesaurus.opposite[one].add(other)
            thesaurus.opposite[other].add(one)
            thesaurus.poles.update((one, other))
        elif " < " in line:
            form, base = line.split(" < ")
            thesaurus.base[form].add(base)
        elif match := _LINE.fullmatch(line):
            word = match["word"]
            thesaurus.same[word] |= set(match["same"].split())
            thesaurus.general[word] |= set((match["general"] or "").split())
            thesaurus.opposite[word] |= set((match["opposite"] or "").split())
    return thesaurus


@cache
def _stemmer() -> Stemmer:
    return Stemmer("english")


@cache
def _stems(thesaurus: Thesaurus, word: str) -> frozenset[str]:
    return frozenset(_stemmer().stemWords(sorted(thesaurus.bases(word))))


@cache
def _related(thesaurus: Thesaurus, word: str, relation: str) -> frozenset[str]:
    table: dict[str, set[str]] = getattr(thesaurus, relation)
    found = {other for base in thesaurus.bases(word) for other in table.get(base, ())}
    return frozenset(stem for other in found for stem in _stems(thesaurus, other))


@cache
def _negatives(thesaurus: Thesaurus, word: str) -> frozenset[str]:
    known = thesaurus.same.keys() | thesaurus.opposite.keys()
    found = {
        prefix + base for prefix in _NOT for base in thesaurus.bases(word) if prefix == "un" or prefix + base in known
    }
    found |= {word.removeprefix(prefix) for prefix in _NOT if word.startswith(prefix) and word in known}
    if word.startswith("un") and thesaurus.bases(word[2:]) & known:  # "unsupported" is in no list, "support" is
        found.add(word[2:])
    return frozenset(stem for other in found - {word} for stem in _stems(thesaurus, other))


def _spellings(word: str) -> set[str]:
    """American spellings of a British word, among others that mean nothing and harm nothing."""
    found = {word}
    for british, american in _BRITISH:
        if british in word[2:]:
            found.add(word[:2] + word[2:].replace(british, american))
    return found


def _uninflected(word: str, endings: tuple[str, ...]) -> set[str]:
    """What `word` may be the plural, past, participle, comparative or adverb of, by its ending alone."""
    found = set()
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            rest = word[: -len(ending)]
            found |= {rest, f"{rest}e", f"{rest}y"}
            if rest[-1] == rest[-2]:
                found.add(rest[:-1])
    return found
