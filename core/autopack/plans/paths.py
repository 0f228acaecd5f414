"""Paths in a plan: outside the repository (AP104) or the scope (AP105), protected (AP107), dirty (AP118)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from autopack.model.findings import Severity
from autopack.model.plan import Phase, ReadOnly
from autopack.plans.judge import Judge
from autopack.settings import matching
from autopack.yamlfile import Loc

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")


def outside(path: str) -> str:
    """Why a path cannot be one inside the repository, with what to write; "" when it can."""
    if not path.strip():
        return "is empty"
    if _CONTROL.search(path):
        return "holds a control character"
    if path.startswith("~"):
        return "begins in a home folder; write it relative to the repository"
    if path.startswith("/") or _DRIVE.match(path):
        return "is absolute; write it relative to the repository"
    if "\\" in path:
        return "holds a backslash; write folders with `/`"
    parts = path.removesuffix("/").split("/")
    if ".." in parts:
        return "leads out of a folder with `..`; write it from the repository's root"
    if "." in parts or "" in parts:
        return (
            f"holds `.` or an empty folder name; write `{_plain(path)}`" if _plain(path) else "is no folder of its own"
        )
    if any(part.endswith((".", " ")) or ":" in part for part in parts):
        return "is no portable name (a part ends in a dot or space, or holds a colon)"
    return ""


def _plain(path: str) -> str:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return "/".join(parts) + ("/" if parts and path.endswith(("/", "/.")) else "")


def covers(scope: list[str], path: str) -> bool:
    """Whether the path is one of these files or lies in one of these folders."""
    return any(path == entry or (entry.endswith("/") and path.startswith(entry)) for entry in scope)


def read_only_paths(phase: Phase) -> list[str]:
    return [entry.path if isinstance(entry, ReadOnly) else entry for entry in phase.scope.read_only]


def check_paths(judge: Judge) -> None:
    """AP104, AP105, AP107 and AP118 for every phase, and the paths of the workspace."""
    dirty = judge.repo.dirty() if judge.plan.run.base == "head" else set[str]()
    _check_workspace(judge)
    for index, phase in enumerate(judge.plan.phases):
        _check_inside(judge, index, phase)
        _check_scope(judge, index, phase)
        _check_deliverables(judge, index, phase)
        _check_protected(judge, index, phase)
        _check_dirty(judge, index, phase, dirty)


def _check_workspace(judge: Judge) -> None:
    workspace = judge.plan.workspace
    for key, paths in (("copy", workspace.copy_), ("link", workspace.link)):
        for index, path in enumerate(paths):
            if reason := outside(path):
                judge.add("AP104", f"`{path}` {reason}", ("workspace", key, index))


def _written_paths(phase: Phase, index: int) -> Iterator[tuple[Loc, str]]:
    base: Loc = ("phases", index)
    for position, path in enumerate(phase.scope.paths):
        yield (*base, "scope", "paths", position), path
    for position, entry in enumerate(phase.scope.read_only):
        loc = (*base, "scope", "read_only", position)
        yield (loc, entry) if isinstance(entry, str) else ((*loc, "path"), entry.path)
    for key in ("protected", "allowed"):
        for position, path in enumerate(getattr(phase.scope, key)):
            yield (*base, "scope", key, position), path.removeprefix("/")
    for position, path in enumerate(phase.deliverables):
        yield (*base, "deliverables", position), path
    for key in ("paths", "must_pass"):
        for position, test in enumerate(getattr(phase.tests, key)):
            if key == "paths" or "::" in test:
                yield (*base, "tests", key, position), test.partition("::")[0]
    for key in ("workdir", "junit"):
        path = getattr(phase.tests, key)
        if path:
            yield (*base, "tests", key), path
    for path in phase.tests.env.get("PYTHONPATH", "").split(":"):
        if path not in ("", "."):
            yield (*base, "tests", "env", "PYTHONPATH"), path


def _check_inside(judge: Judge, index: int, phase: Phase) -> None:
    for loc, path in _written_paths(phase, index):
        if judge.inherited(loc) and index > 0:
            continue
        if reason := outside(path):
            judge.add("AP104", f"`{path}` {reason}", loc)


def _check_scope(judge: Judge, index: int, phase: Phase) -> None:
    base: Loc = ("phases", index, "scope", "paths")
    if not phase.scope.paths:
        message = f"phase `{phase.id}` has no writable path; name files or folders/ under `scope.paths`"
        judge.add("AP101", message, base)
    for position, path in enumerate(phase.scope.paths):
        loc = (*base, position)
        if outside(path) or (judge.inherited(loc) and index > 0):
            continue
        if path.endswith("/") and path.rstrip("/") in judge.files:
            judge.add("AP101", f"`{path}` is a file; write `{path.rstrip('/')}`", loc)
        elif not path.endswith("/") and path in judge.folders:
            judge.add("AP101", f"`{path}` is a folder; write `{path}/`", loc)
        elif "*" in path and path not in judge.files:
            judge.add("AP101", f"`{path}` looks like a pattern; name files, or folders with a trailing `/`", loc)


def _check_deliverables(judge: Judge, index: int, phase: Phase) -> None:
    scope = phase.scope.paths
    read_only = read_only_paths(phase)
    for position, path in enumerate(phase.deliverables):
        if outside(path):
            continue
        loc = ("phases", index, "deliverables", position)
        within = covers(scope, path) or (path.endswith("/") and any(entry.startswith(path) for entry in scope))
        if not within:
            judge.add("AP105", f"`{path}` is not in the phase's scope; {_how_to_cover(scope, path)}", loc)
        elif covers(read_only, path):
            judge.add("AP105", f"`{path}` is listed under `read_only`, so it cannot be written", loc)


def _how_to_cover(scope: list[str], path: str) -> str:
    for entry in scope:
        if path.startswith(f"{entry}/"):
            return f"write the folder as `{entry}/`"
    return "add it to `scope.paths`, or drop the deliverable"


def _check_protected(judge: Judge, index: int, phase: Phase) -> None:
    policy = judge.settings.policy
    never, approval = tuple(policy.never), tuple(policy.approval)
    seen: set[str] = set()
    for loc, path in _written_paths(phase, index):
        allowed = loc[2:4] == ("scope", "allowed")
        written = allowed or loc[2:4] == ("scope", "paths") or loc[2] == "deliverables"
        if not written or path in seen or outside(path):
            continue
        seen.add(path)
        if pattern := _matched(never, path):
            message = f"`{path}` is never written (pattern `{pattern}`); take it out"
            judge.add("AP107", message, loc, severity=Severity.ERROR)
            continue
        pattern = _matched(approval, path)
        excepted = path in phase.deliverables and matching(policy.unless_deliverable, path)
        if pattern and not excepted and not allowed and not covers(phase.scope.allowed, path):
            message = f"`{path}` is protected (pattern `{pattern}`): a person must approve each change"
            judge.add("AP107", f"{message}; list it under `scope.allowed` if that is meant", loc)


@lru_cache(maxsize=8192)
def _matched(patterns: tuple[str, ...], path: str) -> str | None:
    """Kept, because a plan in an editor is judged again and again with the same paths."""
    return matching(patterns, path)


def _check_dirty(judge: Judge, index: int, phase: Phase, dirty: set[str]) -> None:
    if not dirty:
        return
    for position, entry in enumerate(phase.scope.paths):
        touched = sorted(path for path in dirty if covers([entry], path))
        if touched:
            more = f" and {len(touched) - 3} more" if len(touched) > 3 else ""
            message = f"uncommitted changes in the scope are not part of this run: {', '.join(touched[:3])}{more}"
            hint = "commit them, or start from the working tree with `base: working-tree`"
            judge.add("AP118", f"{message}; {hint}", ("phases", index, "scope", "paths", position))
