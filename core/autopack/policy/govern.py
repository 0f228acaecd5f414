"""The judgement of a change on the tree that results from it: refused, a matter for a person, or merely said.

Deny wins: a path is first held against tier `never`, then form and kind, then scope, then what needs a person. The
entries of the resulting tree are judged together with those of the change set, so that nothing passes unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from autopack.languages import Reader
from autopack.model.changes import EXECUTABLE, GITLINK, REGULAR, SYMLINK, ChangeSet, FileChange
from autopack.model.findings import Finding, Range, Severity, Tree
from autopack.model.plan import Phase
from autopack.model.risk import RiskAssessment
from autopack.model.rules import finding
from autopack.paths import PathRefused, canonical, printable
from autopack.policy.collisions import collisions
from autopack.policy.contents import changed_parts, test_parts_only
from autopack.policy.preservation import Elsewhere, SymbolThresholds, judge_preservation
from autopack.policy.risk import RiskThresholds, assess_risk, judge_risk
from autopack.policy.rules import PathRules
from autopack.policy.secrets import added_secrets
from autopack.policy.size import SizeThresholds, judge_size
from autopack.policy.syntax import judge_syntax
from autopack.redaction import secret_path

_BINARY_PROBE = 1024 * 1024
_TYPE = 0o170000


class RawEntry(Protocol):
    """One line of a raw diff between the base tree and the resulting tree; mode 0 where absent."""

    @property
    def status(self) -> str: ...
    @property
    def mode_a(self) -> int: ...
    @property
    def mode_b(self) -> int: ...
    @property
    def path(self) -> str: ...
    @property
    def old_path(self) -> str | None: ...


class Thresholds(SizeThresholds, SymbolThresholds, RiskThresholds, Protocol):
    """`settings.policy` fits."""

    @property
    def ask_categories(self) -> Collection[str]: ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """`refusals` go back to the Builder; `ask_before` and `ask_after` to a person, before the change is applied or with
    its evidence; `never_hit`: a refusal is of tier `never`; `risk` asks through `ask_after` alone."""

    refusals: tuple[Finding, ...] = ()
    ask_before: tuple[Finding, ...] = ()
    ask_after: tuple[Finding, ...] = ()
    notices: tuple[Finding, ...] = ()
    never_hit: bool = False
    risk: RiskAssessment = field(default_factory=RiskAssessment)


class _Court:
    def __init__(self, changes: ChangeSet, rules: PathRules) -> None:
        self.rules = rules
        self.by_path = {change.path: change for change in changes.changes}
        self.versions: dict[str, tuple[bytes | None, bytes | None]] = {}
        for change in changes.changes:
            if change.old_path:
                self.versions[change.old_path] = (change.before, None)
            self.versions[change.path] = (None if change.old_path else change.before, change.after)
        self.refusals: list[Finding] = []
        self.ask_before: list[Finding] = []
        self.ask_after: list[Finding] = []
        self.notices: list[Finding] = []
        self.never_hit = False

    def refuse(self, code: str, message: str, path: str = "", *, line: int = 0, never: bool = False) -> None:
        where = Range.of_line(line) if line else None
        self.refusals.append(
            finding(code, message, path=path, range=where, tree=Tree.CANDIDATE, severity=Severity.ERROR, blocking=True)
        )
        self.never_hit = self.never_hit or never

    def ask(self, code: str, message: str, path: str) -> None:
        self.ask_before.append(finding(code, message, path=path, severity=Severity.WARNING, blocking=True))

    def sort(self, found: Iterable[Finding]) -> None:
        """Errors are refused, what blocks besides is asked about with the evidence, the rest is said."""
        for one in found:
            refused = one.blocking and one.severity is Severity.ERROR
            (self.refusals if refused else self.ask_after if one.blocking else self.notices).append(one)

    def judge_path(self, path: str) -> bool:
        """Whether the path may be touched at all; asks where a person must agree."""
        try:
            canonical(path)
        except PathRefused as error:
            self.refuse(error.code, f"{error.message}. {error.hint}", never=error.never)
            return False
        pattern = self.rules.forbidden(path)
        if pattern:
            self.refuse(
                "AP301",
                f"{printable(path)} may never be changed ({pattern}). Leave it alone; no approval lifts this.",
                path,
                never=True,
            )
            return False
        outside = self.rules.outside(path)
        if outside:
            self.refuse("AP302", f"{printable(path)} {outside}. Change only files inside the scope.", path)
            return False
        self._judge_sensitivity(path)
        return True

    def _judge_sensitivity(self, path: str) -> None:
        shown = printable(path)
        entry = self.rules.sensitive(path)
        if path in self.rules.beyond:
            self.ask("AP302", f"{shown} {self.rules.beyond[path]}: a person must approve the change.", path)
        if entry:
            self.ask("AP301", f"{shown} is protected ({entry}): a person must approve the change.", path)
        elif self.rules.only_by_leave(path) and path not in self.rules.beyond:
            self.ask("AP302", f"{shown} is outside the scope; the plan allows to ask for it.", path)
        elif secret_path(path):
            self.ask("AP306", f"{shown} has the name of a file that holds credentials.", path)
        parts = changed_parts(path, *self.versions.get(path, (None, None)))
        given = path in self.rules.given
        if parts and not entry and not given and not (test_parts_only(parts) and path in self.rules.deliverables):
            names = ", ".join(parts[:5]) + (", ..." if len(parts) > 5 else "")
            self.ask("AP301", f"{shown}: the change touches what builds, installs or tests run ({names}).", path)

    def judge_modes(self, path: str, before: int, after: int) -> None:
        """Links and submodules are refused, a mode change and an executable script are asked about."""
        shown = printable(path)
        if after in (SYMLINK, GITLINK) or (after and after not in (REGULAR, EXECUTABLE)):
            what = {SYMLINK: "a symbolic link", GITLINK: "a submodule"}.get(after, f"an entry of mode {after:o}")
            self.refuse("AP307", f"{shown} would become {what}; only regular files may be made.", path)
        elif before and before & _TYPE != REGULAR & _TYPE:
            what = "a symbolic link" if before == SYMLINK else "a submodule"
            self.ask("AP307", f"{shown} is {what} and would be {'replaced' if after else 'removed'}.", path)
        elif before and after and before != after:
            verb = "become executable" if after == EXECUTABLE else "stop being executable"
            self.ask("AP307", f"{shown} would {verb} (mode {before:o} to {after:o}).", path)
        elif after == EXECUTABLE and not before:
            self.ask("AP307", f"{shown} would be created as an executable file.", path)
        elif after == EXECUTABLE and self._is_script(path):
            self.ask("AP307", f"{shown} is an executable script: people and build servers run it.", path)

    def _is_script(self, path: str) -> bool:
        change = self.by_path.get(path)
        return change is not None and any((data or b"").startswith(b"#!") for data in (change.before, change.after))

    def judge_bytes(self, change: FileChange) -> None:
        """Binary content and added credentials are refused."""
        if change.after is None or change.after == change.before:
            return
        if b"\0" in change.after[:_BINARY_PROBE]:
            self.refuse(
                "AP307", f"{printable(change.path)} would hold binary content, which nobody can review.", change.path
            )
            return
        for line, kind in added_secrets(change.before or b"", change.after):
            self.refuse(
                "AP306",
                f"{printable(change.path)}, line {line}: the change adds what looks like a credential ({kind}). Read "
                f"it from the environment or a configuration that is not in the repository.",
                change.path,
                line=line,
            )


def govern(
    changes: ChangeSet,
    raw: Sequence[RawEntry],
    rules: PathRules,
    thresholds: Thresholds,
    phase: Phase,
    base_paths: Collection[str] | None = None,
    *,
    read: Reader,
    elsewhere: Elsewhere = lambda words: {},
    again: bool = False,
) -> Judgement:
    """Judge `changes` by the entries `raw` of the resulting tree; `base_paths` are all paths of the base tree, `read` and
    `elsewhere` say what files hold, `again`: the phase has tried before."""
    court = _Court(changes, rules)
    modes: dict[str, tuple[int, int]] = {}
    for entry in raw:
        moved = bool(entry.old_path) and entry.old_path != entry.path
        if moved and entry.old_path and entry.status.startswith("R"):
            modes[entry.old_path] = (0, 0)
        modes[entry.path] = (entry.mode_a, entry.mode_b)
    for change in changes.changes:
        modes.setdefault(change.path, (change.mode_before or 0, change.mode_after or 0))
        if change.old_path:
            modes.setdefault(change.old_path, (0, 0))
            modes[change.path] = (change.mode_before or 0, modes[change.path][1])
    for path in sorted(modes):
        if court.judge_path(path):
            court.judge_modes(path, *modes[path])
    for change in changes.changes:
        court.judge_bytes(change)
    _judge_names(court, changes, base_paths or ())
    court.sort(judge_size(changes, thresholds, phase, again))
    court.sort(judge_syntax(changes, read))
    risk = assess_risk(changes, thresholds, deletion_meant=phase.allow.mass_deletion)
    court.sort(judge_risk(risk))
    if phase.category in thresholds.ask_categories and changes.changes:
        told = f"phase `{phase.id}` is of category {phase.category}: a person must accept its change."
        court.ask_after.append(finding("AP606", told, severity=Severity.WARNING, blocking=True, entry="category"))
    if not court.refusals:
        court.sort(judge_preservation(changes, thresholds, phase, read, elsewhere))
    return Judgement(
        refusals=tuple(court.refusals),
        ask_before=tuple(court.ask_before),
        ask_after=tuple(court.ask_after),
        notices=tuple(court.notices),
        never_hit=court.never_hit,
        risk=risk,
    )


def _judge_names(court: _Court, changes: ChangeSet, base_paths: Collection[str]) -> None:
    created = [change.path for change in changes.changes if change.after is not None and _is_new(change)]
    gone = {change.path for change in changes.changes if change.after is None}
    gone |= {change.old_path for change in changes.changes if change.old_path}
    for path, other in collisions(created, [each for each in base_paths if each not in gone] if created else ()):
        court.refuse(
            "AP309",
            f"{printable(path)} is the same name as {printable(other)} on systems that fold case or Unicode forms. Use "
            f"the existing spelling or another name.",
            path,
        )


def _is_new(change: FileChange) -> bool:
    return change.before is None or change.old_path is not None
