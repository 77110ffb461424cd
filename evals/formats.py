"""Question sets in the shapes that people have them: our JSONL, a folder with its corpus, SQuAD JSON, BEIR folders.

The foreign shapes bring their articles inside; these are written out as a folder of `.md` files, so that they are
indexed and quoted as anybody's would be. This module knows nothing of the assistant.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evals.files import read_text
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


def _load(path: Path, scratch: Path) -> QuestionSet:
    if path.is_file():
        return squad(path, scratch) if path.suffix == ".json" else QuestionSet(path.stem, read_questions(path))
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
    try:
        for number, article in enumerate(json.loads(read_text(path))["data"]):
            title = article["title"].replace("_", " ")
            source, text = f"{slug(title)}-{number}.md", f"# {title}\n"
            for paragraph in article["paragraphs"]:
                context = unix_newlines(paragraph["context"])
                offset = len(text) + 1
                text += f"\n{context}\n"
                questions += [_squad_question(qa, source, offset, path) for qa in paragraph["qas"]]
            articles[source] = text
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{path}: not SQuAD JSON, which is data > paragraphs > context and qas ({type(error).__name__}: {error})"
        ) from None
    return QuestionSet(path.stem, tuple(questions), _write_corpus(articles, scratch, path.stem))


def _squad_question(qa: Mapping[str, Any], source: str, offset: int, path: Path) -> Question:
    impossible = bool(qa.get("is_impossible", False))
    answers = [] if impossible else qa["answers"]
    starts = [(offset + int(a["answer_start"]), str(a["text"])) for a in answers]
    return Question(
        id=str(qa["id"]),
        question=qa["question"].strip(),
        kind="unanswerable" if impossible else "answerable",
        answerable=not impossible,
        gold=tuple(Span(source, start, start + len(text)) for start, text in starts),
        answers=tuple(dict.fromkeys(text for _, text in starts)),
        where=f"{path}: question {qa['id']}",
    )


def beir(path: Path, scratch: Path) -> QuestionSet:
    """A BEIR folder (Thakur et al. 2021): the judged documents are evidence as a whole, with their grades; queries
    without a judgement are left out, as BEIR leaves them."""
    qrels = _qrels(path / "qrels")
    names: dict[str, str] = {}
    articles: dict[str, str] = {}
    for number, (_, row) in enumerate(_json_lines(path / "corpus.jsonl", ("_id", "text"))):
        title, text = str(row.get("title", "")).strip(), unix_newlines(str(row["text"])).strip()
        names[row["_id"]] = f"{slug(title or row['_id'])}-{number}.md"
        articles[names[row["_id"]]] = f"# {title}\n\n{text}\n" if title else f"{text}\n"
    questions = []
    for where, row in _json_lines(path / "queries.jsonl", ("_id", "text")):
        judged = qrels.get(row["_id"], {})
        for document in judged:
            if document not in names:
                raise BadInput(
                    f"{path / 'qrels'}: document {document!r} of query {row['_id']!r} is not in corpus.jsonl"
                )
        gold = tuple(Span(names[d], 0, len(articles[names[d]]), grade) for d, grade in judged.items() if grade > 0)
        if gold:
            questions.append(Question(id=row["_id"], question=row["text"].strip(), gold=gold, where=where))
    return QuestionSet(path.resolve().name, tuple(questions), _write_corpus(articles, scratch, path.resolve().name))


def _json_lines(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadInput(f"{path}:{number}: not JSON ({error.msg})") from None
        if not isinstance(row, dict):
            raise BadInput(f"{path}:{number}: not a JSON object")
        for name in needed:
            if not isinstance(row.get(name), str) or not row[name]:
                raise BadInput(f"{path}:{number}: field {name!r} is missing or no text")
        yield f"{path}:{number}", row


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
        if len(row) != 3 or not row[2].strip().lstrip("-").isdigit():
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


def unix_newlines(text: str) -> str:
    """`text` with `\\r\\n` and lone `\\r` as one newline. (SQuAD offsets count in texts that hold neither.)"""
    return text.replace("\r\n", "\n").replace("\r", "\n")
