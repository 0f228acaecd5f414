"""Threads for blocking calls, apart from the event loop and from each other.

`read` calls look something up that somebody waits for: two threads for all of them. `follow` calls are what the server
does of itself, such as reading journals and placing findings: two threads of their own, so that no question waits behind
them. `act` calls change something: one thread for each key (a folder), so that they happen in the order they were asked
for. Queues are bounded: what does not fit is refused.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from autopack_server.lsp.refusals import Overloaded

P = ParamSpec("P")
T = TypeVar("T")

READERS = 2
FOLLOWERS = 2
MAX_QUEUED = 64
MAX_KEYS = 32


class Pools:
    """Results are awaited. Who stops awaiting takes a call that has not begun out of its queue; one that has begun
    goes on to its end."""

    def __init__(self) -> None:
        self._read = _Pool("read", READERS)
        self._follow = _Pool("follow", FOLLOWERS)
        self._act: dict[str, _Pool] = {}
        self._closed = False

    def read(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Call `fn` on a reading thread. Raises Overloaded at once."""
        return self._read.submit(fn, *args, **kwargs)

    def follow(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Call `fn` on a thread for what nobody waits for. Raises Overloaded at once."""
        return self._follow.submit(fn, *args, **kwargs)

    def act(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Call `fn` on the one thread of the calls that have no folder. Raises Overloaded at once."""
        return self.act_in("", fn, *args, **kwargs)

    def act_in(self, key: str, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        """Call `fn` on the thread of a folder, after everything asked before it there. Raises Overloaded at once."""
        pool = self._act.get(key)
        if pool is None:
            if self._closed or len(self._act) >= MAX_KEYS:
                raise Overloaded(f"work goes on in {len(self._act)} folders")
            pool = self._act[key] = _Pool(f"act-{len(self._act)}", 1)
        return pool.submit(fn, *args, **kwargs)

    async def close(self, patience: float) -> list[str]:
        """Drop what is queued and wait so many seconds for what has begun; names of what goes on all the same."""
        self._closed = True
        pools = [self._read, self._follow, *self._act.values()]
        for pool in pools:
            pool.close()
        until = time.monotonic() + patience
        busy = [future for pool in pools for future in pool.pending]
        if busy:
            waits = [asyncio.wrap_future(future) for future in busy]
            await asyncio.wait(waits, timeout=max(until - time.monotonic(), 0))
        return [name for pool in pools for name in pool.pending.values()]


class _Pool:
    def __init__(self, name: str, threads: int) -> None:
        self._name = name
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=f"autopack-{name}")
        self._most = threads + MAX_QUEUED
        self._closed = False
        self.pending: dict[Future[Any], str] = {}

    def submit(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> Awaitable[T]:
        if self._closed or len(self.pending) >= self._most:
            raise Overloaded(f"{len(self.pending)} calls wait")
        future = self._executor.submit(fn, *args, **kwargs)
        self.pending[future] = getattr(fn, "__qualname__", repr(fn))
        future.add_done_callback(lambda done: self.pending.pop(done, None))
        return asyncio.wrap_future(future)

    def close(self) -> None:
        self._closed = True
        self._executor.shutdown(wait=False, cancel_futures=True)
