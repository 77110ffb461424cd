"""The report as files: one self-contained page for people, one JSON object for programs.

The page asks nothing of the network, works without its script, on paper and in a screen reader. What is shown of a
question is made in `cards`, the pictures in `plots`; the templates hold the words and the looks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evals.chance import Interval
from evals.registry import METRICS, declared
from evals.report import plots, tables
from evals.report.cards import cards
from evals.results import Results

TEMPLATES = Path(__file__).parent / "templates"
MOST_CARDS = 5000
"""Questions on one page; more would make it too heavy to open."""
HEADLINES = ("correct", "first quote hit", "quote exact", "verdict wrong", "false answer", "false refusal")


def write_report(results: Results, found: Mapping[str, Any], folder: Path) -> Path:
    """Writes `report.html` and `report.json` (that is `found`) into `folder`; returns the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    page = folder / "report.html"
    page.write_text(render(results), encoding="utf-8")
    return page


def render(results: Results) -> str:
    """The whole page."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": tables.number,
        "signed": tables.signed,
        "interval": tables.span,
        "short": tables.short,
        "ms": tables.milliseconds,
    }
    made = cards(results)
    shown = [m for m in declared() if any(m.name in side.overall for side in results.sides)]
    return environment.get_template("report.html").render(
        results=results,
        sides=results.sides,
        comparisons=[*results.comparisons, *([results.baseline] if results.baseline else [])],
        metrics=shown,
        groups=list(dict.fromkeys(m.group for m in shown)),
        shares=set(METRICS) - {"quoted chars"} | {"answerable AUROC", "ECE", "Brier", "AURC"},
        headlines=[name for name in HEADLINES if name in results.sides[0].overall],
        by_kind=[name for name in tables.BY_KIND if name in results.sides[0].overall],
        plots=_plots(results),
        cards=made[:MOST_CARDS],
        left_out=len(made[MOST_CARDS:]),
        failed=sum(card.outcome != "right" for card in made),
        numbers={card.question.id: card.number for card in made},
        bar=_bar,
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        script=Markup((TEMPLATES / "report.js").read_text(encoding="utf-8")),
    )


def _plots(results: Results) -> list[plots.Figure]:
    drawn = [plots.risk_coverage, plots.reliability, plots.latency]
    if results.sides[0].by_kind:
        drawn.insert(0, plots.accuracy_by_kind)
    return [plot(results.sides) for plot in drawn]


def _bar(value: Interval) -> dict[str, str]:
    """Places of an interval on a bar from 0 to 100."""
    places = {"low": value.low, "high": value.high, "value": value.value}
    return {name: f"{100 * min(max(place, 0), 1):.1f}" for name, place in places.items()}
