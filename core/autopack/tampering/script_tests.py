"""The tests of files in JavaScript, TypeScript, Go, Rust, Java and Kotlin: where each stands and what marks it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autopack.languages import language_of
from autopack.languages.tokens import Group, Item, Token, grouped, split, text_of, tokens

SCRIPTS = frozenset({"javascript", "typescript", "tsx"})
_TESTS = frozenset({"test", "it", "specify", "fit", "xit", "xtest"})
_GROUPS = frozenset({"describe", "suite", "context", "xdescribe", "fdescribe"})
_JUNIT = frozenset({"Test", "ParameterizedTest", "RepeatedTest", "TestFactory", "TestTemplate"})
_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Mark:
    """An attribute, annotation, or word of a call (`it.skip`), with its arguments."""

    name: str
    items: tuple[Item, ...]
    line: int


@dataclass(frozen=True)
class Block:
    """A test, or a function that is none (`collected` false); `titles` are those of the groups and its own."""

    titles: tuple[str, ...]
    line: int
    end: int
    marks: tuple[Mark, ...]
    body: tuple[Item, ...]
    collected: bool = True
    header: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Source:
    """A file in words and brackets."""

    path: str
    language: str
    items: tuple[Item, ...]
    comments: tuple[Token, ...]


def source_of(path: str, data: bytes | None) -> Source | None:
    """None for what is in none of these languages, or too large."""
    language = "kotlin" if path.endswith((".kt", ".kts")) else language_of(path)
    if data is None or language not in SCRIPTS | {"go", "rust", "java", "kotlin"} or len(data) > _MOST_BYTES:
        return None
    found = list(tokens(data.decode("utf-8", "replace"), language))
    return Source(path, language, tuple(grouped(found)), tuple(t for t in found if t.kind == "comment"))


def blocks_of(source: Source) -> Iterator[Block]:
    if source.language in SCRIPTS:
        yield from _of_calls(source.items, (), ())
    elif source.language == "go":
        yield from _of_go(source)
    elif source.language == "rust":
        yield from _of_rust(source.items, (), ())
    else:
        yield from _of_classes(source.items, (), (), source.language)


def _of_calls(
    items: Sequence[Item], titles: tuple[str, ...], marks: tuple[Mark, ...], row: tuple[Item, ...] = ()
) -> Iterator[Block]:
    """`row`: what a loop round the calls gives names to."""
    at = 0
    while at < len(items):
        item = items[at]
        loop = _loop(items[at : at + 3])
        if loop is not None:
            target, table, body = loop
            yield from _of_calls(body.items, titles, (Mark("for", (table,), item.line), *marks), target)
            at += 3
            continue
        before = items[at - 1] if at else None
        dotted = isinstance(before, Token) and before.text in (".", "?.", "function")
        if not isinstance(item, Token) or item.text not in _TESTS | _GROUPS or dotted:
            if isinstance(item, Group):
                yield from _of_calls(item.items, titles, marks, row)
            at += 1
            continue
        word, here, own = item.text, at + 1, [Mark(item.text, (), item.line)]
        while here + 1 < len(items) and text_of(items[here : here + 1]) == "." and isinstance(items[here + 1], Token):
            own.append(
                Mark(items[here + 1].text if isinstance(items[here + 1], Token) else "", (), items[here + 1].line)
            )
            here += 2
        calls: list[Group] = []
        while here < len(items) and (
            (isinstance(g := items[here], Group) and g.text == "(") or _is_template(items[here])
        ):
            calls.append(g if isinstance(g, Group) else Group("(", g.line, g.end, [g]))
            here += 1
        if not calls:
            at += 1
            continue
        args = split(calls[-1].items)
        title = text_of(args[0]).strip("'\"`") if args else ""
        if len(calls) > 1:
            own[-1] = replace(own[-1], items=tuple(calls[0].items))
        body = next((g for part in reversed(args[1:]) for g in reversed(part) if isinstance(g, Group) and g.text == "{"
                     and _is_function(part)), None)  # fmt: skip
        inner = tuple(body.items) if body is not None else tuple(args[-1][_arrow(args[-1]) :] if len(args) > 1 else ())
        for part in args[1:]:
            if len(part) == 1 and isinstance(part[0], Group) and part[0].text == "{":
                own += [Mark(text_of(p[:1]), tuple(p[2:]), p[0].line) for p in split(part[0].items) if len(p) > 2]
            elif len(part) == 1 and isinstance(part[0], Token) and part[0].kind == "number":
                own.append(Mark("timeout", tuple(part), part[0].line))
        if word in _GROUPS:
            yield from _of_calls(inner, (*titles, title), (*own, *marks), row)
        else:
            heads = [g for g in args[-1] if isinstance(g, Group) and g.text == "("] if len(args) > 1 else []
            header = (tuple(heads[0].items) if heads else ()) or row
            held = bool(inner) or len(args) > 1
            yield Block((*titles, title), item.line, calls[-1].end, (*own, *marks), inner, held, header)
        at = here


def _loop(items: Sequence[Item]) -> tuple[tuple[Item, ...], Item, Group] | None:
    """`for (const x of [...]) {...}`: the names, the list, the body."""
    if len(items) < 3 or text_of(items[:1]) != "for":
        return None
    head, body = items[1], items[2]
    if not (isinstance(head, Group) and head.text == "(" and isinstance(body, Group) and body.text == "{"):
        return None
    at = next((n for n, t in enumerate(head.items) if isinstance(t, Token) and t.text == "of"), 0)
    if not at or at + 2 != len(head.items):
        return None
    return tuple(t for t in head.items[:at] if text_of([t]) not in ("const", "let", "var")), head.items[at + 1], body


def _is_template(item: Item) -> bool:
    return isinstance(item, Token) and item.text.startswith("`")


def _is_function(part: Sequence[Item]) -> bool:
    return any(isinstance(t, Token) and t.text in ("=>", "function") for t in part)


def _arrow(part: Sequence[Item]) -> int:
    return next((n + 1 for n, t in enumerate(part) if isinstance(t, Token) and t.text == "=>"), 0)


def _of_go(source: Source) -> Iterator[Block]:
    items = source.items
    tag = next((c for c in source.comments if c.text.startswith(("//go:build", "// +build"))), None)
    marks = (Mark("build", (tag,), tag.line),) if tag is not None else ()
    in_tests = source.path.endswith("_test.go")
    for at, item in enumerate(items):
        if not (isinstance(item, Token) and item.text == "func" and at + 2 < len(items)):
            continue
        name, args = items[at + 1], items[at + 2]
        body = next((g for g in items[at + 2 : at + 6] if isinstance(g, Group) and g.text == "{"), None)
        if not isinstance(name, Token) or not isinstance(args, Group) or body is None:
            continue
        is_test = re.match(r"(?:Test|Fuzz|Benchmark|Example)(?![a-z])", name.text) is not None
        yield Block(
            (name.text,), item.line, body.end, marks, tuple(body.items), is_test and in_tests, tuple(args.items)
        )


def _of_rust(items: Sequence[Item], titles: tuple[str, ...], above: tuple[Mark, ...]) -> Iterator[Block]:
    marks: list[Mark] = []
    for at, item in enumerate(items):
        if isinstance(item, Token) and item.text == "#" and at + 1 < len(items):
            group = items[at + 1]
            if isinstance(group, Group) and group.items:
                marks.append(Mark(text_of(group.items[:1]), tuple(group.items[1:]), group.line))
        elif isinstance(item, Token) and item.text in ("fn", "mod") and at + 1 < len(items):
            name = items[at + 1]
            body = next((g for g in items[at + 2 :] if isinstance(g, Group) and g.text == "{"), None)
            if isinstance(name, Token) and body is not None:
                if item.text == "mod":
                    yield from _of_rust(body.items, titles, (*above, *(m for m in marks if m.name == "cfg")))
                else:
                    is_test = any(m.name == "test" or text_of(m.items).endswith(":: test") for m in marks)
                    if is_test or above:
                        yield Block(
                            (*titles, name.text), item.line, body.end, (*marks, *above), tuple(body.items), is_test
                        )
            marks = []
        elif isinstance(item, Token) and item.text in (
            "struct",
            "enum",
            "impl",
            "use",
            "const",
            "static",
            "trait",
            "type",
        ):
            marks = []


def _of_classes(
    items: Sequence[Item], titles: tuple[str, ...], above: tuple[Mark, ...], language: str
) -> Iterator[Block]:
    marks: list[Mark] = []
    at = 0
    while at < len(items):
        item = items[at]
        if isinstance(item, Token) and item.text == "@" and at + 1 < len(items):
            here = at + 1
            name = items[here]
            while here + 2 < len(items) and text_of(items[here + 1 : here + 2]) in (".", ":"):
                here += 2
                name = items[here]
            follows = items[here + 1] if here + 1 < len(items) else None
            args = follows if isinstance(follows, Group) and follows.text == "(" else None
            if isinstance(name, Token):
                marks.append(Mark(name.text, tuple(args.items) if args else (), name.line))
            at = here + (2 if args else 1)
            continue
        if isinstance(item, Token) and item.text in ("class", "object", "interface", "record") and at + 1 < len(items):
            name = items[at + 1]
            body = next((g for g in items[at + 2 :] if isinstance(g, Group) and g.text == "{"), None)
            if isinstance(name, Token) and name.kind == "name" and body is not None:
                yield from _of_classes(body.items, (*titles, name.text), (*above, *marks), language)
                marks = []
                at = next(n for n, g in enumerate(items) if g is body) + 1
                continue
        if isinstance(item, Group) and item.text == "(" and at and isinstance(items[at - 1], Token) and titles:
            body, name = _function_body(items, at, language), items[at - 1]
            if body is not None and isinstance(name, Token) and name.kind == "name":
                is_test = any(m.name in _JUNIT for m in marks)
                line = min([m.line for m in marks] + [name.line])
                yield Block((*titles, name.text.strip("`")), name.line, body.end, (*marks, *above), tuple(body.items),
                    is_test,
                            (Token("sign", str(line), line, line),))  # fmt: skip
                marks = []
                at = next(n for n, g in enumerate(items) if g is body) + 1
                continue
        if isinstance(item, Token) and item.text == ";":
            marks = []
        at += 1


def _function_body(items: Sequence[Item], at: int, language: str) -> Group | None:
    """The braces behind a parameter list; Kotlin's `= ...` body counts when it has some."""
    if language == "kotlin" and not (at >= 2 and text_of(items[at - 2 : at - 1]) in ("fun", ".")):
        return None
    for item in items[at + 1 : at + 12]:
        if isinstance(item, Group) and item.text == "{":
            return item
        if (isinstance(item, Token) and item.text in (";", "@", "fun", ")")) or (isinstance(item,
            Group) and item.text == "(" and (
            language == "java")):  # fmt: skip
            return None
    return None
