"""Yes or no: from the article's own reply or its plain words, turned round where the question is; none where unsure."""

from __future__ import annotations

from functools import cache

import pytest

from rag.assistant import Assistant, open_assistant
from rag.settings import Settings
from tests.answering_world import home, write_articles

WORKSHOP = {
    "grinder.md": """# Grinder

The grinder sharpens chisels and turns at three thousand revolutions. It is gentle on the wrists, because the stone does the work.

## FAQ

### Is a grinder dangerous for the eyes?

Yes, a grinder is dangerous for the eyes, because sparks fly.

### Does a guard replace goggles at the grinder?

No, a guard does not replace goggles, because dust goes round it.

### Should the stone run dry on a grinder?

No, the stone should not run dry in a grinder, because it glazes over.

### Is a grinder the same as a linisher?

No, a grinder is not the same as a linisher, which runs a belt.
""",
    "lathe.md": """# Lathe

The lathe turns wood between two centres. Some turners say that the lathe strains the back.

## FAQ

### Do broken belts need glue?

Seldom. Most are tied to the next belt.

### Is a lathe louder than a saw?

Yes, since its belt drums.

### Do belts slip?

It depends on the load. Belts slip under a wet board.

### Can a lathe shape metal?

Yes, a lathe can shape metal if its bed is stiff.
""",
}


@cache
def workshop() -> Assistant:
    corpus = write_articles(home() / "workshop", WORKSHOP)
    return open_assistant(Settings(corpus=corpus, index=home() / "index", abstain_threshold=0, _env_file=None))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        ("is a grinder dangerous for the eyes?", "yes"),
        ("are grinders harmful to your eyes?", "yes"),
        ("is a grinder safe for the eyes?", "no"),
        ("so a grinder is safe for my eyes, right?", "no"),
        ("does a guard replace goggles?", "no"),
        ("is a grinder the same as a linisher?", "no"),
        ("is a grinder different from a linisher?", "yes"),
        ("is the grinder easy on the wrists?", "yes"),
        ("can I shape metal on a lathe?", "yes"),
        ("does the grinder sharpen chisels?", "yes"),
        ("grinder same as a linisher?", "no"),
        ("is a grinder just a linisher?", "no"),
        ("are grinders hard on the eyes", "yes"),
        ("grinder = linisher, right?", "no"),
        ("is a linisher just another word for a grinder?", "no"),
        ("can a guard take the place of goggles?", "no"),
        ("a guard doesn't replace goggles, does it?", "no"),
        ("a guard doesn't replace goggles, right?", "yes"),
        ("is it ok to run the stone dry on a grinder?", "no"),
        ("do I need to run the stone dry on a grinder?", "no"),
        ("I have no lathe, is a grinder gentle on the wrists?", "yes"),
        ("is a lathe louder than a saw?", "yes"),
    ],
)
def test_what_the_article_says(question: str, verdict: str) -> None:
    assert workshop().ask(question).verdict == verdict


@pytest.mark.parametrize(
    "question",
    [
        "is a lathe dangerous for the eyes?",  # the article says so of another machine
        "is a grinder dangerous for the lungs?",  # ... and of another part
        "can a lathe shape glass?",
        "does the lathe sharpen chisels?",
        "is a lathe bad for the back?",  # some say so
        "is the lathe better than the router for shaping metal?",  # a lathe can, and nothing is said of routers
        "do most broken belts need glue?",  # seldom
        "do belts slip?",  # it depends
        "is a saw louder than a lathe?",
        "is a router safe for the eyes?",  # no article covers it
        "should the",
    ],
)
def test_what_it_does_not_say_gets_no_verdict(question: str) -> None:
    assert workshop().ask(question).verdict is None


def test_the_sentence_that_says_so_is_the_first_quote() -> None:
    answer = workshop().ask("is a grinder safe for the eyes?")
    assert answer.text == "No. A grinder is dangerous for the eyes, because sparks fly. [1]"
    assert answer.citations[0].quote == "Yes, a grinder is dangerous for the eyes, because sparks fly."
