"""A server that speaks Ollama's protocol over real sockets, says what a test tells it to, and fails in every known way."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "tiny:1b"


@dataclass
class Script:
    """What the server does with the next chat; `asked` keeps the bodies of all requests to it, oldest first.

    Attributes:
        reply: what the model says, streamed word by word.
        fault: which way it fails; empty for none.
        pause: seconds between two words.
    """

    reply: str = ""
    fault: str = ""
    pause: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Script

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        if self.path == "/api/tags":
            entry = {"name": MODEL, "model": MODEL, "size": 1_234_567_890, "details": {"parameter_size": "1B"}}
            self._json({"models": [entry]})
        elif self.path == "/api/version":
            self._json({"version": "0.13.0"})
        else:
            self._json({"error": "not found"}, 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.path == "/api/show":
            info = {"general.architecture": "llama", "llama.context_length": 8192}
            self._json({"model_info": info, "capabilities": ["completion"]})
        elif self.path != "/api/chat":
            self._json({"error": "not found"}, 404)
        elif body.get("model") != MODEL:
            self._json({"error": f"model '{body.get('model')}' not found"}, 404)
        else:
            self.script.asked.append(body)
            self.script.headers.append(dict(self.headers))
            with suppress(BrokenPipeError, ConnectionResetError):  # the client may have given up
                self._chat()

    def _chat(self) -> None:
        fault = self.script.fault
        if fault == "http-500":
            return self._json({"error": "llama runner process has terminated"}, 500)
        if fault == "context-overflow":
            return self._json({"error": "the input length exceeds the context length"}, 400)
        if fault == "hung":
            self.script.released.wait(20)
            self.close_connection = True
            return None
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in self._lines(fault):
            self.wfile.write(f"{len(line):X}\r\n".encode() + line + b"\r\n")
            self.wfile.flush()
            time.sleep(self.script.pause)
        if fault == "killed":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        self.wfile.write(b"0\r\n\r\n")
        return None

    def _lines(self, fault: str) -> Iterator[bytes]:
        if fault == "junk":
            yield b"\x00\xff<html>502 Bad Gateway</html>\n"
            return
        if fault == "tool-calls":
            call = {"function": {"name": "search_web", "arguments": {"query": "push or pull"}}}
            yield self._line("", tool_calls=[call])
            yield self._line("", done=True)
            return
        while fault == "endless":
            yield self._line("and so on ")
        for number, word in enumerate(self.script.reply.split(" ")):
            if number == 3 and fault == "killed":
                return
            if number == 3 and fault == "hung-midway":
                self.script.released.wait(20)
                return
            if number == 3 and fault == "error-midway":
                yield json.dumps({"error": "an error was encountered while running the model"}).encode() + b"\n"
                return
            yield self._line(f"{word} ")
        yield self._line("", done=True)

    def _line(self, content: str, *, done: bool = False, tool_calls: list[dict[str, Any]] | None = None) -> bytes:
        message: dict[str, Any] = {"role": "assistant", "content": content}
        if tool_calls:
            message["tool_calls"] = tool_calls
        line: dict[str, Any] = {"model": MODEL, "created_at": "2026-01-01T00:00:00Z", "message": message, "done": done}
        if done:
            line |= {"done_reason": "stop", "total_duration": 1, "eval_count": 1, "prompt_eval_count": 1}
        return json.dumps(line).encode() + b"\n"

    def _json(self, found: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def ollama_server(script: Script) -> Iterator[str]:
    """A running server; yields its address."""
    handler = type("Handler", (_Handler,), {"script": script})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        script.released.set()
        server.shutdown()
        server.server_close()
