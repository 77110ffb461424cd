"""What kind of thing a question asks for, and whether a text holds one.

A coarse version of Li and Roth's types of answers ("Learning Question Classifiers", COLING 2002), read from the question's own
words. "How long should I rest?" wants a span of time: a sentence about resting that holds none is near it and no answer. This
module knows English words, and what lifters do with a weight; it does not know the articles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TYPES = {
    "date": re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade)\b", re.I),
    "number": re.compile(
        r"\bhow (?:many|much|old|long|far|tall|large|big|often|high|deep|fast|few|wide|heavy)\b"
        r"|\bwhat (?:percent|percentage|number|amount|population|share)\b",
        re.I,
    ),
    "name": re.compile(
        r"\bwho(?:m|se)?\b|\bwhere\b|\b(?:what|which) (?:person|city|country|place|region|state)\b", re.I
    ),
    "reason": re.compile(r"\bwhy\b|\bhow come\b|\bfor what reason\b|\bwhat (?:caused|causes)\b", re.I),
}
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
NUMBERS = (
    r"\d[\d,.]*|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|hundred|thousand"
    r"|million|billion|half|third|quarter|dozen|once|twice)\b"
)
"""A regular expression for numbers in digits and words."""
_SIGNS = {
    "date": re.compile(rf"\b1\d{{3}}s?\b|\b20\d\d\b|\b\d{{1,2}}th century\b|\b(?:{_MONTHS})\b", re.I),
    "number": re.compile(NUMBERS, re.I),
    "name": re.compile(r"(?<=[a-z,;:\"'(] )[\"'(]?[A-Z][\w'’-]+|^[A-Z]\w+ [A-Z]\w+"),
    "reason": re.compile(
        r"\b(?:because|due to|since|as a result|so that|in order to|caused?|causes|reason|to avoid|therefore|led to"
        r"|leads to|which means|that is why)\b",
        re.I,
    ),
}

_SPANS_OF_TIME = "seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|century|centuries"
_COUNT = rf"(?:{NUMBERS}|\b(?:an?|several|few)\b)"

_MEASURES: Mapping[str, tuple[str, str]] = {
    "a span of time": (
        rf"\bhow many (?:more )?(?:{_SPANS_OF_TIME})\b(?! (?:a|per|each|every)\b)|\bhow long (?!is|are|was|were)"
        r"|\bhow long (?:is|are|was|were) .*\b(?:last|stay|take|good|supposed)|\bhow (?:soon|quickly)\b",
        rf"{_COUNT}[\s-]*(?:[\w-]+[\s-]+){{0,2}}(?:{_SPANS_OF_TIME})\b|\b(?:1\d|20)\d\ds?\b"
        r"|\b(?:overnight|daily|weekly|until|since|always|forever|longer|shorter)\b",
    ),
    "a time of day": (
        r"\bwhat time\b|\btime of (?:the )?day\b|\bmornings? or\b|\bor (?:in )?(?:the )?(?:mornings?|evenings?)\b",
        r"\b(?:mornings?|evenings?|afternoons?|noon|nights?|midnight|o['’]clock|hours?)\b|\d\s*[ap]\.?m\b",
    ),
    "how often": (
        r"\bhow (?:often|frequently)\b|\bhow many (?:times|[\w-]+(?: [\w-]+)?) (?:a|per|each|every) (?:day|week|month|year)\b",
        r"\b(?:times?|once|twice|every|each|daily|weekly|monthly|per|often|rarely|seldom|always|never|annual\w*|yearly|frequent\w*"
        r"|a (?:day|week|month|year))\b",
    ),
    "an age": (r"\b(?:what|which) age\b|\bhow old\b", r"\bag(?:e|es|ed)\b|\byears?\b|\bborn\b"),
    "a price": (
        r"\bcosts?\b|\bprices?\b|\bhow (?:expensive|cheap)\b|\bhow much money\b|\bsalary\b",
        r"[$£€]|\b(?:dollars?|euros?|cents?|costs?|prices?|cheap\w*|expensive|paid|worth|free|[mb]illion)\b",
    ),
    "a weight": (
        r"\bhow heavy\b|\b(?:what|which|how much) weight\b"
        r"|\bhow much (?:do|does|did|should|can|could) .*\b(?:weigh|lift|load|bench|squat|deadlift|press)\b",
        r"\d\s*(?:kg|kilo\w*|lbs?|pounds?|grams?|tons?|tonnes?)\b|%"
        r"|\b(?:percent|per cent|body[\s-]?weight|thirds?|half|quarters?|kilo\w*|pounds|tons|tonnes|weighs?|weighed)\b",
    ),
    "a size": (
        r"\bhow (?:thick|tall|high|wide|deep|far|large|big)\b|\bwhat (?:size|height|width|length|diameter|thickness)\b",
        r"\d|\b(?:as|than|about|above|below|between|enough|width|height|level|inch\w*|centimet\w*|met(?:re|er)s?|feet|foot|miles?"
        r"|[\w-]+er|apart|half|way)\b",
    ),
    "a speed": (
        r"\bhow fast\b|\b(?:what|which) (?:speed|pace|tempo)\b",
        r"\d|\b(?:slow|fast|quick|second|speed|pace|tempo)\w*",
    ),
    "a temperature": (
        r"\bhow (?:hot|cold|warm)\b|\b(?:what|which) temperature\b",
        r"\d|\b(?:degrees?|hot|cold|warm|boil|freez)\w*",
    ),
    "a share": (
        r"\b(?:what|which) (?:\w+ )?(?:percent\w*|ratio|proportion|fraction)\b|\bwhat .* ratio\b",
        r"%|\b(?:percent\w*|ratio|half|thirds?|quarters?|fifths?|proportion|fraction|to (?:one|1))\b",
    ),
    "a colour": (
        r"\b(?:what|which) colou?rs?\b",
        r"\b(?:colou?r\w*|red|green|blue|yellow|black|white|gr[ae]y|brown|orange|pink|purple|gold\w*|silver)\b",
    ),
    "an origin": (
        r"\bwho (?:first |originally )?(?:invent|came up with|devis|discover|found|coin|creat|design)\w*"
        r"|\bwhy (?:is|are|was|were) (?:it|they|this|that|these|those) called\b"
        r"|\bget(?:s|ting)? (?:its|their|the) name\b|\bnamed (?:so|that|after)\b",
        r"\b(?:invent|devis|creat|discover|found(?:ed|er|ing)|name|called|coin|origin|introduc|develop|design|came up|after)\w*",
    ),
    "a record": (r"\b(?:world|national|olympic) records?\b", r"\brecords?\b"),
    "a maker or shop": (
        r"\bbrands?\b|\bwhere (?:can|do|should) (?:i|you|we) (?:buy|get)\b"
        r"|\b(?:which|what) (?:company|shop|store|manufacturer|gym chain)\b",
        r"\b(?:brand|compan|made by|sold|sell|shop|store|buy|bought|manufactur)\w*",
    ),
}
"""By what is asked for: questions that ask for it, and words of which a text that gives it holds one."""

_ASKED = {name: (re.compile(asks, re.I), re.compile(gives, re.I)) for name, (asks, gives) in _MEASURES.items()}


def answer_type(question: str) -> str | None:
    """What kind of thing a question asks for: "date", "number", "name", "reason", or None."""
    return next((name for name, pattern in _TYPES.items() if pattern.search(question)), None)


def holds_type(kind: str, sentence: str, question: str) -> bool:
    """Whether `sentence` holds something of `kind` that the question itself does not say."""
    said = question.lower()
    return any(match.group().lower() not in said for match in _SIGNS[kind].finditer(sentence))


def lacks_measure(question: str, text: str) -> bool:
    """Whether `question` asks for a measure, a price, a maker, an origin … and `text` holds no sign of one."""
    return any(asks.search(question) and not gives.search(text) for asks, gives in _ASKED.values())
