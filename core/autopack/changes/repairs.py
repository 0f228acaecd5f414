"""What is told of a change set whose diffs were not read as they stood (AP208): it is right, and somebody may look."""

from __future__ import annotations

from autopack.model.changes import ChangeSet, Rung
from autopack.model.findings import Finding, Tree
from autopack.model.rules import finding
from autopack.paths import printable

_HOW = {
    Rung.RECOUNT: "its counts, signs or wrapping did not hold",
    Rung.WHITESPACE: "it differed from the file in white space",
    Rung.THREE_WAY: "it was made for an older version of the file and git merged it",
    Rung.FUZZY: "it left out or misquoted unchanged lines",
}


def repairs(changes: ChangeSet) -> tuple[Finding, ...]:
    """A note for each file whose rung is above strict."""
    return tuple(
        finding(
            "AP208",
            f"{printable(change.path)}: the answer was read with tolerance ({change.rung.value}): {_HOW[change.rung]}. "
            "Its place is the only one it can mean.",
            path=change.path,
            tree=Tree.CANDIDATE,
            blocking=False,
        )
        for change in changes.changes
        if change.rung is not Rung.STRICT
    )
