"""Reading a file that a user named: its text, or one clear line on why not."""

from __future__ import annotations

from pathlib import Path

from rag.errors import BadInput


def read_text(path: Path, mend: str = "check the path") -> str:
    """The text of a UTF-8 file, with or without a byte order mark.

    Args:
        mend: what to do where it cannot be read.

    Raises:
        BadInput: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); {mend}") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text (at byte {error.start}); {mend}") from None
