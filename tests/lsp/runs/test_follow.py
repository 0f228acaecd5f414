"""The follower at its end."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from autopack_server.lsp.pools import Pools
from autopack_server.lsp.runs.follow import Follower


class Journal:
    """One look takes as long as the test wants; `closed` says whether somebody was reading then."""

    def __init__(self) -> None:
        self.reading = threading.Event()
        self.go_on = threading.Event()
        self.closed: list[bool] = []
        self._busy = False

    def look(self, *, owners: bool) -> list[Any]:
        self._busy = True
        self.reading.set()
        assert self.go_on.wait(60)
        self._busy = False
        return []

    def close(self) -> None:
        self.closed.append(self._busy)


def test_a_journal_is_closed_only_when_nobody_reads_from_it_any_more() -> None:
    async def follow() -> None:
        journal = Journal()

        async def service() -> Any:
            return SimpleNamespace(follow=lambda: journal)

        server = cast(Any, SimpleNamespace(pools=Pools()))
        follower = Follower(server, cast(Any, SimpleNamespace(root=Path("/nowhere"), service=service)))
        task = asyncio.create_task(follower.follow())
        assert await asyncio.to_thread(journal.reading.wait, 60)
        task.cancel()
        for _ in range(10):
            await asyncio.sleep(0)
        assert (journal.closed, task.done()) == ([], False)
        journal.go_on.set()
        await asyncio.gather(task, return_exceptions=True)
        assert journal.closed == [False] and task.cancelled()

    asyncio.run(follow())
