"""The command line: what it prints and writes, its exit status, comparisons, baselines, and bad input."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from evals import commands
from evals.__main__ import main
from evals.grounding import judge_claims
from evals.progress import Progress
from evals.runner import RunStopped
from evals.scores import read_baseline
from rag.errors import BadInput
from tests.evals_world import opener, question_lines, write_corpus, write_questions
from tests.ollama_server import MODEL, Script, ollama_server


@dataclass
class World:
    """A corpus and questions on disk, and the command run on them with a scripted assistant."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *words: str, **faults: Any) -> int:
        given = ["--questions", str(self.folder / "q.jsonl"), "--corpus", str(self.folder / "corpus")]
        return commands.evaluate([*given, "--out", str(self.folder / "out"), *words], opener(**faults))

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "out" / "report.json").read_text(encoding="utf-8"))
        return found

    def baseline(self) -> str:
        """The file of a faultless run."""
        path = self.folder / "baseline.jsonl"
        assert self.run("--save-baseline", str(path)) == 0
        self.capsys.readouterr()
        return str(path)


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> World:
    write_corpus(tmp_path / "corpus")
    write_questions(tmp_path / "q.jsonl")
    return World(tmp_path, capsys)


def test_a_run_prints_the_table_and_writes_the_report(world: World) -> None:
    assert world.run() == 0
    said = world.capsys.readouterr()
    for words in (
        "36 questions of q.jsonl on corpus",
        "correct",
        "Success@1",
        "By kind",
        "either-or",
        "Latency",
        "p95, ms",
    ):
        assert words in said.out
    assert "36/36" in said.err
    assert (world.folder / "out" / "report.html").stat().st_size > 10_000


def test_twice_gives_the_same_numbers_bit_for_bit(world: World) -> None:
    world.run(blind_to=("dip",))
    first = world.report()
    world.run(blind_to=("dip",))
    assert json.dumps(world.report()["results"]) == json.dumps(first["results"])
    assert first["timing"]["model=extractive"]["p50"]["n"] == 36


def test_json_is_the_only_thing_on_stdout(world: World) -> None:
    world.run("--json")
    found = json.loads(world.capsys.readouterr().out)
    assert found["results"]["sides"][0]["overall"]["correct"] == {
        "value": 1.0,
        "low": pytest.approx(0.903, abs=1e-3),
        "high": 1.0,
        "n": 36,
    }


def test_the_judging_of_generated_sentences_is_reported_where_it_is_asked_for(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "lies"
    (folder / "articles").mkdir(parents=True)
    (folder / "articles" / "row.md").write_text(
        "# Row\n\nThe row is a pull. Rest for two minutes between sets.\n", encoding="utf-8"
    )
    claims = [
        ("a", "paraphrase", "Rest two minutes between sets."),
        ("b", "number", "Rest for five minutes between sets."),
    ]
    lines = [json.dumps({"id": i, "article": "row", "kind": kind, "claim": claim}) for i, kind, claim in claims]
    (folder / "small.jsonl").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(commands, "PARTS", ("small",))
    monkeypatch.setattr(commands, "judge_claims", partial(judge_claims, folder=folder))

    assert world.run() == 0
    assert world.report()["results"]["claims"] == {}
    assert world.run("--claims") == 0
    assert world.report()["results"]["claims"] == {"small": {"lies": 1, "caught": 1.0, "paraphrases": 1, "kept": 1.0}}
    assert "small" in (world.folder / "out" / "report.html").read_text(encoding="utf-8")


def test_only_some_questions(world: World) -> None:
    world.run("--kind", "factoid", "--limit", "5")
    assert [s["kind"] for s in world.report()["results"]["sides"][0]["samples"]] == ["factoid"] * 5
    world.run("--heldout", "only")
    assert {s["kind"] for s in world.report()["results"]["sides"][0]["samples"]} == {"near-miss"}


def test_an_option_given_twice_is_a_comparison(world: World) -> None:
    assert world.run("--set", "k=10", "--set", "k=1") == 0
    (comparison,) = world.report()["results"]["comparisons"]
    assert (comparison["first"], comparison["second"], comparison["shared"]) == ("k=10", "k=1", 36)
    assert "k=1, against k=10: 36 questions in common" in world.capsys.readouterr().out


def test_flips_are_listed_both_ways(world: World) -> None:
    path = world.folder / "blind.jsonl"
    world.run("--save-baseline", str(path), blind_to=("dip",))
    world.capsys.readouterr()
    world.run("--baseline", str(path), blind_to=("row",))
    out = world.capsys.readouterr().out
    assert "now right: 2 (dip-force, dip-muscle)" in out
    assert "now wrong: 2 (row-force, row-muscle)" in out


def test_the_same_run_is_no_regression(world: World) -> None:
    assert world.run("--baseline", world.baseline()) == 0
    assert "REGRESSION" not in world.capsys.readouterr().err


@pytest.mark.parametrize(
    ("faults", "metric"),
    [
        ({"inverted": True}, "verdict wrong"),
        ({"threshold": 0.0}, "false answer"),
        ({"threshold": 0.9}, "false refusal"),
        ({"blind_to": ("b", "c", "d", "f", "l")}, "Success@1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_regression_beyond_chance_fails(world: World, faults: dict[str, Any], metric: str) -> None:
    assert world.run("--baseline", world.baseline(), **faults) == 1
    said = world.capsys.readouterr()
    assert f"REGRESSION in {metric}" in said.err
    assert "REGRESSION" in said.out


def test_one_flip_is_not_beyond_chance(world: World) -> None:
    assert world.run("--baseline", world.baseline(), blind_to=("dip",)) == 0
    assert world.report()["results"]["baseline"]["differences"]["correct"]["difference"] < 0


def test_a_broken_promise_needs_no_statistics(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    baseline = world.baseline()
    article = world.folder / "corpus" / "dip.md"
    article.write_text(article.read_text() + "More.\n")
    lines = [line for line in question_lines() if not line["id"].startswith("dip")]
    write_questions(world.folder / "q.jsonl", lines)
    assert world.run("--baseline", baseline) == 0
    monkeypatch.setattr("tests.evals_world.Article", moved_once)
    assert world.run("--baseline", baseline) == 1
    assert "REGRESSION in quote exact" in world.capsys.readouterr().err


def moved_once(article_id: str, title: str, source: str, text: str) -> Any:
    """An index whose text of one article is not its file's: quotes from it are off by one."""
    from rag.types import Article

    return Article(article_id, title, source, f" {text}" if source == "row.md" else text)


def test_questions_that_changed_are_left_out_of_the_comparison(world: World) -> None:
    baseline = world.baseline()
    lines = question_lines()
    lines[0]["verdict"] = "pull"
    write_questions(world.folder / "q.jsonl", lines)
    assert world.run("--baseline", baseline) == 0
    assert "35 questions in common (2 left out" in world.capsys.readouterr().out


def test_a_baseline_survives_the_disk(world: World) -> None:
    kept = read_baseline(Path(world.baseline()))
    world.run()
    samples = world.report()["results"]["sides"][0]["samples"]
    assert [row.id for row in kept.rows] == [sample["id"] for sample in samples]
    for name, column in kept.columns.items():
        found = [sample["scores"].get(name, math.nan) for sample in samples]
        assert column.tolist() == pytest.approx(found, nan_ok=True, abs=1e-6)


def test_an_error_is_shown_and_fails(world: World) -> None:
    assert world.run("--limit", "3", broken_after=2) == 1
    said = world.capsys.readouterr()
    assert "1 questions raised an error, first 'bench press-who': ConnectionError: the model hung up" in said.err
    assert world.report()["results"]["sides"][0]["overall"]["errors"]["value"] == pytest.approx(1 / 3, abs=1e-6)


def test_a_model_that_dies_can_be_resumed_to_the_same_result(world: World) -> None:
    world.run()
    whole = world.report()["results"]
    with pytest.raises(RunStopped, match="20 of 36 replies are kept"):
        world.run(broken_after=20)
    assert world.run("--resume") == 0
    assert world.report()["results"] == whole


def test_a_model_server_that_dies_is_no_measured_model(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(reply="Bananas grow on the moon [1].")
    with ollama_server(script) as url:
        monkeypatch.setenv("RAG_BASE_URL", url)
        places = ["--questions", str(world.folder / "q.jsonl"), "--corpus", str(world.folder / "corpus")]
        places += ["--out", str(world.folder / "out"), "--index", str(world.folder / "index")]
        words = [*places, "--kind", "either-or", "--model", f"ollama:{MODEL}"]
        assert commands.evaluate([*words, "--limit", "2"]) == 0
        said = "not ollama:tiny:1b alone phrased these answers: {'extractive': 2}"
        assert said in world.capsys.readouterr().err
        script.fault = "http-500"
        with pytest.raises(RunStopped, match=r"5 questions in a row .* 2 of 12 replies are kept"):
            commands.evaluate([*words, "--resume"])
        script.fault = ""
        assert commands.evaluate([*words, "--resume"]) == 0
    assert world.report()["results"]["sides"][0]["overall"]["errors"] == {
        "value": 0.0,
        "low": 0.0,
        "high": ANY,
        "n": 12,
    }


def test_a_run_that_failed_is_no_baseline(world: World) -> None:
    path = Path(world.baseline())
    kept = path.read_text()
    assert world.run("--limit", "3", "--save-baseline", str(path), broken_after=2) == 1
    assert world.run("--baseline", str(path), "--save-baseline", str(path), inverted=True) == 1
    assert "not kept as a baseline" in world.capsys.readouterr().err
    assert path.read_text() == kept


@pytest.mark.parametrize("option", ["--out", "--save-baseline", "--export-ragas"])
def test_a_place_that_cannot_be_written_is_named_before_anything_is_asked(world: World, option: str) -> None:
    (world.folder / "file").write_text("mine")
    place = world.folder / "file" / "below"
    with pytest.raises(BadInput, match=rf"{option} .*file.*: the folder cannot be made"):
        world.run(option, str(place))
    assert "36/36" not in world.capsys.readouterr().err
    if option != "--out":
        with pytest.raises(BadInput, match="that is a folder"):
            world.run(option, str(world.folder))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(28, "No space left on device", "reports/report.html"),
            "reports/report.html: No space left on device; free",
        ),
        (KeyboardInterrupt(), "stopped"),
    ],
    ids=["disk full", "Ctrl-C"],
)
def test_what_happens_to_any_program_is_one_line(
    error: BaseException, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(words: list[str]) -> int:
        raise error

    monkeypatch.setattr(commands, "evaluate", failing)
    assert main([]) == 1
    assert capsys.readouterr().err.startswith(f"evals: {said}")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "kay=5"], "setting kay"),
        (["--set", "k"], "write it as --set NAME=VALUE"),
        (["--set", "k=zero"], "setting k"),
        (["--set", "corpus=x"], "give it as --corpus"),
        (["--set", "k=5", "--set", "k=5"], "given twice"),
        (["--baseline", "nowhere.jsonl"], "nowhere.jsonl: cannot be read"),
        (["--questions", "nowhere"], "nowhere: no such file"),
        (["--kind", "either"], "no question of kind 'either'"),
        (["--judge", "extractive"], "no chat model"),
    ],
)
def test_bad_usage_is_one_clear_line(world: World, words: list[str], said: str) -> None:
    with pytest.raises(BadInput) as error:
        world.run(*words)
    assert said in str(error.value)


def test_evidence_in_no_article_is_named_by_file_and_line(world: World) -> None:
    lines = question_lines()
    lines[4]["evidence"] = [{"source": "dip.md", "quote": "The dip is a dance."}]
    write_questions(world.folder / "q.jsonl", lines)
    with pytest.raises(BadInput, match=r"q.jsonl:5: 'The dip is a dance.' does not stand in dip.md"):
        world.run()


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"format": 99, "label": "x", "metrics": []}'])
def test_a_broken_baseline_is_named(world: World, text: str) -> None:
    path = world.folder / "broken.jsonl"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"broken\.jsonl.*--save-baseline"):
        world.run("--baseline", str(path))


def test_the_progress_bar_redraws_itself_in_a_terminal_only() -> None:
    terminal = StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    for stream, expected in ((terminal, ["\r", "█", "2/2", "\n"]), (StringIO(), ["asking  1/2", "asking  2/2", "\n"])):
        progress = Progress("asking", stream)
        progress(1, 2)
        progress(2, 2)
        assert [piece for piece in expected if piece not in stream.getvalue()] == []
    assert "█" not in stream.getvalue()


def test_the_exit_status_of_bad_input_is_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--questions", "nowhere"]) == 2
    assert capsys.readouterr().err.startswith("evals: nowhere: no such file")


def test_ragas_field_names(world: World) -> None:
    path = world.folder / "ragas.jsonl"
    world.run("--export-ragas", str(path), "--limit", "3")
    first, second, third = (json.loads(line) for line in path.read_text().splitlines())
    assert set(first) == {"user_input", "retrieved_contexts", "response", "reference"}
    assert first["user_input"] == "Is the bench press a push or a pull?"
    assert first["retrieved_contexts"][0] == "The bench press is a push movement."
    assert first["reference"] == "push The bench press is a push movement."
    assert second["reference"].startswith("the chest")
    assert third["reference"] == "The articles do not say."
