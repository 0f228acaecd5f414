"""What a test in JavaScript, TypeScript, Go, Rust, Java or Kotlin asks, as checks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from autopack.languages.tokens import Group, Item, Token, split, text_of
from autopack.tampering.checks import Block, Check, Place
from autopack.tampering.script_assertions import Assertions
from autopack.tampering.script_functions import Helper, put_in, rounds
from autopack.tampering.script_statements import asserts, called, statements, without
from autopack.tampering.script_words import (
    ASSERTS,
    GO_FAILS,
    MOST_DEPTH,
    SKIPS,
)


@dataclass
class Reader:
    """Statements of one test from the first on."""

    path: str
    language: str
    checks: list[Check] = field(default_factory=list[Check])
    blocks: list[Block] = field(default_factory=list[Block])
    values: dict[str, str] = field(default_factory=dict[str, str])
    names: set[str] = field(default_factory=set[str])
    guards: tuple[tuple[str, Place], ...] = ()
    helpers: Mapping[str, Helper] = field(default_factory=dict[str, Helper])
    lists: dict[str, Sequence[Item]] = field(default_factory=dict[str, Sequence[Item]])
    """Values of local names, as they stand."""
    calls: tuple[Place, ...] = ()
    loops: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """Heads of loops and their lines."""
    depth: int = 0

    def __post_init__(self) -> None:
        self.asks = Assertions(self.language, self.values, self.names)

    def block(self, items: Sequence[Item]) -> bool:
        """Whether it comes to its end."""
        return all(self.statement(statement) for statement in statements(items))

    def statement(self, items: Sequence[Item]) -> bool:
        items = without(items, ("await", "return") if asserts(items) else ("await",))
        if not items:
            return True
        word = items[0].text if isinstance(items[0], Token) else ""
        if word in ("for", "while"):
            at = next((n for n, i in enumerate(items) if isinstance(i, Group) and i.text == "{"), len(items))
            self.loops.append((text_of(items[:at]), items[0].line))
        if word == "if":
            return self._if(items)
        if word == "return":
            if not self.guards:
                self._blocked("skipped", items, "returns before it asserts")
            return False
        if word in ("for", "while", "loop", "try", "do", "else", "match", "switch", "when"):
            return self._nested(items, word)
        self._declared(items)
        if self._helper(items):
            return True
        if self._skips(items):
            return bool(self.guards)
        found = list(self.asks.found(items))
        within, self.asks.within = self.asks.within, []
        for group in within:
            self._closures([group])
        for check in found:
            self._add(check, items[0].line, items)
        if not found:
            self._closures(items)
            said = text_of(items)
            thrown = re.match(r"(?:_ = |let _ = |val _ = )(.*)", said)
            if thrown:
                self._add(self.asks.made("nothing", thrown[1], "", said), items[0].line, items)
            elif any(isinstance(i, Group) and i.text == "(" for i in items):
                self._add(self.asks.made("ran", said, "", said), items[0].line, items)
        return True

    def _nested(self, items: Sequence[Item], word: str) -> bool:
        guards = self.guards
        bodies = [i for i in items if isinstance(i, Group) and i.text == "{"]
        heads = [i for i in items if isinstance(i, Group) and i.text == "("]
        names = [t.text for g in heads for t in g.items if isinstance(t, Token) and t.kind == "name"]
        self.names |= set(names[:4]) if word == "for" else set[str]()
        if word == "for" and not heads:
            self.names |= {t.text for t in items[1:5] if isinstance(t, Token) and t.kind == "name"}
        said = text_of(items)
        catches = (
            word == "try"
            and re.search(r"\bcatch\b", said) is not None
            and not re.search(r"\bthrow\b|\bfail\b|expect|assert", said[said.rfind("catch") :])
        )
        first = len(self.checks)
        each = self._rounds(items) if word == "for" else None
        if each is not None:
            bodies = bodies[-1:]
        for number, body in enumerate(bodies):
            if catches and number == 0:
                self.guards = (*guards, ("swallowed", Place(self.path, items[0].line)))
            self.block(body.items)
            self.guards = guards
        if each is not None and bodies:
            self.told_by(first, [put_in(bodies[-1].items, names) for names in each])
        return True

    def _rounds(self, items: Sequence[Item]) -> list[dict[str, Sequence[Item]]] | None:
        at = max((n for n, i in enumerate(items) if isinstance(i, Group) and i.text == "{"), default=0)
        return rounds(items[:at], self.lists) if at else None

    def told_by(self, first: int, bodies: Sequence[Sequence[Item]]) -> None:
        """Let the checks from `first` on say what they are in each of these rounds."""
        told: list[list[Check]] = []
        for body in bodies:
            inner = Reader(self.path, self.language, values=dict(self.values), names=set(self.names), helpers=self.helpers,
                           lists=dict(self.lists), depth=self.depth + 1)  # fmt: skip
            if self.depth < MOST_DEPTH:
                inner.block(body)
            told.append(inner.checks)
        for at in range(first, len(self.checks)):
            forms = [checks[at - first].form for checks in told if at - first < len(checks)]
            if forms and len(forms) == len(told):
                self.checks[at] = replace(self.checks[at], rounds=frozenset(forms))

    def _if(self, items: Sequence[Item]) -> bool:
        bodies = [i for i in items if isinstance(i, Group) and i.text == "{"]
        at = next((n for n, i in enumerate(items) if isinstance(i, Group) and i.text == "{"), len(items))
        head = list(items[1:at])
        if len(head) == 1 and isinstance(head[0], Group) and head[0].text == "(":
            head = head[0].items
        parts = split(head, ";")
        if len(parts) > 1:
            self._declared(parts[0])
            head = parts[-1]
        said = text_of(head)
        if (
            bodies
            and self.language == "go"
            and any(re.search(rf"\bt \. {name} \(", text_of(bodies[0].items)) for name in GO_FAILS)
        ):
            for check in self.asks.conditions(head, negated=True):
                self._add(check, items[0].line, items)
            for other in bodies[1:]:
                self.block(other.items)
            return True
        if said in ("false", "0 == 1", "( false )"):
            return all(self.block(b.items) for b in bodies[1:])
        guards = self.guards
        self.guards = (*guards, (f"if {self.asks.plain(said)}", Place(self.path, items[0].line)))
        ended = [not self.block(b.items) for b in bodies]
        self.guards = guards
        if ended and ended[0]:
            self.guards = (*guards, (f"unless {self.asks.plain(said)}", Place(self.path, items[0].line)))
        return True

    def _helper(self, items: Sequence[Item]) -> bool:
        """The checks of a function of the file that is called."""
        name, args, _ = called(items)
        helper = self.helpers.get(name)
        if helper is None or args is None or self.depth >= MOST_DEPTH or not ASSERTS.search(text_of(helper.body)):
            return False
        given = dict(zip(helper.parameters, split(args.items), strict=False))
        calls, self.calls = self.calls, (*self.calls, Place(self.path, items[0].line))
        self.depth += 1
        self.block(put_in(helper.body, given))
        self.depth -= 1
        self.calls = calls
        return True

    def _closures(self, items: Sequence[Item]) -> None:
        """Bodies of functions that a call is given."""
        for at, item in enumerate(items):
            if not isinstance(item, Group):
                continue
            before = text_of(items[at - 1 : at]) if at else ""
            if item.text == "{" and (before in ("=>", "->", ")") or (at and isinstance(items[at - 1], Group)) or (
                self.language == "kotlin" and at > 0) or self._is_go_function(items, at)):  # fmt: skip
                self.block(item.items)
            elif item.text == "(":
                arrow = next((n for n, t in enumerate(item.items) if isinstance(t, Token) and t.text == "=>"), -1)
                last = item.items[arrow + 1 :] if arrow >= 0 else []
                if last and not (isinstance(last[0], Group) and last[0].text == "{"):
                    self.statement(split(last)[0] if split(last) else [])
                else:
                    self._closures(item.items)

    def _is_go_function(self, items: Sequence[Item], at: int) -> bool:
        return self.language == "go" and any(
            isinstance(t, Token) and t.text == "func" for t in items[max(0, at - 3) : at]
        )

    def _declared(self, items: Sequence[Item]) -> None:
        """Names that a statement gives values."""
        eq = next((n for n, t in enumerate(items) if isinstance(t, Token) and t.text in (":=", "=")), -1)
        if eq < 1:
            return
        names = [t.text for t in items[:eq] if isinstance(t, Token) and t.kind == "name"
                 and t.text not in ("const", "let", "var", "val", "mut", "final", "_")]  # fmt: skip
        pattern = [
            t.text
            for g in items[:eq]
            if isinstance(g, Group)
            for t in g.items
            if isinstance(t, Token) and t.kind == "name"
        ]
        declares = (
            text_of(items[eq : eq + 1]) == ":="
            or text_of(items[:1]) in ("const", "let", "var", "val", "final")
            or len(names) == 2
        )
        if not declares:
            return
        name = names[-1] if names else ""
        self.names |= {*names[-1:], *pattern} | (set(names) if text_of(items[eq : eq + 1]) == ":=" else set())
        if name and not pattern and (len(names) <= 2):
            self.values[name] = self.asks.plain(text_of(items[eq + 1 :]))
            self.lists[name] = items[eq + 1 :]

    def _skips(self, items: Sequence[Item]) -> bool:
        said = text_of(items)
        found = re.match(r"(?:(?:t|this|ctx|test|it|context|testContext|Assumptions|Assume) \. )?(\w+) \(", said)
        if (
            found
            and found[1] in SKIPS
            and (found[1] not in ("skip", "abort", "pending") or " . " in said[:22] or found[1] == "pending")
        ):
            self._blocked("skipped", items, said)
            return found[1] not in ("assumeTrue", "assumeFalse", "assumeThat")
        return False

    def _add(self, check: Check, line: int, items: Sequence[Item]) -> None:
        guards = frozenset(text for text, _ in self.guards)
        self.checks.append(
            replace(
                check,
                places=(*self.calls, Place(self.path, line)),
                guards=guards,
                guard_place=self.guards[-1][1] if self.guards else None,
            )
        )

    def _blocked(self, kind: str, items: Sequence[Item], text: str) -> None:
        key = " ".join((*(g for g, _ in self.guards), text_of(items)))
        self.blocks.append(Block(kind, Place(self.path, items[0].line), key, text))
