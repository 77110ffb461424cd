"""Article -> passages: spans to retrieve, cut along the article's own structure, with the sentences in them.

The text is first taken as pieces, a sentence each, that no cut divides; `rag.reading.packing` finds the best cuts between
them. It knows no embedder: only how many tokens one counts in a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from rag.reading.marks import Kind
from rag.reading.packing import TEAR, Piece, pack
from rag.reading.sentences import strip_span
from rag.reading.structure import Block, read_structure, same
from rag.types import Article, Passage, Role, Sentence

CountTokens = Callable[[Sequence[str]], Sequence[int]]

SPECIAL_TOKENS = 2
"""What an embedder adds before and after a text."""
MAX_PIECE_CHARS = 2000
"""A longer sentence is cut, however few tokens it has."""
COUNT_AT_ONCE = 10_000
"""How many texts are counted in one call, at most."""

_SEPARATOR_TOKENS = 2  # at most, between the titles of a context
_IN_SENTENCE, _IN_PARAGRAPH, _IN_LIST, _BETWEEN_BLOCKS = 2.0, 0.35, 0.2, 0.05
_BEFORE_FURNITURE = TEAR / 2
_OPENERS = (Role.HEADING, Role.QUESTION, Role.LEAD_IN)
_SPACE = re.compile(r"\s")
_WORD = re.compile(r"\s*(\S+)\s*")


def split_article(
    article: Article, count_tokens: CountTokens, *, max_tokens: int, target_chars: int = 700
) -> list[Passage]:
    """The passages of an article, in order.

    Args:
        count_tokens: tokens of each text, as the embedder counts; called once per article, seldom twice or thrice.
        max_tokens: what the embedder reads at once. `context + "\\n" + text` of each passage keeps under it, with
            `SPECIAL_TOKENS` left free. At least 16.
        target_chars: the length that passages aim at, in characters. Sections are joined up to it; a paragraph or
            list longer than about one and a half times it is cut, at the end of a sentence or an entry.

    Every character of the article that is not white space lies in exactly one passage; passages do not overlap; a
    heading stands with what it heads. Front matter is a passage of its own, which `is_searchable` tells from the rest.
    """
    if max_tokens < 16 or target_chars < 1:
        raise ValueError(f"max_tokens must be at least 16 and target_chars at least 1: {max_tokens}, {target_chars}")
    blocks = read_structure(article.text, article.title)
    passages: list[Passage] = []
    for share in (1.0, 0.85, 0.7, 0.5, 0.25):  # less only where a whole counts more tokens than the sum of its parts
        splitter = _Splitter(article, count_tokens, int((max_tokens - SPECIAL_TOKENS) * share), target_chars)
        passages = splitter.split(blocks)
        if splitter.fits(passages, max_tokens - SPECIAL_TOKENS):
            break
    return passages


def is_searchable(passage: Passage) -> bool:
    """Whether a passage holds anything but furniture. Front matter does not: it is shown, but not indexed."""
    return any(sentence.role is not Role.FURNITURE for sentence in passage.sentences)


class _Splitter:
    """Splits one article, with at most `limit` tokens in a passage and its context."""

    def __init__(self, article: Article, count: CountTokens, limit: int, target: int) -> None:
        self.article, self.text, self.target = article, article.text, target
        self.limit = limit
        self.count_slice = count
        self.title = article.title
        self.names: dict[str, int] = {}
        self.tight: list[bool] = []

    def split(self, blocks: Sequence[Block]) -> list[Passage]:
        if not blocks:
            return []
        pieces = _tie_the_end(list(_pieces(self.text, blocks)))
        pieces = self.fit(self.measure(_with_paths(pieces, blocks, self.article.title)))
        front = 0
        if blocks[0].kind is Kind.FRONT_MATTER:
            front = next((i for i, piece in enumerate(pieces) if piece.sentence.block > 0), len(pieces))
        groups = [*pack(pieces[:front], self.target), *pack(pieces[front:], self.target)]
        return [self.passage(number, group) for number, group in enumerate(groups)]

    def count(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text; one call for an ordinary article, more where memory would suffer."""
        slices = range(0, len(texts), COUNT_AT_ONCE)
        return [count for first in slices for count in self.count_slice(texts[first : first + COUNT_AT_ONCE])]

    def measure(self, pieces: Sequence[Piece]) -> list[Piece]:
        """The pieces with their tokens, and the room that their context leaves; one call of `count` for all."""
        names = list(dict.fromkeys(name for piece in pieces for name in piece.path))
        counts = self.count(["", self.title, *names, *(self.text[p.start : p.end].strip() for p in pieces)])
        empty = counts[0]  # what the counter adds to every text
        self.names = {name: count - empty for name, count in zip([self.title, *names], counts[1:], strict=False)}
        self.shorten_title(empty)
        tokens = counts[len(names) + 2 :]
        rooms = {path: self.limit - self.cost(self.context(path)) for path in {piece.path for piece in pieces}}
        return [replace(p, tokens=n - empty, room=rooms[p.path]) for p, n in zip(pieces, tokens, strict=True)]

    def shorten_title(self, empty: int) -> None:
        """A title may take a quarter of the limit: the rest is for the text."""
        title = self.title
        while self.names[self.title] > self.limit // 4 and title:
            title = title[: min(len(title) - 1, len(title) * self.limit // 4 // self.names[self.title])]
            self.title = title.rstrip() + "…"
            self.names[self.title] = self.count([self.title])[0] - empty

    def context(self, path: Sequence[str]) -> tuple[str, ...]:
        """As many titles of a path, outermost first, as leave half the limit to the text."""
        kept = tuple(path)
        while kept and self.cost(kept) > self.limit // 2:
            kept = kept[:-1]
        return kept

    def cost(self, headings: Sequence[str]) -> int:
        """The tokens of a context, the line break after it included."""
        return self.names[self.title] + sum(self.names[name] + _SEPARATOR_TOKENS for name in headings) + 1

    def fit(self, pieces: Sequence[Piece]) -> list[Piece]:
        """The pieces, with those cut that no passage has room for beside what must stand before them."""
        before, rooms = 0, []
        for piece in pieces:
            rooms.append(piece.room - (before if before <= piece.room // 2 else 0))
            opener = piece.sentence.role in _OPENERS or (before and piece.sentence.role is Role.FURNITURE)
            before = before + piece.tokens if opener else 0
        wide = [p.tokens > room or p.end - p.start > MAX_PIECE_CHARS for p, room in zip(pieces, rooms, strict=True)]
        if not any(wide):
            return list(pieces)
        words = [
            list(_words(self.text, p, max(1, room // 4))) if w else []
            for p, room, w in zip(pieces, rooms, wide, strict=True)
        ]
        flat = self.count(["", *(self.text[a:b].strip() for spans in words for a, b in spans)])
        tokens = iter(n - flat[0] for n in flat[1:])
        fitted: list[Piece] = []
        for piece, room, spans in zip(pieces, rooms, words, strict=True):
            weighed = [(a, b, next(tokens)) for a, b in spans]
            fitted.extend(_cut(self.text, piece, weighed, room) if spans else [piece])
        return fitted

    def passage(self, number: int, group: Sequence[Piece]) -> Passage:
        body = [piece.path for piece in group if piece.sentence.role not in _OPENERS] or [p.path for p in group]
        headings = self.context(_shared(body))
        start, end = strip_span(self.text, group[0].start, group[-1].end)
        spaces = sum(map(str.isspace, self.text[start:end]))  # between the parts, where some tokenizers count them
        self.tight.append(self.cost(headings) + sum(piece.tokens for piece in group) + spaces > self.limit * 0.9)
        return Passage(
            passage_id=f"{self.article.article_id}#{number}",
            article_id=self.article.article_id,
            title=self.title,
            source=self.article.source,
            headings=headings,
            start=start,
            end=end,
            text=self.text[start:end],
            sentences=tuple(piece.sentence for piece in group),
        )

    def fits(self, passages: Sequence[Passage], limit: int) -> bool:
        """Whether the passages near the limit, counted whole, keep it."""
        texts = [f"{p.context}\n{p.text}" for p, tight in zip(passages, self.tight, strict=True) if tight]
        return not texts or max(self.count(texts)) <= limit


def _pieces(text: str, blocks: Sequence[Block]) -> Iterator[Piece]:
    """The sentences with the marks around them, and what a cut before each costs. The marks after a sentence up to
    the first white space are its own; what follows opens the next."""
    marked = [(block, index == 0, s) for block in blocks for index, s in enumerate(block.sentences)]
    opener, start = False, 0
    for number, (block, first, sentence) in enumerate(marked):
        end = len(text)
        if number + 1 < len(marked):
            after = marked[number + 1][2].start
            closed = block.end if marked[number + 1][1] else sentence.end
            space = _SPACE.search(text, max(closed, sentence.end), after)
            end = space.start() if space else after
        furniture = sentence.role is Role.FURNITURE
        if furniture and number:
            cut = _BEFORE_FURNITURE
        elif opener:
            cut = TEAR
        elif first:
            cut = 0.0 if block.level else _BETWEEN_BLOCKS
        else:
            cut = (
                _IN_LIST if "\n" in text[start : sentence.start] and block.kind is not Kind.PARAGRAPH else _IN_PARAGRAPH
            )
        level = block.level if first and not opener else 0
        yield Piece(start, end, sentence, cut, level, ())
        opener = sentence.role in _OPENERS or (opener and furniture)
        start = end


def _tie_the_end(pieces: list[Piece]) -> list[Piece]:
    """The pieces, with headings that head nothing, at the end, tied to what stands before them."""
    index = len(pieces)
    while index and pieces[index - 1].sentence.role in (*_OPENERS, Role.FURNITURE):
        index -= 1
    return pieces[:index] + [replace(piece, cut=TEAR, level=0) for piece in pieces[index:]]


def _with_paths(pieces: Sequence[Piece], blocks: Sequence[Block], title: str) -> list[Piece]:
    """The pieces with the path of the section that each stands in; a heading right before another stands in that
    one's section. The article's own title is in no path."""
    open_sections: list[tuple[int, str]] = []
    paths: list[tuple[str, ...]] = []
    for block in blocks:
        if block.level:
            open_sections = [(level, name) for level, name in open_sections if level < block.level]
            open_sections.append((block.level, "" if same(block.title) == same(title) else block.title))
        paths.extend([tuple(name for _, name in open_sections if name)] * len(block.sentences))
    for index in range(len(paths) - 2, -1, -1):
        if pieces[index].sentence.role in _OPENERS and pieces[index + 1].cut == TEAR:
            paths[index] = paths[index + 1]
    return [replace(piece, path=path) for piece, path in zip(pieces, paths, strict=True)]


def _shared(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """What all paths begin with."""
    low, high = min(paths), max(paths)
    length = 0
    while length < len(low) and low[length] == high[length]:
        length += 1
    return low[:length]


def _words(text: str, piece: Piece, longest: int) -> Iterator[tuple[int, int]]:
    """The words of a piece with the white space around them; a word longer than `longest` in parts."""
    for match in _WORD.finditer(text, piece.start, piece.end):
        cuts = range(match.start(1) + longest, match.end(1), longest)
        yield from pairwise([match.start(), *cuts, match.end()])


def _cut(text: str, piece: Piece, words: Sequence[tuple[int, int, int]], room: int) -> Iterator[Piece]:
    """A piece in parts that keep to `room` tokens and `MAX_PIECE_CHARS`, cut after a clause where one ends in the
    second half of a part, else after a word, else anywhere."""
    first = 0
    while first < len(words):
        after, tokens = first + 1, words[first][2]
        while (
            after < len(words)
            and tokens + words[after][2] <= room
            and words[after][1] - words[first][0] <= MAX_PIECE_CHARS
        ):
            tokens += words[after][2]
            after += 1
        if after < len(words):
            middle = first + (after - first + 1) // 2
            after = max(range(middle, after + 1), key=lambda i: (_cut_quality(text, words, i), i))
        start, end = words[first][0], words[after - 1][1]
        inside = strip_span(text, max(start, piece.sentence.start), min(end, piece.sentence.end))
        if inside[0] < inside[1]:
            sentence = Sentence(*inside, piece.sentence.role, piece.sentence.block)
        else:  # nothing but marks
            sentence = Sentence(*strip_span(text, start, end), Role.FURNITURE, piece.sentence.block)
        cut, level = (_IN_SENTENCE, 0) if first else (piece.cut, piece.level)
        tokens = sum(word[2] for word in words[first:after])
        yield replace(piece, start=start, end=end, sentence=sentence, cut=cut, level=level, tokens=tokens)
        first = after


def _cut_quality(text: str, words: Sequence[tuple[int, int, int]], after: int) -> int:
    """How good a cut is after `after` words: 2 where a clause ends, 1 between words, 0 inside one."""
    word = text[words[after - 1][0] : words[after - 1][1]]
    if not word[-1:].isspace():
        return 0
    return 2 if word.rstrip()[-1:] in (";", ",", ":", "–", "—") else 1
