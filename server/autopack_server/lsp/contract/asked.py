"""What commands take."""

from __future__ import annotations

import attrs

from autopack_server.lsp.contract.kinds import Autonomy, BackMode, Base, GrantScope, Mode


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
