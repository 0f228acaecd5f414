"""The engine: one attempt as a pipeline of steps, one run as a loop over phases, every side effect journalled."""

from autopack.engine.doors import Doors, RunConfig
from autopack.engine.run_loop import DriveEnd, RunLoop

__all__ = ["Doors", "DriveEnd", "RunConfig", "RunLoop"]
