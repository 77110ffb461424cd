"""Turns a sentence-transformers model into an ONNX file that onnxruntime runs without torch.

The export runs in a child process (`python -m rag.embedding.onnx_export`), so that the program itself never carries torch, and is
compared with the original before it is believed. Knows the folder an export lives in; does not know what it is for.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from rag.embedding.encoders import (
    INPUTS,
    Encoder,
    Run,
    Spec,
    as_module,
    available_cores,
    describe,
    load_sentence_transformer,
    onnx_run,
    pad,
)
from rag.lifeline import end_with_asker

log = logging.getLogger(__name__)

AGREEMENT = 0.9999
"""The least cosine between the original's vector and the export's, on every text of `SAMPLES`."""

SAMPLES = (
    "is a hip thrust push or pull",
    "Press.",
    "The naïve café owner 👩‍🍳 paid 3 500 € — “cash” — in 東京, Москва and Αθήνα.",
    "Lower the bar under control until it touches the chest, pause, then drive it back up. " * 3,
    "word " * 700,
)
_FORMAT = 2  # raise it when what is written changes, so that older exports are left alone
_UNEXPORTABLE = 3  # the child's exit status where the model, not the machine, is the reason
_TIMEOUT_SECONDS = 900


def exported_encoder(folder: Path, fingerprint: str, cache: Path, *, trust_remote_code: bool = False) -> Encoder | None:
    """The model in `folder`, run by onnxruntime; exported into `cache` first where that has not been done.

    Safe to call from several processes at once: one exports, the others wait for it. Returns None, and logs why, where
    the model cannot be exported or the export cannot be read.
    """
    target = cache / f"onnx{_FORMAT}-{fingerprint}"
    for _attempt in range(2):  # the second time without an export that turned out damaged
        try:
            if not (target / "spec.json").is_file() and not _export(folder, target, trust_remote_code):
                return None
            return _open(target)
        except Exception as error:  # onnxruntime and the file system raise many types; the answer is the same
            log.warning("the fast copy of %s cannot be read (%s); making it again", folder.name, error)
            shutil.rmtree(target, ignore_errors=True)
    return None


def _open(target: Path) -> Encoder:
    spec = json.loads((target / "spec.json").read_text(encoding="utf-8"))
    tokenizer = (target / "tokenizer.json").read_text(encoding="utf-8")
    return Encoder(Spec(**spec), tokenizer, onnx_run(target / "model.onnx"), workers=available_cores())


def _export(folder: Path, target: Path, trust_remote_code: bool) -> bool:
    """Whether there is an export at `target` now."""
    target.parent.mkdir(parents=True, exist_ok=True)
    refused = target.with_suffix(".refused")
    with FileLock(target.with_suffix(".lock")):
        if (target / "spec.json").is_file():
            return True
        if refused.is_file() and refused.read_text(encoding="utf-8").startswith(_versions()):
            return False
        aside = target.with_suffix(".tmp")
        shutil.rmtree(aside, ignore_errors=True)  # what a killed export left; nobody else is here
        status, reason = _run_child(folder, aside, trust_remote_code)
        if status == 0:
            shutil.rmtree(target, ignore_errors=True)
            aside.replace(target)
            return True
        shutil.rmtree(aside, ignore_errors=True)
        log.warning("%s runs by sentence-transformers, which is slower: no ONNX export (%s)", folder.name, reason)
        if status == _UNEXPORTABLE:
            refused.write_text(f"{_versions()}\n{reason}\n", encoding="utf-8")
        return False


def _run_child(folder: Path, out: Path, trust_remote_code: bool) -> tuple[int, str]:
    """The exit status of an export in a process that ends with this one, and its last line."""
    here = str(Path(__file__).resolve().parents[2])
    paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, "-m", "rag.embedding.onnx_export", str(folder.resolve()), str(out.resolve())]
    try:
        process = subprocess.Popen(
            [*command, "--trust-remote-code"] if trust_remote_code else command,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "HF_HUB_OFFLINE": "1", "PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        return 1, str(error)
    late = threading.Timer(_TIMEOUT_SECONDS, process.kill)
    late.daemon = True
    late.start()
    with process:  # on the way out its input is closed, and it ends
        try:
            assert process.stdout is not None
            said = process.stdout.read().strip()
            status = process.wait()
        finally:
            late.cancel()
    return status, said.rsplit("\n", 1)[-1] or f"its process ended with status {status}"


def _versions() -> str:
    """What decides whether a model can be exported; a refusal holds until one of them changes."""
    return " ".join(f"{name}={version(name)}" for name in ("torch", "transformers", "sentence-transformers", "onnx"))


def main() -> int:
    """Export FOLDER into the new folder OUT. The last line on stdout is the reason where that fails."""
    parser = argparse.ArgumentParser(prog="python -m rag.embedding.onnx_export", description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--trust-remote-code", action="store_true")
    options = parser.parse_args()
    end_with_asker()
    try:
        worst = write_export(options.folder, options.out, trust_remote_code=options.trust_remote_code)
    except OSError as error:  # a full disk is no fault of the model
        print(error)
        return 1
    except Exception as error:  # what torch cannot trace fails in any of a hundred ways
        print(f"{type(error).__name__}: {error}".splitlines()[0])
        return _UNEXPORTABLE
    if worst < AGREEMENT:
        print(f"the export disagrees with the original: cosine {worst:.5f}")
        return _UNEXPORTABLE
    return 0


def write_export(folder: Path, out: Path, *, trust_remote_code: bool = False) -> float:
    """Write the model, its tokenizer and its spec into `out`; return the least cosine with the original."""
    model = load_sentence_transformer(folder, trust_remote_code=trust_remote_code)
    out.mkdir(parents=True)
    _trace(model, out / "model.onnx")
    run = onnx_run(out / "model.onnx")
    (out / "tokenizer.json").write_text(model.tokenizer.backend_tokenizer.to_str(), encoding="utf-8")
    worst = _agreement(model, run)
    (out / "spec.json").write_text(json.dumps(describe(model, run).to_dict()), encoding="utf-8")
    return worst


def _trace(model: Any, path: Path) -> None:
    """Write the model as ONNX, its weights in a file beside it, which onnxruntime maps into memory.

    Against weights inside, that loads three times as fast and keeps 80 MB less of the default model in memory.
    """
    import onnx
    import torch

    shapes = {name: {0: "batch", 1: "length"} for name in (*INPUTS, "tokens")} | {"vectors": {0: "batch"}}
    ids, mask = pad([[5, 6, 7, 8, 9, 5, 6], [5, 6, 7]], 0)
    whole = path.with_suffix(".whole")
    torch.onnx.export(
        as_module(model),
        tuple(map(torch.from_numpy, (ids, mask, mask))),
        str(whole),
        dynamo=False,  # the newer exporter needs onnxscript, and takes longer for the same graph
        opset_version=17,
        input_names=list(INPUTS),
        output_names=["vectors", "tokens"],
        dynamic_axes=shapes,
    )
    onnx.save_model(onnx.load(str(whole)), str(path), save_as_external_data=True, location="weights.bin")
    whole.unlink()


def _agreement(model: Any, run: Run) -> float:
    """The least cosine between what sentence-transformers and the export make of `SAMPLES`."""
    expected = model.encode(list(SAMPLES), prompt="", normalize_embeddings=True, show_progress_bar=False)
    tokens = model.preprocess(list(SAMPLES))
    ids, mask = (tokens[name].numpy().astype(np.int64) for name in INPUTS[:2])
    vectors, _ = run(ids, mask, mask)
    return float(np.min(np.sum(expected * vectors, axis=1)))


if __name__ == "__main__":
    sys.exit(main())
