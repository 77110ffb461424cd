"""Verdicts: the word that settles a question, from what the articles say of its subject, and none where they don't."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.readings import reordered
from rag.answering.verdicts import Verdict, decide
from rag.assistant import Assistant, open_assistant
from rag.settings import Settings
from tests.answering_world import home, open_world, write_articles

TOOLS = {
    "pull-saw.md": "# Pull Saw\n\nThe pull saw is a pull tool: it cuts on the way back. Its blade is thin.\n",
    "push-plane.md": "# Bench Plane\n\nThe bench plane is a push tool. It lacks the drawing stroke that defines a pull.\n\n"
    "## FAQ\n\n### Is a bench plane good for end grain?\n\nYes, if the iron is sharp.\n",
    "scraper.md": "# Scraper\n\nForce: push\nMaterial: steel\n\nA spokeshave pulls as well as it pushes, but the scraper does not.\n",
    "spokeshave.md": "# Spokeshave\n\nSome joiners say that the spokeshave is a push tool, others that it is a pull tool:"
    " craftsmen disagree.\n",
    "mallet.md": "# Mallet\n\nThe mallet drives a chisel. It is made of beech.\n\nIt is not a pull tool.\n",
    "clamp.md": "# Clamp\n\nThe clamp holds two boards together. Pull saws and bench planes need one.\n",
    "grinder.md": "# Grinder\n\nRasps, files and grinders are push tools.\n\n"
    "Inhale as the stone comes down, and exhale as it goes up.\n",
    "drawknife.md": "# Drawknife\n\nThe drawknife is a pull tool. Do not confuse it with the bench plane, which is a push tool.\n",
}


@cache
def tools() -> Assistant:
    corpus = write_articles(home() / "tools", TOOLS)
    return open_assistant(Settings(corpus=corpus, index=home() / "index", abstain_threshold=0, _env_file=None))  # type: ignore[call-arg]


def decided(question: str, world: Assistant | None = None) -> Verdict | None:
    assistant = world or tools()
    index = assistant.index
    understood = assistant.understand(index, question, [])
    ranking = assistant.rank(index, understood)
    answers = assistant.read(understood, ranking)
    sure = assistant.sure_of(index, understood, ranking, answers)
    ranking = reordered(ranking, answers)
    return decide(understood.standalone, ranking, assistant.subjects(index), sure)


def word(question: str, name: str = "") -> str | None:
    verdict = decided(question, open_world(name) if name else None)
    return verdict.word if verdict else None


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("is a drawknife push or pull?", "pull"),
        ("is the bench plane a push or a pull tool?", "push"),
        ("are bench planes pushes or pulls", "push"),
        ("bench plane: push or pull?", "push"),
        ("is a scraper push or pull", "push"),
        ("is a pull saw a push or a pull tool?", "pull"),
        ("would you say the drawknife is pull or push?", "pull"),
        ("is a rasp a push or a pull tool?", "push"),
        ("is a file push or pull?", "push"),
        ("at a grinder, inhale or exhale when the stone goes up?", "exhale"),
        ("with a grinder, do I breathe in or out as the stone comes down?", "in"),
        ("at a grinder, breathe out or breathe in when the stone goes up?", "breathe out"),
        ("with a grinder, do I inhale or exhale as the stone comes down?", "inhale"),
    ],
)
def test_the_option_that_the_articles_name(question: str, says: str) -> None:
    assert word(question) == says


@pytest.mark.parametrize(
    ("name", "question", "says"),
    [
        ("bread", "is rye bread leavened or unleavened", "leavened"),
        ("bread", "is matzo a leavened or an unleavened bread?", "unleavened"),
        ("garden", "is rhubarb an annual or a perennial?", "perennial"),
        ("garden", "tomato: annual or perennial?", "annual"),
    ],
)
def test_options_that_no_list_knows(name: str, question: str, says: str) -> None:
    assert word(question, name) == says


@pytest.mark.parametrize(
    ("question", "says", "lead"),
    [
        ("is a drawknife a pull tool?", "yes", "Yes"),
        ("drawknife = pull, right?", "yes", "Yes"),
        ("so drawknife=push right", "no", "No: pull"),
        ("is a drawknife a push tool?", "no", "No: pull"),
        ("so the bench plane is a pull, right?", "no", "No: push"),
        ("the drawknife is a pull tool, isn't it?", "yes", "Yes"),
        ("isn't a drawknife a pull?", "yes", "Yes"),
        ("so a drawknife is not a push tool, right?", "yes", "Yes"),
    ],
)
def test_a_claim_is_affirmed_or_put_right(question: str, says: str, lead: str) -> None:
    verdict = decided(question)
    assert verdict is not None
    assert verdict.word == says
    assert verdict.lead.startswith(lead)


@pytest.mark.parametrize(
    ("name", "question", "says"),
    [
        ("bread", "do I need a baking stone?", "no"),
        ("bread", "does sourdough contain commercial yeast?", "no"),
    ],
)
def test_the_yes_or_no_of_an_articles_own_question(name: str, question: str, says: str) -> None:
    assert word(question, name) == says


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("", "is a spokeshave push or pull?"),
        ("", "is a clamp push or pull?"),
        ("", "is a hammer push or pull?"),
        ("", "is a mallet made of oak or ash?"),
        ("bread", "is flatbread leavened or unleavened?"),
        ("bread", "is sourdough sweet or salty?"),
        ("bread", "is a tomato annual or perennial?"),
        ("garden", "is compost annual or perennial?"),
    ],
)
def test_what_the_articles_leave_open_gets_no_verdict(name: str, question: str) -> None:
    assert word(question, name) is None


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("", "what is a drawknife?"),
        ("", "why is a bench plane a push tool?"),
        ("bread", "how long does rye bread keep?"),
        ("garden", "which part of rhubarb is eaten?"),
    ],
)
def test_an_open_question_gets_none(name: str, question: str) -> None:
    assert decided(question, open_world(name) if name else None) is None


def test_both_sides_are_shown_where_they_disagree() -> None:
    verdict = decided("is flatbread leavened or unleavened?", open_world("bread"))
    assert verdict is not None
    assert verdict.lead == ""
    assert "disagrees" in " ".join(sentence.text for sentence in verdict.evidence)


def test_a_verdict_shows_the_sentence_that_says_so() -> None:
    verdict = decided("is a scraper push or pull?")
    assert verdict is not None
    assert verdict.evidence[0].text == "Force: push"


@settings(max_examples=30, deadline=None)
@given(
    subject=st.sampled_from(
        ["a drawknife", "the bench plane", "a scraper", "a spokeshave", "a clamp", "a mallet", "pull saws", "a hammer"]
    ),
    form=st.sampled_from(
        [
            "is {s} {a} or {b}?",
            "{s}: {a} or {b}",
            "would you call {s} a {a} or a {b}?",
            "is {s} more of a {a} or {b} tool",
        ]
    ),
)
def test_swapping_the_options_never_changes_the_verdict(subject: str, form: str) -> None:
    one = word(form.format(s=subject, a="push", b="pull"))
    assert one == word(form.format(s=subject, a="pull", b="push"))
    assert one in (None, "push", "pull")


@settings(max_examples=20, deadline=None)
@given(
    subject=st.sampled_from(["rye bread", "matzo", "flatbread", "sourdough", "oven spring"]),
    form=st.sampled_from(["is {s} {a} or {b}?", "{s}: {a} or {b}", "would you say that {s} is {a} or {b}?"]),
)
def test_swapping_unknown_options_never_changes_the_verdict(subject: str, form: str) -> None:
    one = word(form.format(s=subject, a="leavened", b="unleavened"), "bread")
    assert one == word(form.format(s=subject, a="unleavened", b="leavened"), "bread")


@settings(max_examples=20, deadline=None)
@given(
    subject=st.sampled_from(["a drawknife", "the bench plane", "a scraper", "a spokeshave", "a clamp", "a mallet"]),
    option=st.sampled_from(["push", "pull"]),
)
def test_a_claim_and_its_contrary_are_never_both_true(subject: str, option: str) -> None:
    other = "pull" if option == "push" else "push"
    both = {word(f"is {subject} a {option} tool?"), word(f"is {subject} a {other} tool?")}
    assert both in ({"yes", "no"}, {None}, {None, "no"})
