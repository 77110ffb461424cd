"""Asks the questions and writes each reply down before it asks the next, so that nothing said is lost.

Knows of the assistant only that it can be asked: `ask(question, history) -> Answer`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals.questions import Question
from evals.samples import Recorded
from rag.errors import BadInput, RagError
from rag.types import Answer, Turn

Ask = Callable[[str, Sequence[Turn]], Answer]
Grade = Callable[[Question, Sequence[Turn], Answer], str]
"""A judge: given the question, the conversation before it and the answer, its word on it ("right", "wrong", "unread")."""

ERRORS_IN_A_ROW = 5
"""After so many errors without an answer between them, it is the model that is down, not the question that is odd."""


FELL_BACK = "; this is in the articles' own words."
"""How an answer's notice ends where the chat model failed and quotes stand in for what it would have said."""


class RunStopped(RagError):
    """The model died, or the user stopped the run, half-way; what was asked so far is in the run file."""


@dataclass(frozen=True, slots=True)
class RunFile:
    """A JSONL file: what is run (`header`), then a line a question as soon as it is answered.

    Attributes:
        header: whatever must be the same for a run to go on: the side and the questions.
    """

    path: Path
    header: Mapping[str, str]

    def start(self, kept: Sequence[Recorded] = ()) -> None:
        """A run that holds only what was `kept`; an earlier file is replaced, in one step."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_suffix(".new")
        aside.write_text("".join([json.dumps(self.header) + "\n", *map(_line, kept)]), encoding="utf-8")
        aside.replace(self.path)

    def resume(self) -> dict[str, Recorded]:
        """What an interrupted run wrote; errors are left out, to be asked again. A line cut short is dropped.

        Raises:
            BadInput: the file is of another run: other settings or other questions.
        """
        if not self.path.exists():
            self.start()
            return {}
        head, *lines = self.path.read_text(encoding="utf-8", errors="replace").split("\n")
        if _parse(head) != self.header:
            raise BadInput(f"{self.path}: kept from another run (other settings or questions); run without --resume")
        found = (_recorded(line) for line in lines)
        kept = {recorded.id: recorded for recorded in found if recorded is not None and not recorded.error}
        self.start(list(kept.values()))
        return kept

    def append(self, recorded: Recorded) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_line(recorded))


def _line(recorded: Recorded) -> str:
    return json.dumps(asdict(recorded), ensure_ascii=False) + "\n"


def _parse(line: str) -> Any:
    """The line's value, or None where the line was cut short."""
    try:
        return json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return None


def _recorded(line: str) -> Recorded | None:
    """The reply that a line holds, or None where it holds none."""
    row = _parse(line)
    return Recorded(**row) if isinstance(row, dict) and row.keys() == Recorded.__dataclass_fields__.keys() else None


def run(
    questions: Sequence[Question],
    every: Mapping[str, Question],
    ask: Ask,
    file: RunFile,
    *,
    resume: bool = False,
    grade: Grade | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Recorded]:
    """Asks `questions` in order; an error is a reply of its own.

    Args:
        every: all questions of the set by id; one that a chain needs is asked even where it is not chosen.
        file: where replies are kept as they come.
        resume: whether to go on from what `file` holds.
        grade: a judge, called on each answer.
        progress: told how many of how many are done.

    Raises:
        RunStopped: several errors in a row, or Ctrl-C.
    """
    if resume:
        kept = file.resume()
    else:
        file.start()
        kept = {}
    session = _Session(every, ask, grade, file, kept)
    total, streak = len(questions), 0
    for done, question in enumerate(questions, 1):
        try:
            recorded = session.reply(question)
        except KeyboardInterrupt:
            raise RunStopped(_stopped(file, done - 1, total, "stopped by Ctrl-C")) from None
        streak = _streak(streak, recorded)
        progress(done, total)
        if streak >= ERRORS_IN_A_ROW:
            reason = f"{streak} questions in a row raised an error, the last one {question.id!r}: {recorded.error}"
            kept_now = sum(not session.replies[asked.id].error for asked in questions[:done])
            raise RunStopped(_stopped(file, kept_now, total, reason))
    return [session.replies[question.id] for question in questions]


def _streak(before: int, recorded: Recorded) -> int:
    """Errors in a row. A refusal says nothing of the model, which is not asked for one."""
    if recorded.error:
        return before + 1
    return 0 if recorded.reply["kind"] == "answer" else before


def _stopped(file: RunFile, done: int, total: int, reason: str) -> str:
    return f"{reason}. {done} of {total} replies are kept in {file.path}; run it again with --resume to go on"


@dataclass(slots=True)
class _Session:
    """The replies so far, which a chain of questions needs as its history."""

    every: Mapping[str, Question]
    ask: Ask
    grade: Grade | None
    file: RunFile
    replies: dict[str, Recorded]

    def reply(self, question: Question) -> Recorded:
        if question.id not in self.replies:
            recorded = self._ask(question)
            self.replies[question.id] = recorded
            self.file.append(recorded)
        return self.replies[question.id]

    def _ask(self, question: Question) -> Recorded:
        history = self._history(question)
        started = time.perf_counter()
        try:
            answer = self.ask(question.question, history)
        except Exception as error:
            # Whatever it is, it is this question's result: it is shown, counted, and the run goes on.
            seconds = time.perf_counter() - started
            return Recorded(question.id, seconds=seconds, error=f"{type(error).__name__}: {error}")
        seconds = time.perf_counter() - started
        if failure := next((notice for notice in answer.notices if notice.endswith(FELL_BACK)), ""):
            # The reader is well served by the quotes; the model that is measured said nothing.
            return Recorded(question.id, seconds=seconds, error=f"ModelUnavailable: {failure.removesuffix(FELL_BACK)}")
        grade = self.grade(question, history, answer) if self.grade else ""
        return Recorded(question.id, answer.to_dict(question.id), seconds, grade=grade)

    def _history(self, question: Question) -> tuple[Turn, ...]:
        if question.follows is None:
            return question.history
        before = self.every[question.follows]
        said = self.reply(before)
        return (*self._history(before), Turn(before.question, str(said.reply.get("text", ""))))
