"""Starts the web chat: `python app.py`, then open http://127.0.0.1:7860."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from contextlib import suppress

from rag.errors import RagError
from rag.settings import Settings, load_settings


def read_options(argv: list[str] | None = None) -> Settings:
    """The settings, with what the command line gives on top."""
    parser = argparse.ArgumentParser(prog="app.py", description="The web chat over a folder of articles.")
    parser.add_argument("--corpus", metavar="DIR", help="the folder of articles (default: corpus)")
    parser.add_argument("--index", metavar="DIR", help="the folder in which indexes are kept (default: .rag)")
    parser.add_argument("--model", metavar="SPEC", help="who phrases answers: extractive, ollama:NAME, openai:NAME, …")
    parser.add_argument("--embedding-model", metavar="NAME", help="the embedder: the built-in one, a name, a folder")
    parser.add_argument("--host", metavar="ADDRESS", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, metavar="N", help="the port to listen on (default: 7860)")
    return load_settings(**vars(parser.parse_args(argv)))


def main(argv: list[str] | None = None) -> int:
    """Serves until interrupted. Returns the exit status: 0 done, 2 bad input, 1 anything else."""
    try:
        settings = read_options(argv)
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a question's matrices are too small to share among cores
        gc.disable()  # nothing imported is garbage: looking for some costs a fifth of the start
        from web.server import serve  # after the options: a wrong one is told at once

        gc.enable()
        with suppress(KeyboardInterrupt):  # the server raises it or just ends, as the interrupt falls
            serve(settings)
    except RagError as error:
        print(f"app.py: {error}", file=sys.stderr)
        return error.exit_status
    print("stopped", file=sys.stderr)
    return 0


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # a warm-up in native code is not waited for, and Python's own exit would abort in it
