"""Plots of results, as SVG that any browser shows, drawn without a plotting library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, log10

_WIDTH, _ROW, _LEFT, _RIGHT, _TOP = 720, 22, 210, 90, 44
_COLOURS = {"tutorial": "#b0b7bf", "this project": "#2f6f8f", "encoder alone": "#8fb8a0"}
_STYLE = "font-family:system-ui,sans-serif;font-size:13px;fill:#333"


def bars(title: str, groups: Mapping[str, Mapping[str, float]], unit: str) -> str:
    """Horizontal bars: for each group (a size), a bar for each side. Values are positive, in `unit`."""
    most = max(value for sides in groups.values() for value in sides.values())
    scale = (_WIDTH - _LEFT - _RIGHT) / most
    parts, y = [_text(12, 24, title, "font-size:16px;font-weight:600")], _TOP
    for group, sides in groups.items():
        parts.append(_text(12, y + 15, group))
        for side, value in sides.items():
            colour = _COLOURS.get(side, "#2f6f8f")
            parts.append(_text(_LEFT - 6, y + 15, side, "text-anchor:end"))
            parts.append(
                f'<rect x="{_LEFT}" y="{y + 2}" width="{value * scale:.1f}" height="{_ROW - 5}" fill="{colour}"/>'
            )
            parts.append(_text(_LEFT + value * scale + 5, y + 15, f"{_rounded(value)} {unit}"))
            y += _ROW
        y += 10
    return _svg(y + 4, parts)


def stages(title: str, spent: Mapping[str, float], unit: str) -> str:
    """One bar for each stage of a path, in the order given."""
    most = max(spent.values())
    left = 250
    parts = [_text(12, 24, title, "font-size:16px;font-weight:600")]
    for number, (stage, value) in enumerate(spent.items()):
        y, width = _TOP + number * _ROW, value / most * (_WIDTH - left - _RIGHT)
        parts.append(_text(left - 6, y + 15, stage, "text-anchor:end"))
        parts.append(f'<rect x="{left}" y="{y + 2}" width="{width:.1f}" height="{_ROW - 5}" fill="#2f6f8f"/>')
        parts.append(_text(left + width + 5, y + 15, f"{_rounded(value)} {unit}"))
    return _svg(_TOP + len(spent) * _ROW + 8, parts)


def _rounded(value: float) -> str:
    """Three digits, with a comma for thousands."""
    return f"{round(value, max(0, 2 - floor(log10(value))) if value > 0 else 0):,g}" if value < 1e6 else f"{value:,.0f}"


def _text(x: float, y: float, words: str, style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y}" style="{_STYLE};{style}">{escape(words)}</text>'


def _svg(height: float, parts: Sequence[str]) -> str:
    background = f'<rect width="{_WIDTH}" height="{height:.0f}" fill="#fff"/>'
    body = "\n".join([background, *parts])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" role="img">\n{body}\n</svg>\n'
