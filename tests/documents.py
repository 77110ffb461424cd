"""One article in every kind of file, written from the same blocks; the PDF by hand, letter by letter."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from html import escape

Block = tuple[str, str | list[str] | list[list[str]]]

TITLE = "The Suitcase Carry: A Pull for One Side"
ARTICLE: list[Block] = [
    ("h1", TITLE),
    ("p", "The suitcase carry is a pull. You hold one weight at your side and walk, and the grip must not open. "
          "Dr. Vance of St. Ives calls it the honest lift, because nothing swings and nothing helps."),
    ("ul", ["Force: pull", "Equipment: one kettlebell", "Muscles: forearms, obliques, trapezius"]),
    ("h2", "What It Trains"),
    ("p", "Three things get stronger:"),
    ("ul", ["The grip holds the handle for the whole walk. It tires first.",
            "The obliques keep the trunk upright against the load.",
            "The trapezius keeps the shoulder from sinking."]),
    ("h2", "How to Do It"),
    ("ol", ["Stand beside the weight and grip it in the middle.",
            "Brace, then stand up without leaning.",
            "Walk 20 to 40 metres with short steps."]),
    ("h2", "How It Compares"),
    ("p", "The table shows its neighbours."),
    ("table", [["Lift", "Force", "Hands"], ["Suitcase carry", "pull", "one"], ["Overhead carry", "push", "one"],
               ["Farmer's walk", "pull", "two"]]),
    ("h2", "Frequently Asked Questions"),
    ("h3", "Is the suitcase carry a push or a pull?"),
    ("p", "It is a pull, because the hand resists a load that would open it."),
    ("h3", "How heavy should it be?"),
    ("p", "A quarter of your body weight is plenty at first. Add 2.5 kg when 40 metres feel easy."),
]  # fmt: skip

ROLES = [
    ("heading", TITLE),
    ("prose", "The suitcase carry is a pull."),
    ("prose", "You hold one weight at your side and walk, and the grip must not open."),
    ("prose", "Dr. Vance of St. Ives calls it the honest lift, because nothing swings and nothing helps."),
    ("fact", "Force: pull"),
    ("fact", "Equipment: one kettlebell"),
    ("fact", "Muscles: forearms, obliques, trapezius"),
    ("heading", "What It Trains"),
    ("lead-in", "Three things get stronger:"),
    ("item", "The grip holds the handle for the whole walk."),
    ("item", "It tires first."),
    ("item", "The obliques keep the trunk upright against the load."),
    ("item", "The trapezius keeps the shoulder from sinking."),
    ("heading", "How to Do It"),
    ("step", "Stand beside the weight and grip it in the middle."),
    ("step", "Brace, then stand up without leaning."),
    ("step", "Walk 20 to 40 metres with short steps."),
    ("heading", "How It Compares"),
    ("prose", "The table shows its neighbours."),
    ("lead-in", "Lift | Force | Hands"),
    ("row", "Suitcase carry | pull | one"),
    ("row", "Overhead carry | push | one"),
    ("row", "Farmer's walk | pull | two"),
    ("heading", "Frequently Asked Questions"),
    ("question", "Is the suitcase carry a push or a pull?"),
    ("prose", "It is a pull, because the hand resists a load that would open it."),
    ("question", "How heavy should it be?"),
    ("prose", "A quarter of your body weight is plenty at first."),
    ("prose", "Add 2.5 kg when 40 metres feel easy."),
]


def as_markdown() -> bytes:
    return "\n\n".join(_text_block(kind, value, "#", "- ") for kind, value in ARTICLE).encode()


def as_text() -> bytes:
    """As if pasted from a web page."""
    return "\n\n".join(_text_block(kind, value, "", "  • ") for kind, value in ARTICLE).encode()


def _text_block(kind: str, value: str | list[str] | list[list[str]], heading: str, bullet: str) -> str:
    if kind == "table":
        rows = [f"| {' | '.join(row)} |" for row in value]
        return "\n".join([rows[0], "|---|---|---|", *rows[1:]])
    if kind == "ul":
        return "\n".join(f"{bullet}{item}" for item in value)
    if kind == "ol":
        return "\n".join(f"{number}. {item}" for number, item in enumerate(value, 1))
    if kind == "p" or not heading:
        return str(value)
    return f"{heading * int(kind[1])} {value}"


def body_html() -> str:
    parts = []
    for kind, value in ARTICLE:
        if kind == "table":
            rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in value)
            parts.append(f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
        elif kind in ("ul", "ol"):
            parts.append(f"<{kind}>{''.join(f'<li>{escape(str(item))}</li>' for item in value)}</{kind}>")
        else:
            parts.append(f"<{kind}>{escape(str(value))}</{kind}>")
    return "\n".join(parts).replace("honest lift", "<b>honest</b> <a href='x'>lift</a>")


def as_html() -> bytes:
    """With the menus, scripts and footers of a real page around it."""
    menu = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/shop'>Our shop</a></li></ul></nav>"
    foot = (
        "<aside><h3>You may also like</h3><p>Ten rows for a wide back</p></aside><footer>All rights reserved.</footer>"
    )
    page = f"<header>{menu}</header><main><article>{body_html()}</article></main>{foot}"
    return f"<!DOCTYPE html><html><head><title>{TITLE} | Gym</title></head><body>{page}</body></html>".encode()


def as_docx() -> bytes:
    from docx import Document

    document = Document()
    styles = {"h1": "Title", "h2": "Heading 1", "h3": "Heading 2", "ul": "List Bullet", "ol": "List Number"}
    for kind, value in ARTICLE:
        if kind == "table":
            table = document.add_table(rows=len(value), cols=len(value[0]))
            for row, cells in zip(table.rows, value, strict=True):
                for cell, words in zip(row.cells, cells, strict=True):
                    cell.text = words
        else:
            for line in [value] if isinstance(value, str) else value:
                document.add_paragraph(str(line), style=styles.get(kind, "Normal"))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">'
    '<rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)


def as_epub(chapters: Sequence[str] = (), title: str = TITLE) -> bytes:
    """A book of chapters of XHTML; by default of the one article."""
    pages = chapters or [body_html()]
    items = "".join(
        f'<item id="c{i}" href="chapter%20{i}.xhtml" media-type="application/xhtml+xml"/>' for i in range(len(pages))
    )
    spine = "".join(f'<itemref idref="c{i}"/>' for i in range(len(pages)))
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    members = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "OEBPS/book.opf": package}
    for i, page in enumerate(pages):
        members[f"OEBPS/chapter {i}.xhtml"] = (
            '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head>'
            f"<title>x</title></head><body>{page}</body></html>"
        )
    return as_zip(members)


def as_zip(members: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


Words = tuple[float, float, float, str, str]
"""x, y from the top, size, font (F1 plain, F2 bold), words."""


def as_pdf() -> bytes:
    """Two pages as a word processor would lay them out: 11 point text, lines of 80 letters, a foot with the page."""
    pages: list[list[Words]] = [[]]
    y = 60.0
    for kind, value in ARTICLE:
        if y > 600 and len(pages) == 1:
            pages.append([])
            y = 60.0
        for words in _pdf_block(kind, value, y):
            pages[-1].append(words)
            y = words[1]
        y += 24
    for number, page in enumerate(pages, 1):
        page.append((290, 800, 9, "F1", str(number)))
    return pdf([_page_stream(page) for page in pages])


def _pdf_block(kind: str, value: str | list[str] | list[list[str]], y: float) -> Iterator[Words]:
    sizes = {"h1": 22.0, "h2": 16.0, "h3": 13.0}
    if kind == "table":
        for row in value:
            yield from ((72 + 120 * column, y, 11, "F1", cell) for column, cell in enumerate(row))
            y += 16
    elif kind in sizes:
        for line in _wrapped(str(value), 60):
            yield 72, y, sizes[kind], "F2", line
            y += sizes[kind] * 1.2
    else:
        for number, words in enumerate([value] if isinstance(value, str) else value, 1):
            marker = {"ul": "\x95", "ol": f"{number}."}.get(kind)
            if marker:
                yield 90, y, 11, "F1", marker
            for line in _wrapped(str(words), 80):
                yield 104 if marker else 72, y, 11, "F1", line
                y += 13.2


def _wrapped(words: str, width: int) -> Iterator[str]:
    line = ""
    for word in words.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line


def _page_stream(words: Sequence[Words]) -> bytes:
    parts = []
    for x, y, size, font, text in words:
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        parts.append(f"BT /{font} {size:g} Tf 1 0 0 1 {x:g} {842 - y:g} Tm ({escaped}) Tj ET")
    return "\n".join(parts).encode("latin-1")


def pdf(streams: Sequence[bytes], extra: str = "") -> bytes:
    """A PDF with one page for each stream of drawing commands."""
    kids = " ".join(f"{10 + 2 * i} 0 R" for i in range(len(streams)))
    fonts = "/Font << /F1 5 0 R /F2 6 0 R >>"
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Count {len(streams)} /Kids [{kids}] >>".encode(),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        6: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    }
    for i, stream in enumerate(streams):
        packed = zlib.compress(stream)
        looks = f"/MediaBox [0 0 595 842] /Resources << {fonts} >>"
        objects[10 + 2 * i] = f"<< /Type /Page /Parent 2 0 R {looks} /Contents {11 + 2 * i} 0 R >>".encode()
        head = f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode()
        objects[11 + 2 * i] = head + packed + b"\nendstream"
    out = b"%PDF-1.4\n"
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {max(places) + 1}\n".encode()
    for number in range(max(places) + 1):
        used = number in places
        out += f"{places.get(number, 0):010d} {'00000' if used else '65535'} {'n' if used else 'f'} \n".encode()
    return out + f"trailer\n<< /Size {max(places) + 1} /Root 1 0 R {extra} >>\nstartxref\n{start}\n%%EOF\n".encode()


KINDS = {
    "md": as_markdown,
    "txt": as_text,
    "html": as_html,
    "docx": as_docx,
    "epub": as_epub,
    "pdf": as_pdf,
}
