"""Generated repositories, plans and cassettes: the same every time, as large as asked."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.kit.target import target_python

IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "b"), ("EMAIL", "b@localhost"), ("DATE", "2026-01-02T03:04:05Z"))
}
APPROVES = {"match": {"role": "auditor"}, "times": "*", "answer": {"approved": True, "issues": []}}
_BODY = "".join(f"def f{n}(a, b):\n    return a * {n} + b\n\n\n" for n in range(12))


def module(number: int) -> str:
    """The path of the n-th file: 50 files a folder, 20 folders a package."""
    return f"lib/p{number // 1000}/m{number % 1000 // 50}/file_{number}.py"


def git(repo: Path, *args: str) -> str:
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(repo.parent), "GIT_CONFIG_NOSYSTEM": "1", **IDENTITY}
    return subprocess.run(["git", *args], cwd=repo, env=env, check=True, capture_output=True, text=True).stdout.strip()


def make(place: Path, files: int, phases: int) -> Path:
    """A repository of so many files with a plan of so many phases, each of which changes one module and adds a test."""
    repo = place / "repo"
    (repo / "tests").mkdir(parents=True)
    for number in range(files):
        path = repo / module(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'"""Module {number}."""\n\n\n{_BODY}')
    (repo / "tests/test_base.py").write_text("def test_base():\n    assert True\n")
    (repo / "plan.autopack.yaml").write_text(plan(files, phases))
    git(repo, "init", "-q", "-b", "main")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "base")
    git(repo, "repack", "-adq")
    (place / "cassette.jsonl").write_text("".join(json.dumps(line) + "\n" for line in cassette(files, phases)))
    return repo


def changed(files: int, phase: int) -> str:
    """The module the phase changes."""
    return module(files * (2 * phase + 1) // 64 % files)


def plan(files: int, phases: int) -> str:
    lines = [
        "autopack: 1", "run: {id: bench}",
        "defaults: {tests: {paths: [tests/], args: [-p, 'no:cacheprovider']}}",
        "phases:",
    ]  # fmt: skip
    for n in range(phases):
        lines += [
            f"  - id: phase-{n}",
            "    goal: Add a function and its test.",
            f"    scope: {{paths: [{changed(files, n)}, tests/test_new_{n}.py]}}",
        ]
        lines += [f"    depends_on: [phase-{n - 1}]"] if n else []
    return "\n".join(lines) + "\n"


def cassette(files: int, phases: int) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = []
    for n in range(phases):
        path = changed(files, n)
        number = int(path.rsplit("_", 1)[1].removesuffix(".py"))
        text = f'"""Module {number}."""\n\n\n{_BODY}def added(a):\n    return a + {n}\n'
        test = (
            "import pathlib, runpy\n\n\ndef test_new():\n"
            f"    names = runpy.run_path(str(pathlib.Path(__file__).parents[1] / {path!r}))\n"
            f"    assert names['added'](1) == {n + 1}\n"
        )
        answer = {"summary": "Add a function", "files": [
            {"path": path, "action": "modify", "content": text},
            {"path": f"tests/test_new_{n}.py", "action": "create", "content": test},
        ]}  # fmt: skip
        lines.append({"match": {"role": "builder", "phase": f"phase-{n}"}, "answer": answer})
    return [*lines, APPROVES]


def environment(place: Path, path: str) -> dict[str, str]:
    """Nothing of whoever measures but PATH."""
    return {
        "PATH": path,
        "HOME": str(place),
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "AUTOPACK_STATE_DIR": str(place / "state"),
        "AUTOPACK_TARGET_PYTHON": str(target_python()),
        **IDENTITY,
    }
