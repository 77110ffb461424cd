"""The errors that callers tell apart. Each message is one line: what is wrong, where, and what to do."""

from __future__ import annotations


class RagError(Exception):
    """Something this program can name and the user can mend. The command line exits with `exit_status`."""

    exit_status = 1


class BadInput(RagError):
    """A question, file, option or setting that cannot be used as it is."""

    exit_status = 2


class CorpusError(BadInput):
    """The corpus folder is missing, unreadable, or holds no article."""


class IndexLocked(RagError):
    """Another process is writing this index."""


class IndexMismatch(RagError):
    """The index was built by another embedder or a newer program, and must not be read with this one."""


class ModelUnavailable(RagError):
    """A chat or embedding model is missing, down, or does not answer as it should."""
