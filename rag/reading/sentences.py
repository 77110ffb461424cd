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
_GOES_ON = re.compile(r"\s*+[,;:.!?–—\-)\]}/%]")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Never at the end of a sentence: something must follow them.
_ALWAYS = _words(
    "mr mrs ms dr prof rev hon capt col gen lt sgt sen rep gov pres st mt ft vs v cf viz e.g i.e eg ie al esp incl "
    "approx ca fig figs eq eqs ref refs vol ed eds trans dept univ"
)
# An abbreviation before a number only: "No. 5", "p. 12", "Sec. 3".
_BEFORE_NUMBER = _words("no nos p pp sec ch art para jan feb mar apr jun jul aug sep sept oct nov dec")
# May end a sentence: they do where the next word is one that often begins sentences.
_EITHER = _words(
    "etc inc ltd co corp jr sr u.s u.k u.n e.u d.c a.m p.m ph.d b.c a.d m.d b.a m.a b.sc m.sc bros lb lbs oz kg in min "
    "max hr hrs est rom"
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
    word = found[0].strip().lower()
    starts = following.lower() in _STARTERS
    if word in _ALWAYS:
        return True
    if word in _BEFORE_NUMBER:
        return following[0].isdigit()
    if word.isdigit() and not text[begin : found.start()].strip():
        return True  # the number of a step
    if word in _EITHER or (len(word) == 1 and word.isalpha() and word != "i"):
        return not starts
    return bool(re.fullmatch(r"(?:\w\.)+\w", word)) and not starts
