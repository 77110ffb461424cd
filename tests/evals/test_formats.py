"""Other people's question sets: SQuAD JSON, BEIR folders, a folder with its corpus; and what is said of broken ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals import commands
from evals.corpus import CorpusTexts
from evals.formats import load_questions
from evals.questions import resolve
from rag.errors import BadInput
from tests.evals_world import LIFTS, opener, question_lines, write_corpus, write_questions


def title(name: str) -> str:
    return name.title()


def write_squad(path: Path) -> Path:
    """The world's answerable questions and its unanswerable ones, as SQuAD 2.0 has them."""
    data = []
    for name, (force, muscle) in LIFTS.items():
        context = f"The {name} is a {force} movement.\n\n## Muscles\n\nThe {name} works {muscle} most."
        answer = {"text": f"The {name} works {muscle} most.", "answer_start": context.index(f"The {name} works")}
        asked = [
            {"id": f"{name}-muscle", "question": f"What does the {name} work most?", "answers": [answer]},
            {
                "id": f"{name}-who",
                "question": f"Who invented the {name} machine in Sweden?",
                "answers": [],
                "is_impossible": True,
            },
        ]
        data.append({"title": title(name), "paragraphs": [{"context": context, "qas": asked}]})
    path.write_text(json.dumps({"version": "v2.0", "data": data}), encoding="utf-8")
    return path


def write_beir(folder: Path) -> Path:
    """The world's articles as BEIR documents, judged for the questions about muscles."""
    (folder / "qrels").mkdir(parents=True)
    documents = [
        {
            "_id": f"d{i}",
            "title": title(name),
            "text": f"The {name} is a {force} movement. The {name} works {muscle} most.",
        }
        for i, (name, (force, muscle)) in enumerate(LIFTS.items())
    ]
    queries = [{"_id": f"{name}-muscle", "text": f"What does the {name} work most?"} for name in LIFTS]
    queries.append({"_id": "unjudged", "text": "What is a lunge?"})
    judged = "".join(f"{name}-muscle\td{i}\t1\n" for i, name in enumerate(LIFTS))
    for name, rows in (("corpus", documents), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}", encoding="utf-8")
    return folder


def overall(tmp_path: Path, *words: str) -> dict[str, Any]:
    """The means of a run of the scripted assistant."""
    assert commands.evaluate([*words, "--out", str(tmp_path / "out")], opener(blind_to=("dip", "squat"))) == 0
    found: dict[str, Any] = json.loads((tmp_path / "out" / "report.json").read_text())["results"]["sides"][0]["overall"]
    return found


@pytest.fixture
def own(tmp_path: Path) -> dict[str, Any]:
    """The same questions in our own shape."""
    lines = [line for line in question_lines() if line["kind"] != "either-or"]
    for line in lines:
        line["answers"] = [entry["quote"] for entry in line.get("evidence", [])]
    corpus, questions = write_corpus(tmp_path / "own"), write_questions(tmp_path / "own.jsonl", lines)
    return overall(tmp_path, "--questions", str(questions), "--corpus", str(corpus))


def test_squad_gives_the_same_figures_as_our_own_shape(own: dict[str, Any], tmp_path: Path) -> None:
    found = overall(tmp_path, "--questions", str(write_squad(tmp_path / "lifts.json")))
    assert found == own
    assert 0 < found["Success@1"]["value"] < 1


def test_a_folder_with_its_corpus_is_one_set(own: dict[str, Any], tmp_path: Path) -> None:
    lines = [line for line in question_lines() if line["kind"] != "either-or"]
    for line in lines:
        line["answers"] = [entry["quote"] for entry in line.get("evidence", [])]
    write_corpus(tmp_path / "set" / "corpus")
    write_questions(tmp_path / "set" / "questions.jsonl", lines)
    assert overall(tmp_path, "--questions", str(tmp_path / "set")) == own


def test_beir_judges_documents(own: dict[str, Any], tmp_path: Path) -> None:
    found = overall(tmp_path, "--questions", str(write_beir(tmp_path / "beir")))
    assert found["nDCG@10"]["value"] == own["nDCG@10"]["value"]
    assert found["Success@1"]["n"] == len(LIFTS)  # the unjudged query is left out


def figures(tmp_path: Path, gold: dict[str, tuple[str, int, int]]) -> dict[str, float]:
    """Success and first quotes of the last run from the replies alone, `gold` being spans by question id."""
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    found: dict[str, list[bool]] = {"Success@1": [], "Success@5": [], "first quote hit": []}
    for sample in report["results"]["sides"][0]["samples"]:
        if sample["id"] not in gold:
            continue
        source, start, end = gold[sample["id"]]
        places = [sample["reply"]["retrieved"], [quote["span"] for quote in sample["reply"]["quotes"]]]
        hits, quoted = ([s["source"] == source and s["start"] < end and start < s["end"] for s in p] for p in places)
        for name, hit in (("Success@1", hits[:1]), ("Success@5", hits[:5]), ("first quote hit", quoted[:1])):
            found[name].append(any(hit))
    return {name: round(sum(hits) / len(hits), 6) for name, hits in found.items()}


def test_squad_and_beir_are_scored_on_the_places_that_their_files_mean(tmp_path: Path) -> None:
    for questions, whole in ((write_squad(tmp_path / "lifts.json"), False), (write_beir(tmp_path / "beir"), True)):
        said = overall(tmp_path, "--questions", str(questions))
        (corpus,) = (tmp_path / "out" / "corpora").glob(f"{questions.stem}-*")
        gold = {}
        for i, (name, (_, muscle)) in enumerate(LIFTS.items()):
            source, sentence = f"{name.replace(' ', '-')}-{i}.md", f"The {name} works {muscle} most."
            text = (corpus / source).read_text()
            at = text.index(sentence)
            gold[f"{name}-muscle"] = (source, 0, len(text)) if whole else (source, at, at + len(sentence))
        assert {name: said[name]["value"] for name in ("Success@1", "Success@5", "first quote hit")} == figures(
            tmp_path, gold
        )
        assert 0 < said["first quote hit"]["value"] < 1


def squad_of(context: str, answer: str, start: int) -> str:
    asked = {"id": "1", "question": "Do rows pull?", "answers": [{"text": answer, "answer_start": start}]}
    return json.dumps({"data": [{"title": "Row", "paragraphs": [{"context": context, "qas": [asked]}]}]})


@pytest.mark.parametrize(
    ("context", "answer"),
    [
        ("Rows\r\npull.\r\nYes, they do.", "they do"),
        ("Half a pair: \ud800. Rows pull.", "Rows pull"),
        ("a\rb pull", "pull"),
    ],
    ids=["windows newlines", "lone surrogate", "old mac newlines"],
)
def test_squad_offsets_count_in_the_paragraph_as_the_file_has_it(context: str, answer: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(squad_of(context, answer, context.index(answer)))
    found = load_questions(tmp_path / "a.json", tmp_path / "scratch")
    (span,), corpus = found.questions[0].gold, found.corpus
    assert corpus is not None
    assert CorpusTexts(corpus)[span.source][span.start : span.end] == answer


@pytest.mark.parametrize("start", [2, 900, -4])
def test_a_squad_answer_that_stands_elsewhere_is_named(start: int, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(squad_of("Rows pull.", "pull", start))
    with pytest.raises(BadInput, match=rf"a\.json: question 1: 'pull' does not stand at {start}"):
        load_questions(tmp_path / "a.json", tmp_path / "scratch")


def test_beir_documents_may_lack_a_title_or_a_text(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "beir")
    rows = [{"_id": "a", "title": None, "text": "Rows pull."}, {"_id": "b", "title": "Dips", "text": ""}]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nrow-muscle\ta\t1\nrow-muscle\tb\t1\n")
    found = load_questions(folder, tmp_path / "scratch")
    assert found.corpus is not None
    texts = CorpusTexts(found.corpus)
    assert [texts[s.source][s.start : s.end] for s in found.questions[0].gold] == ["Rows pull.\n", "# Dips\n"]


def test_squad_evidence_is_the_annotated_text(tmp_path: Path) -> None:
    found = load_questions(write_squad(tmp_path / "lifts.json"), tmp_path / "scratch")
    assert found.corpus is not None
    texts = {path.name: path.read_text() for path in found.corpus.glob("*.md")}
    for question in resolve(found, texts).questions:
        assert tuple(texts[s.source][s.start : s.end] for s in question.gold) == question.answers
        assert question.answerable == bool(question.answers)
    again = load_questions(tmp_path / "lifts.json", tmp_path / "scratch")
    assert again == found


def test_beir_keeps_grades_and_leaves_out_what_is_judged_as_nothing(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "beir")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nrow-muscle\td6\t2\nrow-muscle\td7\t0\n")
    (question,) = load_questions(folder, tmp_path / "scratch").questions
    assert [(span.source, span.relevance) for span in question.gold] == [("row-6.md", 2)]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", "", "holds no question"),
        ("a.json", "{}", "not SQuAD JSON"),
        ("a.json", "[", "a.json: not JSON"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.json", '{"data": [{"title": "x", "paragraphs": [{"qas": []}]}]}', "KeyError: 'context'"),
        ("beir/queries.jsonl", '{"_id": "q"}\n', "no .tsv file of judgements"),
        ("empty/readme.txt", "", "no .jsonl file"),
        ("many/one/questions.jsonl", "", "did you mean one of "),
    ],
)
def test_a_broken_set_is_named(name: str, content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput) as error:
        load_questions(tmp_path / Path(name).parts[0], tmp_path / "scratch")
    assert said in str(error.value)
    assert str(tmp_path) in str(error.value)


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [
        ("qrels/test.tsv", "row-muscle\td1", "test.tsv:14: expected query-id"),
        ("qrels/test.tsv", "row-muscle\tnowhere\t1", "document 'nowhere' of query 'row-muscle' is not in corpus.jsonl"),
        ("qrels/test.tsv", "row-muscle\td1\t--1", "test.tsv:14: expected query-id"),
        ("corpus.jsonl", '{"_id": "x"}', "corpus.jsonl:13: field 'text'"),
        ("corpus.jsonl", '{"_id": "d1", "text": "twice"}', "corpus.jsonl:13: document 'd1' is there already"),
        ("corpus.jsonl", '{"_id": "x", "text": 5}', "corpus.jsonl:13: field 'text'"),
        ("queries.jsonl", "[]", "queries.jsonl:14: not a JSON object"),
    ],
)
def test_a_broken_line_of_a_beir_folder_is_named(file: str, line: str, said: str, tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "beir")
    with (folder / file).open("a", encoding="utf-8") as text:
        text.write(line + "\n")
    with pytest.raises(BadInput) as error:
        load_questions(folder, tmp_path / "scratch")
    assert said in str(error.value)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file or folder"):
        load_questions(tmp_path / "nowhere", tmp_path)
