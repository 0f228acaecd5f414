"""What a phase may touch: patterns of the settings, scope of the plan, and what no one may lift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import autopack
from autopack.model.plan import Phase, ReadOnly
from autopack.paths import within
from autopack.settings import matching

RUN_STATE: tuple[str, ...] = (
    ".autonomous_runs", "autopack.db", "autopack.db-wal", "autopack.db-shm", "autopack.db-journal",
)  # fmt: skip
ALWAYS_NEVER: tuple[str, ...] = (".git", *RUN_STATE)


class PolicyLike(Protocol):
    """The part of `settings.policy` that is read here."""

    @property
    def never(self) -> list[str]: ...
    @property
    def approval(self) -> list[str]: ...
    @property
    def unless_deliverable(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class PathRules:
    """`never`, `approval`, `unless_deliverable` are patterns; `writable`, `read_only`, `protected`, `allowed` and
    `deliverables` are scope entries: a file, or a folder with a trailing "/". `given` paths were allowed beyond all of
    these but `never`, exactly as spelled; `beyond` says of paths that were, too, why a person is asked all the same."""

    never: tuple[str, ...] = ()
    approval: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    deliverables: tuple[str, ...] = ()
    unless_deliverable: tuple[str, ...] = ()
    given: frozenset[str] = frozenset()
    beyond: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def for_phase(
        cls,
        phase: Phase,
        policy: PolicyLike,
        repository: Path | None = None,
        *,
        given: Iterable[str] = (),
        beyond: Mapping[str, str] | None = None,
    ) -> PathRules:
        """The rules of one phase; `repository` adds our own package where it lies inside. A phase without
        `scope.paths` may write its deliverables alone."""
        own = own_folders(repository) if repository is not None else ()
        scope = phase.scope
        return cls(
            never=(*policy.never, *own),
            approval=tuple(policy.approval),
            writable=tuple(scope.paths or phase.deliverables),
            read_only=tuple(each.path if isinstance(each, ReadOnly) else each for each in scope.read_only),
            protected=tuple(scope.protected),
            allowed=tuple(scope.allowed),
            deliverables=tuple(phase.deliverables),
            unless_deliverable=tuple(policy.unless_deliverable),
            given=frozenset(given),
            beyond=beyond or {},
        )

    def forbidden(self, path: str) -> str:
        """The pattern of tier `never` that covers the path, or ""."""
        return matching((*ALWAYS_NEVER, *self.never), path) or ""

    def outside(self, path: str) -> str:
        """Why the path is not writable in this phase, or ""."""
        if path in self.given or path in self.beyond:
            return ""
        if any(within(path, entry) for entry in self.read_only):
            return "is read-only in this phase"
        if any(within(path, entry) for entry in (*self.writable, *self.allowed)):
            return ""
        scope = ", ".join(self.writable[:8]) + (", ..." if len(self.writable) > 8 else "")
        return f"lies outside the phase's scope ({scope or 'no path is writable'})"

    def sensitive(self, path: str) -> str:
        """The entry that makes the path a matter for a person, or ""."""
        if path in self.given:
            return ""
        own = next((entry for entry in self.protected if within(path, entry) or matching((entry,), path)), "")
        if own:
            return f"scope.protected {own}"
        found = matching(self.approval, path)
        if not found:
            return ""
        if path in self.deliverables and matching(self.unless_deliverable, path):
            return ""
        return found

    def only_by_leave(self, path: str) -> bool:
        """In `scope.allowed` but not in the scope itself: may be asked for, never simply written."""
        return path not in self.given and not any(within(path, entry) for entry in self.writable)


def is_ours(path: str, repository: Path) -> bool:
    """Run state, or this very package: whoever targets it does not try to do the phase's work."""
    return matching((*RUN_STATE, *own_folders(repository)), path) is not None


def own_folders(repository: Path) -> tuple[str, ...]:
    """Patterns of this very package where it is installed inside the repository: it may not rewrite its own judges."""
    root = repository.resolve()
    found: list[str] = []
    for folder in autopack.__path__:
        path = Path(folder).resolve()
        if path.is_relative_to(root) and path != root:
            found.append("/" + path.relative_to(root).as_posix() + "/")
    return tuple(found)
