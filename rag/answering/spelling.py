"""Typing mistakes in questions, mended towards the words that the articles use.

A word is changed only where the articles and the English dictionary at hand do not know it, so that "beer" is never
made "bear"; a real word in the place of another is mended inside a subject's name alone ("hip trust"). It knows words,
not meanings, and leaves what starts with a capital as it is: that may be a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rag.answering.choices import OPPOSITES, OPTION_FORMS
from rag.answering.subjects import Subjects
from rag.thesaurus import load_thesaurus
from rag.words import FUNCTION_WORDS, words

MIN_CHARS = 3
TWO_MISTAKES_FROM = 9
"""From this length on a word may have two mistakes; a shorter one, one."""

_PLAIN = re.compile(r"[a-z]+$")

_APOSTROPHES = {
    word.replace("'", ""): word
    for word in """what's that's who's where's how's isn't aren't wasn't weren't don't doesn't didn't can't couldn't shouldn't
    wouldn't hasn't haven't hadn't won't i'm i've you're they're it'll""".split()
}
"""Contractions as people type them, with what they mean."""

_ITS = re.compile(r"\bits(?= (?:an?|the|not|just|really|more|called|like|because)\b)")
_ENDINGS = ("s", "es", "ed", "ing", "er", "ers")


def mend(question: str, known: Collection[str], subjects: Subjects, is_word: Callable[[str], bool]) -> str:
    """`question` with its typing mistakes mended.

    Args:
        known: the lower-cased words of the articles.
        is_word: whether a lower-cased word is a frequent one of its language, such as one piece to the embedder.
    """
    return _mend_names(_mend_words(_ITS.sub("it's", question), known, subjects, is_word), subjects)


def _mend_words(question: str, known: Collection[str], subjects: Subjects, is_word: Callable[[str], bool]) -> str:
    for word in reversed(words(question)):
        typed = question[word.start : word.end]
        meant = _APOSTROPHES.get(typed)
        if len(typed) < MIN_CHARS or not _PLAIN.match(typed) or (typed in known and not meant):
            continue
        if not meant and (is_word(typed) or _is_english(typed) or _is_form(typed, known)):
            continue
        meant = meant or subjects.spelled_out(typed) or _nearest(typed, known, subjects)
        if meant:
            question = f"{question[: word.start]}{meant}{question[word.end :]}"
    return question


def _is_english(typed: str) -> bool:
    thesaurus = load_thesaurus()
    if typed in FUNCTION_WORDS or typed in thesaurus.same or typed in thesaurus.base:
        return True
    return any(base in thesaurus.same for base in thesaurus.bases(typed))


def _is_form(typed: str, known: Collection[str]) -> bool:
    """Whether the articles know another form of the word: "cramps" where they say "cramp"."""
    bases = {typed.removesuffix(ending) for ending in _ENDINGS}
    return any(form in known for base in bases for form in (base, base + "e", *(base + ending for ending in _ENDINGS)))


def _nearest(typed: str, known: Collection[str], subjects: Subjects) -> str | None:
    """The word that was meant: the fewest mistakes away, options and subjects before other words."""
    most = 2 if len(typed) >= TWO_MISTAKES_FROM else 1
    options = sorted({word for pair in OPPOSITES for word in pair} | set(OPTION_FORMS))
    favoured = [*options, *subjects.names(), *_COMMON]
    best: tuple[float, str] | None = None
    for rank, pool in enumerate((favoured, known)):
        near = [word for word in pool if word[0] == typed[0]]
        if pool is known:
            near.sort()  # a set's order changes from process to process, and of equals the first is taken
        found = process.extractOne(typed, near, scorer=OSA.distance, score_cutoff=most)
        if found and (best is None or found[1] < best[0]):
            best = (found[1] + 0.5 * rank, found[0])
    return subjects.spelled(best[1]) if best else None


_COMMON = ("the", "what", "which", "does", "should", "push", "pull", "day", "leg", "muscles", "exercise")
"""Words that any question may hold and articles may not."""


def _mend_names(question: str, subjects: Subjects) -> str:
    """A word beside one of a subject's name, one mistake from the name's other word, is that word: "hip trust"."""
    found = words(question)
    for one, other in pairwise(found):
        if subjects.mentions(question[one.start : other.end]):
            continue
        for second in subjects.after(one.stem):
            if _one_mistake(other.form, second):
                return question[: other.start] + second + question[other.end :]
        for first in subjects.before(other.stem):
            if _one_mistake(one.form, first):
                return question[: one.start] + first + question[one.end :]
    return question


def _one_mistake(typed: str, meant: str) -> bool:
    return len(typed) > MIN_CHARS and typed[0] == meant[0] and OSA.distance(typed, meant, score_cutoff=1) == 1
