"""Finding and loading chat models: specs, addresses, missing packages, nothing asked of anybody who was not named."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import rag.generating.discovery
import rag.generating.models
from rag.errors import BadInput, ModelUnavailable
from rag.generating.chatting import Listening
from rag.generating.discovery import FoundModel, cached_models, list_models, models_at, render_models, root_of
from rag.generating.doctor import check_chat_model, check_environment, render_checks
from rag.generating.models import (
    ModelOptions,
    ModelSpec,
    base_url_of,
    find_folder,
    is_local,
    load_chat_model,
    parse_spec,
)
from tests.ollama_server import MODEL, Script, ollama_server


@contextmanager
def recording_server(replies: dict[str, Any]) -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """A server that answers GETs with JSON by path, and keeps the path and headers of everything that it was asked."""
    asked: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            asked.append((self.path, dict(self.headers)))
            data = json.dumps(replies.get(self.path, {"error": "not found"})).encode()
            self.send_response(200 if self.path in replies else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        pytest.param("extractive", None, id="extractive"),
        pytest.param(" Extractive ", None, id="case-and-space"),
        pytest.param("ollama:qwen3:4b", ModelSpec("ollama", "qwen3:4b"), id="a-colon-in-the-name"),
        pytest.param("openai:gpt-oss-20b", ModelSpec("openai", "gpt-oss-20b"), id="openai"),
        pytest.param("HuggingFace:/models/tiny", ModelSpec("huggingface", "/models/tiny"), id="a-folder"),
    ],
)
def test_a_spec_names_a_provider_and_a_model(text: str, spec: ModelSpec | None) -> None:
    assert parse_spec(text) == spec


@pytest.mark.parametrize("text", ["", "qwen3", "ollama:", "ollama", "anthropic:claude", "openai: "])
def test_another_spec_is_refused_with_the_ones_that_are_known(text: str) -> None:
    with pytest.raises(BadInput, match="extractive, ollama:NAME, openai:NAME"):
        parse_spec(text)


def test_openai_without_an_address_is_refused_even_where_the_environment_names_a_cloud(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("OPENAI_API_BASE", "https://api.openai.com/v1")
    with pytest.raises(BadInput, match="RAG_BASE_URL"):
        load_chat_model(ModelSpec("openai", "gpt-5"))


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://127.0.0.1/v1", "http://", "/v1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="is not an address"):
        base_url_of(ModelSpec("openai", "x"), ModelOptions(base_url=url))


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:11434", True),
        ("http://localhost:8080/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://192.168.1.5:8000/v1", False),
        ("https://localhost.example.org", False),
    ],
)
def test_local_is_this_machine_alone(url: str, local: bool) -> None:
    assert is_local(url) is local


@pytest.mark.parametrize("provider", ["ollama", "openai", "huggingface"])
def test_a_missing_package_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    monkeypatch.setitem(rag.generating.models.PACKAGES, provider, ("no_such_module", f"langchain-{provider}>=1,<2"))
    with pytest.raises(ModelUnavailable, match=f'python -m pip install "langchain-{provider}>=1,<2"'):
        load_chat_model(ModelSpec(provider, "x"), ModelOptions(base_url="http://127.0.0.1:1"))


def test_keys_and_proxies_of_other_programs_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a key for a cloud nor a question goes anywhere but to the server that was named."""
    with recording_server({}) as (elsewhere, strayed), recording_server({}) as (named, asked):
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(variable, elsewhere)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", elsewhere)
        monkeypatch.setenv("LANGSMITH_API_KEY", "ls-secret")
        model = load_chat_model(ModelSpec("openai", "m"), ModelOptions(base_url=f"{named}/v1", timeout=5))
        with pytest.raises(ModelUnavailable, match="not on its server"):
            list(_listen(model.chat))

    assert strayed == []
    assert [path for path, _ in asked] == ["/v1/chat/completions"]
    assert not any("secret" in value for _, headers in asked for value in headers.values())


def _listen(chat: Any) -> Listening:
    import time

    from langchain_core.messages import HumanMessage

    return Listening(chat, [HumanMessage("hello")], deadline=time.monotonic() + 5, most_chars=1000)


def test_a_hugging_face_model_that_is_not_here_is_not_looked_for_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recording_server({}) as (hub, asked):
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
        with pytest.raises(ModelUnavailable, match="hf download nobody/nothing"):
            find_folder("nobody/nothing")
    assert asked == []


def test_a_folder_that_holds_no_model_is_said_to_hold_none(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        load_chat_model(ModelSpec("huggingface", str(tmp_path)), ModelOptions(device="cpu"))


def test_ollama_is_listed_with_size_and_context() -> None:
    with ollama_server(Script()) as url:
        found = models_at(url)

    assert found == [FoundModel(f"ollama:{MODEL}", f"Ollama at {url}", url, 1_234_567_890, 8192, "")]
    assert "1.2 GB, context 8,192 tokens" in render_models(found)


@pytest.mark.parametrize(
    ("replies", "size", "context"),
    [
        pytest.param({"/v1/models": {"data": [{"id": "m", "max_model_len": 32768}]}}, None, 32768, id="vllm"),
        pytest.param(
            {
                "/v1/models": {"data": [{"id": "m", "meta": {"n_ctx_train": 131072, "size": 2_500_000_000}}]},
                "/props": {"default_generation_settings": {"n_ctx": 4096}},
            },
            2_500_000_000,
            4096,
            id="llama.cpp-says-what-it-runs-with",
        ),
        pytest.param(
            {
                "/v1/models": {"data": [{"id": "m"}]},
                "/api/v0/models": {"data": [{"id": "m", "type": "llm", "max_context_length": 40960}]},
            },
            None,
            40960,
            id="lm-studio",
        ),
        pytest.param({"/v1/models": {"data": [{"id": "m"}]}}, None, None, id="plain"),
    ],
)
def test_openai_compatible_servers_are_listed_with_what_they_tell(
    replies: dict[str, Any], size: int | None, context: int | None
) -> None:
    with recording_server(replies) as (url, _):
        (found,) = models_at(url)

    assert (found.spec, found.base_url) == ("openai:m", f"{url}/v1")
    assert (found.size_bytes, found.context_tokens) == (size, context)


@pytest.mark.parametrize("listing", [{}, {"data": None}, {"data": ["m", {"no": "id"}]}, {"data": {"id": "m"}}])
def test_a_listing_that_cannot_be_read_lists_nothing(listing: dict[str, Any]) -> None:
    with recording_server({"/v1/models": listing}) as (url, _):
        assert models_at(url) == []


def test_the_listing_begins_with_the_extractive_answerer_and_asks_the_address_that_is_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(rag.generating.discovery, "USUAL", {})
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with recording_server({"/v1/models": {"data": [{"id": "m"}]}}) as (url, _):
        found = list_models([f"{url}/v1"])

    assert [model.spec for model in found] == ["extractive", "openai:m"]
    assert root_of(f"{url}/v1/") == url


def test_the_cache_lists_chat_models_with_safe_weights_alone(tmp_path: Path) -> None:
    def cached(name: str, config: dict[str, Any], tokenizer: dict[str, Any], weights: str) -> None:
        folder = tmp_path / f"models--{name}" / "snapshots" / "abc"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer))
        (folder / weights).write_bytes(b"0" * 1000)

    llama = {"architectures": ["LlamaForCausalLM"], "max_position_embeddings": 2048}
    cached("org--chat", llama, {"chat_template": "x"}, "model.safetensors")
    cached("org--pickled", llama, {"chat_template": "x"}, "pytorch_model.bin")
    cached("org--base", llama, {}, "model.safetensors")
    cached("org--embedder", {"architectures": ["BertModel"]}, {"chat_template": "x"}, "model.safetensors")

    assert cached_models(tmp_path) == [FoundModel("huggingface:org/chat", "the Hugging Face cache", None, 1000, 2048)]


def test_the_doctor_finds_a_model_well() -> None:
    with ollama_server(Script(reply="A barbell is a long bar.")) as url:
        checks = check_chat_model(ModelSpec("ollama", MODEL), ModelOptions(base_url=url, timeout=10))

    assert [(c.name, c.ok) for c in checks] == [
        ("installed", True), ("reachable", True), ("present", True), ("context", True), ("answers", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "fault", "context", "failing", "mend"),
    [
        pytest.param("absent", "", 4096, "present", "ollama pull absent", id="not-pulled"),
        pytest.param(MODEL, "http-500", 4096, "answers", "server's own log", id="fails"),
        pytest.param(MODEL, "", 16384, "context", "RAG_CONTEXT_TOKENS=8192", id="context-too-small"),
    ],
)
def test_the_doctor_names_each_fault_and_its_mend(name: str, fault: str, context: int, failing: str, mend: str) -> None:
    with ollama_server(Script(reply="A bar.", fault=fault)) as url:
        options = ModelOptions(base_url=url, timeout=10, context_tokens=context)
        checks = check_chat_model(ModelSpec("ollama", name), options)

    assert [check.name for check in checks if check.ok is False] == [failing]
    assert mend in render_checks(checks)


def test_the_doctor_says_when_the_server_is_down() -> None:
    with ollama_server(Script()) as url:
        pass
    checks = check_chat_model(ModelSpec("ollama", MODEL), ModelOptions(base_url=url, timeout=5))

    assert [(c.name, c.ok) for c in checks[1:]] == [
        ("reachable", False), ("present", None), ("context", None), ("answers", None),
    ]  # fmt: skip
    assert "ollama serve" in checks[1].mend


def test_the_environment_that_runs_the_tests_is_well() -> None:
    assert all(check.ok for check in check_environment())
