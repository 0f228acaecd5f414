"""Product code that makes tests pass without doing what they ask: values equal to everything, and code that asks whether
it is being tested."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from autopack.languages import language_of
from autopack.model.changes import FileChange
from autopack.model.findings import Tree
from autopack.tampering.facts import Facts, Kind, Suspicion
from autopack.testcode.modules import parsed
from autopack.text import shorten

_RUNNER_VARIABLES = frozenset({"PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_WORKER"})
_RUNNER_MODULES = frozenset({"pytest", "_pytest", "unittest", "nose"})
_SCRIPT_SIGNS = re.compile(
    r"\b(?:asymmetricMatch|JEST_WORKER_ID|VITEST(?:_WORKER_ID|_POOL_ID)?|NODE_TEST_CONTEXT)\b|jest\.asymmetricMatcher"
)
_SCRIPTS = frozenset({"javascript", "typescript", "tsx"})
_TYPE_TESTS = frozenset({"isinstance", "type", "issubclass", "hasattr", "callable"})

Method = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def deceiving_suspicions(facts: Facts) -> Iterator[Suspicion]:
    """New in the product alone: tests may compare with whatever they like."""
    for change in facts.changes.changes:
        if change.after is None or facts.is_test(change.path):
            continue
        if language_of(change.path) == "python":
            yield from _python(change)
        elif language_of(change.path) in _SCRIPTS:
            yield from _script(change)


def _python(change: FileChange) -> Iterator[Suspicion]:
    tree = parsed(change.path, change.after or b"", _no_trees)
    if tree is None:
        return
    before = parsed(change.path, change.before, _no_trees) if change.before is not None else None
    known = Counter(ast.dump(node) for node, _ in _signs(before)) if before is not None else Counter[str]()
    for node, said in _signs(tree):
        key = ast.dump(node)
        known[key] -= 1
        if known[key] < 0:
            yield _suspicion(change.path, getattr(node, "lineno", 1), said, shorten(ast.unparse(node), 200))


def _signs(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from ((method, f"`{node.name}.{name}` {said}") for method, name, said in _comparisons(node))
        elif _asks_for_a_run(node):
            yield node, f"`{shorten(ast.unparse(node), 100)}` asks whether tests run"


def _comparisons(owner: ast.ClassDef) -> Iterator[tuple[ast.AST, str, str]]:
    """Methods of a class that say of every value that it is equal, or not unequal."""
    for node in owner.body:
        named: list[tuple[str, Method]] = []
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            named = [(node.name, node)]
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            named = [(target.id, node.value) for target in node.targets if isinstance(target, ast.Name)]
        for name, method in named:
            if name == "__eq__" and _never_looks(method, owner.name, wanted=True):
                yield node, name, "is true of every value"
            elif name == "__ne__" and _never_looks(method, owner.name, wanted=False):
                yield node, name, "is false of every value"


def _never_looks(method: Method, owner: str, *, wanted: bool) -> bool:
    """Whether some result is the constant answer and none depends on more of the other value than its type; a test for the
    class's own type is a look."""
    arguments = [*method.args.posonlyargs, *method.args.args]
    if len(arguments) < 2:
        return False
    other = arguments[1].arg
    body: list[ast.AST] = [method.body] if isinstance(method, ast.Lambda) else list(method.body)
    results = [method.body] if isinstance(method, ast.Lambda) else [
        n.value for part in body for n in ast.walk(part) if isinstance(n, ast.Return) and n.value is not None
    ]  # fmt: skip
    if not any(_is_answer(result, wanted) for result in results):
        return False
    typed = [
        n for part in body for n in ast.walk(part)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in _TYPE_TESTS
    ]  # fmt: skip
    if any(_own_type(name, owner) for call in typed for name in ast.walk(call)):
        return False
    inside = {id(n) for call in typed for n in ast.walk(call)}
    looks = (n for part in body for n in ast.walk(part) if isinstance(n, ast.Name) and n.id == other)
    return all(id(n) in inside for n in looks)


def _is_answer(result: ast.expr, wanted: bool) -> bool:
    """A constant of that truth, or a type test, which is one for every value of the type."""
    if isinstance(result, ast.Constant):
        return bool(result.value) is wanted and result.value is not NotImplemented
    if isinstance(result, ast.UnaryOp) and isinstance(result.op, ast.Not) and isinstance(result.operand, ast.Constant):
        return (not result.operand.value) is wanted
    called = result.func if isinstance(result, ast.Call) else None
    return wanted and isinstance(called, ast.Name) and called.id in _TYPE_TESTS


def _own_type(node: ast.AST, owner: str) -> bool:
    return (isinstance(node, ast.Name) and node.id in (owner, "self", "cls")) or (
        isinstance(node, ast.Attribute) and node.attr == "__class__"
    )


def _asks_for_a_run(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return node.value in _RUNNER_VARIABLES if isinstance(node.value, str) else False
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
        return _names_runner(node.left) and _is_modules(node.comparators[0])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        return _names_runner(node.args[0]) and _is_modules(node.func.value)
    return False


def _names_runner(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in _RUNNER_MODULES


def _is_modules(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "modules") or (
        isinstance(node, ast.Name) and node.id == "modules"
    )


def _script(change: FileChange) -> Iterator[Suspicion]:
    before = Counter(_SCRIPT_SIGNS.findall((change.before or b"").decode("utf-8", "replace")))
    for number, line in enumerate((change.after or b"").decode("utf-8", "replace").splitlines(), 1):
        for sign in _SCRIPT_SIGNS.findall(line):
            before[sign] -= 1
            if before[sign] < 0:
                said = f"`{shorten(line.strip(), 100)}` speaks to the test runner: `{sign}`"
                yield _suspicion(change.path, number, said, line.strip())


def _suspicion(path: str, line: int, said: str, text: str) -> Suspicion:
    return Suspicion(Kind.DECEIVED, path, line, Tree.CANDIDATE, "", f"{said}, so a test that passes on it shows nothing",
                     "", text)  # fmt: skip


def _no_trees(path: str, data: bytes) -> None:
    """Scripts are read by their words here."""
