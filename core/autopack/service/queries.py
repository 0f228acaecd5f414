"""Queries: what a surface may ask of the runs of one repository. Nothing that a run needs is loaded for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from autopack.engine.save_points import SavePoint, save_points
from autopack.events import Event
from autopack.service.premises import Premises
from autopack.service.views import RunView, run_view

if TYPE_CHECKING:
    from autopack.service.following import Following


class Queries(Premises):
    """Reads of the journal alone; any number of processes may ask at once."""

    def runs(self) -> list[RunView]:
        """Newest first."""
        return [run_view(self.store, row.id) for row in self.store.runs()]

    def status(self, run: str) -> RunView:
        return run_view(self.store, run)

    def save_points(self, run: str) -> list[SavePoint]:
        """States `rollback` can go back to, oldest first, the run's base among them."""
        return save_points(self.store, run)

    def events(self, run: str, after: int = 0) -> list[Event]:
        return self.store.events(run, after)

    def follow(self) -> Following:
        """A way to see what changes in the runs of this repository, whoever works on them."""
        from autopack.service.following import Following

        return Following(self.store)

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Be told of every event of runs driven here, after its commit, in order; the result unsubscribes."""
        return self.store.subscribe(callback)
