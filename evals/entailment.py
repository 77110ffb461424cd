"""How well the entailment model reads what it was not fitted on: `python -m evals.entailment`.

The held-out twentieth of the pairs in `evals/pairs`. They are hard on purpose: most turn on one word, or are said in others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.pairs import FOLDER, Label, Pair, read_pairs
from rag.entailment.model import Judgement, in_context, load_entailment

SHARES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Settled:
    """What is settled, right, and the contrary of right, where yes or no needs at least a share.

    Attributes:
        found: of the pairs that yes or no answers, the share that is settled rightly.
        right, contrary: of what is settled, the shares that are so and that are the other way; the rest is open.
    """

    share: float
    found: float
    right: float
    contrary: float


def label_of(judgement: Judgement, share: float = 0.0) -> Label:
    """The likeliest label; "open" where it is below `share`."""
    chances: dict[Label, float] = {"yes": judgement.yes, "no": judgement.no, "open": judgement.open}
    likeliest = max(chances, key=lambda label: chances[label])
    return likeliest if chances[likeliest] >= share else "open"


def settle(pairs: Sequence[Pair], judged: Sequence[Judgement], share: float) -> Settled:
    """How `judged` does on `pairs`, at a share."""
    found = [(pair.label, label_of(judgement, share)) for pair, judgement in zip(pairs, judged, strict=True)]
    settled = [(wanted, label) for wanted, label in found if label != "open"]
    right = sum(wanted == label for wanted, label in settled)
    contrary = sum(wanted not in (label, "open") for wanted, label in settled)
    answered = sum(wanted != "open" for wanted, _ in found)
    return Settled(share, right / max(1, answered), right / max(1, len(settled)), contrary / max(1, len(settled)))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: prints what is right at several shares."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.entailment", description="How well the entailment model reads."
    )
    parser.add_argument("--pairs", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    model = load_entailment()
    pairs = [pair for pair in read_pairs(options.pairs) if pair.held_out]
    judged = model.judge([(pair.question, in_context(pair.title, pair.text)) for pair in pairs])
    right = sum(pair.label == label_of(judgement) for pair, judgement in zip(pairs, judged, strict=True))
    print(f"{len(pairs)} held-out pairs, {right / max(1, len(pairs)):.1%} labelled rightly")
    for result in (settle(pairs, judged, share) for share in SHARES):
        print(
            f"  from {result.share:.1f}: settles {result.found:.1%} of what can be settled; of what it settles"
            f" {result.right:.1%} is right, {result.contrary:.1%} the contrary"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
