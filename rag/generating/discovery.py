"""What runs on this machine: model servers on their usual ports, and the local Hugging Face cache.

It asks loopback addresses only, and starts nothing. It knows the servers' listings; it does not know how to chat.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from rag.generating.models import EXTRACTIVE, is_local

USUAL = {
    "Ollama": "http://127.0.0.1:11434",
    "LM Studio": "http://127.0.0.1:1234",
    "llama.cpp": "http://127.0.0.1:8080",
    "vLLM": "http://127.0.0.1:8000",
}
"""Where each server listens unless it was told otherwise."""

SECONDS = 2.0
"""How long a server may take to list its models."""


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A chat model that can be used here.

    Attributes:
        spec: what to give as `--model`.
        where: the server or folder, for people.
        base_url: what to set as base URL; None where none is needed.
        size_bytes: of its weights; None where the server does not say.
        context_tokens: what it can read and write together; None where the server does not say.
        note: what is special about it.
    """

    spec: str
    where: str
    base_url: str | None = None
    size_bytes: int | None = None
    context_tokens: int | None = None
    note: str = ""


def list_models(more_urls: Sequence[str] = ()) -> list[FoundModel]:
    """Every chat model that answers here: the extractive answerer, then servers, then the Hugging Face cache.

    Args:
        more_urls: addresses to ask besides the usual ones, like the base URL that is set.
    """
    urls = dict.fromkeys([*USUAL.values(), *(root_of(url) for url in more_urls)])
    with ThreadPoolExecutor(max_workers=len(urls)) as pool:
        served = list(pool.map(models_at, urls))
    here = FoundModel(EXTRACTIVE, "this program", note="quotes the articles; needs no model")
    return [here, *(model for models in served for model in models), *cached_models()]


def models_at(root: str) -> list[FoundModel]:
    """The chat models that a server lists; none where nothing answers at `root` (an address without "/v1")."""
    with httpx.Client(timeout=SECONDS, trust_env=not is_local(root)) as client:
        tags = _get(client, f"{root}/api/tags")
        if isinstance(tags.get("models"), list):
            return [_ollama_model(client, root, entry) for entry in _entries(tags["models"])]
        listed = _get(client, f"{root}/v1/models")
        studio = {entry.get("id"): entry for entry in _entries(_get(client, f"{root}/api/v0/models").get("data"))}
        props = _get(client, f"{root}/props") if listed else {}
        return [_openai_model(root, entry, studio, props) for entry in _entries(listed.get("data")) if entry.get("id")]


def answers(root: str) -> bool:
    """Whether an HTTP server answers at an address, whatever it says."""
    try:
        with httpx.Client(timeout=SECONDS, trust_env=not is_local(root)) as client:
            client.get(root)
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
    return True


def cached_models(folder: Path | None = None) -> list[FoundModel]:
    """Chat models in the Hugging Face cache: causal language models with safetensors and a chat template."""
    root = folder or _cache_folder()
    return [model for repo in sorted(root.glob("models--*")) for model in _cached(repo)]


def root_of(base_url: str) -> str:
    """A server's address without the "/v1" that its OpenAI interface stands under."""
    return base_url.rstrip("/").removesuffix("/v1")


def render_models(models: Iterable[FoundModel]) -> str:
    """Models as lines for people."""
    lines = []
    for model in models:
        facts = [model.where, _size(model.size_bytes), _context(model.context_tokens), model.note]
        told = f"  with RAG_BASE_URL={model.base_url}" if model.base_url else ""
        lines.append(f"{model.spec}{told}\n    {', '.join(fact for fact in facts if fact)}")
    return "\n".join(lines)


def _ollama_model(client: httpx.Client, root: str, entry: dict[str, Any]) -> FoundModel:
    name = str(entry.get("model") or entry.get("name"))
    shown = _get(client, f"{root}/api/show", {"model": name})
    info = shown.get("model_info")
    details = info if isinstance(info, dict) else {}
    context = next((value for key, value in details.items() if key.endswith(".context_length")), None)
    abilities = shown.get("capabilities")
    note = "runs on another machine, through Ollama" if entry.get("remote_host") else ""
    if isinstance(abilities, list) and "completion" not in abilities:
        note = "not a chat model"
    url = None if root == USUAL["Ollama"] else root
    return FoundModel(f"ollama:{name}", f"Ollama at {root}", url, _number(entry.get("size")), _number(context), note)


def _openai_model(
    root: str, entry: dict[str, Any], studio: dict[Any, dict[str, Any]], props: dict[str, Any]
) -> FoundModel:
    name = str(entry["id"])
    details = studio.get(name, {})
    meta = entry.get("meta") if isinstance(entry.get("meta"), dict) else {}
    settings = props.get("default_generation_settings")
    running = settings.get("n_ctx") if isinstance(settings, dict) else None
    contexts = (
        entry.get("max_model_len"),
        running,
        details.get("loaded_context_length"),
        details.get("max_context_length"),
        (meta or {}).get("n_ctx_train"),
    )
    kind = next((kind for kind, url in USUAL.items() if url == root), "a server")
    note = "not a chat model" if details.get("type") in ("embeddings",) else ""
    context = next((n for value in contexts if (n := _number(value))), None)
    size = _number((meta or {}).get("size"))
    return FoundModel(f"openai:{name}", f"{kind} at {root}", f"{root}/v1", size, context, note)


def _cached(repo: Path) -> Iterator[FoundModel]:
    name = repo.name.removeprefix("models--").replace("--", "/")
    for snapshot in sorted((repo / "snapshots").glob("*"), key=lambda path: path.stat().st_mtime)[-1:]:
        config = _read_json(snapshot / "config.json")
        tokenizer = _read_json(snapshot / "tokenizer_config.json")
        weights = list(snapshot.glob("*.safetensors"))
        kinds = config.get("architectures")
        talks = "chat_template" in tokenizer or (snapshot / "chat_template.jinja").is_file()
        if weights and talks and isinstance(kinds, list) and any(str(kind).endswith("ForCausalLM") for kind in kinds):
            size = sum(path.stat().st_size for path in weights)
            context = _number(config.get("max_position_embeddings"))
            yield FoundModel(f"huggingface:{name}", "the Hugging Face cache", None, size, context)


def _cache_folder() -> Path:
    home = os.environ.get("HF_HOME")
    folder = os.environ.get("HF_HUB_CACHE") or (f"{home}/hub" if home else "~/.cache/huggingface/hub")
    return Path(folder).expanduser()


def _get(client: httpx.Client, url: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    """What a server says; an empty answer where it says nothing that can be read."""
    try:
        reply = client.post(url, json=body) if body else client.get(url)
        found = reply.json() if reply.is_success else {}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _entries(found: object) -> list[dict[str, Any]]:
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _size(size: int | None) -> str:
    return "" if size is None else f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"


def _context(tokens: int | None) -> str:
    return f"context {tokens:,} tokens" if tokens else ""
