"""Rows of a table as lines that can be read alone: "Lifter, cutting – g per kg per day: 2.0–2.7; 80 kg person: 160–216 g".

It reads the text of rows, cells parted by bars or tabs; it does not know where they stand.
"""

from __future__ import annotations

import re

_CELL = re.compile(r"(?<!\\)\||\t")
_LETTER = re.compile(r"[^\W\d_]")


def read_rows(rows: str, head: str) -> list[str]:
    """A line for each row of `rows`, each cell with the name of its column in `head`; without `head`, the cells alone.

    Both begin and end inside the bars at their edges, as sentences do; between rows those bars stand.
    """
    names = _cells(head) if head else []
    lines = rows.splitlines()
    inner = [
        line.strip().removeprefix("|" if place else "").removesuffix("|" if line is not lines[-1] else "")
        for place, line in enumerate(lines)
    ]
    return [_read(_cells(row), names) for row in inner if row.strip("| \t")]


def _read(cells: list[str], names: list[str]) -> str:
    """A row as what it is about, and what each further column says of that."""
    named = [*names, *[""] * len(cells)]
    first = cells[0] if _LETTER.search(cells[0]) else f"{named[0]} {cells[0]}".strip()  # "9-11" is of weeks
    rest = [f"{name}: {cell}" if name else cell for name, cell in zip(named[1:], cells[1:], strict=False) if cell]
    return " – ".join(part for part in (first, "; ".join(rest)) if part)


def _cells(row: str) -> list[str]:
    """The cells of a row that has no bars at its edges."""
    return [" ".join(cell.replace(r"\|", "|").split()) for cell in _CELL.split(row)]
