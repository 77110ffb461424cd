"""Key-value lines, and what sentences say, in subjects far from strength training: no verdict may come from another thing's clause."""

from __future__ import annotations

from functools import cache

import pytest

from rag.assistant import Assistant, open_assistant
from rag.settings import Settings
from tests.answering_world import home, write_articles

GARDEN = {
    "foxglove.md": """# Foxglove

Foxglove sends up a tall spike of bells in its second year and dies after it has set seed. It is grown from seed, and the seedlings need
no protection from frost.

## Facts

- Life cycle: biennial
- Toxic to dogs: yes
- Edible: no
- Soil: clay
""",
    "lavender.md": """# Lavender

Lavender is an evergreen shrub rather than a herb. It hates wet feet, and rots in heavy clay. Prune it after flowering, never into old
wood.

## Facts

- Life cycle: perennial
- Toxic to dogs: no
- Lavender scares moths: yes
- Water needed in winter: no more than a cup
- Edible: yes
- Soil: sand
""",
    "sunflower.md": """# Sunflower

It is sown directly where it is to flower, since the sunflower does not like being moved. The claim that a sunflower cleans the soil is
common.

## Facts

- Life cycle: annual
- Toxic to dogs: no
- Soil: loam
""",
    "spider.md": """# Spider

Spiders are arachnids, not insects. An insect has six legs; a spider has eight legs and two body parts, and no wings. Not every spider
spins a web. Contrary to the saying, spiders are not deaf.

## FAQ

### Are spiders dangerous to people?

No. They would rather run than bite.
""",
    "otter.md": """# Otter

The otter is not a rodent. The sea otter is heavier than the river otter, which lives inland. An otter cannot hear ships. It eats fish.
""",
    "whale.md": """# Whale

Whales are mammals. A whale moves its tail up and down, whereas a fish moves its tail from side to side. A whale shark has gills, but
it is not a whale.
""",
}


@cache
def garden() -> Assistant:
    corpus = write_articles(home() / "meadow", GARDEN)
    return open_assistant(Settings(corpus=corpus, index=home() / "meadow-index", abstain_threshold=0, _env_file=None))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        ("is foxglove toxic to dogs?", "yes"),
        ("is lavender toxic to dogs?", "no"),
        ("isn't lavender toxic to dogs?", "no"),
        ("is the foxglove edible?", "no"),
        ("is a foxglove annual or biennial?", "biennial"),
        ("are lavenders annuals or perennials?", "perennials"),
        ("clay or sand for lavender?", "sand"),
        ("so the sunflower is a perennial, right?", "no"),
        ("is the sunflower an annual?", "yes"),
        ("do foxglove seedlings need protection from frost?", "no"),
        ("can I prune lavender into old wood?", "no"),
        ("do sunflowers like being moved?", "no"),
        ("is lavender evergreen?", "yes"),
        ("does lavender scare moths?", "yes"),
        ("are spiders insects?", "no"),
        ("do spiders have wings?", "no"),
        ("do all spiders spin webs?", "no"),
        ("are spiders deaf?", "no"),
        ("are spiders dangerous to people?", "no"),
        ("are whales mammals?", "yes"),
        ("is the otter a kind of rodent?", "no"),
        ("is the sea otter heavier than the river otter?", "yes"),
    ],
)
def test_what_lines_and_clauses_settle(question: str, verdict: str) -> None:
    assert garden().ask(question).verdict == verdict


@pytest.mark.parametrize(
    "question",
    [
        "is the river otter heavier than the sea otter?",
        "is the sea otter lighter than the river otter?",
        "can an otter fail to hear ships?",
        "do otters eat people?",
        "are whales fish?",  # a fish is named in a clause of its own
        "do spiders have six legs?",
        "does the sunflower clean the soil?",  # a claim is reported
        "is foxglove toxic?",  # to dogs, says the article
        "is lavender toxic to cats?",
        "do moths scare lavender?",
        "is water needed in winter for lavender?",  # no more than a cup
        "does a foxglove live one year or two?",
        "foxglove or lavender, how do they differ?",
    ],
)
def test_what_they_leave_open(question: str) -> None:
    assert garden().ask(question).verdict is None


def test_a_value_that_excludes_is_said_in_its_place() -> None:
    answer = garden().ask("so the sunflower is a perennial, right?")
    assert answer.text.startswith("No: annual.") and answer.citations[0].quote == "Life cycle: annual"
