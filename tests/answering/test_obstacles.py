"""What keeps a clause from settling a claim; and, end to end, that ordinary sentences say yes to nothing that they do not say."""

from __future__ import annotations

import hashlib

import pytest

from rag.answering.clauses import clauses
from rag.answering.obstacles import (
    is_contrary,
    is_crossed,
    is_mistake,
    is_of_a_stranger,
    is_rival,
    is_turned_about,
    is_unreal,
    narrows,
)
from rag.assistant import Assistant, open_assistant
from rag.settings import Settings
from rag.words import content_stems, words
from tests.answering_world import home, write_articles


@pytest.mark.parametrize(
    ("claimed", "said", "rival"),
    [
        ("sunday", "open on saturday", True),
        ("six", "it has eight legs", True),
        ("1916", "in 1918", True),
        ("open", "the pass is closed", True),
        ("barley", "a wheat loaf", True),
        ("newcomer", "for a beginner", False),
    ],
)
def test_a_word_of_its_kind_stands_for_no_other(claimed: str, said: str, rival: bool) -> None:
    assert is_rival(words(claimed)[0], words(said)) is rival


@pytest.mark.parametrize(
    ("text", "unreal"),
    [
        ("The mill stopped grinding rye in 1990.", True),
        ("The mill used to grind rye.", True),
        ("The stone is used to grind rye.", False),
        ("The dam nearly broke.", True),
        ("Nearly all mills grind rye.", False),
        ("The bulbs are too bitter to eat.", True),
        ("It is watered once a week.", False),
        ("The mill grinds rye.", False),
        ("The flour is quite dark.", False),
        ("The stone is commonly used to grind rye.", False),
    ],
)
def test_what_is_only_wanted_or_was_so_once_is_not_so(text: str, unreal: bool) -> None:
    assert is_unreal(text, words("does the mill grind rye")) is unreal


def test_what_a_claim_says_itself_is_no_obstacle() -> None:
    assert not is_unreal("The mill stopped in 1990.", words("did the mill stop"))


@pytest.mark.parametrize(
    ("text", "stranger"),
    [
        ("Steel rusts in damp air.", True),
        ("Copper rusts in damp air.", False),
        ("It rusts in damp air.", False),
        ("In damp air steel rusts.", False),
        ("Store copper in a dry place.", False),
    ],
)
def test_a_clause_may_be_of_a_stranger(text: str, stranger: bool) -> None:
    assert is_of_a_stranger(clauses(text)[0], frozenset(content_stems("copper rust damp air"))) is stranger


@pytest.mark.parametrize(
    ("claim", "text", "turned"),
    [
        ("cats chase dogs", "Dogs chase cats.", True),
        ("dogs chase cats", "Dogs chase cats.", False),
        ("cats chase dogs", "Dogs are chased by cats.", False),
        ("rectangles squares", "Squares are rectangles.", True),
        ("I pop a blister", "A blister is popped.", False),
    ],
)
def test_the_same_things_may_change_places(claim: str, text: str, turned: bool) -> None:
    assert is_turned_about(claim, content_stems(claim), clauses(text)[0]) is turned


@pytest.mark.parametrize(
    ("text", "denied", "narrowed"),
    [
        ("Male mosquitoes do not bite.", True, True),
        ("Mosquitoes do not bite.", True, False),
        ("Most mosquitoes bite.", False, True),
        ("Dried mosquitoes bite.", False, True),
        ("Marsh mosquitoes bite.", False, False),
    ],
)
def test_a_clause_may_speak_of_some_only(text: str, denied: bool, narrowed: bool) -> None:
    assert narrows(clauses(text)[0], content_stems("mosquitoes"), content_stems("bite"), denied=denied) is narrowed


@pytest.mark.parametrize(
    ("text", "heading", "mistake"),
    [
        ("Letting the dough dry out.", "Common mistakes", True),
        ("Keep the dough covered instead.", "Common mistakes", False),
        ("Cover the dough.", "Common mistakes", False),
        ("Letting the dough dry out.", "How to avoid mistakes", False),
        ("Letting the dough dry out.", "Proving", False),
    ],
)
def test_a_mistake_stands_under_such_a_heading_and_is_no_remedy(text: str, heading: str, mistake: bool) -> None:
    assert is_mistake(text, (heading,)) is mistake


def opened(title: str, text: str) -> Assistant:
    """An assistant for a folder with one article."""
    name = hashlib.sha256(f"{title}{text}".encode()).hexdigest()[:12]
    corpus = write_articles(home() / f"traps-{name}", {"a.md": f"# {title}\n\n{text}\n"})
    return open_assistant(Settings(corpus=corpus, index=home() / "index", abstain_threshold=0, _env_file=None))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("claim", "text", "crossed"),
    [
        ("garlic harvested in autumn", "Garlic is planted in autumn and harvested in summer.", True),
        ("garlic harvested in summer", "Garlic is planted in autumn and harvested in summer.", False),
        ("bats hunt by day", "Bats sleep by day and hunt at night.", True),
        ("a rare steak reach 70 degrees", "A rare steak reaches 50 degrees and a well-done one 70.", True),
        ("recorders washed", "Recorders are cheap, and they can be washed.", False),
        ("it contain iron and zinc", "It contains iron and zinc.", False),
        ("Lorz win the race", "The race was won by Hicks after Lorz, who had ridden, was barred.", True),
    ],
)
def test_what_a_sentence_says_of_two_things_may_be_crossed(claim: str, text: str, crossed: bool) -> None:
    asked = [word for word in words(claim) if word.content]
    assert is_crossed(text, asked, {asked[0].stem}) is crossed


@pytest.mark.parametrize(
    ("claim", "text", "contrary"),
    [
        ("take it after meals", "Take it two hours before meals.", True),
        ("take it before meals", "Take it two hours before meals.", False),
        ("I register a work", "You do not have to register a work.", True),
        ("I need to register a work", "You do not have to register a work.", False),
        ("the hut open in may", "The hut is open from June.", True),
        ("the hut open in may", "The hut is open in May.", False),
    ],
)
def test_small_words_may_say_the_contrary(claim: str, text: str, contrary: bool) -> None:
    assert is_contrary(claim, text) is contrary


def test_what_holds_no_word_is_no_mistake() -> None:
    assert not is_mistake("?!…", ("Common mistakes",))


TRAPS = [
    ("Town Library", "The library opens on Mondays and Fridays. It lends maps.", "does the library open on Sundays?"),
    ("Long March", "The march ended in 1921. It began at the coast.", "did the march end in 1925?"),
    ("High Pass", "The pass is closed in January. It leads to the valley.", "is the pass open in January?"),
    ("Hornets", "Wasps nest in the ground. A hornet nests in trees.", "do hornets nest in the ground?"),
    ("Bronze", "Bronze rings like a bell. Iron rusts in the rain.", "does bronze rust in the rain?"),
    (
        "Mill Pond",
        "The pond lies in a wood. Bathing in the pond is forbidden.",
        "is it safe to go bathing in a quarry?",
    ),
    ("Old Mill", "The mill stopped grinding rye in 1990. It is a museum.", "does the mill still grind rye?"),
    ("Weir", "The weir nearly collapsed in a flood. It was built of oak.", "did the weir collapse in a flood?"),
    ("Ivy", "Ivy climbs on walls. Goats that eat ivy die within days.", "can goats eat ivy?"),
    ("Gnats", "Gnats breed in ponds. Male gnats do not sting.", "do gnats sting?"),
    ("Foxes", "Dogs often chase foxes. A fox sleeps by day.", "do foxes often chase dogs?"),
    ("Ferns", "Ferns grow in the shade. Less light harms the fern.", "does more light help the fern?"),
    ("Bream", "A bream is as good as carp for soup. It has many bones.", "is bream better than carp for soup?"),
    (
        "Mars Hill",
        "Mars Hill is near the sea. Gull Hill is higher than Mars Hill.",
        "is Mars Hill higher or lower than Gull Hill?",
    ),
    (
        "Side Plank",
        "The side plank trains the trunk. Do side planks after dynamic lifts.",
        "is the side plank static or dynamic?",
    ),
    ("Shrug", "The shrug trains the neck. Superset the shrug with a push such as the dip.", "is the shrug a push?"),
    ("Curl", "The curl bends the elbow.\n\nEquipment: dumbbell\nPaired with: push", "is the curl a push or a pull?"),
    (
        "Ponds",
        "Ponds freeze.\n\n## FAQ\n\n### Do ponds harm frogs?\n\nThey may. Deep ponds kill no frog.",
        "do ponds kill frogs?",
    ),
]


@pytest.mark.parametrize(("title", "text", "question"), TRAPS, ids=[question for *_, question in TRAPS])
def test_what_looks_like_an_answer_gets_no_verdict(title: str, text: str, question: str) -> None:
    assert opened(title, text).ask(question).verdict is None


SETTLED = [
    ("Mill Pond", "The pond lies in a wood. Bathing in the pond is forbidden.", "can I go bathing in the pond?", "no"),
    ("Row", "The row trains the back. The row is not, strictly speaking, a push.", "is the row a push?", "no"),
    (
        "Eels",
        "Eels swim.\n\n## FAQ\n\n### Can I keep eels that do not feed?\n\nNo. Let them go.",
        "Can I keep eels that do not feed?",
        "no",
    ),
    (
        "Rest",
        "Rest well.\n\n## FAQ\n\n### Can you add walks?\n\nSure. Two a week do no harm. Don't add runs.",
        "can you add walks?",
        "yes",
    ),
    (
        "Salt",
        "Salt.\n\nMyth: Salt ruins the yeast.\n\nTruth: It only slows it down.",
        "does salt ruin the yeast?",
        "no",
    ),
    (
        "Trains",
        "Ride.\n\n## How to avoid stiff legs\n\nDrink water on the train.",
        "should I drink water on the train?",
        "yes",
    ),
]


@pytest.mark.parametrize(
    ("title", "text", "question", "verdict"), SETTLED, ids=[question for *_, question, _ in SETTLED]
)
def test_what_is_said_in_so_many_words_still_settles(title: str, text: str, question: str, verdict: str) -> None:
    assert opened(title, text).ask(question).verdict == verdict
