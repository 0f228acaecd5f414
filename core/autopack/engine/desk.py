"""The desk at which a person's action is carried out."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autopack.store import Ownership, Store, Transaction


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an action is carried out: the store, the run's ownership, who acts and when (seconds since the epoch), and
    the id of the command that asked for it, 0 for none."""

    store: Store
    own: Ownership
    actor: str
    now: float
    command: int = 0

    @property
    def run(self) -> str:
        return self.own.run

    @contextmanager
    def acting(self, result: dict[str, Any]) -> Generator[Transaction]:
        """One transaction for the action and the answer to its command: a crash leaves both or neither."""
        with self.store.write(self.own) as tx:
            yield tx
            if self.command:
                tx.answer(self.command, {"ok": True, **result})
