"""Tables of cases of tests in languages with braces: rows that are gone, and loops over a part of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autopack.languages.tokens import Group, Item, Token, split, text_of
from autopack.model.findings import Tree
from autopack.tampering.checks import Examined
from autopack.tampering.facts import Kind, Suspicion
from autopack.tampering.script_checks import Reader
from autopack.tampering.script_tests import Block, Source
from autopack.text import shorten

_TABLES = frozenset({"each", "ValueSource", "CsvSource", "EnumSource", "MethodSource", "for"})
_CUT = re.compile(r"\[ [\w.]* ?: ?[\w.]* \]|\. (?:slice|take|first|filter|skip|drop|splice) \(|\. \. ?\d+|limit \(")


def tables(old: tuple[Source, Block], new: tuple[Source, Block], test: Examined) -> Iterator[Suspicion]:
    """Rows of tables that are gone, or that expect something else."""
    olds, news = _rows(*old), _rows(*new)
    if not olds:
        return
    plain = _without_keys if old[0].language == "go" else str
    have = {plain(text) for _, rows in news for text, _ in rows}
    gone = [(text, line, at) for at, rows in olds for text, line in rows if plain(text) not in have]
    had = {plain(text) for _, rows in olds for text, _ in rows}
    fresh = [(text, line) for _, rows in news for text, line in rows if plain(text) not in had]
    path = new[0].path
    if not gone or (not news and not olds):
        return
    if len(fresh) >= len(gone):
        for (text, _, _), (now, line) in zip(gone, fresh, strict=False):
            yield Suspicion(
                Kind.REPLACED,
                path,
                line,
                Tree.CANDIDATE,
                test.id,
                f"The case `{shorten(text, 80)}` is now `{shorten(now, 80)}`",
                text,
                now,
            )
        return
    text, line, at = gone[0]
    said = f"The case `{shorten(text, 100)}` of {test.name} is gone"
    if line != at or not news:
        yield Suspicion(Kind.EMPTIED, old[0].path, line, Tree.BASE, test.id, said, text)
    else:
        yield Suspicion(Kind.EMPTIED, path, news[0][0], Tree.CANDIDATE, test.id, said, text)


def _without_keys(row: str) -> str:
    """A struct's values alone, in the order they stand in."""
    return re.sub(r"(?<=[{,] )\w+ : ", "", row)


def _rows(source: Source, block: Block) -> list[tuple[int, list[tuple[str, int]]]]:
    """Tables of a test: the line each begins at, and its rows with theirs."""
    found: list[tuple[int, list[tuple[str, int]]]] = []
    for mark in block.marks:
        if mark.name in _TABLES:
            for item in mark.items:
                if isinstance(item, Group) and item.text in ("[", "{"):
                    found.append((item.line, [(text_of(p), p[0].line) for p in split(item.items)]))
                elif isinstance(item, Token) and item.text in source_names(source):
                    group = source_names(source)[item.text]
                    found.append((group.line, [(text_of(p), p[0].line) for p in split(group.items)]))
                elif isinstance(item, Token) and item.text.startswith("`"):
                    lines = [" ".join(line.split()) for line in item.text.strip("`").splitlines() if line.strip()]
                    found.append((item.line, [(line, item.line + 1 + n) for n, line in enumerate(lines)]))
    found += _loops(block.body, source)
    return found


def source_names(source: Source) -> dict[str, Group]:
    """Lists and objects that the file gives a name."""
    found: dict[str, Group] = {}
    for at, item in enumerate(source.items):
        if isinstance(item, Token) and item.text == "=" and at and at + 1 < len(source.items):
            name, value = source.items[at - 1], source.items[at + 1]
            if isinstance(name, Token) and isinstance(value, Group) and value.text in ("[", "{"):
                found[name.text] = value
    return found


def _loops(items: Sequence[Item], source: Source) -> list[tuple[int, list[tuple[str, int]]]]:
    """Lists that are looped over in place, and Go's tables of structs."""
    found: list[tuple[int, list[tuple[str, int]]]] = []
    for at, item in enumerate(items):
        if isinstance(item, Group):
            found += _loops(item.items, source)
            if source.language == "go" and item.text == "{" and at >= 2 and any(
                isinstance(g, Group) and g.text == "[" and not g.items for g in items[max(0, at - 4) : at]):  # fmt: skip
                rows = [(text_of(p), p[0].line) for p in split(item.items)]
                if len(rows) and all(isinstance(p[0], Group) or ":" in text_of(p) for p in split(item.items)):
                    found.append((item.line, rows))
            elif (
                (source.language == "rust" and item.text == "[" and at and text_of(items[at - 1 : at]) == "in")
                or (item.text == "[" and at and text_of(items[at - 1 : at]) == "of")
                or (
                    item.text == "("
                    and source.language == "kotlin"
                    and at
                    and text_of(items[at - 1 : at]) in ("listOf", "mapOf", "setOf")
                    and at >= 2
                    and (text_of(items[at - 2 : at - 1]) == "in")
                )
            ):
                found.append((item.line, [(text_of(p), p[0].line) for p in split(item.items)]))
    return found


def cut_loops(old: tuple[Source, Block], new: tuple[Source, Block], test: Examined) -> Iterator[Suspicion]:
    """Loops over a part of what they ran over."""
    heads: list[list[tuple[str, int]]] = []
    for source, block in (old, new):
        reader = Reader(source.path, source.language)
        reader.block(block.body)
        heads.append(reader.loops)
    before = {head for head, _ in heads[0]}
    for head, line in heads[1]:
        if head not in before and _CUT.search(head) and not any(_CUT.search(old) for old in before) and before:
            said = f"{test.name} runs over a part of its cases: `{shorten(head, 100)}`"
            yield Suspicion(Kind.EMPTIED, new[0].path, line, Tree.CANDIDATE, test.id, said, "", head)
