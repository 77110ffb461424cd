"""What is measured: the sides that the options ask for, each with settings of its own, and the assistant of each.

An option given twice makes two sides; two options given twice make four.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.formats import slug
from rag.errors import BadInput
from rag.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Side:
    """Settings under a name that says how they differ from the other sides'."""

    label: str
    settings: Settings

    @property
    def file_name(self) -> str:
        digest = hashlib.sha256(self.label.encode()).hexdigest()[:8]  # long labels may begin alike
        return f"run-{slug(self.label)}-{digest}.jsonl"


def plan_sides(options: Mapping[str, Sequence[str]], corpus: Path | None, index: Path | None) -> tuple[Side, ...]:
    """The sides, the first of which the others are held against.

    Args:
        options: setting name -> the values given for it.
        corpus, index: None leaves what the environment or the default says.

    Raises:
        BadInput: an unknown setting, or a value that it cannot have.
    """
    names = list(options)
    varied = [name for name in names if len(options[name]) > 1]
    sides = []
    for values in itertools.product(*options.values()):
        chosen = dict(zip(names, values, strict=True))
        settings = load_settings(corpus=corpus, index=index, **chosen)
        shown = {name: chosen[name] for name in varied} or chosen or {"model": settings.model}
        sides.append(Side(" ".join(f"{name}={value}" for name, value in shown.items()), settings))
    if len({side.label for side in sides}) < len(sides):
        raise BadInput("the same value is given twice for a setting; give each once")
    return tuple(sides)


def parse_sets(assignments: Sequence[str]) -> dict[str, list[str]]:
    """`["k=5", "k=10"]` -> `{"k": ["5", "10"]}`."""
    found: dict[str, list[str]] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name.strip():
            raise BadInput(f"--set {assignment}: write it as --set NAME=VALUE, for example --set k=5")
        if name.strip() in ("corpus", "index"):
            raise BadInput(f"--set {assignment}: all sides share one corpus; give it as --{name.strip()}")
        found.setdefault(name.strip(), []).append(value.strip())
    return found
