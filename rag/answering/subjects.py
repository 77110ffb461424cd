"""What the articles are about: names taken from their titles, found again in questions and sentences.

"Hip Thrust: Push or Pull?" is about the "hip thrust". A name is matched by its stems, so "hip thrusts" and "Hip-thrust"
are the same subject, and the longest name wins: a "front squat" is not a "squat". This module reads titles only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.words import Word, words

MAX_NAME_WORDS = 6
SHORTEST, LONGEST = 2, 5
"""How many letters an abbreviation of a name has."""

_HEAD = re.compile(r"\s*(?:[:|?(\[–—]|\s-\s)")
_ASIDE = re.compile(r"^\s*(?:the|an?|how to|what (?:is|are)|all about|guide to|introduction to)\s+", re.I)


@dataclass(frozen=True, slots=True)
class Subject:
    """A name that one or more titles share."""

    name: str
    stems: tuple[str, ...]
    article_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a subject is named in a text, `[start, end)` in characters."""

    subject: Subject
    start: int
    end: int


class Subjects:
    """The subjects of a corpus.

    Args:
        titles: (article_id, title) of every article.
    """

    def __init__(self, titles: Iterable[tuple[str, str]]) -> None:
        named: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
        for article_id, title in titles:
            name = subject_name(title)
            if name:
                named[tuple(word.stem for word in words(name))].append((article_id, name))
        self._by_first: dict[str, list[Subject]] = defaultdict(list)
        for stems, articles in named.items():
            subject = Subject(articles[0][1].lower(), stems, frozenset(article_id for article_id, _ in articles))
            self._by_first[stems[0]].append(subject)
            if len(stems) > 1:
                self._by_first["".join(stems)].append(Subject(subject.name, ("".join(stems),), subject.article_ids))
        names = [words(articles[0][1]) for articles in named.values()]
        forms = [[word.form for word in name] for name in names]
        self._spellings = {form: form for name in forms for form in name if len(form) > 2}
        self._spellings |= {"".join(name): " ".join(name) for name in forms if len(name) > 1}
        self._long_names = [" ".join(name) for name in forms if len(name) > 1]
        self._after: dict[str, list[str]] = defaultdict(list)
        self._before: dict[str, list[str]] = defaultdict(list)
        for first, second in (pair for name in names for pair in pairwise(name)):
            self._after[first.stem].append(second.form)
            self._before[second.stem].append(first.form)
        for subjects in self._by_first.values():
            subjects.sort(key=lambda s: -len(s.stems))

    def mentions(self, text: str) -> list[Mention]:
        """The subjects named in `text`, in order, longest names first where they overlap."""
        found, place = words(text), 0
        mentions: list[Mention] = []
        while place < len(found):
            subject = self._at(found, place)
            if subject:
                last = found[place + len(subject.stems) - 1]
                mentions.append(Mention(subject, found[place].start, last.end))
                place += len(subject.stems)
            else:
                place += 1
        return mentions

    def without(self, text: str, stems: frozenset[str]) -> str:
        """`text` without the names of the subject that has these stems."""
        for mention in reversed(self.mentions(text)):
            if frozenset(mention.subject.stems) == stems:
                text = text[: mention.start] + text[mention.end :]
        return text

    def is_name(self, stems: frozenset[str]) -> bool:
        """Whether these are the stems of a subject's name, in whatever order."""
        return any(frozenset(s.stems) == stems for stem in stems for s in self._by_first.get(stem, ()))

    def names(self) -> list[str]:
        """The words of all names, and the names of several words written as one, in lower case."""
        return list(self._spellings)

    def spelled(self, word: str) -> str:
        """The name that was written as one word ("benchpress"), as it is written; other words as they are."""
        return self._spellings.get(word, word)

    def spelled_out(self, word: str) -> str | None:
        """The one name of several words that `word` abbreviates ("rdl", "ohps"), in lower case; None for none or several.

        An abbreviation holds the first letter of each word of the name, and its letters stand there in their order; one
        that stands in a single word of it, as "pul" does in "pull up", is that word mistyped.
        """
        letters = word.lower()
        short = letters.removesuffix("s") if len(letters) > SHORTEST else letters
        if not SHORTEST <= len(short) <= LONGEST:
            return None
        meant = {name for name in self._long_names if _abbreviates(short, name)}
        return meant.pop() if len(meant) == 1 else None

    def after(self, stem: str) -> Sequence[str]:
        """The words that stand behind a word of this stem in a name."""
        return self._after.get(stem, ())

    def before(self, stem: str) -> Sequence[str]:
        """The words that stand before a word of this stem in a name."""
        return self._before.get(stem, ())

    def _at(self, found: list[Word], place: int) -> Subject | None:
        for subject in self._by_first.get(found[place].stem, ()):
            if tuple(w.stem for w in found[place : place + len(subject.stems)]) == subject.stems:
                return subject
        return None


def subject_name(title: str) -> str:
    """The name at the head of a title, without article and subtitle; "" where there is none that is short enough."""
    head = _ASIDE.sub("", _HEAD.split(title.strip(), maxsplit=1)[0]).strip(" .!\"'“”")
    return head if 0 < len(words(head)) <= MAX_NAME_WORDS else ""


def _abbreviates(letters: str, name: str) -> bool:
    if any(_in_order(letters, word) for word in name.split()):
        return False
    initials = "".join(word[0] for word in name.split())
    return letters[0] == initials[0] and _in_order(initials, letters) and _in_order(letters, name)


def _in_order(letters: str, text: str) -> bool:
    """Whether the letters stand in a text in their order, others between them or not."""
    rest = iter(text)
    return all(letter in rest for letter in letters)
