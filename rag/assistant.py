"""The whole story of an answer: understand, retrieve, rank, answer or abstain, cite.

`open_assistant` is the one function that reads settings and builds the parts; below it objects are passed. The
assistant keeps nothing of a conversation, so one serves every user at once.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from rag.confidence import confidence
from rag.conversation import Understood, understand
from rag.courtesy import courtesy
from rag.embeddings import TokenEmbeddings, load_embeddings
from rag.errors import BadInput
from rag.extractive import Quote, cite, compose, question_form, select_quotes
from rag.index import Index, IndexReader, ensure_index
from rag.ranking import Ranking, rank
from rag.retrieval import search
from rag.settings import Settings
from rag.subjects import Subjects
from rag.types import Answer, Retrieved, Turn

REFUSAL = "The articles don't say."


class AnswerStream:
    """An answer as it comes: iterate for the text, then read `answer`.

    The final text may differ from what was streamed, where citations were settled at the end.
    """

    def __init__(self, deltas: Iterator[str], finish: Callable[[], Answer]) -> None:
        self._deltas, self._finish = deltas, finish
        self._answer: Answer | None = None

    def __iter__(self) -> Iterator[str]:
        yield from self._deltas

    @property
    def answer(self) -> Answer:
        """The whole answer; what was not yet streamed is waited for."""
        if self._answer is None:
            for _ in self._deltas:
                continue
            self._answer = self._finish()
        return self._answer


class Assistant:
    """Answers questions from an index, in a conversation. Safe to use from several threads.

    Args:
        k: how many passages are kept for a question.
        fetch_k: how many each search proposes.
        abstain_threshold: below this confidence the articles don't say.
    """

    def __init__(
        self,
        reader: IndexReader,
        embeddings: TokenEmbeddings,
        *,
        k: int = 10,
        fetch_k: int = 30,
        dense_weight: float = 0.7,
        abstain_threshold: float = 0.5,
        max_question_chars: int = 4000,
    ) -> None:
        self._reader, self._embeddings = reader, embeddings
        self._k, self._fetch_k, self._dense_weight = k, max(k, fetch_k), dense_weight
        self._abstain_threshold, self._max_question_chars = abstain_threshold, max_question_chars
        self._subjects: tuple[str, Subjects] | None = None

    @property
    def index(self) -> Index:
        """The newest generation of the index."""
        return self._reader.current()

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The answer to `question` after `history`, oldest turn first.

        Raises:
            BadInput: the question is empty or too long.
        """
        started = time.perf_counter()
        question = clean_question(question, self._max_question_chars)
        index = self.index
        answer = self._answer(index, question, history)
        return replace(answer, seconds=time.perf_counter() - started)

    def stream(self, question: str, history: Sequence[Turn] = ()) -> AnswerStream:
        """The same answer as `ask` gives, as text that comes word by word."""
        answer = self.ask(question, history)
        return AnswerStream((f"{word} " for word in answer.text.split(" ")), lambda: answer)

    def subjects(self, index: Index) -> Subjects:
        """What the articles of `index` are about."""
        if self._subjects is None or self._subjects[0] != index.name:
            self._subjects = (index.name, Subjects((a.article_id, a.title) for a in index.articles))
        return self._subjects[1]

    def understand(self, index: Index, question: str, history: Sequence[Turn]) -> Understood:
        """What a question means in its conversation."""
        return understand(question, history, self.subjects(index))

    def rank(self, index: Index, understood: Understood) -> Ranking:
        """The sentences and passages for a question, best first."""
        found = search(
            index, self._embeddings, understood.queries, fetch_k=self._fetch_k, dense_weight=self._dense_weight
        )
        return rank(index, found, understood.standalone)

    def _answer(self, index: Index, question: str, history: Sequence[Turn]) -> Answer:
        polite = courtesy(question, [article.title for article in index.articles])
        if polite:
            return Answer(question, question, "courtesy", polite, confidence=1.0)
        subjects = self.subjects(index)
        understood = self.understand(index, question, history)
        ranking = self.rank(index, understood)
        sure = confidence(ranking, understood.standalone)
        retrieved = self._retrieved(ranking)
        if sure < self._abstain_threshold or not ranking.sentences:
            return Answer(
                question, understood.standalone, "refusal", REFUSAL, confidence=sure, retrieved=retrieved
            )
        form = question_form(understood.standalone, subjects)
        quotes: list[Quote] = select_quotes(ranking, form, understood.standalone, subjects)
        citations = cite(quotes, sure)
        return Answer(
            question,
            understood.standalone,
            "answer",
            compose(citations),
            confidence=sure,
            citations=citations,
            retrieved=retrieved,
        )

    def _retrieved(self, ranking: Ranking) -> tuple[Retrieved, ...]:
        """The best `k` passages; scores in [0, 1], 1 for the best, halved for each unit of score below it."""
        best = ranking.passages[0][1] if ranking.passages else 0.0
        return tuple(Retrieved(p, 2.0 ** (score - best)) for p, score in ranking.passages[: self._k])


def clean_question(question: str, most: int) -> str:
    """The question without what no one can read: control characters and lone surrogates become spaces.

    Raises:
        BadInput: nothing is left of it, or it is longer than `most` characters.
    """
    if len(question) > most:
        raise BadInput(f"the question is {len(question):,} characters long; ask in {most:,} or fewer")
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in question).strip()
    if not text:
        raise BadInput("the question is empty: type one")
    return text


class Say(Protocol):
    """Tells a person one line."""

    def __call__(self, line: str, /) -> None: ...


def open_assistant(
    settings: Settings, *, progress: Callable[[int, int], None] | None = None, notice: Say | None = None
) -> Assistant:
    """An assistant as `settings` say; where there is no index yet, it is built first.

    Args:
        progress: called with how many files are indexed, and of how many.
        notice: called with a line for people.

    Raises:
        RagError: what is wrong, and what to do.
    """
    embeddings = load_embeddings(
        settings.embedding_model,
        cache=settings.index / "models",
        fast=settings.fast_embeddings,
        trust_remote_code=settings.trust_remote_code,
        allow_download=settings.allow_download,
    )

    def newest() -> Index:
        return ensure_index(
            settings.corpus,
            settings.index,
            embeddings,
            target_chars=settings.passage_chars,
            progress=progress,
            notice=notice,
        )

    return Assistant(
        IndexReader(newest),
        embeddings,
        k=settings.k,
        fetch_k=settings.fetch_k,
        dense_weight=settings.dense_weight,
        abstain_threshold=settings.abstain_threshold,
        max_question_chars=settings.max_question_chars,
    )
