"""A tree's difference from its base as a Builder would answer it, in each form that docs/answers.md allows."""

from __future__ import annotations

import difflib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.real.releases import Tree, write_tree
from tests.real.slices import lines
from tests.real.target import git

LARGE = 500


def changed(base: Tree, tree: Tree) -> list[str]:
    return sorted(p for p in base.keys() | tree.keys() if base.get(p) != tree.get(p))


def envelope(base: Tree, tree: Tree) -> dict[str, Any]:
    """Whole content and line operations by turns; operations alone for long files, as the prompt asks."""
    files: list[dict[str, Any]] = []
    for number, path in enumerate(changed(base, tree)):
        if path not in tree:
            files.append({"path": path, "action": "delete"})
        elif path not in base:
            files.append({"path": path, "action": "create", "content": tree[path].data.decode()})
        elif len(lines(base[path].data)) > LARGE or number % 2:
            files.append({"path": path, "action": "modify", "operations": operations(base[path].data, tree[path].data)})
        else:
            content = tree[path].data.decode()
            whole = {"path": path, "action": "modify", "content": content}
            files.append(whole if content.endswith("\n") else {**whole, "exact": True})
    return {"summary": "Change what the next release changed", "files": files}


def operations(before: bytes, after: bytes) -> list[dict[str, Any]]:
    """Line operations against the base, each replaced range with the text that stands there."""
    old, new = lines(before), lines(after)
    found: list[dict[str, Any]] = []
    for code, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        content = b"".join(new[c:d]).decode()
        if code == "insert":
            found.append({"op": "insert", "line": a + 1, "content": content})
        elif code == "delete":
            found.append({"op": "delete", "start_line": a + 1, "end_line": b, "old": b"".join(old[a:b]).decode()})
        elif code == "replace":
            found.append({"op": "replace", "start_line": a + 1, "end_line": b, "content": content})
    return found


def unified_diff(base: Tree, tree: Tree) -> str:
    """What `git diff` prints for the change, by git itself."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        git(place, "init", "-q")
        ids: list[str] = []
        for each in (base, tree):
            part = {p: each[p] for p in changed(base, tree) if p in each}
            write_tree(part, place)
            git(place, "-c", "core.autocrlf=false", "-c", "core.attributesFile=/dev/null", "add", "-A", "-f")
            ids.append(git(place, "write-tree").strip())
            for path in part:
                (place / path).unlink()
        return git(place, "diff", "--no-color", "--no-ext-diff", "--no-renames", *ids)


def of_one_way(way: str) -> Callable[[Tree, Tree], str]:
    """An envelope that says every modified file in this way: content, diff or operations."""

    def made(base: Tree, tree: Tree) -> str:
        files: list[dict[str, Any]] = []
        for path in changed(base, tree):
            if path not in tree:
                files.append({"path": path, "action": "delete"})
            elif path not in base:
                files.append({"path": path, "action": "create", "content": tree[path].data.decode()})
            else:
                files.append({"path": path, "action": "modify", **_said(way, path, base, tree)})
        return json.dumps({"summary": "Change what the next release changed", "files": files})

    return made


def _said(way: str, path: str, base: Tree, tree: Tree) -> dict[str, Any]:
    if way == "operations":
        return {"operations": operations(base[path].data, tree[path].data)}
    if way == "diff":
        return {"diff": unified_diff({path: base[path]}, {path: tree[path]})}
    return {"content": tree[path].data.decode(), "exact": True}


def in_lines(base: Tree, tree: Tree) -> str:
    """A file object a line, with their number."""
    files = envelope(base, tree)["files"]
    return "".join(json.dumps(each) + "\n" for each in ({"summary": "Change it", "total": len(files)}, *files))


def in_fences(base: Tree, tree: Tree) -> str:
    """A diff in a fence for each file, with prose around."""
    diffs = (
        unified_diff({p: base[p] for p in (path,) if p in base}, {p: tree[p] for p in (path,) if p in tree})
        for path in changed(base, tree)
    )
    return "Here is the change.\n\n" + "".join(f"````diff\n{diff}````\n\n" for diff in diffs) + "That is all.\n"


TEXTS: dict[str, Callable[[Tree, Tree], str]] = {
    "content": of_one_way("content"),
    "diff of each file": of_one_way("diff"),
    "operations": of_one_way("operations"),
    "lines": in_lines,
    "diff": unified_diff,
    "fenced diffs": in_fences,
}
"""Every form, as the text that a model would send."""
Answer = dict[str, Any] | str
FORMS: dict[str, Callable[[Tree, Tree], Answer]] = {"envelope": envelope, "diff": unified_diff}


def cassette(answer: Answer) -> str:
    """The same answer in every attempt, and an auditor who finds nothing: only evidence can stop it."""
    rows = [
        {"match": {"role": "builder"}, "times": "*", "answer": answer},
        {"match": {"role": "auditor"}, "times": "*", "answer": {"approved": True, "issues": []}},
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)
