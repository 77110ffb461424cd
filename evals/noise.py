"""Ask a chat model the same question many times, and look for anything that is not proven: `python -m evals.noise MODEL`.

Meant for models whose output is worthless, like random weights: whatever they say, each answer must come in time, cite,
and say nothing that its quotes do not. The articles are those of `evals/lies`.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from evals.grounding import FOLDER, Shelf
from rag.embedding.embeddings import load_embeddings
from rag.generating.drafts import read_draft
from rag.generating.evidence import Evidence
from rag.generating.generation import GenerativeAnswerer
from rag.generating.grounding import Grounder, Support
from rag.generating.models import ModelOptions, load_chat_model, parse_spec
from rag.generating.prompts import approximate_tokens
from rag.reading.articles import read_article
from rag.settings import DEFAULT_EMBEDDING_MODEL
from rag.types import Answer, Article, Citation

ARTICLES = ("bench-press", "kettlebell-swing", "leg-press", "rest", "creatine")
MODEL_SPOKE, ARTICLES_SPOKE = "phrased by the model", "in the articles' own words"
_MARKER = re.compile(r"\[(\d+)\]")


def faults_of(answer: Answer, texts: dict[str, str], shelf: Shelf, question: str, late: bool) -> list[str]:
    """What is wrong with an answer: late, uncited, misquoted, or a sentence that its own quotes don't support."""
    found = ["late"] if late else []
    if not answer.citations:
        found.append("uncited")
    if any(texts[c.article_id][c.start : c.end] != c.quote for c in answer.citations):
        found.append("misquoted")
    if {int(n) for n in _MARKER.findall(answer.text)} != {c.marker for c in answer.citations}:
        found.append("markers")
    if answer.model != "extractive":
        evidence = [sentence for read in shelf.read for sentence in read]
        for sentence in read_draft(answer.text):
            if not isinstance(shelf.grounder.support(sentence.text, evidence, about=question), Support):
                found.append("unsupported")
    return found


def first_words(evidence: Evidence, question: str) -> Answer:
    """An extractive answer to fall back on: one sentence of an article."""
    p, s = evidence.passage, evidence.sentence
    citation = Citation(1, p.article_id, p.title, p.source, s.start, s.end, evidence.text, 0.9)
    return Answer(question, question, "answer", f"{evidence.text} [1]", confidence=0.9, citations=(citation,))


def ask_often(answerer: GenerativeAnswerer, shelf: Shelf, articles: Sequence[Article], times: int) -> Counter[str]:
    """Ask about one article after the other; counts who phrased the answers, and every fault."""
    texts = {article.article_id: article.text for article in articles}
    counts: Counter[str] = Counter()
    for number in range(times):
        article = articles[number % len(articles)]
        passages = [p for p in shelf.passages if p.article_id == article.article_id][:8]
        question = f"what is {article.title}?"
        started = time.monotonic()
        answer = answerer.stream(question, passages, first_words(shelf.grounder.read(passages)[0], question)).answer
        late = time.monotonic() - started > answerer.timeout + 1
        counts[MODEL_SPOKE if answer.model != "extractive" else ARTICLES_SPOKE] += 1
        counts.update(faults_of(answer, texts, shelf, question, late))
    return counts


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: asks, prints the counts, and exits with 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m evals.noise", description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="ollama:NAME, openai:NAME or huggingface:NAME_OR_FOLDER")
    parser.add_argument("--base-url", help="the address of the model's server")
    parser.add_argument("--times", type=int, default=500)
    parser.add_argument("--timeout", type=float, default=20, help="seconds for one answer")
    parser.add_argument("--index", type=Path, default=Path(".rag"), help="where the embedder keeps its fast form")
    options = parser.parse_args(arguments)
    spec = parse_spec(options.model)
    if spec is None:
        parser.error("the extractive answerer says no more than the articles; name a chat model")
    embeddings = load_embeddings(DEFAULT_EMBEDDING_MODEL, cache=options.index / "models")
    articles = [read_article(FOLDER / "articles", f"{name}.md", article_id=name) for name in ARTICLES]
    how = ModelOptions(
        base_url=options.base_url, timeout=options.timeout, temperature=1.0, context_tokens=2048, answer_tokens=60
    )
    model = load_chat_model(spec, how)
    answerer = GenerativeAnswerer(
        model.chat,
        model.name,
        Grounder(embeddings),
        timeout=options.timeout,
        context_tokens=model.context_tokens,
        answer_tokens=how.answer_tokens,
        count_tokens=model.count_tokens or approximate_tokens,
    )
    counts = ask_often(answerer, Shelf.of(articles, embeddings), articles, options.times)
    faults = sum(count for what, count in counts.items() if what not in (MODEL_SPOKE, ARTICLES_SPOKE))
    print(f"{options.times} answers: {', '.join(f'{count} {what}' for what, count in counts.items())}")
    print(f"{faults} uncited, unsupported, misquoted or late")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
