"""An event loop whose clock jumps to the next timer: what is due in 300 ms happens at once, and exactly then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        super().__init__()
        self._now = 1_000.0
        selector: Any = self._selector  # type: ignore[attr-defined]
        select: Callable[[float], Any] = selector.select

        def jump(timeout: float | None = None) -> Any:
            assert timeout is not None, "the loop waits for nothing that will ever come"
            self._now += timeout
            return select(0)

        selector.select = jump

    def time(self) -> float:
        return self._now


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run to the end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(coroutine)
