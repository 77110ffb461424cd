"""Where the time goes on three paths: the start of the command line, a question, indexing."""

from __future__ import annotations

import cProfile
import os
import pstats
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.jobs import run_job, timed
from benchmarks.project import settings_for

_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \| (\s*)(\S+)")

QUESTION_STAGES: Mapping[str, tuple[str, str]] = {
    "embed the question": ("embeddings.py", "encode_query"),
    "search the vectors (Chroma)": ("reader.py", "dense"),
    "search the words (BM25)": ("reader.py", "lexical"),
    "score what either found": ("reader.py", "bm25"),
    "read the passages": ("reader.py", "passages"),
    "read their token vectors": ("reader.py", "encoded"),
    "score the sentences": ("ranking.py", "__init__"),
    "weigh the sentences": ("ranking.py", "sentences"),
    "decide whether the articles say": ("confidence.py", "confidence"),
    "choose and cite": ("extractive.py", "select_quotes"),
}
INDEXING_STAGES: Mapping[str, tuple[str, str]] = {
    "compare the folder with the index": ("plan.py", "make_plan"),
    "read an article": ("articles.py", "read_article"),
    "cut it into passages": ("passages.py", "split_article"),
    "count its words": ("lexical.py", "add"),
    "wait for the encoder": ("embeddings.py", "_results"),
    "keep the vectors": ("embedded.py", "append"),
    "write the lexical index": ("lexical.py", "save"),
    "wait for Chroma": ("store_build.py", "finish"),
}


def start(corpus: Path, folder: Path, question: str) -> dict[str, float]:
    """Milliseconds that `python -m rag ask` spends importing each package, the most first, and `everything`."""
    command = [sys.executable, "-X", "importtime", "-m", "rag", "ask", question]
    command += ["--corpus", str(corpus), "--index", str(folder)]
    seconds, done = timed(lambda: subprocess.run(command, capture_output=True, text=True, check=True))
    spent: Counter[str] = Counter()
    for line in done.stderr.splitlines():
        if found := _IMPORT.match(line):
            spent[found[3].partition(".")[0]] += int(found[1])
    return {name: us / 1000 for name, us in spent.most_common(12)} | {"everything": 1000 * seconds}


def question(corpus: Path, folder: Path, questions: Sequence[str]) -> dict[str, float]:
    """Milliseconds a question, by stage."""
    from rag.assistant import open_assistant

    assistant = open_assistant(settings_for(corpus, folder))
    assistant.ask(questions[0])
    return _profiled(lambda: [assistant.ask(text) for text in questions], QUESTION_STAGES, len(questions))


def indexing(corpus: Path, folder: Path) -> dict[str, float]:
    """Milliseconds a passage, by stage; the corpus is indexed anew in a temporary folder."""
    from rag.embedding.embeddings import load_embeddings
    from rag.index import update_index

    settings = settings_for(corpus, folder)
    embeddings = load_embeddings(settings.embedding_model, cache=folder / "models")
    with tempfile.TemporaryDirectory(dir=folder) as place:
        passages: list[int] = []

        def work() -> None:
            report = update_index(corpus, Path(place), embeddings, target_chars=settings.passage_chars)
            passages.append(report.passages)

        found = _profiled(work, INDEXING_STAGES, 1)
    return {stage: spent / passages[0] for stage, spent in found.items()}


def _profiled(work: Callable[[], object], stages: Mapping[str, tuple[str, str]], times: int) -> dict[str, float]:
    """Milliseconds of each stage in this thread, and of `everything`, divided by `times`."""
    profile = cProfile.Profile()
    profile.enable()
    seconds, _ = timed(work)
    profile.disable()
    spent: Counter[str] = Counter()
    for (file, _, function), (_, _, _, cumulative, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if f"{os.sep}rag{os.sep}" in file:
            for stage, where in stages.items():
                spent[stage] += cumulative if (Path(file).name, function) == where else 0
    return {stage: 1000 * spent[stage] / times for stage in stages} | {"everything": 1000 * seconds / times}


if __name__ == "__main__":
    run_job(start=start, question=question, indexing=indexing)
