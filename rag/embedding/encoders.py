"""One forward pass of an embedder, from token ids to unit vectors: by sentence-transformers, or by onnxruntime.

Both give a `Run`. Knows torch, sentence-transformers and onnxruntime, and imports each only where it is used; does not
know about passages, prompts or batches.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelUnavailable

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]

Run = Callable[[Ids, Ids, Ids], tuple[Floats, Floats]]
"""(ids, mask, pooled), each (b, n), mask 1 where there is a token and `pooled` 1 where it counts for the vector, ->
(vectors (b, d), token vectors (b, n, t)), both of unit rows. Safe to call from several threads."""

INPUTS = ("input_ids", "attention_mask", "pooling_mask")


@dataclass(frozen=True, slots=True)
class Spec:
    """What there is to know about a model besides its weights and its tokenizer.

    Attributes:
        dimension: of a passage's vector.
        token_dimension: of a token's vector; differs where the model ends in a projection.
        max_length: the tokens it reads, special ones included; what follows is dropped.
        pad_id: the token that fills up a batch.
        query_prompt, passage_prompt: what the model wants before a question and before a passage; often empty.
        pools_prompt: whether the prompt's tokens count for the vector.
    """

    dimension: int
    token_dimension: int
    max_length: int
    pad_id: int
    query_prompt: str
    passage_prompt: str
    pools_prompt: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; `Spec(**it)` gives the same again."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Encoder:
    """A model that is ready to run.

    Attributes:
        tokenizer: the text of a tokenizer.json.
        workers: how many runs at once use the machine best.
    """

    spec: Spec
    tokenizer: str
    run: Run
    workers: int


def pad(sequences: Sequence[Sequence[int]], pad_id: int) -> tuple[Ids, Ids]:
    """Token ids and their mask, both (b, n) with n the longest sequence's length, filled up on the right."""
    width = max(map(len, sequences))
    ids = np.full((len(sequences), width), pad_id, dtype=np.int64)
    mask = np.zeros((len(sequences), width), dtype=np.int64)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return ids, mask


def available_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def onnx_run(path: Path) -> Run:
    """The model in an ONNX file that `rag.embedding.onnx_export` wrote, one core a run.

    Several runs at once, each on a core, go through a tenth more passages than one run on all cores; and a question
    does not wait for threads of a pool that other work keeps busy.

    Raises whatever onnxruntime raises where the file is damaged.
    """
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = {entry.name for entry in session.get_inputs()}

    def run(ids: Ids, mask: Ids, pooled: Ids) -> tuple[Floats, Floats]:
        inputs = zip(INPUTS, (ids, mask, pooled), strict=True)
        vectors, tokens = session.run(None, {name: value for name, value in inputs if name in names})
        return vectors, tokens

    return run


def load_sentence_transformer(folder: Path, *, trust_remote_code: bool = False) -> Any:
    """The `SentenceTransformer` in `folder`, in fp32, for inference on the processor. Reads local files only.

    Raises:
        ModelUnavailable: sentence-transformers cannot load it.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=trust_remote_code,
            # Written out, attention is faster in onnxruntime than as torch's fused step, and its vectors are the same.
            model_kwargs={"dtype": torch.float32, "use_safetensors": True, "attn_implementation": "eager"},
        ).eval()
    except Exception as error:  # a model folder can be wrong in any way; all of them mean this
        raise ModelUnavailable(f"embedding model {folder} cannot be loaded: {error}") from error


def torch_encoder(folder: Path, *, trust_remote_code: bool = False) -> Encoder:
    """The model run by sentence-transformers itself: slower to start and to run, but any model will do.

    Raises:
        ModelUnavailable: it cannot be loaded, or has no vectors of tokens to give.
    """
    import torch

    model = load_sentence_transformer(folder, trust_remote_code=trust_remote_code)
    module = as_module(model)

    def run(ids: Ids, mask: Ids, pooled: Ids) -> tuple[Floats, Floats]:
        with torch.inference_mode():
            vectors, tokens = module(*map(torch.from_numpy, (ids, mask, pooled)))
        return vectors.numpy(), tokens.numpy()

    try:
        spec = describe(model, run)
        return Encoder(spec, model.tokenizer.backend_tokenizer.to_str(), run, workers=1)  # torch has threads of its own
    except (AttributeError, KeyError, TypeError) as error:
        raise ModelUnavailable(
            f"embedding model {folder} is of a kind that gives no vectors of single tokens, which ranking needs "
            f"({type(error).__name__}: {error}); choose a transformer model"
        ) from error


def as_module(model: Any) -> Any:
    """A torch module that does what `Run` says: the model's own modules in turn, then both outputs made unit length."""
    import torch
    from torch.nn.functional import normalize

    class Encode(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.steps = torch.nn.ModuleList(model)

        def forward(
            self, ids: torch.Tensor, mask: torch.Tensor, pooled: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            features = self.steps[0]({"input_ids": ids, "attention_mask": mask})
            tokens = features["token_embeddings"]
            features["attention_mask"] = pooled
            for step in self.steps[1:]:
                features = step(features)
            return normalize(features["sentence_embedding"], dim=-1), normalize(tokens, dim=-1)

    return Encode().eval()


def describe(model: Any, run: Run) -> Spec:
    """What a `SentenceTransformer` says of itself, its sizes measured by one run."""
    tokenizer = model.tokenizer
    one = np.ones((1, 2), dtype=np.int64)
    vectors, tokens = run(one, one, one)
    limits = (model.max_seq_length, tokenizer.model_max_length, model[0].config.max_position_embeddings)
    prompts = model.prompts  # "document" is always a key, often empty, though the model may say "passage"
    return Spec(
        dimension=vectors.shape[-1],
        token_dimension=tokens.shape[-1],
        max_length=min(limit for limit in limits if limit),
        pad_id=tokenizer.pad_token_id or 0,
        query_prompt=prompts.get("query") or "",
        passage_prompt=next((prompts[key] for key in ("document", "passage", "corpus") if prompts.get(key)), ""),
        pools_prompt=all(getattr(step, "include_prompt", True) for step in model),
    )
