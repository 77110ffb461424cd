"""The server: the Gradio page mounted in FastAPI, the routes beside it, the guard around everything."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from rag.errors import BadInput
from rag.reading.articles import SUFFIXES
from rag.settings import Settings
from web.answerers import Answerer, Answerers
from web.chat import Chat, Progress
from web.gradio_import import gr
from web.guard import LOOPBACK, MAX_BODY, Guard, Hosts, RateLimit
from web.library import Library
from web.page import Framed, build_page
from web.routes import Rooms, build_routes

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.generating.discovery import FoundModel
    from rag.index import IndexReport

log = logging.getLogger("pushpull")

STATIC = Path(__file__).parent / "static"
"""Style, scripts, fonts and icon: all that the page loads besides Gradio's own files."""


def build_app(rooms: Rooms, *, hosts: Hosts, limit: RateLimit, login: str = "", max_upload: int) -> ASGIApp:
    """The whole application, to be served by any ASGI server; the assistant begins to warm when it starts.

    Args:
        login: "NAME:PASSWORD" asked of every visitor, "" for nobody.
        max_upload: bytes in an article that is added, where the library takes any.
    """

    @asynccontextmanager
    async def warm(_: FastAPI) -> AsyncIterator[None]:
        rooms.chat.warm()
        yield

    app = FastAPI(title="Pushpull", lifespan=warm, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(build_routes(rooms))
    app.mount("/ui", StaticFiles(directory=STATIC))
    gr.mount_gradio_app(
        app,
        build_page(rooms.chat),
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
    max_upload = max_upload if rooms.editable else MAX_BODY
    return Guard(Framed(app), hosts=hosts, limit=limit, login=login, max_upload=max_upload)


def build_rooms(settings: Settings) -> Rooms:
    """The chat, the library and the rest, as the settings say; nothing heavy is loaded yet."""

    def opener(progress: Progress) -> Assistant:
        from rag.assistant import open_assistant

        return open_assistant(settings, progress=progress, notice=log.info)

    def other(assistant: Assistant, answerer: Answerer) -> Assistant:
        from rag.assistant import with_model

        changes = {"model": answerer.spec, "base_url": answerer.base_url or settings.base_url}
        return with_model(assistant, settings.model_copy(update=changes))

    def find() -> Sequence[FoundModel]:
        from rag.generating.discovery import list_models

        return list_models([settings.base_url] if settings.base_url else [])

    def update(progress: Progress) -> IndexReport:
        from rag.assistant import update

        embeddings = chat.assistant.embeddings if chat.assistant else None
        return update(settings, progress=progress, embeddings=embeddings)

    here = settings.host in LOOPBACK and not settings.hosts  # with names of its own it is reached through a proxy
    answerers = Answerers(settings.model, find, pickable=here if settings.pick_model is None else settings.pick_model)
    chat = Chat(opener, other, answerers, at_once=settings.askers, max_chars=settings.max_question_chars)
    return Rooms(
        chat=chat,
        library=Library(
            settings.corpus,
            settings.index / "removed",
            update,
            kinds=SUFFIXES,
            max_bytes=settings.max_file_bytes,
        ),
        editable=here if settings.library is None else settings.library,
        feedback=settings.feedback,
        reports=settings.reports,
    )


def serve(settings: Settings) -> None:
    """Serves the web chat as the settings say, until interrupted.

    Raises:
        BadInput: the address or port cannot be listened on.
    """
    import uvicorn

    listener = _listen(settings.host, settings.port)
    port = listener.getsockname()[1]
    rooms = build_rooms(settings)
    app = build_app(
        rooms,
        hosts=Hosts(settings.host, settings.hosts.split(",")),
        limit=RateLimit(settings.asks_per_minute),
        login=settings.login.get_secret_value(),
        max_upload=settings.max_file_bytes,
    )
    told = f"Pushpull is at http://{settings.host}:{port} (Ctrl-C stops it)"

    class Server(uvicorn.Server):
        """Says where the page is once it answers, and Ctrl-C is heard: an interrupt before that may be lost."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(told, file=sys.stderr, flush=True)

    Server(uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=2)).run(
        sockets=[listener]
    )


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
