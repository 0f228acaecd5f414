"""Which changed lines most likely make a test fail: on the way to the failure, executed by the test, or used by it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice

from autopack.model.changes import FileChange
from autopack.model.findings import Range, Related, Tree
from autopack.model.test_report import Failure, TestReport
from autopack.testing.functions import functions, parsed, span, used_names
from autopack.testing.ids import function_of
from autopack.testing.lines import is_python
from autopack.testing.sources import Sources, test_file

MOST_BLAMED = 3
_IMPORTS = (b"import", b"require", b"from", b"use ", b"mod ", b"#include")


def blamed(test: str, failure: Failure | None, report: TestReport, sources: Sources) -> tuple[Related, ...]:
    """At most three runs of changed lines, from the surest sign that there is: those of the traceback, else those the test
    was measured to execute, else functions that it uses of files that its own loads, else these files, else functions of
    the name of one that it uses. Of a failure outside of the test's file also where the test calls what fails; where the
    failing line is a changed one, that alone."""
    if failure is None:
        return ()
    own = failure.path, failure.line
    calls = _calling(test, failure)
    if failure.path != test_file(test) and any(_inside(sources.changed(failure.path), (own[1], own[1]))):
        return calls
    product = [c for c in sources.changes.changes if c.path != test_file(test)]
    loads = _loads(test, sources)
    loaded = [c for c in product if loads(c.path)]
    signs: tuple[Callable[[], Iterator[Related]], ...] = (
        lambda: _on_the_way(test, failure, sources),
        lambda: _around_the_way(test, failure, sources),
        lambda: _executed(test, report, sources),
        lambda: _used(test, loaded, sources),
        lambda: _loaded(loaded, sources),
        lambda: _used(test, product, sources),
    )
    found = (tuple(islice(dict.fromkeys(sign()), MOST_BLAMED)) for sign in signs)
    return (*next(filter(None, found), ()), *calls)


def blamed_for_name(failure: Failure, sources: Sources) -> tuple[Related, ...]:
    """Where the base defines the name that an import no longer finds."""
    said = failure.message.splitlines()[0] if failure.message else ""
    words = said.split("'")
    if "cannot import name" not in said or len(words) < 4:
        return ()
    name, module = words[1], words[3]
    for change in sources.changes.changes:
        path = change.old_path or change.path
        if change.before is not None and name.isidentifier() and _is_module(path, module):
            line = _defined(change.before, name)
            if line:
                return (Related(path, f"`{name}` stands here before the change", Range.of_line(line), Tree.BASE),)
    return ()


def _calling(test: str, failure: Failure) -> tuple[Related, ...]:
    """The innermost line of the test's own file, of a failure in another one."""
    path = test_file(test)
    lines = [line for file, line in failure.frames if file == path and line]
    if failure.path == path or not lines:
        return ()
    return (Related(path, "the failing test calls it here", Range.of_line(lines[-1])),)


def _way(test: str, failure: Failure) -> list[tuple[str, int]]:
    """The frames outside of the test's file, innermost first."""
    return [(path, line) for path, line in failure.frames[::-1] if path and line and path != test_file(test)]


def _on_the_way(test: str, failure: Failure, sources: Sources) -> Iterator[Related]:
    for path, line in _way(test, failure):
        yield from _runs_at(path, (line, line), sources, "this changed line is on the way to the failure")


def _around_the_way(test: str, failure: Failure, sources: Sources) -> Iterator[Related]:
    for path, line in _way(test, failure):
        around = _function_around(sources.text(path), path, line)
        if around is not None:
            yield from _runs_at(path, around, sources, "changed lines of a function on the way to the failure")


def _executed(test: str, report: TestReport, sources: Sources) -> Iterator[Related]:
    """Runs of changed lines that this very test executed, the fewest tests' first: what few tests reach tells more."""
    mine = {test, test_file(test)}
    found: list[tuple[int, Related]] = []
    for path, lines in sorted(report.covering.items()):
        hit = {line: len(tests) for line, tests in lines.items() if not mine.isdisjoint(tests)}
        for first, last in sources.changed(path) if path != test_file(test) else ():
            inside = [line for line in hit if first <= line <= last]
            for _, part in groupby(enumerate(inside), key=lambda at: at[1] - at[0]):
                run = [line for _, line in part]
                where = Range.of_lines(run[0], run[-1])
                told = "the failing test executed these changed lines"
                found.append((min(hit[line] for line in run), Related(path, told, where)))
    yield from (related for _, related in sorted(found, key=lambda each: each[0]))


def _used(test: str, product: Iterable[FileChange], sources: Sources) -> Iterator[Related]:
    """Changed functions and classes of Python whose name the test uses."""
    path, _, place = function_of(test).partition("::")
    text = sources.text(path)
    node = functions(text).get(place) if text is not None and is_python(path, text) else None
    if node is None:
        return
    names = used_names(node)
    for change in product:
        for name, where in _changed_definitions(change, sources):
            if name in names:
                yield Related(change.path, f"the failing test uses `{name}`, which is changed here", where)


def _loads(test: str, sources: Sources) -> Callable[[str], bool]:
    """Whether the test's own file imports the file of a path."""
    path = test_file(test)
    text = sources.text(path) if path else None
    if text is None:
        return lambda _: False
    return _python_loads(text) if is_python(path, text) else _other_loads(text)


def _loaded(loaded: Iterable[FileChange], sources: Sources) -> Iterator[Related]:
    for change in loaded:
        where = sources.first_changed(change.path)
        if where is not None:
            yield Related(change.path, "the failing test's file loads this one, which is changed here", where)


def _python_loads(text: bytes) -> Callable[[str], bool]:
    tree, modules = parsed(text), set[str]()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            head = f"{node.module}." if node.module else ""
            modules.update((node.module or "", *(f"{head}{alias.name}" for alias in node.names)))
    return lambda path: any(_is_module(path, module) for module in modules if module)


def _other_loads(text: bytes) -> Callable[[str], bool]:
    lines = [line for line in text.split(b"\n") if any(word in line for word in _IMPORTS)]

    def loads(path: str) -> bool:
        stem = path.rpartition("/")[2].partition(".")[0].encode()
        return len(stem) > 1 and any(stem in line for line in lines)

    return loads


def _is_module(path: str, module: str) -> bool:
    tail = module.replace(".", "/")
    return f"/{path}".endswith((f"/{tail}.py", f"/{tail}/__init__.py"))


def _changed_definitions(change: FileChange, sources: Sources) -> Iterator[tuple[str, Range]]:
    """The last part of each function's name that holds changed lines, with these lines."""
    if change.after is None or not is_python(change.path, change.after):
        return
    for place, node in functions(change.after).items():
        for run in _inside(sources.changed(change.path), span(node)):
            owner, _, name = place.rpartition("::")
            yield (owner if name == "__init__" else name), Range.of_lines(*run)


def _function_around(text: bytes | None, path: str, line: int) -> tuple[int, int] | None:
    if text is None or not is_python(path, text):
        return None
    spans = (span(node) for node in functions(text).values())
    return next(((first, last) for first, last in spans if first <= line <= last), None)


def _runs_at(path: str, lines: tuple[int, int], sources: Sources, told: str) -> Iterator[Related]:
    for run in _inside(sources.changed(path), lines):
        yield Related(path, told, Range.of_lines(*run))


def _inside(runs: Iterable[tuple[int, int]], lines: tuple[int, int]) -> Iterator[tuple[int, int]]:
    for first, last in runs:
        if first <= lines[1] and lines[0] <= last:
            yield max(first, lines[0]), min(last, lines[1])


def _defined(text: bytes, name: str) -> int:
    """The line that defines a name at the top of a Python file, 0 for none."""
    tree = parsed(text)
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name:
            return node.lineno
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return node.lineno
    return 0
