"""Words of a text with their stems and places: what rooms that read language share. It knows no index and no model."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

FUNCTION_WORDS = frozenset(
    """a an the this that these those some any each every all both either neither no not nor and or but so if then than
    as at by even for from in into of off on onto out over to up with without about after before between during through
    under is are was were be been being am do does did doing done has have had having can cannot could may might must shall
    should will would ought it its they them their theirs he him his she her hers we us our you your i me my mine one
    ones who whom whose which what when where why how there here also too very just only really quite more most much
    many few such same other others another own again still yet ever never please tell explain say says mean actually
    because since while until unless whereas although though anything something nothing everything
    myself yourself itself themselves ourselves
    ok okay alright well oh hey yeah yep yes nah vs versus thanks thank it's that's what's who's where's how's don't doesn't
    im ive dont doesnt didnt isnt arent cant wont u ur bc cuz coz tho thru rite gonna wanna gotta kinda pls plz lol btw
    didn't isn't aren't wasn't weren't can't couldn't won't wouldn't shouldn't haven't hasn't i'm i've you're they're""".split()
)
"""Words that say little by themselves, in questions as in articles."""


REPLY = re.compile(
    r"^[\s*_]*(yes|no)\b[*_]*(?:\s*[,:;!]|\.(?!\s*\d)|\s+[–—-](?=\s)|[–—](?=\s)"
    r"|(?=\s+(?:it|they|you|he|she|we|i|the|this|that|these|those|there|not)\b))[\s,.:;!–—-]*",
    re.I,
)
"""The "Yes, " or "No: " that a sentence opens with; "no equipment is needed", "No. 5" and "yes votes" open with no reply."""

_WARNING = re.compile(
    r"^(?!.*\b(?:(?:how|ways?|tips?|steps?) to |avoiding |preventing |fixing |mending |dos? and )).*"
    r"\b(?:mistakes?|errors?|avoid|wrong|don['’]ts?|never|faults?|pitfalls?)\b",
    re.I | re.S,
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its stem, its lower-cased form, and its span in the text."""

    stem: str
    form: str
    start: int
    end: int

    @property
    def content(self) -> bool:
        """Whether it says something by itself."""
        return self.form not in FUNCTION_WORDS


def words(text: str) -> list[Word]:
    """The words of `text` in order; a hyphen parts words."""
    return [Word(stem(m.group().lower()), m.group().lower(), m.start(), m.end()) for m in _WORD.finditer(text)]


def content_stems(text: str) -> set[str]:
    """The stems of the words that say something."""
    return {stem(form) for form in {said.lower() for said in _WORD.findall(text)} if form not in FUNCTION_WORDS}


def warn(headings: Iterable[str]) -> bool:
    """Whether what stands under these headings is what one should not do: "Common mistakes"."""
    return any(_WARNING.search(heading) for heading in headings)


@lru_cache(maxsize=200_000)
def stem(form: str) -> str:
    """The Snowball English stem of a lower-cased word."""
    with _STEMMING:  # a stemmer is not for two threads at once
        return str(_stemmer().stemWord(form.replace("’", "'").removesuffix("'s")))


_STEMMING = threading.Lock()


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")
