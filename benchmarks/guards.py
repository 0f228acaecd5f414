"""How often the guards on size, definitions and syntax ask about commits that people made and kept.

Each commit without a merge is judged as the change of a phase that says nothing of its extent. What is asked about is
listed, so that somebody can look at each: a commit that really drops or rewrites much is asked about rightly. Beside it
stand the levels of risk of the same commits, and each that is critical.

    python -m benchmarks.guards REPOSITORY... [--commits N]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from pathlib import Path

from autopack.languages import Reading, read, read_by_grammar
from autopack.model.changes import REGULAR, ChangeKind, ChangeSet, FileChange
from autopack.model.findings import Finding
from autopack.model.plan import Phase
from autopack.model.risk import RiskLevel
from autopack.policy import assess_risk, judge_preservation, judge_size, judge_syntax
from autopack.settings import load_settings
from autopack.settings.model import Policy
from benchmarks import measure

GOAL = 0.02
CRITICAL_GOAL = 0.01
PHASE = Phase.model_validate({"id": "p", "goal": "g"})


def git(repo: Path, *args: str) -> bytes:
    done = subprocess.run(["git", "-C", str(repo), *args], capture_output=True, check=False)
    return done.stdout


def commits(repo: Path, count: int) -> list[str]:
    """Newest first; merges, and commits without a parent, left out."""
    return git(repo, "rev-list", "--no-merges", "--min-parents=1", f"-{count}", "HEAD").decode().split()


def change_set(repo: Path, commit: str) -> ChangeSet:
    """Regular files alone, renames as git sees them."""
    fields = git(repo, "diff-tree", "-r", "-z", "-M", "--no-commit-id", commit).decode("utf-8", "replace").split("\0")
    changes: list[FileChange] = []
    rows = iter(fields)
    for head in rows:
        if not head.startswith(":"):
            continue
        old_mode, new_mode, old, new, status = head[1:].split(" ")
        path = next(rows)
        source = path if status[0] in "RC" else None
        path = next(rows) if source else path
        if {old_mode, new_mode} - {"100644", "100755", "000000"}:
            continue
        before = None if status[0] in "AC" else git(repo, "cat-file", "blob", old)
        after = None if status[0] == "D" else git(repo, "cat-file", "blob", new)
        kind = {"A": ChangeKind.CREATED, "C": ChangeKind.CREATED, "D": ChangeKind.DELETED, "R": ChangeKind.RENAMED}
        changes.append(FileChange(path, kind.get(status[0], ChangeKind.MODIFIED), before, after, REGULAR, REGULAR,
                                  source if status[0] == "R" else None))  # fmt: skip
    return ChangeSet(commit, tuple(changes))


def holding(repo: Path, commit: str, words: Collection[str]) -> Mapping[str, bytes]:
    asked = [part for word in sorted(words) for part in ("-e", word)]
    found = git(repo, "grep", "-z", "-l", "-I", "-F", "-w", *asked, commit, "--", "*.py").decode().split("\0")[:-1]
    names = [name.partition(":")[2] for name in found]
    return {name: git(repo, "cat-file", "blob", f"{commit}:{name}") for name in names}


def read_here(path: str, data: bytes) -> Reading:
    """Grammars in this process: people's commits are friendly."""
    return read(path, data) or read_by_grammar(path, data)


def judged(repo: Path, commit: str, changes: ChangeSet, policy: Policy) -> Iterator[Finding]:
    yield from judge_size(changes, policy, PHASE)
    yield from judge_syntax(changes, read_here)
    yield from judge_preservation(changes, policy, PHASE, read_here, partial(holding, repo, commit))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=300)
    given = parser.parse_args()
    policy = load_settings(None, env={}).settings.policy
    rows: list[dict[str, object]] = []
    levels, critical = Counter[RiskLevel](), list[dict[str, object]]()
    total, blocked, codes = 0, 0, Counter[str]()
    for repo in given.repositories:
        for commit in commits(repo, given.commits):
            changes = change_set(repo, commit)
            found = [finding for finding in judged(repo, commit, changes, policy) if finding.blocking]
            risk = assess_risk(changes, policy)
            levels[risk.level] += 1
            title = git(repo, "log", "-1", "--format=%s", commit).decode("utf-8", "replace").strip()
            if risk.level is RiskLevel.CRITICAL:
                critical.append({"repository": repo.parent.name, "commit": commit, "title": title, "risk": risk.told()})
                print(f"{repo.parent.name} {commit[:10]} {title}", f"    {risk.told()}", sep="\n")
            total += 1
            blocked += bool(found)
            codes.update({finding.code for finding in found})
            if found:
                rows.append({"repository": repo.parent.name, "commit": commit, "title": title,
                             "found": [f"{f.code} {f.message}" for f in found]})  # fmt: skip
                print(
                    f"{repo.parent.name} {commit[:10]} {title}", *(f"    {f.code} {f.message}" for f in found), sep="\n"
                )
    share = blocked / total if total else 1.0
    print(f"\n{blocked} of {total} commits asked about ({share:.1%}): {dict(codes)}")
    shown = ", ".join(f"{level} {levels[level] / max(total, 1):.1%}" for level in RiskLevel)
    print(f"risk: {shown}; {len(critical)} critical, goal at most {CRITICAL_GOAL:.0%}")
    measure.save("guards", {
        "commits": total, "asked_about": blocked, "by_rule": dict(codes), "each": rows, "goal": GOAL,
        "risk": {level.value: levels[level] for level in RiskLevel}, "critical": critical,
        "critical_goal": CRITICAL_GOAL,
    })  # fmt: skip
    return 0 if total else 1


if __name__ == "__main__":
    sys.exit(main())
