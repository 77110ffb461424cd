"""Articles: which files are read, their titles and ids, and a clear reason for each that is not."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import CorpusError
from rag.reading import files
from rag.reading.articles import UnreadableArticle, article_ids, list_sources, printable, read_article, read_corpus
from rag.reading.files import Limits

EXAMPLES = int(os.environ.get("TEST_EXAMPLES", "500"))
"""How many names, texts and encodings are tried; 10,000 in the slow profile."""
PASTED = Path(__file__).parents[1] / "data" / "farmers-walk.txt"


def write(folder: Path, **texts: str | bytes) -> Path:
    """A folder of articles: `write(tmp, squat="A push.")` makes squat.md."""
    for name, text in texts.items():
        (folder / f"{name}.md").write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def reason(folder: Path, name: str, limits: Limits = files.DEFAULT_LIMITS) -> str:
    """Why a file is left out, a good one beside it being read."""
    write(folder, good="A squat is a push.")
    corpus = read_corpus(folder, limits=limits)
    assert [article.source for article in corpus.articles] == ["good.md"]
    assert [failure.source for failure in corpus.failures] == [name]
    return corpus.failures[0].reason


class TestText:
    def test_is_the_file_itself(self, tmp_path: Path) -> None:
        write(tmp_path, squat="\ufeffA squat\r\nis a push.\r\rEnd.\n")
        assert read_article(tmp_path, "squat.md").text == "A squat\nis a push.\n\nEnd.\n"

    @pytest.mark.parametrize(
        "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"]
    )
    def test_other_encodings(self, tmp_path: Path, encoding: str) -> None:
        text = "Café squats: a naïve lifter's façade of form.\n\nThe squat is a push, déjà vu.\n"
        write(tmp_path, squat=text.encode(encoding))
        assert read_article(tmp_path, "squat.md").text == text

    def test_cyrillic_in_an_old_encoding(self, tmp_path: Path) -> None:
        text = "Приседание со штангой является базовым упражнением для ног и требует хорошей техники. " * 5
        write(tmp_path, squat=text.encode("cp1251"))
        assert read_article(tmp_path, "squat.md").text == text

    def test_damaged_utf8_stays_utf8(self, tmp_path: Path) -> None:
        write(tmp_path, squat="Café, naïve, déjà vu. ".encode() + b"\xff lost")
        assert read_article(tmp_path, "squat.md").text == "Café, naïve, déjà vu. \ufffd lost"

    def test_lone_surrogates_are_damage(self, tmp_path: Path) -> None:
        write(tmp_path, squat=b"A squat \xed\xa0\x80 is a push.")
        assert read_article(tmp_path, "squat.md").text == "A squat \ufffd\ufffd\ufffd is a push."


class TestTitle:
    @pytest.mark.parametrize(
        ("text", "title"),
        [
            ("---\ntitle: 'The Squat'\n---\n# Other\n", "The Squat"),
            ("Some words.\n\n# Not at the top\n\nText.", "Squat"),
            ("# The *Squat*\n\nText.", "The Squat"),
            ("The Squat\n=========\n\nText.", "The Squat"),
            ("The Squat\n\nText that goes on and ends.", "The Squat"),
            ("The Squat\nText that goes on for a while, and ends.", "The Squat"),
            ("Only some text that ends.", "Squat"),
            ("Training\n\nAll About the Squat\n\nText that goes on and ends.", "All About the Squat"),
            ("The Squat\n\nA guide for everybody who lifts\n\nText that goes on and ends.", "The Squat"),
            ("Training\n\nHow Strong Legs Are Built\n\nText that goes on and ends.", "How Strong Legs Are Built"),
            ("# " + "long " * 50, ("long " * 50)[:199] + "…"),
        ],
        ids=range(11),
    )
    def test_title(self, tmp_path: Path, text: str, title: str) -> None:
        write(tmp_path, squat=text)
        assert read_article(tmp_path, "squat.md").title == title

    def test_of_a_pasted_page_is_the_line_above_the_byline(self) -> None:
        article = read_article(PASTED.parent, PASTED.name)
        assert article.title == "Farmer's Walk: How It Works, Who It Suits, and Common Questions"

    def test_metadata_is_the_front_matter(self, tmp_path: Path) -> None:
        write(tmp_path, squat='---\ntitle: "Squat"\nLicence: CC0\ntags: [legs, "push"]\nempty:\n---\nText.')
        assert read_article(tmp_path, "squat.md").metadata == {"title": "Squat", "licence": "CC0", "tags": "legs, push"}


class TestIds:
    def test_are_readable(self) -> None:
        sources = ["Hip Thrust.md", "legs/squat.md", "squat.md", "arms/Übung_1.txt", "😀.md"]
        assert list(article_ids(sources).values()) == ["hip-thrust", "arms/ubung-1", "legs/squat", "squat", "article"]

    def test_are_unique(self) -> None:
        ids = article_ids(["squat.md", "squat.txt", "Squat.md", "SQUAT!.md"])
        assert len(set(ids.values())) == 4
        assert all(name.startswith("squat") for name in ids.values())

    def test_do_not_depend_on_the_order(self) -> None:
        assert article_ids(["b.md", "a.md", "a.txt"]) == article_ids(["a.txt", "b.md", "a.md"])


class TestFolder:
    def test_lists_articles_in_subfolders_and_leaves_hidden_and_other_files(self, tmp_path: Path) -> None:
        for name in ("b.md", "a.txt", "sub/c.MD", ".hidden.md", ".git/d.md", "picture.jpg", "sub/.e.md"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("Text.")
        assert list_sources(tmp_path) == ("a.txt", "b.md", "sub/c.MD")

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(CorpusError, match=r"there is no folder .*nowhere: make it"):
            list_sources(tmp_path / "nowhere")

    def test_a_file(self) -> None:
        with pytest.raises(CorpusError, match="is a file, not a folder"):
            list_sources(PASTED)

    def test_empty(self, tmp_path: Path) -> None:
        with pytest.raises(CorpusError, match=r"no article in .*put \.md, \.txt, .* files in it"):
            list_sources(tmp_path)

    def test_unreadable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "scandir", deny)
        with pytest.raises(CorpusError, match="cannot be opened: Permission denied"):
            list_sources(tmp_path)

    def test_an_unreadable_subfolder_is_a_failure(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "sub").mkdir()
        scandir = os.scandir
        monkeypatch.setattr(os, "scandir", lambda path: deny(path) if Path(path).name == "sub" else scandir(path))
        assert "cannot be opened" in reason(tmp_path, "sub/")

    def test_nothing_readable(self, tmp_path: Path) -> None:
        with pytest.raises(CorpusError, match=r"can be read \(1 tried\); squat.md: it is empty"):
            read_corpus(write(tmp_path, squat=""))


def deny(path: object) -> None:
    raise PermissionError(13, "Permission denied")


class TestBadFiles:
    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"", "it is empty"),
            (b" \n\t\r\n", "it is empty"),
            ("\ufeff \u00a0\n".encode(), "it is empty"),
            (b"A squat\x00is a push.", "not a text file"),
            (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 20, "not a text file"),
            (bytes(range(1, 32)) * 50, "not a text file"),
        ],
        ids=["empty", "white space", "white space after a mark", "NUL", "picture", "control characters"],
    )
    def test_content(self, tmp_path: Path, data: bytes, why: str) -> None:
        assert why in reason(write(tmp_path, bad=data), "bad.md")

    def test_too_large(self, tmp_path: Path) -> None:
        with (tmp_path / "huge.md").open("wb") as file:
            file.truncate(500_000_000)
        assert "500,000,000 bytes, of at most 20,000,000 (setting RAG_MAX_FILE_BYTES)" in reason(tmp_path, "huge.md")

    def test_link_out_of_the_folder(self, tmp_path: Path) -> None:
        (tmp_path / "secret.txt").write_text("Secret.")
        folder = tmp_path / "corpus"
        folder.mkdir()
        (folder / "link.md").symlink_to(tmp_path / "secret.txt")
        assert "a link to a file outside the corpus" in reason(folder, "link.md")

    def test_link_to_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "other").mkdir()
        folder = tmp_path / "corpus"
        folder.mkdir()
        (folder / "link").symlink_to(tmp_path / "other")
        assert "a link" in reason(folder, "link/")

    @pytest.mark.parametrize("target", ["nothing.md", "loop.md"])
    def test_link_to_nothing(self, tmp_path: Path, target: str) -> None:
        (tmp_path / "loop.md").symlink_to(target)
        assert reason(tmp_path, "loop.md")

    def test_link_inside_the_folder_is_read(self, tmp_path: Path) -> None:
        write(tmp_path, squat="A push.")
        (tmp_path / "link.md").symlink_to("squat.md")
        assert [article.source for article in read_corpus(tmp_path).articles] == ["link.md", "squat.md"]

    def test_parent_folders_are_refused(self, tmp_path: Path) -> None:
        write(tmp_path, secret="Secret.")
        (tmp_path / "corpus").mkdir()
        write(tmp_path / "corpus", good="Good.")
        with pytest.raises(UnreadableArticle, match="outside the corpus"):
            read_article(tmp_path / "corpus", "../secret.md")

    def test_pipe_does_not_block(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.md")
        assert "not a regular file" in reason(tmp_path, "pipe.md")

    def test_socket(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)  # a socket's path must be short
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("s.md")
            assert "not a regular file" in reason(tmp_path, "s.md")

    def test_link_to_a_device(self, tmp_path: Path) -> None:
        (tmp_path / "zero.md").symlink_to("/dev/zero")
        assert "outside the corpus" in reason(tmp_path, "zero.md")

    def test_no_permission(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, locked="Text.")
        real = os.open
        monkeypatch.setattr(os, "open", lambda p, *a: deny(p) if Path(p).name == "locked.md" else real(p, *a))
        assert "it cannot be opened: Permission denied" in reason(tmp_path, "locked.md")

    def test_changing_all_the_time(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, log="Text.")
        grow_while_read(monkeypatch, tmp_path / "log.md", times=9)
        with pytest.raises(UnreadableArticle, match="it changes while it is read"):
            read_article(tmp_path, "log.md")

    def test_changing_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path, log="Text.")
        grow_while_read(monkeypatch, tmp_path / "log.md", times=1)
        assert read_article(tmp_path, "log.md").text == "Text.+"

    def test_too_many_characters_or_lines(self, tmp_path: Path) -> None:
        write(tmp_path, long="A squat is a push.\n" * 20)
        assert "380 characters, of at most 99 (RAG_MAX_FILE_CHARS)" in reason(tmp_path, "long.md", Limits(max_chars=99))
        assert "more than 9 lines" in reason(tmp_path, "long.md", Limits(max_lines=9))

    def test_kinds_that_are_not_read(self, tmp_path: Path) -> None:
        (tmp_path / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0")
        assert ".doc files are not read: save it as" in reason(tmp_path, "old.doc")

    def test_name_that_is_no_utf8(self, tmp_path: Path) -> None:
        try:
            Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9.md")).write_text("Text.")
        except OSError:
            pytest.skip("this file system takes only UTF-8 names")
        assert "not valid UTF-8: rename it" in reason(tmp_path, "caf\\udce9.md")


def grow_while_read(monkeypatch: pytest.MonkeyPatch, path: Path, times: int) -> None:
    """Makes a file grow between the two looks that are taken at it, the first so many times."""
    fstat, looks = os.fstat, [0]

    def look(descriptor: int) -> os.stat_result:
        looks[0] += 1
        if looks[0] % 2 == 0 and looks[0] // 2 <= times:
            path.write_text(path.read_text() + "+")
        return fstat(descriptor)

    monkeypatch.setattr(os, "fstat", look)


NAMES = st.text(min_size=1, max_size=40).filter(lambda name: "/" not in name and "\0" not in name)
ENCODINGS = st.sampled_from(
    ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "latin-1", "cp1251", "shift_jis", "gb18030"]
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, text=st.text(max_size=300), encoding=ENCODINGS, junk=st.binary(max_size=5))
def test_any_name_text_and_encoding(tmp_path: Path, name: str, text: str, encoding: str, junk: bytes) -> None:
    from rag.reading.passages import split_article

    file = tmp_path / f"{name}.md"
    data = text.encode(encoding, "ignore") + junk
    try:
        file.write_bytes(data)
    except (OSError, UnicodeEncodeError):
        return
    try:
        article = read_article(tmp_path, file.name)
        article.text.encode()
        passages = split_article(article, lambda texts: [len(t.split()) for t in texts], max_tokens=64)
        assert all(article.text[p.start : p.end] == p.text for p in passages)
        assert "".join("".join(p.text.split()) for p in passages) == "".join(article.text.split())
        assert article.title.isprintable() or article.title
        if encoding == "utf-8" and not junk:
            assert article.text == text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    except UnreadableArticle as error:
        assert "\n" not in str(error) and str(error).isprintable()
    finally:
        file.unlink()


def test_printable_names_are_one_line() -> None:
    assert printable("a\nb\t\x1b[31m\udc80é😀") == "a\\nb\\t\\x1b[31m\\udc80é😀"
