"""Words and brackets of languages with braces (JavaScript, TypeScript, Go, Rust, Java, Kotlin), read in Python itself.

No grammar is run, so this needs no child under limits; the time is linear in the text, and any text is read to its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_DEPTH = 200
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_NAME = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")
_NUMBER = re.compile(
    r"0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?[a-zA-Z_]\w*|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?"
)
_SIGN = re.compile(
    r"===|!==|>>>=|\.\.\.|=>|->|<-|==|!=|<=|>=|&&|\|\||\+\+|--|::|:=|\?\.|\?\?|[-+*/%&|^]=|<<|>>|.", re.S
)
_RAW = re.compile(r"(?:b?r|br)(#*)\"")
_BEFORE_REGEX = frozenset("(,=:[!&|?{};+-*%<>~^") | {"=>", "==", "===", "!=", "!==", "&&", "||", "return", "typeof",
    "case", "in", "of",
                                                      "await", "yield", "void", "delete", "throw", "new", "else",
                                                      "do"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is name, number, string, sign or comment; `line` 1-based, that it begins at; `end` that it ends at."""

    kind: str
    text: str
    line: int
    end: int


@dataclass(slots=True)
class Group:
    """What stands between two brackets; `text` is the opening one."""

    text: str
    line: int
    end: int
    items: list[Item] = field(default_factory=list["Token | Group"])

    @property
    def kind(self) -> str:
        return "group"


Item = Token | Group


def tokens(text: str, language: str) -> Iterator[Token]:
    """In the order of the text, comments included."""
    at, line, size = 0, 1, len(text)
    last = ""
    while at < size:
        char = text[at]
        if char in " \t\r\f\v":
            at += 1
            continue
        if char == "\n":
            line += 1
            at += 1
            continue
        kind, end = _next(text, at, language, last)
        piece = text[at:end]
        lines = piece.count("\n")
        yield Token(kind, piece, line, line + lines)
        if kind != "comment":
            last = piece
        line += lines
        at = max(end, at + 1)


def _next(text: str, at: int, language: str, last: str) -> tuple[str, int]:
    """Kind and end of what begins here."""
    char, two = text[at], text[at : at + 2]
    if two == "//":
        return "comment", _end(text, "\n", at, keep=False)
    if two == "/*":
        return "comment", _end(text, "*/", at + 2)
    script = language in ("javascript", "typescript", "tsx")
    if text.startswith('"""', at) and language in ("java", "kotlin"):
        return "string", _end(text, '"""', at + 3)
    if language == "rust" and (raw := _RAW.match(text, at)):
        return "string", _end(text, '"' + raw[1], raw.end())
    if char == "`":
        return ("name" if language == "kotlin" else "string"), _quoted(text, at, "`", escapes=script)
    if char == '"':
        return "string", _quoted(text, at, '"', escapes=True, one_line=True)
    if char == "'":
        if language == "rust" and not re.match(r"'(?:\\.[^']*|[^'\\])'", text[at : at + 12]):
            return "sign", at + 1
        return "string", _quoted(text, at, "'", escapes=True, one_line=True)
    if char == "/" and script and (last in _BEFORE_REGEX or last == ""):
        end = _regex(text, at)
        if end:
            return "string", end
    if found := _NAME.match(text, at):
        return "name", found.end()
    if found := _NUMBER.match(text, at):
        return "number", found.end()
    found = _SIGN.match(text, at)
    return "sign", found.end() if found else at + 1


def _end(text: str, mark: str, at: int, *, keep: bool = True) -> int:
    found = text.find(mark, at)
    return len(text) if found < 0 else found + len(mark) * keep


def _quoted(text: str, at: int, mark: str, *, escapes: bool, one_line: bool = False) -> int:
    here = at + 1
    while here < len(text):
        if text[here] == "\\" and escapes:
            here += 2
        elif text[here] == mark:
            return here + 1
        elif text[here] == "\n" and one_line:
            return here
        else:
            here += 1
    return len(text)


def _regex(text: str, at: int) -> int:
    """The end of a regular expression on one line, 0 where it is a division."""
    here, inside = at + 1, False
    while here < len(text) and text[here] != "\n":
        char = text[here]
        if char == "\\":
            here += 1
        elif char == "[":
            inside = True
        elif char == "]":
            inside = False
        elif char == "/" and not inside:
            here += 1
            while here < len(text) and text[here].isalpha():
                here += 1
            return here
        here += 1
    return 0


def grouped(found: Sequence[Token]) -> list[Item]:
    """Tokens with what stands in brackets as groups, comments left out; one that nothing closes ends with the text."""
    root: list[Item] = []
    open_: list[Group] = []
    for token in found:
        if token.kind == "comment":
            continue
        into = open_[-1].items if open_ else root
        if token.kind == "sign" and token.text in _CLOSING and len(open_) < MOST_DEPTH:
            group = Group(token.text, token.line, token.end)
            into.append(group)
            open_.append(group)
        elif token.kind == "sign" and token.text in (")", "]", "}"):
            match = next((n for n in range(len(open_) - 1, -1, -1) if _CLOSING[open_[n].text] == token.text), -1)
            if match >= 0:
                for group in open_[match:]:
                    group.end = token.end
                del open_[match:]
        else:
            into.append(token)
    return root


def text_of(items: Sequence[Item]) -> str:
    """One line in one spelling."""
    return " ".join(_words(items))


def _words(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Group):
            yield item.text
            yield from _words(item.items)
            yield _CLOSING[item.text]
        else:
            yield item.text


def split(items: Sequence[Item], mark: str = ",") -> list[list[Item]]:
    """The parts between signs of this kind; no empty one at the end."""
    parts: list[list[Item]] = [[]]
    for item in items:
        if isinstance(item, Token) and item.kind == "sign" and item.text == mark:
            parts.append([])
        else:
            parts[-1].append(item)
    return [p for p in parts if p] if not parts[-1] or len(parts) > 1 else parts


def literal_objects(text: str) -> dict[str, Any]:
    """The object that a script of settings exports, as far as its values are literals: the first one with a key."""
    for item in _all_groups(grouped(list(tokens(text, "typescript")))):
        if item.text == "{":
            found = _object(item)
            if found:
                return found
    return {}


def _all_groups(items: Sequence[Item]) -> Iterator[Group]:
    for item in items:
        if isinstance(item, Group):
            yield item
            yield from _all_groups(item.items)


def _object(group: Group) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in split(group.items):
        if len(part) < 3 or not isinstance(part[0], Token) or not isinstance(part[1], Token) or part[1].text != ":":
            continue
        found[part[0].text.strip("'\"")] = _value(part[2:])
    return found


def _value(items: Sequence[Item]) -> Any:
    if len(items) == 1:
        item = items[0]
        if isinstance(item, Group):
            return _object(item) if item.text == "{" else [_value(p) for p in split(item.items)]
        if item.kind == "string":
            return item.text[1:-1]
        if item.text in ("true", "false"):
            return item.text == "true"
    return text_of(items)
