"""The options of `python -m evals`, one parser a command."""

from __future__ import annotations

import argparse
from pathlib import Path

QUESTIONS = Path(__file__).parent / "questions"


def evaluate_parser() -> argparse.ArgumentParser:
    """Options of the evaluation itself."""
    parser = argparse.ArgumentParser(
        prog="python -m evals",
        description="Asks a set of questions, prints how well they were answered, and writes reports/report.html.",
        epilog="Also: `python -m evals draft` proposes questions for a corpus; `python -m evals pending` lists the "
        "answers that readers of the web chat marked as wrong. An option given twice compares the two.",
    )
    what = parser.add_argument_group("what is asked")
    what.add_argument(
        "--questions",
        type=Path,
        default=QUESTIONS,
        metavar="FILE_OR_DIR",
        help="JSONL, a folder of it "
        "(with its corpus/), SQuAD JSON, or a BEIR folder; the project's own set if not given",
    )
    what.add_argument("--kind", action="append", default=[], help="only questions of this kind (may be repeated)")
    what.add_argument(
        "--heldout", choices=["all", "only", "exclude"], default="all", help="questions kept from fitting"
    )
    what.add_argument("--limit", type=positive, metavar="N", help="only the first N questions")
    who = parser.add_argument_group("who is asked")
    add_corpus(who)
    who.add_argument("--model", action="append", default=[], metavar="SPEC", help="who phrases answers")
    who.add_argument("--embedding-model", action="append", default=[], metavar="NAME", help="the embedder")
    who.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any setting, such as k=5")
    who.add_argument("--judge", metavar="SPEC", help="a chat model, not the one under test, that grades answers")
    who.add_argument("--judge-url", metavar="URL", help="the judge's server, where it is not the usual one")
    what.add_argument(
        "--claims",
        action="store_true",
        help="also hold the claims of evals/lies against their articles (a minute or two)",
    )
    result = parser.add_argument_group("what comes out")
    result.add_argument("--out", type=Path, metavar="DIR", help="where reports go (reports/)")
    result.add_argument("--json", action="store_true", help="print the report as JSON, for programs")
    result.add_argument("--baseline", type=Path, metavar="FILE", help="fail on a regression against this kept run")
    result.add_argument("--save-baseline", type=Path, metavar="FILE", help="keep this run's scores")
    result.add_argument("--export-ragas", type=Path, metavar="FILE", help="write samples in ragas' field names (JSONL)")
    result.add_argument("--resume", action="store_true", help="go on with a run that was interrupted")
    return parser


def draft_parser() -> argparse.ArgumentParser:
    """Options of `draft`."""
    parser = argparse.ArgumentParser(
        prog="python -m evals draft",
        description="Proposes questions from the articles' own FAQs and headings, for a person to correct.",
    )
    add_corpus(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write them here rather than on stdout")
    parser.add_argument("--limit", type=positive, metavar="N", help="at most N questions")
    return parser


def fit_parser() -> argparse.ArgumentParser:
    """The options of `fit`."""
    parser = argparse.ArgumentParser(
        prog="python -m evals fit", description="Fit the weights of ranking and confidence."
    )
    parser.add_argument(
        "--questions",
        type=every,
        action="append",
        required=True,
        metavar="SET[@N]",
        help="a set, or a folder of small sets that count as one; each Nth question of each; repeatable",
    )
    parser.add_argument("--out", type=Path, default=Path("reports"), help="where other formats are unpacked to")
    return parser


def every(text: str) -> tuple[Path, int]:
    """`SET@2` is every second question of a set, and leaves the others to measure on."""
    path, mark, step = text.rpartition("@")
    return (Path(path), positive(step)) if mark and step.isdigit() else (Path(text), 1)


def pending_parser() -> argparse.ArgumentParser:
    """Options of `pending`."""
    parser = argparse.ArgumentParser(
        prog="python -m evals pending",
        description="Turns the answers that readers marked as wrong into questions for a person to complete.",
    )
    parser.add_argument("votes", type=Path, nargs="?", help="a file of votes; the web chat's own if not given")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write them here rather than on stdout")
    return parser


def add_corpus(parser: argparse._ActionsContainer) -> None:
    """The two folders that every command may be told."""
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="the folder of articles")
    parser.add_argument("--index", type=Path, metavar="DIR", help="the folder in which indexes are kept")


def positive(text: str) -> int:
    """A whole number from 1."""
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value
