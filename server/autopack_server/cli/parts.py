"""The change that a request asks about, in the parts a person can choose: as lines for people, and as JSON types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autopack.approvals import hunk_line
from autopack.text import visible
from autopack_server.cli.words import Commands

if TYPE_CHECKING:
    from autopack.changes import ShownPart
    from autopack.model.approvals import ApprovalRequest


def part_lines(request: ApprovalRequest, parts: Sequence[ShownPart], commands: Commands) -> list[str]:
    """Each file and hunk under the name that chooses it, protected paths first, every character visible."""
    lines = [f"Request {request.id} of {request.phase}, attempt {request.attempt}: change {request.digest[:12]}"]
    for shown in parts:
        part = shown.part
        lines += ["", f"{visible(part.path)}{'' if shown.hunks else f'  ({part.status}, whole)'}"]
        if not shown.hunks:
            lines += _body(shown.head)
        for number, hunk in enumerate(shown.hunks, 1):
            lines += [f"  {hunk_line(number, hunk.mark)}", *_body(hunk.raw.partition(b"\n")[2])]
    example = next((id for shown in parts for id in shown.part.ids), "PATH")
    if request.state == "pending":
        lines += ["", f"Take a part of it: {commands.of('approve', request.run, request.id, '--only', example)}"]
    return lines


def parts_json(request: ApprovalRequest, parts: Sequence[ShownPart]) -> dict[str, Any]:
    """The same as JSON types; `text` is the part of the patch."""
    return {
        "run": request.run,
        "phase": request.phase,
        "attempt": request.attempt,
        "request": request.id,
        "digest": request.digest,
        "parts": [
            {"id": id, "path": shown.part.path, "names": list(shown.part.names), "status": shown.part.status,
             "digest": hunk.mark.digest if hunk else "",
             "text": (hunk.raw if hunk else shown.head).decode("utf-8", "replace")}
            for shown in parts
            for id, hunk in zip(shown.part.ids, shown.hunks or (None,), strict=True)
        ],
    }  # fmt: skip


def _body(raw: bytes) -> list[str]:
    lines = raw.decode("utf-8", "replace").removesuffix("\n").split("\n")
    return [f"    {visible(line.expandtabs(4))}" for line in lines]
