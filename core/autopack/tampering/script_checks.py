"""What a test in JavaScript, TypeScript, Go, Rust, Java or Kotlin asks, as checks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from autopack.languages.tokens import Group, Item, Token, split, text_of
from autopack.tampering.checks import Block, Check, Place, Tolerance
from autopack.tampering.script_functions import Helper, put_in, rounds
from autopack.tampering.script_statements import asserts, called, split_any, statements, without
from autopack.tampering.script_words import (
    ASSERTS,
    CALLED,
    ENDS,
    EXPECT,
    GO_FAILS,
    LOSSY,
    MOST_DEPTH,
    NEGATED,
    OPPOSITE,
    SKIPS,
    number_in,
)

_THROWN = (
    "assertThatThrownBy", "isThrownBy", "isInstanceOf", "isExactlyInstanceOf", "assertThatExceptionOfType", "hasMessage",
    "hasMessageContaining", "withMessage",
)  # fmt: skip


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
        found = list(self._assertions(items))
        for check in found:
            self._add(check, items[0].line, items)
        if not found:
            self._closures(items)
            said = text_of(items)
            thrown = re.match(r"(?:_ = |let _ = |val _ = )(.*)", said)
            if thrown:
                self._add(self._made("nothing", thrown[1], "", said), items[0].line, items)
            elif any(isinstance(i, Group) and i.text == "(" for i in items):
                self._add(self._made("ran", said, "", said), items[0].line, items)
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
            for check in self._conditions(head, negated=True):
                self._add(check, items[0].line, items)
            for other in bodies[1:]:
                self.block(other.items)
            return True
        if said in ("false", "0 == 1", "( false )"):
            return all(self.block(b.items) for b in bodies[1:])
        guards = self.guards
        self.guards = (*guards, (f"if {self._plain(said)}", Place(self.path, items[0].line)))
        ended = [not self.block(b.items) for b in bodies]
        self.guards = guards
        if ended and ended[0]:
            self.guards = (*guards, (f"unless {self._plain(said)}", Place(self.path, items[0].line)))
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
            self.values[name] = self._plain(text_of(items[eq + 1 :]))
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

    def _assertions(self, items: Sequence[Item]) -> Iterator[Check]:
        said = text_of(items)
        at = next((n for n, t in enumerate(items) if isinstance(t, Token) and t.text in ("expect", "assertThat",
            "should") and n + 1 < len(items)
                   and isinstance(items[n + 1], Group)), -1)  # fmt: skip
        if at >= 0:
            yield from self._expected(items, at, said)
            return
        if text_of(items[:1]) in ("assertThatThrownBy", "assertThatExceptionOfType"):
            yield from self._thrown(items, said)
            return
        infix = next(
            (
                n
                for n, t in enumerate(items)
                if isinstance(t, Token) and t.text in ("shouldBe", "shouldNotBe", "shouldContain")
            ),
            -1,
        )
        if infix > 0:
            yield self._made(
                EXPECT[text_of(items[infix : infix + 1])], text_of(items[:infix]), text_of(items[infix + 1 :]), said
            )
            return
        eq = next((n for n, t in enumerate(items[:6]) if isinstance(t, Token) and t.text in ("=", ":=")), -1)
        if eq > 0:
            items = items[eq + 1 :]
        name, args, at = called(items)
        if name not in CALLED or args is None:
            return
        owned = re.match(r"(?:assert|require|t|is|expect|Assertions|Assert|chai|check)\b", text_of(items)) is not None
        if not (owned or name.startswith(("assert", "debug_assert")) or name == "fail"):
            return
        if name == "fail":
            yield self._made("fail", said, "", said)
        else:
            yield from self._of_call(name, items, args, at, said)

    def _thrown(self, items: Sequence[Item], said: str) -> Iterator[Check]:
        """AssertJ: `assertThatThrownBy(f).isInstanceOf(E.class)`, `assertThatExceptionOfType(E.class).isThrownBy(f)`."""
        groups = [i for i in items if isinstance(i, Group) and i.text == "("]
        words = [i.text for i in items if isinstance(i, Token) and i.kind == "name"]
        given = dict(zip((w for w in words if w in _THROWN), groups, strict=False))
        done = given.get("assertThatThrownBy") or given.get("isThrownBy")
        kind = next((given[w] for w in _THROWN[2:] if w in given), None)
        text = next((given[w] for w in ("hasMessage", "hasMessageContaining", "withMessage") if w in given), None)
        match = f" match {text_of(text.items)}" if text is not None else ""
        errors = self._errors(text_of(kind.items)) if kind is not None else ""
        yield self._made("raises", text_of(done.items) if done is not None else "", errors + match, said)
        if done is not None:
            self._closures([done])

    def _expected(self, items: Sequence[Item], at: int, said: str) -> Iterator[Check]:
        group = items[at + 1]
        assert isinstance(group, Group)
        subject, words, args = text_of(group.items), list[str](), None
        for item in items[at + 2 :]:
            if isinstance(item, Token) and item.kind == "name":
                words.append(item.text)
            elif isinstance(item, Group) and item.text in ("(", "{"):
                args = item
        matcher = next((w for w in reversed(words) if w in EXPECT), "")
        if not matcher or (args is None and matcher[:2] == "to"):
            yield self._made("nothing", subject, "", said)
            return
        op = EXPECT[matcher]
        if "rejects" in words and op in ("==", "truth", "is not None"):
            op = "raises"
        given = split(args.items) if args is not None else []
        expected = {"toBeNull": "null", "null": "null", "isNull": "null", "toBeUndefined": "undefined",
                    "undefined": "undefined", "true": "true",
                    "false": "false", "toHaveBeenCalledOnce": "1", "calledOnce": "1"}.get(matcher,
                    text_of(args.items) if args else "")  # fmt: skip
        if op == "approx":
            digits = number_in(text_of(given[1])) if len(given) > 1 else 2.0
            least = (
                0.5 * 10 ** -(digits if digits is not None else 2.0) if matcher == "toBeCloseTo" else (digits or 0.0)
            )
            yield self._made("approx", subject, text_of(given[0]) if given else "", said, Tolerance(0.0, least))
            return
        if op == "raises":
            expected = self._errors(expected)
        if "not" in words:
            op = NEGATED.get(op, op)
        yield self._made(op, subject, expected, said)

    def _of_call(self, name: str, items: Sequence[Item], args: Group, at: int, said: str) -> Iterator[Check]:
        op, given = CALLED[name], split(args.items)
        if self.language == "go" and given and text_of(given[0]) in ("t", "tt"):
            given = given[1:]
        if op == "raises":
            kind = next((text_of(g) for g in given if re.search(r"\. class$|::class|^[A-Z]\w*$|^Err", text_of(g))), "")
            generic = re.search(r"< ([\w .]+) >", said)
            kind = generic[1] if generic else kind
            done = [g for g in given if text_of(g) != kind] or [
                [i for i in items[at:] if isinstance(i, Group) and i.text == "{"]
            ]
            message = next((text_of(g) for g in given[1:] if text_of(g).startswith(("'", '"', "/"))), "")
            yield self._made(
                "raises",
                text_of(done[0]) if done else "",
                self._errors(kind) + (f" match {message}" if message else ""),
                said,
            )
            for group in (i for g in done for i in g if isinstance(i, Group)):
                self._closures([group])
            return
        if op in ("truth", "not") and given:
            for check in self._conditions(given[0], negated=op == "not"):
                yield replace(check, text=said)
            return
        if op in ("is not None",) or name in ("assertNull", "Nil", "NoError", "Zero") or op in ("is error",):
            yield self._made(op, text_of(given[0]) if given else "", "null" if op == "==" else "", said)
            return
        if len(given) < 2:
            yield self._made(op, text_of(given[0]) if given else "", "", said)
            return
        swapped = self.language in ("java", "kotlin") or (
            self.language == "go" and name not in ("Contains", "Len", "InDelta", "Greater", "Less")
        )
        one, other = (given[1], given[0]) if swapped else (given[0], given[1])
        if self._is_plain(one) and not self._is_plain(other):
            one, other = other, one
        delta = next((n for g in given[2:] if (n := number_in(text_of(g))) is not None), None)
        if delta is not None and op in ("==", "approx"):
            yield self._made("approx", text_of(one), text_of(other), said, Tolerance(0.0, delta))
            return
        yield self._made(op, text_of(one), text_of(other), said)

    def _conditions(self, items: Sequence[Item], *, negated: bool) -> Iterator[Check]:
        """What holds when a condition is true (`negated`: false)."""
        for part in split_any(items, "||" if negated else "&&"):
            while len(part) == 1 and isinstance(part[0], Group) and part[0].text == "(":
                part = part[0].items
            said, flipped = text_of(part), negated
            if (
                part
                and isinstance(part[0], Token)
                and part[0].text == "!"
                and not any(isinstance(t, Token) and t.text in OPPOSITE for t in part)
            ):
                part, flipped = part[1:], not negated
            at = next(
                (
                    n
                    for n, t in enumerate(part)
                    if isinstance(t, Token) and t.text in OPPOSITE and t.text not in ("<", ">")
                ),
                -1,
            )
            if at < 0:
                at = next((n for n, t in enumerate(part) if isinstance(t, Token) and t.text in ("<", ">")), -1)
            if said in ("true", "1") and not negated:
                yield self._made("tautology", said, "", said)
            elif at > 0:
                op = {"===": "==", "!==": "!="}.get(text_of(part[at : at + 1]), text_of(part[at : at + 1]))
                op = OPPOSITE[op] if flipped else op
                left, right = part[:at], part[at + 1 :]
                gap = re.fullmatch(
                    r"\( ?(.*) - ([\w.]+) ?\) \. abs \( \)|(?:Math|math) \. (?:abs|Abs) \( (.*) - ([\w. ]+) \)",
                    text_of(left),
                )
                if gap and op in ("<", "<="):
                    yield self._made(
                        "approx",
                        gap[1] or gap[3],
                        gap[2] or gap[4],
                        said,
                        Tolerance(0.0, number_in(text_of(right)) or 0.0),
                    )
                    continue
                if self._is_plain(left) and not self._is_plain(right):
                    left, right = right, left
                    op = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(op, op)
                if op == "!=" and text_of(right) in ("nil", "null", "None"):
                    op = "is not None"
                yield self._made(op, text_of(left), text_of(right), said)
            else:
                macro = re.fullmatch(r"matches ! \( (.*) , (.*) \)", text_of(part))
                if macro and not flipped:
                    yield self._made("matches", macro[1], macro[2], said)
                else:
                    yield self._made("not" if flipped else "truth", text_of(part), "", said)

    def _made(self, op: str, subject: str, expected: str, text: str, tolerance: Tolerance | None = None) -> Check:
        subject, expected = self._plain(subject), self._plain(expected)
        if subject in self.values and not op.startswith("called"):
            subject = self.values[subject]
        subject, expected = self._numbered(subject, expected)
        if op in ("==", "approx") and subject == expected:
            op = "tautology"
        core, losses = subject, list[str]()
        while found := ENDS.search(core):
            loss = re.findall(r"\w+", found[0])[0]
            losses += [loss] if loss in LOSSY else []
            core = core[: found.start()]
        if op == "len":
            op, losses = "==", ["len", *losses]
        made = re.match(r"len \( (.*) \)$", core)
        if made:
            core, losses = made[1], ["len", *losses]
        callee = re.search(r"(\w+) \(", subject)
        computed = callee is not None and f"{callee[1]} (" in expected and op == "=="
        return Check(op, subject, expected, (), text, tolerance=tolerance, number=number_in(expected), core=core,
            losses=tuple(losses),
                     computed=computed and callee is not None and callee[1][:1].islower() and callee[1] not in ("new",
                         "vec", "parse_fixture"))  # fmt: skip

    def _numbered(self, subject: str, expected: str) -> tuple[str, str]:
        """Local names by the order they appear in."""
        numbers: dict[str, str] = {}

        def number(match: re.Match[str]) -> str:
            return numbers.setdefault(match[0], f"v{len(numbers)}") if match[0] in self.names else match[0]

        parts = re.sub(r"(?<![\w\"'.] )(?<!\. )\b[A-Za-z_]\w*\b", number, f"{subject}\0{expected}").split("\0")
        return parts[0], parts[1]

    def _plain(self, text: str) -> str:
        return re.sub(r"\bawait ", "", text).strip()

    def _is_plain(self, items: Sequence[Item]) -> bool:
        """Whether it stands in the test what it is: no call, no local."""
        said = text_of(items)
        if number_in(said) is not None:
            return True
        if said in self.values or (said in self.names and not self.values.get(said)):
            return False
        made = re.match(r"(?:Err|Ok|Some|None|vec|new|List|Set|Map|listOf|arrayOf)\b", said) is not None
        return made or not re.search(r"[A-Za-z_]\w* \(|[a-z_]\w* \.", said)

    def _errors(self, text: str) -> str:
        text = re.sub(r" \. class$| ::class$|::class| \. java$", "", text).strip()
        if text.startswith(("'", '"', "/", "`")):
            return f" match {text}"
        return re.sub(r"\s", "", text.split(",")[0]) + (
            f" match {text.partition(',')[2].strip()}" if "," in text else ""
        )

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
