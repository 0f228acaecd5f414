"""What a person is shown of a request: every path, named ones first, invisible characters made visible."""

from __future__ import annotations

from autopack.model.approvals import ApprovalRequest, Stage
from autopack.text import visible

__all__ = ["describe", "visible"]


def describe(request: ApprovalRequest) -> list[str]:
    """The request as lines for a person."""
    when = "before it is applied and tested" if request.stage is Stage.APPLY else "with what its tests showed"
    return [
        f"Request {request.id}: phase {request.phase}, attempt {request.attempt}, asked {when}",
        *(f"  why    {visible(reason)}" for reason in request.reasons),
        *(f"  path   {visible(path)}" for path in request.paths),
        f"  digest {request.digest}",
    ]
