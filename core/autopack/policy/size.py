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
from autopack.policy.lines import Extent, extent, lost_lines, share_left

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
    sizes = _Sizes(changes.changes, limits)
    return [*sizes.deletions(phase), *sizes.files(phase, again)]


class _Sizes:
    """The extent of every changed file. What moved from one to another is lost by none."""

    def __init__(self, changes: Sequence[FileChange], limits: SizeThresholds) -> None:
        self.changes = changes
        self.limits = limits
        self.sizes = [(change, extent(change)) for change in changes]

    def deletions(self, phase: Phase) -> Iterator[Finding]:
        """Of the whole change or, where that is not too much, of each file that is."""
        limits, net = self.limits, sum(size.net for _, size in self.sizes)
        gross = lost_lines(self.changes, self.changes)
        if net > limits.deletion_ask and not phase.allow.mass_deletion:
            told = f"the change deletes {net} lines net (more than {limits.deletion_ask}): a person must accept it."
            yield _asked("AP303", f"{told} {self._most()}")
            return
        if net > limits.deletion_notify:
            told = f"the change deletes {net} lines net (more than {limits.deletion_notify})."
            yield finding("AP303", told, severity=Severity.INFORMATION, blocking=False)
        if phase.allow.mass_deletion:
            return
        if gross > limits.deletion_gross_ask:
            told = f"{gross} lines are nowhere any more after the change (more than {limits.deletion_gross_ask}): "
            yield _asked("AP303", f"{told}a person must accept it. {self._most()}")
            return
        for change, size in self.sizes:
            if size.net > limits.deletion_ask and lost_lines([change], self.changes) > limits.deletion_ask:
                told = f"{printable(change.path)} loses {size.net} lines net (more than {limits.deletion_ask}): "
                yield _asked("AP303", f"{told}a person must accept it.", change.path)

    def files(self, phase: Phase, again: bool) -> Iterator[Finding]:
        """At most one finding of each file that stays: that it is another one now."""
        for change, size in self.sizes:
            known = change.before is not None and change.after is not None and size.before >= self.limits.extent_lines
            if known and not is_generated(change.old_path or change.path, change.before):
                told = self._another(change, size, phase, again)
                if told:
                    yield _asked("AP305", f"{printable(change.path)} {told}.", change.path)

    def _another(self, change: FileChange, size: Extent, phase: Phase, again: bool) -> str:
        limits, gone = self.limits, size.before - size.after
        churn = limits.churn_ask_again if again else limits.churn_ask
        if gone > size.before * limits.shrink_ask and not phase.allow.mass_deletion:
            if lost_lines([change], self.changes) > gone / 2:
                return f"shrinks from {size.before} lines to {size.after}"
        elif size.after > size.before * limits.growth_ask and not phase.allow.mass_addition:
            return f"grows from {size.before} lines to {size.after}"
        if phase.change_size == "small_fix" and size.churn > churn and not change.path.lower().endswith(_YAML):
            return f"changes {size.churn:.0%} of its lines in a phase that is a small fix (more than {churn:.0%})"
        if size.before >= limits.similarity_lines and phase.change_size != "large_refactor":
            left = share_left(change, self.changes)
            if left < limits.similarity_ask:
                return f"is rewritten: {left:.0%} of its lines are left (less than {limits.similarity_ask:.0%})"
        return ""

    def _most(self) -> str:
        most = sorted(self.sizes, key=lambda one: -one[1].removed)[:_NAMED]
        return f"Most of them: {', '.join(f'{printable(c.path)} {s.removed}' for c, s in most if s.removed)}."


def _asked(code: str, message: str, path: str = "") -> Finding:
    place = Range.of_line(1) if path else None
    return finding(code, message, path=path, range=place, tree=Tree.CANDIDATE, severity=Severity.WARNING, blocking=True)
