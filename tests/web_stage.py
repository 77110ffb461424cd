"""A stage for the web tests: an assistant that says what the test wrote, over a few articles in memory.

The page, the server, the queue and the browser are the real ones; only the words of the answer are given, because a
test must be able to make them slow, hostile or many.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import uvicorn

from rag.assistant import AnswerStream, Assistant
from rag.errors import CorpusError, ModelUnavailable
from rag.generating.discovery import FoundModel
from rag.index import IndexReport, SourceRecord
from rag.reading.passages import split_article
from rag.types import Answer, Article, Citation, Passage, Retrieved, Turn
from web.answerers import Answerer, Answerers
from web.chat import Chat, Progress
from web.guard import Hosts, RateLimit
from web.library import Library
from web.routes import Rooms
from web.server import build_app

HIP_THRUST = Article(
    "hip-thrust",
    "Hip Thrust",
    "hip-thrust.md",
    "# Hip Thrust\n\nThe hip thrust is a push. The glutes do the work.\n\n## FAQ\n\n"
    "### Is the hip thrust good for the glutes?\n\nYes, the hip thrust trains the glutes.\n\n"
    "### Does the hip thrust need a bench?\n\nThe hip thrust needs a bench that cannot slide.\n",
)


def passages_of(article: Article) -> list[Passage]:
    """The article's passages, a word counting as a token."""
    return split_article(article, lambda texts: [len(text.split()) for text in texts], max_tokens=200, target_chars=300)


class StageIndex:
    """As much of an index as the page asks for."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = {article.article_id: article for article in articles}
        self._passages = [passage for article in articles for passage in passages_of(article)]
        self.size = len(self._passages)

    @property
    def name(self) -> str:
        """As each generation of a real index has one of its own: other articles, another name."""
        return f"stage-{hash(tuple((a.article_id, a.text) for a in self._articles.values()))}"

    @property
    def sources(self) -> tuple[SourceRecord, ...]:
        return tuple(
            SourceRecord(a.source, len(a.text), 0, 0, "", a.article_id, a.title, passages=len(passages_of(a)))
            for a in self._articles.values()
        )

    articles = sources

    def article(self, article_id: str) -> Article:
        return self._articles[article_id]

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        return [self._passages[row] for row in rows]

    def lexical(self, text: str, k: int) -> list[tuple[int, float]]:
        words = text.lower().split()
        return [(i, 1.0) for i, p in enumerate(self._passages) if any(w in p.text.lower() for w in words)][:k]


@dataclass
class StageAssistant:
    """Says `text`, with a citation of each of `quotes`, a word every `pause` seconds."""

    articles: Sequence[Article] = (HIP_THRUST,)
    text: str = "Push. The hip thrust is a push. [1]"
    quotes: Sequence[str] = ("The hip thrust is a push.",)
    pause: float = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)
    said: int = 0

    def __post_init__(self) -> None:
        self.index = StageIndex(self.articles)

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        article = self.articles[0]
        found = tuple(Retrieved(p, 0.9) for p in self.index.passages(range(self.index.size)))
        citations = [self._cite(article, marker, quote) for marker, quote in enumerate(self.quotes, 1)]
        fields: dict[str, Any] = {
            "question": question,
            "standalone_question": question,
            "kind": "answer",
            "text": self.text,
            "confidence": 0.9,
            "citations": tuple(citations),
            "retrieved": found,
        }
        return Answer(**(fields | dict(self.extra)))

    def _cite(self, article: Article, marker: int, quote: str) -> Citation:
        start = article.text.index(quote)
        return Citation(
            marker, article.article_id, article.title, article.source, start, start + len(quote), quote, 0.9
        )

    def stream(self, question: str, history: Sequence[Turn] = ()) -> AnswerStream:
        self.asked.append((question, tuple(history)))
        answer = self.ask(question, history)
        return AnswerStream(self._words(answer.text), lambda: answer)

    def _words(self, text: str) -> Iterator[str]:
        for word in text.split(" "):
            time.sleep(self.pause)
            self.said += 1
            yield f"{word} "


def stage_rooms(
    assistant: StageAssistant,
    folder: Path,
    *,
    opens_after: float = 0,
    fails: str = "",
    indexing: float = 0,
    editable: bool = True,
    models: Sequence[FoundModel] = (),
    speakers: Mapping[str, StageAssistant] = MappingProxyType({}),
    **chat: Any,
) -> Rooms:
    """The rooms around a scripted assistant, which opens after some seconds or fails to.

    Its corpus is the folder `corpus` in `folder`; bringing the index up to date takes `indexing` seconds; `models` are
    found, of which the `speakers` can be used; `chat` are options of `Chat`.
    """
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for article in assistant.articles:
        (corpus / article.source).write_text(article.text, encoding="utf-8")

    def opener(progress: Progress) -> Assistant:
        if opens_after:
            progress(1, 3)
            time.sleep(opens_after)
        if fails:
            raise CorpusError(fails)
        return cast(Assistant, assistant)

    def other(_: Assistant, answerer: Answerer) -> Assistant:
        if answerer.spec not in speakers:
            raise ModelUnavailable(f"{answerer.spec} does not answer at {answerer.base_url}: start it")
        return cast(Assistant, speakers[answerer.spec])

    def update(progress: Progress) -> IndexReport:
        progress(1, 4)
        time.sleep(indexing)
        return IndexReport((), 0)

    return Rooms(
        chat=Chat(opener, other, Answerers("extractive", lambda: list(models)), **chat),
        library=Library(corpus, folder / "removed", update, kinds=frozenset({".md"}), max_bytes=10_000),
        editable=editable,
        feedback=folder / "feedback",
        reports=folder / "reports",
    )


@contextmanager
def on_stage(
    rooms: Rooms,
    *,
    per_minute: int = 10_000,
    login: str = "",
    port: int = 0,
    wait: bool = True,
    max_upload: int = 10_000,
) -> Iterator[str]:
    """Serves the rooms on a port of this machine; gives the address, once warm unless not waited for."""
    limit = RateLimit(per_minute)
    app = build_app(rooms, hosts=Hosts("127.0.0.1"), limit=limit, login=login, max_upload=max_upload)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started or (wait and rooms.chat.status.phase == "warming"):
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
