"""Checks a chat model end to end, and the environment around it; for each fault, its mend.

It tells; it changes nothing. It knows what must be there; it does not know how the command line shows it.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rag.errors import RagError
from rag.generating.chatting import Listening, ModelFailure
from rag.generating.discovery import answers, models_at, root_of
from rag.generating.models import ChatModel, ModelOptions, ModelSpec, base_url_of, load_chat_model, missing_package

PYTHON = (3, 11)
NEEDED = ("langchain", "chromadb", "gradio", "onnxruntime", "tokenizers", "bm25s", "torch")
QUESTION = "Answer with one short sentence: what is a barbell?"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what ("ollama:qwen3:4b is reachable").
        ok: whether all is well; None where it could not be looked at, because something before it failed.
        detail: what was found.
        mend: what to do, where it is not well.
    """

    name: str
    ok: bool | None
    detail: str = ""
    mend: str = ""


def check_environment() -> list[Check]:
    """Python and the packages that the program cannot do without."""
    version = sys.version_info[:2]
    python = Check(
        "Python",
        version >= PYTHON,
        ".".join(map(str, version)),
        "install Python 3.11 or newer and run `make chat` again",
    )
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    detail = f"missing: {', '.join(missing)}" if missing else ""
    return [python, Check("packages", not missing, detail, "run `make chat`")]


def check_chat_model(spec: ModelSpec, options: ModelOptions) -> list[Check]:
    """Whether a chat model is installed, reachable, present, has the context that is set, streams, and answers."""
    steps = ("installed", "reachable", "present", "context", "answers")
    found: dict[str, Check] = {}
    for check in _checks(spec, options):
        found[check.name] = check
    return [found.get(step, Check(step, None, "not looked at")) for step in steps]


def render_checks(checks: Iterable[Check]) -> str:
    """Checks as lines for people: a mark, what was found, and under each fault its mend."""
    lines = []
    for check in checks:
        mark = {True: "ok  ", False: "FAIL", None: "-   "}[check.ok]
        lines.append(f"{mark} {check.name}{': ' if check.detail else ''}{check.detail}")
        if check.ok is False and check.mend:
            lines.append(f"     mend: {check.mend}")
    return "\n".join(lines)


def _checks(spec: ModelSpec, options: ModelOptions) -> Iterator[Check]:
    """Each step as far as the one before it let it come."""
    install = missing_package(spec.provider)
    yield Check("installed", not install, "" if install is None else "a package is missing", install or "")
    if install:
        return
    try:
        url = base_url_of(spec, options)
    except RagError as error:
        yield Check("reachable", False, str(error), "set RAG_BASE_URL to the server's address")
        return
    if url is not None:
        served = list(_check_server(spec, options, root_of(url)))
        yield from served
        if any(check.ok is False and check.name != "context" for check in served):
            return
    try:
        model = load_chat_model(spec, options)
    except RagError as error:
        yield Check("present", False, str(error), "give another model, or fetch this one")
        return
    if url is None:
        yield from (Check("reachable", True, "runs in this process"), Check("present", True))
        yield _check_context(model.context_tokens, options.context_tokens)
    yield _check_answer(model, options)


def _check_server(spec: ModelSpec, options: ModelOptions, root: str) -> Iterator[Check]:
    up = answers(root)
    how = "run `ollama serve`" if spec.provider == "ollama" else "start it, or set RAG_BASE_URL to where it is"
    yield Check("reachable", up, root if up else f"nothing answers at {root}", how)
    if not up:
        return
    names = {model.spec.partition(":")[2]: model for model in models_at(root)}
    found = names.get(spec.name) or names.get(f"{spec.name}:latest")
    if found:
        yield Check("present", True)
        yield _check_context(found.context_tokens, options.context_tokens)
    elif spec.provider == "ollama":
        others = f", or choose one of {', '.join(names)}" if names else ""
        yield Check("present", False, f"{spec.name} is not there", f"run `ollama pull {spec.name}`{others}")
    else:  # some servers serve what they do not list
        listed = f"the server lists {', '.join(names)}" if names else "the server lists no models"
        yield Check("present", None, f"{listed}, and not {spec.name}")


def _check_context(own: int | None, wanted: int) -> Check:
    if own is None:
        return Check("context", None, "the server does not say")
    mend = f"set RAG_CONTEXT_TOKENS={own}, or start the server with a larger context"
    return Check("context", own >= wanted, f"{own:,} tokens; {wanted:,} are set", mend)


def _check_answer(model: ChatModel, options: ModelOptions) -> Check:
    from langchain_core.messages import HumanMessage

    started = time.monotonic()
    deadline = started + options.timeout
    first, said = 0.0, ""
    try:
        for piece in Listening(model.chat, [HumanMessage(QUESTION)], deadline=deadline, most_chars=100_000):
            first = first or time.monotonic() - started
            said += piece
    except ModelFailure as failure:
        return Check("answers", False, f"it {failure}", "look at the server's own log, or raise RAG_TIMEOUT")
    if not said.strip():
        return Check("answers", False, "it said nothing", "choose a model that is made for chat")
    seconds = time.monotonic() - started
    return Check("answers", True, f"first words after {first:.1f} s, whole answer after {seconds:.1f} s")
