"""`python -m evals`: asks the questions, prints the table, writes the report; `draft` and `pending` propose
questions, `fit` proposes weights.

Exit status: 0 all is well, 1 a regression, an error while asking or a run that stopped, 2 wrong usage or bad input.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from evals import commands
from rag.errors import RagError


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line; returns the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = {"draft": commands.draft, "pending": commands.pending, "fit": commands.fit}.get(words[0] if words else "")
    try:
        return command(words[1:]) if command else commands.evaluate(words)
    except RagError as error:
        print(f"evals: {error}", file=sys.stderr)
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
