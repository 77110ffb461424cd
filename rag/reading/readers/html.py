"""Saved web pages -> Markdown: trafilatura says what the main text is, `rag.reading.readers.markup` how it is built.

trafilatura alone would lose what unfolds, pairs of terms and meanings, and quotations; the page alone is full of menus.
"""

from __future__ import annotations

import re

from lxml import etree
from lxml import html as lxml_html

from rag.reading.decoding import decode
from rag.reading.files import Limits, Unreadable
from rag.reading.readers.kinds import Extracted, titled
from rag.reading.readers.markup import to_markdown

MIN_SHARE = 0.4
"""Where the main text is less than this share of what a page says outside its menus, the page is read whole."""
MAX_DEPTH = 250

_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]{2,40})", re.I)
_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>", re.I)
_WORD = re.compile(r"\w+")
_HEADING = re.compile(r"#{1,6} |\*\*[^*]+\*\*$")


def read(data: bytes, limits: Limits) -> Extracted:
    """The text of a page. Nothing is fetched: images, styles, frames and links stay what they are.

    Raises:
        Unreadable: nothing can be read in it, or it is nested too deeply.
    """
    text = _DECLARATION.sub("", decode_page(data), count=1)
    page = parse(text)
    whole = to_markdown(page)
    main, metadata = _main_text(text)
    kept = _only_main(whole, main)
    title = metadata.get("title") or _title(page)
    return Extracted(titled(kept if len(kept) >= MIN_SHARE * len(whole) else whole, title), metadata | {"title": title})


def decode_page(data: bytes) -> str:
    """The text of the file, by its byte order mark, as UTF-8, by what it declares, else by guess."""
    declared = _CHARSET.search(data[:4096])
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            try:
                return data.decode(declared[1].decode("ascii"))
            except (LookupError, UnicodeDecodeError):
                pass
    return decode(data)


def parse(text: str) -> lxml_html.HtmlElement:
    """The root of a page. No entity is expanded, nothing is loaded."""
    try:
        page = lxml_html.document_fromstring(text)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"it is no HTML that can be read: {error}") from None
    depth = 0
    for event, _ in etree.iterwalk(page, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise Unreadable(f"its elements are nested more than {MAX_DEPTH} deep")
    return page


def _title(page: lxml_html.HtmlElement) -> str:
    found = page.find(".//title")
    return " ".join((found.text_content() if found is not None else "").split())


def _main_text(text: str) -> tuple[str, dict[str, str]]:
    """What trafilatura takes for the main text of a page, and what the page says of itself."""
    import trafilatura

    main = trafilatura.extract(text, include_comments=False, include_links=False, favor_recall=True) or ""
    found = trafilatura.extract_metadata(text)
    names = {"title": "title", "author": "author", "sitename": "site", "url": "url", "license": "licence"}
    return main, {key: str(getattr(found, name, None) or "") for name, key in names.items()} if found else {}


def _only_main(whole: str, main: str) -> str:
    """The blocks of `whole` that `main` holds too, by the runs of three words they share. A heading stays with the
    block that it heads, and a block of a word or two with the block before it."""
    words = _WORD.findall(main.casefold())
    runs = {tuple(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)}
    kept: list[str] = []
    headings: list[str] = []
    before = True
    for block in whole.split("\n\n"):
        if _HEADING.match(block):
            headings.append(block)
            continue
        own = _WORD.findall(block.casefold())
        shared = [tuple(own[i : i + 3]) in runs for i in range(max(1, len(own) - 2))]
        before = sum(shared) * 2 > len(shared) and (before or len(own) > 2)
        if before:
            kept += [*headings, block]
        headings.clear()
    return "\n\n".join(kept)
