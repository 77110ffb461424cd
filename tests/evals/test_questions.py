"""The question format: what a line may hold, and how clearly a wrong one is refused."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evals.corpus import CorpusTexts
from evals.formats import load_questions
from evals.options import QUESTIONS
from evals.questions import (
    Evidence,
    Question,
    QuestionSet,
    Span,
    check_ids,
    locate,
    overruns,
    parse_line,
    read_questions,
    resolve,
    select,
)
from rag.errors import BadInput
from rag.types import Turn
from tests.evals_world import Scripted, write_corpus

TEXTS = {"row.md": "Rows pull. Rows pull. Presses push."}


def line(**fields: Any) -> str:
    return json.dumps({"id": "a", "question": "Do rows pull?"} | fields)


def test_every_field_is_read() -> None:
    question = parse_line(
        line(
            kind="yes-no",
            history=[{"question": "What is a row?", "answer": "A pull."}],
            evidence=[{"source": "row.md", "quote": "Rows pull.", "occurrence": 2}],
            answers=["yes"],
            verdict=" YES",
            must=[["pull", "draw"]],
            must_not=["push"],
            heldout=True,
            note="easy",
        ),
        "f:1",
    )
    assert question == Question(
        "a",
        "Do rows pull?",
        "yes-no",
        (Turn("What is a row?", "A pull."),),
        evidence=(Evidence("row.md", "Rows pull.", 2),),
        answers=("yes",),
        verdict="yes",
        must=(("pull", "draw"),),
        must_not=("push",),
        heldout=True,
        note="easy",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"id": "a"', "not JSON"),
        ('{"id": "a"}', "question: Field required"),
        (line(question="  "), "question: must not be blank"),
        (line(history=["x"]), "history.0: must be an object"),
        ("[1]", "must be an object"),
        (line(qustion="x"), "unknown field 'qustion' (did you mean 'question'?)"),
        (line(answerable="no"), "answerable"),
        (line(must=["push"]), "must.0"),
        (line(must=[[]]), "empty list"),
        (line(must_not=["("]), "no regular expression"),
        (line(answerable=False, evidence=[{"source": "row.md", "quote": "x"}]), "evidence is given"),
        (line(history=[{"question": "x"}], follows="b"), "not both"),
        (line(gold=[{"source": "row.md", "start": -1, "end": 4}]), "gold.0.start"),
        (line(gold=[{"source": "a", "start": 0, "end": 4}], evidence=[{"source": "a", "quote": "x"}]), "not both"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_malformed_line_is_named(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(f"{line(id='fine')}\n\n{text}\n", encoding="utf-8")
    with pytest.raises(BadInput) as error:
        read_questions(path)
    assert str(error.value).startswith(f"{path}:3: ")
    assert said in str(error.value)


def test_a_line_separator_inside_a_string_does_not_end_the_line(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps({"id": "a", "question": "one\u2028two"}, ensure_ascii=False), encoding="utf-8")
    assert read_questions(path)[0].question == "one\u2028two"


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (Evidence("row.md", "Rows push."), "does not stand in row.md"),
        (Evidence("rows.md", "Rows pull."), "no article 'rows.md' in the corpus (did you mean 'row.md'?)"),
        (Evidence("row.md", "Rows pull."), "stands 2 times"),
        (Evidence("row.md", "Rows pull.", 3), "only 2 times"),
    ],
)
def test_evidence_that_cannot_be_placed_is_refused(evidence: Evidence, said: str) -> None:
    with pytest.raises(BadInput, match="f:7: ") as error:
        locate(evidence, TEXTS, "f:7")
    assert said in str(error.value)


def test_evidence_becomes_spans() -> None:
    asked = Question(
        "a", "Do rows pull?", evidence=(Evidence("row.md", "Rows pull.", 2), Evidence("row.md", "Presses"))
    )
    spans = resolve(QuestionSet("s", (asked,)), TEXTS).questions[0].gold
    assert [TEXTS["row.md"][s.start : s.end] for s in spans] == ["Rows pull.", "Presses"]
    assert spans[0].start == 11


def test_a_span_outside_its_article_is_refused() -> None:
    asked = Question("a", "Do rows pull?", gold=(Span("row.md", 40, 99),), where="f:2")
    with pytest.raises(BadInput, match=r"f:2: \[40, 99\) is no span of row.md \(0 to 35\)"):
        resolve(QuestionSet("s", (asked,)), TEXTS)


def test_a_span_that_ends_too_late_is_told_of() -> None:
    asked = QuestionSet("s", (Question("a", "?", gold=(Span("row.md", 30, 99),)), Question("b", "?")))
    assert [q.id for q in overruns(resolve(asked, TEXTS), TEXTS)] == ["a"]


def test_ids_are_unique_and_chains_go_back() -> None:
    first, second = parse_line(line(), "f:1"), parse_line(line(question="And dips?"), "f:2")
    with pytest.raises(BadInput, match="f:2: id 'a' is taken by f:1"):
        check_ids([first, second])
    with pytest.raises(BadInput, match="f:3: follows 'z'"):
        check_ids([first, parse_line(line(id="b", follows="z"), "f:3")])


def test_selecting() -> None:
    asked = tuple(Question(str(i), "?", kind="even" if i % 2 == 0 else "odd", heldout=i > 3) for i in range(6))
    questions = QuestionSet("s", asked)
    assert [q.id for q in select(questions, kinds=["even"])] == ["0", "2", "4"]
    assert [q.id for q in select(questions, heldout="only")] == ["4", "5"]
    assert [q.id for q in select(questions, heldout="exclude", limit=2)] == ["0", "1"]
    with pytest.raises(BadInput, match="no question of kind 'evn' \\(did you mean 'even'\\?\\)"):
        select(questions, kinds=["evn"])


def test_a_digest_changes_with_what_is_expected_and_with_nothing_else() -> None:
    plain = parse_line(line(), "f:1")
    assert plain.digest == parse_line(line(kind="other", note="moved"), "g:9").digest
    assert plain.digest != parse_line(line(verdict="yes"), "f:1").digest


def test_a_digest_stays_where_evidence_only_moves() -> None:
    quoted = parse_line(line(evidence=[{"source": "row.md", "quote": "Presses push."}]), "f:1")
    texts = (TEXTS, {"row.md": f"A new line.\n{TEXTS['row.md']}"})
    before, after = (resolve(QuestionSet("s", (quoted,)), text).questions[0] for text in texts)
    assert before.gold != after.gold
    assert before.digest == after.digest
    assert before.digest != parse_line(line(evidence=[{"source": "row.md", "quote": "Rows pull."}]), "f:1").digest


def test_gold_is_read() -> None:
    gold = [{"source": "row.md", "start": 0, "end": 4, "relevance": 2}]
    assert parse_line(line(gold=gold), "f:1").gold == (Span("row.md", 0, 4, 2),)


def test_a_file_that_is_no_article_holds_no_evidence(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    (tmp_path / "secret.md").write_text("Rows pull.")
    for texts in (CorpusTexts(corpus), CorpusTexts(corpus, Scripted(corpus).index)):
        assert "The row is a pull" in texts["row.md"]
        for source in ("../secret.md", str(tmp_path / "secret.md"), "none.md"):
            with pytest.raises(KeyError):
                texts[source]


@pytest.fixture(scope="module")
def own() -> QuestionSet:
    """What `python -m evals` asks when it is told nothing; its evidence is placed in the articles here."""
    found = load_questions(QUESTIONS, Path("unused"))
    return resolve(found, CorpusTexts(QUESTIONS.parent.parent / "corpus"))


def test_the_own_set_is_large_and_partly_held_out(own: QuestionSet) -> None:
    heldout = sum(question.heldout for question in own.questions)
    assert len(own.questions) >= 240
    assert heldout * 3 >= len(own.questions)


def test_the_own_set_holds_every_kind_of_question(own: QuestionSet) -> None:
    kinds = Counter(question.kind for question in own.questions)
    wanted = ["either-or", "yes-no", "factoid", "why", "how-to", "list", "definition", "comparison", "typo"]
    wanted += ["follow-up", "near-miss", "off-topic", "false-premise", "injection"]
    assert [kind for kind in wanted if kinds[kind] < 5] == []


def test_the_own_set_proves_its_answers(own: QuestionSet) -> None:
    assert [q.id for q in own.questions if q.answerable and q.kind != "courtesy" and not q.gold] == []
