"""How likely it is that the articles answer a question: a logistic model over what the ranking found.

Platt's way (1999) of turning a score into a probability, with a dozen features in place of one. It sees a ranking and
the question's words; it does not know verdicts, or what is done with an unlikely answer.
"""

from __future__ import annotations

import math
import re

import numpy as np

from rag.ranking import FEATURES, Ranking, answer_type, holds_type
from rag.words import content_stems

WEIGHTS = {
    "bias": -8.0,
    "score": 0.5,
    "late": 0.0,
    "passage_late": 0.0,
    "centroid": 0.0,
    "weakest": 0.0,
    "missing_name": -0.5,
    "missing_word": -0.5,
    "polarity": -0.3,
    "type_miss": -0.5,
    "margin": 0.0,
    "asked": 0.0,
}
"""The weight of each feature in the log-odds."""

_NAME = re.compile(r"(?<=[\w,] )[\"'“(]?([A-Z][\w'’-]*|\d[\d,.]*\d|\d)")
_NEGATION = re.compile(r"\b(?:not|no|never|without|none|nor|cannot|neither|lacks?|rather than)\b|n['’]t\b", re.I)


def confidence(ranking: Ranking, question: str) -> float:
    """The chance, in [0, 1], that the best sentences answer `question`; 0 where nothing was found."""
    if not ranking.sentences:
        return 0.0
    odds = sum(WEIGHTS[name] * value for name, value in features(ranking, question).items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


def features(ranking: Ranking, question: str) -> dict[str, float]:
    """What the log-odds are added up from. The ranking must hold a sentence."""
    best = ranking.sentences[0]
    named = dict(zip(FEATURES, best.features.tolist(), strict=True))
    text, passage = best.text, best.passage
    around = f"{passage.context} {passage.text}"
    weighty = ranking.token_weights >= np.median(ranking.token_weights) if len(ranking.token_weights) else np.zeros(0)
    names = [m.group(1).lower() for m in _NAME.finditer(question)]
    low = around.lower()
    asked, held = content_stems(question), content_stems(f"{passage.context} {text}")
    kind = answer_type(question)
    other = next((s.score for s in ranking.sentences if s.passage is not passage), best.score - 5.0)
    return {
        "bias": 1.0,
        "score": best.score,
        "late": named["late"],
        "passage_late": named["passage_late"],
        "centroid": named["centroid"],
        "weakest": float(best.late[weighty].min()) if np.any(weighty) else 0.0,
        "missing_name": sum(name not in low for name in names) / len(names) if names else 0.0,
        "missing_word": len(asked - held) / len(asked) if asked else 1.0,
        "polarity": float(bool(_NEGATION.search(question)) and not _NEGATION.search(text)),
        "type_miss": float(kind is not None and not holds_type(kind, text, question)),
        "margin": best.score - other,
        "asked": named["asked"],
    }
