"""A small world to measure in: a corpus, questions about it, and a scripted assistant whose faults can be chosen."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rag.types import Answer, Article, Citation, Passage, Retrieved, Sentence, Turn

LIFTS = {
    "bench press": ("push", "the chest"),
    "overhead press": ("push", "the shoulders"),
    "dip": ("push", "the triceps"),
    "push-up": ("push", "the chest"),
    "squat": ("push", "the thighs"),
    "leg press": ("push", "the quadriceps"),
    "row": ("pull", "the upper back"),
    "pull-up": ("pull", "the lats"),
    "curl": ("pull", "the biceps"),
    "deadlift": ("pull", "the hips"),
    "face pull": ("pull", "the rear shoulders"),
    "leg curl": ("pull", "the hamstrings"),
}


def write_corpus(folder: Path) -> Path:
    """An article a lift: a title, what it is, what it works."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (force, muscle) in LIFTS.items():
        text = (
            f"# {name.title()}\n\nThe {name} is a {force} movement.\n\n## Muscles\n\nThe {name} works {muscle} most.\n"
        )
        (folder / f"{name.replace(' ', '-')}.md").write_text(text, encoding="utf-8")
    return folder


def question_lines() -> list[dict[str, Any]]:
    """Three questions a lift (its verdict, its muscle, something that its article does not say)."""
    lines: list[dict[str, Any]] = []
    for name, (force, muscle) in LIFTS.items():
        source = f"{name.replace(' ', '-')}.md"
        says = {"source": source, "quote": f"The {name} is a {force} movement."}
        works = {"source": source, "quote": f"The {name} works {muscle} most."}
        asked = f"Is the {name} a push or a pull?"
        lines.append(
            {"id": f"{name}-force", "kind": "either-or", "question": asked, "verdict": force, "evidence": [says]}
        )
        asked = f"What does the {name} work most?"
        lines.append(
            {"id": f"{name}-muscle", "kind": "factoid", "question": asked, "answers": [muscle], "evidence": [works]}
        )
        asked = f"Who invented the {name} machine in Sweden?"
        lines.append(
            {"id": f"{name}-who", "kind": "near-miss", "question": asked, "answerable": False, "heldout": True}
        )
    return lines


def write_questions(path: Path, lines: Sequence[dict[str, Any]] | None = None) -> Path:
    """The question file of `lines`, or of `question_lines()`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = question_lines() if lines is None else lines
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@dataclass
class Scripted:
    """Finds sentences by the words they share with the question. Its faults:

    Attributes:
        keep: how many passages it returns.
        threshold: below this share of the question's words it refuses; 0 answers everything.
        inverted: it says push for pull.
        blind_to: it never sees articles whose source starts so.
        broken_after: from this question on it raises.
    """

    corpus: Path
    keep: int = 10
    threshold: float = 0.5
    inverted: bool = False
    blind_to: tuple[str, ...] = ()
    broken_after: int | None = None
    asked: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)

    @property
    def index(self) -> Any:
        articles = [Article(p.stem, p.stem.title(), p.name, p.read_text()) for p in sorted(self.corpus.glob("*.md"))]
        found = {article.article_id: article for article in articles}
        return SimpleNamespace(articles=articles, article=lambda article_id: found[article_id])

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The sentence that shares most words with the question."""
        self.asked.append((question, tuple(history)))
        if self.broken_after is not None and len(self.asked) > self.broken_after:
            raise ConnectionError("the model hung up")
        wanted = words(question)
        passages = [p for a in self.index.articles if not a.source.startswith(self.blind_to or ("\0",)) for p in cut(a)]
        ranked = sorted(passages, key=lambda p: -len(wanted & words(p.text)))
        found = tuple(Retrieved(p, len(wanted & words(p.text)) / len(wanted)) for p in ranked[: self.keep])
        best = found[0]
        if best.score < self.threshold:
            text = "The articles don't say."
            return Answer(question, question, "refusal", text, confidence=best.score, retrieved=found)
        p = best.passage
        cited = Citation(1, p.article_id, p.title, p.source, p.start, p.end, p.text, best.score)
        return Answer(
            question, question, "answer", f"{p.text} [1]", self._verdict(question, p.text), best.score, (cited,), found
        )

    def _verdict(self, question: str, text: str) -> str | None:
        if " or " not in question:
            return None
        verdict = next((word for word in ("push", "pull") if f" {word} movement" in text), None)
        return {"push": "pull", "pull": "push"}.get(verdict or "") if self.inverted else verdict


def words(text: str) -> set[str]:
    """The words of a text, plural and small words aside."""
    found = {word.rstrip("s") for word in re.findall(r"[a-z-]+", text.lower())}
    return found - {"the", "a", "i", "or", "doe", "what", "who"}


def cut(article: Article) -> list[Passage]:
    """A passage a sentence."""
    found = []
    for match in re.finditer(r"The .*?\.", article.text):
        start, end = match.span()
        sentence = Sentence(start, end)
        name = f"{article.article_id}:{start}"
        found.append(
            Passage(name, article.article_id, article.title, article.source, (), start, end, match.group(), (sentence,))
        )
    return found


def opener(**faults: Any) -> Any:
    """A function that opens a `Scripted` assistant on the corpus of the settings."""
    return lambda settings: Scripted(settings.corpus, **({"keep": settings.k} | faults))
