"""Runs one measurement in a process of its own, and says how long it took and how much memory it had at its peak."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """What a process did.

    Attributes:
        first: seconds until its first line on stdout.
        seconds: seconds until it ended.
        peak: bytes of memory at the most, as `wait4` tells (Linux and macOS).
        line: that first line.
    """

    first: float
    seconds: float
    peak: int
    line: str


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds that `work` took, and what it gave."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def run_process(command: Sequence[str]) -> Run:
    """Run it to its end.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    started = time.perf_counter()
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "ANONYMIZED_TELEMETRY": "False",
        "TOKENIZERS_PARALLELISM": "true",
    }
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        first = time.perf_counter() - started
        process.stdout.read()
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed: {said[-2000:]}")
    scale = 1 if sys.platform == "darwin" else 1024
    return Run(first, time.perf_counter() - started, usage.ru_maxrss * scale, line.strip())


def run(module: str, job: str, **arguments: Any) -> tuple[dict[str, Any], Run]:
    """What the job `job` of `benchmarks.MODULE` gave, run in a process of its own."""
    done = run_process([sys.executable, "-m", f"benchmarks.{module}", job, json.dumps(arguments, default=str)])
    return json.loads(done.line), done


def run_job(**jobs: Callable[..., Any]) -> None:
    """The other end of `run`: call the job that the command line names; print what it gives as a line of JSON."""
    job = jobs[sys.argv[1]]
    hints = get_type_hints(job)
    arguments = {name: Path(v) if hints[name] is Path else v for name, v in json.loads(sys.argv[2]).items()}
    print(json.dumps(job(**arguments)), flush=True)


def folder_size(folder: Path, *, leave_out: str = "") -> int:
    """Bytes of all files in a folder, but for those in its subfolder `leave_out`."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files if path.relative_to(folder).parts[0] != leave_out)
