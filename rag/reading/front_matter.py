"""The small header that a Markdown file may carry: `key: value` lines between two lines of dashes.

A subset of YAML that needs no YAML: scalars, quoted scalars and plain lists. It does not know what the keys mean.
"""

from __future__ import annotations

import re

MAX_LINES = 200
MAX_KEYS = 50
MAX_VALUE_CHARS = 500

_HEADER = re.compile(rf"---[ \t]*\n((?:.*\n){{0,{MAX_LINES}}}?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_PAIR = re.compile(r"([A-Za-z][\w .-]{0,60}?)[ \t]*:(?:[ \t]+(.*))?$")
_ENTRY = re.compile(r"[ \t]*-[ \t]+(.*)$")


def read_front_matter(text: str) -> tuple[dict[str, str], int]:
    """The header's values by lower-cased key, and the offset at which the article proper begins.

    Text without a header gives `({}, 0)`; so does a header that is really a rule followed by prose. A list is joined
    with ", ". Values are cut at `MAX_VALUE_CHARS`.
    """
    match = _HEADER.match(text)
    if not match:
        return {}, 0
    values: dict[str, str] = {}
    key = ""
    for line in match[1].split("\n"):
        pair, entry = _PAIR.match(line), _ENTRY.match(line)
        if pair:
            key = pair[1].lower()
            values[key] = _scalar(pair[2] or "")
        elif key and entry:
            values[key] = ", ".join(filter(None, (values[key], _scalar(entry[1]))))
        elif key and line[:1] in (" ", "\t"):
            values[key] = f"{values[key]} {line.strip()}".strip()
        elif line.strip() and not line.startswith("#"):
            return {}, 0
    if not values:
        return {}, 0
    kept = list(values.items())[:MAX_KEYS]
    return {name: value[:MAX_VALUE_CHARS] for name, value in kept if value}, match.end()


def _scalar(raw: str) -> str:
    """A YAML scalar or `[a, b]` list as plain text."""
    value = raw.strip()
    if value[:1] == "[" and value[-1:] == "]":
        return ", ".join(filter(None, (_scalar(part) for part in value[1:-1].split(","))))
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return "" if value in (">", "|", ">-", "|-", "~", "null") else value
