"""Which of two options the articles tie to a question: by the clause that names it, with denials turned round."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.assistant import Assistant, open_assistant
from rag.settings import Settings
from tests.answering_world import home, write_articles

POTTERY = {
    "throwing.md": """# Throwing

Moisture: Sponge on the way down, scrape as the wall goes up.
""",
    "kiln.md": """# Kiln

Open the damper as the kiln heats up, and close it as the kiln cools down. A tall chimney draws more air, whereas a short
one keeps the heat in. Most potters load heavier pots at the bottom of the kiln than at the top.

## Common mistakes

- Stacking the shelves close together starves the glaze of air.
""",
    "wheel.md": """# Potter's Wheel

The kick wheel turns slowly and suits large bowls. The electric wheel turns fast and suits small cups. The clay should be
soft, not stiff, for throwing on the wheel. A wide base holds a plate, and a narrow base holds a vase.
""",
    "brush.md": """# Brush

Strokes that go in or out are a matter of habit with a brush. In a brush, soft hairs hold most water. The handle of a brush is
two palms long, and its hair is one palm long. Badger hair sheds a little, but sable hair never sheds.
""",
    "clay.md": """# Clay

The iron, not the sand, gives earthenware clay its red colour. Stoneware is fired hot, whereas raku is fired low. People
have argued for centuries about round or square jars. Slurry is a poor choice for gluing clay.
""",
    "glaze.md": """# Glaze

Some potters dip the glaze thick and others thin: coaches disagree. A matt glaze hides scratches better than a glossy glaze does.
""",
}


@cache
def pottery() -> Assistant:
    corpus = write_articles(home() / "pottery", POTTERY)
    return open_assistant(Settings(corpus=corpus, index=home() / "index", abstain_threshold=0, _env_file=None))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        ("damper open or closed while the kiln is heating up?", "open"),
        ("do you sponge or scrape on the way up", "scrape"),
        ("do you sponge or scrape on the way down", "sponge"),
        ("wide or narrow base for a plate on the wheel?", "wide"),
        ("wide or narrow base for a vase on the wheel?", "narrow"),
        ("which wheel suits small cups, the kick wheel or the electric wheel?", "electric wheel"),
        ("which hides scratches better, a matt glaze or a glossy glaze?", "matt glaze"),
        ("should clay be soft or stiff for throwing on the wheel?", "soft"),
        ("is the red colour of clay from the iron or the sand?", "iron"),
        ("is the handle of a brush one palm or two palms long?", "two"),
        ("which sheds, badger or sable hair?", "badger"),
        ("is raku fired hot or low?", "low"),
    ],
)
def test_the_clause_around_an_option_decides(question: str, verdict: str) -> None:
    assert pottery().ask(question).verdict == verdict


def test_a_clause_that_says_it_is_not_held_against_its_option() -> None:
    assert pottery().ask("damper open or closed while the kiln is cooling down?").verdict in ("closed", None)


@pytest.mark.parametrize(
    "question",
    [
        "round or square jars of clay?",
        "is the glaze dipped thick or thin?",
        "is the wheel round or square?",
        "can I load cups or bowls?",
        "is the kiln blue or green?",
    ],
)
def test_what_no_clause_ties_is_left_open(question: str) -> None:
    assert pottery().ask(question).verdict is None


@pytest.mark.parametrize(
    "question",
    [
        "hook grip or pinch grip to hold a plate?",
        "sit ups or crunches, which is better on the wheel?",
        "brush strokes in or out?",
    ],
    ids=["named-by-synonyms-alone", "named-by-a-little-word", "named-as-a-pair"],
)
def test_options_that_no_article_names_are_left_open(question: str) -> None:
    assert pottery().ask(question).verdict is None


@settings(max_examples=20, deadline=None)
@given(
    pair=st.sampled_from(
        [("open", "closed"), ("wide", "narrow"), ("soft", "stiff"), ("matt", "glossy"), ("thick", "thin")]
    ),
    rest=st.sampled_from(["for the kiln", "for a plate on the wheel", "when the kiln heats up", "for the glaze"]),
)
def test_swapping_the_options_never_changes_the_verdict(pair: tuple[str, str], rest: str) -> None:
    one, other = (pottery().ask(f"{a} or {b} {rest}?").verdict for a, b in (pair, pair[::-1]))
    assert one == other
