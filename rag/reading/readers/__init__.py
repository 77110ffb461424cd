"""Documents that are not plain text -> text that reads like Markdown, so that one structure serves them all.

Each kind has a module of its own, which alone knows its library. They read hostile files, so `rag.reading.readers.apart` runs
them in a process of its own, with a limit on time and memory.
"""

from __future__ import annotations

from rag.reading.readers.kinds import SUFFIXES, Extracted, extract

__all__ = ["SUFFIXES", "Extracted", "extract"]
