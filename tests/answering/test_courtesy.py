"""Manners: what is no question gets a friendly reply, and no question is ever taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.courtesy import courtesy
from tests.answering_world import ask

TITLES = ["Sourdough", "Rye Bread"]

GREETINGS = ["hi", "Hello!", "hey there", "Good evening", "  HI  ", "hi!!!", "hello 👋"]
THANKS = [
    "thanks",
    "Thank you so much!",
    "thx",
    "ok thanks",
    "great, thanks a lot",
    "thank you for your help",
    "cheers",
]
MORE = [
    "thank you, that helped a lot",
    "great, thanks. that was really helpful",
    "hi, how are you?",
    "ok, got it. bye",
    "you're great",
]
FAREWELLS = ["bye", "Goodbye.", "see you later", "good night"]
ABOUT = [
    "what can you tell me about?",
    "What do you know?",
    "help",
    "who are you?",
    "list the articles",
    "what can I ask",
]

QUESTIONS = [
    "hi, how long does sourdough prove?",
    "thanks, and how long does rye keep?",
    "why is it called high hydration?",
    "what can you tell me about sourdough?",
    "what do you know about rye bread?",
    "help my dough is sticky",
    "how do you work the dough?",
    "great crust: how?",
    "is it okay to freeze it?",
    "good evening snack breads?",
    "what is this bread for?",
    "what are you supposed to feed a starter?",
    "ok but why?",
    "why?",
    "more",
    "no",
]


@pytest.mark.parametrize("said", GREETINGS + THANKS + MORE + FAREWELLS)
def test_small_talk_gets_a_short_reply(said: str) -> None:
    reply = courtesy(said, TITLES)
    assert reply
    assert len(reply) < 80


@pytest.mark.parametrize("said", ABOUT)
def test_who_asks_what_there_is_gets_the_titles(said: str) -> None:
    reply = courtesy(said, TITLES)
    assert reply
    assert all(title in reply for title in TITLES)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_never_taken_for_small_talk(question: str) -> None:
    assert courtesy(question, TITLES) is None


@given(
    opener=st.sampled_from(["", "hi, ", "hello! ", "thanks. ", "ok, ", "great, "]),
    question=st.sampled_from(["how long", "why", "when", "which flour", "is it safe"]),
    subject=st.sampled_from(["sourdough", "rye bread", "the dough", "a starter", "baking"]),
)
def test_a_question_after_a_greeting_is_a_question(opener: str, question: str, subject: str) -> None:
    assert courtesy(f"{opener}{question} {subject}?", TITLES) is None


def test_a_long_list_of_titles_is_cut_and_counted() -> None:
    reply = courtesy("what can you tell me about?", [f"Bread number {n}" for n in range(500)])
    assert reply is not None
    assert "500 articles" in reply
    assert len(reply.splitlines()) < 60


def test_one_article_is_not_called_articles() -> None:
    reply = courtesy("help", ["Sourdough"])
    assert reply is not None
    assert "one article" in reply


@pytest.mark.parametrize("said", ["thanks", "hi", "what can you tell me about?"])
def test_a_courtesy_cites_nothing_and_is_no_refusal(said: str) -> None:
    answer = ask("bread", said)
    assert answer.kind == "courtesy"
    assert not answer.abstained
    assert answer.citations == ()
    assert answer.verdict is None


def test_the_assistant_lists_its_articles() -> None:
    text = ask("bread", "what can you tell me about?").text
    assert all(title in text for title in ("Sourdough", "Matzo", "Rye Bread"))
