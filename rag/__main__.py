"""The command line: `python -m rag index | ask | chat | show | models | doctor`.

Answers go to stdout, everything else to stderr. Exit status: 0 done, 2 wrong usage or bad input, 1 anything else; an
error is one line that says what is wrong and what to do. What needs time to import is imported by the command that
needs it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from rag.errors import RagError


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    given = build_parser().parse_args(words)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a question's matrices are too small to share among cores
    try:
        from rag import commands

        return int(getattr(commands, given.command)(given))
    except RagError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with the options in one line."""

    def error(self, message: str) -> NoReturn:
        """Ends with exit status 2."""
        self.exit(2, f"error: {message}; `{self.prog} --help` lists what there is\n")


def build_parser() -> argparse.ArgumentParser:
    """The options of every command."""
    shared = OneLineParser(add_help=False)
    shared.add_argument("--corpus", metavar="DIR", help="the folder of articles (default: corpus)")
    shared.add_argument("--index", metavar="DIR", help="the folder in which indexes are kept (default: .rag)")
    shared.add_argument("--model", metavar="SPEC", help="who phrases answers (default: extractive, no language model)")
    shared.add_argument("--embedding-model", metavar="NAME", help="the embedder (default: all-MiniLM-L6-v2, built in)")
    shared.add_argument("--json", action="store_true", help="print for programs, one JSON object a line")
    parser = OneLineParser(
        prog="python -m rag",
        description="Answers questions about a folder of articles, with exact quotes.",
        epilog="Every option is also a setting: RAG_CORPUS, RAG_MODEL, … in the environment or in .env.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, says: str) -> OneLineParser:
        return commands.add_parser(name, help=says, description=says, parents=[shared])

    index = command("index", "bring the index up to date with the corpus, and say what changed")
    index.add_argument("--rebuild", action="store_true", help="start anew, whatever is there")
    index.add_argument("--check", action="store_true", help="verify everything against the articles, change nothing")
    index.add_argument("--watch", action="store_true", help="go on, and follow every change of the corpus")
    ask = command("ask", "answer one question, or a file of them")
    ask.add_argument("question", nargs="?", help="the question; - reads it from standard input")
    ask.add_argument("--batch", metavar="FILE", help="a JSON object a line: id, question, history; - is standard input")
    command("chat", "a conversation in the terminal")
    show = command("show", "print an article's text, the one that offsets count in")
    show.add_argument("article", help="its id or its file name, as citations give them")
    command("models", "list the models that answer on this machine")
    command("doctor", "check the environment, the index and the models, and say how to mend what is wrong")
    return parser


if __name__ == "__main__":
    sys.exit(main())
