"""Lint rule: GitPython may read the private repository, nothing else (its porcelain runs what a repository configures).

    python tests/kit/gitpython_rule.py FOLDER...

Fails on any import of `git` outside autopack/repo, on names of it beyond those that read, on attributes that start
porcelain or write, and on `repo.git.<command>`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOM = "autopack/repo/"
READING = {"Repo", "Commit", "Tree", "Blob", "GitError"}
FORBIDDEN = {"is_dirty", "untracked_files", "index", "remotes", "remote", "submodules", "config_writer"}
ON_COMMAND_OBJECT = {"update_environment"}


def problems(path: Path) -> list[str]:
    """What breaks the rule in one file, as `path:line: text`."""
    tree = ast.parse(path.read_text("utf-8"), str(path))
    imports = [node for node in ast.walk(tree) if _imports_git(node)]
    if not imports:
        return []
    found = [f"{path}:{n.lineno}: GitPython outside {ROOM}" for n in imports if ROOM not in path.as_posix()]
    for node in imports:
        if isinstance(node, ast.ImportFrom):
            wrong = [alias.name for alias in node.names if alias.name not in READING]
            found += [f"{path}:{node.lineno}: `{name}` of GitPython does more than read" for name in wrong]
    return found + [f"{path}:{line}: {text}" for line, text in _uses(tree)]


def _imports_git(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] == "git" for alias in node.names)
    return isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == "git"


def _uses(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        if node.attr in FORBIDDEN:
            yield node.lineno, f"`{node.attr}` of GitPython can execute what a repository configures, or writes"
        elif isinstance(node.value, ast.Name) and node.value.id == "git" and node.attr not in READING:
            yield node.lineno, f"`git.{node.attr}` does more than read"
        elif isinstance(node.value, ast.Attribute) and node.value.attr == "git" and node.attr not in ON_COMMAND_OBJECT:
            yield node.lineno, f"`.git.{node.attr}` runs git outside the one door"


def main(folders: list[str]) -> int:
    """0 when no file breaks the rule, 2 when there is none to check."""
    files = [file for folder in folders for file in sorted(Path(folder).rglob("*.py"))]
    if not files:
        print("no file to check", file=sys.stderr)
        return 2
    found = [line for file in files for line in problems(file)]
    print("\n".join(found) if found else f"{len(files)} files keep the GitPython rule")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
