"""Lint rule: GitPython may open the private repository for reading, nothing else (its porcelain runs hostile hooks).

    python tests/kit/gitpython_rule.py FOLDER...

Fails on any import of `git` outside autopack/repo, on names other than the allowed ones from it, and on attributes that
start porcelain or read the user's configuration.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ALLOWED_NAMES = {"Repo"}
FORBIDDEN_ATTRIBUTES = {"is_dirty", "untracked_files", "index", "remotes", "remote", "submodules", "git", "config_writer"}


def problems(path: Path) -> list[str]:
    """What breaks the rule in one file, as `path:line: text`."""
    tree = ast.parse(path.read_text("utf-8"), str(path))
    found: list[str] = []
    imports_git = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.split(".")[0] == "git"]
            if names:
                found.append(f"{path}:{node.lineno}: import {names[0]}: use `from git import Repo` in autopack/repo")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "git" and node.level == 0:
            imports_git = True
            if "autopack/repo/" not in path.as_posix():
                found.append(f"{path}:{node.lineno}: GitPython outside autopack/repo")
            found += [
                f"{path}:{node.lineno}: `{alias.name}` is not allowed, only {', '.join(sorted(ALLOWED_NAMES))}"
                for alias in node.names
                if alias.name not in ALLOWED_NAMES
            ]
    if imports_git:
        found += [
            f"{path}:{node.lineno}: attribute `{node.attr}` of GitPython can execute what a repository configures"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_ATTRIBUTES
        ]
    return found


def main(folders: list[str]) -> int:
    """0 when no file breaks the rule."""
    files = [file for folder in folders for file in sorted(Path(folder).rglob("*.py"))]
    if not files:
        print("no file to check", file=sys.stderr)
        return 2
    found = [line for file in files for line in problems(file)]
    print("\n".join(found) if found else f"{len(files)} files keep the GitPython rule")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
