"""New and changed tests that cannot fail, whatever the changed code does.

Each test is run in thought (`running`): what its assertions depend on, what swallows their failures, what stands in the
place of the code under test. A test is doubted only where *no* assertion of it can notice anything; what nobody can look
into (a library, a file, a fixture from elsewhere) is taken to depend on the product.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from autopack.languages import Trees
from autopack.model.changes import ChangeSet
from autopack.testcode import base_runs, oracles, skipping, smoke
from autopack.testcode.modules import Module, Project, parsed
from autopack.testcode.product import Product
from autopack.testcode.python_tests import TestFunction, read_tests
from autopack.testcode.running import Run
from autopack.testcode.script_tests import script_skipped, script_tests
from autopack.testcode.staging import play
from autopack.testcode.values import Endless, Found


class Kind(StrEnum):
    TAUTOLOGY = "tautology"
    NO_ASSERTION = "no_assertion"
    SUBJECT_MOCKED = "subject_mocked"
    CONSTANT_ASSERTION = "constant_assertion"
    SWALLOWED_EXCEPTION = "swallowed_exception"
    COPIED_IMPLEMENTATION = "copied_implementation"
    ALWAYS_SKIPPED = "always_skipped"
    PASSES_ON_BASE = "passes_on_base"


@dataclass(frozen=True, slots=True)
class Doubt:
    """`test` is its place (`path::Class::name`), `line` the 1-based line of the candidate's `path` to look at; `sure`:
    the text alone proves it. A doubt that is only `information` says what may well be meant so."""

    test: str
    path: str
    line: int
    kind: Kind
    message: str
    sure: bool = True
    information: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known of a change. `read` gives the candidate's content of any path and `paths` its files; without them only
    the change is known. `trees` reads scripts (both sides of changed ones). `passes_on_base`: by test id, whether the new
    or changed test passes with the base's product code under the change's test files; None where nobody ran it."""

    changes: ChangeSet
    is_test: Callable[[str], bool]
    read: Callable[[str], bytes | None] | None = None
    paths: frozenset[str] = frozenset()
    trees: Trees = field(default=lambda path, data: None)
    passes_on_base: Mapping[str, bool] | None = None
    goal: str = ""
    category: str = ""


def vacuous_tests(facts: Facts) -> tuple[Doubt, ...]:
    """At most one doubt about each new or changed test, in the order of files and lines."""
    project = project_of(facts)
    product = Product(project, dict(_before(facts, project)))
    doubts: list[Doubt] = []
    judged: list[TestFunction] = []
    for module, tests, fresh in changed_test_files(facts, project):
        judged += fresh
        copies = oracles.pasted(product, [module, *_helpers(project, module)])
        hidden = skipping.hidden(tests)
        for test in fresh:
            doubt = _judge(facts, Stage(project, product, module, copies), test, tests, hidden)
            if doubt is not None:
                doubts.append(doubt)
    doubts += base_runs.passing_on_base(facts, judged, doubts)
    return tuple(sorted(doubts, key=lambda doubt: (doubt.path, doubt.line, doubt.test)))


def fresh_tests(facts: Facts) -> tuple[str, ...]:
    """Places of new and changed tests, to run on the base's product code (`Facts.passes_on_base`)."""
    return tuple(test.place for _, _, fresh in changed_test_files(facts, project_of(facts)) for test in fresh)


def project_of(facts: Facts) -> Project:
    """The candidate: the change's own files first, then what `read` gives."""
    own = {c.path: c.after for c in facts.changes.changes}
    gone = {c.old_path for c in facts.changes.changes if c.old_path} | {p for p, data in own.items() if data is None}
    paths = (facts.paths | {path for path, data in own.items() if data is not None}) - (
        gone - {p for p in own if own[p]}
    )

    def read(path: str) -> bytes | None:
        if path in own:
            return own[path]
        return facts.read(path) if facts.read is not None else None

    return Project(read, paths, facts.is_test, facts.trees)


def changed_test_files(
    facts: Facts, project: Project
) -> Iterator[tuple[Module, tuple[TestFunction, ...], list[TestFunction]]]:
    """Each changed file that holds tests: its module, all tests, and those that are new or not what they were anywhere."""
    known = {test.body for test in _old_tests(facts)}
    for change in facts.changes.changes:
        module = project.module(change.path) if change.after is not None else None
        if module is None or not (facts.is_test(change.path) or _is_collected(module)):
            continue
        tests = script_tests(module) if module.is_script else read_tests(module)
        fresh = [test for test in tests if test.body not in known]
        if fresh:
            yield module, tests, fresh


def _is_collected(module: Module) -> bool:
    return module.path.rpartition("/")[2].startswith("test_")


def _old_tests(facts: Facts) -> Iterator[TestFunction]:
    before = {c.old_path or c.path: c.before for c in facts.changes.changes if c.before is not None}
    old = Project(before.get, before, facts.is_test, facts.trees)
    for path in before:
        module = old.module(path)
        if module is not None:
            yield from script_tests(module) if module.is_script else read_tests(module)


def _before(facts: Facts, project: Project) -> Iterator[tuple[str, ast.Module]]:
    for change in facts.changes.changes:
        if change.after is None or facts.is_test(change.path) or project.module(change.path) is None:
            continue
        old = parsed(change.old_path or change.path, change.before, facts.trees) if change.before is not None else None
        yield change.path, old or ast.Module([], [])


def _helpers(project: Project, module: Module) -> list[Module]:
    """Other test files that a test file imports."""
    paths = {link.target for link in module.imports.values() if link.inside}
    found = [project.module(path) for path in sorted(paths) if project.is_test(path)]
    return [helper for helper in found if helper is not None]


@dataclass(frozen=True, slots=True)
class Stage:
    """What the tests of one file run on."""

    project: Project
    product: Product
    module: Module
    copies: dict[int, str]


def _judge(
    facts: Facts, stage: Stage, test: TestFunction, tests: Sequence[TestFunction], hidden: Mapping[int, int]
) -> Doubt | None:
    if test.line in hidden:
        why = f"a later test of the same name at line {hidden[test.line]} takes its place, so it never runs"
        return _doubt(test, test.line, Kind.ALWAYS_SKIPPED, why, True)
    skip = (
        script_skipped(test, tests)
        if stage.module.is_script
        else skipping.always_skipped(test, stage.module, stage.project)
    )
    if skip is not None:
        return _doubt(test, skip.line, Kind.ALWAYS_SKIPPED, skip.why, skip.sure)
    never = smoke.never_runs(test)
    if never:
        return _doubt(test, test.node.lineno, Kind.NO_ASSERTION, never, True)
    run = Run(stage.project, stage.product, stage.module)
    run.copies = stage.copies
    try:
        if stage.module.is_script:
            _mock_modules(run, stage.module)
        play(run, test)
    except (Endless, RecursionError):
        return None
    if run.skipped:
        return _doubt(test, test.node.lineno, Kind.ALWAYS_SKIPPED, "a fixture that it asks for skips it", True)
    if any(not found.kind and not found.guarded for found in run.found):
        return _only_of_the_doubled(run, stage, test)
    fails = base_runs.fails_for_its_behaviour(facts, stage.product, test)
    if fails:
        return None
    if run.found and all(found.guarded for found in run.found) and test.mark("given") is not None:
        return None
    if not run.found or all(found.guarded for found in run.found):
        return smoke.silent(run, facts, test)
    return _strongest(run, stage, test)


def _strongest(run: Run, stage: Stage, test: TestFunction) -> Doubt:
    """The doubt about the first assertion that notices nothing."""
    dead = [found for found in run.found if found.kind]
    order = [Kind.SWALLOWED_EXCEPTION, Kind.SUBJECT_MOCKED, Kind.COPIED_IMPLEMENTATION]
    first = next((found for kind in order for found in dead if found.kind == kind), dead[0])
    kind, why = Kind(first.kind), first.why
    if kind is Kind.CONSTANT_ASSERTION and not run.module.is_script:
        named = oracles.rewritten(stage.product, test.node)
        if named:
            kind, why = (
                Kind.COPIED_IMPLEMENTATION,
                f"it repeats the statements of `{named.partition('::')[2]}` instead of calling it",
            )
    return _doubt(
        test, _line(first, test), kind, why, all(found.sure for found in dead) and not any(f.guarded for f in run.found)
    )


def _only_of_the_doubled(run: Run, stage: Stage, test: TestFunction) -> Doubt | None:
    """The changed code is replaced in the test, and what it does call was not changed."""
    replaced = {place for place in run.replaced if place in stage.product.changed}
    if not replaced:
        return None
    called = {named for named, _, _ in run.ran}
    if "" in called or any(_touches(named, stage.product.changed) for named in called):
        return None
    names = ", ".join(sorted(place.partition("::")[2] for place in replaced))
    why = f"the changed `{names}` is replaced in it, and nothing else that changed is called"
    return _doubt(test, test.node.lineno, Kind.SUBJECT_MOCKED, why, False)


def _touches(named: str, changed: frozenset[str]) -> bool:
    return any(place == named or place.startswith(f"{named}.") for place in changed)


def _mock_modules(run: Run, module: Module) -> None:
    """Mocks of whole modules stand at the top of a script and come before its imports."""
    for statement in module.tree.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            function = statement.value.func
            if isinstance(function, ast.Name) and function.id == "__mock_module__":
                run.value(statement.value)


def _line(found: Found, test: TestFunction) -> int:
    return found.line if found.path == test.path else test.node.lineno


def _doubt(test: TestFunction, line: int, kind: Kind, why: str, sure: bool) -> Doubt:
    return Doubt(test.place, test.path, line, kind, why, sure)
