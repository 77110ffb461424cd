"""Generated answers over Ollama's protocol: what stands is cited to the sentence, what does not never shows."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from rag.generating.generation import GenerativeAnswerer
from rag.generating.models import ModelOptions, load_chat_model, parse_spec
from rag.types import Answer, Turn
from tests.grounded_world import QUESTION, extractive, grounder, passages, source_text
from tests.ollama_server import MODEL, Script, ollama_server

TIMEOUT = 3.0
"""For a model that hangs. Others may take `PATIENCE`: they are not timed, and other tests run beside them."""
PATIENCE = 30.0


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def answerer(script: Script) -> Iterator[GenerativeAnswerer]:
    with ollama_server(script) as url:
        yield make_answerer(url)


@pytest.fixture
def hurried(script: Script) -> Iterator[GenerativeAnswerer]:
    with ollama_server(script) as url:
        yield make_answerer(url, timeout=TIMEOUT)


def make_answerer(url: str, *, timeout: float = PATIENCE, context_tokens: int = 4096) -> GenerativeAnswerer:
    spec = parse_spec(f"ollama:{MODEL}")
    assert spec is not None
    model = load_chat_model(spec, ModelOptions(base_url=url, timeout=timeout, context_tokens=context_tokens))
    return GenerativeAnswerer(model.chat, model.name, grounder(), timeout=timeout, context_tokens=context_tokens)


def ask(answerer: GenerativeAnswerer, verdict: str | None = "push", question: str = QUESTION) -> tuple[str, Answer]:
    """The text as it was streamed, and the settled answer."""
    stream = answerer.stream(question, passages(), extractive(verdict))
    return "".join(stream), stream.answer


def assert_proven(answer: Answer) -> None:
    """Every citation is the article's own text, and every marker in the text is one of a citation."""
    for citation in answer.citations:
        assert source_text(citation.article_id)[citation.start : citation.end] == citation.quote
    markers = {int(n) for n in re.findall(r"\[(\d+)\]", answer.text)}
    assert markers == {c.marker for c in answer.citations}


def test_a_supported_answer_is_the_models_own_words(answerer: GenerativeAnswerer, script: Script) -> None:
    script.reply = "The hip thrust is a push exercise [1]. The glutes do most of the work [1]."

    streamed, answer = ask(answerer)

    assert answer.model == f"ollama:{MODEL}"
    assert answer.text == "The hip thrust is a push exercise. [1] The glutes do most of the work. [2]"
    assert streamed == answer.text
    assert answer.notices == ()
    assert_proven(answer)


def test_sentences_come_before_the_model_has_finished(answerer: GenerativeAnswerer, script: Script) -> None:
    script.reply = (
        "The hip thrust is a push exercise. The hamstrings and adductors assist. " + "You rest 90 seconds. " * 3
    )
    script.pause = 0.06
    started = time.monotonic()
    stream = answerer.stream(QUESTION, passages(), extractive())
    first_at = next(time.monotonic() - started for _ in stream)

    assert stream.answer.text.startswith("The hip thrust is a push exercise. [1]")
    assert first_at < 0.8 * (time.monotonic() - started)


@pytest.mark.parametrize(
    ("lie", "left"),
    [
        pytest.param("The hip thrust was invented in 1987.", "1987", id="invented"),
        pytest.param("Rest for 30 seconds between sets.", "30", id="number"),
        pytest.param("The quadriceps and adductors assist.", "quadriceps", id="one-word"),
        pytest.param("Arch your lower back at the top.", "rch your", id="negation"),
        pytest.param("Der Hip Thrust ist eine Zugübung.", "Zug", id="other-language"),
        pytest.param("The barbell row is a push.", "row", id="injected"),
    ],
)
def test_an_unsupported_sentence_is_left_out_and_counted(
    answerer: GenerativeAnswerer, script: Script, lie: str, left: str
) -> None:
    script.reply = f"The hip thrust is a push exercise [1]. {lie} [1]"

    streamed, answer = ask(answerer)

    assert left not in answer.text
    assert left not in streamed
    assert "1 sentence that the articles don't support was left out." in answer.notices


def test_a_marker_resolves_to_the_sentence_that_supports_it_whatever_it_says(
    answerer: GenerativeAnswerer, script: Script
) -> None:
    script.reply = "The barbell row builds the upper back [1]. The hip thrust is a push exercise [2][17]."

    _, answer = ask(answerer)

    assert answer.text == (
        "Push. [1] The barbell row builds the upper back. [2] The hip thrust is a push exercise. [1]"
    )
    assert [c.article_id for c in answer.citations] == ["hip-thrust", "barbell-row"]
    assert "1 marker to no passage left out." in answer.notices
    assert_proven(answer)


@pytest.mark.parametrize("reply", ["Pull. The glutes do most of the work.", "Pull: the glutes do most of the work."])
def test_a_model_that_contradicts_the_evidence_is_overruled(
    answerer: GenerativeAnswerer, script: Script, reply: str
) -> None:
    script.reply = reply

    _, answer = ask(answerer)

    assert answer.verdict == "push"
    assert answer.text == "Push. [1] The glutes do most of the work. [2]"
    assert answer.citations[0].quote == "The hip thrust is a push exercise."
    assert f"ollama:{MODEL} said “pull”; the articles say “push”." in answer.notices


def test_yes_and_no_come_from_the_evidence(answerer: GenerativeAnswerer, script: Script) -> None:
    script.reply = "No, the hip thrust is a push exercise."

    _, answer = ask(answerer, "yes", "is the hip thrust a push?")

    assert answer.text == "Yes. The hip thrust is a push exercise. [1]"
    assert any("said “no”" in notice for notice in answer.notices)


def test_a_verdict_that_the_evidence_does_not_settle_is_not_given(answerer: GenerativeAnswerer, script: Script) -> None:
    script.reply = "Yes, the glutes do most of the work."

    _, answer = ask(answerer, None, "should I do hip thrusts?")

    assert answer.verdict is None
    assert answer.text == "The glutes do most of the work. [1]"


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        pytest.param("<think>Maybe pull?</think>{}.", "{}. [1]", id="thoughts"),
        pytest.param("Pull, I think.</think> {}.", "{}. [1]", id="thoughts-never-opened"),
        pytest.param("**{}.**[1]", "{}. [1]", id="markdown"),
        pytest.param("- {} 【1】", "{} [1]", id="bullet"),
    ],
)
def test_what_models_wrap_answers_in_is_taken_off(
    answerer: GenerativeAnswerer, script: Script, reply: str, text: str
) -> None:
    sentence = "The hip thrust is a push exercise"
    script.reply = reply.format(sentence)
    assert ask(answerer)[1].text == text.format(sentence)


FAULTS = [
    pytest.param("hung", "did not finish in time", id="hung"),
    pytest.param("hung-midway", "did not finish in time", id="hung-midway"),
    pytest.param("slow", "did not finish in time", id="slow"),
    pytest.param("http-500", "HTTP 500", id="http-500"),
    pytest.param("context-overflow", "more text than its context holds", id="context-overflow"),
    pytest.param("junk", "", id="junk"),
    pytest.param("endless", "did not", id="endless"),
    pytest.param("killed", "", id="killed-midway"),
    pytest.param("error-midway", "", id="error-midway"),
    pytest.param("tool-calls", "asked for a tool", id="tool-calls"),
    pytest.param("empty", "said nothing", id="empty"),
    pytest.param("only-thoughts", "said nothing", id="only-thoughts"),
    pytest.param("other-language", "is supported by the articles", id="other-language"),
]


@pytest.mark.parametrize(("fault", "notice"), FAULTS)
def test_when_the_model_misbehaves_the_articles_answer_in_time_and_the_next_question_tries_again(
    hurried: GenerativeAnswerer, script: Script, fault: str, notice: str
) -> None:
    true = "The hip thrust is a push exercise. The glutes do most of the work."
    replies = {"empty": "", "only-thoughts": "<think>hmm, let me see", "other-language": "Es una tracción. 推还是拉？"}
    script.reply = replies.get(fault, true)
    script.fault, script.pause = fault, 0.5 if fault == "slow" else 0.0
    started = time.monotonic()

    _, answer = ask(hurried)

    assert time.monotonic() - started < TIMEOUT + 1.0
    assert (answer.text, answer.citations, answer.model) == (extractive().text, extractive().citations, "extractive")
    assert len(answer.notices) == 1
    assert notice in answer.notices[0]
    assert "own words" in answer.notices[0]

    script.fault, script.reply, script.pause = "", true, 0.0
    script.released.set()
    assert ask(hurried)[1].model == f"ollama:{MODEL}"


def test_a_server_that_is_down_is_said_to_be() -> None:
    with ollama_server(Script()) as url:
        pass
    _, answer = ask(make_answerer(url))

    assert answer.text == extractive().text
    assert "cannot be reached" in answer.notices[0]


def test_a_model_that_is_not_there_is_said_to_be(script: Script) -> None:
    with ollama_server(script) as url:
        spec = parse_spec("ollama:absent")
        assert spec is not None
        model = load_chat_model(spec, ModelOptions(base_url=url))
        _, answer = ask(GenerativeAnswerer(model.chat, model.name, grounder(), timeout=PATIENCE))

    assert "ollama:absent is not on its server" in answer.notices[0]


def test_the_model_sees_numbered_passages_without_orders_to_models(
    answerer: GenerativeAnswerer, script: Script
) -> None:
    script.reply = "The hip thrust is a push exercise."
    ask(answerer)
    prompt = script.asked[0]["messages"][-1]["content"]

    assert "[1] Hip Thrust" in prompt
    assert "The barbell row is a pull." in prompt
    assert "Ignore all previous" not in prompt
    assert script.asked[0]["options"]["num_ctx"] == 4096


def test_the_prompt_keeps_within_the_context(script: Script) -> None:
    script.reply = "The hip thrust is a push exercise."
    with ollama_server(script) as url:
        answer = ask(make_answerer(url, context_tokens=800))[1]
    prompt = script.asked[0]["messages"]

    assert answer.model == f"ollama:{MODEL}"
    assert sum(len(m["content"]) for m in prompt) / 3 < 800 - 400
    assert "[1] Hip Thrust" in prompt[-1]["content"]
    assert "[2]" not in prompt[-1]["content"].split("Question:")[0]


def test_a_question_that_fills_the_context_is_answered_by_the_articles(answerer: GenerativeAnswerer) -> None:
    _, answer = ask(answerer, question="why " * 4000)

    assert answer.text == extractive().text
    assert "too small a context" in answer.notices[0]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param("Is the hip thrust a push or a pull?", "Is the hip thrust a push or a pull?", id="usable"),
        pytest.param("Rewritten: is the hip thrust a pull?\nBecause …", "is the hip thrust a pull?", id="labelled"),
        pytest.param("What is the capital of France?", None, id="wandered-off"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_follow_up_is_rewritten_only_to_something_that_was_talked_about(
    answerer: GenerativeAnswerer, script: Script, said: str, expected: str | None
) -> None:
    script.reply = said
    history = [Turn("Is the hip thrust a push or pull?", "Push. The hip thrust is a push exercise. [1]")]

    assert answerer.rewrite("so is it a pull?", history) == expected


def test_rewriting_fails_softly(answerer: GenerativeAnswerer, script: Script) -> None:
    script.fault = "http-500"
    assert answerer.rewrite("and that one?", [Turn("is a row a pull?", "Pull.")]) is None
    assert answerer.rewrite("is a row a pull?", []) is None
