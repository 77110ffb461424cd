"""The encoder in numpy gives what transformers' own BERT gives from the same weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from rag.entailment.encoder import Encoder, build_encoder, softmax

IDS = np.array([[2, 7, 9, 3, 11, 5, 3], [2, 8, 3, 4, 3, 0, 0]])
MASK = np.array([[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0, 0]])
KINDS = np.array([[0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 0, 0]])


@pytest.fixture(scope="module")
def original() -> BertModel:
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=40,
        hidden_size=24,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=48,
        max_position_embeddings=16,
    )
    model: BertModel = BertModel(config, add_pooling_layer=False)
    model.train(False)
    for parameter in model.parameters():  # weights that a norm or a bias at its start would hide
        torch.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.fixture(scope="module")
def encoder(original: BertModel) -> Encoder:
    return build_encoder({name: value.numpy() for name, value in original.state_dict().items()}, heads=4)


def test_same_vectors_as_transformers(original: BertModel, encoder: Encoder) -> None:
    with torch.inference_mode():
        expected = original(
            input_ids=torch.tensor(IDS), attention_mask=torch.tensor(MASK), token_type_ids=torch.tensor(KINDS)
        ).last_hidden_state.numpy()
    found = encoder(IDS, MASK, KINDS)
    assert np.abs(found - expected)[MASK > 0].max() < 0.01


def test_padding_changes_nothing(encoder: Encoder) -> None:
    alone = encoder(IDS[1:, :5], MASK[1:, :5], KINDS[1:, :5])
    assert np.allclose(encoder(IDS, MASK, KINDS)[1, :5], alone[0], atol=1e-4)


def test_softmax_adds_up_to_one_for_large_numbers() -> None:
    shares = softmax(np.array([[1000.0, 1001.0], [-5.0, -5.0]], dtype=np.float32))
    assert np.allclose(shares.sum(-1), 1) and np.allclose(shares[1], 0.5)
