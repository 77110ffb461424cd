"""The door of the server: who may ask for what, how much and how often, and the headers on every reply.

Pure ASGI, around the whole application. It does not know the chat. Everything that is not named here is shut: of
Gradio's routes only those that the page and its clients need are open.
"""

from __future__ import annotations

import base64
import hmac
import ipaddress
import json
import math
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN_PATHS = re.compile(
    r"/(?:ui/.*|api/.*|healthz|report"
    r"|config/?|theme\.css|manifest\.json|favicon\.ico|robots\.txt|assets/.*|static/.*"
    r"|gradio_api/(?:info/?|openapi\.json|app_id/?|startup-events|heartbeat/[^/]*|cancel|reset/?"
    r"|call/ask(?:/[^/]*)?|queue/(?:join|data)))?",
    re.S,
)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_BODY = 256 * 1024
"""Bytes in a request's body; uploads have a limit of their own."""
UNCOUNTED = ("/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/startup-events")
MAX_VISITORS = 10_000
LOOKED_AT = ("/api/", "/gradio_api/", "/report")
LOOKS_PER_SEND = 10
"""How many times as often as he may send something a visitor may look at what costs the server work."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; manifest-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'self'; frame-ancestors 'none'; object-src 'none'"
)
"""Gradio sets styles inline, so styles are allowed inline; scripts are not, and nothing comes from elsewhere."""
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that goes no further, and why in one line."""

    status: int
    line: str
    headers: dict[str, str] = field(default_factory=dict)


class RateLimit:
    """At most `per_minute` requests a visitor in a minute, as a bucket that refills; thread of one event loop only."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._rate, self._size, self._clock = per_minute / 60, float(per_minute), clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, visitor: str) -> float:
        """0 where the visitor may go on, else the seconds until he may."""
        now = self._clock()
        left, since = self._buckets.pop(visitor, (self._size, now))
        left = min(self._size, left + (now - since) * self._rate)
        allowed = left >= 1
        self._buckets[visitor] = (left - 1 if allowed else left, now)
        if len(self._buckets) > MAX_VISITORS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._rate


class Hosts:
    """The names under which this server may be addressed: a page elsewhere must not reach it under a name of its own.

    A server that other machines may reach also answers to any address in numbers: such a name cannot be pointed here.
    """

    def __init__(self, bound: str, named: Iterable[str] = ()) -> None:
        self._names = LOOPBACK | {name.strip().lower() for name in named if name.strip()}
        self._numbers = bound not in LOOPBACK
        if self._numbers:
            self._names |= {bound}

    def allow(self, header: str) -> bool:
        """Whether a Host header names this server."""
        name = host_name(header)
        return name in self._names or (self._numbers and _is_number(name))


def host_name(header: str) -> str:
    """The name in a Host header, without its port; "" where it is none."""
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Guard:
    """ASGI middleware: refuses what it should, and puts the security headers on everything else.

    Args:
        hosts: the names this server answers to.
        limit: how often a visitor may send something, or give a wrong password; he may look at articles ten times as
            often.
        login: "NAME:PASSWORD" asked of every visitor, "" for nobody.
        max_upload: bytes in an upload, for the paths that start with `/api/articles`.
    """

    def __init__(self, app: ASGIApp, *, hosts: Hosts, limit: RateLimit, login: str = "", max_upload: int) -> None:
        self._app, self._hosts, self._limit, self._max_upload = app, hosts, limit, max_upload
        self._looks = RateLimit(LOOKS_PER_SEND * limit.per_minute)
        self._login = base64.b64encode(login.encode()).decode() if login else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._guard(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _guard(self, scope: Scope, receive: Receive, send: Send) -> None:
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(message, nonce)
            await send(message)

        refusal = self.refuse(scope)
        if refusal:
            await _reply(refusal, send_guarded)
            return
        if scope["method"] not in ("GET", "HEAD"):
            limit = self._body_limit(scope["path"])
            body = await _read_body(receive, limit)
            if body is None:
                await _reply(Refusal(413, f"The request is larger than {limit:,} bytes."), send_guarded)
                return
            receive = _replayed(body, receive)
        await self._app(scope, receive, send_guarded)

    def refuse(self, scope: MutableMapping[str, Any]) -> Refusal | None:
        """Why a request goes no further, None where it may pass."""
        headers, path, method = Headers(scope=scope), scope["path"], scope["method"]
        if not self._hosts.allow(headers.get("host", "")):
            return Refusal(421, "This server does not answer to that name; a setting, RAG_HOSTS, adds names.")
        if self._login and path != "/healthz" and not self._knows(headers.get("authorization", "")):
            return self._ask_to_log_in("authorization" in headers, _visitor(scope))
        if not OPEN_PATHS.fullmatch(path):
            return Refusal(404, "There is nothing here.")
        if method in ("GET", "HEAD"):
            return _too_often(self._looks, _visitor(scope)) if path.startswith(LOOKED_AT) else None
        return self._refuse_sent(headers, path, _visitor(scope))

    def _ask_to_log_in(self, tried: bool, visitor: str) -> Refusal:
        """Passwords are not guessed faster than questions are asked."""
        refusal = Refusal(401, "Log in.", {"www-authenticate": 'Basic realm="Pushpull", charset="UTF-8"'})
        return (_too_often(self._limit, visitor) or refusal) if tried else refusal

    def _refuse_sent(self, headers: Headers, path: str, visitor: str) -> Refusal | None:
        """Why something sent is not taken: from a page elsewhere, too large, too often."""
        origin = headers.get("origin")
        if origin and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
            return Refusal(403, "A page from elsewhere may not send anything here.")
        if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return Refusal(403, "A page from elsewhere may not send anything here.")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._body_limit(path):
            return Refusal(413, f"The request is larger than {self._body_limit(path):,} bytes.")
        return None if path in UNCOUNTED else _too_often(self._limit, visitor)

    def _body_limit(self, path: str) -> int:
        return self._max_upload if path.startswith("/api/articles") else MAX_BODY

    def _knows(self, authorization: str) -> bool:
        kind, _, token = authorization.partition(" ")
        return kind.lower() == "basic" and hmac.compare_digest(token.strip().encode(), self._login.encode())


def _too_often(limit: RateLimit, visitor: str) -> Refusal | None:
    seconds = math.ceil(limit.wait(visitor))
    if not seconds:
        return None
    return Refusal(429, f"Too many requests from you: try again in {seconds} s.", {"retry-after": str(seconds)})


def add_headers(message: Message, nonce: str) -> None:
    """Put the security headers on the start of a reply; one that a route set itself stays."""
    headers = MutableHeaders(raw=message["headers"])
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("content-security-policy", PAGE_POLICY.format(nonce=nonce))
    for name in ("server", "x-powered-by", "access-control-allow-origin", "access-control-allow-credentials"):
        if name in headers:
            del headers[name]


async def _read_body(receive: Receive, limit: int) -> bytes | None:
    """The body of a request; None where it is longer than `limit`, whatever length it claims."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            return None
        more = message.get("more_body", False)
    return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read, then what else comes (that the visitor left)."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _visitor(scope: MutableMapping[str, Any]) -> str:
    client = scope.get("client")
    return client[0] if client else "unknown"


async def _reply(refusal: Refusal, send: Send) -> None:
    body = json.dumps({"detail": refusal.line}).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), **refusal.headers}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
