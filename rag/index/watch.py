"""Keeps an index in step with its corpus while something else is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event

from rag.errors import IndexLocked, RagError
from rag.index.plan import Notice
from rag.index.update import IndexReport

WATCH_SECONDS = 2.0


def watch(
    update: Callable[[], IndexReport],
    *,
    stop: Event | None = None,
    every: float = WATCH_SECONDS,
    notice: Notice | None = None,
) -> Iterator[IndexReport]:
    """Updates over and over; yields the reports of those updates that changed something.

    Looking at a thousand unchanged files takes less than a tenth of a second. What goes wrong (an emptied corpus, a
    full disk) is told once, and tried again; another process's update is waited for.

    Args:
        update: `update_index` with its arguments bound.
        stop: ends the watch, at once where it waits.
        every: seconds between two looks.
        notice: called with a line for people.
    """
    stop = stop or Event()
    said = ""
    while not stop.is_set():
        try:
            report = update()
            said = ""
            if report.changed:
                yield report
        except IndexLocked:
            pass  # whoever holds it brings it up to date
        except RagError as error:
            if notice and str(error) != said:
                notice(str(error))
            said = str(error)
        stop.wait(every)
