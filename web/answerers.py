"""Who can phrase the answers: the built-in answerer, the model that was set, and local models found running.

It knows how to look for models and how long each took lately. It does not know the page, nor how a model is asked.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.generating.discovery import FoundModel

BUILT_IN = "extractive"
REMEMBERED = 20
"""Of how many answers the middle is shown as what a model costs."""


@dataclass(frozen=True, slots=True)
class Answerer:
    """One that can be picked.

    Attributes:
        spec: what it is known by; BUILT_IN is the program itself.
        where: the server it runs in, for people.
        base_url: its server's address where one has to be given.
        up: whether it answers now.
    """

    spec: str
    where: str
    base_url: str | None = None
    up: bool = True

    @property
    def name(self) -> str:
        """What people call it."""
        if self.spec == BUILT_IN:
            return "The built-in answerer"
        return f"{self.spec.partition(':')[2]} ({self.where})"


class Answerers:
    """Those that can be picked here. Safe from several threads.

    Args:
        default: the spec that the settings name.
        find: lists the models that answer on this machine, as `rag.generating.discovery.list_models` does.
        pickable: whether visitors may pick another than the default.
        fresh_seconds: how long what was found is believed.
    """

    def __init__(
        self,
        default: str,
        find: Callable[[], Sequence[FoundModel]],
        *,
        pickable: bool = True,
        fresh_seconds: float = 15.0,
    ) -> None:
        self.default, self._find, self.pickable = default, find, pickable
        self.fresh_seconds = fresh_seconds
        self._seconds: dict[str, deque[float]] = {}
        self._found: tuple[float, tuple[Answerer, ...]] = (float("-inf"), ())
        self._gone: dict[str, Answerer] = {}
        self._lock = threading.Lock()

    def all(self) -> tuple[Answerer, ...]:
        """The default first, then the built-in one, then what was found; looked for again after a while."""
        if not self.pickable and self.default == BUILT_IN:
            return (Answerer(BUILT_IN, "this program"),)
        with self._lock:
            when, known = self._found
            if time.monotonic() - when > self.fresh_seconds:
                self._gone |= {each.spec: replace(each, up=False) for each in known}
                known = self._look()
                self._found = (time.monotonic(), known)
        return known

    def _look(self) -> tuple[Answerer, ...]:
        found = {model.spec: Answerer(model.spec, model.where, model.base_url) for model in reversed(self._find())}
        served = self.default.startswith(("ollama:", "openai:"))
        missing = Answerer(self.default, "not running" if served else "this machine", up=not served)
        default = found.get(self.default, missing)
        if not self.pickable:
            return (default, Answerer(BUILT_IN, "this program"))
        others = [model for model in reversed(found.values()) if model.spec not in (self.default, BUILT_IN)]
        built_in = [] if self.default == BUILT_IN else [Answerer(BUILT_IN, "this program")]
        return (default, *built_in, *others)

    def get(self, spec: str) -> Answerer | None:
        """The one of this spec, not `up` where it was here before; None where it never was, or may not be picked."""
        return next((each for each in self.all() if each.spec == spec), self._gone.get(spec))

    def took(self, spec: str, seconds: float) -> None:
        """Remembers how long an answer took."""
        self._seconds.setdefault(spec, deque(maxlen=REMEMBERED)).append(seconds)

    def view(self) -> list[dict[str, Any]]:
        """The ones that can be picked, as objects: `seconds` is the middle of what the last answers took."""
        return [
            {
                "spec": each.spec,
                "name": each.name,
                "up": each.up,
                "seconds": round(median(self._seconds[each.spec]), 3) if each.spec in self._seconds else None,
            }
            for each in self.all()
        ]
