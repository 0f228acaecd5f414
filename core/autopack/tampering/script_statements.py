"""Statements of a block in a language with braces, and the calls among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autopack.languages.tokens import Group, Item, Token, split, text_of
from autopack.tampering.script_words import CONTINUES


def statements(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Statements of a block: up to a semicolon, or to a line's end where nothing goes on."""
    now: list[Item] = []
    for item in items:
        if isinstance(item, Token) and item.text == ";":
            if (
                now
                and text_of(now[:1]) in ("if", "for", "switch")
                and not any(isinstance(i, Group) and i.text == "{" for i in now)
            ):
                now.append(item)
                continue
            if now:
                yield now
            now = []
            continue
        if now and item.line > end_of(now[-1]) and not goes_on(now[-1], item):
            yield now
            now = []
        now.append(item)
    if now:
        yield now


def goes_on(last: Item, item: Item) -> bool:
    if isinstance(item, Token) and item.text in CONTINUES and item.text not in ("*", "-", "+"):
        return True
    return isinstance(last, Token) and last.text in CONTINUES


def end_of(item: Item) -> int:
    return item.end


def called(items: Sequence[Item]) -> tuple[str, Group | None, int]:
    """The last name before the first arguments, these, and where they stand; `name!(...)` and `name<T> { }` too."""
    name = ""
    for at, item in enumerate(items):
        if isinstance(item, Group):
            if item.text in ("(", "{") and name:
                return name, item, at
            if item.text == "[":
                continue
            return "", None, at
        if item.kind == "name":
            if at and isinstance(items[at - 1], Token) and items[at - 1].text in ("<", ",") and name:
                continue
            name = item.text
        elif item.text not in (".", "!", "<", ">", "?", "::"):
            return "", None, at
    return "", None, len(items)


def asserts(items: Sequence[Item]) -> bool:
    return any(isinstance(t, Token) and t.text in ("expect", "assert") for t in items[:4])


def without(items: Sequence[Item], words: tuple[str, ...]) -> list[Item]:
    found = list(items)
    while (
        found
        and isinstance(found[0], Token)
        and found[0].text in words
        and (found[0].text != "return" or len(found) > 1)
    ):
        found = found[1:]
    return found


def split_any(items: Sequence[Item], mark: str) -> list[list[Item]]:
    return split(items, mark)
