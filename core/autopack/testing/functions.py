"""The functions of a Python file by their place in it, with their lines and the names they use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

Function = ast.FunctionDef | ast.AsyncFunctionDef
_KEPT = 4
"""Files: a test file and a product file, before and after."""


@lru_cache(maxsize=_KEPT)
def functions(data: bytes) -> Mapping[str, Function]:
    """Functions and methods by their place (`test_x`, `TestY::test_x`), nested ones left out; of several of one place the
    last, which is the one that counts. {} for what cannot be parsed. Shared, as of `parsed`."""
    tree = parsed(data)
    if tree is None:
        return {}
    found: dict[str, Function] = {}
    stack: list[tuple[str, ast.stmt]] = [("", node) for node in reversed(tree.body)]
    while stack:
        prefix, node = stack.pop()
        if isinstance(node, ast.ClassDef):
            stack += [(f"{prefix}{node.name}::", inner) for inner in reversed(node.body)]
        elif isinstance(node, Function):
            found[f"{prefix}{node.name}"] = node
        elif isinstance(node, ast.If | ast.Try):
            stack += [(prefix, inner) for inner in reversed(_blocks(node))]
    return found


@lru_cache(maxsize=_KEPT)
def parsed(data: bytes) -> ast.Module | None:
    """None for what is no Python. The tests of a file are looked at one by one, so the last files asked for are kept: a
    tree is shared, and nobody may change it."""
    try:
        return ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _blocks(node: ast.If | ast.Try) -> list[ast.stmt]:
    handlers = [s for h in node.handlers for s in h.body] if isinstance(node, ast.Try) else []
    return [*node.body, *handlers, *node.orelse]


def span(node: Function) -> tuple[int, int]:
    """First and last line, decorators included."""
    return min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.end_lineno or node.lineno


@lru_cache(maxsize=_KEPT)
def imports_in(data: bytes) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """The imports of a Python file, wherever they stand."""
    tree = parsed(data)
    return tuple(n for n in (ast.walk(tree) if tree is not None else ()) if isinstance(n, ast.Import | ast.ImportFrom))


def used_names(node: ast.AST) -> frozenset[str]:
    """Names, attributes, imported and keyword names in the node, and the words of dotted strings (`patch("a.b")`)."""
    return frozenset(_used(node))


def names_with_helpers(node: ast.AST, tree: ast.Module, *, fixtures: bool = True) -> set[str]:
    """Names that a test uses, itself and by the functions of its file that it names, with `fixtures` by parameters too."""
    helpers = {n.name: n for n in tree.body if isinstance(n, Function)}
    if not fixtures:
        helpers = {
            name: n for name, n in helpers.items() if not any("fixture" in ast.dump(d) for d in n.decorator_list)
        }
    used = set(used_names(node))
    waiting = [helpers.pop(name) for name in list(helpers) if name in used]
    while waiting:
        used |= used_names(waiting.pop())
        waiting += [helpers.pop(name) for name in list(helpers) if name in used]
    return used


def called_fixtures(node: Function, homes: Iterable[ast.Module]) -> frozenset[str]:
    """Names used by the fixtures that give a test a function which it calls by the parameter's name; `homes` are the files
    that may hold them."""
    parameters = {a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
    called = {c.func.id for c in ast.walk(node) if isinstance(c, ast.Call) and isinstance(c.func, ast.Name)}
    wanted = parameters & called
    found = (n for tree in homes for n in tree.body if isinstance(n, Function) and n.name in wanted)
    return frozenset(name for fixture in found for name in used_names(fixture))


def _used(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
        elif isinstance(part, ast.arg | ast.keyword) and part.arg:
            yield part.arg
        elif isinstance(part, ast.alias):
            yield from part.name.split(".")
        elif isinstance(part, ast.ImportFrom) and part.module:
            yield from part.module.split(".")
        elif isinstance(part, ast.Constant) and isinstance(part.value, str) and "." in part.value:
            words = part.value.split(".")
            if all(word.isidentifier() for word in words):
                yield from words


def quoted(data: bytes | None) -> frozenset[str]:
    """The string constants of a Python file, docstrings aside, and of what stands between the fields of formatted ones that
    with words; none for other languages."""
    tree = parsed(data) if data is not None else None
    if tree is None:
        return frozenset()
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = (p for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for p in node.values)
    prose |= {id(p) for p in parts if isinstance(p, ast.Constant) and not _has_word(str(p.value))}
    constants = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in prose)
    return frozenset(n.value for n in constants if isinstance(n.value, str) and n.value.strip())


def _has_word(text: str) -> bool:
    return re.search(r"[^\W\d_]{3}", text) is not None
