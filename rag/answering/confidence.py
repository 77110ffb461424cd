"""How likely it is that the articles answer a question: a logistic model over what the ranking found.

Platt's way (1999) of turning a score into a probability, with two dozen features in place of one. It sees a ranking, the
question's words and the words of all articles; it does not know verdicts, or what is done with an unlikely answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence

from rag.answering.answer_types import NUMBERS, answer_type, holds_type, lacks_measure
from rag.answering.offers import GENERIC
from rag.answering.ranking import FEATURES, Ranking
from rag.thesaurus import load_thesaurus
from rag.words import Word, content_stems, stem, words

WEIGHTS = {
    "bias": -2.41,
    "score": 0.01,
    "late": 2.36,
    "centroid": 2.72,
    "missing_number": -0.95,
    "absent": -0.85,
    "any_absent": -0.38,
    "unknown": 0.26,
    "any_unknown": 0.40,
    "unsaid": -2.32,
    "unsaid_words": 0.44,
    "contrary": -1.48,
    "negated_question": -2.36,
    "number_miss": 0.28,
    "unit_miss": -1.23,
    "unresolved": 1.02,
    "answered": 0.42,
    "asked": 3.38,
    "measure_miss": -3.65,
    "size": -1.83,
    "centroid_by_size": 2.81,
    "answered_by_size": -0.36,
}
"""The weight of each feature in the log-odds. Fitted by `python -m evals fit` (logistic regression; every set counts the same,
and in it both kinds) on half of SQuAD 2.0's and of CLAPnq's development questions, MTRAG's human conversations, Chroma's
chunking questions and, as one set each, this project's own development questions and the small folders in `evals/folders`. In five-fold
cross-validation, passages or whole folders left out, the area under the ROC curve is 0.75 on SQuAD 2.0 (0.73 with nothing read and
whatever the size), 0.90 on CLAPnq (0.89), 0.98 on the project's own (0.98) and 0.84 on the folders (0.67); on `evals/folders_heldout`, not
fitted on, 0.84 (0.69). A sign without meaning of its own may take the other sign beside what it goes with (`number_miss` beside
`unit_miss`). Features that were tried and gave nothing
more: names, the gap to the next passages, the question's length, the kind of question, the best cosine of a passage, whether the
answer is put in the negative, how unlike anything in the passages an unknown word is, whether the noun after "which" is said,
leaving classes such as push and pull out of the words asked for."""

SHORT = {
    "carb": "carbohydr", "rep": "repetit", "temp": "temperatur", "vet": "veterinar", "fridg": "refriger", "photo": "photograph",
    "min": "minut", "sec": "second", "kilo": "kilogram", "info": "inform", "exam": "examin", "lab": "laboratori",
}  # fmt: skip
"""Words that are short for others, and how the stems of those begin."""

USUAL_SIZE = 3.2
"""The common logarithm of how many stems a corpus of middling size holds; a sheet of notes has 2.3, a library 4."""

SMALLEST, LARGEST = 150, 10_000
"""How many stems the articles hold that were fitted on; what is smaller or larger counts as these."""

BY_SIZE = ("centroid", "answered")
"""What says more, or less, the more the articles hold."""

KNOWN_FROM = 10
"""In how many of the best passages a word must be missing to be absent."""

_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_NEGATION = re.compile(r"\b(?:not|no|never|without|none|nor|cannot|neither|lacks?|rather than)\b|n['’]t\b", re.I)
_ASIDES = re.compile(
    r"^\W*no\b|[,;]\s*not\b|\bnot my\b"
    r"|(?:^\W*|[,.;:!?] *|\b(?:if|when|because|since|as|but|and|so) )(?:i|we)\b(?:['’]\w+)?(?: \w+){0,2}? (?:not|never|cannot|\w+n['’]t)\b",
    re.I,
)
"""A negation that is no part of what is asked: "No, I meant A, not B", "I cannot find it, what now?"."""
_HOW_MANY = re.compile(
    r"\bhow (?:many|(?P<much>much)) (?:of (?:the|a|my|your) )?(?:more |extra )?(?P<unit>[a-z-]+)", re.I
)
_MYSELF = re.compile(
    r"\b(?:i['’]?m|i am|i weigh|my \w+ is|at) (?:about |around )?\d[\d.,]*\s?(?:kg|kgs|lbs?|years?|cm|yo)\b", re.I
)
"""A number that says who asks: "I'm 90 kg"."""

_MEASURED = re.compile(
    r"\d\s?(?:(?:m|k|µ)?g|kgs?|m?l|k?cal|kcals?|%|lbs?|oz)\b|\d\s?(?:%|°)|\b\d+ (?:grams?|litres?|liters?|cups?|calories|percent|spoons?"
    r"|tablespoons?|teaspoons?|pounds?|ounces?)\b",
    re.I,
)
_COUNTED = re.compile(rf"(?:{NUMBERS}|\bseveral\b)(?:\W+\w+){{1,4}}", re.I)


def confidence(signs: Mapping[str, float]) -> float:
    """The chance, in [0, 1], that the articles answer, by its `features`."""
    odds = sum(WEIGHTS[name] * value for name, value in signs.items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


def features(
    ranking: Ranking, question: str, known: Collection[str], answered: float, unresolved: float = 0.0
) -> dict[str, float]:
    """What the log-odds are added up from, by the names of `WEIGHTS`. The ranking must hold a sentence.

    Args:
        known: the stems of all words of the articles. How many they are weighs with some signs: a word that no article holds says
            much in a library and nothing on a sheet of notes.
        answered: the log-odds that a sentence answers, as `rag.answering.readings` has them.
        unresolved: how much the question leans on earlier ones without saying what it leans on, in [0, 1]: it cannot be as near
            to its answer as one that says all.

    Shares are in [0, 1], flags 0 or 1. A word is absent where the best `KNOWN_FROM` passages hold neither it, a synonym nor a
    wider word; unknown where no article does; unsaid where the best passage holds neither it nor a synonym.
    """
    best = ranking.sentences[0]
    named = dict(zip(FEATURES, best.features.tolist(), strict=True))
    passage = f"{best.passage.context} {best.passage.text}"
    here = content_stems(passage)
    near = {held for p, _ in ranking.passages[:KNOWN_FROM] for held in content_stems(f"{p.context} {p.text}")}
    asked = [w for w in words(question) if w.content and w.form not in GENERIC and not _NUMBER.match(w.form)]
    absent, unknown = missing(asked, near, wider=True), missing(asked, known, wider=True)
    unsaid = missing(asked, here, wider=False)
    kind = answer_type(question)
    size = math.log10(min(max(len(known), SMALLEST), LARGEST)) - USUAL_SIZE
    signs = {
        "bias": 1.0,
        "score": best.score,
        "late": named["late"],
        "centroid": named["centroid"],
        "missing_number": float(any(number not in passage for number in _NUMBER.findall(_MYSELF.sub(" ", question)))),
        "absent": len(absent) / len(asked) if asked else 1.0,
        "any_absent": float(bool(absent) or not asked),
        "unknown": len(unknown) / max(1, len(asked)),
        "any_unknown": float(bool(unknown)),
        "unsaid": len(unsaid) / max(1, len(asked)),
        "unsaid_words": float(len(unsaid)),
        "contrary": float(_contrary(asked, here, content_stems(best.text))),
        "negated_question": float(
            bool(_NEGATION.search(_ASIDES.sub(" ", question))) and not _NEGATION.search(best.text)
        ),
        "number_miss": float(kind == "number" and not holds_type(kind, best.text, question)),
        "unit_miss": float(lacks_unit(question, best.text)),
        "unresolved": unresolved,
        "answered": answered,
        "asked": named["asked"],
        "measure_miss": float(lacks_measure(question, best.passage.text)),
    }
    return signs | {"size": size} | {f"{name}_by_size": size * signs[name] for name in BY_SIZE}


def missing(asked: Sequence[Word], held: Collection[str], *, wider: bool) -> list[Word]:
    """The words of which `held` has neither a form nor a synonym, nor, where `wider`, a word that says less."""
    thesaurus = load_thesaurus()
    missing = []
    for word in asked:
        standing = thesaurus.stems(word.form) | thesaurus.synonyms(word.form) | {word.stem}
        if wider:
            standing |= thesaurus.generalities(word.form)
        if not any(form in held for form in standing) and not _is_short(word, held):
            missing.append(word)
    return missing


def _is_short(word: Word, held: Collection[str]) -> bool:
    """Whether a word is short for one that is held: "carbs" for "carbohydrate"."""
    return word.stem in SHORT and any(form.startswith(SHORT[word.stem]) for form in held)


def _contrary(asked: Sequence[Word], here: Collection[str], said: Collection[str]) -> bool:
    """Whether the best sentence holds the opposite of a word that its passage lacks."""
    thesaurus = load_thesaurus()
    return any(word.stem not in here and thesaurus.opposites(word.form) & set(said) for word in asked)


def lacks_unit(question: str, text: str) -> bool:
    """Whether "how many repetitions" finds no number of repetitions in a sentence, and "how much salt" no measure either."""
    match = _HOW_MANY.search(question)
    if not match or (match["much"] and _MEASURED.search(text)):
        return False
    unit = stem(match["unit"].lower())
    return not any(word.stem == unit for counted in _COUNTED.findall(text) for word in words(counted))
