"""What a handoff bundle is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autopack.model.attempt import Outcome
from autopack.model.plan import Phase
from autopack.model.quality import QualityReport
from autopack.model.risk import ChangeDecision, RiskAssessment

Kind = Literal["log", "doc", "data", "config", "text", "binary"]


@dataclass(frozen=True, slots=True)
class BundleAttempt:
    """One attempt: its patch against `BundleFacts.base` (None = it made none), its raw answers, one a call of the
    Builder. `risk`, `decision` and `quality` are those of its change, None = it got no further than its answer, or was not
    judged; `chosen_of` is the attempt whose change a person took in part to make this one, `amends` the one that was
    proposed again with its auditor's patches, 0 = the Builder was asked."""

    number: int
    outcome: Outcome | None = None
    model: str = ""
    hint: str = ""
    patch: bytes | None = None
    answers: tuple[str, ...] = ()
    risk: RiskAssessment | None = None
    decision: ChangeDecision | None = None
    quality: QualityReport | None = None
    chosen_of: int = 0
    amends: int = 0


@dataclass(frozen=True, slots=True)
class BundleFile:
    """Something more to put in, such as the log of the last test run; `name` need not be unique."""

    name: str
    kind: Kind
    description: str
    data: bytes


@dataclass(frozen=True, slots=True)
class BundleRequest:
    """What a person was asked in an attempt, and what became of it: pending | approved | rejected | lapsed, by whom and
    with which word."""

    attempt: int
    reasons: tuple[str, ...]
    state: str
    actor: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """`base` is the commit the patches apply to, reachable in the user's repository; `place` how the bundle's folder is
    named in its texts ("" = the folder as given); `generated_at` seconds since the epoch."""

    run: str
    phase: Phase
    state: str
    detail: str = ""
    base: str = ""
    branch: str = ""
    plan_path: str = ""
    project: str = ""
    attempts: tuple[BundleAttempt, ...] = ()
    requests: tuple[BundleRequest, ...] = ()
    files: tuple[BundleFile, ...] = ()
    place: str = ""
    generated_at: float = 0.0
