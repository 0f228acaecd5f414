"""The editor contract: every command, notification and value that crosses between server and client.

docs/protocol.md and the client's TypeScript types are generated from this module (`lsp/published.py`). Names are
camelCase on the wire. A run's id is unique in one repository; `folder_uri` names the workspace folder where two hold the
same id, and may be left out otherwise. Times are seconds, moments seconds since the epoch (UTC), money USD.
"""

from __future__ import annotations

from typing import Literal

import attrs

VERSION = 1
"""Raised when a field or command changes its meaning; new optional fields do not raise it."""

Autonomy = Literal["supervised", "unattended"]
Base = Literal["head", "working-tree"]
Mode = Literal["ff", "merge", "squash"]
BackMode = Literal["move", "revert"]
GrantScope = Literal["once", "phase", "path"]
StatusKind = Literal["Normal", "Error", "Warning", "Inactive"]
Side = Literal["base", "candidate"]


# what a command takes


@attrs.frozen
class StartRun:
    """Start a plan. `trust` agrees to the commands the plan executes; without it a person is asked (AP121)."""

    plan_uri: str
    phases: list[str] = attrs.field(factory=list[str])
    autonomy: Autonomy | None = None
    base: Base | None = None
    cassette: str = ""
    record: str = ""
    trust: bool = False
    accept_baseline: bool = False
    idempotency_key: str = ""


@attrs.frozen
class ResumeRun:
    """Go on with a run; `again` reopens a failed one, the caps raise those of the run, or of its phases by their ids, for
    good. `trust` agrees to an interpreter that came into the repository since the start; without it a person is asked."""

    run_id: str
    folder_uri: str = ""
    again: bool = False
    accept_baseline: bool = False
    token_cap: int | None = None
    money_cap_usd: float | None = None
    max_duration_minutes: float | None = None
    phase_token_caps: dict[str, int] = attrs.field(factory=dict[str, int])
    trust: bool = False
    idempotency_key: str = ""


@attrs.frozen
class RunRef:
    run_id: str
    folder_uri: str = ""
    idempotency_key: str = ""


@attrs.frozen
class RollBack:
    """Move the run's tip back to phase or save point `to`, or to its base; or take the one phase `phase` out: changes of
    later phases that fit without it are applied again and proven anew at the next resume."""

    run_id: str
    to: str = ""
    phase: str = ""
    folder_uri: str = ""
    idempotency_key: str = ""


@attrs.frozen
class PromoteRun:
    run_id: str
    mode: Mode = "ff"
    dry_run: bool = False
    folder_uri: str = ""
    idempotency_key: str = ""


@attrs.frozen
class UnpromoteRun:
    """Take the latest promotion back: `move` the branch to where it was (files as they were), or `revert` it by a commit
    on top."""

    run_id: str
    mode: BackMode = "move"
    dry_run: bool = False
    folder_uri: str = ""
    idempotency_key: str = ""


@attrs.frozen
class PhaseRef:
    """`attempt` 0 is the latest that has what is asked for."""

    run_id: str
    phase_id: str
    attempt: int = 0
    folder_uri: str = ""
    idempotency_key: str = ""


@attrs.frozen
class RetryPhase:
    """`hint` null means that the client asks the person for one; sent as it is, it is no hint."""

    run_id: str
    phase_id: str
    hint: str | None = ""
    folder_uri: str = ""
    idempotency_key: str = ""


@attrs.frozen
class ApproveRequest:
    """`digest` is that of the change the person was shown; another one is refused. `only` names the parts that are taken
    (ids of `ChoosablePart`, or paths); they become a change of their own, and `rest` is what the Builder is told of the
    others. `choose` means that the client asks the person which; sent as it is, it is refused."""

    request_id: str
    digest: str
    scope: GrantScope = "once"
    reason: str = ""
    only: list[str] | None = None
    rest: str = ""
    choose: bool = False
    folder_uri: str = ""
    idempotency_key: str = ""


@attrs.frozen
class RejectRequest:
    """The reason goes to the Builder; left out, the person is asked for one."""

    request_id: str
    digest: str
    reason: str = ""
    folder_uri: str = ""
    idempotency_key: str = ""


@attrs.frozen
class RequestRef:
    request_id: str
    folder_uri: str = ""


@attrs.frozen
class OpenHandoff:
    """Write a phase's handoff bundle (default: of the first phase that is not complete) and open it."""

    run_id: str
    phase_id: str = ""
    folder_uri: str = ""


@attrs.frozen
class NewPlan:
    """A commented plan made from what the folder holds; `name` is the file's, `build.autopack.yaml` when left out."""

    folder_uri: str = ""
    name: str = ""


@attrs.frozen
class FolderRef:
    folder_uri: str = ""


@attrs.frozen
class Explain:
    code: str


# what a command returns


@attrs.frozen
class Started:
    run_id: str
    folder_uri: str


@attrs.frozen
class Recorded:
    """What was done, in a sentence for people; `state` is the run's or phase's afterwards where it is known."""

    message: str
    state: str = ""


@attrs.frozen
class Opened:
    """A file made and, where the client can, opened."""

    uri: str
    shown: bool


@attrs.frozen
class ChangedFile:
    """One file of a change: `status` added, deleted, modified or renamed; the URIs are read-only documents of scheme
    `autopack` ("" where that side does not exist)."""

    path: str
    status: Literal["added", "deleted", "modified", "renamed"]
    before_uri: str
    after_uri: str


@attrs.frozen
class Patch:
    """A change: the git patch as a file, and each file's two sides for a side-by-side view. As the notification
    `autopack/showPatch` to a client with `showsSides`: a person asked to see it by a message's button."""

    uri: str
    shown: bool
    title: str
    files: list[ChangedFile]


@attrs.frozen
class Promoted:
    """A promotion, or one taken back: `applied` False for a dry run, or where `conflicts` refused the whole of it."""

    message: str
    applied: bool
    conflicts: list[str]


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
class ShownRequest:
    """A pending request as a person must see it before answering: `lines` list every path, protected ones first, with
    invisible characters spelled out; `parts` what of the change can be approved by itself, in the same order."""

    request_id: str
    run_id: str
    phase_id: str
    attempt: int
    digest: str
    lines: list[str]
    parts: list[ChoosablePart] = attrs.field(factory=list[ChoosablePart])


@attrs.frozen
class Check:
    name: str
    passed: bool
    required: bool
    message: str
    hint: str = ""


@attrs.frozen
class Health:
    checks: list[Check]


@attrs.frozen
class Explanation:
    """A rule in Markdown, and the same as a file that was opened where the client can."""

    code: str
    name: str
    markdown: str
    uri: str
    shown: bool


@attrs.frozen
class RunList:
    runs: list[RunSnapshot]


# what the server tells


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


# the table


@attrs.frozen
class CommandSpec:
    """One command: its title in a palette, what it takes and returns, and what it does in a sentence."""

    name: str
    title: str
    takes: type
    returns: type
    does: str


COMMANDS: tuple[CommandSpec, ...] = (
    CommandSpec("autopack.run.start", "Start Run", StartRun, Started, "Create a run of a plan and begin it."),
    CommandSpec("autopack.run.resume", "Resume Run", ResumeRun, Recorded, "Go on with a run where it stands."),
    CommandSpec("autopack.run.stop", "Stop Run", RunRef, Recorded, "Stop a run: the step in hand has 5 seconds."),
    CommandSpec("autopack.run.rollback", "Roll Back Run", RollBack, Recorded, "Go back, or take a phase out."),
    CommandSpec("autopack.run.discard", "Discard Run", RunRef, Recorded, "End a run for good, remove its branch."),
    CommandSpec("autopack.run.report", "Show Report", RunRef, Opened, "Write a run's report and open it."),
    CommandSpec("autopack.run.list", "List Runs", FolderRef, RunList, "Every run of a folder, newest first."),
    CommandSpec("autopack.run.promote", "Promote Run", PromoteRun, Promoted, "Bring a run's result to your branch."),
    CommandSpec(
        "autopack.run.unpromote", "Take Back Promotion", UnpromoteRun, Promoted, "Undo a run's latest promotion."
    ),
    CommandSpec("autopack.run.showChanges", "Show Changes", RunRef, Patch, "The whole run's change, base to tip."),
    CommandSpec(
        "autopack.phase.retry", "Retry Phase", RetryPhase, Recorded, "Queue a phase again, with a hint or not."
    ),
    CommandSpec("autopack.phase.skip", "Skip Phase", PhaseRef, Recorded, "Leave a phase out."),
    CommandSpec("autopack.phase.showPatch", "Show Patch", PhaseRef, Patch, "An attempt's change, base to candidate."),
    CommandSpec("autopack.phase.showEvidence", "Show Evidence", PhaseRef, Opened, "What was gathered for an attempt."),
    CommandSpec(
        "autopack.approval.approve", "Approve", ApproveRequest, Recorded, "Answer a request with yes, or in part."
    ),
    CommandSpec("autopack.approval.reject", "Reject", RejectRequest, Recorded, "Answer a request with no."),
    CommandSpec("autopack.approval.show", "Show Request", RequestRef, ShownRequest, "A request as it must be seen."),
    CommandSpec("autopack.handoff.open", "Open Handoff", OpenHandoff, Opened, "Write a handoff bundle and open it."),
    CommandSpec("autopack.plan.new", "New Plan", NewPlan, Opened, "Write a commented plan and open it."),
    CommandSpec("autopack.health.check", "Check Health", FolderRef, Health, "What a run needs on this machine."),
    CommandSpec("autopack.explain", "Explain Rule", Explain, Explanation, "A rule code in words, with an example."),
)

NOTIFICATIONS: dict[str, type] = {
    "autopack/didChangeRuns": RunsChanged,
    "autopack/status": Status,
    "autopack/showPatch": Patch,
}

ERROR = -32050
"""The JSON-RPC code of a refusal; its `data` is {code, message, hint}, with `lines` where a person must agree to them."""

OVERLOADED = -32001
"""The JSON-RPC code when too much is asked at once (requests in flight, work queued): nothing was done, try again."""
