"""Budgets: pure arithmetic over what the journal says was spent; nothing here keeps a total of its own."""

from __future__ import annotations

from autopack.budgets.budget import Budget, Caps, Reservation, check_attempts, check_time
from autopack.budgets.spending import CallFact, CallState, Spent, spent_of

__all__ = [
    "Budget",
    "CallFact",
    "CallState",
    "Caps",
    "Reservation",
    "Spent",
    "check_attempts",
    "check_time",
    "spent_of",
]
