"""Python that changes tests from outside: hooks and fixtures of conftest files, start-up modules, patched assertions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from autopack.model.findings import Tree
from autopack.tampering.checks import Place
from autopack.tampering.facts import Facts, Kind, Suspicion
from autopack.tampering.fixture_homes import runs_by_itself
from autopack.tampering.replacing import is_product
from autopack.tampering.texts import Texts
from autopack.testcode.modules import Function, Module, Project
from autopack.testcode.syntax import dotted, leaf

_START_UP = ("sitecustomize.py", "usercustomize.py")
_STOPS = frozenset({"skip", "xfail", "exit", "skipTest", "importorskip"})
_OUTCOMES = frozenset({"outcome", "exitstatus", "excinfo", "wasxfail", "testsfailed", "when", "longrepr"}) - {"when"}
_TAKES = frozenset({"remove", "clear", "pop", "pytest_deselected", "force_result", "force_exception", "_exit"})
_LISTS = frozenset({"collect_ignore", "collect_ignore_glob"})
_SETTERS = frozenset({"setattr"})
_OF_TESTS = frozenset({"pytest", "unittest", "builtins", "math", "_pytest", "hypothesis", "numpy", "np", "TestCase",
                       "Session", "Item",
                       "Function", "mock"})  # fmt: skip


@dataclass(frozen=True)
class _Act:
    kind: Kind
    line: int
    key: str
    why: str


def hook_suspicions(facts: Facts, before: Texts, after: Texts) -> Iterator[Suspicion]:
    """Of files on the tests' side that pytest or Python loads by themselves, and of fixtures wherever they stand."""
    old, new = facts.old, facts.new
    for change in facts.changes.changes:
        path = change.path
        start_up = path.rpartition("/")[2] in _START_UP
        if change.after is None or not (facts.is_test(path) or start_up):
            continue
        module = new.module(path)
        if module is None:
            continue
        earlier = old.module(change.old_path or path)
        yield from _guards_gone(earlier, new, facts, before)
        known = [act.key for act in _acts(earlier)] if earlier is not None else []
        for act in _acts(module):
            if act.key in known:
                known.remove(act.key)
                continue
            place = Place(path, act.line)
            yield Suspicion(act.kind, path, act.line, Tree.CANDIDATE, "", act.why, "", after.line(place))


def _guards_gone(earlier: Module | None, new: Project, facts: Facts, before: Texts) -> Iterator[Suspicion]:
    """Fixtures that every test ran with and that failed it for something, and that stand nowhere any more."""
    for guard in _guards(earlier):
        names = {g.name for c in facts.changes.changes if c.after is not None for g in _guards(new.module(c.path))}
        if earlier is not None and guard.name not in names:
            why = f"{guard.name}, which failed every test that did what it watches, is gone"
            place = Place(earlier.path, guard.lineno)
            yield Suspicion(Kind.CONFIGURATION, place.path, place.line, Tree.BASE, "", why, before.line(place))


def _guards(module: Module | None) -> Iterator[Function]:
    """Fixtures that run by themselves and can fail a test."""
    for node in module.tree.body if module is not None else ():
        decorators = node.decorator_list if isinstance(node, Function) else []
        itself = isinstance(node, Function) and any(map(runs_by_itself, decorators))
        if isinstance(node, Function) and itself and any(map(_may_fail, ast.walk(node))):
            yield node


def _may_fail(node: ast.AST) -> bool:
    """Whether it fails a test, or has Python fail it: warnings as errors, traps, a limit of time."""
    if isinstance(node, ast.Assign):
        on = isinstance(node.value, ast.Constant) and node.value.value is True
        return on and any(isinstance(t, ast.Subscript) and leaf(t.value) == "traps" for t in node.targets)
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Assert | ast.Raise)
    said = {a.value for a in (*node.args, *(w.value for w in node.keywords)) if isinstance(a, ast.Constant)}
    return leaf(node.func) in ("fail", "alarm", "setitimer", "dump_traceback_later") or (
        leaf(node.func) in ("simplefilter", "filterwarnings", "seterr", "errstate") and bool(said & {"error", "raise"})
    )


def _acts(module: Module) -> Iterator[_Act]:
    for node in module.tree.body:
        if isinstance(node, Function):
            yield from _of_function(node, module)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            yield from _of_assignment(node)
            yield from _of_product(node, module)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield from _of_call(node.value)
        elif isinstance(node, ast.If | ast.Try):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Assign):
                    yield from _of_assignment(inner)
                elif isinstance(inner, ast.Call):
                    yield from _of_call(inner)
        elif isinstance(node, ast.Raise) and node.exc is not None and leaf(node.exc) == "SkipTest":
            yield _Act(Kind.SKIPPED, node.lineno, ast.unparse(node), "Every test of the file is skipped")


def _of_function(node: Function, module: Module) -> Iterator[_Act]:
    hook = node.name.startswith("pytest_")
    fixture = any("fixture" in leaf(d) for d in node.decorator_list)
    if not hook and not fixture and node.name not in ("load_tests", "setUpModule", "setup_module", "setup_function"):
        return
    name = node.name
    if name == "load_tests":
        yield _Act(Kind.DESELECTED, node.lineno, name, "load_tests decides which tests unittest runs")
        return
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            called = leaf(inner.func)
            text = ast.unparse(inner)
            if called in _STOPS:
                kind = Kind.XFAILED if called == "xfail" else Kind.SKIPPED
                yield _Act(kind, inner.lineno, f"{name} {text}", f"{name} lets tests be {kind.value}: `{text[:100]}`")
            elif called in ("add_marker", "applymarker") and any(w in text for w in ("skip", "xfail")):
                kind = Kind.XFAILED if "xfail" in text else Kind.SKIPPED
                yield _Act(kind, inner.lineno, f"{name} {text}", f"{name} marks tests: `{text[:100]}`")
            elif hook and called in _TAKES and (called.startswith(("force", "_exit")) or dotted(inner.func).startswith(
                ("items", "session.items", "results"))):  # fmt: skip
                yield _Act(Kind.DESELECTED, inner.lineno, f"{name} {text}", f"{name} takes tests out: `{text[:100]}`")
        elif isinstance(inner, ast.Assign | ast.AugAssign) and not fixture:
            yield from _of_product(inner, module)
            for target in inner.targets if isinstance(inner, ast.Assign) else [inner.target]:
                text = ast.unparse(inner)
                if not hook:
                    continue
                if isinstance(target, ast.Attribute) and (
                    target.attr in _OUTCOMES or dotted(target).startswith("config.option.")
                ):
                    yield _Act(
                        Kind.CONFIGURATION, inner.lineno, f"{name} {text}", f"{name} changes outcomes: `{text[:100]}`"
                    )
                elif (
                    isinstance(target, ast.Subscript)
                    and leaf(target.value) in ("items", "__dict__")
                    and not _keeps_all(inner.value)
                ):
                    yield _Act(
                        Kind.DESELECTED, inner.lineno, f"{name} {text}", f"{name} takes tests out: `{text[:100]}`"
                    )
        elif isinstance(inner, ast.Try) and hook and name.startswith(("pytest_runtest", "pytest_pyfunc")):
            for handler in inner.handlers:
                if not any(isinstance(n, ast.Raise) for n in ast.walk(handler)):
                    why = f"{name} swallows failures"
                    yield _Act(Kind.CONFIGURATION, handler.lineno, f"{name} {ast.unparse(inner)}", why)
        elif isinstance(inner, ast.Delete) and hook and any("items" in ast.unparse(t) for t in inner.targets):
            yield _Act(Kind.DESELECTED, inner.lineno, f"{name} {ast.unparse(inner)}", f"{name} takes tests out")
        elif isinstance(inner, ast.Return) and name in ("pytest_ignore_collect", "pytest_runtest_protocol",
            "pytest_pyfunc_call",
                                                        "pytest_runtest_call", "pytest_report_teststatus") and (
            inner.value is not None and not (isinstance(inner.value, ast.Constant) and inner.value.value in (None,
                False))):  # fmt: skip
            yield _Act(
                Kind.DESELECTED, inner.lineno, f"{name} {ast.unparse(inner)}", f"{name} answers in the place of pytest"
            )


def _keeps_all(value: ast.expr) -> bool:
    """An order of all items."""
    return isinstance(value, ast.Call) and leaf(value.func) in ("sorted", "reversed", "list") and not any(
        isinstance(n, ast.comprehension) and n.ifs for n in ast.walk(value)
    )  # fmt: skip


def _of_assignment(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> Iterator[_Act]:
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        text = ast.unparse(node)
        if isinstance(target, ast.Name) and target.id in _LISTS and node.value is not None:
            yield _Act(Kind.DESELECTED, node.lineno, text, f"Files are not collected: `{text[:100]}`")
        elif isinstance(target, ast.Attribute) and dotted(target).split(".")[0] in _OF_TESTS:
            yield _Act(Kind.CONFIGURATION, node.lineno, text, f"What tests assert with is replaced: `{text[:100]}`")


def _of_product(node: ast.Assign | ast.AnnAssign | ast.AugAssign, module: Module) -> Iterator[_Act]:
    """Attributes and modules of the product that a file replaces when it is loaded."""
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        text = ast.unparse(node)
        root = dotted(target).split(".")[0]
        if isinstance(target, ast.Attribute) and is_product(root, module):
            yield _Act(
                Kind.MOCKED, node.lineno, text, f"A part of the product is replaced for every test: `{text[:100]}`"
            )
        elif isinstance(target, ast.Subscript) and dotted(target.value) == "sys.modules":
            yield _Act(Kind.MOCKED, node.lineno, text, f"A module is replaced for every test: `{text[:100]}`")


def _of_call(call: ast.Call) -> Iterator[_Act]:
    text, name = ast.unparse(call), leaf(call.func)
    if name in ("append", "extend") and dotted(call.func).split(".")[0] in _LISTS:
        yield _Act(Kind.DESELECTED, call.lineno, text, f"Files are not collected: `{text[:100]}`")
    elif name in _SETTERS and call.args and dotted(call.args[0]).split(".")[0] in _OF_TESTS:
        yield _Act(Kind.CONFIGURATION, call.lineno, text, f"What tests assert with is replaced: `{text[:100]}`")
    elif name in _STOPS and dotted(call.func).split(".")[0] in ("pytest", "skip", "importorskip", "unittest"):
        yield _Act(Kind.SKIPPED, call.lineno, text, f"Tests of the file are skipped: `{text[:100]}`")
