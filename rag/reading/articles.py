"""Files -> articles: which files of a folder are articles, what they are called, and the text that spans count in.

A file that cannot be read becomes a `Failure` with its reason; the others are read all the same. It does not know what
stands in a text (`rag.reading.structure`) or what becomes of it.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from rag.errors import BadInput, CorpusError
from rag.reading.decoding import decode
from rag.reading.files import DEFAULT_LIMITS, Limits, Unreadable, read_bytes
from rag.reading.front_matter import read_front_matter
from rag.reading.readers.apart import APART
from rag.reading.readers.kinds import SUFFIXES as DOCUMENT_KINDS
from rag.reading.structure import leading_headings, same
from rag.types import Article

TEXT_SUFFIXES = frozenset({".md", ".markdown", ".txt", ".text"})
SUFFIXES = TEXT_SUFFIXES | frozenset(DOCUMENT_KINDS)
"""The kinds of files that are articles."""
KNOWN_BUT_UNREAD = frozenset({".doc", ".rtf", ".odt", ".pages", ".ppt", ".pptx", ".xls", ".xlsx", ".mobi", ".azw3"})
"""Documents that are no articles here: named as failures, so that nobody wonders where they are."""
MAX_TITLE_CHARS = 200


class UnreadableArticle(BadInput):
    """A file that cannot be an article. `source` is the file, `reason` says why and what to do."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source, self.reason = source, reason


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that was left out, and why. `source` is printable, whatever the file's name is."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """What was read from a folder, in the order of the sources."""

    articles: tuple[Article, ...]
    failures: tuple[Failure, ...]


def read_corpus(folder: Path, *, limits: Limits = DEFAULT_LIMITS) -> Corpus:
    """Every article of a folder, and every file that could not be read.

    Raises:
        CorpusError: the folder is missing, is no folder, cannot be opened, or no article in it can be read.
    """
    sources = list_sources(folder)
    ids = article_ids(sources)
    articles: list[Article] = []
    failures: list[Failure] = []
    for source in sources:
        try:
            articles.append(read_article(folder, source, article_id=ids[source], limits=limits))
        except UnreadableArticle as error:
            failures.append(Failure(error.source, error.reason))
    if not articles:
        first = f"{failures[0].source}: {failures[0].reason}"
        raise CorpusError(f"no article in {printable(str(folder))} can be read ({len(failures)} tried); {first}")
    return Corpus(tuple(articles), tuple(failures))


def list_sources(folder: Path) -> tuple[str, ...]:
    """The files of a folder and its subfolders that should be articles, as paths relative to it, sorted.

    Hidden files and folders, and files that are no documents, are left out. A document of an unknown kind, a link to a
    folder elsewhere and a subfolder that cannot be opened are listed: reading them says what is wrong.

    Raises:
        CorpusError: the folder is missing, is no folder, cannot be opened, or holds no document.
    """
    shown = printable(str(folder))
    try:
        if not folder.is_dir():
            if not folder.exists():
                raise CorpusError(f"there is no folder {shown}: make it and put articles in it, or give --corpus")
            raise CorpusError(f"{shown} is a file, not a folder of articles: give its folder as --corpus")
        found = sorted(_walk(folder, ""))
    except OSError as error:
        raise CorpusError(f"the folder {shown} cannot be opened: {error.strerror}") from None
    if not found:
        raise CorpusError(f"there is no article in {shown}: put .md, .txt, .html, .pdf, .docx or .epub files in it")
    return tuple(found)


def _walk(folder: Path, prefix: str) -> Iterator[str]:
    """The sources under a folder; OSError only where the folder itself cannot be opened."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            source = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                try:
                    yield from _walk(folder / entry.name, source + "/")
                except OSError:
                    yield source + "/"
            elif entry.is_symlink() and (folder / entry.name).is_dir():
                yield source + "/"
            elif PurePosixPath(entry.name).suffix.lower() in SUFFIXES | KNOWN_BUT_UNREAD:
                yield source


def read_article(
    folder: Path, source: str, *, article_id: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> Article:
    """One article.

    Args:
        source: as `list_sources` gives it.
        article_id: from `article_ids`; None looks at the whole folder for it, which many calls should not.

    Raises:
        UnreadableArticle: the file is missing, unsafe, over a limit, empty, or no text; the message says which.
    """
    try:
        source.encode()
    except UnicodeEncodeError:
        raise UnreadableArticle(printable(source), "its name is not valid UTF-8: rename it") from None
    try:
        text, about = _read_text(folder, source, limits)
    except Unreadable as error:
        raise UnreadableArticle(printable(source), str(error)) from None
    if article_id is None:
        article_id = article_ids((*_walk(folder, ""), source))[source]
    return Article(article_id, find_title(text, source, about), source, text, about)


def _read_text(folder: Path, source: str, limits: Limits) -> tuple[str, Mapping[str, str]]:
    """The text of a file, and what it says of itself."""
    suffix = PurePosixPath(source).suffix.lower()
    if source.endswith("/"):
        raise Unreadable("this folder is a link, or cannot be opened: put the articles themselves in the corpus")
    if suffix in KNOWN_BUT_UNREAD:
        raise Unreadable(f"{suffix} files are not read: save it as .docx, .pdf or .txt")
    data = read_bytes(folder, source, limits)
    if suffix in DOCUMENT_KINDS:
        found = APART.extract(DOCUMENT_KINDS[suffix], data, limits)
        text, about = found.text, found.metadata
    else:
        text = decode(data)
        about, _ = read_front_matter(text)
    if len(text) > limits.max_chars:
        raise Unreadable(
            f"it holds {len(text):,} characters, of at most {limits.max_chars:,} (RAG_MAX_FILE_CHARS); split it"
        )
    if text.count("\n") > limits.max_lines:
        raise Unreadable(f"it has more than {limits.max_lines:,} lines; split it")
    return text, about


def find_title(text: str, source: str, about: Mapping[str, str]) -> str:
    """What an article is called: by its front matter, else its first heading, else what the document says of itself,
    else its file's name.

    In text pasted from a web page the first line may be a category, and the title the next: of the lines above the
    text the title is the one above the byline, else the one that shares most words with the file's name, else the
    first that is longer than a category.
    """
    said, leading = about.get("title"), _leading_title(text, source)
    documents = PurePosixPath(source).suffix.lower() in DOCUMENT_KINDS  # their metadata is often a template's
    title = (leading or said if documents else said or leading) or readable_name(source)
    title = " ".join(title.split())
    return title if len(title) <= MAX_TITLE_CHARS else title[: MAX_TITLE_CHARS - 1].rstrip() + "…"


def _leading_title(text: str, source: str) -> str:
    headings = leading_headings(text[:20_000])
    if not headings:
        return ""
    if headings[0].marked:
        return headings[0].title
    for heading in headings:
        if heading.byline:
            return heading.title
    name = set(same(readable_name(source)).split())
    best = max(headings, key=lambda heading: len(name & set(same(heading.title).split())))
    if name & set(same(best.title).split()):
        return best.title
    return next((heading.title for heading in headings if len(heading.title.split()) > 3), headings[0].title)


def readable_name(source: str) -> str:
    """A file's name as a title: "legs/hip_thrust.md" is "Hip thrust"."""
    stem = re.sub(r"[\s_-]+", " ", PurePosixPath(source).stem).strip()
    return stem[:1].upper() + stem[1:] or "Untitled"


def article_ids(sources: Sequence[str]) -> dict[str, str]:
    """An id for each source, unique among them: the path in small letters, digits and hyphens, without the suffix.

    Where several give the same, the first in order keeps it, and the others carry a short hash of their path.
    """
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for source in sorted(set(sources)):
        name = _slug(source)
        if name in taken:
            name = f"{name}-{hashlib.sha256(source.encode(errors='surrogatepass')).hexdigest()[:8]}"
        taken.add(name)
        ids[source] = name
    return ids


@lru_cache(maxsize=100_000)
def _slug(source: str) -> str:
    path = PurePosixPath(source)
    parts = [*path.parent.parts, path.stem]
    return "/".join(_slug_part(part) for part in parts)


def _slug_part(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", "-", plain).strip("-")[:100] or "article"


def printable(name: str) -> str:
    """A name that can be printed on one line: odd characters as escapes."""
    shown = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in shown)
