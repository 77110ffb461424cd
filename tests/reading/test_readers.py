"""Documents of every kind: the same structure from each, and a reason for each that is hostile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.reading.articles import UnreadableArticle, read_article
from rag.reading.files import Limits
from rag.reading.readers.apart import Apart
from rag.reading.structure import read_structure
from tests import documents


@pytest.mark.parametrize("kind", documents.KINDS)
def test_the_same_article_has_the_same_structure(tmp_path: Path, kind: str) -> None:
    (tmp_path / f"suitcase-carry.{kind}").write_bytes(documents.KINDS[kind]())
    article = read_article(tmp_path, f"suitcase-carry.{kind}")
    assert (article.article_id, article.title) == ("suitcase-carry", documents.TITLE)
    blocks = read_structure(article.text, article.title)
    found = [(s.role.value, article.text[s.start : s.end]) for b in blocks for s in b.sentences]
    assert [pair for pair in found if pair[0] != "furniture"] == documents.ROLES


def refused(folder: Path, name: str, data: bytes, limits: Limits = Limits()) -> str:  # noqa: B008
    """Why a document is not read; the next one is read as ever."""
    (folder / name).write_bytes(data)
    with pytest.raises(UnreadableArticle) as caught:
        read_article(folder, name, limits=limits)
    assert "\n" not in str(caught.value)
    (folder / "good.html").write_bytes(documents.as_html())
    assert read_article(folder, "good.html").title == documents.TITLE
    return caught.value.reason


def text_of(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return read_article(folder, name).text


class TestHtml:
    def test_menus_and_footers_are_left_out(self, tmp_path: Path) -> None:
        text = text_of(tmp_path, "a.html", documents.as_html())
        assert not [words for words in ("Home", "Our shop", "rights reserved", "Ten rows") if words in text]

    def test_a_short_page_is_read_whole(self, tmp_path: Path) -> None:
        page = b"<title>Squat</title><p>A squat is a push.</p><ul><li>It is hard.</ul>"
        assert text_of(tmp_path, "a.html", page) == "# Squat\n\nA squat is a push.\n\n- It is hard.\n"

    def test_what_unfolds_terms_and_code_survive(self, tmp_path: Path) -> None:
        page = """<h1>Squat</h1><details><summary>Is it hard?</summary>Yes.</details><dl><dt>Force:<dd>push</dl>
            <pre>a\n  b</pre><blockquote>Quoted <i>words</i>.</blockquote>
            <p>One<br>two</p><p><b>Setup</b></p><p>Stand.</p>"""
        assert text_of(tmp_path, "a.html", page.encode()) == (
            "# Squat\n\n**Is it hard?**\n\nYes.\n\n- Force: push\n\n```\na\n  b\n```\n\n"
            "> Quoted words.\n\nOne\ntwo\n\n**Setup**\n\nStand.\n"
        )

    def test_marks_typed_into_the_words_are_left_out(self, tmp_path: Path) -> None:
        page = r"""<h1>The *best* whey</h1><p>Whey \*concentrate\* has **some** lactose, *isolate* has none.</p>
            <p>**Setup**</p><p>2 * 3 * 4 and 5*6*7, snake\_case, * a footnote.</p><pre>a *b* c</pre>"""
        assert text_of(tmp_path, "a.html", page.encode()) == (
            "# The best whey\n\nWhey concentrate has some lactose, isolate has none.\n\n**Setup**\n\n"
            "2 * 3 * 4 and 5*6*7, snake_case, * a footnote.\n\n```\na *b* c\n```\n"
        )

    def test_the_backslash_before_what_looks_like_a_mark_is_not_quoted(self, tmp_path: Path) -> None:
        text = text_of(tmp_path, "a.html", b"<p>Most lift.</p><p>&gt; 90% of lifters rest too little.</p>")
        quotes = [text[s.start : s.end] for block in read_structure(text) for s in block.sentences]
        assert quotes == ["Most lift.", "> 90% of lifters rest too little."]

    @pytest.mark.parametrize(
        ("charset", "words"),
        [("windows-1251", "Присед это жим"), ("shift_jis", "スクワットは押す"), ("utf-16", "Café")],
    )
    def test_declared_encodings(self, tmp_path: Path, charset: str, words: str) -> None:
        page = f'<html><head><meta charset="{charset}"></head><body><p>{words}.</p></body></html>'.encode(charset)
        assert words in text_of(tmp_path, "a.html", page)

    def test_ligatures_are_letters(self, tmp_path: Path) -> None:
        page = "<title>The ﬁx</title><p>Eat oﬀal, ﬂax, waﬄes; be eﬃcient.</p>"
        assert text_of(tmp_path, "a.html", page.encode()) == "# The fix\n\nEat offal, flax, waffles; be efficient.\n"

    def test_hidden_text_scripts_and_comments_are_left_out(self, tmp_path: Path) -> None:
        page = (
            b"<p>Seen.</p><p hidden>No.</p><script>no()</script><!-- no --><template>No.</template><style>no{}</style>"
        )
        assert text_of(tmp_path, "a.html", page) == "Seen.\n"

    def test_external_entities_are_not_read(self, tmp_path: Path) -> None:
        page = b'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>Before &x; after.</p>'
        assert "root:" not in text_of(tmp_path, "a.html", page)

    def test_deep_nesting(self, tmp_path: Path) -> None:
        assert refused(tmp_path, "a.html", b"<div>" * 200_000 + b"x")

    def test_tags_that_are_never_closed(self, tmp_path: Path) -> None:
        assert "x x" in text_of(tmp_path, "a.html", b"<b>x " * 200 + b"<p>y" * 3_000)

    def test_no_text(self, tmp_path: Path) -> None:
        assert "no text in it" in refused(tmp_path, "a.html", b"<html><body><img src='x.png'></body></html>")


class TestPdf:
    def test_encrypted(self, tmp_path: Path) -> None:
        from pypdf import PdfWriter

        writer = PdfWriter()
        writer.add_blank_page(100, 100)
        writer.encrypt("secret", algorithm="RC4-128")
        with (tmp_path / "a.pdf").open("wb") as file:
            writer.write(file)
        assert "it is encrypted" in refused(tmp_path, "a.pdf", (tmp_path / "a.pdf").read_bytes())

    def test_pictures_of_pages(self, tmp_path: Path) -> None:
        why = refused(tmp_path, "a.pdf", documents.pdf([b"0 0 100 100 re f"] * 3))
        assert why == "its 3 pages hold no text, only pictures: run text recognition (OCR) on it first"

    def test_too_many_pages(self, tmp_path: Path) -> None:
        why = refused(tmp_path, "a.pdf", documents.pdf([b"0 0 1 1 re f"] * 6), Limits(max_pages=5))
        assert why == "it has 6 pages, of at most 5 (RAG_MAX_FILE_PAGES); split it"

    def test_a_page_tree_that_holds_itself(self, tmp_path: Path) -> None:
        data = documents.as_pdf().replace(b"/Kids [10 0 R", b"/Kids [2 0 R ")
        assert refused(tmp_path, "a.pdf", data)

    def test_a_stream_that_unpacks_to_a_hundred_times_its_size(self, tmp_path: Path) -> None:
        assert refused(tmp_path, "a.pdf", documents.pdf([b" " * 100_000_000]))

    def test_running_heads_and_page_numbers_are_left_out(self, tmp_path: Path) -> None:
        page = (
            "BT /F1 9 Tf 1 0 0 1 72 800 Tm (Gym Weekly {n}) Tj ET "
            "BT /F1 11 Tf 1 0 0 1 72 700 Tm (Page {w} has text.) Tj ET "
            "BT /F1 9 Tf 1 0 0 1 300 30 Tm ({n}) Tj ET"
        )
        pages = [page.format(n=n, w=w).encode() for n, w in enumerate(["one", "two", "three", "four"], 1)]
        assert (
            text_of(tmp_path, "a.pdf", documents.pdf(pages))
            == "\n\n".join(f"Page {w} has text." for w in ["one", "two", "three", "four"]) + "\n"
        )

    def test_ligatures_are_letters(self, tmp_path: Path) -> None:
        page = b"BT /F1 11 Tf 1 0 0 1 72 700 Tm (Set the de\xdecit \xderst, \xdfat.) Tj ET"
        data = documents.pdf([page]).replace(b"/Encoding /WinAnsiEncoding", b"/Encoding/MacRomanEncoding")
        assert text_of(tmp_path, "a.pdf", data) == "Set the deficit first, flat.\n"

    @pytest.mark.parametrize("count", [1, 2, 3])
    def test_what_a_browser_prints_around_a_page_is_left_out(self, tmp_path: Path, count: int) -> None:
        lines = ["It has no limit at all and it will, as everybody knows, wipe", "Friday and the whole rest of it."]
        page = (
            "BT /F1 11 Tf 1 0 0 1 72 700 Tm ({line}) Tj ET "
            "BT /F1 8 Tf 1 0 0 1 24 820 Tm (11/27/26, 11:09 PM) Tj 200 0 Td (A cut) Tj ET "
            "BT /F1 8 Tf 1 0 0 1 24 20 Tm (https://example.org/cut?a=1) Tj 500 0 Td ({n}/{count}) Tj ET"
        )
        pages = [page.format(n=n, count=count, line=lines[(n - 1) % 2]).encode() for n in range(1, count + 1)]
        assert (
            text_of(tmp_path, "a.pdf", documents.pdf(pages))
            == {
                1: "It has no limit at all and it will, as everybody knows, wipe\n",
                2: " ".join(lines) + "\n",
                3: " ".join(lines) + "\n\n" + lines[0] + "\n",
            }[count]
        )

    def test_running_heads_of_two_lines_are_left_out(self, tmp_path: Path) -> None:
        page = (
            "BT /F1 9 Tf 1 0 0 1 72 820 Tm (Gym Weekly) Tj ET BT /F1 9 Tf 1 0 0 1 72 808 Tm (Volume {n}) Tj ET "
            "BT /F1 11 Tf 1 0 0 1 72 700 Tm (Page {w} has text.) Tj ET "
            "BT /F1 11 Tf 1 0 0 1 72 650 Tm (It says {w}.) Tj ET"
        )
        pages = [page.format(n=n, w=w).encode() for n, w in enumerate(["one", "two"], 1)]
        text = "\n\n".join(f"Page {w} has text.\n\nIt says {w}." for w in ["one", "two"])
        assert text_of(tmp_path, "a.pdf", documents.pdf(pages)) == text + "\n"

    def test_headings_that_differ_by_their_number_are_no_running_heads(self, tmp_path: Path) -> None:
        page = (
            "BT /F2 18 Tf 1 0 0 1 72 800 Tm (Week {n}) Tj ET "
            "BT /F1 11 Tf 1 0 0 1 72 700 Tm (In week {n} there is a lot of {w} to do.) Tj ET"
        )
        pages = [page.format(n=n, w=w).encode() for n, w in enumerate(["walking", "running", "rest"], 1)]
        text = text_of(tmp_path, "a.pdf", documents.pdf(pages))
        assert all(f"# Week {n}\n" in text for n in (1, 2, 3))

    def test_two_columns_with_first_lines_set_in(self, tmp_path: Path) -> None:
        rows = [
            *(
                "  The squat is a push, and it trains the",
                "legs and the trunk of everyone who does it",
                "with some care.",
            ),
            *("  It needs a bar, a rack and enough room", "to fall back, because a heavy bar does not", "wait."),
        ]
        page = "\n".join(
            f"BT /F1 11 Tf 1 0 0 1 {72 + 240 * column + 18 * (row[0] == ' ')} {700 - 13 * i} Tm ({row.strip()}) Tj ET"
            for column in range(2)
            for i, row in enumerate(rows)
        )
        first = "The squat is a push, and it trains the legs and the trunk of everyone who does it with some care."
        second = "It needs a bar, a rack and enough room to fall back, because a heavy bar does not wait."
        text = text_of(tmp_path, "a.pdf", documents.pdf([page.encode()]))
        assert text.split("\n\n") == [first, second, first, second + "\n"]

    def test_a_word_broken_at_a_line_end_is_joined(self, tmp_path: Path) -> None:
        lines = [
            "The hip thrust is a push, says everyone who has ever done an exer-",
            "cise that is a push-",
            "up or a dip. A push-up is a push.",
        ]
        page = "\n".join(f"BT /F1 11 Tf 1 0 0 1 72 {700 - 13 * i} Tm ({line}) Tj ET" for i, line in enumerate(lines))
        assert "an exercise that is a push-up or" in text_of(tmp_path, "a.pdf", documents.pdf([page.encode()]))


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


class TestArchives:
    def test_docx_bold_lines_breaks_and_nested_lists(self, tmp_path: Path) -> None:
        from docx import Document

        document = Document()
        document.add_paragraph().add_run("Setup").bold = True
        document.add_paragraph("One\ntwo")
        document.add_paragraph("outer", style="List Bullet")
        document.save(str(tmp_path / "b.docx"))
        assert read_article(tmp_path, "b.docx").text == "**Setup**\n\nOne\ntwo\n\n- outer\n"

    def test_docx_marks_typed_into_the_words_are_left_out(self, tmp_path: Path) -> None:
        from docx import Document

        document = Document()
        document.add_paragraph(r"Whey \*concentrate\* has *some* lactose.")
        document.save(str(tmp_path / "b.docx"))
        assert read_article(tmp_path, "b.docx").text == "Whey concentrate has some lactose.\n"

    @pytest.mark.parametrize("suffix", ["docx", "epub"])
    def test_no_archive(self, tmp_path: Path, suffix: str) -> None:
        assert "it is damaged, or not what its name says" in refused(tmp_path, f"a.{suffix}", b"PK\x03\x04 nothing")

    @pytest.mark.parametrize("suffix", ["docx", "epub"])
    def test_an_archive_of_something_else(self, tmp_path: Path, suffix: str) -> None:
        assert refused(tmp_path, f"a.{suffix}", documents.as_zip({"readme.txt": "Hello."}))

    @pytest.mark.parametrize("suffix", ["docx", "epub"])
    def test_a_zip_bomb(self, tmp_path: Path, suffix: str) -> None:
        data = documents.as_zip({"word/document.xml": b" " * 50_000_000, "META-INF/container.xml": b" " * 50_000_000})
        assert "zip bomb" in refused(tmp_path, f"a.{suffix}", data)

    def test_more_than_may_be_unpacked(self, tmp_path: Path) -> None:
        assert "RAG_MAX_UNPACKED_BYTES" in refused(
            tmp_path, "a.docx", documents.as_docx(), Limits(max_unpacked_bytes=999)
        )

    def test_thousands_of_members(self, tmp_path: Path) -> None:
        data = documents.as_zip({f"{i}.xml": "" for i in range(6_000)})
        assert "6,000 files inside" in refused(tmp_path, "a.epub", data)

    def test_an_archive_that_lies_about_its_sizes(self, tmp_path: Path) -> None:
        data = bytearray(documents.as_zip({"META-INF/container.xml": " " * 3_000_000, "[Content_Types].xml": ""}))
        for place in (data.find(b"PK\x03\x04") + 22, data.find(b"PK\x01\x02") + 24):
            data[place : place + 4] = (100).to_bytes(4, "little")
        assert "it is damaged" in refused(tmp_path, "a.epub", bytes(data))

    def test_xml_entities_in_docx(self, tmp_path: Path) -> None:
        data = documents.as_zip({"[Content_Types].xml": "<x/>", "word/document.xml": BOMB + "]><x>&i;</x>"})
        assert "declares XML entities (word/document.xml inside)" in refused(tmp_path, "a.docx", data)

    def test_xml_entities_in_epub(self, tmp_path: Path) -> None:
        data = documents.as_zip({"META-INF/container.xml": BOMB + "]><x>&i;</x>"})
        assert "declares XML entities" in refused(tmp_path, "a.epub", data)

    def test_entities_in_a_chapter_are_not_expanded(self, tmp_path: Path) -> None:
        text = text_of(tmp_path, "a.epub", documents.as_epub(["<p>A push &nbsp;&amp; a pull. &i;</p>"]))
        assert "A push & a pull." in text and len(text) < 200

    def test_chapters_stand_under_the_title_of_the_book(self, tmp_path: Path) -> None:
        data = documents.as_epub(
            ["<h1>One</h1><p>A squat is a push.</p>", "<h1>Two</h1><p>A row is a pull.</p>"], "Lifts"
        )
        assert text_of(tmp_path, "a.epub", data) == (
            "# Lifts\n\n## One\n\nA squat is a push.\n\n## Two\n\nA row is a pull.\n"
        )

    def test_names_that_lead_out_of_the_archive(self, tmp_path: Path) -> None:
        container = documents.CONTAINER.replace("OEBPS/book.opf", "../../../../etc/passwd")
        assert "cannot be read" in refused(tmp_path, "a.epub", documents.as_zip({"META-INF/container.xml": container}))

    def test_protected_books(self, tmp_path: Path) -> None:
        data = documents.as_zip({"META-INF/encryption.xml": "<x><EncryptedData/></x>"})
        assert "protected by DRM" in refused(tmp_path, "a.epub", data)


@pytest.mark.parametrize("kind", ["html", "docx", "epub", "pdf"])
@pytest.mark.parametrize("damage", ["half", "zeros", "noise", "doubled"])
def test_damaged_documents_are_read_or_refused(tmp_path: Path, kind: str, damage: str) -> None:
    whole = documents.KINDS[kind]()
    middle = len(whole) // 2
    noise = bytes((i * 7919 + 13) % 251 for i in range(400))
    data = {
        "half": whole[:middle],
        "zeros": whole[:middle] + bytes(400) + whole[middle + 400 :],
        "noise": whole[: middle - 200] + noise + whole[middle + 200 :],
        "doubled": whole + whole,
    }[damage]
    (tmp_path / f"a.{kind}").write_bytes(data)
    try:
        article = read_article(tmp_path, f"a.{kind}")
        assert article.text.strip()
    except UnreadableArticle as error:
        assert error.reason and "\n" not in error.reason


class TestApart:
    @pytest.fixture
    def apart(self) -> Iterator[Apart]:
        apart = Apart()
        yield apart
        apart.close()

    def test_one_process_reads_many(self, apart: Apart) -> None:
        apart.extract("html", documents.as_html(), Limits())
        first = apart._process
        apart.extract("epub", documents.as_epub(), Limits())
        assert first is not None and apart._process is first

    def test_a_slow_document_is_given_up_and_the_next_is_read(self, tmp_path: Path) -> None:
        page = b"<p>" + b"word " * 300_000
        assert "longer than 0.05 s" in refused(tmp_path, "a.html", page, Limits(max_seconds=0.05))

    def test_a_greedy_document_is_given_up_and_the_next_is_read(self, tmp_path: Path) -> None:
        page = b"<p>" + b"<b>x</b>" * 1_000_000
        why = refused(tmp_path, "a.html", page, Limits(max_memory=300_000_000))
        assert "300 MB (RAG_MAX_FILE_MEMORY)" in why

    def test_a_killed_process_is_started_again(self, apart: Apart) -> None:
        apart.extract("html", documents.as_html(), Limits())
        assert apart._process
        apart._process.kill()
        apart._process.wait()
        assert documents.TITLE in apart.extract("html", documents.as_html(), Limits()).text

    def test_it_ends_with_its_starter(self, apart: Apart) -> None:
        apart.extract("html", documents.as_html(), Limits())
        assert apart._process and apart._process.stdin
        apart._process.stdin.close()
        assert apart._process.wait(timeout=10) == 0
