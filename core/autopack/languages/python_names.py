"""What one Python module takes from another: names by import, and attributes of an imported module."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

_BROKEN = (SyntaxError, ValueError, MemoryError, RecursionError)
Module = tuple[str, ...]
_ABSENCE = frozenset({"ImportError", "ModuleNotFoundError", "AttributeError"})
"""What a name that is missing raises."""
_EXPECTING = frozenset({"raises", "assertRaises", "assertRaisesRegex"})


def offered_names(data: bytes) -> frozenset[str] | None:
    """Every name that others can take from this module, imported ones too; None where that is decided when it runs
    (a `__getattr__`, an import of everything) or cannot be read."""
    try:
        tree = ast.parse(data)
    except _BROKEN:
        return None
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return None if found & {"__getattr__", "*"} else frozenset(found)


def used_of_module(path: str, data: bytes, module: str, names: Collection[str]) -> dict[str, int]:
    """Which of `names`, defined by the file `module`, the file `path` takes from it, each with the line of its first
    use; not where a test expects them to be missing. A text that cannot be read takes nothing."""
    try:
        tree = ast.parse(data)
    except _BROKEN:
        return {}
    target = _module(module)
    found: dict[str, int] = {}
    held: set[str] = set()
    needed = list(_needed(tree))
    for node in needed:
        if isinstance(node, ast.ImportFrom):
            source, exact = _source(path, node)
            for alias in node.names:
                if _same(source, target, exact) and alias.name in names:
                    found.setdefault(alias.name, node.lineno)
                elif _same((*source, alias.name), target, exact):
                    held.add(alias.asname or alias.name)
        elif isinstance(node, ast.Import):
            held |= {alias.asname or alias.name for alias in node.names if _same(tuple(alias.name.split(".")), target)}
    for name, line in _attributes(needed, held):
        if name in names:
            found.setdefault(name, line)
    return found


def _needed(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes of a file in their order, without what stands where it is expected to be missing."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        yield node
        if not (isinstance(node, ast.With) and any(_expects_absence(item.context_expr) for item in node.items)):
            stack += reversed(list(ast.iter_child_nodes(node)))


def _expects_absence(context: ast.expr) -> bool:
    """`pytest.raises(ImportError)`, `self.assertRaises(AttributeError)`."""
    if not isinstance(context, ast.Call) or _dotted(context.func).rpartition(".")[2] not in _EXPECTING:
        return False
    kinds = [kind for arg in context.args[:1] for kind in (arg.elts if isinstance(arg, ast.Tuple) else [arg])]
    return bool(kinds) and all(_dotted(kind).rpartition(".")[2] in _ABSENCE for kind in kinds)


def _attributes(nodes: Iterable[ast.AST], held: Collection[str]) -> Iterator[tuple[str, int]]:
    """`mod.name` and `pkg.mod.name` where what stands before the name is held."""
    for node in nodes:
        if isinstance(node, ast.Attribute) and _dotted(node.value) in held:
            yield node.attr, node.lineno


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _module(path: str) -> Module:
    """`src/pkg/mod.py` as its parts; `__init__` is the package itself."""
    parts = path.removesuffix("i").removesuffix(".py").split("/")
    return tuple(parts[:-1] if parts[-1] == "__init__" else parts)


def _source(path: str, node: ast.ImportFrom) -> tuple[Module, bool]:
    """The module a `from` names, and whether that is its whole place in the repository."""
    named = tuple(node.module.split(".")) if node.module else ()
    if not node.level:
        return named, False
    package = tuple(path.split("/")[:-1])
    return (*package[: len(package) - node.level + 1], *named), True


def _same(source: Module, target: Module, exact: bool = False) -> bool:
    """An absolute import names the end of a place: what stands before it is on the path when it runs."""
    if exact:
        return source == target
    return bool(source) and target[-len(source) :] == source
