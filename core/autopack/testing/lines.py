"""What a change adds that can be executed, told from Python's own syntax tree."""

from __future__ import annotations

import ast
from difflib import SequenceMatcher

from autopack.model.changes import FileChange


def is_python(path: str, data: bytes) -> bool:
    """A .py file, or a script whose first line names Python. Stubs are not."""
    if path.endswith(".py"):
        return True
    first = data[:200].split(b"\n", 1)[0]
    return "." not in path.rpartition("/")[2] and first.startswith(b"#!") and b"python" in first


def added_executable_lines(change: FileChange) -> frozenset[int]:
    """1-based lines of `after` that were added or altered and hold code: not blank, comment or docstring.

    A Python file that does not parse counts with every line added. Empty for deletions and other languages.
    """
    if change.after is None or not is_python(change.path, change.after):
        return frozenset()
    after = _lines(change.after)
    added = _added(_lines(change.before) if change.before is not None else [], after)
    if not added:
        return frozenset()
    tree = _parse(change.after)
    if tree is None:
        return frozenset(n for n in added if after[n - 1].strip())
    old = _parse(change.before) if change.before is not None else None
    if old is not None and _code(old) == _code(tree):
        return frozenset()
    code = _code_lines(tree)
    return frozenset(
        n for n in added if n in code and not after[n - 1].strip().startswith("#") and after[n - 1].strip()
    )


def added_lines(change: FileChange) -> list[int]:
    """1-based lines of `after` that were added or altered, whatever the language."""
    if change.after is None:
        return []
    return _added(_lines(change.before) if change.before is not None else [], _lines(change.after))


def changed_tests(change: FileChange) -> list[str]:
    """Names (`test_x`, `TestY::test_x`) of test functions in a Python file that are new or not what they were."""
    if change.after is None or not is_python(change.path, change.after):
        return []
    tree = _parse(change.after)
    if tree is None:
        return []
    before = _parse(change.before) if change.before is not None else None
    old = _functions(before) if before is not None else {}
    return [name for name, dump in _functions(tree).items() if name.split("::")[-1].startswith("test")
            and old.get(name) != dump]  # fmt: skip


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")


def _added(before: list[str], after: list[str]) -> list[int]:
    if not before:
        return list(range(1, len(after) + 1))
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    end = 0
    while end < min(len(before), len(after)) - head and before[-1 - end] == after[-1 - end]:
        end += 1
    old, new = before[head : len(before) - end], after[head : len(after) - end]
    added: list[int] = []
    for tag, _, _, first, last in SequenceMatcher(None, old, new, autojunk=len(new) > 2000).get_opcodes():
        if tag in ("insert", "replace"):
            added += range(head + first + 1, head + last + 1)
    return added


def _parse(data: bytes) -> ast.Module | None:
    try:
        return ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _docstrings(tree: ast.AST) -> list[ast.Expr]:
    found: list[ast.Expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                found.append(first)
    return found


def _code(tree: ast.Module) -> str:
    for docstring in _docstrings(tree):
        docstring.value = ast.Constant("")
    return ast.dump(tree)


def _code_lines(tree: ast.Module) -> set[int]:
    """Lines of statements, docstrings left out."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        body = getattr(node, "body", None) or getattr(node, "cases", None)
        if body is None:
            lines.update(range(first, (node.end_lineno or first) + 1))
        else:
            inner = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
            lines.update(range(first, max(first + 1, inner.lineno)))
    for docstring in _docstrings(tree):
        lines.difference_update(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return lines


def _functions(tree: ast.Module, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[prefix + node.name] = ast.dump(node)
        elif isinstance(node, ast.ClassDef):
            inner = ast.Module(body=node.body, type_ignores=[])
            found.update(_functions(inner, f"{prefix}{node.name}::"))
    return found
