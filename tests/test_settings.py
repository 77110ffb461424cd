"""Settings: where they come from, which come first, and what is said of a wrong one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.errors import BadInput
from rag.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without `.env`, and no settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for key in list(os.environ):
        if key.upper().startswith("RAG_"):
            monkeypatch.delenv(key)


def test_without_any_setting_there_is_no_language_model_and_no_download() -> None:
    settings = load_settings()
    assert settings.model == "extractive"
    assert not settings.allow_download
    assert settings.host == "127.0.0.1"


def test_options_come_before_the_environment_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("RAG_K=3\nRAG_FETCH_K=33\nRAG_PORT=3333\n", encoding="utf-8")
    monkeypatch.setenv("RAG_K", "4")
    monkeypatch.setenv("RAG_FETCH_K", "44")
    settings = load_settings(k=5)
    assert (settings.k, settings.fetch_k, settings.port) == (5, 44, 3333)


def test_an_option_that_was_not_given_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_CORPUS", "breads")
    assert load_settings(corpus=None).corpus == Path("breads")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("k", 0),
        ("k", "many"),
        ("dense_weight", 1.5),
        ("dense_weight", -0.1),
        ("abstain_threshold", 2),
        ("timeout", 0),
        ("port", 70000),
        ("max_question_chars", 0),
        ("passage_chars", 5),
    ],
)
def test_a_value_out_of_range_is_named(key: str, value: object) -> None:
    with pytest.raises(BadInput, match=key):
        load_settings(**{key: value})


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(BadInput, match="dense_wieght"):
        load_settings(dense_wieght=0.5)


def test_an_unknown_line_of_the_file_is_refused() -> None:
    Path(".env").write_text("RAG_MODLE=ollama:qwen3\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"(?i)modle"):
        load_settings()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfeR\x00A\x00", "not UTF-8"),
        (b'RAG_PORT=1\nRAG_K="3\n', "line 2"),
        (b"RAG_K 3\n", "line 1"),
        (b"=3\n", "line 1"),
    ],
    ids=["UTF-16", "open quote", "no value", "no name"],
)
def test_a_file_that_is_no_settings_file_is_refused(content: bytes, says: str) -> None:
    Path(".env").write_bytes(content)
    with pytest.raises(BadInput, match=says):
        load_settings()


@pytest.mark.parametrize("name", ["corpus", "index", "feedback", "reports"])
def test_a_folder_of_no_name_is_not_this_folder(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match=f"setting {name}: it is empty"):
        load_settings(**{name: ""})
    monkeypatch.setenv(f"RAG_{name}".upper(), "")
    assert getattr(load_settings(), name) == Settings.model_fields[name].default


def test_an_index_in_a_file_is_refused() -> None:
    Path("notes.txt").write_text("mine", "utf-8")
    with pytest.raises(BadInput, match=r"notes\.txt is a file, not a folder"):
        load_settings(index="notes.txt")


def test_an_unknown_setting_of_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_MODLE", "ollama:qwen3")
    with pytest.raises(BadInput, match="RAG_MODLE"):
        load_settings()


def test_a_wrong_setting_is_one_line_that_says_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_K", "lots")
    with pytest.raises(BadInput) as caught:
        load_settings()
    assert "\n" not in str(caught.value)
    assert "lots" in str(caught.value)
    assert caught.value.exit_status == 2


def test_keys_are_not_shown() -> None:
    settings = load_settings(api_key="very-secret", login="me:also-secret")
    assert "secret" not in repr(settings)
    assert "secret" not in str(settings)


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())
