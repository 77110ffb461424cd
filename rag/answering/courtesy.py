"""Short friendly replies to what is no question: greetings, thanks, "what can you tell me about?".

It knows the titles of the articles, and nothing that is in them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

MAX_LISTED = 40

_PARTS = re.compile(r"\s*[,.;:!?–—]+\s*|\s-\s")

_FILLER = (
    r"(?:\s+(?:there|all|everyone|everybody|bot|again|so much|very much|a lot|a bunch|for (?:your|the) help|for that"
    r"|mate|man|friend|you|then|now))*"
)
_REPLIES = (
    (
        re.compile(rf"(?:hi+|hiya|hello+|hey+|howdy|yo|greetings|good (?:day|evening|afternoon)|sup){_FILLER}", re.I),
        "Hello! Ask me anything that the articles cover.",
    ),
    (
        re.compile(
            r"(?:(?:ok(?:ay)?|great|perfect|cool|nice|good|awesome)\W+)*"
            r"(?:many )?(?:thanks|thank you|thank u|thx|ty|cheers|ta|much appreciated)"
            rf"{_FILLER}",
            re.I,
        ),
        "You're welcome.",
    ),
    (
        re.compile(
            r"(?:that|this|it|you)(?:['’]?s|['’]?re| is| was| are| were| has been| have been)?(?: really| very| so| most| all)*"
            r" (?:helps?|helped|helpful|great|useful|clear|perfect|brilliant|good|i need(?:ed)?|all)(?: me)?(?: a lot| so much)?",
            re.I,
        ),
        "Glad to hear it. What else would you like to know?",
    ),
    (
        re.compile(r"(?:how are you(?: doing)?(?: today)?|how['’]?s it going|what['’]?s up|nice to meet you)", re.I),
        "Well, thank you. Ask me anything that the articles cover.",
    ),
    (
        re.compile(rf"(?:good ?bye|bye(?:[ -]bye)?|see (?:you|ya)(?: later| soon)?|cya|farewell|good night){_FILLER}", re.I),
        "Goodbye.",
    ),
    (
        re.compile(r"(?:ok(?:ay)?|great|perfect|cool|nice|awesome|got it|i see|understood|makes sense|sounds good|good to know)", re.I),
        "Good. What else would you like to know?",
    ),
)  # fmt: skip
_ABOUT = re.compile(
    r"(?:hi|hello|hey|so|ok(?:ay)?)?\W*(?:what (?:can|could|do) (?:you|i|we)"
    r" (?:tell me(?: about)?|know(?: about)?|do|help(?: me)? with|ask(?: you)?(?: about)?)"
    r"|what (?:are you|is this)(?: (?:about|for|site|bot|chat|program))?|who are you|how (?:do|does) (?:you|this) work"
    r"|what (?:topics|articles|subjects)(?: (?:do|can|are|have) (?:you|there|we|i)?\s*(?:have|cover|know|read|got|here)?)?"
    r"|(?:show|list)(?: me)? (?:all |your |the )*(?:topics|articles)|help)",
    re.I,
)


def courtesy(question: str, titles: Sequence[str]) -> str | None:
    """The reply to a courtesy, or None where `question` is to be answered from the articles."""
    said = (
        "".join(c for c in question if unicodedata.category(c) not in ("So", "Sk", "Cf", "Mn"))
        .strip()
        .strip("!?.,;:…)( ")
        .strip()
    )
    if _ABOUT.fullmatch(said):
        return _about(titles)
    replies = [_reply(part) for part in (said, *_PARTS.split(said))]
    return replies[0] or (replies[1] if len(replies) > 2 and all(replies[1:]) else None)


def _reply(said: str) -> str | None:
    return next((reply for pattern, reply in _REPLIES if pattern.fullmatch(said.strip())), None)


def _about(titles: Sequence[str]) -> str:
    listed = "\n".join(f"- {title}" for title in titles[:MAX_LISTED])
    more = f"\n- … and {len(titles) - MAX_LISTED} more" if len(titles) > MAX_LISTED else ""
    count = "one article" if len(titles) == 1 else f"{len(titles)} articles"
    return f"I answer from {count}, and quote what they say:\n{listed}{more}"
