"""Work beside the event loop: the loop goes on, and the repository is read on it."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from autopack.engine.aside import aside, reader


class Repository:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int]] = []

    def read(self, tree: str, path: str) -> Any:
        self.asked.append((tree, path, threading.get_ident()))
        if path == "broken":
            raise OSError("no such object")
        return None if path == "missing" else SimpleNamespace(data=path.encode())


def test_the_repository_is_read_on_the_loop_and_once_a_path() -> None:
    repository = Repository()
    work: Any = SimpleNamespace(doors=SimpleNamespace(private=repository))

    async def run() -> tuple[list[bytes | None], int]:
        read = reader(work, "tree")
        return await aside(lambda: ([read("a"), read("missing"), read("a")], threading.get_ident()))

    found, thread = asyncio.run(run())
    assert found == [b"a", None, b"a"]
    here = threading.get_ident()
    assert repository.asked == [("tree", "a", here), ("tree", "missing", here)]
    assert thread != here


def test_what_reading_raises_is_raised_where_it_was_asked() -> None:
    work: Any = SimpleNamespace(doors=SimpleNamespace(private=Repository()))

    async def run() -> bytes | None:
        return await aside(partial(reader(work, "tree"), "broken"))

    with pytest.raises(OSError, match="no such object"):
        asyncio.run(run())


def test_the_loop_goes_on() -> None:
    gone_on = threading.Event()

    async def run() -> bool:
        waiting = asyncio.create_task(aside(lambda: gone_on.wait(30)))
        await asyncio.sleep(0)
        gone_on.set()
        return await waiting

    assert asyncio.run(run())
