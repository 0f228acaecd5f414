"""RunFindings: what stands against the phases of one run now, and the door to the versions of files it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from autopack.model.findings import Finding
from autopack.model.states import PhaseState


class Versions(Protocol):
    """Texts of an attempt; None where there is no such file or it is not text. Every method may block."""

    def base(self, phase: str, attempt: int, path: str) -> str | None: ...

    def candidate(self, phase: str, attempt: int, path: str) -> str | None: ...

    def renames(self, phase: str, attempt: int) -> Mapping[str, str]:
        """The base's path of each path the candidate renamed."""
        ...

    def changed(self, phase: str, attempt: int) -> Sequence[str]:
        """Every path the candidate created, modified or deleted."""
        ...


@dataclass(frozen=True, slots=True)
class PhaseFindings:
    """`findings` are those of the attempt at hand: none when the next one has begun. `request_id` is that of a pending
    request, "" when a person is not asked."""

    phase: str
    attempt: int
    title: str
    state: str
    findings: tuple[Finding, ...] = ()
    request_id: str = ""

    @property
    def standing(self) -> tuple[Finding, ...]:
        """The findings to show, each once; a phase that is complete or was left out has none."""
        if self.state in (PhaseState.COMPLETE, PhaseState.SKIPPED):
            return ()
        return tuple(dict.fromkeys(self.findings))

    @property
    def waits(self) -> bool:
        """A person is asked; a phase whose request was just answered waits for nobody."""
        return bool(self.request_id)


@dataclass(frozen=True, slots=True)
class RunFindings:
    """`folder_root` is what the paths of findings are relative to; `folder_uri` names the workspace folder in `data`
    of diagnostics and in the URIs of read-only documents."""

    folder_root: Path
    run: str
    plan_uri: str
    phases: tuple[PhaseFindings, ...]
    versions: Versions = field(compare=False, repr=False)
    folder_uri: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return str(self.folder_root), self.run
