"""Asking: in order, one line a reply, errors kept, and a run that was cut off goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from evals.questions import Question
from evals.runner import ERRORS_IN_A_ROW, FELL_BACK, RunFile, RunStopped, run
from evals.samples import Recorded
from rag.errors import BadInput
from rag.types import Answer, Turn

ASKED = [Question(str(i), f"question {i}?") for i in range(8)]


class Listener:
    """Answers everything, remembers what it was asked, and raises where it is told to."""

    def __init__(self, fails: Sequence[str] = ()) -> None:
        self.heard: list[tuple[str, tuple[Turn, ...]]] = []
        self.fails = fails

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        self.heard.append((question, tuple(history)))
        if question in self.fails:
            raise ConnectionError("down")
        return Answer(question, question, "answer", f"answer to {question}")


def go(questions: Sequence[Question], listener: Listener, path: Path, *, resume: bool = False) -> list[Recorded]:
    every = {question.id: question for question in ASKED + list(questions)}
    return run(questions, every, listener.ask, RunFile(path, {"side": "a"}), resume=resume)


def test_replies_come_in_order_and_are_on_disk(tmp_path: Path) -> None:
    found = go(ASKED, Listener(), tmp_path / "run.jsonl")
    assert [r.reply["text"] for r in found] == [f"answer to question {i}?" for i in range(8)]
    head, *lines = (tmp_path / "run.jsonl").read_text().splitlines()
    assert json.loads(head) == {"side": "a"}
    assert [Recorded(**json.loads(line)) for line in lines] == found


def test_one_error_is_a_result_and_the_run_goes_on(tmp_path: Path) -> None:
    found = go(ASKED, Listener(["question 2?"]), tmp_path / "run.jsonl")
    assert [bool(r.error) for r in found] == [i == 2 for i in range(8)]
    assert found[2].error == "ConnectionError: down"


def test_a_dead_model_stops_the_run_and_resuming_asks_only_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with pytest.raises(RunStopped, match=r"down\. 3 of 8 replies are kept in .*--resume"):
        go(ASKED, Listener([f"question {i}?" for i in range(3, 8)]), path)
    alive = Listener()
    found = go(ASKED, alive, path, resume=True)
    assert [question for question, _ in alive.heard] == [f"question {i}?" for i in range(3, 8)]
    assert [r.id for r in found] == [str(i) for i in range(8)]
    assert not any(r.error for r in found)
    assert ERRORS_IN_A_ROW == 5


def test_ctrl_c_keeps_what_was_said(tmp_path: Path) -> None:
    def interrupted(question: str, history: Sequence[Turn] = ()) -> Answer:
        if question == "question 2?":
            raise KeyboardInterrupt
        return Answer(question, question, "answer", "yes")

    file = RunFile(tmp_path / "run.jsonl", {"side": "a"})
    with pytest.raises(RunStopped, match=r"Ctrl-C\. 2 of 8"):
        run(ASKED, {}, interrupted, file)
    assert list(file.resume()) == ["0", "1"]


def test_a_line_cut_short_by_a_crash_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    go(ASKED[:3], Listener(), path)
    path.write_text(path.read_text()[:-40])
    again = Listener()
    go(ASKED[:3], again, path, resume=True)
    assert [question for question, _ in again.heard] == ["question 2?"]


@pytest.mark.parametrize(
    "line",
    [b"5", b'"x"', b'{"id": "z"}', b"[" * 100_000, b'{"id": "2", "reply": {}, "more": 1}', b'{"id": "cut \xe2\x82'],
    ids=lambda line: line[:20].decode(errors="replace"),
)
def test_a_line_that_is_no_reply_is_asked_again(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    go(ASKED[:2], Listener(), path)
    with path.open("ab") as file:
        file.write(line)
    again = Listener()
    go(ASKED[:3], again, path, resume=True)
    assert [question for question, _ in again.heard] == ["question 2?"]


def test_an_answer_that_stands_in_for_a_failed_model_is_an_error(tmp_path: Path) -> None:
    def quoting(question: str, history: Sequence[Turn] = ()) -> Answer:
        notice = (
            f"ollama:m took over 60 seconds{FELL_BACK}" if question == "question 1?" else "1 sentence was left out."
        )
        return Answer(question, question, "answer", "a quote", notices=(notice,))

    found = run(ASKED[:3], {}, quoting, RunFile(tmp_path / "run.jsonl", {}))
    assert [r.error for r in found] == ["", "ModelUnavailable: ollama:m took over 60 seconds", ""]


def test_refusals_between_errors_do_not_hide_a_dead_model(tmp_path: Path) -> None:
    def refusing(question: str, history: Sequence[Turn] = ()) -> Answer:
        if int(question.split()[1].rstrip("?")) % 2:
            return Answer(question, question, "refusal", "The articles don't say.")
        raise ConnectionError("down")

    asked = [Question(str(i), f"question {i}?") for i in range(12)]
    with pytest.raises(RunStopped, match=r"5 questions in a row .* 4 of 12 replies are kept"):
        run(asked, {}, refusing, RunFile(tmp_path / "run.jsonl", {}))


def test_a_run_of_other_settings_is_not_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    go(ASKED[:1], Listener(), path)
    with pytest.raises(BadInput, match="kept from another run"):
        run(ASKED, {}, Listener().ask, RunFile(path, {"side": "b"}), resume=True)


def test_without_resume_everything_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    go(ASKED, Listener(), path)
    again = Listener()
    go(ASKED, again, path)
    assert len(again.heard) == 8


CHAIN = [
    Question("a", "Is a row a pull?"),
    Question("b", "Why?", follows="a"),
    Question("c", "And a dip?", follows="b"),
    Question("d", "Thanks", history=(Turn("x", "y"),)),
]


def test_a_chain_is_asked_with_the_assistants_own_answers(tmp_path: Path) -> None:
    listener = Listener()
    go(CHAIN, listener, tmp_path / "run.jsonl")
    first = Turn("Is a row a pull?", "answer to Is a row a pull?")
    assert [history for _, history in listener.heard] == [
        (),
        (first,),
        (first, Turn("Why?", "answer to Why?")),
        (Turn("x", "y"),),
    ]


def test_a_chain_is_asked_from_its_start_even_where_only_its_end_is_chosen(tmp_path: Path) -> None:
    listener = Listener()
    found = run(CHAIN[2:3], {q.id: q for q in CHAIN}, listener.ask, RunFile(tmp_path / "run.jsonl", {}))
    assert [question for question, _ in listener.heard] == ["Is a row a pull?", "Why?", "And a dip?"]
    assert [r.id for r in found] == ["c"]
