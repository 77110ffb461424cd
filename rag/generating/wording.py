"""What a sentence says, word by word: which words carry it, in which clause, negated or not, and its numbers.

Rules for English, no model. In another language words are only ever equal or not, so that a claim must then quote. It
does not know which of two sentences is right, nor where they come from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.thesaurus import load_thesaurus


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


FUNCTION = _words(
    "unlike whether a an the this that these those it its it's itself he him his she her hers they them their theirs "
    "themselves one ones we us our ours you your yours yourself i me my mine who whom whose which what where why how is "
    "are was were be been "
    "being am do does did doing done has have had having will would shall can could may might of in on at by for with "
    "to from into onto upon about as than then so such and or but nor yet if when while whereas because since although "
    "though until till once also too very just rather quite even still already ever there here 's s t re ve ll d m "
    "others not no yes n't cannot never neither without both either between among across per during via toward towards along "
    "around within therefore thus hence however instead out up down off all any some other another same own "
    "more most less least fewer each every everyone's all both time times "
    "let's lets should must ought over under above below beyond before after"
)
"""Words that say how the others hang together. They need no support, except through what the checks make of them."""

GLUE = _words(
    "first weight weights single job "
    "role idea motion next exercise exercises movement movements lift lifts muscle muscles involve involves "
    "involving consider considered considers regard regarded count counts classify classified category categorised "
    "categorized mainly primarily "
    "chiefly mostly largely generally usually typically often commonly normally frequently really simply actually "
    "basically essentially overall particularly especially specifically roughly approximately nearly almost way ways "
    "thing things example instance main primary key important importance kind type types form case part parts order "
    "fact term terms article articles passage passages source sources according say says said state states note notes "
    "help helps helping allow allows allowing enable enables tend tends recommend recommended recommends advise advised "
    "suggest suggests suggested suggestion good best better well great fine ideal sure like lot bit area areas people "
    "person someone lifters lifter training session sessions workout workouts mean means meaning include includes "
    "including included feature features variation version option options choice technique level levels number needed "
    "required able effective effectively effect result results resulting period periods goal goals aim purpose matter "
    "matters reason reasons sign signs indicate indicates few much many little become becomes becoming begin begins "
    "start starts starting started find finds found see sees feel feels feeling set sets remain remains stay stays "
    "contain contains containing provide provides provided providing call calls called sit sits place places placed "
    "placing position positioned positioning perform performs performed performing performance try tries trying "
    "happen happens occur occurs cause causes caused need needs lead leads ensure ensures reach reaches move moves moving "
    "bring brings keep keeps keeping hold holds holding let lets letting give gives giving gain gains require requires "
    "demand demands show shows shown serve serves refer refers describe describes given within several various "
    "additional extra also only enough sufficient proper properly correct correctly right certain particular specific "
    "overall along during while throughout whole entire total completely fully entirely slightly somewhat fairly "
    "quite want wants get gets got make makes made making go goes going come comes take takes taken taking put puts "
    "putting significantly noticeably considerably relatively possible possibly likely probably perhaps maybe recommend "
    "useful helpful benefit benefits beneficial suitable suited designed aimed intended focus focuses focusing target "
    "targets targeting work works working worked train trains develop develops build builds building engage engages "
    "engaging emphasize emphasizes emphasise emphasises strengthen strengthens use uses used using"
)
"""Words that phrasing brings in and that hardly claim anything, unless the article says the opposite."""

NEGATIONS = _words(
    "not no n't never neither nor none nobody nothing cannot without avoid avoids avoiding hardly barely scarcely "
    "place than seldom rarely lack lacks fail fails instead rather keep keeps keeping kept stop stops stopping prevent prevents preventing"
)
_UNBEARING = FUNCTION | GLUE | (NEGATIONS - _words("lack lacks fail fails"))
_KEEPS = _words("keep keeps keeping kept stop stops stopping prevent prevents preventing")
_DENIALS = _words("myth wrong false untrue mistake mistaken nonsense misconception incorrect")
_BOUNDARIES = _words(
    "and but while whereas although though because since so if when whenever once unless until then than rather "
    "instead or nor yet however"
)
_DOUBTS = _words("dispute disputes disputed doubt doubts doubted deny denies denied")
_MODALS = _words("can may might will should must")
_STARTS_ANEW = _MODALS | {"that"}
_AFTER_AS = _words("the it you they your he she")
_PRONOUNS = _words("you they it them this that these those him her me us you")
_OPENERS = _words("for in with at on during after before by under over from to as")
_ENDS_NEGATION = _words(
    "during what when where how whether but because while whereas although though since if unless so until"
)
DETERMINERS = _words("a an the this that these those its their your his her our my some any each every no")
UNITS = _words(
    "kg g mg cm mm km lb lbs ml l s h m kcal percent kilogram kilograms gram grams minute minutes second seconds hour "
    "hours day days week weeks month months year years set sets rep reps repetition repetitions euro euros dollar "
    "dollars pound pounds centimetre centimetres centimeter centimeters metre metres meter meters step steps meal "
    "meals time times litre litres calorie calories degree degrees night nights session sessions"
)
_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_NUMBERS = {word: float(value) for value, word in enumerate(_SMALL.split())}
_NUMBERS |= {
    word: 10.0 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_NUMBERS |= {
    "hundred": 100.0,
    "thousand": 1000.0,
    "million": 1e6,
    "dozen": 12.0,
    "once": 1.0,
    "twice": 2.0,
    "thrice": 3.0,
}
_NUMBERS |= {
    "half": 0.5,
    "halve": 0.5,
    "halved": 0.5,
    "third": 3.0,
    "quarter": 4.0,
    "double": 2.0,
    "triple": 3.0,
    "pair": 2.0,
}
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_NUMBERS |= {word: float(value) for value, word in enumerate(_ORDINALS.split(), 1) if value > 2}
_SHORT = {"can": "can", "won": "will", "shan": "shall"}
_UNIT_NAMES = {"kilogram": "kg", "kilo": "kg", "gram": "g", "centimetre": "cm", "centimeter": "cm", "minute": "min",
               "second": "sec", "s": "sec", "hour": "hr", "h": "hr", "repetition": "rep", "pound": "lb", "%": "percent",
               "millimetre": "mm", "metre": "m", "meter": "m", "milligram": "mg", "litre": "l", "liter": "l"}  # fmt: skip

_PHRASES = {
    "as long as": "if",
    "so long as": "if",
    "as well as": "and",
    "in order to": "to",
    "due to": "because",
    "as soon as": "once",
}
"""Several words that hang a sentence together as one does."""

_TOKEN = re.compile(
    rf"(?P<phrase>\b(?i:{'|'.join(_PHRASES)})\b)|"
    r"(?P<joined>\b(?i:(?:warm|cool)(?:ed|ing|s)? (?:up|down)|(?:pull|push|chin|sit|step) ups)\b|\b[a-z]+(?:[-/][a-z]+){2,}\b)|"
    r"(?P<breath>\b(?i:breath(?:e|es|ing)) (?i:in|out)\b)|"
    r"(?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)|(?P<word>[^\W\d_]+(?:-(?i:ups?|downs?|ins?|outs?|offs?|overs?|throughs?)\b)?)"
    r"(?:['’](?P<tail>[^\W\d_]+))?|(?P<percent>%)|(?P<stop>[;:()\[\].!?…|]|(?<!\d)[—–]|[—–](?!\d)|\s-\s)|(?P<comma>,)"
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a sentence.

    Attributes:
        text: lower case.
        start, end: characters of the sentence.
        clause: which clause it stands in, counted from 0.
        negated: whether it stands under a "not" or its like.
        number: its value, where it is a number.
        unit: what a number counts; None where the sentence doesn't say.
        name: whether it is capitalised inside the sentence, or an acronym.
    """

    text: str
    start: int
    end: int
    clause: int = 0
    negated: bool = False
    number: float | None = None
    unit: str | None = None
    name: bool = False

    @property
    def bears(self) -> bool:
        """Whether the word claims something of its own."""
        return self.number is None and self.text not in _UNBEARING


@lru_cache(maxsize=4096)
def read_words(sentence: str) -> tuple[Word, ...]:
    """The words of a sentence, with clauses, negation and numbers found."""
    words, gaps = _tokens(sentence)
    if not words:
        return ()
    words = _number_clauses(words, gaps)
    negated = _negated(words, gaps)
    units = _units(words, gaps)
    return tuple(replace(w, negated=negated[i], unit=units[i]) for i, w in enumerate(words))


def _tokens(sentence: str) -> tuple[list[Word], list[str]]:
    """Words, and before each of them what stops the sentence there: "", "," or "." (for any harder stop)."""
    words: list[Word] = []
    gaps: list[str] = []
    gap = ""
    for match in _TOKEN.finditer(sentence):
        kind = match.lastgroup
        if kind in ("stop", "comma"):
            gap = "," if kind == "comma" and gap != "." else "."
            continue
        text = (
            match["phrase"]
            or match["joined"]
            or match["breath"]
            or match["word"]
            or match["percent"]
            or match["number"]
        )
        lower = _PHRASES.get(text.lower()) or re.sub(r"(ed|ing|s)? |-", "", text.lower())
        if match["breath"]:
            lower = "inhale" if lower.endswith("in") else "exhale"
        number = float(match["number"].replace(",", "")) if match["number"] else _NUMBERS.get(lower)
        if lower == "%":
            lower = "percent"
        ordinal = lower == "second" and bool(words) and words[-1].text == "the"
        lower = unit_name(lower) if lower in UNITS and len(lower) > 2 and not ordinal else lower
        if text.lower() == "second" and words and words[-1].text in ("every", "each"):
            number = 2.0
        name = bool(words) and gap != "." and text[0].isupper() and not text.isdigit()
        contracted = lower.endswith("n") and (match["tail"] or "").lower() == "t"
        if contracted:
            lower = _SHORT.get(lower, lower[:-1])
        words.append(Word(lower, match.start(), match.end(), number=number, name=name))
        gaps.append(gap)
        gap = ""
        if contracted:
            words.append(Word("not", match.start(), match.end()))
            gaps.append("")
    return words, gaps


def _number_clauses(words: list[Word], gaps: Sequence[str]) -> list[Word]:
    """Give each word its clause. Entries of a list ("eggs, fish and soy are …") share the clause that they end in."""
    starts = [0]
    for i in range(1, len(words)):
        counts = words[i].text == "than" and i + 1 < len(words) and words[i + 1].number is not None
        by_doing = words[i].text == "by" and i + 1 < len(words) and words[i + 1].text.endswith("ing")
        meanwhile = words[i].text == "as" and i + 1 < len(words) and words[i + 1].text in _AFTER_AS
        if (
            gaps[i]
            or by_doing
            or meanwhile
            or (words[i].text in _BOUNDARIES and not counts and i - 1 not in starts[1:])
        ):
            starts.append(i)
    starts = sorted(set(starts))
    clauses = [(a, b) for a, b in zip(starts, [*starts[1:], len(words)], strict=True)]
    joined: list[list[int]] = []
    open_item = in_list = False
    starts_at = 0
    for a, b in clauses:
        conjunction = words[a].text in ("and", "or")
        soft = gaps[a] != "." and (conjunction or words[a].text not in _BOUNDARIES | _OPENERS)
        if conjunction and gaps[a] and not in_list:
            soft = False  # "X, and Y": two clauses; "X, Y and Z" is a list
        in_list = soft and bool(gaps[a])
        ends_list = conjunction and not gaps[a] and (_is_item(words[a:b]) or _begins(words[starts_at:a]))
        if joined and ((open_item and soft) or ends_list):
            joined[-1][1] = b
        else:
            joined.append([a, b])
            starts_at = a
        open_item = _is_item(words[a:b]) and not (ends_list and not open_item)
    return [replace(word, clause=number) for number, (a, b) in enumerate(joined) for word in words[a:b]]


def _begins(words: Sequence[Word]) -> bool:
    """Whether these words are too few for a clause, so that an "and" after them goes on with it: "inhale (and …)", "the hips (and …)"."""
    inner = [w for w in words if w.text not in _BOUNDARIES]
    determined = bool(inner) and inner[0].text in DETERMINERS
    inner = inner[determined:]
    if any(w.text in FUNCTION for w in inner):
        return False
    thing = determined and len(inner) <= 3 and not any(load_thesaurus().acts(w.text) for w in inner)
    return thing or (len(inner) == 1 and inner[0].bears)


def _determines(word: Word | None) -> bool:
    return word is not None and word.text in DETERMINERS


def _is_item(words: Sequence[Word]) -> bool:
    """Whether these words can be an entry of a list rather than a clause: few, and no determiner inside."""
    inner = [w for w in words if w.text not in ("and", "or", "both", "neither", "either")]
    if not inner or inner[0].text in _BOUNDARIES or inner[0].text in _OPENERS:
        return False
    verbs = [
        w
        for before, w in zip([None, *inner], inner, strict=False)
        if load_thesaurus().acts(w.text) and not _determines(before)
    ]
    if verbs:
        return False
    return len(inner) <= 3 and not any(w.text in DETERMINERS for w in inner[1:])


def _negated(words: Sequence[Word], gaps: Sequence[str]) -> list[bool]:
    """Which words stand under a negation: from it to the end of its clause, or the whole of what is called a myth."""
    negated = [False] * len(words)
    for i, word in enumerate(words):
        if word.text in _DENIALS and not _names_a_mistake(words, i):
            for j in _stretch(gaps, i):
                negated[j] = not negated[j]
        if word.text not in NEGATIONS or not _really_negates(words, i):
            continue
        first = _kept_from(words, i)
        doubts = [j for j in range(i + 1, min(i + 3, len(words))) if words[j].text in _DOUBTS]
        for j in doubts[:1]:  # "seldom dispute that …" affirms what follows
            negated[j] = True
        for j in range(first, len(words) if not doubts else first):
            if _ends_negation(words, gaps, j) or (first > i + 1 and _starts_anew(words, j, DETERMINERS)):
                break
            negated[j] = word.text in ("neither", "nor") or not negated[j]
            if word.text in ("without",) and words[j].text in _PRONOUNS:
                break
    return negated


def _ends_negation(words: Sequence[Word], gaps: Sequence[str], j: int) -> bool:
    """Whether what a negation denies is over at a word."""
    listed = gaps[j] == "," and words[j].text in ("or", "nor")
    return _starts_anew(words, j, _STARTS_ANEW) or (bool(gaps[j]) and not listed) or words[j].text in _ENDS_NEGATION


def _starts_anew(words: Sequence[Word], j: int, openers: frozenset[str]) -> bool:
    """Whether an "and" begins something that the negation before it does not reach: "… and should", "… and the arms"."""
    return words[j].text == "and" and j + 1 < len(words) and words[j + 1].text in openers


def _names_a_mistake(words: Sequence[Word], i: int) -> bool:
    """Whether a sentence warns of something ("A common mistake is rounding the back") rather than calling it false."""
    following = [w.text for w in words[i + 1 : i + 8]]
    verb = next((n for n, text in enumerate(following) if text in ("is", "include", "includes")), None)
    return verb is not None and verb + 1 < len(following) and following[verb + 1].endswith("ing")


def _kept_from(words: Sequence[Word], i: int) -> int:
    """Where what a negation denies begins: at "rounding" in "keep the back from rounding", else right after it."""
    if words[i].text not in _KEEPS:
        return i + 1
    bare = words[i].text.startswith("stop")  # "stop the legs swinging"
    near = range(i + 2, min(i + 8, len(words)))
    return next((j for j in near if words[j].text.endswith("ing") and (bare or words[j - 1].text == "from")), i + 1)


def _stretch(gaps: Sequence[str], i: int) -> range:
    """The words around `i` up to the nearest hard stops."""
    first = next((j for j in range(i, 0, -1) if gaps[j] == "."), 0)
    last = next((j for j in range(i + 1, len(gaps)) if gaps[j] == "."), len(gaps))
    return range(first, last)


def _really_negates(words: Sequence[Word], i: int) -> bool:
    following = words[i + 1].text if i + 1 < len(words) else ""
    match words[i].text:
        case "not":
            return following not in ("only", "just", "merely", "always", "necessarily")
        case "no":
            return following not in ("matter", "doubt")
        case "than":
            return any(w.text in ("better", "rather") for w in words[max(0, i - 8) : i])
        case "rather":
            return False  # "than" follows
        case "instead":
            return following == "of"
        case "place":
            return i > 0 and words[i - 1].text == "in" and following == "of"
        case "keep" | "keeps" | "keeping" | "kept":
            return _kept_from(words, i) > i + 1
        case "stop" | "stops" | "stopping" | "avoid" | "avoids" | "avoiding":
            return following.endswith("ing") or i == 0 or _kept_from(words, i) > i + 1
        case _:
            return True


def _units(words: Sequence[Word], gaps: Sequence[str]) -> list[str | None]:
    """What each number counts: the unit that follows it, or that follows the other end of its range."""
    units: list[str | None] = [None] * len(words)
    for i in range(len(words) - 1, -1, -1):
        if words[i].number is None:
            continue
        j = i + 1
        while (
            j < len(words)
            and j <= i + 2
            and words[j].text in ("to", "or", "and", "through")
            and words[j].number is None
        ):
            j += 1
        if j < len(words) and words[j].number is not None and gaps[j] != ",":
            units[i] = units[j]
            continue
        for k in range(i + 1, min(i + 4, len(words))):
            if gaps[k] or (words[k].text in FUNCTION and words[k].text != "of"):
                break
            if words[k].text in UNITS:
                units[i] = unit_name(words[k].text)
                break
    return units


def unit_name(word: str) -> str:
    """One name for a unit, however it is written: "kg" for "kilograms"."""
    single = word[:-1] if len(word) > 2 and word.endswith("s") else word
    return _UNIT_NAMES.get(single, _UNIT_NAMES.get(word, single))
