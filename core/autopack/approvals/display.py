"""What a person is shown of a request: every path, named ones first, invisible characters made visible."""

from __future__ import annotations

from autopack.model.approvals import ApprovalRequest, Stage
from autopack.text import visible

__all__ = ["describe", "visible"]

_WHEN = {
    Stage.APPLY: "before it is applied and tested",
    Stage.ACCEPT: "with what its tests showed",
    Stage.WIDEN: "before there is a change: may the phase touch these files until it ends?",
}


def describe(request: ApprovalRequest) -> list[str]:
    """The request as lines for a person."""
    return [
        f"Request {request.id}: phase {request.phase}, attempt {request.attempt}, asked {_WHEN[request.stage]}",
        *(f"  why    {visible(reason)}" for reason in request.reasons),
        *(f"  path   {visible(path)}" for path in request.paths),
        f"  digest {request.digest}",
    ]
