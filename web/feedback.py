"""Readers' votes on answers, kept as JSON lines that `python -m evals pending` turns into questions to correct.

What a browser sends may be forged, so every field is checked and cut to size; nothing of it is ever run or shown here.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from rag.errors import RagError

FILE = "votes.jsonl"
MAX_FILE_BYTES = 50_000_000
"""A file that has grown to this takes no more votes: nobody fills the disk by voting."""

Short = Annotated[str, StringConstraints(max_length=1000)]
Long = Annotated[str, StringConstraints(max_length=8000)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SentTurn(_Sent):
    """An exchange before the one that is voted on."""

    question: Long
    answer: Long = ""


class SentCitation(_Sent):
    """A citation of the answer that is voted on."""

    source: Short
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: Long


class Vote(_Sent):
    """A thumb up or down on one answer, with the conversation before it."""

    vote: Literal["up", "down"]
    comment: Short = ""
    question: Long
    history: list[SentTurn] = Field(default=[], max_length=20)
    kind: Literal["answer", "refusal", "courtesy"] = "answer"
    text: Long
    model: Short = ""
    citations: list[SentCitation] = Field(default=[], max_length=20)


class FeedbackFull(RagError):
    """The file of votes takes no more for now."""


def keep_vote(folder: Path, vote: Vote) -> None:
    """Appends a vote to `votes.jsonl` in `folder`; whole lines only, however many write at once.

    Raises:
        FeedbackFull: the file is at its limit, or another process holds it for over two seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    line = json.dumps(_line(vote), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    try:
        with FileLock(f"{path}.lock", timeout=2), path.open("ab") as file:
            if file.tell() + len(line) > MAX_FILE_BYTES:
                raise FeedbackFull(f"{path} is full: move it away, and votes are taken again")
            file.write(line)
    except Timeout:
        raise FeedbackFull("the votes are being written by another process; try again") from None


def _line(vote: Vote) -> dict[str, object]:
    """The line that `python -m evals pending` reads."""
    citations = [citation.model_dump() for citation in vote.citations]
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "vote": vote.vote,
        "comment": vote.comment,
        "question": vote.question,
        "history": [turn.model_dump() for turn in vote.history],
        "answer": {"kind": vote.kind, "text": vote.text, "model": vote.model, "citations": citations},
    }
