"""One change set through the real command line, and what became of it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from tests.real.answers import FORMS, cassette, changed
from tests.real.manifest import ChangeSetEntry, Manifest
from tests.real.masks import masked
from tests.real.mutants import Mutant
from tests.real.target import clean_environment, environment, git, make_repository
from tests.real.unsound import unsound

RUN_SECONDS = 600


@dataclass(frozen=True)
class Replay:
    """The end of one run: `tree` stands on the run's branch, `at_base` says that its tip never moved, `untouched` that
    the user's side is as it was."""

    exit_code: int
    state: str
    phase: str
    codes: tuple[str, ...]
    tree: str
    expected: str
    at_base: bool
    untouched: bool
    seconds: float
    events: tuple[dict[str, Any], ...] = field(repr=False, default=())
    stderr: str = field(repr=False, default="")

    @property
    def complete(self) -> bool:
        return self.exit_code == 0 and self.state == "DONE_SUCCESS" and self.phase == "COMPLETE"

    @property
    def identical(self) -> bool:
        return self.tree == self.expected

    @property
    def why(self) -> str:
        last = self.events[-1] if self.events else {}
        messages = [f"{f['code']}: {f['message']}" for p in last.get("phases", ()) for f in p["findings"]]
        return " | ".join(messages)[:1500] or self.stderr[-1500:]


def plan(paths: Sequence[str], tests: dict[str, Any], deliverables: Sequence[str] = (), asks: str = "") -> str:
    """A plan of one phase that may write exactly these paths."""
    phase = {"id": "change", "goal": f"Bring what the next release changed. {asks}".strip(), "category": "backend",
             "change_size": "large_refactor", "allow": {"mass_deletion": True, "mass_addition": True},
             "scope": {"paths": list(paths)}, "tests": tests, "attempt_cap": 1,
             "deliverables": list(deliverables)}  # fmt: skip
    return yaml.safe_dump({"autopack": 1, "run": {"id": "real", "autonomy": "unattended"}, "phases": [phase]})


def run_autopack(
    folder: Path,
    repo: Path,
    answer: Any,
    tests: dict[str, Any],
    paths: Sequence[str],
    python: Path | None = None,
    deliverables: Sequence[str] = (),
    asks: str = "",
) -> Replay:
    """Run a plan of one phase on `repo` by the real process and look at what it left; `expected` is not filled in."""
    (folder / "plan.autopack.yaml").write_text(plan(paths, tests, deliverables, asks), "utf-8")
    (folder / "answers.jsonl").write_text(cassette(answer), "utf-8")
    before = user_side(repo)
    env = clean_environment(
        AUTOPACK_STATE_DIR=str(repo.parent / "state"), XDG_CONFIG_HOME=str(folder / "config"),
        XDG_STATE_HOME=str(folder / "xdg"), AUTOPACK_CONTEXT_MAX_TOTAL_CHARS="2000000",
        **({} if python is None else {"AUTOPACK_TARGET_PYTHON": str(python)}),
    )  # fmt: skip
    argv = [sys.executable, "-m", "autopack_server.cli.main", "run", str(folder / "plan.autopack.yaml"), "--repo",
            str(repo), "--cassette", str(folder / "answers.jsonl"), "--trust-plan", "--json"]  # fmt: skip
    started = time.perf_counter()
    done = subprocess.run(argv, cwd=repo, env=env, capture_output=True, text=True, timeout=RUN_SECONDS)
    seconds = time.perf_counter() - started
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    last = events[-1] if events and events[-1]["event"] == "run.finished" else {}
    phases = last.get("phases") or [{"state": "", "findings": []}]
    branch = last.get("branch") or ""
    tree = ""
    if branch and git(repo, "for-each-ref", f"refs/heads/{branch}"):
        tree = git(repo, "rev-parse", f"{branch}^{{tree}}").strip()
    return Replay(
        done.returncode, last.get("state", ""), phases[0]["state"],
        tuple(f["code"] for f in phases[0]["findings"]), tree, "", last.get("head") == last.get("base"),
        user_side(repo) == before, round(seconds, 2), tuple(events), done.stderr,
    )  # fmt: skip


def user_side(repo: Path) -> str:
    """Everything of the user's that a run must leave alone: files, index, HEAD, other refs, configuration, stash."""
    facts = [git(repo, "for-each-ref", "--format=%(refname) %(objectname)"), git(repo, "status", "--porcelain=v2")]
    facts[0] = "\n".join(r for r in facts[0].splitlines() if "refs/autopack/" not in r and "heads/autopack/" not in r)
    facts += [(repo / ".git" / name).read_text() for name in ("HEAD", "config")]
    facts.append(hashlib.sha256((repo / ".git" / "index").read_bytes()).hexdigest())
    for place, folders, names in os.walk(repo):
        folders[:] = sorted(f for f in folders if f not in (".git", ".autonomous_runs"))
        for name in sorted(names):
            path = Path(place, name)
            facts.append(f"{path} {path.stat().st_mode} {path.stat().st_mtime_ns} {path.read_bytes()!r}")
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()


def replay(
    manifest: Manifest,
    entry: ChangeSetEntry,
    form: str,
    folder: Path,
    mutant: Mutant | None = None,
    mask: str = "",
    base: str = "",
) -> Replay:
    """A change set, as released, with a seeded regression, or with one and its mask, answered in one form, on the old
    release as it is or on one with tests of this kind in it (`unsound.KINDS`)."""
    before = manifest.trees[0]
    if mutant is None:
        tree = manifest.expected(entry)
    else:
        tree = masked(manifest, entry, mutant, mask, folder / "mask") if mask else manifest.broken(entry, mutant)
    if base:
        before, tree = unsound(before, tree, next(a for a in manifest.args if not a.startswith("-")), base)
    repo = folder / "repo"
    make_repository(repo, before)
    wanted = make_repository(folder / "wanted", tree)
    answer, python = FORMS[form](before, tree), environment(manifest.requirements)
    done = run_autopack(
        folder, repo, answer, tests_of(manifest), changed(before, tree), python, entry.rewrites, entry.asks
    )
    return replace(done, expected=wanted)


def tests_of(manifest: Manifest) -> dict[str, Any]:
    """The plan's `tests` for the same suite that made the manifest."""
    paths = [a for a in manifest.args if not a.startswith("-")]
    args = [a for a in manifest.args if a.startswith("-")]
    return {"paths": paths, "args": args, "timeout_seconds": 300, "env": manifest.env}
