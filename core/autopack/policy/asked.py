"""What a phase asks leave for beyond its scope: refused, its own already, or a matter for a person at a risk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from autopack.model.approvals import WIDENED
from autopack.model.changes import SYMLINK, PathRequest
from autopack.model.findings import Finding, Severity
from autopack.model.risk import RiskLevel
from autopack.model.rules import finding
from autopack.paths import folded, printable
from autopack.policy.collisions import collisions
from autopack.policy.contents import judged_by_content
from autopack.policy.generated import is_generated
from autopack.policy.rules import PathRules
from autopack.policy.tested import is_test
from autopack.redaction import secret_path
from autopack.settings import covered, matching

_PROSE = (".md", ".markdown", ".rst", ".adoc")


class PathCategories(Protocol):
    """`settings.policy.risk` fits."""

    @property
    def critical_paths(self) -> list[str]: ...
    @property
    def risky_files(self) -> list[str]: ...
    @property
    def database_files(self) -> list[str]: ...


class Leave(Protocol):
    """One of `settings.approvals.auto_paths`."""

    @property
    def paths(self) -> list[str]: ...
    @property
    def max_risk(self) -> str: ...
    @property
    def max_lines(self) -> int: ...


@dataclass(frozen=True, slots=True)
class AskedPath:
    """`grounds` say what makes the level; `protected`: a person would be asked about it within the scope too."""

    path: str
    level: RiskLevel
    grounds: str
    protected: bool


@dataclass(frozen=True, slots=True)
class AskedFor:
    """`refusals` refuse all of the answer; `own` paths may be changed already; `asked` are for whoever may give them,
    protected ones first."""

    refusals: tuple[Finding, ...]
    own: tuple[str, ...]
    asked: tuple[AskedPath, ...]

    @property
    def level(self) -> RiskLevel:
        """That of the riskiest path."""
        return max((each.level for each in self.asked), key=lambda level: level.height, default=RiskLevel.LOW)


def judge_requests(
    requests: Iterable[PathRequest],
    rules: PathRules,
    categories: PathCategories,
    modes: Mapping[str, int],
    workspace: Callable[[str], bool] = lambda path: False,
) -> AskedFor:
    """`modes`: git mode of every path of the base tree; `workspace`: the path is copied or linked from the user's
    checkout. The paths are canonical."""
    paths = tuple(dict.fromkeys(path for each in requests for path in each.paths))
    spelled = dict(collisions([path for path in paths if path not in modes], tuple(modes)))
    folders = {path[:at] for path in modes for at in _slashes(path)}
    refusals: list[Finding] = []
    own: list[str] = []
    asked: list[AskedPath] = []
    for path in paths:
        code, why = _refused(path, rules, modes, folders, spelled)
        if not code and workspace(path):
            code, why = "AP301", "belongs to your checkout, from where the run only borrows it"
        if code:
            said = f"{printable(path)} {why}. Leave it alone; asking does not lift this."
            refusals.append(finding(code, said, path=path, severity=Severity.ERROR, blocking=True))
        elif not rules.outside(path) and not rules.sensitive(path) and not rules.only_by_leave(path):
            own.append(path)
        else:
            asked.append(_weighed(path, rules, categories))
    asked.sort(key=lambda each: (not each.protected, -each.level.height, each.path))
    return AskedFor(tuple(refusals), tuple(own), tuple(asked))


def _refused(
    path: str, rules: PathRules, modes: Mapping[str, int], folders: set[str], spelled: Mapping[str, str]
) -> tuple[str, str]:
    """Rule code and reason where nobody may give the path; ("", "") else."""
    pattern = rules.forbidden(path)
    if pattern:
        return "AP301", f"may never be changed ({pattern})"
    if path in folders:
        return "AP302", "is a folder; name its files"
    if path in modes and modes[path] & 0o170000 != 0o100000:
        return "AP307", "is a symbolic link" if modes[path] == SYMLINK else "is no regular file"
    above = next((path[:at] for at in _slashes(path) if path[:at] in modes), None)
    if above is not None:
        kind = "a symbolic link" if modes[above] == SYMLINK else "no folder"
        return "AP307", f"lies below {printable(above)}, which is {kind}"
    if path in spelled:
        return "AP309", f"is another spelling of {printable(spelled[path])}; use that one"
    return "", ""


def _slashes(path: str) -> Iterable[int]:
    return (at for at, char in enumerate(path) if char == "/")


def _weighed(path: str, rules: PathRules, categories: PathCategories) -> AskedPath:
    sensitive = rules.sensitive(path)
    protected = bool(sensitive) or judged_by_content(path) or secret_path(path)
    level, grounds = _level(path, sensitive, categories)
    place = rules.outside(path)
    if "read-only" in place and level is RiskLevel.LOW:
        level = RiskLevel.MEDIUM
    return AskedPath(path, level, f"{grounds}; {place}" if place else grounds, protected)


def _level(path: str, sensitive: str, categories: PathCategories) -> tuple[RiskLevel, str]:
    """By whole names of the path's parts, worst first."""
    prose = folded(path).endswith(_PROSE)
    critical = None if prose else matching((*categories.critical_paths, *categories.database_files), path)
    risky = None if prose else matching(categories.risky_files, path)
    if secret_path(path):
        return RiskLevel.CRITICAL, "has the name of a file that holds credentials"
    if critical:
        return RiskLevel.CRITICAL, f"critical path {critical}"
    if sensitive:
        return RiskLevel.HIGH, f"protected ({sensitive})"
    if judged_by_content(path):
        return RiskLevel.HIGH, "says how the project is built, installed or tested"
    if is_generated(path, None):
        return RiskLevel.HIGH, "a program writes it"
    if risky:
        return RiskLevel.HIGH, f"risky file {risky}"
    if is_test(path):
        return RiskLevel.LOW, "a test"
    if prose:
        return RiskLevel.LOW, "prose"
    return RiskLevel.MEDIUM, "a file like any other"


def automatic_lines(asked: AskedFor, leaves: Iterable[Leave]) -> int | None:
    """The most changed lines for which the user's settings give every path asked for; None where a person must be asked.
    Nothing of high risk, as every protected path is, is given so."""
    known = tuple(leaves)
    found: list[int] = []
    for each in asked.asked:
        fitting = [
            leave.max_lines
            for leave in known
            if each.level.height <= min(RiskLevel(leave.max_risk).height, RiskLevel.MEDIUM.height)
            and covered(leave.paths, each.path)
        ]
        if not fitting:
            return None
        found.append(max(fitting))
    return min(found, default=None)


def told_own(path: str) -> Finding:
    """What the Builder is told of a path that it need not ask for."""
    said = f"{printable(path)} is in this phase's scope already: change it without asking first."
    return finding(WIDENED, said, path=path, severity=Severity.INFORMATION, blocking=False)
