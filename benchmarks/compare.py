"""The comparison: both pipelines in turn, round after round on the same articles, and the ratios of each round."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.jobs import folder_size, run, run_process
from benchmarks.text import questions, write_corpus

PASSAGES_AN_ARTICLE = 12
"""About what this project makes of the articles of `benchmarks.text`."""


Say = Callable[[str], None]
Measured = dict[str, dict[str, list[float]]]


def compare(size: int, rounds: int, folder: Path, say: Say, asked: int = 50) -> dict[str, Any]:
    """Measure both sides on a corpus of about `size` passages, in `folder`, whose contents are reused.

    Returns the sizes, and by measure and side a value for each round.
    """
    articles = max(1, size // PASSAGES_AN_ARTICLE)
    corpus = folder / "corpus"
    found: dict[str, int] = {}
    characters = write_corpus(corpus, articles)
    asks = list(questions(asked + 2, articles))
    measured: Measured = {}
    run("project", "prepare", folder=folder / "project")
    for number in range(rounds):
        say(f"{size:,} passages, round {number + 1} of {rounds}: index")
        found |= _index_round(corpus, folder, measured)
        say(f"{size:,} passages, round {number + 1} of {rounds}: ask")
        _ask_round(corpus, folder, asks, measured)
    return {"size": size, "articles": articles, "characters": characters, **found, "measured": measured}


def _index_round(corpus: Path, folder: Path, measured: Measured) -> dict[str, int]:
    """Both index the corpus from nothing; then the encoder alone reads the same passages."""
    sides = {"tutorial": folder / "tutorial", "project": folder / "project"}
    shutil.rmtree(sides["tutorial"], ignore_errors=True)
    for part in sides["project"].glob("*"):
        if part.name != "models":  # the export is made once for all corpora; `python -m benchmarks start` times it
            shutil.rmtree(part) if part.is_dir() else part.unlink()
    found = {}
    for side, place in sides.items():
        result, done = run(side, "index", corpus=corpus, folder=place)
        _note(measured, "indexing, characters a second", side, result["characters"] / result["seconds"])
        _note(measured, "peak memory while indexing, MB", side, done.peak / 1e6)
        _note(measured, "index size, MB", side, folder_size(place, leave_out="models") / 1e6)
        found[f"{side} passages"] = int(result["passages"])
    result, _ = run("project", "ceiling", corpus=corpus, folder=sides["project"])
    characters = sum(path.stat().st_size for path in corpus.rglob("*.md"))
    _note(measured, "indexing, characters a second", "ceiling", characters / result["seconds"])
    return found


def _ask_round(corpus: Path, folder: Path, asks: Sequence[str], measured: Measured) -> None:
    """One cold question of each side, then many in one process."""
    tutorial, project = folder / "tutorial", folder / "project"
    python = sys.executable
    own = [python, "-m", "rag", "ask", asks[0], "--corpus", str(corpus), "--index", str(project)]
    arguments = f'{{"folder": "{tutorial.as_posix()}", "question": "{asks[0]}"}}'
    for side, command in {
        "tutorial": [python, "-m", "benchmarks.tutorial", "ask", arguments],
        "project": own,
    }.items():
        _note(measured, "cold start to first answer, s", side, run_process(command).first)
    warm = {
        "tutorial": run("tutorial", "ask_many", folder=tutorial, questions=asks),
        "project": run("project", "ask_many", corpus=corpus, folder=project, questions=asks),
    }
    for side, (result, done) in warm.items():
        _note(measured, "warm question p50, ms", side, 1000 * median(result["seconds"]))
        _note(measured, "warm question p95, ms", side, 1000 * quantiles(result["seconds"], n=20)[-1])
        _note(measured, "peak memory while asking, MB", side, done.peak / 1e6)


def _note(measured: Measured, measure: str, side: str, value: float) -> None:
    measured.setdefault(measure, {}).setdefault(side, []).append(value)


def table(result: dict[str, Any]) -> str:
    """The result as a Markdown table: medians, and the median ratio with its least and greatest."""
    lines = ["| measure | tutorial | this project | ratio (least-greatest) |", "|---|---:|---:|---:|"]
    for measure, sides in result["measured"].items():
        ratios = [own / other for own, other in zip(sides["project"], sides["tutorial"], strict=True)]
        spread = f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        lines.append(f"| {measure} | {median(sides['tutorial']):,.3g} | {median(sides['project']):,.3g} | {spread} |")
        if "ceiling" in sides:
            parts = [own / most for own, most in zip(sides["project"], sides["ceiling"], strict=True)]
            spread = f"{median(parts):.2f} ({min(parts):.2f}-{max(parts):.2f})"
            lines.append(f"| … of the encoder alone | {median(sides['ceiling']):,.3g} | | {spread} |")
    return "\n".join(lines)
