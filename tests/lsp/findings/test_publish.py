from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest

from autopack_server.lsp import board
from autopack_server.lsp.board import TOTAL
from autopack_server.lsp.findings import publish
from autopack_server.lsp.findings.publish import ATTEMPTS, DELAY
from tests.lsp.findings.fakes import FOLDER, PLAN, PLAN_TEXT, Files, Server, error, file_uri, phase_of, run_of
from tests.lsp.findings.virtual_time import run

BASE = "one\ntwo\nthree\n"
SAME = Files({"a.py": BASE, "b.py": BASE}, {"a.py": BASE, "b.py": BASE})
Scene = Callable[[Server], Awaitable[None]]


def scene(body: Scene) -> None:
    """A server with the plan open, and everything the scene starts ended."""

    async def played() -> None:
        server = Server(later=asyncio.get_running_loop().call_soon)
        server.workspace.open(PLAN, PLAN_TEXT)
        await body(server)
        server.feature.close()

    run(played())


async def idle(server: Server) -> None:
    """Everything that is known is placed and published; the board's turns are short enough to have passed then."""
    await server.feature.idle()
    await asyncio.sleep(0.001)


async def settled(server: Server) -> None:
    await asyncio.sleep(DELAY)
    await idle(server)


def test_findings_come_and_go_with_what_the_run_holds() -> None:
    async def body(server: Server) -> None:
        server.workspace.open("a.py", BASE)
        for state, findings, shown in [
            ("EXECUTING", [error("m", "a.py", 2)], [(1, "m")]),
            ("EXECUTING", [], []),  # the next attempt began
            ("FAILED", [error("again", "a.py", 1)], [(0, "again")]),
            ("COMPLETE", [error("again", "a.py", 1)], []),
        ]:
            server.feature.put(run_of(phase_of(*findings, state=state), versions=SAME))
            await idle(server)
            assert server.client.at("a.py") == shown
            assert bool(server.client.at(PLAN)) == bool(shown)

    scene(body)


def test_a_discarded_run_takes_its_findings_with_it() -> None:
    async def body(server: Server) -> None:
        server.workspace.open("a.py", BASE)
        server.feature.put(run_of(phase_of(error("m", "a.py", 2)), versions=SAME))
        server.feature.put(run_of(phase_of(error("other", "a.py", 2)), versions=SAME, run="shelf-2"))
        await idle(server)
        assert server.client.at("a.py") == [(1, "m"), (1, "other")]
        server.feature.drop(FOLDER, "shelf")
        await idle(server)
        assert server.client.at("a.py") == [(1, "other")]
        server.feature.drop(FOLDER, "shelf-2")
        server.feature.drop(FOLDER, "never-was")
        await idle(server)
        assert server.client.has == {}

    scene(body)


def test_a_later_run_of_the_same_name_is_another_run() -> None:
    async def body(server: Server) -> None:
        document = server.workspace.open("a.py", BASE)
        phase = phase_of(error("m", "a.py", 2))
        server.feature.put(run_of(phase, versions=SAME))
        await idle(server)
        server.feature.drop(FOLDER, "shelf")
        document.version = 2
        server.feature.changed(document.uri)
        await idle(server)
        assert (document.uri, 2, []) in server.client.log[-2:]
        server.feature.put(run_of(phase, versions=Files({"a.py": BASE}, {"a.py": "new\n" + BASE})))
        await idle(server)
        assert server.client.at("a.py") == [(0, "m")]

    scene(body)


def test_a_run_dropped_while_it_is_placed_shows_nothing() -> None:
    async def body(server: Server) -> None:
        server.workspace.open("a.py", BASE)
        server.pools.during = lambda: server.feature.drop(FOLDER, "shelf")
        server.feature.put(run_of(phase_of(error("m", "a.py", 2)), versions=SAME))
        await idle(server)
        assert server.client.log == []

    scene(body)


def test_a_finding_follows_its_line_300_ms_after_the_last_change() -> None:
    async def body(server: Server) -> None:
        document = server.workspace.open("a.py", BASE)
        server.feature.put(run_of(phase_of(error("m", "a.py", 2)), versions=SAME))
        await idle(server)
        for text in ("\n" + BASE, "\n\n" + BASE):
            document.source, document.version = text, document.version + 1
            server.feature.changed(document.uri)
            await asyncio.sleep(DELAY * 0.9)
            await idle(server)
            assert server.client.at("a.py") == [(1, "m")]
        await asyncio.sleep(DELAY * 0.2)
        await idle(server)
        assert server.client.at("a.py") == [(3, "m")]
        assert (document.uri, 3) in [(uri, version) for uri, version, _ in server.client.log[-2:]]

    scene(body)


def test_when_its_line_goes_a_finding_moves_to_its_phase_and_comes_back() -> None:
    async def body(server: Server) -> None:
        document = server.workspace.open("a.py", BASE)
        server.feature.put(run_of(phase_of(error("m", "a.py", 2)), versions=SAME))
        await idle(server)
        for text, here, moved in [("one\nthree\n", [], ["a.py:2:1: m"]), ("new\n" + BASE, [(2, "m")], [])]:
            document.source, document.version = text, document.version + 1
            server.feature.changed(document.uri)
            await settled(server)
            assert server.client.at("a.py") == here
            assert [message for _, message in server.client.at(PLAN)][1:] == moved

    scene(body)


def test_a_change_of_the_plan_moves_what_stands_on_the_phase() -> None:
    async def body(server: Server) -> None:
        server.feature.put(run_of(phase_of(error("m")), versions=SAME))
        await idle(server)
        plan = server.workspace.text_documents["file:///no/such/folder/" + PLAN]
        plan.source, plan.version = "# more\n" + PLAN_TEXT, 2
        server.feature.changed(plan.uri)
        await settled(server)
        assert [line for line, _ in server.client.at(PLAN)] == [4, 4]

    scene(body)


def test_a_change_that_concerns_no_finding_costs_nothing() -> None:
    async def body(server: Server) -> None:
        server.workspace.open("a.py", BASE)
        other = server.workspace.open("other.py", BASE)
        server.feature.put(run_of(phase_of(error("m", "a.py", 2)), versions=SAME))
        await idle(server)
        reads, published = server.pools.reads, len(server.client.log)
        server.feature.changed(other.uri)
        server.feature.reopened(other.uri)
        server.feature.put(run_of(phase_of(error("m", "a.py", 2)), versions=SAME))
        await settled(server)
        assert (server.pools.reads, len(server.client.log)) == (reads, published)

    scene(body)


def test_a_change_places_the_findings_of_one_file_anew_and_no_others() -> None:
    async def body(server: Server) -> None:
        files = Files(SAME.base_files, SAME.candidate_files)
        document = server.workspace.open("a.py", BASE)
        server.workspace.open("b.py", BASE)
        server.feature.put(run_of(phase_of(error("m", "a.py", 2), error("n", "b.py", 2)), versions=files))
        await idle(server)
        before = {uri: found[0] for uri, found in server.client.has.items()}
        reads, published = len(files.reads), len(server.client.log)
        document.source, document.version = "\n" + BASE, 2
        server.feature.changed(document.uri)
        await settled(server)
        assert len(files.reads) == reads
        assert [uri for uri, *_ in server.client.log[published:]] == [file_uri(FOLDER / PLAN), document.uri][::-1]
        untouched = file_uri(FOLDER / "b.py")
        assert server.client.has[untouched][0] is before[untouched]

    scene(body)


def test_opening_and_closing_a_document_changes_the_truth(tmp_path: Path) -> None:
    async def body(server: Server) -> None:
        (tmp_path / "a b.py").write_text("\n" + BASE)
        (tmp_path / PLAN).write_text(PLAN_TEXT)
        files = Files({"a b.py": BASE}, {"a b.py": BASE})
        server.feature.put(run_of(phase_of(error("m", "a b.py", 2)), versions=files, folder=tmp_path))
        await idle(server)
        ours = file_uri(tmp_path / "a b.py")
        assert [d.range.start.line for d in server.client.has[ours]] == [2]
        theirs = ours.replace("/a%20b.py", "/%61%20b.py")
        document = server.workspace.open("a b.py", "\n\n" + BASE, uri=theirs)
        server.feature.reopened(theirs)
        await settled(server)
        assert ours not in server.client.has
        assert [d.range.start.line for d in server.client.has[theirs]] == [3]
        server.workspace.shut(document)
        server.feature.reopened(theirs)
        await settled(server)
        assert theirs not in server.client.has
        assert [d.range.start.line for d in server.client.has[ours]] == [2]

    scene(body)


def test_a_document_that_moved_on_is_shown_only_as_it_is() -> None:
    async def body(server: Server) -> None:
        document = server.workspace.open("a.py", BASE)

        def typed() -> None:
            document.source, document.version = "\n" + document.source, document.version + 1
            server.feature.changed(document.uri)
            server.pools.during = lambda: None

        server.pools.during = typed
        server.feature.put(run_of(phase_of(error("m", "a.py", 2)), versions=SAME))
        await idle(server)
        assert server.client.at("a.py") == []
        await settled(server)
        assert server.client.at("a.py") == [(2, "m")]
        assert [version for uri, version, _ in server.client.log if uri == document.uri] == [2]

    scene(body)


def test_a_line_that_comes_while_a_run_is_placed_for_the_first_time_counts() -> None:
    async def body(server: Server) -> None:
        document = server.workspace.open("a.py", "nothing\n")

        def typed() -> None:
            document.source, document.version = BASE, 2
            server.feature.changed(document.uri)
            server.pools.during = lambda: None

        server.pools.during = typed
        server.feature.put(run_of(phase_of(error("m", "a.py", 2)), versions=SAME))
        await settled(server)
        assert server.client.at("a.py") == [(1, "m")]

    scene(body)


def test_a_full_pool_is_asked_again_a_bounded_number_of_times() -> None:
    async def body(server: Server) -> None:
        document = server.workspace.open("a.py", BASE)
        server.pools.failures = ATTEMPTS - 1
        server.feature.put(run_of(phase_of(error("m", "a.py", 2)), versions=SAME))
        await asyncio.sleep(60)
        assert server.client.at("a.py") == [(1, "m")]
        server.pools.failures = 100
        reads = server.pools.reads
        server.feature.changed(document.uri)
        await asyncio.sleep(600)
        assert server.pools.reads == reads + ATTEMPTS
        assert server.client.at("a.py") == [(1, "m")]
        server.pools.failures = 0
        document.source, document.version = "\n" + BASE, 2
        server.feature.changed(document.uri)
        await settled(server)
        assert server.client.at("a.py") == [(2, "m")]

    scene(body)


def test_versions_that_cannot_be_read_take_nothing_else_with_them(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Files):
        def base(self, phase: str, attempt: int, path: str) -> str | None:
            raise OSError("no object store at /secret/place")

    async def body(server: Server) -> None:
        server.workspace.open("a.py", BASE)
        server.feature.put(run_of(phase_of(error("m", "a.py", 2)), versions=Broken()))
        server.feature.put(run_of(phase_of(error("n", "a.py", 2)), versions=SAME, run="shelf-2"))
        await asyncio.sleep(60)
        assert server.client.at("a.py") == [(1, "n")]

    scene(body)
    assert "OSError" in caplog.text


def test_after_closing_nothing_happens() -> None:
    async def body(server: Server) -> None:
        document = server.workspace.open("a.py", BASE)
        server.feature.put(run_of(phase_of(error("m", "a.py", 2)), versions=SAME))
        await idle(server)
        reads = server.pools.reads
        server.feature.changed(document.uri)
        server.feature.close()
        await asyncio.sleep(60)
        assert server.pools.reads == reads
        assert server.client.at("a.py") == [(1, "m")]

    scene(body)


def test_thousands_of_findings_leave_the_loop_free_between_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body(server: Server) -> None:
        texts = {f"f{n:03}.py": "x = 1\n" * 50 for n in range(100)}
        found = [error(f"m{n}", f"f{n % 100:03}.py", n % 50 + 1) for n in range(5_000)]
        for path, text in texts.items():
            server.workspace.open(path, text)
        turns: list[int] = []
        loop = asyncio.get_running_loop()

        def tick() -> None:
            turns.append(len(server.client.log))
            if len(turns) < 1_000:
                loop.call_soon(tick)

        server.feature.put(run_of(phase_of(*found), versions=Files(texts, texts)))
        loop.call_soon(tick)
        await idle(server)
        steps = [after - before for before, after in pairwise(turns)]
        assert len(server.client.log) > TOTAL / 50
        assert max(steps) == 1
        assert turns.count(0) > len(texts)

    monkeypatch.setattr(publish, "TURN_SECONDS", -1.0)
    monkeypatch.setattr(board, "TURN_SECONDS", -1.0)
    scene(body)


def test_two_folders_may_hold_runs_of_one_name(tmp_path: Path) -> None:
    async def body(server: Server) -> None:
        for folder in (tmp_path / "x", tmp_path / "y"):
            server.workspace.open("a.py", BASE, folder)
            server.feature.put(run_of(phase_of(error(folder.name, "a.py", 2)), versions=SAME, folder=folder))
        await idle(server)
        server.feature.drop(tmp_path / "x", "shelf")
        await idle(server)
        assert server.client.at("a.py", tmp_path / "x") == []
        assert server.client.at("a.py", tmp_path / "y") == [(1, "y")]

    scene(body)
