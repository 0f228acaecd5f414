"""Garbage is looked for when nobody waits: where thousands of findings stand, one look at every object takes 100 ms.

Collections of what is young go on by themselves, a millisecond each. A full one is made once the editor has been silent
for a moment, or, before an editor that never is, after so many young ones that something may have piled up. What survives
it is not looked at again: such objects (findings, snapshots, code) are in no cycles, they go when nobody holds them.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_SECONDS = 1.0
SILENT_SECONDS = 2.0
ENOUGH = 10
"""Collections of the middle generation (of at least 7,000 new objects each) after which a full one is worth it."""
MOST = 3000
_NEVER = 2**31 - 1


class Garbage:
    """The collector of this process, from `watch` on."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()

    def noting(self, receive: Callable[[T], None]) -> Callable[[T], None]:
        """`receive`, by which it is known when the editor said something last."""

        def noted(message: T) -> None:
            self._heard = self._loop.time()
            receive(message)

        return noted

    def watch(self) -> None:
        """What is there now is there to stay, and never looked at again."""
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, _NEVER)
        gc.enable()
        self._loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        since_full = gc.get_count()[2]
        silent = self._loop.time() - self._heard >= SILENT_SECONDS
        if since_full >= (ENOUGH if silent else MOST):
            gc.collect()
            gc.freeze()
        self._loop.call_later(LOOK_SECONDS, self._look)
