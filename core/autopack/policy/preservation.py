"""What a change must not lose by oversight: what files define, and what others still take from them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from autopack.languages import Reader, Symbol, language_of, offered_names, used_of_module
from autopack.model.changes import ChangeSet, FileChange
from autopack.model.findings import Finding, Range, Severity, Tree
from autopack.model.plan import Phase
from autopack.model.rules import finding
from autopack.paths import printable
from autopack.policy.generated import is_generated
from autopack.text import plural

Elsewhere = Callable[[Collection[str]], Mapping[str, bytes]]
"""Python files of the resulting tree that hold one of these words, by path."""

_NAMED = 8


class SymbolThresholds(Protocol):
    """`settings.policy` fits: the share and the number of lost definitions of a file that are asked about, both
    exceeded strictly or reached."""

    @property
    def symbol_loss_ask(self) -> float: ...
    @property
    def symbol_loss_least(self) -> int: ...


@dataclass(frozen=True, slots=True)
class _Lost:
    change: FileChange
    symbols: tuple[Symbol, ...]
    of: int

    @property
    def path(self) -> str:
        return self.change.old_path or self.change.path


def judge_preservation(
    changes: ChangeSet, limits: SymbolThresholds, phase: Phase, read: Reader, elsewhere: Elsewhere
) -> list[Finding]:
    """AP304 for each file that loses too many of its definitions, unless the phase means to, and for each public name
    that another file still takes from it: asked about where it is gone, said where it only moved (tests show the rest)."""
    now = {s.name for c in changes.changes if c.after is not None for s in read(c.path, c.after).symbols}
    lost = list(_lost(changes, read, now))
    meant = phase.allow.mass_deletion or phase.change_size == "large_refactor"
    found = [] if meant else [f for one in lost if (f := _too_many(one, limits)) is not None]
    return [*found, *_still_used(changes, read, now, elsewhere)]


def _lost(changes: ChangeSet, read: Reader, now: Collection[str]) -> Iterator[_Lost]:
    """Definitions of each file that no changed file has any more: what moved is not lost."""
    changed = [c for c in changes.changes if c.before is not None and c.after != c.before and language_of(c.path)]
    for change in changed:
        assert change.before is not None
        old = read(change.old_path or change.path, change.before).symbols
        gone = tuple(symbol for symbol in old if symbol.name not in now)
        if gone and not is_generated(change.path, change.before):
            yield _Lost(change, gone, len(old))


def _too_many(lost: _Lost, limits: SymbolThresholds) -> Finding | None:
    if lost.change.after is None or len(lost.symbols) < limits.symbol_loss_least:
        return None
    if len(lost.symbols) / lost.of <= limits.symbol_loss_ask:
        return None
    names = ", ".join(symbol.name for symbol in lost.symbols[:_NAMED])
    more = f" and {len(lost.symbols) - _NAMED} more" if len(lost.symbols) > _NAMED else ""
    message = (
        f"{printable(lost.change.path)} loses {len(lost.symbols)} of {plural(lost.of, 'definition')} (more than "
        f"{limits.symbol_loss_ask:.0%}), which no other changed file has: {names}{more}."
    )
    return _found(message, lost.path, lost.symbols[0].line)


def _still_used(changes: ChangeSet, read: Reader, now: Collection[str], elsewhere: Elsewhere) -> Iterator[Finding]:
    """Names that a module has no more, though another file takes them from it; `now` are those that some file defines.
    Python alone says by its imports whose name is meant: elsewhere a word may be anyone's."""
    missing = {path: names for change in changes.changes for path, names in _withdrawn(change, read) if names}
    if not missing:
        return
    files = elsewhere({name for names in missing.values() for name in names})
    for module, names in missing.items():
        users: dict[str, str] = {}
        for path, data in files.items():
            if path != module:
                for name, line in used_of_module(path, data, module, names).items():
                    users.setdefault(name, f"{printable(path)}, line {line},")
        for name, user in users.items():
            message = f"{printable(module)} no longer offers {name}, which {user} still takes from it."
            yield _found(message, module, names[name], blocking=name not in now)


def _withdrawn(change: FileChange, read: Reader) -> Iterator[tuple[str, dict[str, int]]]:
    """The public names of a Python module that are not there any more, by import or assignment either, and their lines."""
    path = change.old_path or change.path
    if (
        change.before is None
        or language_of(path) != "python"
        or (change.after == change.before and not change.old_path)
    ):
        return
    stays = change.after is not None and change.old_path is None
    offered = offered_names(change.after or b"") if stays else frozenset[str]()
    if offered is not None:
        known = read(path, change.before).symbols
        yield path, {s.name: s.line for s in known if s.public and "." not in s.name and s.name not in offered}


def _found(message: str, path: str, line: int, *, blocking: bool = True) -> Finding:
    severity = Severity.WARNING if blocking else Severity.INFORMATION
    return finding("AP304", message, path=path, range=Range.of_line(line), tree=Tree.BASE, severity=severity,
                   blocking=blocking)  # fmt: skip
