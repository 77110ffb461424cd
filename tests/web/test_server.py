"""The server as programs and attackers see it: a real one on this machine, with a scripted assistant."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from gradio_client import Client  # type: ignore[import-untyped]
from gradio_client.exceptions import AppError  # type: ignore[import-untyped]

from tests.web_stage import StageAssistant, on_stage, stage_rooms


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("stage")
    (folder / "reports").mkdir()
    (folder / "reports" / "report.html").write_text("<p>All well</p>", encoding="utf-8")
    with on_stage(stage_rooms(StageAssistant(), folder)) as url:
        yield url


def sse(reply: httpx.Response) -> list[tuple[str, object]]:
    """The events of a stream, data decoded."""
    parts = [part.split("\n") for part in reply.text.strip().split("\n\n")]
    return [(part[0].removeprefix("event: "), json.loads(part[1].removeprefix("data: "))) for part in parts]


class TestAnswers:
    def test_one_request(self, stage: str) -> None:
        reply = httpx.post(f"{stage}/api/ask", json={"question": "is a hip thrust push or pull"}).json()
        assert reply["kind"] == "answer"
        assert reply["citations"][0]["quote"] == "The hip thrust is a push."

    def test_gradios_http_api_streams_and_ends_with_the_answer(self, stage: str) -> None:
        started = httpx.post(f"{stage}/gradio_api/call/ask", json={"data": ["push or pull?", [], ""]}).json()
        events = sse(httpx.get(f"{stage}/gradio_api/call/ask/{started['event_id']}"))
        assert events[0][0] == "generating"
        name, data = events[-1]
        assert name == "complete"
        assert isinstance(data, list) and data[0]["citations"][0]["source"] == "hip-thrust.md"

    def test_gradio_client(self, stage: str) -> None:
        client = Client(stage, verbose=False)
        answer = client.predict("is a hip thrust push or pull", api_name="/ask")
        assert answer["citations"][0]["article_id"] == "hip-thrust"

    def test_gradio_client_is_told_what_is_wrong(self, stage: str) -> None:
        client = Client(stage, verbose=False)
        with pytest.raises(AppError, match="empty"):
            client.predict("  ", api_name="/ask")

    @pytest.mark.parametrize("history", [[{"question": "q", "answer": "a"}], [{"role": "user", "content": "q"}]])
    def test_history_in_both_shapes(self, stage: str, history: list[dict[str, str]]) -> None:
        assert httpx.post(f"{stage}/api/ask", json={"question": "why", "history": history}).status_code == 200

    @pytest.mark.parametrize("history", [["q"], [{"question": "x" * 5000}], [{"question": "q", "answer": "x" * 9000}]])
    def test_a_forged_history_is_refused(self, stage: str, history: list[object]) -> None:
        assert httpx.post(f"{stage}/api/ask", json={"question": "why", "history": history}).status_code in (400, 422)


class TestHeaders:
    PATHS = ("/", "/healthz", "/api/state", "/config", "/ui/main.js", "/nothing", "/gradio_api/info")

    @pytest.mark.parametrize("path", PATHS)
    def test_on_every_reply(self, stage: str, path: str) -> None:
        headers = httpx.get(stage + path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        scripts = policy.split("script-src ")[1].split(";")[0]
        assert "unsafe" not in scripts and "http" not in policy and "*" not in policy

    def test_every_inline_script_carries_the_replys_own_nonce(self, stage: str) -> None:
        first, second = httpx.get(stage), httpx.get(stage)
        nonce = first.headers["content-security-policy"].split("nonce-")[1].split("'")[0]
        assert first.text.count("<script") == first.text.count(f'<script nonce="{nonce}"') > 3
        assert nonce not in second.text

    def test_nothing_in_the_document_points_elsewhere(self, stage: str) -> None:
        head = httpx.get(stage).text.split("window.gradio_config")[0]
        assert "http://" not in head and "https://" not in head

    def test_the_report_runs_in_a_sandbox(self, stage: str) -> None:
        headers = httpx.get(f"{stage}/report").headers
        assert "sandbox allow-scripts" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "SAMEORIGIN"


class TestDoor:
    @pytest.mark.parametrize(
        "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "192.0.2.1", "["]
    )
    def test_a_foreign_host_is_not_answered(self, stage: str, host: str) -> None:
        assert httpx.get(f"{stage}/", headers={"host": host}).status_code == 421

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1234", "[::1]:7860"])
    def test_the_machines_own_names_are(self, stage: str, host: str) -> None:
        assert httpx.get(f"{stage}/healthz", headers={"host": host}).status_code == 200

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
    def test_a_page_elsewhere_cannot_send(self, stage: str, origin: str) -> None:
        reply = httpx.post(f"{stage}/api/ask", json={"question": "q"}, headers={"origin": origin})
        assert reply.status_code == 403

    @pytest.mark.parametrize(
        "path",
        [
            "/gradio_api/upload",
            "/gradio_api/file=/etc/passwd",
            "/gradio_api/proxy=http://evil.example",
            "/gradio_api/component_server",
            "/gradio_api/runs",
            "/monitoring",
            "/gradio_api/vibe-edit",
            "/docs",
            "/gradio_api/stream/x",
            "/gradio_api/run/ask",
            "/gradio_api/run/predict",
            "/gradio_api/call/predict",
            "/gradio_api/call/ask/x/y",
        ],
    )
    def test_gradios_other_routes_are_shut(self, stage: str, path: str) -> None:
        assert httpx.get(stage + path).status_code == httpx.post(stage + path, json={}).status_code == 404

    def test_too_large_a_body(self, stage: str) -> None:
        assert httpx.post(f"{stage}/api/ask", json={"question": "x" * 300_000}).status_code == 413

    def test_too_large_a_body_that_hides_its_length(self, stage: str) -> None:
        pieces = (b"x" * 10_000 for _ in range(40))
        assert httpx.post(f"{stage}/api/ask", content=pieces).status_code == 413

    def test_too_long_a_question(self, stage: str) -> None:
        reply = httpx.post(f"{stage}/api/ask", json={"question": "x" * 4001})
        assert reply.status_code == 400 and "4,000" in reply.json()["detail"]

    def test_no_cookies_and_no_cross_origin_permission(self, stage: str) -> None:
        headers = httpx.get(stage, headers={"origin": "https://evil.example"}).headers
        assert "set-cookie" not in headers and "access-control-allow-origin" not in headers

    def test_too_often(self, tmp_path: Path) -> None:
        with on_stage(stage_rooms(StageAssistant(), tmp_path), per_minute=3) as url:
            replies = [httpx.post(f"{url}/api/ask", json={"question": "q"}) for _ in range(5)]
        assert [reply.status_code for reply in replies] == [200, 200, 200, 429, 429]
        assert int(replies[-1].headers["retry-after"]) > 0

    def test_login(self, tmp_path: Path) -> None:
        with on_stage(stage_rooms(StageAssistant(), tmp_path), login="ann:secret") as url:
            assert httpx.get(url).status_code == httpx.get(f"{url}/config").status_code == 401
            assert httpx.get(url, auth=("ann", "wrong")).status_code == 401
            assert httpx.get(url, auth=("ann", "secret")).status_code == 200
            assert httpx.get(f"{url}/healthz").status_code == 200

    def test_passwords_cannot_be_tried_without_end(self, tmp_path: Path) -> None:
        with on_stage(stage_rooms(StageAssistant(), tmp_path), login="ann:secret", per_minute=3) as url:
            tries = [httpx.get(url, auth=("ann", f"wrong {number}")).status_code for number in range(5)]
            assert tries == [401, 401, 401, 429, 429]
            assert httpx.get(url).status_code == 401
            assert httpx.get(f"{url}/healthz").status_code == 200

    def test_what_costs_work_cannot_be_looked_at_without_end(self, tmp_path: Path) -> None:
        with on_stage(stage_rooms(StageAssistant(), tmp_path), per_minute=1) as url:
            paths = ("/api/search?words=hip", "/report", "/gradio_api/info")
            looks = [httpx.get(url + path).status_code for path in paths * 4]
            assert looks == [200, 404, 200] * 3 + [200] + [429] * 2
            assert httpx.get(url).status_code == 200

    def test_where_nothing_can_be_added_no_large_body_is_read(self, tmp_path: Path) -> None:
        for editable, status in ((True, 400), (False, 413)):
            rooms = stage_rooms(StageAssistant(), tmp_path, editable=editable)
            with on_stage(rooms, max_upload=1_000_000) as url:
                assert httpx.put(f"{url}/api/articles/x.md", content=b"x" * 600_000).status_code == status

    def test_a_session_that_never_reads_is_not_answered_for_ever(
        self, stage: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("web.page.MAX_UNREAD", 20)
        asked = {"data": ["push or pull?", [], ""], "fn_index": 0, "session_hash": "never-reads"}
        for _ in range(12):
            httpx.post(f"{stage}/gradio_api/queue/join", json=asked)
            time.sleep(0.05)
        told = httpx.get(f"{stage}/gradio_api/queue/data?session_hash=never-reads").text
        assert told.count('"kind":"answer"') < 12 and "Read the answers that are there first" in told

    def test_an_article_is_taken_apart_once(self, stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
        first = httpx.get(f"{stage}/api/articles/hip-thrust").json()
        monkeypatch.setattr("web.routes.article_view", None)
        assert httpx.get(f"{stage}/api/articles/hip-thrust").json() == first
        assert first["blocks"][0]["kind"] == "heading"


class TestManyAtOnce:
    def test_a_hundred_askers(self, tmp_path: Path) -> None:
        """Each gets its own answer, or a clean "busy", within ten seconds."""
        assistant = StageAssistant(pause=0.01)
        ways = httpx.Limits(max_connections=None)
        rooms = stage_rooms(assistant, tmp_path, patience=4.0)
        with on_stage(rooms) as url, ThreadPoolExecutor(100) as people, httpx.Client(limits=ways, timeout=15) as web:

            def person(number: int) -> tuple[int, str, float]:
                started = time.monotonic()
                history = [{"question": f"secret {number}", "answer": "a"}]
                asked = {"question": f"question {number}", "history": history}
                reply = web.post(f"{url}/api/ask", json=asked)
                said = reply.json().get("question") or reply.json()["detail"]
                return reply.status_code, said, time.monotonic() - started

            replies = list(people.map(person, range(100)))
        assert all(seconds < 10 for *_, seconds in replies)
        for number, (status, said, _) in enumerate(replies):
            assert said == f"question {number}" if status == 200 else "Too many people" in said
        assert sum(status == 200 for status, *_ in replies) >= 40
        for question, history in assistant.asked:
            assert history[0].question == question.replace("question", "secret")

    def test_a_slow_model_makes_the_others_wait_only_so_long(self, tmp_path: Path) -> None:
        rooms = stage_rooms(StageAssistant(text="A slow one [1]", pause=0.3), tmp_path, at_once=1, patience=0.5)
        with on_stage(rooms) as url, ThreadPoolExecutor(4) as people:
            replies = people.map(lambda _: httpx.post(f"{url}/api/ask", json={"question": "q"}, timeout=20), range(4))
            codes = sorted(reply.status_code for reply in replies)
        assert codes == [200, 503, 503, 503]

    @pytest.mark.parametrize("says_so", [True, False], ids=["stop", "leave"])
    def test_who_leaves_stops_the_answer(self, tmp_path: Path, says_so: bool) -> None:
        assistant = StageAssistant(text="word " * 100, pause=0.05)
        with on_stage(stage_rooms(assistant, tmp_path, at_once=1, patience=1.0)) as url:
            started = httpx.post(f"{url}/gradio_api/call/ask", json={"data": ["q", [], ""]}).json()["event_id"]
            with httpx.stream("GET", f"{url}/gradio_api/call/ask/{started}") as stream:
                next(stream.iter_lines())
            if says_so:
                gone = {"session_hash": started, "fn_index": 0, "event_id": started}
                httpx.post(f"{url}/gradio_api/cancel", json=gone)
            time.sleep(0.3)
            said = assistant.said
            time.sleep(0.5)
            assert assistant.said <= said + 1
            assistant.text, assistant.pause = "Done [1]", 0.0
            assert httpx.post(f"{url}/api/ask", json={"question": "q"}).status_code == 200


VOTE = {"vote": "down", "comment": "no", "question": "q", "text": "a", "citations": []}


class TestVotes:
    def test_are_kept_as_the_evals_read_them(self, tmp_path: Path) -> None:
        from evals.drafts import from_votes

        with on_stage(stage_rooms(StageAssistant(), tmp_path)) as url:
            assert httpx.post(f"{url}/api/feedback", json=VOTE).status_code == 200
        (row,) = from_votes(tmp_path / "feedback" / "votes.jsonl")
        assert row["question"] == "q" and "no" in row["note"]

    @pytest.mark.parametrize("change", [{"vote": "sideways"}, {"comment": "x" * 1001}, {"extra": 1}, {"text": None}])
    def test_a_malformed_vote_is_refused(self, stage: str, change: dict[str, object]) -> None:
        assert httpx.post(f"{stage}/api/feedback", json=VOTE | change).status_code == 422
