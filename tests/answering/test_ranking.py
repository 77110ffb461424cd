"""Which sentence answers: late interaction on real articles, and what can never be an answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.conversation import understand
from rag.answering.ranking import FEATURES, Ranking, rank, token_weights
from rag.answering.retrieval import Query, search
from rag.index import open_index, update_index
from rag.types import ANSWERING
from tests.answering_world import BREAD, article, embedder, open_world
from tests.word_embeddings import WordEmbeddings


def ranked(name: str, question: str) -> Ranking:
    assistant = open_world(name)
    index = assistant.index
    return assistant.rank(index, understand(question, [], assistant.subjects(index)))


@pytest.mark.parametrize(
    ("name", "question", "says"),
    [
        ("bread", "How long does sourdough prove?", "The dough proves for twelve hours"),
        ("bread", "Where does the sour taste come from?", "Its sour taste comes from the acids"),
        ("bread", "Why is rye dough sticky?", "Rye dough is sticky, because"),
        ("bread", "How long does matzo keep?", "Matzo keeps for a year"),
        ("bread", "What keeps the crust soft?", "Steam keeps the crust soft"),
        ("bicycles", "How wide are the tyres of a gravel bike?", "Its tyres are forty"),
        ("bicycles", "How wide are the tyres of a track bike?", "Its tyres are twenty-three"),
        ("bicycles", "When should I replace a bicycle chain?", "Replace it after about three thousand"),
        ("garden", "What causes blossom end rot?", "It is caused by uneven watering"),
        ("garden", "My compost heap smells of eggs, why?", "A heap that smells of eggs"),
        ("garden", "How often do I turn the compost heap?", "Turn the heap once a month"),
    ],
)
def test_the_sentence_that_answers_comes_first(name: str, question: str, says: str) -> None:
    assert says in " ".join(ranked(name, question).sentences[0].text.split())


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(
        [
            "how to shape a loaf",
            "FAQ",
            "Do I need a baking stone?",
            "Rye bread has several benefits:",
            "Proving",
            "Matzo",
        ]
    )
)
def test_headings_questions_and_lead_ins_are_never_ranked(question: str) -> None:
    for sentence in ranked("bread", question).sentences:
        assert sentence.sentence.role in ANSWERING
        assert sentence.text not in ("Rye bread has several benefits:", "### Do I need a baking stone?")


def test_a_model_whose_tokens_are_wider_than_its_texts_ranks_as_well(tmp_path: Path) -> None:
    embeddings = WordEmbeddings(dimension=16, token_dimension=40)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "matzo.md").write_text(BREAD["matzo.md"])
    update_index(tmp_path / "corpus", tmp_path / "index", embeddings)
    index = open_index(tmp_path / "index", embeddings)
    ranking = rank(
        index, search(index, embeddings, [Query("matzo keeps for")], fetch_k=5, dense_weight=0.7), "matzo keeps for"
    )
    assert ranking.sentences[0].text == "Matzo keeps for a year in a dry tin."


@settings(max_examples=25, deadline=None)
@given(question=st.text(min_size=1, max_size=50))
def test_any_text_is_ranked_in_order_with_exact_spans(question: str) -> None:
    ranking = ranked("bread", question)
    scores = [sentence.score for sentence in ranking.sentences]
    assert scores == sorted(scores, reverse=True)
    assert all(np.isfinite(scores))
    for sentence in ranking.sentences:
        text = article("bread", sentence.passage.source)
        assert text[sentence.sentence.start : sentence.sentence.end] == sentence.text


def test_a_passage_is_as_good_as_its_best_sentence() -> None:
    ranking = ranked("bread", "Why is rye dough sticky?")
    best: dict[str, float] = {}
    for sentence in ranking.sentences:
        best.setdefault(sentence.passage.passage_id, sentence.score)
    assert [score for _, score in ranking.passages] == sorted((s for _, s in ranking.passages), reverse=True)
    assert all(best[p.passage_id] == score for p, score in ranking.passages if p.passage_id in best)
    assert ranking.passages[0][0].passage_id == ranking.sentences[0].passage.passage_id


def test_the_answer_under_an_articles_own_question_is_lifted() -> None:
    assert ranked("bread", "Do I need a baking stone?").sentences[0].text in (
        "No.",
        "A heavy iron pot with a lid works as well, since it keeps the steam in.",
    )


SOWING = """# Sowing

## Sowing depth

| Crop | Depth of the drill | Weeks to sprout |
|---|---|---|
| Bean | 5 | 2 |
| Carrot | 1 | 3 |

## When not to sow

- The soil is frozen
- Rain stands on the bed
"""


def sown(question: str, folder: Path) -> Ranking:
    """The ranking for an article with a table and a list."""
    (folder / "corpus").mkdir()
    (folder / "corpus" / "sowing.md").write_text(SOWING)
    update_index(folder / "corpus", folder / "index", embedder())
    index = open_index(folder / "index", embedder())
    return rank(index, search(index, embedder(), [Query(question)], fetch_k=5, dense_weight=0.7), question)


def test_a_row_is_read_with_the_names_of_its_columns(tmp_path: Path) -> None:
    ranking = sown("what depth of drill does a carrot need", tmp_path)
    best = ranking.sentences[0]
    assert best.text == "Carrot | 1 | 3"
    assert best.features[list(FEATURES).index("late")] > ranking.token_weights @ best.late + 0.05


def test_what_stands_under_the_heading_that_is_asked_is_lifted_together(tmp_path: Path) -> None:
    ranking = sown("when should you not sow?", tmp_path)
    assert {s.text for s in ranking.sentences[:2]} == {"The soil is frozen", "Rain stands on the bed"}
    assert [s.asked for s in ranking.sentences] == [1.0, 1.0, 0.0, 0.0]


def test_the_words_weights_add_up_and_rare_words_count_more() -> None:
    index = open_world("bread").index
    question = embedder().encode_query("is the matzo")
    weights = token_weights(index, question)
    assert weights.sum() == pytest.approx(1.0, abs=1e-5)
    assert weights.min() >= 0
    assert weights[2:].max() > weights[:2].max()
