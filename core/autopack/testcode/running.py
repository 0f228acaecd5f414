"""A test's statements run in thought: which values they make, and what each assertion among them could notice."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from autopack.testcode import asserting, doubles, evaluation, guarding, names
from autopack.testcode.modules import Function, Module, Project, assignments
from autopack.testcode.syntax import fails, swallower
from autopack.testcode.values import ALIVE, Closure, Frame, Key, Source, Value, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autopack.testcode.product import Product

_MOST_STEPS = 40_000
_MOST_DEPTH = 8


class Endless(Exception):
    """The test is too large to be thought through."""


@dataclass(frozen=True, slots=True)
class Found:
    """An assertion that was met. `kind` says why it can notice nothing, "" = it can; `guarded`: it runs only where a
    result of the product is what it should be."""

    line: int
    path: str
    kind: str = ""
    why: str = ""
    sure: bool = True
    guarded: bool = False


@dataclass(slots=True)
class State:
    """What was done to an object of the test: how often, and with what."""

    version: int = 0
    source: Source = Source.NONE
    calls: frozenset[str] = frozenset()


class Stop(Exception):
    """Nothing of the block behind this statement runs."""


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
        moved = tuple((root, state.version) for root, state in done if state.version)
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
            frame.names[target.id] = value
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
        return frozenset().union(*(value.calls for value in self.flow))

    def is_inside(self, named: str) -> bool:
        return "::" in named

    def is_test_class(self, named: str) -> bool:
        return "::" in named and self.project.is_test(named.partition("::")[0])

    @contextmanager
    def under(self, *values: Value) -> Iterator[None]:
        self.flow += values
        try:
            yield
        finally:
            del self.flow[len(self.flow) - len(values) :]

    @contextmanager
    def swallowing(self, by: tuple[int, str, str] | None) -> Iterator[None]:
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
                self._if(node)
            case ast.For() | ast.AsyncFor() | ast.While():
                self._loop(node)
            case ast.Try():
                self._try(node)
            case ast.With() | ast.AsyncWith():
                guarding.with_block(self, node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.frame.names[node.name] = names.function_value(self, node, self.frame.module, self.frame)
            case ast.ClassDef():
                self._class(node)
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

    def _class(self, node: ast.ClassDef) -> None:
        """A class inside of a function: what stands in its body runs at once."""
        found = names.class_value(self, node, self.frame.module, local=True)
        outer, self.frame = self.frame, self.new_frame(self.frame.module, self.frame)
        for part in node.body:
            if isinstance(part, ast.Assign | ast.AnnAssign | ast.Expr):
                self.statement(part)
        self.frame = outer
        for base in node.bases:
            self.life += self.value(base).alive
        self.frame.names[node.name] = found

    def _if(self, node: ast.If) -> None:
        test = self.value(node.test)
        if test.truth is not None and not test.alive:
            self.block(node.body if test.truth else node.orelse)
            return
        before = dict(self.frame.names)
        guards = [test.calls] if test.source & Source.PRODUCT and not fails(node.orelse) else []
        with self.under(test):
            self.guards += guards
            ended = not self.branch(node.body)
            del self.guards[len(self.guards) - len(guards) :]
            one, self.frame.names = self.frame.names, dict(before)
            also = not self.branch(node.orelse)
        if ended and also and node.orelse:
            raise Stop
        other = self.frame.names
        self.frame.names = other if ended else one if also else self._merged(one, other)
        if ended != also:
            self.flow.append(replace(test, roots=frozenset()))
            if ended and not fails(node.body):
                self.guards += guards

    def _merged(self, one: dict[str, Value], other: dict[str, Value]) -> dict[str, Value]:
        found = {**one, **other}
        for name in one.keys() & other.keys():
            if one[name] is not other[name] and one[name].key != other[name].key:
                found[name] = joined(("either", one[name].key, other[name].key), one[name], other[name])
        return found

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        over = self.value(node.iter if isinstance(node, ast.For | ast.AsyncFor) else node.test)
        if over.truth is False and not over.alive:
            self.block(node.orelse)
            return
        for name in _stored(node.body):
            known = self.frame.names.get(name)
            if known is not None:
                self.frame.names[name] = replace(
                    known, key=("loop", name, id(node)), truth=None, constant=..., items=None
                )
        flow, guards = len(self.flow), list(self.guards)
        with self.under(over):
            if isinstance(node, ast.For | ast.AsyncFor):
                self.assign(node.target, evaluation.element_of(over))
            self.branch(node.body)
            del self.flow[flow + 1 :]
        self.guards = guards
        self.block(node.orelse)

    def _try(self, node: ast.Try) -> None:
        before, ran = dict(self.frame.names), len(self.ran)
        with self.swallowing(swallower(node, self.frame.module.path)):
            ended = not self.branch(node.body)
            if not ended:
                ended = not self.branch(node.orelse)
        one = self.frame.names
        broken = joined(("broken", id(node)), source=Source.PRODUCT if len(self.ran) > ran else Source.UNKNOWN)
        all_end = bool(node.handlers)
        guards: list[frozenset[str] | None] = []
        if len(self.ran) > ran and not fails([*node.body, *node.orelse]):
            guards.append(None)
        merged = one
        for handler in node.handlers:
            self.frame.names = self._merged(one, before) | before
            if handler.name:
                self.frame.names[handler.name] = broken
            with self.under(broken):
                self.guards += guards
                handled = self.branch(handler.body)
                del self.guards[len(self.guards) - len(guards) :]
            all_end = all_end and not handled
            merged = self._merged(merged, self.frame.names)
        self.frame.names = merged
        self.block(node.finalbody)
        if ended and (all_end or not node.handlers):
            raise Stop
        if all_end and node.handlers and not any(fails(handler.body) for handler in node.handlers):
            self.guards += guards


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


def _stored(body: Sequence[ast.stmt]) -> set[str]:
    return {node.id for part in body for node in ast.walk(part) if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Store)}  # fmt: skip


__all__ = ["Closure", "Endless", "Found", "Function", "Run", "State", "Stop"]
