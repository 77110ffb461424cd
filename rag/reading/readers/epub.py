"""EPUB books -> Markdown: the chapters in the order of the spine, under the book's title."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from lxml import etree

from rag.reading.files import Limits, Unreadable
from rag.reading.readers.archive import Archive
from rag.reading.readers.html import decode_page, parse
from rag.reading.readers.kinds import Extracted
from rag.reading.readers.markup import to_markdown

_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>", re.I)


def read(data: bytes, limits: Limits) -> Extracted:
    """The text of a book.

    Raises:
        Unreadable: it is no EPUB, is over a limit, protected, or holds no text.
    """
    archive = Archive(data, limits)
    if "META-INF/encryption.xml" in archive.names and b"EncryptedData" in archive.read("META-INF/encryption.xml"):
        raise Unreadable("it is protected by DRM: save an unprotected copy")
    package_name = _package_name(archive)
    package = archive.xml(package_name)
    folder = posixpath.dirname(package_name)
    chapters = [_chapter(archive, posixpath.normpath(posixpath.join(folder, name))) for name in _spine(package)]
    title = _text(package, "title")
    metadata = {"title": title, "author": _text(package, "creator"), "licence": _text(package, "rights")}
    return Extracted(_under_title([text for text in chapters if text], title), metadata)


def _package_name(archive: Archive) -> str:
    container = archive.xml("META-INF/container.xml")
    for element in container.iter("{*}rootfile"):
        name: str = element.get("full-path") or ""
        if name:
            return posixpath.normpath(name)
    raise Unreadable("it is no EPUB: it does not say where its contents are")


def _spine(package: etree._Element) -> list[str]:
    """The files of the chapters, in reading order, the table of contents left out."""
    items = {item.get("id"): item for item in package.iter("{*}item")}
    chapters = (items.get(reference.get("idref")) for reference in package.iter("{*}itemref"))
    kinds = ("application/xhtml+xml", "text/html", "application/xml")
    return [
        unquote((chapter.get("href") or "").partition("#")[0])
        for chapter in chapters
        if chapter is not None
        and chapter.get("media-type") in kinds
        and "nav" not in (chapter.get("properties") or "").split()
    ]


def _chapter(archive: Archive, name: str) -> str:
    if name not in archive.names:
        return ""
    return to_markdown(parse(_DECLARATION.sub("", decode_page(archive.read(name)), count=1)))


def _under_title(chapters: list[str], title: str) -> str:
    """The chapters as one text with one heading of the first level, the book's title."""
    text = "\n\n".join(chapters)
    tops = re.findall(r"^# (.+)$", text, re.M)
    if len(tops) == 1 and (not title or tops[0].strip().casefold() == title.casefold()):
        return text
    if tops:
        text = re.sub(r"^(#{1,5}) ", r"#\1 ", text, flags=re.M)
    return f"# {title}\n\n{text}" if title else text


def _text(package: etree._Element, name: str) -> str:
    found = next(package.iter(f"{{*}}{name}"), None)
    return " ".join("".join(found.itertext()).split()) if found is not None else ""
