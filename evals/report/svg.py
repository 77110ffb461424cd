"""Just enough SVG to draw a chart: elements, a frame with axes, and a title and a description for who can't see it.

Colours are classes, which the page's style sheet gives their values in light, in dark and on paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

WIDTH, HEIGHT = 480, 320


def element(parent: Element, tag: str, text: str = "", **attributes: object) -> Element:
    """A child of `parent`. `class_` and `stroke_width` become `class` and `stroke-width`; floats are cut to tenths."""
    named = {key.rstrip("_").replace("_", "-"): _plain(value) for key, value in attributes.items()}
    child = SubElement(parent, tag, named)
    child.text = text or None
    return child


def _plain(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def canvas(name: str, title: str, description: str, height: float = HEIGHT) -> Element:
    """An empty picture. `name` is unique in the page; title and description are what a screen reader says."""
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {_plain(float(height))}",
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-description",
        },
    )
    element(root, "title", title, id=f"{name}-title")
    element(root, "desc", description, id=f"{name}-description")
    return root


def to_text(root: Element) -> str:
    """The picture as markup, to stand in a page; everything in it is escaped."""
    return ElementTree.tostring(root, encoding="unicode")


@dataclass(frozen=True, slots=True)
class Frame:
    """The plot area, and how values become places in it."""

    root: Element
    left: float = 64
    right: float = WIDTH - 12
    top: float = 14
    bottom: float = HEIGHT - 44
    x_max: float = 1
    y_max: float = 1

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * value / self.x_max

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * value / self.y_max

    def x_axis(self, label: str, ticks: Sequence[tuple[float, str]], *, grid: bool = False) -> None:
        """Ticks with their words, and what the axis measures."""
        for value, text in ticks:
            if grid:
                self.line(value, 0, value, self.y_max, "grid")
            element(self.root, "text", text, x=self.x(value), y=self.bottom + 16, class_="tick middle")
        middle = (self.left + self.right) / 2
        element(self.root, "text", label, x=middle, y=self.bottom + 36, class_="label middle")

    def y_axis(self, label: str, ticks: Sequence[tuple[float, str]]) -> None:
        """The same, upwards, with a grid line a tick."""
        for value, text in ticks:
            self.line(0, value, self.x_max, value, "grid")
            element(self.root, "text", text, x=self.left - 8, y=self.y(value) + 4, class_="tick end")
        middle = (self.top + self.bottom) / 2
        turned = f"rotate(-90 14 {_plain(middle)})"
        element(self.root, "text", label, x=14, y=middle, transform=turned, class_="label middle")

    def line(self, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
        """A line between two points of the plot."""
        element(self.root, "line", x1=self.x(x1), y1=self.y(y1), x2=self.x(x2), y2=self.y(y2), class_=style)

    def path(self, points: Sequence[tuple[float, float]], style: str) -> None:
        """A line through points of the plot."""
        places = " ".join(f"{_plain(self.x(x))},{_plain(self.y(y))}" for x, y in points)
        element(self.root, "polyline", points=places, class_=style)


def mark(root: Element, x: float, y: float, side: int, *, size: float = 4.5, hint: str = "") -> None:
    """A point of a side, at a place on the canvas: each side has a shape of its own, for those who see no colour."""
    shapes = (
        [(-1, 0), (0, -1), (1, 0), (0, 1)],
        [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)],
        [(0, -1), (1, 0.8), (-1, 0.8)],
    )
    if side == 0:
        drawn = element(root, "circle", cx=x, cy=y, r=size, class_="mark side-0")
    else:
        points = " ".join(f"{_plain(x + size * a)},{_plain(y + size * b)}" for a, b in shapes[(side - 1) % 3])
        drawn = element(root, "polygon", points=points, class_=f"mark side-{side % 4}")
    if hint:
        element(drawn, "title", hint)
