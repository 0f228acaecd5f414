"""The lint rule of the door: only `repo` spawns git, and GitPython is used for nothing but reading commits."""

from __future__ import annotations

import ast
from pathlib import Path

import autopack

CORE = Path(autopack.__file__).parent
PROCESSES = {"subprocess", "pty", "multiprocessing"}
EXECUTING = {
    "is_dirty",
    "untracked_files",
    "index",
    "submodules",
    "remotes",
    "remote",
    "git_dir",
    "clone",
    "clone_from",
}


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").split(".")[0])
    return names


def modules() -> list[Path]:
    found = sorted(CORE.rglob("*.py"))
    assert len(found) > 30
    return found


def test_gitpython_is_imported_in_one_module():
    assert [p.relative_to(CORE).as_posix() for p in modules() if "git" in imports(p)] == ["repo/history.py"]


def test_that_module_uses_nothing_that_executes_configuration():
    tree = ast.parse((CORE / "repo/history.py").read_text("utf-8"))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert {"Repo", "iter_commits"} <= used and not used & EXECUTING


def test_only_two_modules_of_the_door_start_processes():
    starters = {p.relative_to(CORE).as_posix() for p in modules() if imports(p) & PROCESSES}
    assert {s for s in starters if s.startswith("repo/")} == {"repo/git.py", "repo/objects.py"}


def test_nobody_else_names_git_as_a_program():
    for path in modules():
        if path.is_relative_to(CORE / "repo"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.List) and node.elts and isinstance(node.elts[0], ast.Constant):
                assert node.elts[0].value != "git", f"{path}:{node.lineno}"
