"""Rows of tables as lines that can be read alone."""

from __future__ import annotations

import pytest

from rag.answering.tables import read_rows

HEAD = "Wool | Needle | Stitches per 10 cm"


@pytest.mark.parametrize(
    ("rows", "head", "lines"),
    [
        ("Fine | 3 mm | 28", HEAD, ["Fine – Needle: 3 mm; Stitches per 10 cm: 28"]),
        (
            "Fine | 3 mm | 28 |\n| Bulky | 8 mm | 12",
            HEAD,
            ["Fine – Needle: 3 mm; Stitches per 10 cm: 28", "Bulky – Needle: 8 mm; Stitches per 10 cm: 12"],
        ),
        ("Fine |  | 28", HEAD, ["Fine – Stitches per 10 cm: 28"]),
        ("1-4 | Ribbing", "Rows | Pattern", ["Rows 1-4 – Pattern: Ribbing"]),
        ("Fine | 3 mm | 28 | soft", HEAD, ["Fine – Needle: 3 mm; Stitches per 10 cm: 28; soft"]),
        ("Fine | 3 mm", "", ["Fine – 3 mm"]),
        ("Fine\t3 mm", "", ["Fine – 3 mm"]),
        (r"Fine \| soft | 3 mm", "Wool | Needle", ["Fine | soft – Needle: 3 mm"]),
        ("Fine", HEAD, ["Fine"]),
        ("Opens | 9 | 10", "| Monday | Tuesday", ["Opens – Monday: 9; Tuesday: 10"]),
        ("| 17 | 18", "| Monday | Tuesday", ["Monday: 17; Tuesday: 18"]),
    ],
)
def test_a_row_is_read_with_the_names_of_its_columns(rows: str, head: str, lines: list[str]) -> None:
    assert read_rows(rows, head) == lines
