"""What a person is shown of a request: every path, named ones first, invisible characters made visible."""

from __future__ import annotations

from collections.abc import Sequence

from autopack.approvals.choosing import part_lines
from autopack.model.approvals import ApprovalRequest, ChangePart, Stage
from autopack.text import visible

__all__ = ["describe", "visible"]

_WHEN = {
    Stage.APPLY: "before it is applied and tested",
    Stage.ACCEPT: "with what its tests showed",
    Stage.WIDEN: "before there is a change: may the phase touch these files until it ends?",
}


def describe(request: ApprovalRequest, parts: Sequence[ChangePart] = ()) -> list[str]:
    """The request as lines for a person; with `parts` each path says in which hunks it can be chosen."""
    return [
        f"Request {request.id}: phase {request.phase}, attempt {request.attempt}, asked {_WHEN[request.stage]}",
        *(f"  why    {visible(reason)}" for reason in request.reasons),
        *_paths(request, parts),
        f"  digest {request.digest}",
    ]


def _paths(request: ApprovalRequest, parts: Sequence[ChangePart]) -> list[str]:
    hunks = {part.path: part_lines(part)[1:] for part in parts}
    return [line for path in request.paths
            for line in (f"  path   {visible(path)}", *(f"         {hunk}" for hunk in hunks.get(path, ())))]  # fmt: skip
