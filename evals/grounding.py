"""How well generated sentences are judged: `python -m evals.grounding`.

The set in `evals/lies` holds small articles, sentences that are true to them in other words, and lies: a word changed, a
number invented, a verdict turned round, something that no article says, an order from a poisoned article. Each is held
against the passages that are nearest to it, as a model's sentence is. `fitted` and `fitted-2` are what the rules were made with, `held-out`
and `held-out-2` what they were not. Two figures for each: lies caught and paraphrases kept.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedding.embeddings import Encoded, TokenEmbeddings, load_embeddings
from rag.generating.evidence import Evidence
from rag.generating.grounding import Grounder, Support
from rag.reading.articles import read_article
from rag.reading.passages import split_article
from rag.settings import DEFAULT_EMBEDDING_MODEL
from rag.types import Article, Passage

FOLDER = Path(__file__).parent / "lies"
PARTS = ("fitted", "fitted-2", "held-out", "held-out-2")
PARAPHRASE = "paraphrase"

PASSAGES = 10
"""A claim is held against as many passages as a model is shown."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence as a model might write it.

    Attributes:
        article: the file, without its ending, that it is about.
        kind: "paraphrase" where it is true; else what kind of lie it is.
        evidence: how the sentence that supports it begins; empty for a lie, and where it was not noted.
    """

    id: str
    article: str
    kind: str
    claim: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim, and what became of it: `kept` with the quotes that support it, or not, for a reason."""

    claim: Claim
    kept: bool
    quotes: tuple[str, ...] = ()
    reason: str = ""

    @property
    def right(self) -> bool:
        """A paraphrase was kept, a lie was not."""
        return self.kept == (self.claim.kind == PARAPHRASE)


@dataclass(frozen=True, slots=True)
class GroundingReport:
    """What became of the claims of one part."""

    part: str
    judged: tuple[Judged, ...]

    def share(self, *kinds: str) -> float:
        """The share of claims of some kinds that were judged rightly, in [0, 1]; 1 where there are none."""
        chosen = [j.right for j in self.judged if j.claim.kind in kinds]
        return sum(chosen) / len(chosen) if chosen else 1.0

    @property
    def lies(self) -> tuple[str, ...]:
        """The kinds of lie in this part."""
        return tuple(sorted({j.claim.kind for j in self.judged} - {PARAPHRASE}))

    @property
    def told(self) -> int:
        """How many lies this part holds."""
        return sum(j.claim.kind != PARAPHRASE for j in self.judged)

    @property
    def caught(self) -> float:
        """The share of lies that were not kept."""
        return self.share(*self.lies)

    @property
    def kept(self) -> float:
        """The share of paraphrases that were kept."""
        return self.share(PARAPHRASE)


def read_claims(part: str, folder: Path = FOLDER) -> list[Claim]:
    """The claims of one of `PARTS`."""
    lines = (folder / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Claim(**json.loads(line)) for line in lines if line]


def judge_claims(part: str, embeddings: TokenEmbeddings, folder: Path = FOLDER) -> GroundingReport:
    """Hold every claim of a part against its articles."""
    claims = read_claims(part, folder)
    articles = {name: read_article(folder / "articles", f"{name}.md") for name in sorted({c.article for c in claims})}
    shelf = Shelf.of(articles.values(), embeddings)
    return GroundingReport(part, tuple(_judge(c, shelf, articles[c.article].title) for c in claims))


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """The passages of some articles, ready to be searched and read."""

    embeddings: TokenEmbeddings
    grounder: Grounder
    passages: tuple[Passage, ...]
    read: tuple[tuple[Evidence, ...], ...]
    encoded: tuple[Encoded, ...]
    vectors: NDArray[np.float32]
    tokens: NDArray[np.float32]

    @classmethod
    def of(cls, articles: Iterable[Article], embeddings: TokenEmbeddings) -> Shelf:
        """Cut and encode articles."""
        longest = embeddings.max_tokens
        passages = [p for a in articles for p in split_article(a, embeddings.count_tokens, max_tokens=longest)]
        encoded = tuple(embeddings.encode_passages((p.context, p.text) for p in passages))
        vectors, tokens = np.stack([e.vector for e in encoded]), np.concatenate([e.token_vectors for e in encoded])
        grounder = Grounder(embeddings)
        read = tuple(grounder.read([p], [e]) for p, e in zip(passages, encoded, strict=True))
        return cls(embeddings, grounder, tuple(passages), read, encoded, vectors, tokens)

    def evidence(self, question: str) -> tuple[Evidence, ...]:
        """The evidence in the passages that are nearest to a question: as a whole, and word by word."""
        asked = self.embeddings.encode_query(question)
        starts = np.cumsum([0, *(len(e.token_vectors) for e in self.encoded[:-1])])
        said = np.maximum.reduceat(asked.token_vectors @ self.tokens.T, starts, axis=1).mean(axis=0)
        order = np.argsort(-(self.vectors @ asked.vector + said))[:PASSAGES]
        return tuple(evidence for i in order for evidence in self.read[i])


def render_report(report: GroundingReport, *, verbose: bool = False) -> str:
    """The two figures, the kinds of lie, and if asked every claim that was judged wrongly."""
    return "\n".join(_lines(report, verbose))


def _judge(claim: Claim, shelf: Shelf, about: str) -> Judged:
    evidence = shelf.evidence(f"{about} {claim.claim}")
    found = shelf.grounder.support(claim.claim, evidence, about=about)
    if isinstance(found, Support):
        return Judged(claim, True, tuple(e.text for e in found.evidence))
    return Judged(claim, False, reason=found.reason)


def _lines(report: GroundingReport, verbose: bool) -> Iterator[str]:
    counts = Counter(j.claim.kind for j in report.judged)
    yield f"{report.part}: lies caught {report.caught:.1%} of {report.told}, paraphrases kept {report.kept:.1%} of {counts[PARAPHRASE]}"
    yield "  " + ", ".join(f"{kind} {report.share(kind):.1%} of {counts[kind]}" for kind in report.lies)
    if verbose:
        for judged in report.judged:
            if not judged.right:
                why = f"supported by: {' | '.join(judged.quotes)}" if judged.kept else judged.reason
                yield f"  {judged.claim.id} ({judged.claim.kind}) {judged.claim.claim}\n      {why}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: prints the figures of each part."""
    parser = argparse.ArgumentParser(prog="python -m evals.grounding", description="Lies caught, paraphrases kept.")
    parser.add_argument("--embedding-model", default=DEFAULT_EMBEDDING_MODEL)
    parser.add_argument("--index", type=Path, default=Path(".rag"), help="where the embedder keeps its fast form")
    parser.add_argument("--verbose", action="store_true", help="show every claim that was judged wrongly")
    options = parser.parse_args(arguments)
    embeddings = load_embeddings(options.embedding_model, cache=options.index / "models")
    for part in PARTS:
        print(render_report(judge_claims(part, embeddings), verbose=options.verbose))
    return 0


if __name__ == "__main__":
    sys.exit(main())
