"""What a change adds that can be executed, told from Python's own syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache

from autopack.model.changes import FileChange
from autopack.text import line_edits


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
    added = _added(change.before, change.after)
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


def statements(data: bytes) -> dict[int, int]:
    """Lines of code (1-based) to the first line of their statement; statements that run nothing (`pass`, `global`, a bare
    constant or annotation, imports for type checkers) left out. {} for what does not parse."""
    tree = _parse(data)
    if tree is None:
        return {}
    idle = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.If) and _for_checkers(node.test)
            for inner in node.body if isinstance(inner, ast.Import | ast.ImportFrom)}  # fmt: skip
    found: dict[int, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and id(node) not in idle and not _idle(node):
            extent = _extent(node)
            for line in extent:
                found.setdefault(line, extent[0])
    return found


def telling_lines(data: bytes, added: Iterable[int]) -> frozenset[int]:
    """Lines that only a test which exercises an added line executes: the line itself, for the head of a function the
    function's body; none for definitions and imports outside of functions, which loading the file executes."""
    tree, wanted = _parse(data), frozenset(added)
    if tree is None:
        return frozenset()
    found = set(wanted)
    nodes: list[tuple[ast.AST, bool]] = [(tree, False)]
    while nodes:
        node, inside = nodes.pop()
        function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if isinstance(node, ast.stmt) and not inside and (function or _loads(node)):
            head = _extent(node)
            found.difference_update(head)
            if function and wanted.intersection(head):
                found.update(line for inner in node.body if not _loads(inner) for line in _extent(inner))
        nodes += [(inner, inside or function) for inner in ast.iter_child_nodes(node)]
    return frozenset(found)


def kept_lines(before: bytes, after: bytes) -> dict[int, int]:
    """Lines of `before` that are still there, each with its number in `after` (both 1-based)."""
    old, new = _lines(before), _lines(after)
    found: dict[int, int] = {}
    for tag, first, last, now, _ in line_edits(old, new):
        if tag == "equal":
            found.update((first + n + 1, now + n + 1) for n in range(last - first))
    return found


def added_lines(change: FileChange) -> list[int]:
    """1-based lines of `after` that were added or altered, whatever the language."""
    if change.after is None:
        return []
    return list(_added(change.before, change.after))


def changed_runs(change: FileChange) -> Iterator[tuple[int, int]]:
    """First and last line in `after` (1-based) of each run that was added or altered; of lines that were only taken out
    the one line now behind them."""
    if change.after is None:
        return
    after = _lines(change.after)
    if change.before is None:
        yield 1, _filled(after)
        return
    for tag, _, _, first, last in line_edits(_lines(change.before), after):
        if tag != "equal":
            yield (min(first + 1, _filled(after)), min(max(last, first + 1), _filled(after)))


def _filled(lines: list[str]) -> int:
    """How many lines there are, the empty text behind a final line end not counted, at least 1."""
    return max(1, len(lines) - (not lines[-1]))


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


@lru_cache(maxsize=16)
def _added(before: bytes | None, after: bytes) -> tuple[int, ...]:
    """Kept, because it is asked for each test of a file."""
    new = _lines(after)
    if before is None:
        return tuple(range(1, len(new) + 1))
    return tuple(
        number + 1
        for tag, _, _, first, last in line_edits(_lines(before), new)
        if tag in ("insert", "replace")
        for number in range(first, last)
    )


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
        if isinstance(node, ast.stmt):
            lines.update(_extent(node))
    for docstring in _docstrings(tree):
        lines.difference_update(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return lines


def _extent(node: ast.stmt) -> range:
    """The lines of a statement; of one that holds others, those of its head."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    if body is None:
        return range(first, (node.end_lineno or first) + 1)
    inner = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
    return range(first, max(first + 1, inner.lineno))


def _idle(node: ast.stmt) -> bool:
    bare = isinstance(node, ast.AnnAssign) and node.value is None
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant)
    return bare or constant or endless or isinstance(node, ast.Pass | ast.Global | ast.Nonlocal)


def _loads(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)


def _for_checkers(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
    return name == "TYPE_CHECKING"


def _functions(tree: ast.Module, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[prefix + node.name] = ast.dump(node)
        elif isinstance(node, ast.ClassDef):
            inner = ast.Module(body=node.body, type_ignores=[])
            found.update(_functions(inner, f"{prefix}{node.name}::"))
    return found
