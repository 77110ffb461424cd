"""The plain routes beside Gradio's: state, articles, library, models, votes, report, and asking in one request."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from rag.errors import RagError
from web.chat import Chat, Refused
from web.feedback import Vote, keep_vote
from web.library import Library, NoSuchArticle, find
from web.reader import article_view
from web.report import HEADERS, dressed

if TYPE_CHECKING:
    from rag.index import Index

STATUS_OF = {"busy": 503, "warming": 503, "bad-input": 400, "failed": 500}
KEPT_PAGES = 4
REPORT = "report.html"
FONTS = Path(__file__).parent / "static" / "fonts"


class Asked(BaseModel):
    """The body of `POST /api/ask`."""

    question: str
    history: list[dict[str, Any]] | None = None
    model: str = ""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the routes lead to.

    Attributes:
        editable: whether visitors may change the library.
        feedback: the folder of votes.
        reports: the folder of the evals' reports.
    """

    chat: Chat
    library: Library
    editable: bool
    feedback: Path
    reports: Path


def build_routes(rooms: Rooms) -> APIRouter:
    """All of them."""
    router = APIRouter()
    _add_asking(router, rooms)
    _add_library(router, rooms)
    _add_report(router, rooms.reports)
    return router


def _add_asking(router: APIRouter, rooms: Rooms) -> None:
    chat = rooms.chat

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok", "assistant": chat.status.phase}

    @router.get("/api/state")
    def state() -> dict[str, Any]:
        articles = len(chat.assistant.index.articles) if chat.assistant else 0
        return asdict(chat.status) | {"articles": articles, "starters": chat.starters(), "max_chars": chat.max_chars}

    @router.post("/api/ask")
    async def ask(asked: Asked) -> dict[str, Any]:
        try:
            views = [view async for view in chat.ask(asked.question, asked.history, asked.model)]
        except Refused as refused:
            raise HTTPException(STATUS_OF[refused.code], str(refused)) from None
        return views[-1]

    @router.get("/api/models")
    def models() -> dict[str, Any]:
        return {"models": chat.answerers.view()}

    @router.post("/api/feedback")
    def feedback(vote: Vote) -> dict[str, bool]:
        try:
            keep_vote(rooms.feedback, vote)
        except (RagError, OSError) as error:
            raise HTTPException(503, f"Your vote could not be kept: {error}") from None
        return {"kept": True}


def _add_library(router: APIRouter, rooms: Rooms) -> None:
    @router.get("/api/library")
    def library() -> dict[str, Any]:
        return rooms.library.view(_index(rooms.chat)) | {"editable": rooms.editable}

    @router.get("/api/search")
    def search(words: str) -> dict[str, Any]:
        return {"found": find(_index(rooms.chat), words[:200]) if words.strip() else []}

    pages = _Pages()

    @router.get("/api/articles/{article_id:path}")
    def article(article_id: str) -> Response:
        try:
            return Response(pages.get(_index(rooms.chat), article_id), media_type="application/json")
        except KeyError:
            raise HTTPException(404, "This article is not in the library any more.") from None

    if not rooms.editable:
        return

    @router.put("/api/articles/{name:path}")
    async def add(name: str, request: Request) -> dict[str, str]:
        try:
            return {"source": await run_in_threadpool(rooms.library.add, name, await request.body())}
        except RagError as error:
            raise HTTPException(400, str(error)) from None

    @router.delete("/api/articles/{source:path}")
    def remove(source: str) -> dict[str, str]:
        try:
            rooms.library.remove(source)
        except NoSuchArticle as error:
            raise HTTPException(404, str(error)) from None
        return {"removed": source}


class _Pages:
    """Articles as the reader gets them, as JSON. The last few are kept: one of 5 MB takes seconds to take apart."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def get(self, index: Index, article_id: str) -> bytes:
        """Raises KeyError where the index has no such article."""
        key = (index.name, article_id)
        page = self._kept.get(key)
        if page is None:
            page = json.dumps(article_view(index.article(article_id)), ensure_ascii=False).encode("utf-8", "replace")
            self._kept[key] = page
            for old in list(self._kept)[:-KEPT_PAGES]:
                self._kept.pop(old, None)
        return page


def _index(chat: Chat) -> Index:
    if chat.assistant is None:
        raise HTTPException(503, "The articles are still being read.")
    return chat.assistant.index


def _add_report(router: APIRouter, reports: Path) -> None:
    page = reports / REPORT

    @router.get("/api/report")
    def report() -> dict[str, Any]:
        if not page.is_file():
            return {"there": False, "when": ""}
        return {"there": True, "when": f"{datetime.fromtimestamp(page.stat().st_mtime):%-d %B %Y, %H:%M}"}

    @router.get("/report")
    def report_page(theme: str = "") -> HTMLResponse:
        if not page.is_file():
            raise HTTPException(404, "There is no report yet: run `python -m evals`.")
        return HTMLResponse(dressed(page.read_text(encoding="utf-8"), FONTS, theme), headers=HEADERS)
