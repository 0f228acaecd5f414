"""Options by exact word: no abbreviation, no clusters that are not listed, values by pattern, operands apart."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from autopack.paths import printable
from autopack.repairs.refusal import CommandRefused

NO_VALUES: Mapping[str, re.Pattern[str]] = {}


@dataclass(frozen=True, slots=True)
class Call:
    """`options` as given, a value joined by "="; `operands` stand before a `--`, `after` behind it."""

    options: tuple[str, ...]
    operands: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """All operands: with or without `--` they are paths and nothing else."""
        return self.operands + self.after

    def any(self, *options: str) -> bool:
        return any(option in self.options for option in options)


def read_call(
    verb: str, words: Sequence[str], flags: Collection[str], valued: Mapping[str, re.Pattern[str]] = NO_VALUES
) -> Call:
    """Tell options from operands. Raises CommandRefused for an option that is not listed, or a value that does not fit."""
    options: list[str] = []
    operands: list[str] = []
    after: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            after, rest = rest, []
        elif not word.startswith("-") or word == "-":
            operands.append(word)
        elif word in flags:
            options.append(word)
        else:
            name, equals, value = word.partition("=")
            if name in valued and not equals and rest:
                value = rest.pop(0)
            if name not in valued or not valued[name].fullmatch(value):
                known = ", ".join(sorted([*flags, *(f"{each}=..." for each in valued)])) or "none"
                raise CommandRefused(
                    f"{verb} does not take {printable(word)} here", hint=f"Options of {verb}: {known}."
                )
            options.append(f"{name}={value}")
    return Call(tuple(options), tuple(operands), tuple(after))


def no_operands(verb: str, call: Call) -> None:
    """Raises CommandRefused when there are any."""
    if call.paths:
        raise CommandRefused(f"{verb} takes no {printable(call.paths[0])}", hint="Leave the operands out.")


def some_operands(verb: str, call: Call) -> tuple[str, ...]:
    """The operands, at least one. Raises CommandRefused."""
    if not call.paths:
        raise CommandRefused(f"{verb} names no path", hint="Name each file the run itself changed.")
    return call.paths
