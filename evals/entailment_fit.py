"""Fits the entailment model: `python -m evals.entailment_fit --minutes 60 --out rag/entailment/weights.safetensors`.

The default embedder's encoder learns the pairs of `evals.pairs`, all its layers at once; what has changed is then
written in half a byte a weight. Half of the time goes by at the full step, the other half while it shrinks. On a machine
whose processor multiplies in bfloat16 an hour sees each pair three times.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import AutoModel, AutoTokenizer

from evals.pairs import FOLDER, Label, Pair, read_pairs
from rag.embedding.embedding_files import DEFAULT_MODEL, find_model
from rag.entailment.model import MAX_TOKENS, WEIGHTS, as_asked, in_context
from rag.entailment.packing import pack

LABELS: tuple[Label, ...] = ("yes", "no", "open")
"""In the order of the head's rows."""

STEP = 2.5e-4
BATCH = 48
DECAY = 0.05
SMOOTHING = 0.05
"""The share of each label that is spread over all of them: some labels are a matter of taste."""

UNTITLED = 0.1
"""How often a piece is read without its title, so that it is not leant on."""

SORTED = 24
"""Batches whose pairs are sorted by length together, so that less is padded."""


class Reader(nn.Module):
    """The encoder and a head on its first vector and its mean."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(folder, add_pooling_layer=False)
        for parameter in self.encoder.embeddings.parameters():  # new words must go on meaning what they mean
            parameter.requires_grad = False
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(2 * self.encoder.config.hidden_size, len(LABELS))

    def forward(self, inputs: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """(b, n) ids, mask and types -> (b, 3) logits."""
        vectors = self.encoder(**inputs).last_hidden_state
        mask = inputs["attention_mask"].unsqueeze(-1).to(vectors.dtype)
        mean = (vectors * mask).sum(1) / mask.sum(1)
        logits: torch.Tensor = self.head(self.drop(torch.cat([vectors[:, 0], mean], -1).float()))
        return logits


def fit(reader: Reader, tokenizer: Any, pairs: Sequence[Pair], *, seconds: float, seed: int) -> None:
    """Teach `reader` the pairs, for as long as is given."""
    learned = [p for p in reader.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in learned if p.ndim > 1], "weight_decay": DECAY},
        {"params": [p for p in learned if p.ndim == 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=STEP, fused=True)
    reader.train()
    begun, chance = time.monotonic(), random.Random(seed)
    for number, batch in enumerate(_batches(pairs, chance), 1):
        share = (time.monotonic() - begun) / seconds
        if share >= 1:
            return
        for group in optimizer.param_groups:
            group["lr"] = STEP * min(1.0, number / 100) * (1 if share < 0.5 else 2 * (1 - share))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = reader(_inputs(tokenizer, [(p.question, _piece(p, chance)) for p in batch]))
        loss = cross_entropy(logits.float(), _labels(batch), label_smoothing=SMOOTHING)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        if number % 100 == 0:
            print(f"{number} batches, {share:.0%} of the time, loss {loss.item():.3f}", flush=True)


def changes(reader: Reader, folder: Path) -> dict[str, Any]:
    """What `reader` has that the encoder in `folder` has not, as arrays by name: for each matrix `NAME.codes` and `NAME.step`
    (see `rag.entailment.packing`), for each vector `NAME.change`, and the head."""
    original = AutoModel.from_pretrained(folder, add_pooling_layer=False).state_dict()
    arrays = {f"head.{name}": value.numpy() for name, value in reader.head.state_dict().items()}
    for name, value in reader.encoder.state_dict().items():
        change = (value - original[name]).numpy()
        if not change.any():
            continue
        if change.ndim == 1:
            arrays[f"{name}.change"] = change.astype("float16")
        else:
            arrays[f"{name}.codes"], arrays[f"{name}.step"] = pack(change)
    return arrays


def _batches(pairs: Sequence[Pair], chance: random.Random) -> Iterator[list[Pair]]:
    """Batches without end, of pairs of similar length; each pair once before any comes again."""
    while True:
        order = chance.sample(pairs, len(pairs))
        for start in range(0, len(order), BATCH * SORTED):
            near = sorted(order[start : start + BATCH * SORTED], key=lambda p: len(p.question) + len(p.text))
            batches = [near[i : i + BATCH] for i in range(0, len(near), BATCH)]
            yield from chance.sample(batches, len(batches))


def _piece(pair: Pair, chance: random.Random) -> str:
    return in_context("" if chance.random() < UNTITLED else pair.title, pair.text)


def _inputs(tokenizer: Any, texts: Sequence[tuple[str, str]]) -> Mapping[str, torch.Tensor]:
    inputs: Mapping[str, torch.Tensor] = tokenizer(
        [as_asked(question) for question, _ in texts],
        [piece for _, piece in texts],
        padding=True,
        truncation="only_second",
        max_length=MAX_TOKENS,
        return_tensors="pt",
    )
    return inputs


def _labels(batch: Sequence[Pair]) -> torch.Tensor:
    return torch.tensor([LABELS.index(pair.label) for pair in batch])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: fits on what is not held out, and writes the weights."""
    parser = argparse.ArgumentParser(prog="python -m evals.entailment_fit", description="Fit the entailment model.")
    parser.add_argument("--pairs", type=Path, default=FOLDER)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    torch.manual_seed(options.seed)
    folder = find_model(DEFAULT_MODEL)
    pairs = [pair for pair in read_pairs(options.pairs, seed=options.seed) if not pair.held_out]
    reader = Reader(folder)
    fit(reader, AutoTokenizer.from_pretrained(folder), pairs, seconds=60 * options.minutes, seed=options.seed)
    save_file(changes(reader, folder), options.out)
    print(f"{len(pairs)} pairs; weights in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
