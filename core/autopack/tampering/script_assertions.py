"""What one statement of a test in JavaScript, TypeScript, Go, Rust, Java or Kotlin asserts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from autopack.languages.tokens import Group, Item, Token, split, text_of
from autopack.tampering.checks import Check, Tolerance
from autopack.tampering.script_statements import called, split_any
from autopack.tampering.script_words import CALLED, ENDS, EXPECT, LOSSY, NEGATED, OPPOSITE, number_in

_THROWN = (
    "assertThatThrownBy", "isThrownBy", "isInstanceOf", "isExactlyInstanceOf", "assertThatExceptionOfType", "hasMessage",
    "hasMessageContaining", "withMessage",
)  # fmt: skip


@dataclass
class Assertions:
    """`values` are those of local names as they stand, `names` all local names: whoever walks the test fills them."""

    language: str
    values: dict[str, str]
    names: set[str]
    within: list[Group] = field(default_factory=list[Group])
    """Bodies of functions that an assertion was given, still to be walked."""

    def found(self, items: Sequence[Item]) -> Iterator[Check]:
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
            yield self.made(
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
            yield self.made("fail", said, "", said)
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
        yield self.made("raises", text_of(done.items) if done is not None else "", errors + match, said)
        if done is not None:
            self.within.append(done)

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
            yield self.made("nothing", subject, "", said)
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
            yield self.made("approx", subject, text_of(given[0]) if given else "", said, Tolerance(0.0, least))
            return
        if op == "raises":
            expected = self._errors(expected)
        if "not" in words:
            op = NEGATED.get(op, op)
        yield self.made(op, subject, expected, said)

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
            yield self.made(
                "raises",
                text_of(done[0]) if done else "",
                self._errors(kind) + (f" match {message}" if message else ""),
                said,
            )
            self.within += [i for g in done for i in g if isinstance(i, Group)]
            return
        if op in ("truth", "not") and given:
            for check in self.conditions(given[0], negated=op == "not"):
                yield replace(check, text=said)
            return
        if op in ("is not None",) or name in ("assertNull", "Nil", "NoError", "Zero") or op in ("is error",):
            yield self.made(op, text_of(given[0]) if given else "", "null" if op == "==" else "", said)
            return
        if len(given) < 2:
            yield self.made(op, text_of(given[0]) if given else "", "", said)
            return
        swapped = self.language in ("java", "kotlin") or (
            self.language == "go" and name not in ("Contains", "Len", "InDelta", "Greater", "Less")
        )
        one, other = (given[1], given[0]) if swapped else (given[0], given[1])
        if self._is_plain(one) and not self._is_plain(other):
            one, other = other, one
        delta = next((n for g in given[2:] if (n := number_in(text_of(g))) is not None), None)
        if delta is not None and op in ("==", "approx"):
            yield self.made("approx", text_of(one), text_of(other), said, Tolerance(0.0, delta))
            return
        yield self.made(op, text_of(one), text_of(other), said)

    def conditions(self, items: Sequence[Item], *, negated: bool) -> Iterator[Check]:
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
                yield self.made("tautology", said, "", said)
            elif at > 0:
                op = {"===": "==", "!==": "!="}.get(text_of(part[at : at + 1]), text_of(part[at : at + 1]))
                op = OPPOSITE[op] if flipped else op
                left, right = part[:at], part[at + 1 :]
                gap = re.fullmatch(
                    r"\( ?(.*) - ([\w.]+) ?\) \. abs \( \)|(?:Math|math) \. (?:abs|Abs) \( (.*) - ([\w. ]+) \)",
                    text_of(left),
                )
                if gap and op in ("<", "<="):
                    yield self.made(
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
                yield self.made(op, text_of(left), text_of(right), said)
            else:
                macro = re.fullmatch(r"matches ! \( (.*) , (.*) \)", text_of(part))
                if macro and not flipped:
                    yield self.made("matches", macro[1], macro[2], said)
                else:
                    yield self.made("not" if flipped else "truth", text_of(part), "", said)

    def made(self, op: str, subject: str, expected: str, text: str, tolerance: Tolerance | None = None) -> Check:
        subject, expected = self.plain(subject), self.plain(expected)
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

    def plain(self, text: str) -> str:
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
