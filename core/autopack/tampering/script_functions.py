"""Functions of a file in a language with braces, and what a call of one, or a round of a loop, puts in for names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autopack.languages.tokens import Group, Item, Token, split, text_of

_KEYWORDS = frozenset({"function", "func", "fn", "fun"})
_NO_NAMES = frozenset(
    {"mut", "final", "val", "var", "const", "let", "if", "for", "while", "switch", "catch", "return", "new", "else"}
)
MOST_ROWS = 100
Names = Mapping[str, Sequence[Item]]
"""What names stand for; `a . b` for a field of one."""


@dataclass(frozen=True)
class Helper:
    parameters: tuple[str, ...]
    body: tuple[Item, ...]


def helpers_of(items: Sequence[Item], language: str) -> dict[str, Helper]:
    """Functions with a body, by name, wherever in the file they stand."""
    found: dict[str, Helper] = {}
    for at, item in enumerate(items):
        if isinstance(item, Group):
            found |= helpers_of(item.items, language)
            continue
        if item.text in _KEYWORDS and at + 2 < len(items):
            name, group = items[at + 1], items[at + 2]
            if isinstance(name, Token) and isinstance(group, Group) and group.text == "(":
                body = _body(items, at + 3)
                if body:
                    found[name.text] = Helper(_parameters(group, language), tuple(body))
        elif item.text == "=" and at and at + 2 < len(items):
            name, group = items[at - 1], items[at + 1]
            if isinstance(name, Token) and isinstance(group, Group) and text_of(items[at + 2 : at + 3]) == "=>":
                body = _body(items, at + 3, arrow=True)
                if body:
                    found[name.text] = Helper(_parameters(group, language), tuple(body))
        elif language == "java" and item.kind == "name" and item.text not in _NO_NAMES and at and at + 2 < len(items):
            before, group, body_ = items[at - 1], items[at + 1], items[at + 2]
            if isinstance(before,
                Token) and before.kind == "name" and before.text not in _NO_NAMES and isinstance(group, Group) and (
                isinstance(body_, Group) and body_.text == "{" and group.text == "("):  # fmt: skip
                found[item.text] = Helper(_parameters(group, language), tuple(body_.items))
    return found


def _body(items: Sequence[Item], at: int, *, arrow: bool = False) -> list[Item]:
    """What stands in the braces behind a function's head, or behind its `=`, `=>`."""
    here = at
    while here < min(len(items), at + 12):
        item = items[here]
        if isinstance(item, Group) and item.text == "{":
            return list(item.items)
        if arrow or (isinstance(item, Token) and item.text == "="):
            start = here if arrow else here + 1
            line = items[start].line if start < len(items) else 0
            rest: list[Item] = []
            for part in items[start:]:
                if isinstance(part, Token) and (part.text == ";" or (part.line > line and part.text != ".")):
                    break
                rest.append(part)
                line = part.end
            return rest
        here += 1
    return []


def _parameters(group: Group, language: str) -> tuple[str, ...]:
    found: list[str] = []
    for part in split(group.items):
        names = [t.text for t in part if isinstance(t, Token) and t.kind == "name" and t.text not in _NO_NAMES]
        if names:
            found.append(names[-1] if language == "java" else names[0])
    return tuple(found)


def put_in(items: Sequence[Item], names: Names) -> list[Item]:
    """The items with names replaced by what they stand for, at the lines they stood."""
    found: list[Item] = []
    at = 0
    while at < len(items):
        item = items[at]
        if isinstance(item, Group):
            found.append(Group(item.text, item.line, item.end, put_in(item.items, names)))
            at += 1
            continue
        before = items[at - 1] if at else None
        owned = isinstance(before, Token) and before.text in (".", "?.")
        field = text_of(items[at : at + 3])
        if not owned and field in names:
            found += _at(names[field], item.line)
            at += 3
        elif not owned and item.kind == "name" and item.text in names:
            found += _at(names[item.text], item.line)
            at += 1
        else:
            found.append(item)
            at += 1
    return found


def _at(items: Sequence[Item], line: int) -> Iterator[Item]:
    for item in items:
        if isinstance(item, Group):
            yield Group(item.text, line, line, list(_at(item.items, line)))
        else:
            yield Token(item.kind, item.text, line, line)


def rounds(head: Sequence[Item], known: Mapping[str, Sequence[Item]]) -> list[dict[str, Sequence[Item]]] | None:
    """What the names of a loop stand for in each of its rounds; None where that does not stand in the text. `head` begins
    with `for`; `known` are values of local names."""
    inner = head[1:]
    if len(inner) == 1 and isinstance(inner[0], Group) and inner[0].text == "(":
        inner = inner[0].items
    at = next((n for n, t in enumerate(inner) if isinstance(t, Token) and t.text in ("of", "in", "range")), -1)
    if at < 0:
        return None
    target = [
        t
        for t in inner[:at]
        if not (isinstance(t, Token) and t.text in ("const", "let", "var", "val", ":=", "mut", "_", ",", "&"))
    ]
    values = inner[at + 1 :]
    rows, fields = _rows(values, known)
    if rows is None or len(rows) > MOST_ROWS or not target:
        return None
    return [bound(target, row, fields) for row in rows]


def _rows(
    values: Sequence[Item], known: Mapping[str, Sequence[Item]]
) -> tuple[list[list[Item]] | None, tuple[str, ...]]:
    if len(values) == 1 and isinstance(values[0], Token) and values[0].text in known:
        values = known[values[0].text]
    fields: tuple[str, ...] = ()
    for at, item in enumerate(values):
        if (
            isinstance(item, Token)
            and item.text == "struct"
            and at + 1 < len(values)
            and isinstance(group := values[at + 1], Group)
        ):
            fields = _fields(group)
    last = values[-1] if values else None
    if not isinstance(last, Group):
        return None, ()
    literal = last.text in ("[", "{") or (
        last.text == "(" and text_of(values[:-1]) in ("listOf", "setOf", "arrayOf", "List . of")
    )
    return (split(last.items), fields) if literal else (None, ())


def _fields(group: Group) -> tuple[str, ...]:
    """Names of a Go struct: the words of each line but its type."""
    by_line: dict[int, list[str]] = {}
    for item in group.items:
        if isinstance(item, Token) and item.kind == "name":
            by_line.setdefault(item.line, []).append(item.text)
    return tuple(name for names in by_line.values() for name in (names[:-1] if len(names) > 1 else names))


def bound(target: Sequence[Item], row: Sequence[Item], fields: Sequence[str] = ()) -> dict[str, Sequence[Item]]:
    """Names of a pattern with the parts of a row."""
    names = [t.text for t in _flat(target) if t.kind == "name"]
    row = list(row)
    arrow = next((n for n, t in enumerate(row) if isinstance(t, Token) and t.text == "to"), -1)
    if len(row) == 1 and isinstance(row[0], Group) and row[0].text in ("[", "(", "{") and (len(names) > 1 or fields):
        parts = split(row[0].items)
    elif arrow > 0 and len(names) > 1:
        parts = [row[:arrow], row[arrow + 1 :]]
    else:
        parts = [row]
    if not fields:
        return dict(zip(names, parts, strict=False))
    name = names[-1] if names else ""
    found: dict[str, Sequence[Item]] = {}
    for number, part in enumerate(parts):
        keyed = len(part) > 2 and isinstance(part[1], Token) and part[1].text == ":" and isinstance(part[0], Token)
        key = text_of(part[:1]) if keyed else fields[number] if number < len(fields) else ""
        found[f"{name} . {key}"] = part[2:] if keyed else part
    return found


def _flat(items: Sequence[Item]) -> Iterator[Token]:
    for item in items:
        if isinstance(item, Group):
            yield from _flat(item.items)
        else:
            yield item
