"""The small parts of the web chat: questions to offer, answers as objects, histories, the door, file names, votes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import BadInput, CorpusError
from rag.generating.discovery import FoundModel
from rag.index import IndexReport, SourceChange
from rag.settings import load_settings
from rag.types import Answer, Article, Turn
from tests.web_stage import HIP_THRUST, StageAssistant, StageIndex, passages_of
from web.answerers import Answerers
from web.feedback import FeedbackFull, Vote, keep_vote
from web.guard import Hosts, RateLimit, host_name
from web.history import read_history
from web.library import Library, NoSuchArticle, find, safe_name
from web.page import frame
from web.questions import Asked, article_questions, follow_ups, starters
from web.render import answer_view, relevance
from web.server import build_rooms

DEADLIFT = Article(
    "deadlift",
    "The Deadlift",
    "deadlift.md",
    "# The Deadlift\n\nIt is a pull.\n\n## FAQ\n\n### Is the deadlift a push or a pull?\n\nA pull.\n\n"
    "### Why?\n\nBecause it lifts.\n\n### Does the deadlift work the back muscles?\n\nYes.\n",
)


class TestQuestions:
    def test_are_the_articles_own(self) -> None:
        found = article_questions(passages_of(HIP_THRUST))
        assert [q.text for q in found] == [
            "Is the hip thrust good for the glutes?",
            "Does the hip thrust need a bench?",
        ]

    def test_one_that_does_not_name_its_subject_is_never_offered(self) -> None:
        found = article_questions(passages_of(DEADLIFT))
        assert [q.whole for q in found if q.text == "Why?"] == [False]
        assert "Why?" not in starters(found)

    def test_starters_are_spread_over_the_articles(self) -> None:
        asked = [Asked(f"{name} {n}?", name, n) for name in "abcdefgh" for n in range(3)]
        picked = starters(asked, 4)
        assert [text[0] for text in picked] == ["a", "c", "e", "g"]

    def test_a_single_article_gives_as_many_as_it_has(self) -> None:
        assert len(starters([Asked("a?", "x", 1), Asked("b?", "x", 2)])) == 2

    def test_follow_ups_are_new(self) -> None:
        answer = StageAssistant((DEADLIFT,), quotes=("A pull.",)).ask("is it a pull")
        questions = article_questions(passages_of(DEADLIFT))
        assert follow_ups(answer, [], questions) == ["Does the deadlift work the back muscles?"]
        assert follow_ups(answer, ["does the deadlift work the back muscles"], questions) == []
        assert follow_ups(answer, ["is the deadlift working back muscles"], questions) == []


class TestAnswerView:
    def test_is_what_ask_json_prints_and_more(self) -> None:
        answer = StageAssistant().ask("q")
        view = answer_view(answer, ["next?"])
        known = answer.to_dict()
        assert {key: view[key] for key in ("text", "kind", "retrieved", "confidence")} == {
            key: known[key] for key in ("text", "kind", "retrieved", "confidence")
        }
        assert view["follow_ups"] == ["next?"] and view["related"] == []
        json.dumps(view)

    def test_a_citation_has_its_section(self) -> None:
        view = answer_view(StageAssistant(quotes=("Yes, the hip thrust trains the glutes.",)).ask("q"))
        assert view["citations"][0]["section"] == "Is the hip thrust good for the glutes?"

    def test_a_refusal_has_related_passages_with_exact_quotes(self) -> None:
        refusal = replace(StageAssistant().ask("q"), kind="refusal", citations=(), text="No.")
        (near, *_) = answer_view(refusal)["related"]
        assert HIP_THRUST.text[near["start"] : near["end"]] == near["quote"]

    @pytest.mark.parametrize(("score", "words"), [(1.0, "strong match"), (0.6, "good match"), (0.1, "partial match")])
    def test_relevance_in_words(self, score: float, words: str) -> None:
        assert relevance(score) == words


class TestHistory:
    def test_turns(self) -> None:
        assert read_history([{"question": "q", "answer": "a"}], max_chars=10) == (Turn("q", "a"),)

    def test_messages_as_gradio_keeps_them(self) -> None:
        blocks = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
        sent = [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": blocks},
            {"role": "user", "content": "r"},
        ]
        assert read_history(sent, max_chars=10) == (Turn("q", "a\nb"), Turn("r", ""))

    def test_only_the_last_twenty(self) -> None:
        turns = read_history([{"question": str(n)} for n in range(50)], max_chars=10)
        assert [turns[0].question, len(turns)] == ["30", 20]

    @pytest.mark.parametrize("sent", ["text", 3, {"question": "q"}, ["q"], [{"question": "x" * 11}]])
    def test_what_is_no_history_is_refused(self, sent: object) -> None:
        with pytest.raises(BadInput, match="history"):
            read_history(sent, max_chars=10)

    def test_blocks_inside_blocks_without_end_are_no_text(self) -> None:
        nested: Any = "deep"
        for _ in range(900):
            nested = [nested]
        assert read_history([{"question": "q", "answer": nested}], max_chars=10) == (Turn("q", ""),)

    @settings(deadline=None)
    @given(
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)
        | st.lists(
            st.dictionaries(
                st.sampled_from(["question", "answer", "role", "content", "text"]),
                st.text() | st.none() | st.integers(),
            )
        )
    )
    def test_whatever_is_sent_it_is_read_or_refused(self, sent: Any) -> None:
        try:
            turns = read_history(sent, max_chars=100)
        except BadInput:
            return
        assert all(turn.question.encode() and isinstance(turn.answer, str) for turn in turns)


class TestHosts:
    @pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST:7860"])
    def test_this_machine(self, name: str) -> None:
        assert Hosts("127.0.0.1").allow(name)

    @pytest.mark.parametrize(
        "name", ["evil.example", "10.0.0.1", "localhost.evil.example", "", "a b", "[", "user@evil"]
    )
    def test_no_other(self, name: str) -> None:
        assert not Hosts("127.0.0.1").allow(name)

    def test_a_server_open_to_others_answers_to_numbers_and_given_names(self) -> None:
        hosts = Hosts("0.0.0.0", ["chat.example.org"])
        assert hosts.allow("10.0.0.1:80") and hosts.allow("chat.example.org") and not hosts.allow("evil.example")

    @settings(deadline=None)
    @given(st.text())
    def test_any_header_is_understood_or_not(self, header: str) -> None:
        assert isinstance(host_name(header), str)


class TestRateLimit:
    def test_refills(self) -> None:
        now = [0.0]
        limit = RateLimit(60, clock=lambda: now[0])
        assert [limit.wait("a") for _ in range(60)] == [0.0] * 60
        assert 0 < limit.wait("a") <= 1
        assert limit.wait("b") == 0
        now[0] = 1.0
        assert limit.wait("a") == 0 < limit.wait("a")

    def test_forgets_visitors(self) -> None:
        limit = RateLimit(60)
        for number in range(10_500):
            limit.wait(str(number))
        assert len(limit._buckets) == 10_000


class TestFrame:
    def test_signs_scripts_and_drops_what_points_elsewhere(self) -> None:
        meta = '<meta property="og:image" content="https://x.y/z">'
        html = f'<head>{meta}<script>1</script></head><script type="module">2</script>'
        framed = frame(html, "N")
        assert framed.count("<script") == framed.count('<script nonce="N"') and "https://" not in framed


class TestVotes:
    def test_many_at_once_stay_whole_lines(self, tmp_path: Path) -> None:
        vote = Vote(vote="up", question="q\nr", text="x" * 5000)
        with ThreadPoolExecutor(8) as people:
            list(people.map(lambda _: keep_vote(tmp_path, vote), range(60)))
        lines = (tmp_path / "votes.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["question"] for line in lines] == ["q\nr"] * 60

    def test_a_full_file_takes_no_more(self, tmp_path: Path) -> None:
        with (tmp_path / "votes.jsonl").open("wb") as file:
            file.truncate(50_000_000)
        with pytest.raises(FeedbackFull, match="full"):
            keep_vote(tmp_path, Vote(vote="up", question="q", text="a"))


class TestFileNames:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("a.md", "a.md"),
            ("../../etc/a.md", "a.md"),
            ("C:\\x\\a.md", "a.md"),
            (".hidden.md", "hidden.md"),
            ("a\0b<c>.md", "a-b-c-.md"),
            ("Über uns.md", "Über uns.md"),
            ("a\u202egpj\u2028.md", "a-gpj-.md"),
        ],
    )
    def test_safe(self, sent: str, kept: str) -> None:
        assert safe_name(sent) == kept

    @pytest.mark.parametrize("sent", ["", "..", "/", "x" * 200])
    def test_refused(self, sent: str) -> None:
        with pytest.raises(BadInput, match="name"):
            safe_name(sent)

    @settings(deadline=None)
    @given(st.text())
    def test_never_leaves_the_folder(self, sent: str) -> None:
        try:
            name = safe_name(sent)
        except BadInput:
            return
        assert Path("corpus", name).parent == Path("corpus") and not name.startswith(".")


@pytest.mark.parametrize(
    ("told", "open_to"),
    [
        ({}, True),
        ({"host": "0.0.0.0"}, False),
        ({"hosts": "chat.example.org"}, False),  # a proxy on this machine passes on who comes from elsewhere
        ({"hosts": "chat.example.org", "library": True, "pick_model": True}, True),
        ({"library": False, "pick_model": False}, False),
    ],
)
def test_who_comes_from_elsewhere_changes_nothing_unless_told(
    tmp_path: Path, told: dict[str, Any], open_to: bool
) -> None:
    rooms = build_rooms(load_settings(corpus=str(tmp_path), index=str(tmp_path / "index"), **told))
    assert (rooms.editable, rooms.chat.answerers.pickable) == (open_to, open_to)


class TestLibrary:
    @pytest.fixture
    def library(self, tmp_path: Path) -> Library:
        (tmp_path / "corpus").mkdir()
        (tmp_path / "corpus" / "a.md").write_text("# A\n\nText.\n", encoding="utf-8")
        report = IndexReport((SourceChange("b.md", "added"),), 3)
        return Library(
            tmp_path / "corpus", tmp_path / "removed", lambda progress: report, kinds=frozenset({".md"}), max_bytes=100
        )

    def test_add(self, library: Library, tmp_path: Path) -> None:
        assert library.add("../b.md", b"# B") == "b.md"
        assert sorted(path.name for path in (tmp_path / "corpus").iterdir()) == ["a.md", "b.md"]

    @pytest.mark.parametrize(
        ("name", "data"), [("a.exe", b"x"), ("a.md", b""), ("b.md", b"x" * 101), ("noending", b"x")]
    )
    def test_what_is_not_taken(self, library: Library, tmp_path: Path, name: str, data: bytes) -> None:
        with pytest.raises(BadInput):
            library.add(name, data)
        assert [path.name for path in (tmp_path / "corpus").iterdir()] == ["a.md"]

    def test_a_link_is_not_written_through(self, library: Library, tmp_path: Path) -> None:
        (tmp_path / "outside.md").write_text("mine", encoding="utf-8")
        (tmp_path / "corpus" / "l.md").symlink_to(tmp_path / "outside.md")
        with pytest.raises(BadInput, match="link"):
            library.add("l.md", b"yours")
        assert (tmp_path / "outside.md").read_text(encoding="utf-8") == "mine"

    def test_what_is_replaced_is_kept(self, library: Library, tmp_path: Path) -> None:
        library.add("a.md", b"# Second")
        library.add("a.md", b"# Third")
        kept = sorted(path.read_bytes() for path in (tmp_path / "removed").iterdir())
        assert kept == [b"# A\n\nText.\n", b"# Second"]

    def test_what_came_of_the_work_is_told_in_words(self, library: Library) -> None:
        library._run()
        assert library.job.note == "Up to date: 1 added."

    def test_remove_keeps_a_copy(self, library: Library, tmp_path: Path) -> None:
        library.remove("a.md")
        (kept,) = (tmp_path / "removed").iterdir()
        assert not (tmp_path / "corpus" / "a.md").exists() and kept.name.endswith("-a.md")

    @pytest.mark.parametrize("source", ["b.md", "../secret.md", "/etc/passwd", ""])
    def test_only_its_own_files_can_be_removed(self, library: Library, tmp_path: Path, source: str) -> None:
        (tmp_path / "secret.md").write_text("s", encoding="utf-8")
        with pytest.raises(NoSuchArticle):
            library.remove(source)
        assert (tmp_path / "secret.md").exists()

    def test_what_goes_wrong_is_noted(self, tmp_path: Path) -> None:
        def update(progress: Any) -> IndexReport:
            raise CorpusError("the corpus is gone")

        library = Library(tmp_path, tmp_path / "r", update, kinds=frozenset(), max_bytes=1)
        library._run()
        assert library.job.note == "the corpus is gone" and not library.job.running

    def test_search_gives_places_in_the_articles(self) -> None:
        index: Any = StageIndex([HIP_THRUST, DEADLIFT])
        hit = find(index, "bench")[0]
        assert hit["article_id"] == "hip-thrust" and HIP_THRUST.text[hit["start"] : hit["end"]] == hit["quote"]

    def test_search_shows_what_is_said_rather_than_what_is_asked(self) -> None:
        index: Any = StageIndex([HIP_THRUST, DEADLIFT])
        hit = next(hit for hit in find(index, "deadlift back muscles") if hit["article_id"] == "deadlift")
        assert (hit["section"], hit["quote"]) == ("Does the deadlift work the back muscles?", "Yes.")


def test_a_refusal_cites_nothing_even_when_rendered() -> None:
    assert answer_view(Answer("q", "q", "refusal", "No."))["citations"] == []


class TestAnswerers:
    FOUND = (
        FoundModel("extractive", "this program"),
        FoundModel("ollama:a", "Ollama"),
        FoundModel("ollama:b", "Ollama"),
    )

    def specs(
        self, default: str, found: Sequence[FoundModel] = FOUND, *, pickable: bool = True
    ) -> list[tuple[str, bool]]:
        return [(each.spec, each.up) for each in Answerers(default, lambda: found, pickable=pickable).all()]

    def test_the_built_in_one_is_first(self) -> None:
        assert self.specs("extractive") == [("extractive", True), ("ollama:a", True), ("ollama:b", True)]

    def test_or_the_one_that_was_set(self) -> None:
        assert self.specs("ollama:b") == [("ollama:b", True), ("extractive", True), ("ollama:a", True)]

    def test_one_that_was_set_and_is_down_is_said_to_be(self) -> None:
        assert self.specs("ollama:x", self.FOUND[:1]) == [("ollama:x", False), ("extractive", True)]

    def test_where_nobody_may_pick_nothing_else_is_listed(self) -> None:
        assert self.specs("ollama:b", pickable=False) == [("ollama:b", True), ("extractive", True)]

    def test_one_that_was_here_before_is_known_to_be_down(self) -> None:
        answerers = Answerers("extractive", lambda: self.FOUND, fresh_seconds=0.0)
        assert [each.up for each in map(answerers.get, ["ollama:a", "extractive"]) if each] == [True, True]
        answerers._find = lambda: self.FOUND[:1]
        gone = answerers.get("ollama:a")
        assert gone and not gone.up and "ollama:a" not in [each.spec for each in answerers.all()]
        assert answerers.get("ollama:never") is None

    def test_looks_again_only_after_a_while(self) -> None:
        looks: list[int] = []

        def find() -> Sequence[FoundModel]:
            looks.append(1)
            return self.FOUND

        answerers = Answerers("extractive", find)
        answerers.all()
        answerers.view()
        assert len(looks) == 1

    def test_the_cost_is_the_middle_of_what_it_took(self) -> None:
        answerers = Answerers("extractive", lambda: self.FOUND)
        for seconds in (1.0, 2.0, 9.0):
            answerers.took("ollama:a", seconds)
        assert {each["spec"]: each["seconds"] for each in answerers.view()}["ollama:a"] == 2.0
