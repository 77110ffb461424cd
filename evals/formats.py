"""Question sets in the shapes that people have them: our JSONL, a folder with its corpus, SQuAD JSON, BEIR folders.

The foreign shapes bring their articles inside; these are written out as a folder of `.md` files, so that they are
indexed and quoted as anybody's would be. This module knows nothing of the assistant.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.files import parse_json, read_rows, read_text
from evals.questions import Question, QuestionSet, Span, check_ids, read_questions
from rag.errors import BadInput


def load_questions(path: Path, scratch: Path) -> QuestionSet:
    """The set at `path`, whichever shape it has.

    Args:
        path: a `.jsonl` file or a folder of them; a folder with `questions.jsonl` and `corpus/`; a SQuAD `.json`; a
            BEIR folder (`corpus.jsonl`, `queries.jsonl`, `qrels/`).
        scratch: where the articles of a SQuAD or BEIR set are written; the same set is written to the same place.

    Raises:
        BadInput: nothing there, an unknown shape, an empty set, or a malformed line (with file and line).
    """
    if not path.exists():
        raise BadInput(f"{path}: no such file or folder; give --questions a .jsonl, a SQuAD .json or a BEIR folder")
    found = _load(path, scratch)
    if not found.questions:
        raise BadInput(f"{path}: holds no question")
    check_ids(found.questions)
    return found


def set_folders(path: Path) -> list[Path]:
    """Of a folder that holds no questions itself, its folders that hold them with their own `corpus/`; else the path alone."""
    inside = sorted(found.parent for found in path.glob("*/questions.jsonl") if (found.parent / "corpus").is_dir())
    return inside if inside and not any(path.glob("*.jsonl")) else [path]


def _load(path: Path, scratch: Path) -> QuestionSet:
    if path.is_file():
        return squad(path, scratch) if path.suffix.lower() == ".json" else QuestionSet(path.stem, read_questions(path))
    if (path / "queries.jsonl").is_file():
        return beir(path, scratch)
    files = sorted(path.glob("*.jsonl"))
    if not files:
        inside = sorted(str(p.parent) for p in path.glob("*/questions.jsonl"))
        hint = f"; did you mean one of {', '.join(inside)}?" if inside else ""
        raise BadInput(f"{path}: no .jsonl file and no queries.jsonl in this folder{hint}")
    questions = tuple(question for file in files for question in read_questions(file))
    corpus = path / "corpus"
    return QuestionSet(path.resolve().name, questions, corpus if corpus.is_dir() else None)


def squad(path: Path, scratch: Path) -> QuestionSet:
    """SQuAD 1.1 or 2.0 (Rajpurkar et al. 2016, 2018): one article a title, its paragraphs in order; every annotated
    answer is evidence."""
    articles: dict[str, str] = {}
    questions: list[Question] = []
    found = parse_json(read_text(path), str(path))
    try:
        for number, article in enumerate(found["data"]):
            title = plain_text(article["title"]).replace("_", " ")
            source, text = f"{slug(title)}-{number}.md", f"# {title}\n"
            for paragraph in article["paragraphs"]:
                context = str(paragraph["context"])
                place = _Place(source, len(text) + 1, context, path)
                text += f"\n{plain_text(context)}\n"
                questions += [_squad_question(qa, place) for qa in paragraph["qas"]]
            articles[source] = text
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{path}: not SQuAD JSON, which is data > paragraphs > context and qas ({type(error).__name__}: {error})"
        ) from None
    return QuestionSet(path.stem, tuple(questions), _write_corpus(articles, scratch, path.stem))


@dataclass(frozen=True, slots=True)
class _Place:
    """A SQuAD paragraph as its file has it, and where in our article `source` it begins."""

    source: str
    offset: int
    context: str
    path: Path


def _squad_question(qa: Mapping[str, Any], place: _Place) -> Question:
    impossible = bool(qa.get("is_impossible", False))
    where = f"{place.path}: question {qa['id']}"
    answers = [] if impossible else [(int(a["answer_start"]), str(a["text"])) for a in qa["answers"]]
    return Question(
        id=str(qa["id"]),
        question=plain_text(qa["question"]).strip(),
        kind="unanswerable" if impossible else "answerable",
        answerable=not impossible,
        gold=tuple(_squad_span(start, text, place, where) for start, text in answers),
        answers=tuple(dict.fromkeys(plain_text(text) for _, text in answers)),
        where=where,
    )


def _squad_span(start: int, text: str, place: _Place, where: str) -> Span:
    if not text or start < 0 or place.context[start : start + len(text)] != text:
        raise BadInput(f"{where}: {text[:60]!r} does not stand at {start} in its paragraph; correct answer_start")
    begin = place.offset + len(plain_text(place.context[:start]))
    return Span(place.source, begin, begin + len(plain_text(text)))


def beir(path: Path, scratch: Path) -> QuestionSet:
    """A BEIR folder (Thakur et al. 2021): the judged documents are evidence as a whole, with their grades; queries
    without a judgement are left out, as BEIR leaves them."""
    qrels = _qrels(path / "qrels")
    names, articles = _beir_articles(path / "corpus.jsonl")
    questions = []
    for where, row in read_rows(path / "queries.jsonl"):
        query = _field(row, "_id", where)
        judged = qrels.get(query, {})
        if unknown := next((document for document in judged if document not in names), None):
            raise BadInput(f"{path / 'qrels'}: document {unknown!r} of query {query!r} is not in corpus.jsonl")
        gold = tuple(Span(names[d], 0, len(articles[names[d]]), grade) for d, grade in judged.items() if grade > 0)
        if gold:
            questions.append(Question(query, plain_text(_field(row, "text", where)).strip(), gold=gold, where=where))
    return QuestionSet(path.resolve().name, tuple(questions), _write_corpus(articles, scratch, path.resolve().name))


def _beir_articles(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The source of each document by its id, and the text by source. A document without a text is known by its title,
    one without either by its id: it may be judged all the same."""
    names: dict[str, str] = {}
    articles: dict[str, str] = {}
    for number, (where, row) in enumerate(read_rows(path)):
        name = _field(row, "_id", where)
        if name in names:
            raise BadInput(f"{where}: document {name!r} is there already")
        title = plain_text(_field(row, "title", where, "")).strip()
        text = plain_text(_field(row, "text", where, None if not title else "")).strip()
        names[name] = f"{slug(title or name)}-{number}.md"
        articles[names[name]] = "\n\n".join(part for part in (title and f"# {title}", text) if part) + "\n"
    return names, articles


def _field(row: Mapping[str, Any], name: str, where: str, default: str | None = None) -> str:
    """A field that is text; `default` where it is absent or null, if there is one."""
    value = row.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or (not value.strip() and default is None):
        raise BadInput(f"{where}: field {name!r} is missing or no text")
    return value


def _qrels(folder: Path) -> dict[str, dict[str, int]]:
    """Grades by query and document, of the test split, or of the only one there is."""
    files = sorted(folder.glob("*.tsv"))
    file = next((f for f in files if f.stem == "test"), files[0] if files else None)
    if file is None:
        raise BadInput(f"{folder}: no .tsv file of judgements (query-id, corpus-id, score)")
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for number, line in enumerate(read_text(file).split("\n"), 1):
        row = line.split("\t")
        if not line.strip() or (number == 1 and row[-1].strip() == "score"):
            continue
        if len(row) != 3 or not re.fullmatch(r"\s*-?[0-9]+\s*", row[2]):
            raise BadInput(f"{file}:{number}: expected query-id, corpus-id and a whole score, separated by tabs")
        found[row[0]][row[1]] = int(row[2])
    return found


def _write_corpus(articles: Mapping[str, str], scratch: Path, name: str) -> Path:
    """The folder that holds these articles; named by their content, so that a second run finds its index again."""
    digest = hashlib.sha256(json.dumps(articles, sort_keys=True).encode()).hexdigest()[:12]
    folder = scratch / f"{slug(name)}-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    for source, text in articles.items():
        (folder / source).write_text(text, encoding="utf-8", newline="\n")
    return folder


def slug(text: str) -> str:
    """A file name that reads like `text`."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "untitled"


def plain_text(text: str) -> str:
    """`text` as its file will be read: `\\r\\n` and lone `\\r` as one newline, halves of surrogate pairs as `?`."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\r\n", "\n").replace("\r", "\n")
