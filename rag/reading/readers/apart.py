"""Runs the readers in a process of their own: a document that hangs, crashes or eats memory costs that process only.

The process is started for the first document, reads one after another, and ends by itself when it has been idle for a
while or when this one is gone. Requests and replies go through its standard input and output: a line of JSON, and in a
request the file's bytes after it. Nothing that the process sends is run.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO

from rag.reading.files import Limits, Unreadable
from rag.reading.readers.kinds import Extracted, extract

IDLE_SECONDS = 30.0
"""How long the process waits for the next document before it ends."""


class Apart:
    """The process, started when needed; safe to use from several threads, which take turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def extract(self, kind: str, data: bytes, limits: Limits) -> Extracted:
        """`rag.reading.readers.extract`, apart.

        Raises:
            Unreadable: as there; also where the reader crashes, takes longer than `limits.max_seconds`, or needs more
                memory than `limits.max_memory`.
        """
        head = json.dumps({"kind": kind, "size": len(data), "limits": asdict(limits)}).encode() + b"\n"
        with self._lock:
            for _ in range(2):  # an idle process may end while it is being asked
                process = self._running()
                reply, late = _ask(process, head, data, limits.max_seconds)
                if reply.endswith(b"\n"):
                    return _read_reply(reply)
                self._process = None
                ended = _end(process)
                if late:
                    raise Unreadable(f"reading it took longer than {limits.max_seconds:g} s (RAG_MAX_FILE_SECONDS)")
                if ended != 0:
                    break
        raise Unreadable("its reader crashed: the file is damaged, or made to do that")

    def close(self) -> None:
        """Ends the process, if one runs."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            home = Path(__file__).parents[3]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rag.reading.readers"],
                cwd=home,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process


def _end(process: subprocess.Popen[bytes]) -> int:
    """Waits for a process that is ending, and kills it where it does not; its exit status."""
    try:
        return process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _ask(process: subprocess.Popen[bytes], head: bytes, data: bytes, seconds: float) -> tuple[bytes, bool]:
    """The reply to a request, cut short where the process died, and whether that was for lateness."""
    assert process.stdin and process.stdout
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        process.stdin.write(head)
        process.stdin.write(data)
        process.stdin.flush()
        return process.stdout.readline(), late.is_set()
    except OSError:  # it died before it had read everything
        return b"", late.is_set()
    finally:
        timer.cancel()


def _read_reply(reply: bytes) -> Extracted:
    found = json.loads(reply)
    if "error" in found:
        raise Unreadable(str(found["error"]))
    return Extracted(str(found["text"]), {str(key): str(value) for key, value in found["metadata"].items()})


def serve() -> None:
    """The process' own loop: reads requests from standard input until it ends or nothing comes for a while."""
    requests, replies = sys.stdin.buffer, _private_output()
    sys.setrecursionlimit(20_000)
    while _wait(requests):
        head = requests.readline()
        if not head:
            return
        request = json.loads(head)
        data = requests.read(request["size"])
        limits = Limits(**request["limits"])
        reply = _answer(request["kind"], data, limits)
        swollen = _peak_memory() > limits.max_memory // 4
        if swollen and "error" in reply:
            reply["error"] = f"{reply['error']} (perhaps for want of memory: it may use {_memory(limits)})"
        replies.write(json.dumps(reply).encode() + b"\n")
        replies.flush()
        if swollen:
            return  # the next document gets a fresh process, and all of its memory


def _answer(kind: str, data: bytes, limits: Limits) -> dict[str, object]:
    try:
        _limit_memory(limits.max_memory)
        found = extract(kind, data, limits)
        return {"text": found.text, "metadata": dict(found.metadata)}
    except Unreadable as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": f"reading it needs more than {_memory(limits)}"}
    except RecursionError:
        return {"error": "its parts are nested too deeply"}
    except Exception as error:  # whatever a library makes of a hostile file is a reason not to read it
        return {"error": f"it is damaged: {type(error).__name__}: {str(error)[:200]}"}


def _memory(limits: Limits) -> str:
    return f"{limits.max_memory // 1_000_000:,} MB (RAG_MAX_FILE_MEMORY)"


def _peak_memory() -> int:
    """The most memory that this process has used so far, in bytes; 0 where the system does not tell.

    Linux counts the memory of the process that started this one into `getrusage`'s peak, so `/proc` is asked there.
    """
    with suppress(OSError, StopIteration):
        status = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
        return int(next(line for line in status if line.startswith("VmHWM:")).split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _private_output() -> IO[bytes]:
    """Standard output for replies alone: whatever a library prints goes nowhere."""
    private = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return private


def _wait(requests: IO[bytes]) -> bool:
    """Waits for a request; False where none comes. On Windows it waits for ever, until its starter is gone."""
    if os.name == "nt":
        return True
    import select

    return bool(select.select([requests], [], [], IDLE_SECONDS)[0])


def _limit_memory(most: int) -> None:
    """Caps this process' memory, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))
    except (OSError, ValueError):  # macOS refuses
        return


APART = Apart()
"""The process that all of this one's documents are read in."""
