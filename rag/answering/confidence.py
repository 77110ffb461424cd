"""How likely it is that the articles answer a question: a logistic model over what the ranking found.

Platt's way (1999) of turning a score into a probability, with a dozen features in place of one. It sees a ranking and
the question's words; it does not know verdicts, or what is done with an unlikely answer.
"""

from __future__ import annotations

import math
import re

import numpy as np

from rag.answering.choices import GENERIC
from rag.answering.ranking import FEATURES, Ranking, answer_type, holds_type
from rag.thesaurus import load_thesaurus
from rag.words import content_stems, words

WEIGHTS = {
    "bias": -6.61,
    "score": 0.08,
    "late": 5.15,
    "centroid": 3.28,
    "around_late": 1.95,
    "weakest": 0.74,
    "missing_name": -0.15,
    "missing_word": -0.76,
    "absent": 1.16,
    "any_absent": -0.77,
    "polarity": -1.39,
    "type_miss": 0.29,
    "type_nowhere": -0.94,
    "number_miss": -2.61,
    "asked": 0.07,
}
"""The weight of each feature in the log-odds. Fitted by logistic regression on a third of SQuAD 2.0's development
questions (half of their articles), half of CLAPnq's, and this project's own development questions; the unanswerable
ones of SQuAD, written to look answerable, count 0.3. In five-fold cross-validation the area under the ROC curve is
0.69, 0.89 and 0.96."""

KNOWN_FROM = 10
"""In how many of the best passages a word must be missing to be absent."""

TYPE_FROM = 5
"""In how many of the best sentences the kind of thing asked for ("how many") must be missing to be nowhere."""

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
    passage = best.passage
    weights = ranking.token_weights
    heavy = weights >= np.median(weights) if len(weights) else np.zeros(0, bool)
    around = np.max([s.late for s in ranking.sentences if s.passage is passage], axis=0)
    names = [m.group(1).lower() for m in _NAME.finditer(question)]
    low = f"{passage.context} {passage.text}".lower()
    asked = content_stems(question)
    held = content_stems(f"{passage.context} {best.text}")
    absent = _absent(question, ranking)
    kind = answer_type(question)
    lacks_type = kind is not None and not holds_type(kind, best.text, question)
    few = ranking.sentences[:TYPE_FROM]
    nowhere = lacks_type and not any(holds_type(str(kind), s.text, question) for s in few)
    return {
        "bias": 1.0,
        "score": best.score,
        "late": named["late"],
        "centroid": named["centroid"],
        "around_late": float(weights @ around),
        "weakest": float(best.late[heavy].min()) if heavy.any() else 0.0,
        "missing_name": sum(name not in low for name in names) / len(names) if names else 0.0,
        "missing_word": len(asked - held) / len(asked) if asked else 1.0,
        "absent": absent,
        "any_absent": float(absent > 0),
        "polarity": float(bool(_NEGATION.search(question)) and not _NEGATION.search(best.text)),
        "type_miss": float(lacks_type),
        "type_nowhere": float(nowhere),
        "number_miss": float(lacks_type and kind == "number"),
        "asked": named["asked"],
    }


def _absent(question: str, ranking: Ranking) -> float:
    """The share of a question's content words of which the best passages hold neither form, synonym nor a wider word."""
    thesaurus = load_thesaurus()
    asked = [word for word in words(question) if word.content and word.form not in GENERIC]
    if not asked:
        return 1.0
    known = {stem for p, _ in ranking.passages[:KNOWN_FROM] for stem in content_stems(f"{p.context} {p.text}")}
    missing = [
        word
        for word in asked
        if word.stem not in known
        and not (thesaurus.stems(word.form) | thesaurus.synonyms(word.form) | thesaurus.generalities(word.form)) & known
    ]
    return len(missing) / len(asked)
