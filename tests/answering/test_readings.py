"""What is read beside the question: a sentence with what it needs to be understood."""

from __future__ import annotations

import pytest

from rag.answering.conversation import understand
from rag.answering.ranking import Ranking
from rag.answering.readings import COUNTS, piece_of, read, reordered
from rag.assistant import Assistant, open_assistant
from rag.entailment.model import load_entailment
from rag.settings import Settings
from tests.answering_world import home, write_articles

ARTICLES = {
    "kiln.md": "# The kiln\n\nA kiln burns clay at 1,000 degrees for ten hours.\n\n## Questions\n\n### Can glass be fired in it?\n\n"
    "Only in a slow firing. The walls must cool by themselves.\n\n## Before firing\n\nNever put in:\n\n- wet pots\n- sealed jars\n\n"
    "## Cones\n\n| Cone | Heat |\n|---|---|\n| 06 | 999 °C |\n| 6 | 1,222 °C |\n",
}
"""One short article."""


def world() -> Assistant:
    corpus = write_articles(home() / "readings", ARTICLES)
    return open_assistant(Settings(corpus=corpus, index=home() / "index", _env_file=None))  # type: ignore[call-arg]


def ranked(question: str) -> Ranking:
    assistant = world()
    return assistant.rank(assistant.index, understand(question, [], assistant.subjects(assistant.index)))


@pytest.mark.parametrize(
    ("sentence", "piece"),
    [
        ("A kiln burns", "The kiln. A kiln burns clay at 1,000 degrees for ten hours."),
        ("Only in", "The kiln. Questions. Can glass be fired in it? Only in a slow firing."),
        (
            "The walls",
            "The kiln. Questions. Can glass be fired in it? Only in a slow firing. The walls must cool by themselves.",
        ),
        ("sealed", "The kiln. Before firing. Never put in: sealed jars"),
        ("6 ", "The kiln. Cones. Cone 6 – Heat: 1,222 °C"),
    ],
)
def test_a_sentence_is_read_as_a_reader_comes_to_it(sentence: str, piece: str) -> None:
    found = ranked("what about the walls of the kiln, sealed jars, glass firing and the heat of cone 6?")
    assert [piece_of(s) for s in found.sentences if s.text.startswith(sentence)] == [piece]


def test_a_question_that_is_answered_reads_better_than_one_that_is_near() -> None:
    model = load_entailment()
    how_hot, how_dear = (
        max(read(question, ranked(question), model))
        for question in ("how hot does a kiln get", "what does a kiln cost")
    )
    assert how_hot > 0 > how_dear


def test_the_sentence_that_reads_like_an_answer_comes_first() -> None:
    found = ranked("what about the walls of the kiln, sealed jars, glass firing and the heat of cone 6?")
    first, second, third = (s.text for s in found.sentences[:3])
    scores = [s.score for s in found.sentences]
    gap = scores[0] - scores[1]

    def texts(*answers: float) -> list[str]:
        return [s.text for s in reordered(found, answers).sentences[:3]]

    assert texts(0.0, 0.0) == texts() == [first, second, third]
    assert texts(0.0, 2.1 * gap / COUNTS) == [second, first, third]
    assert texts(0.0, 0.9 * gap / COUNTS) == [first, second, third]
    turned = reordered(found, (-9.0, 9.0))
    assert [s.score for s in turned.sentences] == scores  # the places are changed, not what they are worth
    assert turned.passages[0][0] is turned.sentences[0].passage
    assert {p.passage_id for p, _ in turned.passages} == {p.passage_id for p, _ in found.passages}
