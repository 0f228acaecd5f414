"""The journal: the only room that opens the database."""

from autopack.store.blobs import Artefact
from autopack.store.calls import CallKey, CallRow, UsageTotals
from autopack.store.clock import Clock, SystemClock
from autopack.store.commands import Command, Watch
from autopack.store.failures import located
from autopack.store.journal import AttemptRow, Effect
from autopack.store.ownership import Ownership
from autopack.store.retention import GcReport
from autopack.store.runs import PhaseRow, RunRow, Transition
from autopack.store.store import Reads, Store, Transaction
from autopack.store.unsteady import UnsteadyTest

__all__ = [
    "Artefact",
    "AttemptRow",
    "CallKey",
    "CallRow",
    "Clock",
    "Command",
    "Effect",
    "GcReport",
    "Ownership",
    "PhaseRow",
    "Reads",
    "RunRow",
    "Store",
    "SystemClock",
    "Transaction",
    "Transition",
    "UnsteadyTest",
    "UsageTotals",
    "Watch",
    "located",
]
