"""The whole story of an answer: understand, retrieve, rank, settle, answer or abstain, cite.

`open_assistant` and its neighbours at the end read settings and build the parts; above them objects are passed. The
assistant keeps nothing of a conversation, so one serves every user at once.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.answering.composition import compose
from rag.answering.confidence import confidence, features
from rag.answering.conversation import MAX_TURNS, Understood, understand
from rag.answering.courtesy import courtesy
from rag.answering.extractive import as_quote, question_form, select_quotes
from rag.answering.instructions import without_orders
from rag.answering.quotes import HALVES, Quote, cite, says_same
from rag.answering.ranking import Ranking, rank
from rag.answering.readings import read, reordered
from rag.answering.retrieval import Query, search
from rag.answering.spelling import mend
from rag.answering.subjects import Subjects
from rag.answering.verdicts import Verdict, decide
from rag.embedding.embeddings import TokenEmbeddings, load_embeddings
from rag.entailment.model import Entailment, load_entailment
from rag.errors import BadInput
from rag.index import Index, IndexDamaged, IndexReader, IndexReport, check_index, ensure_index, update_index
from rag.reading.files import Limits
from rag.settings import Settings
from rag.types import Answer, Retrieved, Turn

if TYPE_CHECKING:
    from rag.generating.generation import GenerativeAnswerer
    from rag.generating.models import ModelOptions

REFUSAL = "The articles don't say."

SETTLED = 0.9
"""The least confidence of an answer with a verdict: of this project's own development questions that the articles do not
answer, none got one."""

MOST_EVIDENCE = 2
"""How many sentences are quoted for a verdict."""


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


@dataclass(frozen=True, slots=True)
class _Found:
    """What the articles give for a question, before anybody phrases it."""

    understood: Understood
    ranking: Ranking
    answer: Answer


class Assistant:
    """Answers questions from an index, in a conversation. Safe to use from several threads.

    Args:
        generator: a chat model that phrases answers; None quotes the articles alone.
        rewrite: let the chat model complete follow-ups.
        k: how many passages are kept for a question.
        fetch_k: how many each search proposes.
        dense_weight: share of the cosine in the fused score.
        abstain_threshold: below this confidence the articles don't say.
        max_question_chars: a longer question is refused.
    """

    def __init__(
        self,
        reader: IndexReader,
        embeddings: TokenEmbeddings,
        entailment: Entailment,
        *,
        generator: GenerativeAnswerer | None = None,
        rewrite: bool = True,
        k: int = 10,
        fetch_k: int = 30,
        dense_weight: float = 0.7,
        abstain_threshold: float = 0.5,
        max_question_chars: int = 4000,
    ) -> None:
        self._reader, self._embeddings, self._generator = reader, embeddings, generator
        self._entailment = entailment
        self._rewrite = rewrite
        self._k, self._fetch_k, self._dense_weight = k, max(k, fetch_k), dense_weight
        self._abstain_threshold, self._max_question_chars = abstain_threshold, max_question_chars
        self._subjects: tuple[str, Subjects] | None = None

    @property
    def index(self) -> Index:
        """The newest generation of the index."""
        return self._reader.current()

    @property
    def embeddings(self) -> TokenEmbeddings:
        """The embedder it reads questions with."""
        return self._embeddings

    def phrased_by(self, generator: GenerativeAnswerer | None) -> Assistant:
        """This assistant, over the same index and embedder, with another model to phrase; None quotes alone."""
        other = copy(self)
        other._generator = generator
        return other

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The answer to `question` after `history`, oldest turn first.

        Raises:
            BadInput: the question is empty or too long.
        """
        return self.stream(question, history).answer

    def stream(self, question: str, history: Sequence[Turn] = ()) -> AnswerStream:
        """The same answer as `ask` gives, as text that comes bit by bit.

        Raises:
            BadInput: the question is empty or too long.
        """
        started = time.perf_counter()
        question = clean_question(question, self._max_question_chars)
        try:
            found = self._find(question, history)
        except IndexDamaged:  # the reader mends the index, and gives the mended one from now on
            found = self._find(question, history)
        if isinstance(found, Answer) or self._generator is None or found.answer.kind != "answer":
            answer = found if isinstance(found, Answer) else found.answer
            return AnswerStream(_words(answer.text), lambda: replace(answer, seconds=time.perf_counter() - started))
        passages = [r.passage for r in found.answer.retrieved]
        encoded = [found.ranking.encoded[p.passage_id] for p in passages]
        generated = self._generator.stream(found.understood.standalone, passages, found.answer, encoded)
        return AnswerStream(iter(generated), lambda: replace(generated.answer, seconds=time.perf_counter() - started))

    def subjects(self, index: Index) -> Subjects:
        """What the articles of `index` are about."""
        if self._subjects is None or self._subjects[0] != index.name:
            self._subjects = (index.name, Subjects((a.article_id, a.title) for a in index.articles))
        return self._subjects[1]

    def understand(self, index: Index, question: str, history: Sequence[Turn]) -> Understood:
        """What a question means in its conversation, without orders to a model and typing mistakes."""
        turns = [Turn(self._readable(turn.question, index), turn.answer) for turn in history[-MAX_TURNS:]]
        understood = understand(self._readable(question, index), turns, self.subjects(index))
        if self._generator is not None and self._rewrite and understood.leaning > 0:
            rewritten = self._generator.rewrite(question, history)
            if rewritten:
                return Understood(rewritten, (Query(rewritten), *understood.queries[1:]), understood.leaning)
        return understood

    def _readable(self, question: str, index: Index) -> str:
        return mend(without_orders(question), index.forms, self.subjects(index), self._is_word)

    def _is_word(self, word: str) -> bool:
        """Whether the embedder's vocabulary holds a word whole, as it does frequent ones."""
        return self._embeddings.count_tokens([word]) == [1]

    def rank(self, index: Index, understood: Understood) -> Ranking:
        """The sentences and passages for a question, best first."""
        found = search(
            index, self._embeddings, understood.queries, fetch_k=self._fetch_k, dense_weight=self._dense_weight
        )
        return rank(index, found, understood.standalone, self.subjects(index))

    def read(self, understood: Understood, ranking: Ranking) -> tuple[float, ...]:
        """The log-odds that each of the best sentences answers the question, as the entailment model reads them."""
        return read(understood.standalone, ranking, self._entailment)

    def signs(
        self, index: Index, understood: Understood, ranking: Ranking, answers: Sequence[float]
    ) -> dict[str, float]:
        """What the confidence is made of; `answers` are what `read` gave, at least one."""
        return features(ranking, understood.standalone, index.stems, max(answers), understood.unresolved)

    def sure_of(self, index: Index, understood: Understood, ranking: Ranking, answers: Sequence[float]) -> float:
        """The chance, in [0, 1], that the articles answer; 0 where nothing was found to read."""
        return confidence(self.signs(index, understood, ranking, answers)) if answers else 0.0

    def _find(self, question: str, history: Sequence[Turn]) -> Answer | _Found:
        index = self.index
        polite = courtesy(question, [article.title for article in index.articles])
        if polite:
            return Answer(question, question, "courtesy", polite, confidence=1.0)
        understood = self.understand(index, question, history)
        ranking = self.rank(index, understood)
        return _Found(understood, ranking, self._extract(question, understood, ranking, index))

    def _extract(self, question: str, understood: Understood, ranking: Ranking, index: Index) -> Answer:
        """The answer in the articles' own words."""
        asked, subjects = understood.standalone, self.subjects(index)
        answers = self.read(understood, ranking)
        sure = self.sure_of(index, understood, ranking, answers)
        ranking = reordered(ranking, answers)
        verdict = decide(asked, ranking, subjects, sure)
        if verdict and verdict.word:
            sure = max(sure, SETTLED)
        quotes = _evidence(verdict)
        retrieved = self._retrieved(ranking, first=quotes)
        if sure < self._abstain_threshold or not ranking.sentences:
            return Answer(question, asked, "refusal", REFUSAL, confidence=sure, retrieved=retrieved)
        quotes = quotes or select_quotes(ranking, question_form(asked, subjects), asked, subjects)
        return Answer(
            question,
            asked,
            "answer",
            compose(quotes, verdict.lead if verdict else ""),
            verdict=verdict.word if verdict else None,
            confidence=sure,
            citations=cite(quotes, sure),
            retrieved=retrieved,
        )

    def _retrieved(self, ranking: Ranking, first: Sequence[Quote] = ()) -> tuple[Retrieved, ...]:
        """The best `k` passages, those that settle a verdict before all others.

        Scores are in [0, 1]: 1 for the best, halved for every `HALVES` units of score below it.
        """
        settling = list(dict.fromkeys(quote.passage.passage_id for quote in first))
        order = {passage_id: place for place, passage_id in enumerate(settling)}
        ranked = sorted(ranking.passages, key=lambda pair: order.get(pair[0].passage_id, len(order)))
        best = ranking.passages[0][1] if ranking.passages else 0.0
        shown = [(p, best if p.passage_id in order else min(best, score)) for p, score in ranked[: self._k]]
        return tuple(Retrieved(passage, 2.0 ** ((score - best) / HALVES)) for passage, score in shown)


def _words(text: str) -> Iterator[str]:
    """A text word by word, with the space after each."""
    parts = text.split(" ")
    return (f"{part} " if i < len(parts) else part for i, part in enumerate(parts, 1))


def _evidence(verdict: Verdict | None) -> list[Quote]:
    """The quotes for a verdict, or on both sides of a question that the articles leave open."""
    quotes: list[Quote] = []
    for sentence in verdict.evidence if verdict else ():
        quote = as_quote(sentence)
        if len(quotes) < MOST_EVIDENCE and not any(says_same(quote.text, other.text) for other in quotes):
            quotes.append(quote)
    return quotes


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


Progress = Callable[[int, int], None]
Notice = Callable[[str], None]


def open_assistant(settings: Settings, *, progress: Progress | None = None, notice: Notice | None = None) -> Assistant:
    """An assistant as `settings` say; its index is built, or brought up to date, first.

    Where it cannot be brought up to date (the articles are gone, the disk is full) the index that is there answers.

    Args:
        progress: called with how many files are indexed, and of how many.
        notice: called with a line for people.

    Raises:
        RagError: what is wrong, and what to do.
    """
    embeddings, entailment = _embeddings(settings), load_entailment()

    def newest(*, fresh: bool = False) -> Index:
        return ensure_index(
            settings.corpus,
            settings.index,
            embeddings,
            target_chars=settings.passage_chars,
            limits=_limits(settings),
            chroma_url=settings.chroma_url,
            fresh=fresh,
            progress=progress,
            notice=notice,
        )

    return Assistant(
        IndexReader(newest, newest(fresh=True)),
        embeddings,
        entailment,
        generator=_generator(settings, embeddings),
        rewrite=settings.rewrite_questions,
        k=settings.k,
        fetch_k=settings.fetch_k,
        dense_weight=settings.dense_weight,
        abstain_threshold=settings.abstain_threshold,
        max_question_chars=settings.max_question_chars,
    )


def with_model(assistant: Assistant, settings: Settings) -> Assistant:
    """`assistant` with the model of `settings` to phrase; nothing else of it is loaded again.

    Raises:
        RagError: the model cannot be used, and what to do.
    """
    return assistant.phrased_by(_generator(settings, assistant.embeddings))


def update(
    settings: Settings,
    *,
    rebuild: bool = False,
    progress: Progress | None = None,
    embeddings: TokenEmbeddings | None = None,
) -> IndexReport:
    """Brings the index up to date with the corpus.

    Args:
        embeddings: the embedder of `settings` where it is loaded already.

    Raises:
        RagError: what is wrong, and what to do; the index that was there still answers.
    """
    return update_index(
        settings.corpus,
        settings.index,
        embeddings or _embeddings(settings),
        target_chars=settings.passage_chars,
        limits=_limits(settings),
        chroma_url=settings.chroma_url,
        rebuild=rebuild,
        progress=progress,
    )


def check(settings: Settings) -> Iterable[str]:
    """What is wrong with the index, a line each; nothing where all is well.

    Raises:
        RagError: there is no index that could be checked.
    """
    return check_index(
        settings.corpus, settings.index, _embeddings(settings), target_chars=settings.passage_chars,
        limits=_limits(settings),
    )  # fmt: skip


def _embeddings(settings: Settings) -> TokenEmbeddings:
    return load_embeddings(
        settings.embedding_model,
        cache=settings.index / "models",
        fast=settings.fast_embeddings,
        trust_remote_code=settings.trust_remote_code,
        allow_download=settings.allow_download,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        max_bytes=settings.max_file_bytes,
        max_chars=settings.max_file_chars,
        max_pages=settings.max_file_pages,
        max_seconds=settings.max_file_seconds,
        max_memory=settings.max_file_memory,
        max_unpacked_bytes=settings.max_unpacked_bytes,
    )


def _generator(settings: Settings, embeddings: TokenEmbeddings) -> GenerativeAnswerer | None:
    """The chat model that phrases answers, or None for the built-in answerer."""
    if settings.model.strip().lower() == "extractive":
        return None
    from rag.generating.generation import GenerativeAnswerer
    from rag.generating.grounding import Grounder
    from rag.generating.models import load_chat_model, parse_spec
    from rag.generating.prompts import approximate_tokens

    spec = parse_spec(settings.model)
    if spec is None:
        return None
    model = load_chat_model(spec, model_options(settings))
    return GenerativeAnswerer(
        model.chat,
        model.name,
        Grounder(embeddings),
        timeout=settings.timeout,
        context_tokens=model.context_tokens,
        answer_tokens=settings.answer_tokens,
        count_tokens=model.count_tokens or approximate_tokens,
    )


def model_options(settings: Settings) -> ModelOptions:
    """How chat models are reached and run, as `settings` say."""
    from rag.generating.models import ModelOptions

    return ModelOptions(
        base_url=settings.base_url,
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        timeout=settings.timeout,
        temperature=settings.temperature,
        context_tokens=settings.context_tokens,
        answer_tokens=settings.answer_tokens,
        keep_alive=settings.keep_alive,
        device=settings.device,
        allow_download=settings.allow_download,
    )
