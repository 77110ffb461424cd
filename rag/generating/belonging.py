"""What belongs to what: whether a claim says something of the thing that the article says it of.

A word may stand in a sentence and yet be said there of another subject, in another case, or the other way round. Each check is given a
clause of a claim and says why it does not stand, or None. It does not know negations, numbers or opposites.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.generating.alignment import CIRCUMSTANCES, COPULAS, PREPOSITIONS, Alignment, following, opening
from rag.generating.wording import DETERMINERS, GLUE, UNITS, Word

_AMONG = frozenset("include includes including among such like".split())
_STATED_AS = (CIRCUMSTANCES | frozenset("because since so".split())) - {"while"}
_PRONOUNS = frozenset("you we it they this these that those".split())


def displaced(laid: Alignment, clause: Sequence[int]) -> str | None:
    """A word that stands in another part of the sentence than the rest, or a clause in another order."""
    found, home = laid.found(clause), laid.home(clause)
    inside = {i: [j for j in at if laid.there[j].clause == home] for i, at in found.items()}
    inner = [i for i, at in inside.items() if at]
    if not inner:
        return None
    first = min(min(inside[i]) for i in inner)
    for i in found:
        if i not in inner and not laid.is_number(i) and _elsewhere(laid, i, found, inner, first):
            return f"“{laid.words[i].text}” belongs to another part of the sentence"
    order = [inside[i][0] for i in inner if laid.words[i].bears and len(inside[i]) == 1]
    return "the article puts it the other way round" if not _passive(laid, clause) and _scrambled(order) else None


def _elsewhere(laid: Alignment, i: int, found: dict[int, list[int]], inner: Sequence[int], first: int) -> bool:
    """Whether a word that stands outside the clause of the others is not theirs.

    A subject may stand in an earlier clause, and a phrase at the end in a later one, in the claim's order.
    """
    word, at = laid.words[i], found[i]
    if min(at) < first and laid.framed(min(at)):
        return False
    if max(at) < first:
        moved = word.bears and any(k < i and laid.words[k].bears for k in inner)
        home = laid.there[first].clause
        return moved and not laid.framed(max(at)) and not laid.on_topic(word) and _says_more(laid, home)
    if opening(laid.there, laid.there[min(at)].clause) in _STATED_AS:
        return False
    return any(k > i and max(found[k]) < min(at) for k in inner) or not any(k < i for k in inner)


def of_another(laid: Alignment, clause: Sequence[int]) -> str | None:
    """A clause that the article says of another subject."""
    found, home = laid.found(clause), laid.home(clause)
    inside = {i: min(here) for i, at in found.items() if (here := [j for j in at if laid.there[j].clause == home])}
    if not inside:
        return None
    first = min(inside.values())
    outer = {i: at for i, at in found.items() if i not in inside}
    for i, at in outer.items():
        if min(at) > first and not laid.is_number(i) and (why := _other_subject(laid, at[0], clause)):
            return why
    borrowed = any(laid.words[i].bears and not laid.places[i] and not laid.labelled(laid.words[i]) for i in clause)
    carried = any(min(at) < first and not laid.framed(min(at)) for at in outer.values())
    subject = next((i for i in clause if laid.words[i].bears), -1)
    plain = laid.words[clause[0]].text not in _PRONOUNS and not _passive(laid, clause)
    moved = plain and inside.get(subject, first) > first
    return _other_subject(laid, first, clause) if borrowed or carried or moved else None


def framed_otherwise(laid: Alignment, clause: Sequence[int]) -> str | None:
    """What the claim says "in a deadlift" or "on pull day" of, and the article in a row, on leg day."""
    home = laid.home(clause)
    matched = {j for at in laid.places for j in at}
    there = [j for j, word in enumerate(laid.there) if word.clause == home]
    for preposition, phrase in _phrases(laid.words, clause):
        inside = [i for i in phrase if any(laid.there[j].clause == home for j in laid.places[i])]
        if len(inside) == len(phrase) or _gapped(laid, phrase):
            continue
        others = [other for governing, other in _phrases(laid.there, there) if governing == preposition]
        strange = [j for other in others for j in other if j not in matched]
        if strange and all(any(j not in matched for j in other) for other in others):
            return f"the article says it of “{laid.there[strange[0]].text}”"
    return None


def _gapped(laid: Alignment, phrase: Sequence[int]) -> bool:
    """Whether a phrase stands in a clause that leaves out its subject and verb: "… and too little on arm day"."""
    places = [j for i in phrase for j in laid.places[i][:1]]
    if len(places) < len(phrase):
        return False
    before = [w.text for j, w in enumerate(laid.there) if w.clause == laid.there[places[0]].clause and j < places[0]]
    return before[:1] == ["and"] and not any(
        text in _PRONOUNS | COPULAS | {"some", "others"} or laid.thesaurus.acts(text) for text in before
    )


def _phrases(words: Sequence[Word], clause: Sequence[int]) -> list[tuple[str, list[int]]]:
    """The prepositions of a clause that say where or when something is so, each with the words of what it governs."""
    found = []
    for i in clause:
        if words[i].text not in ("in", "on", "during"):
            continue
        after = [k for k in clause if k > i and words[k].text not in DETERMINERS]
        phrase = [k for n, k in enumerate(after) if all(words[m].bears for m in after[: n + 1])]
        if phrase:
            found.append((words[i].text, phrase))
    return found


def _other_subject(laid: Alignment, place: int, clause: Sequence[int]) -> str | None:
    """The subject that the article has for what stands at `place`, and the claim has not."""
    there = laid.there
    within = [j for j, word in enumerate(there) if word.clause == there[place].clause]
    if there[within[0]].text in PREPOSITIONS - {"while"} or any(word.text in _AMONG for word in laid.words):
        return None
    if there[within[0]].text in COPULAS:  # its subject stands before a parenthesis
        within = [j for j, word in enumerate(there) if word.clause == 0] + within
    elif there[within[0]].text in ("and", "but"):
        within = _shared_subject(laid, within[0]) + within
    own = laid.words[clause[0]].clause
    told = [w.clause <= own or opening(laid.words, w.clause) in CIRCUMSTANCES for w in laid.words]
    matched = {j for at, counts in zip(laid.places, told, strict=True) if counts for j in at}
    for j in within:
        if j and there[j - 1].text in ("which", "that", "who") and following(there, j) in DETERMINERS:
            continue
        thing = there[j].text.endswith("ing") or (j > 0 and there[j - 1].text in DETERMINERS)
        verb = laid.thesaurus.acts(there[j].text) and not thing
        if j < place and there[j].bears and j not in matched and not verb and not laid.on_topic(there[j]):
            return f"the article says it of “{there[j].text}”"
    return None


def swapped(laid: Alignment, clause: Sequence[int]) -> str | None:
    """What the article says of one thing and the claim of another, and the other way round."""
    own = laid.words[clause[0]].clause
    for other in _owners(laid, own):
        if own in _owners(laid, other):
            return f"the article says it of “{laid.words[laid.subject(other)].text}”"
    return None


def _owners(laid: Alignment, clause: int) -> set[int]:
    """The other clauses of the claim whose subjects are the article's subjects of what this one says."""
    subject, found = laid.subject(clause), set()
    for i, at in laid.found(laid.clauses[clause]).items():
        if i == subject or laid.is_number(i) or {laid.there[j].clause for j in at} & laid.clauses_of(subject):
            continue
        for place in at:
            run = set(_subject_of(laid, laid.there[place].clause))
            found |= {k for k in laid.clauses if k != clause and run & set(laid.places[laid.subject(k)])}
    return found


def _subject_of(laid: Alignment, clause: int) -> list[int]:
    """Where the subject of a clause of the sentence stands: its first words that say something, up to a verb."""
    there = laid.there
    within = [j for j, word in enumerate(there) if word.clause == clause]
    first = next((j for j in within if there[j].bears), None)
    if first is None or (laid.thesaurus.acts(there[first].text) and there[first - 1].text not in DETERMINERS):
        return []
    run = [first]
    for j in range(first + 1, within[-1] + 1):
        if not there[j].bears or there[j].text.endswith("s") or there[j].text in UNITS:
            break
        run.append(j)
    return run


def _shared_subject(laid: Alignment, conjunction: int) -> list[int]:
    """Where the subject stands of "… and trains the chest": it is that of the clause before."""
    verb, after = (laid.there[conjunction + n].text if conjunction + n < len(laid.there) else "" for n in (1, 2))
    goes_on = verb in COPULAS or (verb.endswith("s") and (laid.thesaurus.acts(verb) or verb in GLUE))
    if not goes_on or after in COPULAS or after in ("have", "has", "of") or not conjunction:
        return []
    return _subject_of(laid, laid.there[conjunction - 1].clause)


def _says_more(laid: Alignment, clause: int) -> bool:
    """Whether a clause of the sentence says something that the claim does not."""
    matched = {j for at in laid.places for j in at}
    return any(w.clause == clause and w.bears and j not in matched for j, w in enumerate(laid.there))


def _passive(laid: Alignment, clause: Sequence[int]) -> bool:
    return any(laid.words[i].text == "by" for i in clause)


def _scrambled(places: Sequence[int]) -> bool:
    """Whether words stand in another order, and not only because one phrase was moved to another place."""
    if len(places) < 4:
        return False
    spans = ((first, last) for first in range(len(places)) for last in range(first, len(places)))
    return not any(_rises([*places[:a], *places[b + 1 :]]) and _rises(places[a : b + 1]) for a, b in spans)


def _rises(places: Sequence[int]) -> bool:
    """Whether places ascend, neighbours aside that changed sides."""
    return all(b > a - 3 for a, b in zip(places, places[1:], strict=False))
