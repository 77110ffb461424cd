"""The project as a whole: it reaches nobody, its documents point somewhere, and it names no machine of ours."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rag.settings import Settings

ROOT = Path(__file__).parents[1]


def tracked() -> list[Path]:
    """The project's files: those that git knows, or all where there is no git."""
    asked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = asked.stdout.split("\n") if asked.returncode == 0 else []
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_no_test_can_reach_another_machine() -> None:
    with pytest.raises(AssertionError, match="tried to reach"), socket.socket() as one:
        one.connect(("192.0.2.1", 80))
    with pytest.raises(AssertionError, match="tried to reach"):
        socket.getaddrinfo("example.org", 443)


@pytest.mark.parametrize(
    "page", sorted(p.relative_to(ROOT).as_posix() for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    targets = [t for t in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if not re.match(r"[a-z]+:", t)]
    missing = [t for t in targets if not ((ROOT / page).parent / t).exists()]
    assert missing == []


def test_the_readme_names_every_setting() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in Settings.model_fields if f"`{name}`" not in text] == []


def test_no_file_names_a_home_folder() -> None:
    pattern = re.compile(rb"(?<![\w.])/(?:home|root|Users)/\w")
    assert [
        str(p) for p in tracked() if p.suffix in (".py", ".md", ".toml", ".txt", "") and pattern.search(p.read_bytes())
    ] == []


WORK = """
import time

import pytest


{mark}
@pytest.mark.parametrize("number", range(8))
def test_works(number, tmp_path):
    shared = tmp_path.parents[1] / "{name}"
    shared.touch()
    time.sleep(0.05)
    assert not {alone} or not (tmp_path.parents[1] / "others").exists()
    shared.unlink()
"""


def test_a_test_that_is_marked_alone_runs_while_no_other_does(tmp_path: Path) -> None:
    """The other worker's tests leave a file while they run; the ones that are alone never see it."""
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_runtest_protocol\n", "utf-8")
    (tmp_path / "test_alone.py").write_text(WORK.format(mark="@pytest.mark.alone", name="alone", alone=True), "utf-8")
    (tmp_path / "test_others.py").write_text(WORK.format(mark="", name="others", alone=False), "utf-8")
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path)]
    command += ["-p", "xdist", "-n", "2", "--dist", "loadfile", "--basetemp", str(tmp_path / "base"), str(tmp_path)]
    lean = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=ROOT, env=lean, capture_output=True, text=True, check=False)
    assert "16 passed" in done.stdout, done.stdout
