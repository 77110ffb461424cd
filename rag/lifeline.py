"""A process that works for another, and must not outlive it.

The asker starts it with a pipe as its standard input and holds the other end: where the asker ends, however it does,
the system closes the pipe, and that is heard here. Does not know what the work is.
"""

from __future__ import annotations

import os
import threading


def end_with_asker() -> None:
    """From now on, this process ends when its standard input does."""
    threading.Thread(target=_listen, daemon=True).start()


def _listen() -> None:
    while os.read(0, 1024):  # not sys.stdin, whose lock would be held when this process ends by itself
        pass
    os._exit(1)
