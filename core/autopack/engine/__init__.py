"""The engine: one attempt as a pipeline of steps, one run as a loop over phases, every side effect journalled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopack.lazily import names_of

if TYPE_CHECKING:
    from autopack.engine.doors import Doors, RunConfig
    from autopack.engine.run_loop import DriveEnd, RunLoop

__getattr__ = names_of(__name__, {"doors": "Doors RunConfig", "run_loop": "DriveEnd RunLoop"})

__all__ = ["Doors", "DriveEnd", "RunConfig", "RunLoop"]
