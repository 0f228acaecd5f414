"""Requests, decisions and grants: how a person's word enters a run (DESIGN §6)."""

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
