"""Text or argument list into a command: the character filter, the verb, its grammar, its operands. Deny by default."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import cast

from autopack.paths import printable
from autopack.repairs.commands import Command, Family, family, writes
from autopack.repairs.file_verbs import cp, mkdir, mv, rm
from autopack.repairs.git_verbs import git
from autopack.repairs.ground import Ground
from autopack.repairs.python_verbs import pip, pytest, python
from autopack.repairs.refusal import CommandRefused
from autopack.repairs.words import words_of

MAX_COMMANDS = 10
_VERBS: dict[str, Callable[[Sequence[str], Ground], Command]] = {
    "git": git,
    "rm": rm,
    "mkdir": mkdir,
    "cp": cp,
    "mv": mv,
    "pytest": pytest,
    "pip": pip,
    "python": python,
    "python3": python,
}


@dataclass(frozen=True, slots=True)
class Repair:
    """Commands in order, and the one that shows whether they helped."""

    commands: tuple[Command, ...]
    verify: Command | None = None


def read_command(proposed: object, ground: Ground) -> Command:
    """The command a model proposed, as text or argument list. Total: a command, or CommandRefused."""
    verb, *rest = words_of(proposed)
    read = _VERBS.get(verb)
    if read is None:
        raise CommandRefused(f"{printable(verb)} is not one of the repair commands")
    return read(rest, ground)


def read_repair(
    fix_type: object, commands: object, verify: object, ground: Ground, allowed: Collection[Family]
) -> Repair:
    """All commands of a proposal, each of the family it names and the user allows; `verify` (None = none) is judged by
    the same grammar. A command may use what those before it make. Raises CommandRefused for the first that is not taken."""
    kind = next((each for each in Family if each == fix_type), None)
    if kind is None or kind not in allowed:
        named = ", ".join(sorted(allowed)) or "none"
        raise CommandRefused(f"fixes of type {printable(str(fix_type))} are not allowed", hint=f"Allowed: {named}.")
    listed = cast("Sequence[object]", commands if isinstance(commands, list | tuple) else ())
    if not 0 < len(listed) <= MAX_COMMANDS:
        raise CommandRefused(f"a fix is a list of 1 to {MAX_COMMANDS} commands")
    taken: list[Command] = []
    for proposed in listed:
        command = read_command(proposed, ground)
        if family(command) is not kind:
            raise CommandRefused(
                f"a fix of type {kind} holds a command of type {family(command)}",
                hint="Keep to one type, or propose another fix.",
            )
        taken.append(command)
        ground = ground.after(writes(command))
    return Repair(tuple(taken), None if verify is None else read_command(verify, ground))
