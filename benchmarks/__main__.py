"""The benchmarks' command line: `python -m benchmarks compare | growth | paths | plot`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import plots
from benchmarks.compare import PASSAGES_AN_ARTICLE, compare, table
from benchmarks.jobs import run
from benchmarks.text import questions, write_corpus

_PACKAGES = ("chromadb", "langchain", "sentence-transformers", "torch", "onnxruntime", "bm25s", "numpy")
_NAMES = {"tutorial": "tutorial", "project": "this project", "ceiling": "encoder alone"}


def main() -> int:
    """Run one command; results go to stdout, progress to stderr."""
    given = _parser().parse_args()
    if given.command == "plot":
        return plot(given.results, given.folder)
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        command = {"compare": compare_command, "growth": growth_command, "paths": paths_command}[given.command]
        results = command(given, work)
    if given.out:
        known = json.loads(given.out.read_text(encoding="utf-8")) if given.out.exists() else {}
        known[given.command] = {"machine": machine(), "results": results}
        given.out.write_text(json.dumps(known, indent=1), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--work", type=Path, metavar="DIR", help="keeps corpora and indexes (default: none are kept)")
    shared.add_argument("--out", type=Path, metavar="FILE", help="a JSON file that the results are added to")
    commands = parser.add_subparsers(dest="command", required=True)
    both = commands.add_parser("compare", parents=[shared], help="this project and a tutorial pipeline, in turn")
    both.add_argument("--sizes", type=int, nargs="+", default=[1000], help="passages: 1000 10000 100000")
    both.add_argument("--rounds", type=int, default=3)
    growth = commands.add_parser("growth", parents=[shared], help="one large index with vectors that are made up")
    growth.add_argument("--passages", type=int, default=1_000_000)
    paths = commands.add_parser("paths", parents=[shared], help="where the time goes")
    paths.add_argument("--size", type=int, default=1000)
    plot = commands.add_parser("plot", help="draw results")
    plot.add_argument("results", type=Path, help="a file that --out wrote")
    plot.add_argument("folder", type=Path)
    return parser


def compare_command(given: argparse.Namespace, work: Path) -> list[dict[str, Any]]:
    """Both sides at each size."""
    results = []
    for size in given.sizes:
        results.append(compare(size, given.rounds, work / str(size), _say))
        found = results[-1]
        print(f"\n{found['project passages']:,} passages ({found['characters']:,} characters), {given.rounds} rounds\n")
        print(table(found), flush=True)
    return results


def growth_command(given: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Build a large index, ask, and ask again in a new process."""
    articles = given.passages // PASSAGES_AN_ARTICLE
    corpus, folder = work / "corpus", work / "index"
    _say(f"writing {articles:,} articles")
    characters = write_corpus(corpus, articles)
    asks = list(questions(203, articles))
    run("growth", "prepare", folder=folder)
    _say("indexing")
    built, _ = run("growth", "index", corpus=corpus, folder=folder)
    results = {"articles": articles, "characters": characters, "index": built}
    for name in ("asked", "asked after a restart"):
        _say(name)
        results[name], _ = run("growth", "ask", corpus=corpus, folder=folder, questions=asks)
    print(json.dumps(results, indent=1))
    return results


def paths_command(given: argparse.Namespace, work: Path) -> dict[str, Any]:
    """The three paths, on an index of about `--size` passages."""
    articles = given.size // PASSAGES_AN_ARTICLE
    corpus, folder = work / "corpus", work / "project"
    write_corpus(corpus, articles)
    run("project", "prepare", folder=folder)
    run("project", "index", corpus=corpus, folder=folder)
    asks = list(questions(50, articles))
    run("paths", "start", corpus=corpus, folder=folder, question=asks[0])  # byte code and disk caches
    results = {
        "start, ms": run("paths", "start", corpus=corpus, folder=folder, question=asks[0])[0],
        "question, ms": run("paths", "question", corpus=corpus, folder=folder, questions=asks)[0],
        "indexing, ms a passage": run("paths", "indexing", corpus=corpus, folder=folder)[0],
    }
    print(json.dumps(results, indent=1))
    return results


def plot(results: Path, folder: Path) -> int:
    """Draw what a results file holds, one SVG a measure or path."""
    known = json.loads(results.read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {}
    compared = known.get("compare", {}).get("results", [])
    for measure in compared[0]["measured"] if compared else ():
        name, _, unit = measure.rpartition(", ")
        groups = {
            f"{result['size']:,} passages": {
                _NAMES[side]: median(values) for side, values in result["measured"][measure].items()
            }
            for result in compared
        }
        drawn[name] = plots.bars(name.capitalize(), groups, unit)
    for path, spent in known.get("paths", {}).get("results", {}).items():
        name, _, unit = path.partition(", ")
        drawn[f"path {name}"] = plots.stages(f"Where the time goes: {name}", spent, unit)
    for name, svg in drawn.items():
        (folder / f"{name.replace(' ', '-')}.svg").write_text(svg, encoding="utf-8")
    return 0


def machine() -> dict[str, str]:
    """What the figures depend on, and nothing that names whose machine it is."""
    found = {"date": time.strftime("%Y-%m-%d"), "cores": str(os.cpu_count()), "processor": platform.machine()}
    return found | {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
