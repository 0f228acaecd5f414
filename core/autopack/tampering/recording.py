"""What is noted of a round through a Python test: its checks, what keeps it from making them, where it stands."""

from __future__ import annotations

import ast
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from autopack.tampering.amounts import as_number
from autopack.tampering.assertions import Condition, is_computed, is_read_from_subject, peeled
from autopack.tampering.checks import Block, Check, Place
from autopack.tampering.error_texts import Caught, about_its_text
from autopack.tampering.origins import is_of_mock, with_origins
from autopack.tampering.product_names import made_by
from autopack.tampering.scopes import Scope
from autopack.tampering.terms import text_of
from autopack.testcode.syntax import leaf


@dataclass
class Record:
    """One round through a test. `places`: the case and the calls that lead to the function at hand."""

    checks: list[Check] = field(default_factory=list[Check])
    blocks: list[Block] = field(default_factory=list[Block])
    loops: list[tuple[Place, int]] = field(default_factory=list[tuple[Place, int]])
    places: tuple[Place, ...] = ()
    guards: tuple[tuple[str, Place], ...] = ()
    cased: bool = False
    caught: dict[str, Caught] = field(default_factory=dict[str, Caught])
    """Errors that were expected, by the names of what holds them."""
    statements: int = 0
    depth: int = 0

    def met(self, found: Iterator[Condition], node: ast.stmt, scope: Scope, text: str) -> None:
        for condition in found:
            told = about_its_text(condition, self.caught)
            if told is not None:
                error, said = told
                check = Check(error.op, error.done, f"{error.errors} match {text_of(said)}", (), text)
                self.add(check, node, scope)
            else:
                self.add(self.made(condition, text, scope), node, scope)

    def made(self, c: Condition, text: str, scope: Scope) -> Check:
        core, losses = peeled(c.subject)
        if c.op == "truth" and "Snapshot" in leaf(c.subject):
            return Check("snapshot", text_of(c.subject), "", (), text)
        expected = text_of(c.expected) if c.expected is not None else ""
        op = "is" if c.op == "==" and expected in ("None", "True", "False") else c.op
        return Check(
            op, text_of(c.subject), expected, (), text, tolerance=c.tolerance, core=text_of(core), losses=losses,
            number=as_number(c.expected) if c.expected is not None else None,
            computed=is_computed(c.expected, c.subject)
            or is_read_from_subject(c.expected, c.subject, text),
            ours=made_by(c.expected, scope.module) if c.expected is not None else "",
            whole=text_of(with_origins(c.subject, scope)), of_mock=is_of_mock(core, scope),
        )  # fmt: skip

    def add(self, check: Check, node: ast.stmt | ast.ExceptHandler, scope: Scope) -> None:
        put_in = [Place(path, line) for path, line in scope.used]
        del scope.used[:]
        places = (*put_in, *self.places, Place(scope.module.path, node.lineno))
        guards = frozenset(text for text, _ in self.guards)
        self.checks.append(replace(check, places=places, guards=guards, cased=self.cased,
                                   guard_place=self.guards[-1][1] if self.guards else None))  # fmt: skip

    def stopped(self, kind: str, node: ast.stmt, text: str, scope: Scope) -> None:
        key = " ".join((*(guard for guard, _ in self.guards), ast.unparse(node)))
        self.blocks.append(Block(kind, Place(scope.module.path, node.lineno), key, text))

    @contextmanager
    def guarded(self, text: str, place: Place) -> Generator[None]:
        guards = self.guards
        self.guards = (*guards, (text, place))
        yield
        self.guards = guards
