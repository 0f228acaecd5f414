"""A test's statements run in thought: which values they make, and what each assertion among them could notice."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack.testcode import asserting, blocks, doubles, evaluation, guarding, names
from autopack.testcode.modules import Module, Project, assignments
from autopack.testcode.values import ALIVE, Closure, Endless, Found, Frame, Key, Source, State, Stop, Value, joined

if TYPE_CHECKING:
    from collections.abc import Generator

    from autopack.testcode.product import Product

_MOST_STEPS = 40_000
_MOST_DEPTH = 8


class Run:
    """One test, from its fixtures to their end."""

    def __init__(self, project: Project, product: Product, module: Module) -> None:
        self.project, self.product, self.module = project, product, module
        self.found: list[Found] = []
        self.states: dict[str, State] = {}
        self.replaced: dict[str, Value] = {}
        self.attributes: dict[tuple[Key, str], Value] = {}
        self.content: dict[Key, tuple[Value, tuple[int, ...]]] = {}
        self.globals: dict[tuple[str, str], Value | None] = {}
        self.copies: dict[int, str] = {}
        """Functions of test files that repeat one of the product, by `id` of their node."""
        self.flow: list[Value] = []
        """Values that decide whether the statement at hand runs."""
        self.swallowed: list[tuple[int, str, str]] = []
        """Path and line of what swallows failures here, and how."""
        self.ran: list[tuple[str, int, str]] = []
        """Functions of the product that were called: `path::name`, line and file of the call."""
        self.dropped: list[tuple[str, ast.expr, str]] = []
        """Calls of the product whose result nobody takes."""
        self.swallowed_calls: list[tuple[int, str, str]] = []
        """What swallows the failures of calls of the product, as in `swallowed`."""
        self.loose: list[tuple[int, str, str]] = []
        """Line, file and text of statements that look like assertions and are none."""
        self.handed: set[str] = set()
        """Roots of plain values that the product was given and is not seen to change."""
        self.counted = False
        """Whether the runner counts the assertions."""
        self.skipped = 0
        """Line at which a fixture skips whatever asks for it; 0 for none."""
        self.says = ""
        """Name and docstring of the test, for what can only be told from them."""
        self.reaching: dict[str, bool] = {}
        """Classes of the test's side, and whether they name what lies outside of the test."""
        self.yielded: list[Value] = []
        """What the generators that run have given so far."""
        self.patched: set[str] = set()
        """Roots of the doubles that stand in the product's place: whatever runs there can call them."""
        self.undefined: list[str] = []
        self.misfits: list[str] = []
        self.pending: list[Value] = []
        """Coroutines that nobody has awaited yet."""
        self.unawaited: list[int] = []
        """Lines of the test that make a coroutine and leave it."""
        self.running: list[int] = []
        """Functions that run as callbacks at this moment, by `id` of their node."""
        self.called: set[int] = set()
        """Methods of the test's own classes that somebody else may have called, by `id` of their node."""
        self.later: list[tuple[Frame, Sequence[ast.stmt]]] = []
        self.awaiting = False
        self.guards: list[frozenset[str] | None] = []
        """Branches round this statement that only a right result takes: the functions of the product it is a result of;
        None for one that is taken after an error of the product."""
        self.noted: frozenset[str] = frozenset()
        """Functions of the product whose results were looked at."""
        self.steps = self.frames = self.depth = self.life = 0
        """`life`: expressions so far that depend on something outside of the test."""
        self.frame = self.new_frame(module)

    def new_frame(self, module: Module, parent: Frame | None = None) -> Frame:
        self.frames += 1
        return Frame(module, self.frames, parent)

    def step(self) -> None:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise Endless

    def value(self, node: ast.expr) -> Value:
        return evaluation.evaluate(self, node)

    # objects and what is done to them

    def touch(
        self, roots: Iterable[str], source: Source, calls: frozenset[str] = frozenset(), *, moved: bool = True
    ) -> None:
        """Something was done to these objects; `moved`: they are no longer what they were."""
        for root in roots:
            state = self.states.setdefault(root, State())
            state.version += moved
            state.source |= source
            state.calls |= calls

    def present(self, value: Value) -> Value:
        """The value as it is now, after what was done to the objects in it."""
        done = [(root, self.states[root]) for root in sorted(value.roots) if root in self.states]
        if not done:
            return value
        source, calls = value.source, value.calls
        for _, state in done:
            source, calls = source | state.source, calls | state.calls
        seen = dict(value.seen)
        moved = tuple((root, state.version) for root, state in done if state.version > seen.get(root, 0))
        if not moved:
            return replace(value, source=source, calls=calls)
        return replace(value, key=("state", value.key, moved), source=source, calls=calls, items=None, pairs=None,
                       each=None, truth=None, constant=...)  # fmt: skip

    def assign(self, target: ast.expr, value: Value) -> None:
        if self.flow:
            value = replace(value, source=value.source | self.flow_source(), calls=value.calls | self.flow_calls())
        if isinstance(target, ast.Name):
            frame = self.frame
            if target.id in frame.outside:
                frame = (frame.parent.holder(target.id) if frame.parent else None) or frame
            if value.constant is ...:
                value = replace(value, roots=value.roots | {f"{frame.number}.{target.id}"})
            seen = tuple((root, self.states[root].version) for root in sorted(value.roots) if root in self.states)
            frame.names[target.id] = replace(value, seen=seen)
        elif isinstance(target, ast.Tuple | ast.List):
            for at, part in enumerate(target.elts):
                self.assign(part.value if isinstance(part, ast.Starred) else part, evaluation.part_of(value, at))
        elif isinstance(target, ast.Attribute):
            owner = self.value(target.value)
            if owner.named and self.is_inside(owner.named) and not self.is_test_class(owner.named):
                doubles.replace_name(self, names.member(owner.named, target.attr), value)
            elif owner.of and (value.mock or value.closure) and not self.is_test_class(owner.of):
                self.attributes[names.bare(owner.key), target.attr] = doubles.faked(value)
                return
            self.touch(owner.roots, value.source | self.flow_source(), value.calls, moved=owner.key != ("self",))
            if not owner.alive or owner.key == ("self",):
                self.attributes[self.present(owner).key, target.attr] = value
        elif isinstance(target, ast.Subscript):
            owner = self.value(target.value)
            self.touch(owner.roots, value.source | self.value(target.slice).source, value.calls)

    def flow_source(self) -> Source:
        source = Source.NONE
        for value in self.flow:
            source |= value.source
        return source & ALIVE

    def flow_calls(self) -> frozenset[str]:
        return frozenset[str]().union(*(value.calls for value in self.flow))

    def is_inside(self, named: str) -> bool:
        return "::" in named

    def is_test_class(self, named: str) -> bool:
        return "::" in named and self.project.is_test(named.partition("::")[0])

    @contextmanager
    def under(self, *values: Value) -> Generator[None]:
        self.flow += values
        try:
            yield
        finally:
            del self.flow[len(self.flow) - len(values) :]

    @contextmanager
    def swallowing(self, by: tuple[int, str, str] | None) -> Generator[None]:
        if by is None:
            yield
            return
        self.swallowed.append(by)
        try:
            yield
        finally:
            self.swallowed.pop()

    # functions of the test's side

    def enter(self, closure: Closure, bound: dict[str, Value]) -> Value:
        """What a function gives back; "nothing known" where it calls itself or stands too deep."""
        if self.depth >= _MOST_DEPTH:
            return joined(("deep", id(closure.node)), *bound.values(), source=Source.UNKNOWN)
        frame = self.new_frame(closure.module, closure.outer)
        frame.names.update(bound)
        outer, self.frame = self.frame, frame
        flow, guards, self.guards = len(self.flow), self.guards, []
        self.depth += 1
        try:
            if isinstance(closure.node, ast.Lambda):
                return self.value(closure.node.body)
            self.block(closure.node.body)
        except Stop:
            pass
        finally:
            self.frame = outer
            self.depth -= 1
            del self.flow[flow:]
            self.guards = guards
        if not frame.returned:
            return Value(("const", "NoneType", None), plain=True, constant=None, truth=False)
        if len(frame.returned) == 1:
            return frame.returned[0]
        return joined(("either", *(value.key for value in frame.returned)), *frame.returned)

    # statements

    def block(self, body: Sequence[ast.stmt]) -> None:
        """Statements in order. Raises Stop behind a return, a raise, a skip."""
        for statement in body:
            self.statement(statement)

    def branch(self, body: Sequence[ast.stmt]) -> bool:
        """Statements that may run; whether they come to their end."""
        try:
            self.block(body)
        except Stop:
            return False
        return True

    def statement(self, node: ast.stmt) -> None:
        self.step()
        match node:
            case ast.Expr():
                asserting.expression(self, node)
            case ast.Assert():
                asserting.asserted(self, node.test, node.lineno)
            case ast.Assign() | ast.AnnAssign():
                for target, value in assignments(node):
                    self.assign(target, self.value(value))
            case ast.AugAssign():
                found = joined(("binop", type(node.op).__name__, self.value(_load(node.target)).key,
                self.value(node.value).key),
                               self.value(_load(node.target)), self.value(node.value))  # fmt: skip
                self.assign(node.target, found)
            case ast.Return():
                self.frame.returned.append(self.value(node.value) if node.value else Value(("const", "NoneType", None)))
                raise Stop
            case ast.Raise():
                asserting.raised(self, node)
                raise Stop
            case ast.If():
                blocks.condition(self, node)
            case ast.For() | ast.AsyncFor() | ast.While():
                blocks.loop(self, node)
            case ast.Try():
                blocks.attempt(self, node)
            case ast.With() | ast.AsyncWith():
                guarding.with_block(self, node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.frame.names[node.name] = names.function_value(self, node, self.frame.module, self.frame)
            case ast.ClassDef():
                blocks.local_class(self, node)
            case ast.Import() | ast.ImportFrom():
                for name, link in self.project.bound(self.frame.module.path, node).items():
                    self.frame.names[name] = names.imported(self, link, late=True)
                    self.life += link.inside and not self.project.is_test(link.target)
            case ast.Nonlocal() | ast.Global():
                self.frame.outside.update(node.names)
            case ast.Delete():
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self.frame.names.pop(target.id, None)
                    elif isinstance(target, ast.Attribute | ast.Subscript):
                        self.assign(target, Value(("deleted",)))
            case ast.Match():
                subject = self.value(node.subject)
                with self.under(subject):
                    for case in node.cases:
                        self.branch(case.body)
            case ast.Break() | ast.Continue():
                raise Stop
            case _:
                pass


def _load(target: ast.expr) -> ast.expr:
    """The same place, read."""
    if isinstance(target, ast.Name):
        found: ast.expr = ast.Name(target.id, ast.Load())
    elif isinstance(target, ast.Attribute):
        found = ast.Attribute(target.value, target.attr, ast.Load())
    elif isinstance(target, ast.Subscript):
        found = ast.Subscript(target.value, target.slice, ast.Load())
    else:
        return target
    return ast.copy_location(found, target)
