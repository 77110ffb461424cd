"""A progress bar on stderr: one line that redraws itself in a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TextIO

WIDTH = 30


@dataclass
class Progress:
    """Call it with how many of how many are done. `label` says of what."""

    label: str
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _started: float = field(default_factory=time.perf_counter)

    def __call__(self, done: int, total: int) -> None:
        seconds = time.perf_counter() - self._started
        line = f"{self.label}  {done}/{total}  {seconds:.0f} s"
        if self.stream.isatty():
            filled = WIDTH * done // total
            ending = "\n" if done == total else ""
            self.stream.write(f"\r{'█' * filled}{'░' * (WIDTH - filled)}  {line}{ending}")
        elif done == total or done % max(1, total // 4) == 0:
            self.stream.write(f"{line}\n")
        self.stream.flush()
