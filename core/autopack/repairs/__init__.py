"""Repair commands: the small language a model may propose fixes in, and how they are carried out.

ground = Ground.of(private, head, changed, rules)
repair = read_repair(fix_type, commands, verify, ground, allowed)          # or CommandRefused
done = await perform_repair(repair, Bench(private, worktree, head, ground, job))
"""

from autopack.repairs.bench import Bench, Packages, Performed
from autopack.repairs.commands import Command, Family, family, writes
from autopack.repairs.grammar import Repair, read_command, read_repair
from autopack.repairs.ground import Ground
from autopack.repairs.perform import perform, perform_repair
from autopack.repairs.refusal import CommandRefused

__all__ = [
    "Bench",
    "Command",
    "CommandRefused",
    "Family",
    "Ground",
    "Packages",
    "Performed",
    "Repair",
    "family",
    "perform",
    "perform_repair",
    "read_command",
    "read_repair",
    "writes",
]
