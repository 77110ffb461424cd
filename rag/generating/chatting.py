"""Talks to a chat model under a deadline that holds, whatever the model or its server does.

A worker thread listens to the model; the caller waits for it no longer than the deadline. Every way in which a model can
misbehave becomes one `ModelFailure` with a line for the reader. This module knows LangChain's messages and streams; it
does not know providers, passages or answers.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langsmith import tracing_context

from rag.errors import ModelUnavailable

QUEUE = 256
"""Chunks that may wait to be read; a faster model waits."""


class ModelFailure(ModelUnavailable):
    """A model did not do its work. The message says what happened, for the reader, without a name and a full stop."""


class Listening:
    """One reply of a model, as it comes: iterate for pieces of text.

    `cut` tells afterwards that it may have been cut off: it ran into its length limit, or never said that it was done.

    Raises:
        ModelFailure: while iterating: the deadline passed, the server failed, the model called a tool or did not stop.
    """

    def __init__(
        self, model: BaseChatModel, messages: Sequence[BaseMessage], *, deadline: float, most_chars: int
    ) -> None:
        self.cut = True
        self._deadline, self._most_chars = deadline, most_chars
        self._queue: queue.Queue[AIMessageChunk | BaseException | None] = queue.Queue(QUEUE)
        self._stopped = threading.Event()
        # A daemon: a server that hangs must not keep the program from ending.
        threading.Thread(target=self._listen, args=(model, list(messages)), daemon=True, name="chat-model").start()

    def __iter__(self) -> Iterator[str]:
        heard = 0
        try:
            while (item := self._next()) is not None:
                text = self._text_of(item)
                heard += len(text)
                if heard > self._most_chars:
                    raise ModelFailure("did not stop")
                if text:
                    yield text
        finally:
            self._stopped.set()

    def _next(self) -> AIMessageChunk | None:
        try:
            item = self._queue.get(timeout=max(0.0, self._deadline - time.monotonic()))
        except queue.Empty:
            raise ModelFailure("did not finish in time") from None
        if isinstance(item, BaseException):
            raise ModelFailure(explain(item)) from item
        return item

    def _text_of(self, chunk: AIMessageChunk) -> str:
        if chunk.tool_call_chunks or chunk.tool_calls or chunk.invalid_tool_calls:
            raise ModelFailure("asked for a tool instead of answering")
        reason = chunk.response_metadata.get("finish_reason") or chunk.response_metadata.get("done_reason")
        if reason:
            self.cut = reason == "length"
        return str(chunk.text)

    def _listen(self, model: BaseChatModel, messages: list[BaseMessage]) -> None:
        """Hand on what the model says, until it ends or nobody listens. Nothing is ever traced to a service."""
        try:
            with tracing_context(enabled=False):
                for chunk in model.stream(messages):
                    if isinstance(chunk, AIMessageChunk) and not self._put(chunk):
                        return
            self._put(None)
        except BaseException as error:  # whatever it is, the caller must hear of it
            self._put(error)

    def _put(self, item: AIMessageChunk | BaseException | None) -> bool:
        while not self._stopped.is_set() and time.monotonic() < self._deadline:
            try:
                self._queue.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False


def explain(error: BaseException) -> str:
    """What went wrong, in words for a reader, from whatever type of error a provider's package raises."""
    chain = list(_causes(error))
    names = {type(e).__name__ for e in chain}
    status = next((s for e in chain if isinstance(s := getattr(e, "status_code", None), int) and s > 0), None)
    said = " ".join(str(e) for e in chain).lower()
    if _any(
        said,
        "context length",
        "context size",
        "maximum context",
        "context_length",
        "too many tokens",
        "prompt is too long",
    ):
        return "was given more text than its context holds (lower RAG_CONTEXT_TOKENS, or raise the model's own limit)"
    if status == 404 or ("model" in said and "not found" in said):
        return "is not on its server (see `python -m rag models`)"
    if status in (401, 403):
        return "was refused by its server (set RAG_API_KEY)"
    if status is not None and status >= 400:
        return f"failed: its server answered with HTTP {status}"
    if any("Timeout" in name for name in names) or "timed out" in said:
        return "did not finish in time"
    if names & {"RemoteProtocolError", "IncompleteRead", "ReadError", "ChunkedEncodingError"}:
        return "broke off in the middle"
    if any("Connect" in name for name in names) or "connection" in said:
        return "cannot be reached (is its server running?)"
    if names & {"JSONDecodeError", "ValidationError", "UnicodeDecodeError"}:
        return "sent something that is no answer"
    return f"failed ({type(error).__name__})"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        following = error.__cause__ or error.__context__
        if following is None:
            return
        error = following


def _any(text: str, *parts: str) -> bool:
    return any(part in text for part in parts)
