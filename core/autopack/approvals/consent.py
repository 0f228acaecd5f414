"""The rules of DESIGN §6 as pure functions over requests, decisions and grants."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence

from autopack.model.approvals import ApprovalRequest, Grant, Stage
from autopack.model.changes import ChangeSet
from autopack.model.findings import Finding


def make_request(
    run: str,
    phase: str,
    attempt: int,
    stage: Stage,
    findings: Sequence[Finding],
    changes: ChangeSet,
    base: str,
    policy: str,
    now: float,
    notes: Sequence[str] = (),
) -> ApprovalRequest:
    """A request for exactly this change: paths named by a finding first, each group sorted; the id tells nothing but
    is unique, the nonce makes two requests for one change different; `notes` are said beside the findings."""
    nonce = secrets.token_hex(16)
    named = sorted({f.path for f in findings if f.path} & set(changes.paths))
    rest = [p for p in changes.paths if p not in named]
    key = "\0".join((run, phase, str(attempt), stage, changes.digest, nonce))
    return ApprovalRequest(
        id=hashlib.sha256(key.encode()).hexdigest()[:12],
        run=run,
        phase=phase,
        attempt=attempt,
        stage=stage,
        codes=tuple(sorted({f.code for f in findings})),
        paths=(*named, *rest),
        digest=changes.digest,
        base=base,
        policy=policy,
        nonce=nonce,
        reasons=(*map(_reason, findings), *notes),
        created_at=now,
    )


def _reason(told: Finding) -> str:
    """Code, line where there is one, and message."""
    return f"{told.code} {told.where()} {told.message}" if told.range else f"{told.code} {told.message}"


def covering_grant(grants: Iterable[Grant], request: ApprovalRequest) -> Grant | None:
    """The first grant that holds every code and every path of the request; grants never widen and never add up."""
    for grant in grants:
        reaches = grant.run == request.run and grant.phase in ("", request.phase)
        if reaches and set(request.codes) <= set(grant.codes) and set(request.paths) <= set(grant.paths):
            return grant
    return None


def lapse_reason(
    request: ApprovalRequest,
    decided_at: float,
    *,
    digest: str,
    base: str,
    policy: str,
    now: float,
    lapse_hours: float,
) -> str:
    """Why a decision taken at `decided_at` no longer answers what would be applied now; "" when it still does."""
    if request.digest != digest:
        return "the change is no longer the one that was shown"
    if request.base != base:
        return "the base moved since the request"
    if request.policy != policy:
        return "the policy changed since the request"
    if now - decided_at > lapse_hours * 3600:
        return f"the decision is older than {lapse_hours:g} hours"
    return ""
