"""A reader's hold on a generation, so that no writer removes it. The system drops it when the process ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

if os.name == "posix":
    import fcntl


def take_lease(folder: Path) -> IO[bytes] | None:
    """Holds a generation until the file returned is closed; None where nothing can be held.

    Windows needs none: it keeps what is open. On a disk that cannot be written the generation is held by opening it.
    """
    if os.name != "posix":
        return None
    try:
        file = (folder / "lease").open("ab")
    except OSError:
        return None
    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return file


def is_leased(folder: Path) -> bool:
    """Whether some reader holds the generation."""
    if os.name != "posix" or not (folder / "lease").is_file():
        return False
    with (folder / "lease").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
