"""Changed files that cannot be parsed although they could before, and conflicts that were left in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from autopack.languages import Fault, Reader, language_of
from autopack.model.changes import ChangeSet, FileChange
from autopack.model.findings import Finding, Range, Severity, Tree
from autopack.model.rules import finding
from autopack.paths import printable

_CONFLICT = re.compile(rb"^(?:<{7} |>{7} |\|{7} )", re.MULTILINE)
_NAMED = 3


def judge_syntax(changes: ChangeSet, read: Reader) -> list[Finding]:
    """AP308: errors go back to the Builder; what a newer version of a language may allow is only said. A file
    that only has another place now is as it was."""
    found: list[Finding] = []
    moved = {change.before for change in changes.changes if change.after is None}
    for change in changes.changes:
        if (
            change.after is not None
            and change.after != change.before
            and not (change.before is None and change.after in moved)
        ):
            found += _conflicts(change, change.after)
            found += _new_faults(change, change.after, read)
    return found


def _conflicts(change: FileChange, after: bytes) -> Iterator[Finding]:
    """Markers of a merge that were not there before."""
    before = len(_CONFLICT.findall(change.before or b""))
    marks = list(_CONFLICT.finditer(after))
    if len(marks) > before:
        line = after[: marks[0].start()].count(b"\n") + 1
        yield _finding(change, line, "is left in conflict (a marker of a merge). Write the file as it shall be")


def _new_faults(change: FileChange, after: bytes, read: Reader) -> Iterator[Finding]:
    """A file that could not be parsed before may not become worse."""
    now = read(change.path, after).faults
    if not now:
        return
    before = () if change.before is None else read(change.old_path or change.path, change.before).faults
    if len(now) <= len(before):
        return
    known = Counter(fault.message for fault in before)
    fresh = [fault for fault in now if not _taken(known, fault)] or list(now)
    language = language_of(change.path)
    for fault in fresh[:_NAMED]:
        yield _finding(change, fault.line, f"is not valid {language}: {fault.message}", said_only=fault.doubtful)


def _taken(known: Counter[str], fault: Fault) -> bool:
    if known[fault.message] <= 0:
        return False
    known[fault.message] -= 1
    return True


def _finding(change: FileChange, line: int, told: str, *, said_only: bool = False) -> Finding:
    text = f"{printable(change.path)}, line {line}: {told}."
    severity = Severity.INFORMATION if said_only else Severity.ERROR
    return finding("AP308", text, path=change.path, range=Range.of_line(line), tree=Tree.CANDIDATE, severity=severity,
                   blocking=not said_only)  # fmt: skip
