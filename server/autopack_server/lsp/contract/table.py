"""Every command and notification with its values, and the codes of refusals."""

from __future__ import annotations

import attrs

from autopack_server.lsp.contract.answered import (
    Explanation,
    Health,
    Opened,
    Patch,
    Promoted,
    Recorded,
    RunList,
    ShownRequest,
    Started,
)
from autopack_server.lsp.contract.asked import (
    ApproveRequest,
    Explain,
    FolderRef,
    NewPlan,
    OpenHandoff,
    PhaseRef,
    PromoteRun,
    RejectRequest,
    RequestRef,
    ResumeRun,
    RetryPhase,
    RollBack,
    RunRef,
    StartRun,
    UnpromoteRun,
)
from autopack_server.lsp.contract.told import RunsChanged, Status

VERSION = 1
"""Raised when a field or command changes its meaning; new optional fields do not raise it."""


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
