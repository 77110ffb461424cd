"""The commands, each a short story: read what is asked for, ask, score, compare, write.

An assistant is opened by a function that is handed in, so that anything with `ask(question, history)` can be measured.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evals import drafts, options
from evals.comparison import Comparison, compare_scores
from evals.corpus import CorpusTexts
from evals.export import write_ragas
from evals.files import check_writable
from evals.fitting import Case, best_right, collect, fit_confidence, fit_ranking
from evals.formats import load_questions, set_folders
from evals.grounding import PARTS, GroundingReport, judge_claims
from evals.judge import grader, load_judge
from evals.progress import Progress
from evals.questions import Question, QuestionSet, overruns, resolve, select
from evals.report.page import write_report
from evals.report.tables import render
from evals.results import Measured, Results, measure, to_json
from evals.runner import RunFile, run
from evals.samples import to_sample
from evals.scores import Scores, read_baseline, write_baseline
from evals.sides import Side, parse_sets, plan_sides
from rag.errors import BadInput
from rag.settings import Settings, load_settings

Open = Callable[[Settings], Any]
EXTRACTIVE = "extractive"


def open_assistant(settings: Settings) -> Any:
    """The project's own assistant. Imported here, so that wrong usage is answered at once."""
    from rag.assistant import open_assistant

    return open_assistant(settings, progress=Progress("indexing"), notice=_say)


def evaluate(words: Sequence[str], opener: Open = open_assistant) -> int:
    """Asks, scores and reports; returns the exit status.

    Raises:
        BadInput: options, questions, corpus or baseline cannot be used.
        RunStopped: the run ended half-way, and can be resumed.
    """
    given = options.evaluate_parser().parse_args(words)
    given.out = given.out or load_settings().reports
    check_writable(given.out / "report.html", "--out")
    for option, path in (("--save-baseline", given.save_baseline), ("--export-ragas", given.export_ragas)):
        if path:
            check_writable(path, option)
    baseline = read_baseline(given.baseline) if given.baseline else None
    questions = load_questions(given.questions, given.out / "corpora")
    sides = _sides(given, questions)
    judge = None
    if given.judge:
        judge = load_judge(given.judge, [side.settings for side in sides], given.judge_url)
    measured: list[Measured] = []
    texts: Mapping[str, str] = {}
    for side in sides:
        found, texts = _measure(side, questions, given, opener, judge)
        measured.append(found)
    results = _results(given, sides[0], measured, baseline, texts)
    if given.claims:
        results = replace(results, claims=_claims(sides[0].settings))
    _write(results, given)
    return 0 if results.passed else 1


def _sides(given: argparse.Namespace, questions: QuestionSet) -> tuple[Side, ...]:
    named = {"model": given.model, "embedding_model": given.embedding_model}
    for name, values in parse_sets(given.set).items():
        named[name] = [*named.get(name, []), *values]
    chosen = {name: values for name, values in named.items() if values}
    return plan_sides(chosen, given.corpus or questions.corpus, given.index)


def _measure(
    side: Side, questions: QuestionSet, given: argparse.Namespace, opener: Open, judge: Any
) -> tuple[Measured, Mapping[str, str]]:
    assistant = opener(side.settings)
    texts = CorpusTexts(side.settings.corpus, getattr(assistant, "index", None))
    resolved = resolve(questions, texts)
    if long := overruns(resolved, texts):
        _say(f"{len(long)} questions have evidence that ends after its article does, first {long[0].where}")
    chosen = select(resolved, kinds=given.kind, heldout=given.heldout, limit=given.limit)
    file = RunFile(given.out / side.file_name, _header(side, resolved.questions, given.judge))
    grade, progress = grader(judge, texts) if judge is not None else None, Progress(side.label)
    asked = run(chosen, resolved.by_id, assistant.ask, file, resume=given.resume, grade=grade, progress=progress)
    samples = [to_sample(question, recorded, texts) for question, recorded in zip(chosen, asked, strict=True)]
    found = measure(side.label, samples)
    _warn(found, side.settings.model)
    return found, texts


def _header(side: Side, questions: Sequence[Question], judge: str | None) -> dict[str, str]:
    digests = "".join(question.id + question.digest for question in questions)
    shown = side.settings.model_dump(mode="json", exclude={"index"})
    return {
        "side": side.label,
        "settings": json.dumps(shown, sort_keys=True),
        "questions": hashlib.sha256(digests.encode()).hexdigest()[:12],
        "judge": judge or "",
    }


def _results(
    given: argparse.Namespace,
    side: Side,
    measured: Sequence[Measured],
    baseline: Scores | None,
    texts: Mapping[str, str],
) -> Results:
    first = measured[0].scores
    comparisons = tuple(compare_scores(first, other.scores) for other in measured[1:])
    held: Comparison | None = compare_scores(baseline, first) if baseline else None
    corpus = side.settings.corpus.resolve().name
    return Results(_name(given.questions), corpus, tuple(measured), comparisons, held, texts)


def _claims(settings: Settings) -> tuple[GroundingReport, ...]:
    """How generated sentences are judged with the embedder that is measured."""
    from rag.embedding.embeddings import load_embeddings

    embeddings = load_embeddings(settings.embedding_model, cache=settings.index / "models")
    progress = Progress("claims")
    found = []
    for done, part in enumerate(PARTS, 1):
        found.append(judge_claims(part, embeddings))
        progress(done, len(PARTS))
    return tuple(found)


def _name(questions: Path) -> str:
    """What a report calls the set: a file's name, or the last two parts of a folder's ("evals/questions")."""
    path = questions.resolve()
    return "/".join(path.parts[-2:]).removeprefix("//") if path.is_dir() else path.name


def _write(results: Results, given: argparse.Namespace) -> None:
    """Stdout gets the result; what else is worth saying goes to stderr. Files first: a reader of stdout may hang up."""
    found = to_json(results)
    said = [f"report: {write_report(results, found, given.out)}"]
    if given.save_baseline and results.passed:
        write_baseline(results.sides[0].scores, given.save_baseline)
        said.append(f"kept as a baseline: {given.save_baseline}")
    elif given.save_baseline:
        said.append(f"not kept as a baseline, since the run failed: {given.save_baseline}")
    if given.export_ragas:
        write_ragas(results.sides[0].samples, results.texts, given.export_ragas)
        said.append(f"exported: {given.export_ragas}")
    print(json.dumps(found, ensure_ascii=False) if given.json else render(results).rstrip("\n"), flush=True)
    for line in said:
        _say(line)
    for regression in results.baseline.regressions if results.baseline else ():
        _say(f"REGRESSION in {regression.metric.name}: {regression.first:.3f} before, {regression.second:.3f} now")


def _warn(side: Measured, model: str) -> None:
    errors = [sample for sample in side.samples if sample.reply.error]
    if errors:
        first = errors[0]
        _say(f"{side.label}: {len(errors)} questions raised an error, first {first.question.id!r}: {first.reply.error}")
    answers = Counter(sample.reply.model for sample in side.samples if sample.reply.answered)
    if len(answers) > 1 or (EXTRACTIVE in answers and model.strip().lower() != EXTRACTIVE):
        _say(f"{side.label}: not {model} alone phrased these answers: {dict(sorted(answers.items()))}")
    if unread := sum(sample.reply.grade == "unread" for sample in side.samples):
        _say(f"{side.label}: {unread} replies are unscored by the judge, whose word was neither RIGHT nor WRONG")


def draft(words: Sequence[str], opener: Open = open_assistant) -> int:
    """Prints, or writes, a proposed question set."""
    given = options.draft_parser().parse_args(words)
    _check_new(given.out)
    assistant = opener(load_settings(corpus=given.corpus, index=given.index))
    _lines(drafts.propose(assistant.index)[: given.limit], given.out)
    return 0


def fit(words: Sequence[str], opener: Open = open_assistant) -> int:
    """Prints the weights that fit question sets best, beside those in use."""
    from rag.answering.confidence import WEIGHTS
    from rag.answering.ranking import FEATURES

    given = options.fit_parser().parse_args(words)
    collected = []
    for path, step in given.questions:
        cases = [case for folder in set_folders(path) for case in _cases(folder, step, given.out / "corpora", opener)]
        collected.append(cases)
    found = {"ranking": fit_ranking(collected), "confidence": fit_confidence(collected)}
    for name, used in (("ranking", FEATURES), ("confidence", WEIGHTS)):
        print(f"{name:20} {'fitted':>9} {'in use':>9}")
        for feature, weight in found[name].items():
            print(f"  {feature:18} {weight:9.2f} {used.get(feature, 0.0):9.2f}")
    for (path, _), cases in zip(given.questions, collected, strict=True):
        right = [best_right(cases, weights) for weights in (found["ranking"], FEATURES)]
        shown = sum(case.right.any() for case in cases)
        print(
            f"{path}: {len(cases)} questions; best sentence right {right[0]:.3f} fitted, {right[1]:.3f} in use, of {shown}"
        )
    return 0


def _cases(path: Path, step: int, scratch: Path, opener: Open) -> list[Case]:
    """What each `step`th question of a set gives to fit on."""
    questions = load_questions(path, scratch)
    side = plan_sides({}, questions.corpus, None)[0]
    assistant = opener(side.settings)
    resolved = resolve(questions, CorpusTexts(side.settings.corpus, assistant.index))
    chosen = [question for question in resolved.questions if not question.heldout][::step]
    return collect(assistant, chosen, Progress(path.name))


def pending(words: Sequence[str]) -> int:
    """Prints, or writes, the questions behind thumbs down."""
    given = options.pending_parser().parse_args(words)
    _check_new(given.out)
    votes = given.votes or load_settings().feedback / "votes.jsonl"
    _lines(drafts.from_votes(votes), given.out)
    return 0


def _lines(rows: Sequence[Mapping[str, Any]], out: Path | None) -> None:
    if not rows:
        raise BadInput("nothing to propose: no FAQ, heading or vote was found")
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if out is None:
        print(text, end="", flush=True)
        return
    with out.open("x", encoding="utf-8") as file:
        file.write(text)
    _say(f"{len(rows)} questions for a person to correct: {out}")


def _check_new(out: Path | None) -> None:
    if out is not None and out.exists():
        raise BadInput(f"{out}: exists already; name another file, so that no corrections are lost")
    if out is not None:
        check_writable(out, "--out")


def _say(line: str) -> None:
    print(f"evals: {line}", file=sys.stderr)
