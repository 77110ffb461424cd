"""`python -m evals`: asks the questions, prints the table, writes the report; `draft` and `pending` propose
questions, `fit` proposes weights.

Exit status: 0 all is well, 1 a regression, an error while asking or a run that stopped, 2 wrong usage or bad input.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from rag.errors import RagError


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line; returns the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `python -m rag` does; and sums do not depend on the cores
    try:
        return _run(words)
    except RagError as error:
        print(f"evals: {error}", file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(
            f"evals: {error.filename or 'a file'}: {error.strerror}; free space or name another place", file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        print("evals: stopped", file=sys.stderr)
        return 1


def _run(words: Sequence[str]) -> int:
    from evals import commands

    command = {"draft": commands.draft, "pending": commands.pending, "fit": commands.fit}.get(words[0] if words else "")
    return command(words[1:]) if command else commands.evaluate(words)


if __name__ == "__main__":
    sys.exit(main())
