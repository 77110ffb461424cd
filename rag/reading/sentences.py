"""Where one sentence ends and the next begins, as exact spans.

Rules, no model: a full stop ends a sentence unless what stands before it is an abbreviation or an initial, or what
follows cannot begin one. It knows English abbreviations and the full stops of other scripts. It does not know blocks:
a span given to it is one run of prose, in which a line break counts as a space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_CLOSERS = "\"'”’»)\\]}*_`"
_STOP = re.compile(  # possessive throughout: a million dots must not take a million squared steps
    rf"(?<![.!?…])(?P<stop>[.!?…]++)(?P<close>[{_CLOSERS}]*+(?:\[[^\[\]\s]{{1,12}}+\])*+(?:\s''(?=\s|$))?+)(?=\s|$)"
    rf"|(?P<wide>[。！？｡]++[」』”’）]*+)"
)
_LAST_WORD = re.compile(r"[^\s(\[\"'“‘*_]+\s?$")
_NEXT_WORD = re.compile(r"[\s\"'“‘«(\[{*_`]*+([^\W_][\w'’]{0,30}+)?")
_INITIALS = re.compile(r"(?:\w\.)+\w")
_LETTERS = re.compile(r"(?<![\w.])[A-Z](?:,|,?\s(?:and|or|&))$")
_GOES_ON = re.compile(r"\s*+[,;:.!?–—\-)\]}/%]")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Never at the end of a sentence: something must follow them.
_ALWAYS = _words("mr mrs dr prof vs v cf viz e.g i.e eg ie al esp incl approx ca eds")
# The same where they begin with a capital, before a name or a number; in small letters they are words, or units.
_CAPITALISED = _words(
    "ms rev hon capt col gen lt sgt sen rep gov pres st mt ft fig figs eq eqs ref refs vol ed trans dept univ"
)
# An abbreviation before a number only: "No. 5", "p. 12", "Sec. 3", "max. 10 reps".
_BEFORE_NUMBER = _words(
    "no nos p pp sec ch art para jan feb mar apr jun jul aug sep sept oct nov dec rom fig figs eq eqs ref refs vol ed "
    "min max"
)
# An abbreviation between two numbers only: "5 ft. 10 in.".
_UNITS = _words("hr hrs lb lbs oz kg in ft st ms g m s l h")
# May end a sentence: they do where the next word is one that often begins sentences.
_EITHER = _words("etc inc ltd co corp jr sr u.s u.k u.n e.u d.c a.m p.m ph.d b.c a.d m.d b.a m.a b.sc m.sc bros est")
# A letter after one of these is a name of its own, and no initial: "vitamin C", "plan B".
_LETTERED = _words(
    "vitamin vitamins hepatitis influenza coenzyme factor plan plans option options variant variation version model "
    "group groups cohort team class grade type types category level zone phase stage block part section appendix "
    "schedule series exhibit figure table chapter column row side point points step list item letter key note answer "
    "choice case day session workout circuit superset exercise routine programme program protocol size cup gate"
)
_STARTERS = _words(
    "a an the this that these those it its he she they we you i his her their our my your there here in on at by for "
    "from to with as if when while where who what which why how after before during since because although though but "
    "and so or nor yet then thus hence however moreover instead also both each every some many most few several all "
    "no not one two three another other such only even once do does did is are was were can could should will would "
    "may might must keep use let make start try perform"
)


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of `text[start:end]`, in order, without the white space around them.

    Every character that is not white space lies in exactly one span. `end` None is the end of the text.
    """
    end = len(text) if end is None else end
    spans, begin = [], start
    for stop in (*_stops(text, start, end), end):
        span = strip_span(text, begin, stop)
        if span[0] < span[1]:
            spans.append(span)
        begin = stop
    return spans


def strip_span(text: str, start: int, end: int) -> Span:
    """`[start, end)` without the white space at its ends; an empty span where there is nothing else."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _stops(text: str, start: int, end: int) -> Iterator[int]:
    """The offsets at which a sentence ends, the last one left out."""
    begin = start
    for match in _STOP.finditer(text, start, end):
        if match["wide"] or _ends(text, begin, end, match):
            yield match.end()
            begin = match.end()


def _ends(text: str, begin: int, end: int, match: re.Match[str]) -> bool:
    """Whether the full stop that `match` found in the sentence from `begin` on ends it."""
    following = _NEXT_WORD.match(text, match.end(), end)
    word = (following[1] if following else None) or ""
    if not word:
        return not _GOES_ON.match(text, match.end(), end)
    if word[0].islower():
        return False
    if match["stop"] != ".":
        return True
    return not _is_abbreviation(text, begin, match.start(), word)


def _is_abbreviation(text: str, begin: int, stop: int, following: str) -> bool:
    """Whether the word before `stop` keeps its full stop to itself, given the word that follows."""
    near = max(begin, stop - 40)
    found = _LAST_WORD.search(text, near, stop)
    if not found:
        return not text[near:stop].strip()  # a stop with nothing before it: " . net"
    word = found[0].strip()
    small = word.lower()
    before = text[max(begin, found.start() - 40) : found.start()].rstrip()
    if small in _ALWAYS or (small in _CAPITALISED and word[0].isupper()):
        return True
    if small in _BEFORE_NUMBER:
        return following[0].isdigit()
    if word in _UNITS:
        return following[0].isdigit() and before[-1:].isdigit()
    if word.isdigit() and not text[begin : found.start()].strip():
        return True  # the number of a step
    if len(word) == 1 and word.isalpha():
        return small != "i" and following.lower() not in _STARTERS and not _names_itself(word, before, following)
    return (small in _EITHER or bool(_INITIALS.fullmatch(small))) and following.lower() not in _STARTERS


def _names_itself(letter: str, before: str, following: str) -> bool:
    """Whether a single letter is no initial but a name, a degree or a thing's letter, by the words `before` it: "vitamin C",
    "15 C", "A, D and K", "the point x"."""
    if letter.islower():
        return not following[0].isdigit()
    if before[-1:].isdigit() or before.endswith("°") or _LETTERS.search(before):
        return True
    last = before.rsplit(None, 1)[-1:]
    return bool(last) and last[0].lower().lstrip("(\"'“‘*_") in _LETTERED
