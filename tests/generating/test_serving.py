"""Real models behind real servers: a tiny random one, in process and served by `transformers serve`. All it says is noise."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from rag.generating.doctor import check_chat_model
from rag.generating.generation import GenerativeAnswerer
from rag.generating.models import ChatModel, ModelOptions, ModelSpec, load_chat_model
from rag.generating.prompts import approximate_tokens
from tests.grounded_world import HIP_THRUST, QUESTION, ROW, extractive, grounder, passages, source_text
from tests.tiny_model import make_tiny_model

START_SECONDS = 120
TIMEOUT = 20.0
OPTIONS = ModelOptions(timeout=TIMEOUT, temperature=1.0, context_tokens=2048, answer_tokens=48, device="cpu")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("tiny"), [HIP_THRUST, ROW])


@pytest.fixture(scope="module")
def served(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cache = tmp_path_factory.mktemp("cache")
    (cache / "hub").mkdir()
    environment = os.environ | {"HF_HOME": str(cache), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "2"}
    command = [str(Path(sys.executable).parent / "transformers"), "serve", str(tiny), "--host", "127.0.0.1"]
    process = subprocess.Popen([*command, "--port", str(port), "--device", "cpu"], env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, trust_env=False, timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    pytest.fail(f"`transformers serve` did not answer within {START_SECONDS} s (exit status {process.poll()})")


@pytest.fixture(params=["served", "in-process"])
def model(request: pytest.FixtureRequest, tiny: Path) -> ChatModel:
    if request.param == "served":
        options = replace(OPTIONS, base_url=request.getfixturevalue("served"))
        return load_chat_model(ModelSpec("openai", str(tiny)), options)
    return load_chat_model(ModelSpec("huggingface", str(tiny)), OPTIONS)


def test_noise_never_reaches_the_reader(model: ChatModel) -> None:
    """The command `python -m evals.noise` asks five hundred times; this asks a few."""
    answerer = GenerativeAnswerer(
        model.chat,
        model.name,
        grounder(),
        timeout=TIMEOUT,
        context_tokens=model.context_tokens,
        answer_tokens=48,
        count_tokens=model.count_tokens or approximate_tokens,
    )
    for _ in range(4):
        started = time.monotonic()
        answer = answerer.stream(QUESTION, passages(), extractive()).answer

        assert time.monotonic() - started < TIMEOUT + 1
        assert answer.citations
        assert {int(n) for n in re.findall(r"\[(\d+)\]", answer.text)} == {c.marker for c in answer.citations}
        for citation in answer.citations:
            assert source_text(citation.article_id)[citation.start : citation.end] == citation.quote
        if answer.model == "extractive":
            assert answer.text == extractive().text
            assert answer.notices


def test_the_model_in_this_process_counts_its_own_tokens(tiny: Path) -> None:
    model = load_chat_model(ModelSpec("huggingface", str(tiny)), OPTIONS)

    assert model.context_tokens == 2048
    assert model.count_tokens is not None
    assert model.count_tokens("The hip thrust is a push exercise.") < model.count_tokens("The hip thrust. " * 9)


def test_the_doctor_examines_a_model_in_this_process(tiny: Path) -> None:
    options = replace(OPTIONS, context_tokens=4096)
    checks = {check.name: check for check in check_chat_model(ModelSpec("huggingface", str(tiny)), options)}

    assert checks["present"].ok
    assert checks["answers"].ok
    assert checks["context"].ok is False
    assert "RAG_CONTEXT_TOKENS=2048" in checks["context"].mend


def test_the_doctor_examines_a_served_model(tiny: Path, served: str) -> None:
    options = replace(OPTIONS, base_url=served)
    checks = {check.name: check for check in check_chat_model(ModelSpec("openai", str(tiny)), options)}

    assert checks["reachable"].ok
    assert checks["answers"].ok
