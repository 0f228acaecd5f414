"""The checker: invariants I1 to I8 of a run that ended, from journal, refs, processes and the user's repository.

It reads git and the database itself where it can, so that a mistake of the product is not believed twice.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from autopack.model.attempt import OutcomeKind
from autopack.model.states import PhaseState
from autopack.repo import UserRepo
from autopack.repo.fingerprint import UserFingerprint
from autopack.store import Store
from tests.kit.project import Project

AUDITORS = ("auditor", "second_auditor")


@dataclass(frozen=True)
class Result:
    """What two runs of one plan must agree on: nothing in it depends on the time."""

    state: str
    tree: str
    phases: tuple[tuple[str, str, tuple[str, ...]], ...]
    trees: tuple[tuple[str, int, str], ...]
    spent: tuple[str, ...]


def fingerprint(project: Project) -> UserFingerprint:
    return UserRepo.open(project.root).fingerprint()


def state_folder(project: Project) -> Path:
    """The state of the project's repository: the one folder with a database."""
    (found,) = [path.parent for path in project.state.glob("*/store.db")]
    return found


def result_of(project: Project, run: str) -> Result:
    """What the run came to, for I8."""
    with Store.open(state_folder(project)) as store:
        phases = tuple(
            (row.phase, row.state.value,
             tuple(a.outcome.kind.value if a.outcome else "open" for a in store.attempts(run, row.phase)))
            for row in store.phases(run)
        )  # fmt: skip
        calls = [c for c in store.calls(run) if c.state == "answered"]
        return Result(
            store.run(run).state.value,
            _private(project, "rev-parse", f"refs/autopack/{run}/tip^{{tree}}"),
            phases,
            tuple((p, n, _private(project, "rev-parse", f"{c}^{{tree}}")) for p, n, c, _ in _candidates(store, run)),
            tuple(sorted(f"{c.phase}/{c.attempt}/{c.role}/{c.call} {c.request_id}" for c in calls)),
        )


def check(project: Project, run: str, before: UserFingerprint, *, kills: int, expected: Result | None) -> list[str]:
    """Every invariant that does not hold, as a line that begins with its number; [] = all hold."""
    state = state_folder(project)
    found = [f"I1 {line}" for line in before.difference(fingerprint(project))]
    with Store.open(state) as store:
        found += _i2(project, store, run)
        found += _i3(project, store, run)
        found += [f"I4/I5 {line}" for line in store.check_invariants(run)]
        found += _i4(store, run)
        found += _i6(project, store, run)
        found += _i7(store, run, kills)
        found += _told(project, store, run)
    if expected is not None:
        reached = result_of(project, run)
        for name in ("state", "tree", "phases", "trees", "spent"):
            if getattr(reached, name) != getattr(expected, name):
                found.append(f"I8 {name} is {getattr(reached, name)}, undisturbed {getattr(expected, name)}")
    return found


def _i2(project: Project, store: Store, run: str) -> list[str]:
    """Each accepted change is exactly one commit of the chain from the base to the tip."""
    base, tip = store.run(run).base, str(store.get(run, "tip"))
    chain = _private(project, "log", "--reverse", "--format=%H%x00%(trailers:key=Autopack-Phase,valueonly,separator=)",
                     f"{base}..{tip}").splitlines()  # fmt: skip
    commits = [line.split("\0") for line in chain]
    accepted = {
        str(store.get(run, f"commit:{row.phase}")): row.phase
        for row in store.phases(run)
        if row.state is PhaseState.COMPLETE
    }
    found = [f"I2 {phase} is in the chain as {commit}" for commit, phase in commits if accepted.get(commit) != phase]
    if len(commits) != len(accepted):
        found.append(f"I2 {len(commits)} commits for {len(accepted)} completed phases")
    if _private(project, "rev-parse", f"refs/autopack/{run}/tip") != tip:
        found.append("I2 the tip's ref is not what the journal says")
    return found


def _i3(project: Project, store: Store, run: str) -> list[str]:
    """The tree of each candidate is its base with the files of its stored answers (or with what a person chose of those of
    an earlier attempt; or it is an earlier one's with its auditor's patches), and its parent is the attempt's base."""
    found: list[str] = []
    rows = {(row.phase, row.number): row for row in store.attempts(run)}
    for phase, number, commit, answers in _candidates(store, run):
        base, data = rows[phase, number].base, rows[phase, number].data
        source, chosen = data.get("reapply"), data.get("chosen")
        if _private(project, "rev-parse", f"{commit}^") != base:
            found.append(f"I3 candidate {phase}/{number} does not stand on its base")
        if source:
            if _patch_id(project, commit) != _patch_id(project, source):
                found.append(f"I3 {phase}/{number} does not do what {source} did")
            continue
        if data.get("amends"):
            if _listing(project, commit) != _amended(project, store, run, phase, int(data["amends"])):
                found.append(
                    f"I3 the tree of {phase}/{number} is not that of {data['amends']} with its auditor's patches"
                )
            continue
        wanted = _listing(project, base)
        files = [file for answer in answers for file in json.loads(answer)["files"]]
        for file in _chosen_of(project, store, run, base, str(chosen)) if chosen else files:
            if file["action"] == "delete":
                del wanted[file["path"]]
            else:
                oid = _private(project, "hash-object", "--stdin", input=file["content"])
                wanted[file["path"]] = f"{wanted.get(file['path'], '100644').split()[0]} {oid}"
        if _listing(project, commit) != wanted:
            found.append(f"I3 the tree of {phase}/{number} is not its base with the answer's files")
        if _private(project, "rev-parse", f"refs/autopack/{run}/candidate/{phase}/{number}") != commit:
            found.append(f"I3 the ref of {phase}/{number} is not what the journal says")
    return found


def _chosen_of(project: Project, store: Store, run: str, base: str, request: str) -> list[dict[str, Any]]:
    """The files of the answer that the request was about, with those hunks alone that the person named; git applies
    them."""
    asked = store.request(request)
    assert asked is not None
    ids = set(store.get(run, f"selection:{request}")["chosen"])
    calls = [c for c in store.calls(run) if (c.phase, c.attempt, c.role) == (asked.phase, asked.attempt, "builder")]
    files: list[dict[str, Any]] = []
    for file in (f for c in calls for f in json.loads(store.completion(c).text)["files"]):
        path = file["path"]
        if path in ids:
            files.append(file)
        elif any(id.startswith(f"{path}#") for id in ids):
            before = _private(project, "cat-file", "blob", f"{base}:{path}", strip=False)
            files.append({**file, "content": _some_hunks(project.place, before, file["content"], path, ids)})
    return files


def _amended(project: Project, store: Store, run: str, phase: str, number: int) -> dict[str, str]:
    """What the candidate of an attempt becomes by the patches of its major issues, which must be diffs; git applies
    them, and the objects it makes are nobody's."""
    audit, apply = (store.effect(run, phase, number, key) for key in ("audit", "apply"))
    assert audit is not None and audit.result and apply is not None and apply.result
    majors = [issue for issue in audit.result["audit"]["issues"] if issue["severity"] == "major"]
    objects = state_folder(project) / "repo.git" / "objects"
    with tempfile.TemporaryDirectory(dir=project.place) as folder:
        own = {"GIT_INDEX_FILE": f"{folder}/index", "GIT_OBJECT_DIRECTORY": folder,
               "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects)}  # fmt: skip
        _private(project, "read-tree", apply.result["candidate"]["commit"], env=own)
        for patch in dict.fromkeys(issue["patch"] for issue in majors):
            _private(project, "apply", "--cached", "-", input=patch, env=own)
        return _listing(project, _private(project, "write-tree", env=own), own)


def _some_hunks(place: Path, before: str, after: str, path: str, ids: set[str]) -> str:
    with tempfile.TemporaryDirectory(dir=place) as folder:
        old, new = Path(folder, "old"), Path(folder, "new")
        old.write_text(before)
        new.write_text(after)
        words = ["git", "diff", "--no-index", "--no-color", "old", "new"]
        patch = subprocess.run(words, cwd=folder, capture_output=True, text=True).stdout
        head, *hunks = re.split(r"(?m)^(?=@@ )", patch)
        chosen = [hunk for n, hunk in enumerate(hunks, 1) if f"{path}#{n}" in ids]
        text = (head + "".join(chosen)).replace("b/new", "b/old")
        subprocess.run(["git", "apply", "-"], cwd=folder, input=text, text=True, check=True)
        return old.read_text()


def _candidates(store: Store, run: str) -> list[tuple[str, int, str, list[str]]]:
    rows: list[tuple[str, int, str, list[str]]] = []
    calls = [c for c in store.calls(run) if c.role == "builder" and c.state == "answered"]
    for effect in store.effects(run):
        if effect.key == "apply" and effect.result:
            mine = [c for c in calls if (c.phase, c.attempt) == (effect.phase, effect.attempt)]
            answers = [store.completion(c).text for c in mine]
            rows.append((effect.phase, effect.attempt, effect.result["candidate"]["commit"], answers))
    return sorted(rows)


def _patch_id(project: Project, commit: str) -> str:
    """What the commit does, wherever in its files it does it."""
    patch = _private(project, "diff-tree", "-p", commit)
    return _private(project, "patch-id", "--stable", input=patch + "\n").split()[0]


def _i4(store: Store, run: str) -> list[str]:
    """Every approval was used once, and none is open in a run that ended."""
    open_ones = [r.id for r in store.requests(run) if r.state in ("pending", "decided")]
    found = [f"I4 request {name} is open though the run ended" for name in open_ones]
    used = [e.request for e in store.effects(run) if e.request]
    if len(used) != len(set(used)):
        found.append("I4 an approval was used twice")
    per_attempt = [(r.phase, r.attempt, r.stage) for r in store.requests(run)]
    if len(per_attempt) != len(set(per_attempt)):
        found.append("I4 a person was asked twice about one change")
    return found


def _i6(project: Project, store: Store, run: str) -> list[str]:
    found = [f"I6 process left: {text}" for text in left_behind(project, store.run(run).nonce)]
    if store.owned(run):
        found.append("I6 the run's lock is held")
    locks = [*(state_folder(project) / "repo.git" / "refs").rglob("*.lock"), *(project.root / ".git").rglob("*.lock")]
    return found + [f"I6 lock file left: {path}" for path in locks]


def left_behind(project: Project, nonce: str, wait: float = 10.0) -> list[str]:
    """Processes that carry the run's nonce or work in the trial's folder, after at most so many seconds."""
    deadline = time.monotonic() + wait
    while True:
        found = [text for p in psutil.process_iter() if (text := _ours(p, str(project.place), nonce))]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def _ours(process: psutil.Process, place: str, nonce: str) -> str:
    try:
        environment = process.environ()
        mine = nonce in (environment.get("AUTOPACK_NONCE"), "?") or process.cwd().startswith(place + "/")
        return f"{process.pid} {' '.join(process.cmdline())[:200]}" if mine else ""
    except (psutil.Error, OSError):
        return ""


def _i7(store: Store, run: str, kills: int) -> list[str]:
    """A kill cuts off one call, or both of a dual audit; an audit beside tests that failed was given up."""
    calls = store.calls(run)
    sent, answered = sum(c.sends for c in calls), sum(c.state == "answered" for c in calls)
    at_once = 2 if any(c.role == "second_auditor" for c in calls) else 1
    failed = {(row.phase, row.number) for row in store.attempts(run)
              if row.outcome is not None and row.outcome.kind is OutcomeKind.TESTS_FAILED}  # fmt: skip
    given_up = sum(c.state != "answered" and c.role in AUDITORS and (c.phase, c.attempt) in failed for c in calls)
    if sent > answered + kills * at_once + given_up:
        told = f"{kills} kills" + (f", {given_up} audits given up" if given_up else "")
        return [f"I7 {sent} calls were sent for {answered} answers and {told}"]
    return []


def _told(project: Project, store: Store, run: str) -> list[str]:
    """What people see says the same as the journal: branch, report, last event."""
    row, found = store.run(run), list[str]()
    tip = str(store.get(run, "tip"))
    if tip != row.base and project.git("rev-parse", f"refs/heads/autopack/{run}") != tip:
        found.append("told: the branch is not at the tip")
    if project.git("rev-parse", f"refs/autopack/{run}/base") != row.base:
        found.append("told: the base is not pinned")
    ends = [e for e in store.events(run) if e.event == "run.finished"]
    if len(ends) != 1:
        found.append(f"told: {len(ends)} times that the run finished")
    report = project.root / ".autonomous_runs" / run / "report.md"
    if not report.is_file() or row.state.value not in report.read_text("utf-8"):
        found.append("told: the report is missing or says another state")
    return found


def _listing(project: Project, commit: str, env: Mapping[str, str] | None = None) -> dict[str, str]:
    lines = _private(project, "ls-tree", "-r", commit, env=env).splitlines()
    return {path: f"{mode} {oid}" for mode, _, oid, path in (line.split(None, 3) for line in lines)}


def _private(
    project: Project, *args: str, input: str | None = None, strip: bool = True, env: Mapping[str, str] | None = None
) -> str:
    place = state_folder(project) / "repo.git"
    done = subprocess.run(["git", "--git-dir", str(place), *args], env={**project.environment(), **(env or {})},
                          input=input, capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, f"git {' '.join(args)}: {done.stderr}"
    return done.stdout.strip() if strip else done.stdout


def describe(value: Any) -> str:
    return json.dumps(value, indent=1, default=str)
