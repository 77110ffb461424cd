"""Every knob of the program, once. Read from options, then the environment (`RAG_…`), then `.env`, then defaults.

Only the functions that build an `Assistant` or start a server read this; below them objects are passed, not settings.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import BadInput

DEFAULT_EMBEDDING_MODEL = "all-MiniLM-L6-v2"
FILE = ".env"


class Settings(BaseSettings):
    """Unknown keys are refused, so that a typo is never silently a default."""

    model_config = SettingsConfigDict(
        env_prefix="RAG_", env_file=FILE, env_file_encoding="utf-8", env_ignore_empty=True, extra="forbid", frozen=True
    )

    corpus: Path = Field(Path("corpus"), description="The folder of articles.")
    index: Path = Field(Path(".rag"), description="The folder in which indexes are kept.")
    chroma_url: str = Field(
        "", description="A Chroma server that searches the vectors: http://127.0.0.1:8000[/TENANT/DATABASE]."
    )
    model: str = Field("extractive", description="Who phrases answers: extractive, ollama:NAME, openai:NAME, …")
    embedding_model: str = Field(
        DEFAULT_EMBEDDING_MODEL, description="The embedder: the built-in one, a name, a folder."
    )
    fast_embeddings: bool = Field(True, description="Run the embedder by onnxruntime where it can be exported.")
    trust_remote_code: bool = Field(False, description="Let an embedding model run Python code of its own.")
    allow_download: bool = Field(False, description="Fetch an embedding model that is not on this machine.")

    base_url: str | None = Field(None, description="The model server's address; needed for openai:NAME.")
    api_key: SecretStr | None = Field(None, description="A key for the model server, where it asks for one.")
    timeout: float = Field(
        60, gt=0, le=3600, description="Seconds to wait for a model's whole answer, whatever happens."
    )
    temperature: float = Field(0, ge=0, le=2, description="0: the model says the same every time.")
    context_tokens: int = Field(4096, ge=512, description="What the chat model reads and writes together, in tokens.")
    answer_tokens: int = Field(400, ge=16, description="How many of those are for the answer.")
    keep_alive: str = Field("5m", description="How long Ollama keeps the model loaded: 5m, 1h, -1 for ever.")
    device: str = Field("auto", description="Where huggingface:NAME runs: auto, cpu, cuda, cuda:1, mps.")
    rewrite_questions: bool = Field(True, description="Let the chat model, where one is set, complete follow-ups.")

    k: int = Field(10, ge=1, le=100, description="How many passages are kept for a question.")
    fetch_k: int = Field(
        30, ge=1, le=1000, description="How many passages each search proposes before they are ranked."
    )
    dense_weight: float = Field(
        0.7,
        ge=0,
        le=1,
        description="Share of the cosine in the search's fused score; 0 finds passages by their words alone.",
    )
    abstain_threshold: float = Field(
        0.3,
        ge=0,
        le=1,
        description="Below this confidence the answer is that the articles don't say; 0 never abstains.",
    )
    passage_chars: int = Field(600, ge=100, le=5000, description="The length that passages aim at, in characters.")
    max_question_chars: int = Field(4000, ge=1, description="A longer question is refused with a clear line.")
    max_file_bytes: int = Field(20_000_000, ge=1, description="A larger article file is reported and left out.")
    max_file_chars: int = Field(5_000_000, ge=1, description="A file with more text is reported and left out.")
    max_file_pages: int = Field(2_000, ge=1, description="A PDF of more pages is reported and left out.")
    max_file_seconds: float = Field(60, gt=0, description="How long reading one document may take, at most.")
    max_file_memory: int = Field(2_000_000_000, ge=100_000_000, description="Memory for reading one document, bytes.")
    max_unpacked_bytes: int = Field(200_000_000, ge=1, description="What a .docx or .epub may unpack to, at most.")

    host: str = Field("127.0.0.1", description="The address the web chat listens on; 0.0.0.0 lets other machines in.")
    port: int = Field(7860, ge=0, le=65535, description="The port of the web chat.")
    hosts: str = Field("", description="More names under which the web chat may be reached: chat.example.org,…")
    login: SecretStr = Field(SecretStr(""), description="NAME:PASSWORD asked of every visitor; empty asks for none.")
    library: bool | None = Field(
        None, description="Visitors may change the articles; unset: only where nobody else is let in."
    )
    pick_model: bool | None = Field(
        None, description="Visitors may pick the model; unset: only where nobody else is let in."
    )
    asks_per_minute: int = Field(120, ge=1, description="How many requests a minute one visitor may send.")
    askers: int = Field(4, ge=1, le=64, description="How many questions the web chat answers at the same time.")
    feedback: Path = Field(Path(".rag/feedback"), description="The folder in which visitors' feedback is kept.")
    reports: Path = Field(
        Path("reports"), description="The folder of accuracy reports; the web chat shows the last one."
    )

    @field_validator("corpus", "index", "feedback", "reports", mode="before")
    @classmethod
    def _named(cls, folder: object) -> object:
        if folder == "":
            raise ValueError("it is empty: name a folder")
        return folder

    @field_validator("index")
    @classmethod
    def _is_no_file(cls, folder: Path) -> Path:
        if folder.is_file():
            raise ValueError(f"{folder} is a file, not a folder")
        return folder


def load_settings(**overrides: Any) -> Settings:
    """Settings with `overrides` (None means "not given") on top.

    Raises:
        BadInput: a value or a key cannot be used; the message names it.
    """
    known = {f"RAG_{name}".upper() for name in Settings.model_fields}
    for name in os.environ:
        if name.upper().startswith("RAG_") and name.upper() not in known:
            raise BadInput(f"the environment sets {name}, which is no setting; README.md lists them")
    _check_file(Path(FILE))
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        if first["type"] == "extra_forbidden":
            raise BadInput(f"there is no setting {name}; README.md lists them") from None
        said = first["msg"].removeprefix("Value error, ")
        raise BadInput(f"setting {name}: {said} (got {first.get('input')!r}); README.md says what it is for") from None


def _check_file(path: Path) -> None:
    """Refuses what python-dotenv would leave out."""
    if not path.is_file():
        return
    from dotenv.parser import parse_stream

    try:
        with path.open(encoding="utf-8-sig") as lines:
            found = list(parse_stream(lines))
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    for line in found:
        if line.error or (line.key is not None and line.value is None):
            raise BadInput(
                f"line {line.original.line} of {path} cannot be read: write NAME=value, or # before a remark"
            )
