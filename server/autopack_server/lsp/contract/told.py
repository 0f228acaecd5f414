"""What the server tells of its own accord, in notifications and diagnostics."""

from __future__ import annotations

from typing import Literal

import attrs

from autopack_server.lsp.contract.kinds import StatusKind


@attrs.frozen
class StepSnapshot:
    """`seconds` so far when `outcome` is "" (it is running since `began_at`)."""

    name: str
    outcome: str = ""
    seconds: float | None = None
    began_at: float = 0.0


@attrs.frozen
class AttemptSnapshot:
    """`outcome` "" while it goes on."""

    number: int
    outcome: str = ""
    detail: str = ""
    steps: list[StepSnapshot] = attrs.field(factory=list[StepSnapshot])


@attrs.frozen
class PhaseSnapshot:
    """`findings` counts what stands against the phase now; `worst` is the code of the gravest, "" when there is none."""

    id: str
    state: str
    tier: str = ""
    goal: str = ""
    detail: str = ""
    commit: str = ""
    findings: int = 0
    worst: str = ""
    attempts: list[AttemptSnapshot] = attrs.field(factory=list[AttemptSnapshot])


@attrs.frozen
class ChoosablePart:
    """A file of a change that is taken as a whole, or one hunk of a file: `id` chooses it, `names` are the paths it
    touches. Of a hunk `before` and `after` are its first line and number of lines on either side, else empty. `lines` is
    its patch with invisible characters spelled out, in the answer of `autopack.approval.show` alone."""

    id: str
    path: str
    names: list[str]
    status: Literal["added", "deleted", "modified", "renamed"]
    before: list[int] = attrs.field(factory=list[int])
    after: list[int] = attrs.field(factory=list[int])
    heading: str = ""
    lines: list[str] = attrs.field(factory=list[str])


@attrs.frozen
class RequestSnapshot:
    """A pending request; `stage` apply: asked before the change is applied, accept: after its evidence, widen: whether the
    phase may touch `paths` beyond its scope, before there is a change. `reasons` has a line for each rule and may have
    ones for the risk and for the model's own words, `lines` is the request as it must be shown."""

    id: str
    phase: str
    attempt: int
    stage: str
    codes: list[str]
    reasons: list[str]
    paths: list[str]
    digest: str
    lines: list[str]
    created_at: float
    parts: list[ChoosablePart] = attrs.field(factory=list[ChoosablePart])


@attrs.frozen
class UsageSnapshot:
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None


@attrs.frozen
class RunSnapshot:
    """Everything a view of one run needs. `shown` is the state people see; `at_work`: some process drives it, `here`:
    it is this server's. `phase` and `step` name what is in hand ("" when nothing is). `promoted` is what it was promoted
    into last, "" when nowhere or taken back."""

    run: str
    folder_uri: str
    version: int
    state: str
    shown: str
    project: str = ""
    plan_uri: str = ""
    reason: str = ""
    branch: str = ""
    base: str = ""
    head: str = ""
    published: bool = False
    promoted: str = ""
    at_work: bool = False
    here: bool = False
    ended: bool = False
    created_at: float = 0.0
    active_seconds: float = 0.0
    phase: str = ""
    attempt: int = 0
    step: str = ""
    phases: list[PhaseSnapshot] = attrs.field(factory=list[PhaseSnapshot])
    requests: list[RequestSnapshot] = attrs.field(factory=list[RequestSnapshot])
    usage: UsageSnapshot = attrs.field(factory=UsageSnapshot)


@attrs.frozen
class RunsChanged:
    """`autopack/didChangeRuns`: at most 5 a second for one run; drop one whose `version` is lower than the last seen."""

    run: str
    version: int
    snapshot: RunSnapshot


@attrs.frozen
class CommandRef:
    """A command a client can offer as a button."""

    title: str
    command: str
    arguments: list[dict[str, str]] = attrs.field(factory=list[dict[str, str]])


@attrs.frozen
class Status:
    """`autopack/status`: one line for a status bar."""

    busy: bool
    message: str
    kind: StatusKind = "Normal"
    command: CommandRef | None = None


@attrs.frozen
class DiagnosticData:
    """`data` of every diagnostic about a run; code actions start from it."""

    run: str
    phase: str
    attempt: int
    code: str
    folder_uri: str = ""
    request: str = ""
