"""The text of an answer: quotes set as a person would read them, each with its marker.

Marks of Markdown go, rows of a table get the names of their columns, and a "Yes" or "No" that replies to another question is
not shown. It does not choose what is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answering.quotes import Quote
from rag.answering.sections import is_keyed
from rag.answering.tables import read_rows
from rag.words import REPLY

_MARKUP = re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1|\[([^\]\n]+)\]\([^)\n]*\)")
_SLANTED = re.compile(
    r"(?<![\w*\\])\*(?=[^\s*])([^*\n]+)(?<=\S)\*(?![\w*])|(?<![\w\\])_(?=[^\s_])([^_\n]+)(?<=\S)_(?!\w)"
)
_ESCAPED = re.compile(r"\\(?=[*_`#>~|\[\]])")
_ASKED_AND_REPLIED = re.compile(r"[^.!?]*+\?\W++(yes|no)\W*", re.I)
"""The article's own question with its bare reply, which says all."""

_BULLET = re.compile(r"^[ \t]*(?:[-*+•–·]|(\d{1,3})[.)])[ \t]+", re.M)


def compose(quotes: Sequence[Quote], lead: str = "") -> str:
    """The text of an answer: `lead`, then each quote with its marker, numbered from 1.

    A quote that opens with the lead needs none. Any other "Yes" or "No" of a quote is not shown: it replies to the article's own
    question, which is not the user's, or the lead would say so; where it is the user's, the reply stands.
    """
    opens = bool(quotes and lead) and _opens_with(quotes[0].text, lead)
    shown = []
    for marker, quote in enumerate(quotes, 1):
        kept = (opens and marker == 1) or (not lead and quote.asked == 1)
        text = _set(quote)
        shown.append(f"{text if kept else _without_reply(text)} [{marker}]")
    return " ".join(shown if opens or not lead else [lead, *shown])


def _set(quote: Quote) -> str:
    """A quote as it is shown: rows of a table with the names of their columns, all else as running text."""
    if quote.head is None:
        return plain(quote.text)
    rows = [_unmarked(row) for row in read_rows(quote.text, quote.head)]
    return rows[0] if len(rows) == 1 else "".join(f"\n- {row}" for row in rows)


def _opens_with(quote: str, lead: str) -> bool:
    """Whether a quote begins with what the lead says: "No, …" with "No.", but not "No oven …", nor "Push-ups …" with "Push."."""
    if lead.lower() not in ("yes.", "no."):
        return bool(re.match(rf"{re.escape(lead[:-1])}(?![\w:’'-])", quote, re.I))
    reply = _ASKED_AND_REPLIED.fullmatch(quote) or REPLY.match(quote)
    return reply is not None and reply[1].lower() == lead[:-1].lower()


def _without_reply(text: str) -> str:
    rest = REPLY.sub("", text)
    return rest[:1].upper() + rest[1:] if rest else text


def plain(quote: str) -> str:
    """A quote as running text: without emphasis and link targets, on one line.

    A list keeps a line an entry, and its numbers where it is a numbered one; lines of keys and their values keep a line each.
    """
    text = "\n" + _unmarked(quote)
    lines = [line for line in text.splitlines() if line.strip()]
    if not _BULLET.search(text) and len(lines) > 1 and all(is_keyed(line) for line in lines):
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
    """A text without emphasis, link targets and backslashes before marks."""
    bare = _MARKUP.sub(lambda m: m.group(2) or m.group(3), text)
    return _ESCAPED.sub("", _SLANTED.sub(lambda m: m.group(1) or m.group(2), bare))
