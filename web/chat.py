"""One assistant for every visitor: warms it up behind the page, admits questions, streams the answers.

It knows `rag` and asyncio; it does not know Gradio, HTTP or the page. It keeps no visitor's conversation.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from rag.errors import BadInput, ModelUnavailable, RagError
from rag.types import Turn
from web.answerers import Answerer, Answerers
from web.history import read_history
from web.questions import Asked, article_questions, follow_ups, starters
from web.render import answer_view

if TYPE_CHECKING:
    from rag.assistant import Assistant

log = logging.getLogger("pushpull")

Progress = Callable[[int, int], None]
"""Called with how many files are done, and of how many."""
Opener = Callable[[Progress], "Assistant"]
"""Opens the assistant, and builds the index first where there is none; errors it names are RagErrors."""
WithAnswerer = Callable[["Assistant", Answerer], "Assistant"]
"""The assistant with another answerer to phrase; loads nothing but that."""

MAX_OTHERS = 3
"""How many other answerers are kept ready."""
MAX_QUESTION_PASSAGES = 5000
"""How many passages are looked through for questions to offer."""
SHOW_EVERY = 0.06
"""Seconds between two partial answers: faster than anybody reads."""

T = TypeVar("T")


class Refused(RagError):
    """A question that is not answered now. `code` tells programs why: warming, busy, bad-input or failed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Status:
    """Where the assistant stands; `done` of `total` files are read while an index is built, 0 of 0 where not known."""

    phase: Literal["warming", "ready", "failed"] = "warming"
    note: str = ""
    done: int = 0
    total: int = 0


class Chat:
    """The assistant behind the page.

    Args:
        opener: opens the assistant; called once, on a thread of its own.
        other: lets another answerer phrase, when one is picked.
        answerers: which can be picked.
        at_once: how many questions are answered at the same time.
        waiting: how many may wait for a place; one more is refused at once.
        patience: how many seconds a question waits for a place before it is refused.
        max_chars: the longest question taken, in characters.
    """

    def __init__(
        self,
        opener: Opener,
        other: WithAnswerer,
        answerers: Answerers,
        *,
        at_once: int = 4,
        waiting: int = 200,
        patience: float = 6.0,
        max_chars: int = 4000,
    ) -> None:
        self._opener, self._with, self.answerers = opener, other, answerers
        self._others: dict[str, Assistant] = {}
        self._assistant: Assistant | None = None
        self._questions: tuple[str, tuple[Asked, ...]] = ("", ())
        self._status = Status()
        self._places = asyncio.Semaphore(at_once)
        self._workers = ThreadPoolExecutor(at_once, thread_name_prefix="answer")
        self._waiting, self._max_waiting, self._patience = 0, waiting, patience
        self.max_chars = max_chars

    @property
    def status(self) -> Status:
        """Where the assistant stands now."""
        return self._status

    @property
    def assistant(self) -> Assistant | None:
        """The assistant that answers, None before it is warm."""
        return self._assistant

    def warm(self) -> None:
        """Opens the assistant on a thread of its own."""
        threading.Thread(target=self._open, name="warm-up", daemon=True).start()

    def _open(self) -> None:
        try:
            assistant = self._opener(lambda done, total: self._set("warming", done=done, total=total))
            self._questions_of(assistant)
            self._assistant = assistant
            self._set("ready")
        except RagError as error:
            log.error("%s", error)
            self._set("failed", str(error))
        except Exception:
            log.exception("the assistant could not be opened")
            self._set("failed", "The articles could not be opened; the server's log says why.")

    def _set(self, phase: Literal["warming", "ready", "failed"], note: str = "", done: int = 0, total: int = 0) -> None:
        self._status = Status(phase, note, done, total)

    def starters(self, count: int = 6) -> list[str]:
        """Questions to begin with, taken from the articles; none before the assistant is warm."""
        return starters(self._questions_of(self._assistant), count) if self._assistant else []

    def _questions_of(self, assistant: Assistant) -> tuple[Asked, ...]:
        """The questions that the articles ask themselves, looked up once for each generation of the index."""
        index = assistant.index
        name, questions = self._questions
        if name != index.name:
            rows = range(min(index.size, MAX_QUESTION_PASSAGES))
            questions = article_questions(index.passages(list(rows)))
            self._questions = (index.name, questions)
        return questions

    async def ask(self, question: str, history: object = None, model: str = "") -> AsyncIterator[dict[str, Any]]:
        """Partial answers, `{"kind": "partial", "text": the text so far}`, and at last the answer (see `answer_view`).

        Raises:
            Refused: not warm yet, too many are asking, or what was sent cannot be asked.
        """
        turns = self._check(question, history)
        assistant = await self._ready()
        async with self._place():
            try:
                notices: list[str] = []
                if model and model != self.answerers.default:
                    assistant = await self._run(lambda: self._other(assistant, model, notices))
                async for view in self._answer(assistant, question, turns):
                    yield view | {"notices": [*notices, *view["notices"]]} if "notices" in view else view
            except BadInput as error:
                raise Refused("bad-input", str(error)) from None
            except RagError as error:
                raise Refused("failed", str(error)) from None
            except Exception:
                log.exception("a question could not be answered")
                raise Refused("failed", "Something went wrong with this question. Try it again.") from None

    async def _answer(
        self, assistant: Assistant, question: str, turns: Sequence[Turn]
    ) -> AsyncIterator[dict[str, Any]]:
        stream = await self._run(lambda: assistant.stream(question, turns))
        deltas = iter(stream)
        said, shown = "", 0.0
        while (delta := await self._run(lambda: next(deltas, None))) is not None:
            said += delta
            if time.monotonic() - shown >= SHOW_EVERY:
                shown = time.monotonic()
                yield {"kind": "partial", "text": said}
        self.answerers.took(stream.answer.model, stream.answer.seconds)
        offers = follow_ups(stream.answer, (turn.question for turn in turns), self._questions_of(assistant))
        yield answer_view(stream.answer, offers)

    def _other(self, assistant: Assistant, model: str, notices: list[str]) -> Assistant:
        """An assistant for the answerer that was picked; the usual one and a notice where it cannot be used.

        Raises:
            BadInput: it is not among those that can be picked.
        """
        picked = self.answerers.get(model)
        if picked is None:
            raise BadInput("There is no such model here: pick another.")
        if not picked.up:
            notices.append(f"{picked.name} does not run any more, so it did not answer.")
            return assistant
        ready = self._others.get(model)
        if ready is None:
            try:
                ready = self._with(assistant, picked)
            except ModelUnavailable as error:
                notices.append(f"{picked.name} cannot be used, so it did not answer: {error}")
                return assistant
            self._others[model] = ready
            for old in list(self._others)[:-MAX_OTHERS]:
                self._others.pop(old, None)
        return ready

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._workers, work)

    def _check(self, question: object, history: object) -> tuple[Turn, ...]:
        if not isinstance(question, str) or not question.strip():
            raise Refused("bad-input", "The question is empty: type one.")
        if len(question) > self.max_chars:
            raise Refused("bad-input", f"The question is longer than {self.max_chars:,} characters: shorten it.")
        try:
            return read_history(history, max_chars=self.max_chars)
        except BadInput as error:
            raise Refused("bad-input", str(error)) from None

    async def _ready(self) -> Assistant:
        """The assistant, waited for with patience where it is warming."""
        until = time.monotonic() + self._patience
        while self._assistant is None and self._status.phase == "warming" and time.monotonic() < until:
            await asyncio.sleep(0.1)
        if self._assistant is not None:
            return self._assistant
        if self._status.phase == "failed":
            raise Refused("failed", self._status.note)
        raise Refused("warming", "The articles are still being read. Try again in a moment.")

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """A place among those answered at once, waited for with patience."""
        if self._waiting >= self._max_waiting:
            raise Refused("busy", "Too many people are asking just now. Try again in a moment.")
        self._waiting += 1
        try:
            await asyncio.wait_for(self._places.acquire(), self._patience)
        except TimeoutError:
            raise Refused("busy", "Too many people are asking just now. Try again in a moment.") from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()
