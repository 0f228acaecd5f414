"""What a phase promises of its deliverables beyond their being there: what they define, and that it is written out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from autopack.languages import Reading
from autopack.model.changes import ChangeSet, FileChange
from autopack.model.findings import Finding, Range, Severity
from autopack.model.plan import Phase
from autopack.model.rules import finding
from autopack.testing.functions import Function, functions, parsed
from autopack.testing.lines import is_python

_ABSTRACT = frozenset({"abstractmethod", "overload", "abstractproperty"})
_OPEN_CLASSES = frozenset({"Protocol", "ABC", "ABCMeta", "TypedDict", "NamedTuple", "Enum"})
_SCAFFOLDS = frozenset({"feature_scaffolding"})


def undefined(phase: Phase, read: Callable[[str], Reading | None]) -> list[Finding]:
    """AP602 per name that a deliverable does not define; `read` gives the reading of a path of the candidate, None where
    the file is absent (which AP601 tells)."""
    found: list[Finding] = []
    for path, names in phase.defines.items():
        reading = read(path)
        if reading is None:
            continue
        known = {symbol.name for symbol in reading.symbols}
        found += [
            finding("AP602", f"{path} does not define {name}, as the plan says it does. Define it there.", path=path,
                    range=_nearest(name, reading), entry=f"deliverables[{phase.deliverables.index(path)}]")
            for name in names
            if name not in known
        ]  # fmt: skip
    return found


def _nearest(name: str, reading: Reading) -> Range | None:
    """Where what should hold the name is defined; None at the top of a file."""
    owner = name.rpartition(".")[0]
    lines = [symbol.line for symbol in reading.symbols if owner and symbol.name == owner]
    return Range.of_line(lines[0]) if lines else None


def unwritten(phase: Phase, changes: ChangeSet) -> list[Finding]:
    """AP601 per function that the change adds to a deliverable without writing it: its body raises NotImplementedError or
    is `...`; a warning where scaffolding is asked for, and for one that holds nothing or `pass`, which may be meant."""
    scaffold = phase.category in _SCAFFOLDS or phase.builder_mode == "scaffolding_heavy"
    wanted = tuple(path for path in phase.created)
    found: list[Finding] = []
    for change in changes.changes:
        if not any(change.path == path or (path.endswith("/") and change.path.startswith(path)) for path in wanted):
            continue
        for name, node in _stubs(change):
            text = f"{change.path} is a deliverable, and {name.replace('::', '.')} in it is not written out. Write it."
            severity = Severity.WARNING if scaffold or not _says_so(node) else None
            found.append(finding("AP601", text, path=change.path, range=Range.of_line(node.lineno), severity=severity))
    return found


def _stubs(change: FileChange) -> Iterator[tuple[str, Function]]:
    if change.after is None or not is_python(change.path, change.after):
        return
    before = functions(change.before or b"")
    now, free = functions(change.after), _open_classes(change.after)
    for name, node in now.items():
        owner, _, method = name.rpartition("::")
        overridden = bool(owner) and any(other != name and other.endswith(f"::{method}") for other in now)
        if owner in free or overridden or (name in before and _empty(before[name])):
            continue
        if _empty(node) and not _abstract(node):
            yield name, node


def _open_classes(data: bytes) -> set[str]:
    """Classes whose methods others write: protocols and abstract ones."""
    tree = parsed(data)
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)] if tree is not None else []
    return {
        node.name
        for node in nodes
        if any(_last(base) in _OPEN_CLASSES for base in (*node.bases, *(k.value for k in node.keywords)))
        or any(isinstance(inner, Function) and _abstract(inner) for inner in node.body)
    }


def _written(node: Function) -> list[ast.stmt]:
    """Its statements without docstring and `pass`."""
    prose = ast.get_docstring(node, clean=False) is not None
    return [s for s in (node.body[1:] if prose else node.body) if not isinstance(s, ast.Pass)]


def _empty(node: Function) -> bool:
    return not _written(node) or _says_so(node)


def _says_so(node: Function) -> bool:
    """It is `...`, or raises NotImplementedError and nothing else."""
    body = _written(node)
    if len(body) != 1:
        return False
    (only,) = body
    if isinstance(only, ast.Expr):
        return isinstance(only.value, ast.Constant) and only.value.value is ...
    return isinstance(only, ast.Raise) and only.exc is not None and _last(only.exc) == "NotImplementedError"


def _abstract(node: Function) -> bool:
    return any(_last(decorator) in _ABSTRACT for decorator in node.decorator_list)


def _last(node: ast.expr) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    node = node.value if isinstance(node, ast.Subscript) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
