"""The Gradio page: one column that the chat is built into, and the API endpoint that page and programs both ask.

Gradio brings the page, the queue, the streaming and the clients (`gradio_client`, `/gradio_api/call/ask`). The look is
`static/style.css`, the behaviour `static/main.js`. It does not know HTTP's rules (`web.guard`) or the assistant.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import escape
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.chat import Chat, Refused
from web.gradio_import import endpoint, gr

TITLE = "Pushpull"
MAX_QUEUE = 400
"""How many requests Gradio holds; the chat itself refuses earlier."""
MAX_UNREAD = 500
"""How many messages a session may leave unread: Gradio keeps them all, and a hostile one never reads."""

HEAD = """<meta name="color-scheme" content="light dark">
<link rel="icon" href="ui/icon.svg" type="image/svg+xml">
<link rel="preload" href="ui/fonts/source-serif-4-latin-wght-normal.woff2" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="ui/style.css">
<script src="ui/theme.js"></script>
<script type="module" src="ui/main.js"></script>
"""


OPENING = """<p id="opening">Opening Pushpull…</p>
<noscript><p>Pushpull’s page needs JavaScript. Its answers can also be had by <code>python -m rag ask</code>.</p></noscript>
"""
"""Seen until Gradio has drawn its column."""


def build_page(chat: Chat) -> gr.Blocks:
    """The page and its endpoint `/ask(question, history, model)`.

    The endpoint streams partial answers and ends with the whole one (see `web.render.answer_view`); what cannot be
    answered is an error with one clear line, whose title is the code that programs tell apart.
    """

    async def ask(
        question: str,
        history: list[dict[str, Any]] | None = None,
        model: str = "",
        request: gr.Request = None,  # type: ignore[assignment]  # Gradio gives it, and shows it to nobody
    ) -> AsyncIterator[dict[str, Any]]:
        """Answers a question about the articles, with exact quotes.

        history: the conversation so far, oldest first, as {"question", "answer"} objects.
        model: who phrases the answer; empty is the server's own choice.
        """
        if _unread(page, request.session_hash) > MAX_UNREAD:
            raise gr.Error("Read the answers that are there first.", title="busy", print_exception=False)
        try:
            async for view in chat.ask(question, history, model):
                yield view
        except Refused as refused:
            raise gr.Error(str(refused), title=refused.code, print_exception=False) from None

    page: gr.Blocks = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, fill_height=True)
    with page:
        gr.Column(elem_id="pushpull")
        endpoint(ask, api_name="ask", concurrency_limit=None)
    page.queue(max_size=MAX_QUEUE, api_open=True)
    return page


def _unread(page: gr.Blocks, session: str | None) -> int:
    """How many messages wait for a session to read them."""
    waiting = page._queue.pending_messages_per_session.get(session or "")
    return waiting.qsize() if waiting else 0


def frame(html: str, nonce: str) -> str:
    """Gradio's document with our head, its own scripts signed with the reply's nonce, nothing pointing elsewhere."""
    html = re.sub(r"<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>", "", html)
    html = re.sub(r"<script(?=[\s>])", f'<script nonce="{escape(nonce)}"', html)
    head = HEAD.replace("<script", f'<script nonce="{escape(nonce)}"')
    html = html.replace("</head>", f"<title>{TITLE}</title>\n{head}</head>", 1)
    return html.replace("<gradio-app", f"{OPENING}<gradio-app", 1)


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
