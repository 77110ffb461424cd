"""Chat models by a spec: `extractive`, `ollama:NAME`, `openai:NAME` with a base URL, `huggingface:NAME_OR_FOLDER`.

The only module that knows the provider packages. Nothing here reaches beyond the address that was given: there is no
default service, keys of other programs are not read, and a proxy is not used for this machine's own addresses.
"""

from __future__ import annotations

import importlib.util
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import BadInput, ModelUnavailable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

EXTRACTIVE = "extractive"
OLLAMA_URL = "http://127.0.0.1:11434"
PROVIDERS = ("ollama", "openai", "huggingface")
PACKAGES = {
    "ollama": ("langchain_ollama", "langchain-ollama>=1.1,<2"),
    "openai": ("langchain_openai", "langchain-openai>=1.1,<2"),
    "huggingface": ("langchain_huggingface", "langchain-huggingface>=1.2,<2"),
}
"""For each provider the module, and what pip is asked for."""

CONNECT_SECONDS = 5.0
_NO_KEY = "none"  # an OpenAI client insists on a key; local servers ignore it


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Which chat model: a provider and the name that it knows the model by."""

    provider: str
    name: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.name}"


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """How a chat model is reached and run.

    Attributes:
        base_url: the server's address; needed for `openai:`, this machine's usual one for `ollama:` where None.
        api_key: for servers that ask for one.
        timeout: seconds, for a connection and between two pieces of a reply; the answerer holds a total besides.
        temperature: 0 gives the same answer every time.
        context_tokens: what the model reads and writes together.
        answer_tokens: how much of that is for the answer.
        keep_alive: how long Ollama keeps the model loaded ("5m", "-1").
        device: where `huggingface:` runs: "auto", "cpu", "cuda", "cuda:1", "mps".
        allow_download: fetch a Hugging Face model that is not on this machine.
    """

    base_url: str | None = None
    api_key: str | None = None
    timeout: float = 60.0
    temperature: float = 0.0
    context_tokens: int = 4096
    answer_tokens: int = 400
    keep_alive: str = "5m"
    device: str = "auto"
    allow_download: bool = False


@dataclass(frozen=True, slots=True)
class ChatModel:
    """A chat model that is ready to be asked.

    Attributes:
        name: its spec, as answers name it.
        context_tokens: what it reads and writes together: the setting, or less where the model itself has less.
        count_tokens: its own tokenizer's count; None where only the server has it.
    """

    chat: BaseChatModel
    name: str
    context_tokens: int
    count_tokens: Callable[[str], int] | None = None


def parse_spec(text: str) -> ModelSpec | None:
    """The model that `text` names; None for the extractive answerer.

    Raises:
        BadInput: it names no provider that this program knows, or no model.
    """
    if text.strip().lower() == EXTRACTIVE:
        return None
    provider, colon, name = text.strip().partition(":")
    provider = provider.lower()
    if provider not in PROVIDERS or not colon or not name.strip():
        known = f"{EXTRACTIVE}, ollama:NAME, openai:NAME, huggingface:NAME_OR_FOLDER"
        raise BadInput(f"model {text!r} is not one that this program knows; give one of {known}")
    return ModelSpec(provider, name.strip())


def load_chat_model(spec: ModelSpec, options: ModelOptions | None = None) -> ChatModel:
    """The chat model `spec`. Its server is not asked yet: it may be started later.

    Raises:
        BadInput: `openai:` without a base URL, or an address that is none.
        ModelUnavailable: a package is missing, or a Hugging Face model is not there or cannot be loaded; the message
            says what to do.
    """
    options = options or ModelOptions()
    _require(spec.provider)
    loaders = {"ollama": _load_ollama, "openai": _load_openai, "huggingface": _load_huggingface}
    return loaders[spec.provider](spec, options)


def base_url_of(spec: ModelSpec, options: ModelOptions) -> str | None:
    """The address of the model's server, checked; None for a model in this process.

    Raises:
        BadInput: there is none, or it is not an http address.
    """
    if spec.provider == "huggingface":
        return None
    url = options.base_url or (OLLAMA_URL if spec.provider == "ollama" else None)
    if not url:
        raise BadInput(
            f"model {spec} needs the address of its server: set RAG_BASE_URL, for example "
            "http://127.0.0.1:8080/v1 (llama.cpp), http://127.0.0.1:1234/v1 (LM Studio), http://127.0.0.1:8000/v1 (vLLM)"
        )
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(f"setting base_url: {url!r} is not an address like http://127.0.0.1:8080/v1")
    return url.rstrip("/")


def is_local(url: str) -> bool:
    """Whether an address is this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def missing_package(provider: str) -> str | None:
    """The command that installs what a provider needs; None where it is there."""
    module, requirement = PACKAGES[provider]
    return None if importlib.util.find_spec(module) else f'python -m pip install "{requirement}"'


def _require(provider: str) -> None:
    install = missing_package(provider)
    if install:
        raise ModelUnavailable(f"{provider}: models need a package that is not installed; run: {install}")


def _load_ollama(spec: ModelSpec, options: ModelOptions) -> ChatModel:
    from langchain.chat_models import init_chat_model

    url = base_url_of(spec, options) or OLLAMA_URL
    chat = init_chat_model(
        spec.name,
        model_provider="ollama",
        base_url=url,
        temperature=options.temperature,
        num_ctx=options.context_tokens,  # unset, Ollama cuts the prompt without a word
        num_predict=options.answer_tokens,
        keep_alive=options.keep_alive,
        reasoning=False,
        client_kwargs=_client(url, options),
    )
    return ChatModel(chat, str(spec), options.context_tokens)


def _load_openai(spec: ModelSpec, options: ModelOptions) -> ChatModel:
    import httpx
    from langchain.chat_models import init_chat_model
    from pydantic import SecretStr

    url = base_url_of(spec, options)
    client = _client(url or "", options)
    chat = init_chat_model(
        spec.name,
        model_provider="openai",
        base_url=url,
        api_key=SecretStr(options.api_key or _NO_KEY),
        temperature=options.temperature,
        max_retries=0,
        use_responses_api=False,
        stream_usage=False,
        extra_body={"max_tokens": options.answer_tokens},  # the name that every local server understands
        http_client=httpx.Client(**client),
        http_async_client=httpx.AsyncClient(**client),
        timeout=client["timeout"],
    )
    return ChatModel(chat, str(spec), options.context_tokens)


def _client(url: str, options: ModelOptions) -> dict[str, Any]:
    """How requests are sent: with a time limit, and past any proxy where the server is on this machine."""
    import httpx

    timeout = httpx.Timeout(options.timeout, connect=min(CONNECT_SECONDS, options.timeout))
    return {"timeout": timeout, "trust_env": not is_local(url)}


def _load_huggingface(spec: ModelSpec, options: ModelOptions) -> ChatModel:
    from langchain.chat_models import init_chat_model

    folder = find_folder(spec.name, allow_download=options.allow_download)
    sampling = {"do_sample": True, "temperature": options.temperature} if options.temperature else {"do_sample": False}
    try:
        chat = init_chat_model(
            str(folder),  # a folder, so that no hub is asked
            model_provider="huggingface",
            device=_device(options.device),
            model_kwargs={"use_safetensors": True, "local_files_only": True, "trust_remote_code": False},
            pipeline_kwargs={
                "max_new_tokens": options.answer_tokens,
                "max_time": options.timeout,
                "return_full_text": False,
                **sampling,
            },
        )
    except Exception as error:  # transformers raises many types for a folder that it cannot read
        raise ModelUnavailable(
            f"model {spec} cannot be loaded from {folder}: {_first_line(error)}; it must be a text-generation model "
            "with a tokenizer and safetensors weights"
        ) from error
    pipeline = chat.llm.pipeline  # type: ignore[attr-defined]
    own = getattr(pipeline.model.config, "max_position_embeddings", None) or options.context_tokens
    context = min(own, options.context_tokens)
    return ChatModel(chat, str(spec), context, lambda text: len(pipeline.tokenizer.encode(text)))


def find_folder(name: str, *, allow_download: bool = False) -> Path:
    """The folder of a Hugging Face model: a folder itself, or a name that is in the local cache.

    Raises:
        ModelUnavailable: it is not on this machine, and may not be or cannot be fetched.
    """
    if Path(name).expanduser().is_dir():
        return Path(name).expanduser()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=not allow_download))
    except (LocalEntryNotFoundError, HfHubHTTPError, ValueError, OSError) as error:
        raise ModelUnavailable(
            f"model huggingface:{name} is not on this machine: no such folder, and not in the Hugging Face cache; "
            f"fetch it with `hf download {name}`, or give a folder"
        ) from error


def _device(name: str) -> int:
    """A device as the pipeline counts them: -1 for the CPU.

    Raises:
        BadInput: the name is none of the known ones.
    """
    import torch

    if name == "cpu" or (name == "auto" and not torch.accelerator.is_available()):
        return -1
    kind, _, number = name.partition(":")
    if kind in ("auto", "cuda", "mps", "xpu") and (not number or number.isdecimal()):
        return int(number or 0)
    raise BadInput(f"setting device: {name!r} is not one of auto, cpu, cuda, cuda:1, mps")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
