"""When problems are told, of which text, and when they are taken back; on a server of fakes, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import unquote

import pytest
from lsprotocol import types

from autopack.errors import EnvironmentRefused
from autopack_server.lsp.plan.language import AGAIN, PlanLanguage
from autopack_server.lsp.positions import Positions
from autopack_server.lsp.refusals import Overloaded
from tests.lsp.findings.virtual_time import run
from tests.lsp.plan.texts import SETTINGS

GOOD = "autopack: 1\nrun: {id: r}\nphases:\n  - id: a\n    goal: g\n    scope: {paths: [src/]}\n"
BAD = GOOD + "    depends_on: [b]\n"


class User:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.changed: list[str] = []
        self.failure: Exception | None = None

    def head(self) -> Any:
        if self.failure is not None:
            raise self.failure
        return SimpleNamespace(commit="c")

    def tracked(self, commit: str) -> set[str]:
        return {"src/app.py", "tests/test_app.py"}

    def dirty(self) -> list[Any]:
        return [SimpleNamespace(path=path) for path in self.changed]


class Folder:
    def __init__(self, root: Path) -> None:
        self.user = User(root)
        self.refusal: Exception | None = None

    async def service(self) -> Any:
        if self.refusal is not None:
            raise self.refusal
        return SimpleNamespace(user=self.user, env={}, loaded=SimpleNamespace(settings=SETTINGS))


class Server:
    """What the feature needs of the real one. `told` is what the board got: URI, version, codes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = Folder(root)
        self.documents: dict[str, Any] = {}
        self.told: list[tuple[str, int | None, list[str]]] = []
        self.news = asyncio.Event()
        self.reads = 0
        self.full = 0
        self.during: Callable[[], None] = lambda: None
        self.tasks: set[asyncio.Future[Any]] = set()
        self.positions = Positions("utf-16")
        self.client_capabilities = types.ClientCapabilities()
        self.workspace = SimpleNamespace(text_documents=self.documents)
        self.folders = SimpleNamespace(of_path=lambda path: self.folder if path.is_relative_to(root) else None)
        self.pools = self.board = self
        self.plans = PlanLanguage(cast("Any", self))

    async def read(self, fn: Callable[[], Any]) -> Any:
        if self.full:
            self.full -= 1
            raise Overloaded("all of it")
        self.reads += 1
        self.during()
        return fn()

    def put(self, source: str, uri: str, found: Sequence[types.Diagnostic], version: int | None = None) -> None:
        assert source == "plan"
        self.told.append((uri, version, [str(one.code) for one in found]))
        self.news.set()

    def run_task(self, work: Awaitable[Any], name: str) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(lambda done: done.cancelled() or done.result())

    def last(self, uri: str) -> list[str]:
        return next(codes for told, _, codes in reversed(self.told) if told == uri)

    async def idle(self) -> None:
        """Past every timer and task."""
        await asyncio.sleep(5)
        await asyncio.gather(*self.tasks)

    def open(self, name: str = "p.autopack.yaml", text: str = GOOD, version: int = 1, root: Path | None = None) -> str:
        uri = ((root or self.root) / name).as_uri()
        self.documents[unquote(uri)] = SimpleNamespace(uri=uri, source=text, version=version)
        self.plans.opened(uri)
        return uri

    def type(self, uri: str, text: str) -> None:
        known = self.documents[unquote(uri)]
        self.documents[unquote(uri)] = SimpleNamespace(uri=uri, source=text, version=known.version + 1)
        self.plans.changed(uri)

    def shut(self, uri: str) -> None:
        del self.documents[unquote(uri)]
        self.plans.closed(uri)


def driven(work: Callable[[Server], Awaitable[None]], root: Path) -> None:
    async def main() -> None:
        await work(Server(root))

    run(main())


def test_an_opened_plan_is_checked_at_once_and_typing_when_it_pauses(tmp_path: Path) -> None:
    async def work(server: Server) -> None:
        begin = asyncio.get_running_loop().time()
        uri = server.open(text=BAD)
        await server.news.wait()
        assert server.told == [(uri, 1, ["AP102"])]
        assert asyncio.get_running_loop().time() == begin
        for _ in range(20):
            server.type(uri, GOOD)
            await asyncio.sleep(0.19)
        assert len(server.told) == 1
        await asyncio.sleep(0.02)
        assert server.told[1:] == [(uri, 21, [])]
        assert server.reads == 2

    driven(work, tmp_path)


def test_what_was_found_in_a_text_that_moved_on_is_not_told(tmp_path: Path) -> None:
    async def work(server: Server) -> None:
        uri = server.open(text=BAD)
        server.during = lambda: server.type(uri, GOOD) if server.documents[unquote(uri)].version == 1 else None
        await server.idle()
        assert server.told == [(uri, 2, [])]

        server.during = lambda: None
        server.type(uri, BAD)
        server.during = lambda: server.shut(uri) if unquote(uri) in server.documents else None
        await server.idle()
        assert server.told[1:] == [(uri, None, [])]

    driven(work, tmp_path)


def test_a_text_of_the_same_version_is_another_text_all_the_same(tmp_path: Path) -> None:
    async def work(server: Server) -> None:
        uri = server.open(text=BAD)

        def reopen() -> None:
            server.during = lambda: None
            server.shut(uri)
            server.open(text=GOOD)

        server.during = reopen
        await server.idle()
        assert set(map(str, server.told)) == {str((uri, 1, []))}

    driven(work, tmp_path)


def test_a_closed_plan_is_what_is_on_disk(tmp_path: Path) -> None:
    async def work(server: Server) -> None:
        (tmp_path / "p.autopack.yaml").write_text(BAD)
        uri = server.open(text=GOOD)
        await server.idle()
        server.shut(uri)
        await server.idle()
        assert server.told[-1] == (uri, None, ["AP102"])
        (tmp_path / "p.autopack.yaml").unlink()
        server.plans.changed_on_disk(uri)
        await server.idle()
        assert server.told[-1] == (uri, None, [])
        count = len(server.told)
        server.plans.changed_on_disk(uri)
        server.shut(server.open(text=BAD))
        await server.idle()
        assert server.told[count:] == [(uri, None, [])]

    driven(work, tmp_path)


def test_only_plans_are_looked_at(tmp_path: Path) -> None:
    async def work(server: Server) -> None:
        for name in ("p.yaml", "autopack.yaml.py"):
            server.shut(server.open(name, BAD))
        untitled = SimpleNamespace(uri="untitled:p.autopack.yaml", source=BAD, version=1)
        server.documents[untitled.uri] = untitled
        server.plans.opened("untitled:p.autopack.yaml")
        assert await server.plans.ask("untitled:p.autopack.yaml", lambda answers, plan: plan) is None
        await server.idle()
        assert server.told == []
        assert server.reads == 0

    driven(work, tmp_path)


def test_a_plan_in_no_folder_or_no_repository_is_checked_for_its_form(tmp_path: Path) -> None:
    async def work(server: Server) -> None:
        elsewhere = server.open(text=BAD, root=tmp_path.parent / "elsewhere")
        await server.idle()
        assert server.last(elsewhere) == ["AP901"]
        server.type(elsewhere, GOOD.replace("goal", "gaol"))
        await server.idle()
        assert server.last(elsewhere) == ["AP901", "AP101"]
        server.folder.refusal = EnvironmentRefused("no repository", hint="Make it one: git init")
        uri = server.open(text=BAD)
        await server.idle()
        assert server.last(uri) == ["AP901"]
        server.folder.refusal = None
        server.folder.user.failure = EnvironmentRefused("git is gone", hint="Install it.")
        server.plans.recheck()
        await server.idle()
        assert server.last(uri) == ["AP901"]
        server.folder.user.failure = None
        server.plans.recheck()
        await server.idle()
        assert server.last(uri) == ["AP102"]

    driven(work, tmp_path)


def test_a_saved_file_of_the_repository_counts(tmp_path: Path) -> None:
    async def work(server: Server) -> None:
        uri = server.open()
        await server.idle()
        server.folder.user.changed = ["src/app.py"]
        server.plans.recheck()
        await server.idle()
        assert server.told == [(uri, 1, []), (uri, 1, ["AP118"])]

    driven(work, tmp_path)


def test_a_check_for_which_there_is_no_room_is_made_later(tmp_path: Path) -> None:
    async def work(server: Server) -> None:
        server.full = 2
        begin = asyncio.get_running_loop().time()
        uri = server.open(text=BAD)
        await server.news.wait()
        assert server.told == [(uri, 1, ["AP102"])]
        assert asyncio.get_running_loop().time() - begin == pytest.approx(2 * AGAIN)

    driven(work, tmp_path)


def test_nothing_is_checked_after_the_end(tmp_path: Path) -> None:
    async def work(server: Server) -> None:
        server.type(server.open(text=BAD), GOOD)
        server.plans.close()
        await server.idle()
        assert server.told == []

    driven(work, tmp_path)
