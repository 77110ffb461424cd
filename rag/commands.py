"""What each command does. Knows the terminal; everything else is asked of the rooms below."""

from __future__ import annotations

import argparse
import json
import re
import sys
import textwrap
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from rag.errors import BadInput, RagError
from rag.settings import Settings, load_settings
from rag.types import Answer, Turn

WIDTH = 100


def ask(given: argparse.Namespace) -> int:
    """One question, or a batch of them."""
    if (given.question is None) == (given.batch is None):
        raise BadInput('give one question, or --batch FILE: python -m rag ask "is a hip thrust push or pull"')
    if given.batch is not None:
        return _ask_batch(given)
    question = sys.stdin.read() if given.question == "-" else given.question
    answer = _assistant(given).ask(question)
    _print_answer(answer, as_json=given.json)
    return 0


def chat(given: argparse.Namespace) -> int:
    """A conversation, until the end of input or "exit"."""
    assistant = _assistant(given)
    history: list[Turn] = []
    _say('Ask away; an empty line or "exit" ends.')
    while True:
        try:
            question = _typed()
        except EOFError:
            return 0
        if question.strip().lower() in ("", "exit", "quit"):
            return 0
        try:
            answer = assistant.ask(question, history)
        except BadInput as error:
            _say(f"error: {error}")
            continue
        _print_answer(answer, as_json=given.json)
        history.append(Turn(question, answer.text))


def _typed() -> str:
    """A line of input. The prompt goes to stdout only where somebody types into it and nothing reads it."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return input("> ")
    if sys.stdin.isatty():
        print("> ", end="", file=sys.stderr, flush=True)
    return input()


def index(given: argparse.Namespace) -> int:
    """Bring the index up to date, verify it, or go on following the corpus."""
    from rag import assistant
    from rag.index import watch

    settings = _settings(given)
    if given.check:
        problems = list(assistant.check(settings))
        for problem in problems:
            _print_json({"problem": problem}) if given.json else print(problem)
        _say(
            f"{len(problems)} problem{'s' * (len(problems) > 1)}"
            if problems
            else "the index is whole and in step with the articles"
        )
        return 1 if problems else 0
    with ProgressBar("indexing") as bar:
        report = assistant.update(settings, rebuild=given.rebuild, progress=bar.show)
    _print_report(report, as_json=given.json)
    if given.watch:
        _say("watching the corpus; Ctrl-C ends")
        with suppress(KeyboardInterrupt):
            for later in watch(lambda: assistant.update(settings), notice=_say):
                _print_report(later, as_json=given.json)
    return 0


def models(given: argparse.Namespace) -> int:
    """The models that answer on this machine."""
    from dataclasses import asdict

    from rag.generating.discovery import list_models, render_models

    settings = _settings(given)
    found = list_models([settings.base_url] if settings.base_url else [])
    if given.json:
        for model in found:
            _print_json(asdict(model))
    else:
        print(render_models(found))
    return 0


def doctor(given: argparse.Namespace) -> int:
    """What is wrong here, and how to mend it."""
    from dataclasses import asdict

    from rag import assistant
    from rag.generating.doctor import Check, check_chat_model, check_environment, render_checks
    from rag.generating.models import parse_spec

    settings = _settings(given)
    checks = check_environment()
    try:
        problems = list(assistant.check(settings))
        checks += [Check("index", False, problem, "run `python -m rag index`") for problem in problems]
        checks += [] if problems else [Check("index", True, "whole, and in step with the articles")]
    except RagError as error:
        checks.append(Check("index", False, str(error), "mend that, and run `python -m rag index`"))
    spec = parse_spec(settings.model)
    if spec is not None:
        checks += check_chat_model(spec, assistant.model_options(settings))
    if given.json:
        for check in checks:
            _print_json(asdict(check))
    else:
        print(render_checks(checks))
    return 0 if all(check.ok is not False for check in checks) else 1


def show(given: argparse.Namespace) -> int:
    """An article's text."""
    found = _assistant(given).index
    for record in found.articles:
        if given.article in (record.article_id, record.source):
            article = found.article(record.article_id)
            if given.json:
                fields = {"article_id": article.article_id, "title": article.title, "source": article.source}
                _print_json(fields | {"metadata": dict(article.metadata), "text": article.text})
            else:
                sys.stdout.write(article.text)
            return 0
    known = ", ".join(record.article_id for record in found.articles[:10])
    raise BadInput(
        f"no article is called {given.article!r}; there are: {known}{', …' if len(found.articles) > 10 else ''}"
    )


def for_people(answer: Answer) -> str:
    """An answer as it is read in a terminal."""
    lines = []
    if answer.standalone_question != answer.question:
        lines.append(f"({answer.standalone_question})\n")
    lines.append(_wrapped(answer.text))
    if answer.citations:
        lines.append("")
        lines += [f"[{c.marker}] {c.title} – {c.source}:{c.start}-{c.end}" for c in answer.citations]
    if answer.abstained and answer.retrieved:
        lines.append("\nThe nearest passages, which may be related:")
        titles = dict.fromkeys(" > ".join((r.passage.title, *r.passage.headings)) for r in answer.retrieved[:5])
        lines += [f"- {title}" for title in list(titles)[:3]]
    lines += [f"\nNote: {notice}" for notice in answer.notices]
    return "\n".join(lines)


def _wrapped(text: str) -> str:
    """The text in lines of `WIDTH`; what goes on of a list's entry stands under its words."""
    lines = [(line, re.match(r"(?:-|\d+\.) ", line)) for line in text.splitlines()]
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent=" " * mark.end() if mark else "") for line, mark in lines
    )


def _ask_batch(given: argparse.Namespace) -> int:
    """Answers line by line, in order; a bad line gets an object with `error`, and the rest go on."""
    from rag.batch import answer_lines

    if not given.json:
        raise BadInput("--batch prints JSON lines: add --json")
    with _opened(given.batch) as lines:
        bad = 0
        for reply in answer_lines(_assistant(given), lines):
            bad += "error" in reply
            _print_json(reply)
    if bad:
        _say(f"error: {bad} of the lines could not be answered; each says why in `error`")
    return 2 if bad else 0


def _opened(name: str) -> BinaryIO:
    if name == "-":
        return sys.stdin.buffer
    try:
        return Path(name).open("rb")
    except (OSError, ValueError) as error:
        raise BadInput(f"{name!r} cannot be read: {getattr(error, 'strerror', error)}") from None


def _print_answer(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        _print_json(answer.to_dict())
    else:
        print(for_people(answer), flush=True)


def _print_json(value: object) -> None:
    """One line. Only what UTF-8 cannot hold, half of a pair of surrogates, is escaped."""
    line = json.dumps(value, ensure_ascii=False, default=str)
    try:
        line.encode()
    except UnicodeEncodeError:
        line = json.dumps(value, default=str)
    print(line, flush=True)


def _settings(given: argparse.Namespace) -> Settings:
    names = ("corpus", "index", "model", "embedding_model")
    return load_settings(**{name: getattr(given, name) for name in names})


def _assistant(given: argparse.Namespace) -> Any:
    from rag.assistant import open_assistant

    with ProgressBar("indexing") as bar:
        return open_assistant(_settings(given), progress=bar.show, notice=_say)


def _print_report(report: Any, *, as_json: bool) -> None:
    for change in report.changes:
        if as_json:
            _print_json({"source": change.source, "change": change.change, "detail": change.detail})
        elif change.change != "unchanged":
            print(f"{change.change:9} {change.source}" + (f": {change.detail}" if change.detail else ""))
    _say(str(report))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class ProgressBar:
    """A bar on stderr, once something is being done; on a terminal it is redrawn, elsewhere there are a few lines."""

    def __init__(self, label: str) -> None:
        self._label, self._started, self._shown = label, False, -1
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> ProgressBar:
        return self

    def show(self, done: int, total: int) -> None:
        """`done` of `total` steps are done."""
        share = 100 * done // max(1, total)
        if share == self._shown or (not self._terminal and share // 25 == self._shown // 25):
            return
        self._started, self._shown = True, share
        if self._terminal:
            filled = share * 30 // 100
            sys.stderr.write(f"\r{self._label} [{'#' * filled}{'.' * (30 - filled)}] {done}/{total}")
        else:
            sys.stderr.write(f"{self._label} {done}/{total}\n")
        sys.stderr.flush()

    def __exit__(self, *_: object) -> None:
        if self._started and self._terminal:
            sys.stderr.write("\n")
