"""The server: the Gradio page mounted in FastAPI, the routes beside it, the guard around everything."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Before Gradio is imported: it must not look for anything outside this machine.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gradio as gr
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import BadInput
from rag.settings import Settings
from web.chat import Chat, Progress, Refused
from web.guard import Guard, Hosts, RateLimit
from web.page import build_page, frame
from web.reader import article_view

if TYPE_CHECKING:
    from rag.assistant import Assistant

log = logging.getLogger("pushpull")

STATIC = Path(__file__).parent / "static"
"""Style, scripts, fonts and icon: all that the page loads besides Gradio's own files."""
STATUS_OF = {"busy": 503, "warming": 503, "bad-input": 400, "failed": 500}


class Asked(BaseModel):
    """The body of `POST /api/ask`."""

    question: str
    history: list[dict[str, Any]] | None = None
    model: str = ""


def build_app(chat: Chat, *, hosts: Hosts, limit: RateLimit, login: str = "", max_upload: int = 20_000_000) -> ASGIApp:
    """The whole application, to be served by any ASGI server; the assistant begins to warm when it starts."""

    @asynccontextmanager
    async def warm(_: FastAPI) -> AsyncIterator[None]:
        chat.warm()
        yield

    app = FastAPI(title="Pushpull", lifespan=warm, docs_url=None, redoc_url=None, openapi_url=None)
    add_routes(app, chat)
    app.mount("/ui", StaticFiles(directory=STATIC))
    page = build_page(chat)
    gr.mount_gradio_app(
        app,
        page,
        "/",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        show_error=False,
        max_file_size=1,
        theme=gr.themes.Base(font="system-ui", font_mono="monospace"),
    )
    return Guard(Framed(app), hosts=hosts, limit=limit, login=login, max_upload=max_upload)


def add_routes(app: FastAPI, chat: Chat) -> None:
    """What the page asks for besides answers, and the plain one-request way for programs."""

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok", "assistant": chat.status.phase}

    @app.get("/api/state")
    def state() -> dict[str, Any]:
        articles = len(chat.assistant.index.articles) if chat.assistant else 0
        return asdict(chat.status) | {"articles": articles, "starters": chat.starters(), "max_chars": chat.max_chars}

    @app.get("/api/articles/{article_id:path}")
    def article(article_id: str) -> dict[str, Any]:
        if chat.assistant is None:
            raise HTTPException(503, "The articles are still being read.")
        try:
            return article_view(chat.assistant.index.article(article_id))
        except KeyError:
            raise HTTPException(404, "This article is not in the library any more.") from None

    @app.post("/api/ask")
    async def ask(asked: Asked) -> dict[str, Any]:
        try:
            views = [view async for view in chat.ask(asked.question, asked.history, asked.model)]
        except Refused as refused:
            raise HTTPException(STATUS_OF[refused.code], str(refused)) from None
        return views[-1]


class Framed:
    """ASGI middleware: puts our head and the nonce into the page that Gradio serves at `/`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "headers": [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]}
        start: Message = {}
        parts: list[bytes] = []

        async def gather(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                body = b"".join(parts)
                if scope["method"] == "GET":
                    body = frame(body.decode(), scope["state"]["nonce"]).encode()
                kept = [(k, v) for k, v in start["headers"] if k.lower() not in (b"content-length", b"cache-control")]
                length = (b"content-length", str(len(body)).encode())
                await send({**start, "headers": [*kept, length, (b"cache-control", b"no-store")]})
                await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, gather)


def serve(settings: Settings) -> None:
    """Serves the web chat as the settings say, until interrupted.

    Raises:
        BadInput: the address or port cannot be listened on.
    """
    import uvicorn

    def opener(progress: Progress) -> Assistant:
        from rag.assistant import open_assistant

        return open_assistant(settings, progress=progress, notice=log.info)

    listener = _listen(settings.host, settings.port)
    port = listener.getsockname()[1]
    chat = Chat(opener, at_once=settings.askers, max_chars=settings.max_question_chars)
    app = build_app(
        chat,
        hosts=Hosts(settings.host, settings.hosts.split(",")),
        limit=RateLimit(settings.asks_per_minute),
        login=settings.login.get_secret_value(),
        max_upload=settings.max_file_bytes,
    )
    print(f"Pushpull is at http://{settings.host}:{port} (Ctrl-C stops it)", file=sys.stderr, flush=True)
    config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise BadInput(f"cannot listen on {host}:{port}: {error.strerror}; give --host or --port") from None
    return listener
