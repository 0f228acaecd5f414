from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from autopack_server.lsp.pools import FOLLOWERS, MAX_KEYS, MAX_QUEUED, READERS, Pools
from autopack_server.lsp.refusals import Overloaded


def run(test: Callable[[Pools, threading.Event], Awaitable[None]]) -> None:
    """With a gate that is open at the end, whatever happens."""

    async def made() -> None:
        gate = threading.Event()
        try:
            await test(Pools(), gate)
        finally:
            gate.set()

    asyncio.run(made())


def test_calls_run_on_named_threads_of_their_own() -> None:
    async def test(pools: Pools, gate: threading.Event) -> None:
        read = await pools.read(threading.current_thread)
        act = await pools.act(threading.current_thread)
        assert read.name.startswith("autopack-read") and act.name.startswith("autopack-act")
        assert await pools.read(int, "z", base=36) == 35
        with pytest.raises(ZeroDivisionError):
            await pools.act(divmod, 1, 0)

    run(test)


def test_reads_go_two_at_a_time_and_acts_of_a_folder_one_after_the_other() -> None:
    async def test(pools: Pools, gate: threading.Event) -> None:
        both = threading.Barrier(2)
        await asyncio.gather(pools.read(both.wait, 60), pools.read(both.wait, 60))
        order: list[str] = []
        first = pools.act_in("a", lambda: (gate.wait(), order.append("first")))
        second = pools.act_in("a", order.append, "second")
        await pools.act_in("b", order.append, "other folder")
        assert order == ["other folder"]
        gate.set()
        await asyncio.gather(first, second)
        assert order == ["other folder", "first", "second"]

    run(test)


def test_no_question_waits_behind_what_the_server_does_of_itself() -> None:
    async def test(pools: Pools, gate: threading.Event) -> None:
        busy = [pools.follow(gate.wait) for _ in range(FOLLOWERS + 1)]
        assert await pools.read(int) == 0
        gate.set()
        await asyncio.gather(*busy)

    run(test)


def test_a_full_queue_refuses_and_takes_again_when_there_is_room() -> None:
    async def test(pools: Pools, gate: threading.Event) -> None:
        waiting = [pools.read(gate.wait) for _ in range(READERS + MAX_QUEUED)]
        with pytest.raises(Overloaded, match="overloaded, retry"):
            pools.read(int)
        assert await pools.act(int) == 0
        gate.set()
        await asyncio.gather(*waiting)
        assert await pools.read(int) == 0

    run(test)


def test_a_cancelled_call_leaves_its_place_in_the_queue() -> None:
    async def test(pools: Pools, gate: threading.Event) -> None:
        called: list[int] = []
        running = asyncio.ensure_future(pools.act(gate.wait))
        queued = [asyncio.ensure_future(pools.act(called.append, n)) for n in range(MAX_QUEUED)]
        for future in queued:
            future.cancel()
        await asyncio.gather(*queued, return_exceptions=True)
        kept = pools.act(called.append, 99)
        gate.set()
        await running
        await kept
        assert called == [99]

    run(test)


def test_the_number_of_folders_is_bounded() -> None:
    async def test(pools: Pools, gate: threading.Event) -> None:
        for number in range(MAX_KEYS):
            await pools.act_in(str(number), int)
        with pytest.raises(Overloaded):
            pools.act_in("one more", int)
        assert await pools.act_in("0", int) == 0

    run(test)


def test_closing_names_what_does_not_end_and_takes_nothing_more() -> None:
    async def test(pools: Pools, gate: threading.Event) -> None:
        called: list[int] = []
        busy = asyncio.ensure_future(pools.act(gate.wait))
        queued = asyncio.ensure_future(pools.act(called.append, 1))
        assert await pools.close(0.05) == ["Event.wait"]
        for ask in (pools.read, pools.follow, pools.act):
            with pytest.raises(Overloaded):
                ask(int)
        gate.set()
        await busy
        assert queued.cancelled() and called == []
        assert await pools.close(60) == []

    run(test)
