"""Requests, decisions, selections and grants: how a person's word enters a run (DESIGN §6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

WIDENED = "AP314"
"""The rule of everything about a phase's wider scope; a grant of it alone is an allowance and answers no request."""


class Stage(StrEnum):
    """Where consuming the decision leads: APPLY before the change is applied, ACCEPT after its evidence, WIDEN to a wider
    scope before there is a change."""

    APPLY = "apply"
    ACCEPT = "accept"
    WIDEN = "widen"


class Scope(StrEnum):
    ONCE = "once"
    PHASE = "phase"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """`id` is unique in the store; `codes` the rule codes asked about; `paths` every path of the change, protected
    first, or that is asked for; `digest` the ChangeSet's, or that of what is asked for; `base` the base commit;
    `policy` the policy version; `reasons` one line per rule, and one on the risk where no rule says it."""

    id: str
    run: str
    phase: str
    attempt: int
    stage: Stage
    codes: tuple[str, ...]
    paths: tuple[str, ...]
    digest: str
    base: str
    policy: str
    nonce: str
    reasons: tuple[str, ...]
    created_at: float
    state: str = "pending"


@dataclass(frozen=True, slots=True)
class Decision:
    """One per request; `state` is decided | consumed | lapsed."""

    request: str
    approved: bool
    actor: str
    scope: Scope
    reason: str
    digest: str
    decided_at: float
    state: str = "decided"


@dataclass(frozen=True, slots=True)
class Grant:
    """Answers later requests wholly inside `codes` x `paths` until the phase (or, with phase "", the run) ends."""

    id: int
    run: str
    phase: str
    codes: tuple[str, ...]
    paths: tuple[str, ...]
    request: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a phase may touch beyond its scope: exactly these `paths` until it ends, by `request`; more changed lines on
    them than `max_lines` (None: no limit) are for a person."""

    request: str
    paths: tuple[str, ...]
    max_lines: int | None = None


@dataclass(frozen=True, slots=True)
class HunkMark:
    """One hunk of the patch that is shown: `@@ -old_start,old_count +new_start,new_count @@ heading`; `digest` are the
    first 8 hex digits of the SHA-256 of its bytes."""

    digest: str
    old_start: int
    old_count: int
    new_start: int
    new_count: int
    heading: str = ""


@dataclass(frozen=True, slots=True)
class ChangePart:
    """What of a change can be chosen by itself: a file with its `hunks`, numbered from 1, or, without, as a whole. `names`
    are every path it writes or removes (both of a rename), `status` is added, deleted, modified or renamed."""

    path: str
    names: tuple[str, ...]
    status: str
    hunks: tuple[HunkMark, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """`path#1`, `path#2`, ... or the path alone."""
        return tuple(f"{self.path}#{n}" for n in range(1, len(self.hunks) + 1)) or (self.path,)


@dataclass(frozen=True, slots=True)
class Selection:
    """A decision that takes a change in part: the ids of the parts `chosen` and `left`, and what the Builder is told of the
    rest, "" = nothing."""

    request: str
    chosen: tuple[str, ...]
    left: tuple[str, ...]
    rest: str = ""
