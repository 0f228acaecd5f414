"""The follower: what it looks at, whom it leaves, and its end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from autopack_server.lsp.pools import Pools
from autopack_server.lsp.runs.follow import Follower


class Journal:
    """Each look finds what is in `new`; who holds `turn` keeps one from its end. `closed` says whether one was under way
    then."""

    def __init__(self) -> None:
        self.new: list[str] = []
        self.followed: set[str] = set()
        self.owners: list[bool] = []
        self.turn = threading.Lock()
        self.closed: list[bool] = []
        self._begun = 0

    @property
    def read(self) -> bool:
        return self._begun > len(self.owners)

    def look(self, *, owners: bool) -> list[str]:
        self._begun += 1
        with self.turn:
            found, self.new = self.new, []
            self.owners.append(owners)
        return found

    def follows(self, run: str) -> bool:
        return run in self.followed

    def close(self) -> None:
        self.closed.append(self.read)


def following(test: Callable[[Follower, Journal, asyncio.Task[None]], Awaitable[None]]) -> None:
    """With a follower at its work; a run is its name."""

    async def made() -> None:
        journal = Journal()

        async def service() -> Any:
            return SimpleNamespace(follow=lambda: journal)

        folder = cast(Any, SimpleNamespace(root=Path("/nowhere"), service=service))
        follower = Follower(cast(Any, SimpleNamespace(pools=Pools())), folder)
        follower._seen = lambda now: cast(Any, SimpleNamespace(run=now))
        task = asyncio.create_task(follower.follow())
        try:
            await test(follower, journal, task)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(made())


def test_a_run_that_is_followed_no_more_is_left() -> None:
    async def test(follower: Follower, journal: Journal, task: asyncio.Task[None]) -> None:
        heard: list[str] = []
        follower.listeners.append(lambda seen, before: heard.append(seen.run))
        follower.left.append(lambda folder, run: heard.append(f"{run} left"))
        journal.new, journal.followed = ["a", "b"], {"a", "b"}
        await follower.look_now()
        assert (heard, list(follower.runs)) == (["a", "b"], ["a", "b"])
        journal.new, journal.followed = ["c"], {"b", "c"}
        await follower.look_now()
        assert (heard[2:], list(follower.runs)) == (["c", "a left"], ["b", "c"])

    following(test)


def test_who_works_on_a_run_is_asked_when_it_is_wanted() -> None:
    async def test(follower: Follower, journal: Journal, task: asyncio.Task[None]) -> None:
        await follower.looked()
        assert journal.owners[0]
        before = len(journal.owners)
        await follower.look_now(owners=True)
        assert True in journal.owners[before:]

    following(test)


def test_a_journal_is_closed_only_when_nobody_reads_from_it_any_more() -> None:
    async def test(follower: Follower, journal: Journal, task: asyncio.Task[None]) -> None:
        await follower.looked()
        with journal.turn:
            while not journal.read:
                await asyncio.sleep(0.01)
            task.cancel()
            for _ in range(10):
                await asyncio.sleep(0)
            assert (journal.closed, task.done()) == ([], False)
        await asyncio.gather(task, return_exceptions=True)
        assert journal.closed == [False] and task.cancelled()

    following(test)
