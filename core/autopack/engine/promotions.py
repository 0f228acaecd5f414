"""What a person brought in of a run and took back: read from the journal, each with where the branch stood before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopack.repo import Promoted

if TYPE_CHECKING:
    from autopack.store import Effect, Store

PROMOTE, UNPROMOTE = "promote-", "unpromote-"
"""Keys of their intents, with a number behind."""
PROMOTED = "promoted"
"""Where the run's row says into what it was promoted last, "" when that was taken back."""


@dataclass(frozen=True, slots=True)
class PromotionRecord:
    """One promotion: `number` counts from 1; `open`: nobody saw how it ended."""

    number: int
    made: Promoted
    open: bool

    @property
    def key(self) -> str:
        return f"{PROMOTE}{self.number}"


def promotions(store: Store, run: str) -> list[PromotionRecord]:
    """Those that were made and not taken back, oldest first, and those nobody saw the end of."""
    back = {e.inputs["of"] for e in effects(store, run, UNPROMOTE) if e.result and e.result["gone"]}
    return [
        PromotionRecord(
            number=number, open=not effect.done,
            made=Promoted(run, new=(effect.result or {}).get("new", ""),
                          **{name: effect.inputs[name] for name in ("mode", "branch", "old", "tip", "snapshot")}),
        )
        for number, effect in enumerate(effects(store, run, PROMOTE), start=1)
        if number not in back and (effect.result is None or effect.result["applied"])
    ]  # fmt: skip


def unfinished_unpromotion(store: Store, run: str) -> Effect | None:
    """The un-promotion that was cut off, if any."""
    return next((e for e in effects(store, run, UNPROMOTE) if not e.done), None)


def next_key(store: Store, run: str, prefix: str) -> str:
    return f"{prefix}{sum(1 for _ in effects(store, run, prefix)) + 1}"


def effects(store: Store, run: str, prefix: str) -> Iterable[Effect]:
    return (e for e in store.effects(run, "") if e.key.startswith(prefix))
