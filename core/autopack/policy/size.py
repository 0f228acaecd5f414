"""How far a change goes: deletions of the whole and of one file, files that shrink, grow or churn too much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from autopack.model.changes import ChangeSet, FileChange
from autopack.model.findings import Finding, Range, Severity, Tree
from autopack.model.plan import Phase
from autopack.model.rules import finding
from autopack.paths import printable
from autopack.policy.generated import is_generated
from autopack.policy.lines import Extent, extent, likeness, lost_lines

_YAML = (".yaml", ".yml")
_NAMED = 3
"""How many files a message about the whole change names."""


class SizeThresholds(Protocol):
    """`settings.policy` fits; every one is exceeded strictly. Shares and factors of lines; `extent_lines`: shorter files
    may shrink, grow and churn as they like."""

    @property
    def deletion_notify(self) -> int: ...
    @property
    def deletion_ask(self) -> int: ...
    @property
    def deletion_gross_ask(self) -> int: ...
    @property
    def extent_lines(self) -> int: ...
    @property
    def shrink_ask(self) -> float: ...
    @property
    def growth_ask(self) -> float: ...
    @property
    def churn_ask(self) -> float: ...
    @property
    def churn_ask_again(self) -> float: ...
    @property
    def similarity_lines(self) -> int: ...
    @property
    def similarity_ask(self) -> float: ...


def judge_size(changes: ChangeSet, limits: SizeThresholds, phase: Phase, again: bool = False) -> list[Finding]:
    """What is asked about (blocking) and what is only said. `again`: the phase has tried before, and a small fix may
    churn more then."""
    sizes = [(change, extent(change)) for change in changes.changes]
    found = [] if phase.allow.mass_deletion else list(_deletions(sizes, limits))
    net = sum(size.net for _, size in sizes)
    if net > limits.deletion_notify and not any(f.blocking and not f.path for f in found):
        message = f"the change deletes {net} lines net (more than {limits.deletion_notify})."
        found.append(finding("AP303", message, severity=Severity.INFORMATION, blocking=False))
    for change, size in sizes:
        if change.before is None or change.after is None or is_generated(change.old_path or change.path, change.before):
            continue
        found += _one_file(change, size, limits, phase, again)
    return found


def _deletions(sizes: Sequence[tuple[FileChange, Extent]], limits: SizeThresholds) -> Iterator[Finding]:
    """Of the whole change or, where that is not too much, of each file that is."""
    changes = [change for change, _ in sizes]
    net, gross = sum(size.net for _, size in sizes), lost_lines(changes, changes)
    most = sorted(sizes, key=lambda one: -one[1].removed)[:_NAMED]
    where = ", ".join(f"{printable(change.path)} {size.removed}" for change, size in most if size.removed)
    if net > limits.deletion_ask:
        yield _asked("AP303", f"the change deletes {net} lines net (more than {limits.deletion_ask}): a person must "
                              f"accept it. Most of them: {where}.")  # fmt: skip
    elif gross > limits.deletion_gross_ask:
        yield _asked("AP303", f"{gross} lines are nowhere any more after the change (more than "
                              f"{limits.deletion_gross_ask}): a person must accept it. Most of them: {where}.")  # fmt: skip
    else:
        for change, size in sizes:
            if size.net > limits.deletion_ask and lost_lines([change], changes) > limits.deletion_ask:
                yield _asked("AP303", f"{printable(change.path)} loses {size.net} lines net (more than "
                                      f"{limits.deletion_ask}): a person must accept it.", change.path)  # fmt: skip


def _one_file(change: FileChange, size: Extent, limits: SizeThresholds, phase: Phase, again: bool) -> Iterator[Finding]:
    """At most one finding, the first that fits: each says that the file is another one now."""
    assert change.before is not None and change.after is not None
    path, refactor = change.path, phase.change_size == "large_refactor"
    shown = printable(path)
    if size.before < limits.extent_lines:
        return
    churn = limits.churn_ask_again if again else limits.churn_ask
    if size.after < size.before * (1 - limits.shrink_ask) and not phase.allow.mass_deletion:
        yield _asked("AP305", f"{shown} shrinks from {size.before} lines to {size.after}.", path)
    elif size.after > size.before * limits.growth_ask and not phase.allow.mass_addition:
        yield _asked("AP305", f"{shown} grows from {size.before} lines to {size.after}.", path)
    elif phase.change_size == "small_fix" and size.churn > churn and not path.lower().endswith(_YAML):
        yield _asked("AP305", f"{shown}: {size.churn:.0%} of its lines change in a phase that is a small fix (more than "
                              f"{churn:.0%}).", path)  # fmt: skip
    elif size.before >= limits.similarity_lines and not refactor:
        alike = likeness(change.before, change.after)
        if alike < limits.similarity_ask:
            yield _asked("AP305", f"{shown} is rewritten: {alike:.0%} of its lines are alike (less than "
                                  f"{limits.similarity_ask:.0%}).", path)  # fmt: skip


def _asked(code: str, message: str, path: str = "") -> Finding:
    place = Range.of_line(1) if path else None
    return finding(code, message, path=path, range=place, tree=Tree.CANDIDATE, severity=Severity.WARNING, blocking=True)
