"""Many questions in one process: JSON lines in, JSON lines out. A line that cannot be answered says why; the rest go on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rag.errors import BadInput, RagError
from rag.types import Turn

if TYPE_CHECKING:
    from rag.assistant import Assistant


def answer_lines(assistant: Assistant, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """An object for each line that is not blank, in order: `Answer.to_dict`, or the line's `id` and an `error`.

    Args:
        lines: UTF-8, each a JSON object with `question`, and perhaps `id` and `history` (see `read_history`).
    """
    for number, line in enumerate(lines, 1):
        text = line.removeprefix(b"\xef\xbb\xbf").strip()
        if text:
            yield _reply(assistant, text, number)


def read_history(given: Any, number: int) -> list[Turn]:
    """The turns of a line's `history`.

    Raises:
        BadInput: it is not a list of objects with a question.
    """
    if given is None:
        return []
    turns: list[Any] = given if isinstance(given, list) else [None]
    for turn in turns:
        if not isinstance(turn, dict) or not isinstance(turn.get("question"), str):
            raise BadInput(f'line {number}: "history" is a list of {{"question", "answer"}} objects')
        if not isinstance(turn.get("answer", ""), str):
            raise BadInput(f'line {number}: an "answer" in "history" is not text')
    return [Turn(turn["question"], turn.get("answer", "")) for turn in turns]


def _reply(assistant: Assistant, line: bytes, number: int) -> dict[str, Any]:
    name: Any = None
    try:
        asked = _read(line, number)
        name = asked.get("id")
        if not isinstance(asked.get("question"), str):
            raise BadInput(f'line {number} has no "question" of text')
        return assistant.ask(asked["question"], read_history(asked.get("history"), number)).to_dict(name)
    except RagError as error:
        return {"id": name, "error": str(error)}


def _read(line: bytes, number: int) -> dict[str, Any]:
    try:
        asked = json.loads(line.decode(), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise BadInput(f"line {number} is not UTF-8: save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        raise BadInput(f"line {number} is not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise BadInput(f"line {number} is not read: its brackets stand too deep in each other") from None
    except ValueError:
        raise BadInput(
            f"line {number} is not read: it holds NaN, Infinity, or a number of thousands of digits"
        ) from None
    if not isinstance(asked, dict):
        raise BadInput(f"line {number} is not a JSON object")
    return asked


def _refuse(constant: str) -> None:
    raise ValueError(constant)
