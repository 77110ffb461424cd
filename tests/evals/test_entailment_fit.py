"""What is fitted comes back from its file as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.numpy import save_file
from transformers import AutoTokenizer

from evals.entailment import label_of, settle
from evals.entailment_fit import LABELS, Reader, changes, fit
from evals.pairs import Pair
from rag.embedding.embedding_files import DEFAULT_MODEL, find_model
from rag.entailment.model import Judgement, open_entailment

PAIRS = [
    Pair("Kilns", "A kiln burns clay at 1,000 degrees.", "is a kiln hot", "yes", False),
    Pair("Kilns", "A kiln burns clay at 1,000 degrees.", "is a kiln cold", "no", False),
    Pair("", "A kiln burns clay at 1,000 degrees.", "how much is a kiln", "open", False),
]


def test_a_fitted_model_reads_the_same_from_its_file(tmp_path: Path) -> None:
    torch.manual_seed(1)
    folder = find_model(DEFAULT_MODEL)
    tokenizer, reader = AutoTokenizer.from_pretrained(folder), Reader(folder)
    fit(reader, tokenizer, PAIRS * 40, seconds=4, seed=0)
    save_file(changes(reader, folder), tmp_path / "weights.safetensors")
    reader.eval()
    texts = ("is a kiln hot", "Kilns. A kiln burns clay at 1,000 degrees.")
    with torch.inference_mode():
        expected = reader(tokenizer([texts[0]], [texts[1]], return_tensors="pt")).softmax(-1)[0].tolist()
    found = open_entailment(tmp_path / "weights.safetensors").judge([texts])[0]
    assert [found.yes, found.no, found.open] == pytest.approx(expected, abs=0.03)
    assert LABELS == ("yes", "no", "open")


def test_what_is_settled_is_counted_by_hand() -> None:
    judged = [Judgement(0.9, 0.05, 0.05), Judgement(0.7, 0.2, 0.1), Judgement(0.6, 0.1, 0.3)]
    result = settle(PAIRS, judged, 0.65)
    assert (result.found, result.right, result.contrary) == (0.5, 0.5, 0.5)
    assert settle(PAIRS, judged, 0.0).right == pytest.approx(1 / 3)
    assert label_of(judged[2], 0.65) == "open"
