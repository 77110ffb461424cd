"""The conversation as a browser or a program sends it -> turns. It may be forged, so only its shape is believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rag.errors import BadInput
from rag.types import Turn

MAX_TURNS = 20
"""How many of the last turns are read; older ones are left out."""
MAX_ANSWER_CHARS = 8000
MAX_DEPTH = 3
"""How deep a text may lie in blocks: Gradio's are lists of blocks with a text."""


def read_history(sent: object, *, max_chars: int) -> tuple[Turn, ...]:
    """The last turns of what was sent, oldest first.

    Two shapes are read: `{"question", "answer"}` a turn, and Gradio's `{"role", "content"}` a message, whose content is
    a string or a list of blocks.

    Raises:
        BadInput: `sent` is neither; or a text in it is longer than `max_chars` (questions) or 8,000 (answers).
    """
    if sent is None:
        return ()
    if not isinstance(sent, list) or not all(isinstance(entry, Mapping) for entry in sent):
        raise BadInput('history must be a list of {"question", "answer"} objects, oldest first')
    messages = any("role" in entry for entry in sent)
    turns = list(_from_messages(sent) if messages else (_turn(entry) for entry in sent))[-MAX_TURNS:]
    for turn in turns:
        if len(turn.question) > max_chars or len(turn.answer) > MAX_ANSWER_CHARS:
            raise BadInput(f"history: a question may have {max_chars} characters, an answer {MAX_ANSWER_CHARS}")
    return tuple(turn for turn in turns if turn.question.strip())


def _turn(entry: Mapping[str, Any]) -> Turn:
    return Turn(_text(entry.get("question")), _text(entry.get("answer")))


def _from_messages(messages: Iterable[Mapping[str, Any]]) -> Iterable[Turn]:
    """Turns from messages: a question, and what was said until the next one."""
    question, answer = "", ""
    for message in messages:
        text = _text(message.get("content"))
        if message.get("role") == "user":
            if question:
                yield Turn(question, answer)
            question, answer = text, ""
        else:
            answer = f"{answer}\n{text}".strip()
    if question:
        yield Turn(question, answer)


def _text(content: object, depth: int = MAX_DEPTH) -> str:
    """The text of a string, of a block with a "text", or of a list of such, without what UTF-8 cannot say."""
    if isinstance(content, list):
        return "\n".join(filter(None, (_text(part, depth - 1) for part in content))) if depth else ""
    if isinstance(content, Mapping):
        content = content.get("text")
    if not isinstance(content, str):
        return ""
    return content.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")
