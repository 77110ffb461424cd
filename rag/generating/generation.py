"""A chat model phrases the answer; whatever it says is held against the articles before anybody reads it.

A sentence is shown when it is whole and supported, with a marker for the very sentence of an article that supports it; so
nothing is shown that is taken back later, except where the model fails on its way. The extractive answer, which was there
before, then stands in its place. A verdict comes from the evidence alone. This module does not know servers or providers.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from rag.answering.choices import canonical, opposite
from rag.embedding.embeddings import Encoded
from rag.generating.chatting import Listening, ModelFailure
from rag.generating.drafts import DraftSentence, read_draft, visible
from rag.generating.evidence import Evidence, addresses_a_model
from rag.generating.grounding import Grounder, Support
from rag.generating.prompts import CountTokens, answer_messages, approximate_tokens, rewriting_messages
from rag.types import Answer, Citation, Passage, Turn

CHARS_A_TOKEN = 12
"""More characters for each token of the answer than this, and the model is not going to stop."""

REWRITE_SECONDS = 10.0
"""What rewriting a follow-up may take at most: an answer is still to come."""

_OPENING = re.compile(r"\A\W*(yes|no)\b(?:[\s,;:.!–—-]+|\Z)", re.IGNORECASE)
_OPTION = re.compile(r"([\w-]+)(?: [\w-]+)?,? or (?:an? |the )?([\w-]+)", re.IGNORECASE)
_WORD = re.compile(r"\w+")


class GenerativeAnswerer:
    """Lets a chat model phrase answers. Holds nothing of a conversation; safe from several threads.

    Args:
        name: the model's spec, as answers name it.
        timeout: seconds from the call to the answer, whatever happens.
        context_tokens: how much the model reads and writes together.
        answer_tokens: how much of that is for the answer.
        count_tokens: the model's own count where there is one.
    """

    def __init__(
        self,
        chat_model: BaseChatModel,
        name: str,
        grounder: Grounder,
        *,
        timeout: float = 60.0,
        context_tokens: int = 4096,
        answer_tokens: int = 400,
        count_tokens: CountTokens = approximate_tokens,
    ) -> None:
        self.name = name
        self._model, self._grounder, self._timeout = chat_model, grounder, timeout
        self._context_tokens, self._answer_tokens, self._count_tokens = context_tokens, answer_tokens, count_tokens

    def stream(
        self, question: str, passages: Sequence[Passage], extractive: Answer, encoded: Sequence[Encoded] | None = None
    ) -> GeneratedAnswer:
        """An answer in the model's words.

        Args:
            question: what is asked, such that it can be understood alone.
            passages: what was found for it, best first; the model sees as many as fit.
            extractive: the answer of kind "answer" that the articles give in their own words; it decides the verdict.
            encoded: the passages as the embedder reads them, where they are at hand.
        """
        return GeneratedAnswer(self, question, passages, extractive, encoded)

    def rewrite(self, question: str, history: Sequence[Turn]) -> str | None:
        """A follow-up as a question that stands alone; None where the model fails, or wanders off."""
        room = self._context_tokens - self._answer_tokens
        messages = rewriting_messages(question, history, budget=room, count_tokens=self._count_tokens)
        if not messages:
            return None
        deadline = time.monotonic() + min(REWRITE_SECONDS, self._timeout / 3)
        try:
            said = visible(
                "".join(Listening(self._model, messages, deadline=deadline, most_chars=4 * len(question) + 2000))
            )
        except ModelFailure:
            return None
        return _usable(said, question, history)

    def listen(self, question: str, evidence: Sequence[Evidence], settled: str | None, deadline: float) -> Listening:
        """The model's reply to the prompt.

        Raises:
            ModelFailure: the question leaves no room for a passage.
        """
        room = self._context_tokens - self._answer_tokens
        messages = answer_messages(
            question, _shown(evidence), budget=room, count_tokens=self._count_tokens, settled=settled
        )
        if not messages:
            raise ModelFailure("has too small a context for this question (raise RAG_CONTEXT_TOKENS)")
        return Listening(self._model, messages, deadline=deadline, most_chars=self._answer_tokens * CHARS_A_TOKEN)

    def read(self, passages: Sequence[Passage], encoded: Sequence[Encoded] | None) -> tuple[Evidence, ...]:
        """The passages as evidence."""
        return self._grounder.read(passages, encoded)

    def support(self, sentence: DraftSentence, evidence: Sequence[Evidence], about: str) -> Support | None:
        """What supports a sentence; where a passage that it cites does, that."""
        found = self._grounder.support(sentence.text, evidence, about=about)
        if not isinstance(found, Support):
            return None
        order = _numbers(evidence)
        cited = [e for e in evidence if order[e.passage.passage_id] in sentence.markers]
        if cited and not all(e in cited for e in found.evidence):
            nearer = self._grounder.support(sentence.text, cited, about=about)
            return nearer if isinstance(nearer, Support) else found
        return found

    def ran_out(self, raw: str) -> bool:
        """Whether a reply is as long as replies may be, so that its last sentence may be cut off."""
        return self._count_tokens(raw) >= self._answer_tokens

    @property
    def timeout(self) -> float:
        """Seconds from the call to the answer."""
        return self._timeout


class GeneratedAnswer:
    """One answer as it comes: iterate for text, then read `answer`.

    The pieces add up to the answer's text, unless the model failed after its first sentence: then the answer is extractive.
    """

    def __init__(
        self,
        answerer: GenerativeAnswerer,
        question: str,
        passages: Sequence[Passage],
        extractive: Answer,
        encoded: Sequence[Encoded] | None,
    ) -> None:
        self._answerer, self._extractive, self._question = answerer, extractive, question
        self._started = time.monotonic()
        self._evidence = answerer.read(passages, encoded)
        self._settling = _Settling(answerer, self._evidence, question, extractive)
        self._answer: Answer | None = None
        self._pieces = self._run()

    def __iter__(self) -> Iterator[str]:
        return self._pieces  # itself: a reader who stops early must be able to ask for the answer all the same

    @property
    def answer(self) -> Answer:
        """The whole answer; what was not yet streamed is waited for."""
        for _ in self._pieces:
            continue
        if self._answer is None:
            raise RuntimeError("the stream was closed before its end")
        return self._answer

    def _run(self) -> Iterator[str]:
        try:
            yield from self._settled()
        except ModelFailure as failure:
            self._answer = self._fallback(f"{self._answerer.name} {failure}; this is in the articles' own words.")
        else:
            self._answer = self._finish()
        if not self._settling.text:
            yield self._answer.text

    def _settled(self) -> Iterator[str]:
        """The sentences that stand, as they become whole."""
        deadline = self._started + self._answerer.timeout
        listening = self._answerer.listen(self._question, self._evidence, self._extractive.verdict, deadline)
        raw, judged = "", 0
        for piece in listening:
            raw += piece
            draft = read_draft(visible(raw))
            for sentence in draft[judged:-1]:  # the last one may still grow
                yield from self._settling.take(sentence)
            judged = max(judged, len(draft) - 1)
        draft = read_draft(visible(raw))
        if not draft:
            raise ModelFailure("said nothing")
        cut = listening.cut or self._answerer.ran_out(raw)
        for sentence in draft[judged:]:
            if not cut or sentence.text.endswith((".", "!", "?")):
                yield from self._settling.take(sentence)

    def _finish(self) -> Answer:
        settling = self._settling
        if not settling.text:
            unsupported = (
                f"Nothing that {self._answerer.name} said is supported by the articles; this is in their own words."
            )
            return self._fallback(unsupported, *settling.overruled())
        return replace(
            self._extractive,
            text=settling.text,
            citations=tuple(settling.citations),
            model=self._answerer.name,
            notices=(*self._extractive.notices, *settling.overruled(), *settling.notices()),
            seconds=time.monotonic() - self._started,
        )

    def _fallback(self, *notices: str) -> Answer:
        seconds = time.monotonic() - self._started
        return replace(self._extractive, notices=(*self._extractive.notices, *notices), seconds=seconds)


class _Settling:
    """Takes a draft's sentences one by one, and keeps those that stand."""

    def __init__(
        self, answerer: GenerativeAnswerer, evidence: Sequence[Evidence], question: str, extractive: Answer
    ) -> None:
        self.text, self.citations, self.dropped, self.lost_markers = "", list[Citation](), 0, 0
        self._answerer, self._evidence, self._question, self._extractive = answerer, evidence, question, extractive
        self._verdict, self._contradiction = extractive.verdict, ""
        self._rivals = _rivals(question, extractive.verdict)
        self._known = set(_numbers(evidence).values())

    def take(self, sentence: DraftSentence) -> Iterator[str]:
        """The text that a sentence adds to the answer; nothing where it does not stand."""
        self.lost_markers += sum(marker not in self._known for marker in sentence.markers)
        text = self._without_verdict(sentence.text)
        if not text:
            return
        support = self._answerer.support(DraftSentence(text, sentence.markers), self._evidence, self._question)
        if support is not None and text in self.text:
            return
        if support is None or self._contradicts(text, support):
            self.dropped += 1
            self._notice_rival(text)
            return
        lead = self._lead(text, support) if not self.text else ""
        markers = "".join(f" [{self._cite(e, support.score)}]" for e in support.evidence)
        piece = f"{' ' if self.text else ''}{lead}{_capital(text)}{markers}"
        self.text += piece
        yield piece

    def overruled(self) -> tuple[str, ...]:
        """A notice where the model's verdict was not the evidence's."""
        if not self._contradiction:
            return ()
        if self._verdict is None:
            return (f"{self._answerer.name} said “{self._contradiction}”; the articles don't settle it.",)
        return (f"{self._answerer.name} said “{self._contradiction}”; the articles say “{self._verdict}”.",)

    def notices(self) -> tuple[str, ...]:
        """What was left out of an answer that stands."""
        found = []
        if self.dropped:
            some = "1 sentence" if self.dropped == 1 else f"{self.dropped} sentences"
            found.append(f"{some} that the articles don't support {'was' if self.dropped == 1 else 'were'} left out.")
        if self.lost_markers:
            found.append(
                f"{self.lost_markers} {'marker' if self.lost_markers == 1 else 'markers'} to no passage left out."
            )
        return tuple(found)

    def _without_verdict(self, text: str) -> str:
        """A sentence without the bare verdict that it begins with ("Yes, …", "Pull: …"), which is not the model's to give."""
        opening = _OPENING.match(text)
        if opening:
            said = opening[1].lower()
            if said != self._verdict and (self._verdict in ("yes", "no") or self._verdict is None):
                self._contradiction = self._contradiction or said
            return text[opening.end() :]
        words = _WORD.findall(text)
        first = canonical(words[0].lower()) if words else ""
        if first in {self._verdict, *self._rivals} and re.match(r"\W*\w+\s*(?:[.:,;–—-]|\Z)", text):
            if first != self._verdict:
                self._contradiction = self._contradiction or first
            return re.sub(r"\A\W*\w+\s*[.:,;–—-]*\s*", "", text)
        return text

    def _contradicts(self, text: str, support: Support) -> bool:
        """Whether a sentence takes the other side, and only with a sentence that reports it."""
        return bool(self._rival_in(text)) and any(e.source.reported for e in support.evidence)

    def _notice_rival(self, text: str) -> None:
        rival = self._rival_in(text)
        if rival and self._verdict not in ("yes", "no", None):
            self._contradiction = self._contradiction or rival

    def _rival_in(self, text: str) -> str:
        """Another option than the verdict that a sentence names without the verdict."""
        said = {canonical(word.lower()) for word in _WORD.findall(text)}
        return "" if self._verdict in said else next(iter(sorted(said & self._rivals)), "")

    def _lead(self, text: str, support: Support) -> str:
        """The verdict, where the first sentence does not give it, with its proof where that sentence is not the proof."""
        if self._verdict is None or self._verdict in {canonical(word.lower()) for word in _WORD.findall(text)}:
            return ""
        proof = self._extractive.citations[0]
        proven = any(
            e.passage.article_id == proof.article_id and e.sentence.start < proof.end and proof.start < e.sentence.end
            for e in support.evidence
        )
        if not proven:
            self.citations.append(replace(proof, marker=1))
        return f"{_capital(self._verdict)}. " if proven else f"{_capital(self._verdict)}. [1] "

    def _cite(self, evidence: Evidence, score: float) -> int:
        """The marker of a sentence; the same sentence keeps its marker."""
        p, s = evidence.passage, evidence.sentence
        for citation in self.citations:
            if (citation.article_id, citation.start, citation.end) == (p.article_id, s.start, s.end):
                return citation.marker
        marker = len(self.citations) + 1
        self.citations.append(Citation(marker, p.article_id, p.title, p.source, s.start, s.end, evidence.text, score))
        return marker


def _shown(evidence: Sequence[Evidence]) -> list[tuple[Passage, str]]:
    """Passages with the text that a model may see: without paragraphs that give orders to models."""
    passages = {e.passage.passage_id: e.passage for e in evidence}
    shown = []
    for passage in passages.values():
        poisoned = {s.block for s in passage.sentences if addresses_a_model(passage.quote(s.start, s.end))}
        text = passage.text
        for s in sorted(passage.sentences, key=lambda s: -s.start):
            if s.block in poisoned:
                text = text[: s.start - passage.start] + text[s.end - passage.start :]
        shown.append((passage, text.strip()))
    return shown


def _numbers(evidence: Sequence[Evidence]) -> dict[str, int]:
    """The number under which the model sees each passage, by the passage's id."""
    return {passage_id: n for n, passage_id in enumerate(dict.fromkeys(e.passage.passage_id for e in evidence), 1)}


def _rivals(question: str, verdict: str | None) -> set[str]:
    """What else could have been the verdict: the question's other options, and the verdict's opposite."""
    named = {canonical(word.lower()) for pair in _OPTION.findall(question) for word in pair}
    named |= {other} if verdict and (other := opposite(verdict)) else set()
    return named - {verdict}


def _usable(said: str, question: str, history: Sequence[Turn]) -> str | None:
    """A rewritten question, where it is one line about what the conversation is about."""
    lines = [line.strip(" \"'“”") for line in said.splitlines() if line.strip()]
    line = re.sub(r"\A(?:rewritten|question|last question)\s*:\s*", "", lines[0], flags=re.IGNORECASE) if lines else ""
    if not 3 <= len(line) <= 300 + 2 * len(question):
        return None
    talked = {
        w.lower()
        for text in (question, *(t.question for t in history), *(t.answer for t in history))
        for w in _WORD.findall(text)
    }
    mine = [w.lower() for w in _WORD.findall(line)]
    own = {w.lower() for w in _WORD.findall(question) if len(w) > 3}
    if any(len(w) > 3 and w not in talked for w in mine) or (own and not own & set(mine)):
        return None
    return line


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
