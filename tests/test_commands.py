"""The command line as programs call it: what goes to stdout, what to stderr, and the exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FIELDS = [
    "id", "question", "standalone_question", "kind", "text", "verdict", "abstained", "confidence", "citations", "retrieved",
    "model", "notices", "seconds",
]  # fmt: skip
BREAD = "# Rye Bread\n\nRye bread is leavened with sourdough. A loaf of rye bread keeps for a week.\n"
OTHERS = {
    "oats": "Oats are rolled flat after steaming. Porridge is made of oats and water.",
    "butter": "Butter is churned from cream. Salted butter spreads better when it is warm.",
    "honey": "Honey is gathered by bees. Clear honey turns hard in the cold.",
    "cheese": "Cheese is made of curdled milk. A hard cheese ripens in a cool cellar.",
    "apples": "Apples are picked in autumn. A russet apple has a rough skin.",
    "tea": "Tea is brewed with boiling water. Green tea tastes bitter when the water is too hot.",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small corpus, indexed by the first question."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "rye.md").write_text(BREAD, "utf-8")
    for name, text in OTHERS.items():
        (folder / "corpus" / f"{name}.md").write_text(f"# {name.title()}\n\n{text}\n", "utf-8")
    return folder


def run(home: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """One command, in `home`."""
    command = [sys.executable, "-m", "rag", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=home, env=environment, input=given, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_an_answer_for_programs(home: Path) -> None:
    done = run(home, "ask", "--json", "how long does rye bread keep?")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert list(answer) == FIELDS
    assert answer["kind"] == "answer"
    assert "a week" in answer["text"]
    for cited in answer["citations"]:
        assert BREAD[cited["start"] : cited["end"]] == cited["quote"]


def test_an_answer_for_people(home: Path) -> None:
    done = run(home, "ask", "how long does rye bread keep?")
    assert done.returncode == 0
    assert "keeps for a week. [1]" in done.stdout
    assert "rye.md:" in done.stdout


def test_a_batch_answers_the_good_lines_in_order(home: Path) -> None:
    lines: list[Any] = [
        {"id": "a", "question": "how long does rye bread keep?"},
        {"id": "b", "question": ""},
        {"id": "c"},
        {"id": "d", "question": "why?", "history": "none"},
        {
            "id": "e",
            "question": "how is it leavened?",
            "history": [{"question": "what is rye bread?", "answer": "A loaf."}],
        },
    ]
    text = "\n".join([*(json.dumps(line) for line in lines), "not json"])
    done = run(home, "ask", "--json", "--batch", "-", given=text)
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert [reply["id"] for reply in replies] == ["a", "b", "c", "d", "e", None]
    assert ["error" in reply for reply in replies] == [False, True, True, True, False, True]
    assert "Traceback" not in done.stderr


BAD_LINES = {
    b"[" * 100_000: "brackets",
    b'{"id": ' + b"9" * 5000 + b', "question": "why?"}': "number",
    b'{"id": NaN, "question": "why?"}': "NaN",
    b'{"id": 1, "question": "why?"': "at column 29",
    b'{"id": 1, "question": "caf\xe9"}': "UTF-8",
    b'["why?"]': "not a JSON object",
}


def test_every_bad_line_of_a_batch_says_why_and_the_rest_go_on(home: Path) -> None:
    good = b'\xef\xbb\xbf{"id": "\\ud800", "question": "how long does rye bread keep?"}\r\n'
    (home / "lines.jsonl").write_bytes(
        good + b"\n".join([*BAD_LINES, b"", b'{"id": "last", "question": "what is honey?"}'])
    )
    done = run(home, "ask", "--json", "--batch", "lines.jsonl")
    first, *bad, last = (json.loads(line, parse_constant=pytest.fail) for line in done.stdout.splitlines())
    assert done.returncode == 2
    assert (first["id"], first["kind"], last["id"], last["kind"]) == ("\ud800", "answer", "last", "answer")
    for number, (reply, why) in enumerate(zip(bad, BAD_LINES.values(), strict=True), 2):
        assert f"line {number} " in reply["error"] and why in reply["error"]
    assert done.stderr.splitlines() == ["error: 6 of the lines could not be answered; each says why in `error`"]


@pytest.mark.parametrize(
    "question",
    ["🥖🥖🥖", "\x00", "\udcff", "a" * 100_000, "   "],
    ids=["emoji", "NUL", "lone surrogate", "very long", "blank"],
)
def test_no_question_is_a_crash(home: Path, question: str) -> None:
    done = run(home, "ask", "--json", "--batch", "-", given=json.dumps({"id": "x", "question": question}))
    reply = json.loads(done.stdout)
    assert "Traceback" not in done.stderr
    assert reply.get("abstained") is True or reply["error"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("ask",), "give one question"),
        (("ask", "--corpus", "nowhere", "why?"), "nowhere"),
        (("ask", "--model", "gpt:x", "why?"), "gpt:x"),
        (("show", "cake"), "cake"),
        (("ask", "--batch", "none.jsonl", "--json"), "none.jsonl"),
        (("ask", "--index", "corpus/rye.md", "why?"), "rye.md is a file"),
        (("ask", "--corpus", "", "why?"), "corpus"),
        (("index", "--check", "--corpus", "nowhere"), "no folder nowhere"),
        (("frobnicate",), "frobnicate"),
        (("ask", "--frobnicate"), "--frobnicate"),
        (("show",), "article"),
    ],
    ids=[
        "no question",
        "no corpus",
        "no such model",
        "no such article",
        "no such batch",
        "the index is a file",
        "a corpus of no name",
        "nothing to check",
        "no such command",
        "no such option",
        "no article",
    ],
)
def test_wrong_usage_is_one_clear_line(home: Path, words: tuple[str, ...], says: str) -> None:
    done = run(home, *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and says in done.stderr


def test_show_prints_the_text_that_offsets_count_in(home: Path) -> None:
    assert run(home, "show", "rye").stdout == BREAD


def test_index_says_what_changed(home: Path) -> None:
    (home / "corpus" / "matzo.md").write_text("# Matzo\n\nMatzo is unleavened bread.\n", "utf-8")
    (home / "corpus" / "empty.md").write_text("", "utf-8")
    done = run(home, "index")
    assert done.returncode == 0
    assert "added     matzo.md" in done.stdout
    assert "failed    empty.md" in done.stdout


def test_a_conversation_in_the_terminal(home: Path) -> None:
    done = run(home, "chat", given="what is rye bread leavened with?\nhow long does it keep?\nexit\n")
    assert done.returncode == 0
    assert done.stdout.startswith("Rye bread is leavened") and "> " not in done.stdout
    assert "sourdough" in done.stdout
    assert "a week" in done.stdout
