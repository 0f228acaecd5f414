"""Quick fixes: for a finding about a plan, the one edit of its text that settles it.

What a finding means is told by its code, its message and the entry at its range; where the text there is no longer what
the message speaks of, there is no fix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from autopack.model.findings import Range
from autopack.model.plan import Plan
from autopack.yamlfile import (
    Edit,
    Entry,
    Kind,
    Loc,
    Node,
    Outline,
    appended,
    known_keys,
    put,
    quotable,
    removed,
    scalar,
    types_at,
)
from autopack_server.lsp.plan.reading import Reading


class Told(Protocol):
    """A finding, or what an editor kept of one."""

    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def range(self) -> Range | None: ...


@dataclass(frozen=True, slots=True)
class Fix:
    """`index` is the place of the problem it settles among those asked about; `preferred` where it is what was meant."""

    title: str
    index: int
    edit: Edit
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class _Here:
    """The entry a problem is about. `on_key`: the problem is about the key, not the value."""

    tree: Outline
    loc: Loc
    entry: Entry
    on_key: bool
    message: str

    @property
    def node(self) -> Node:
        return self.entry.node

    @property
    def base(self) -> Loc:
        """The phase, or the defaults, that the entry lies in."""
        return self.loc[:2] if self.loc[0] == "phases" else self.loc[:1]

    def named(self, pattern: str) -> str:
        """What the first group of the pattern finds in the message, "" when it does not fit."""
        found = re.search(pattern, self.message)
        return found[1] if found else ""


_Offer = tuple[str, Edit | None, bool]
"""Title, edit, whether it is what was meant."""

MEANT = r"did you mean `([^`]+)`\?$"


def plan_fixes(reading: Reading, problems: Sequence[Told]) -> list[Fix]:
    """Every fix for these problems of this text, in their order."""
    found: list[Fix] = []
    places = _places(reading) if problems else {}
    for index, problem in enumerate(problems):
        here = _here(reading, places, problem)
        offers = _OFFERS.get(problem.code) if here is not None else None
        if here is None or offers is None:
            continue
        found += [Fix(title, index, edit, preferred) for title, edit, preferred in offers(here) if edit is not None]
    return found


_Places = dict[tuple[int, int], tuple[Loc, Entry, bool]]
"""By start and end in the text: the entry whose key or value stands there, and whether it is its key."""


def _places(reading: Reading) -> _Places:
    found: _Places = {}
    for loc, entry in reading.tree.walk():
        if isinstance(loc[-1], str):
            found.setdefault((entry.start, entry.end), (loc, entry, True))
        if entry.node.kind is not Kind.NOTHING:
            found.setdefault((entry.node.start, entry.node.end), (loc, entry, False))
    return found


def _here(reading: Reading, places: _Places, problem: Told) -> _Here | None:
    if problem.range is None:
        return None
    span = reading.offset(problem.range.start), reading.offset(problem.range.end)
    return _Here(reading.tree, *places[span], problem.message) if span in places else None


# what each code offers


def _schema(here: _Here) -> Iterator[_Offer]:
    yield from _unknown_key(here)
    word = here.named(MEANT)
    if word and not here.on_key:
        yield _replacement(here, word)
    if here.named(r"is a (folder|file); write `"):
        yield _replacement(here, here.named(r"; write `([^`]+)`$"))
    if here.named(r"must be (text), not a (?:number|truth value)") and not here.node.style:
        source = here.tree.text[here.node.start : here.node.end]
        yield "Put it in quotes", _set(here, f'"{quotable(source, chr(34))}"'), True
    if here.named(r"must be (a list); write \["):
        source = here.tree.text[here.node.start : here.node.end]
        yield "Make it a list", _set(here, f"[{source if here.node.style else scalar(source)}]"), True
    yield from _surprise(here)
    if here.named(r"`(command|junit)` is only (?:run|read) with `runner: command`"):
        yield "Set runner: command", put(here.tree, (*here.loc[:-1], "runner"), "command"), True
    path = here.named(r"^`[^`]+` is not among what `tests\.paths` collects, so it cannot pass; add `([^`]+)`$")
    if path:
        yield f"Add `{path}` to tests.paths", _extended(here, ("tests", "paths"), path), True


def _unknown_key(here: _Here) -> Iterator[_Offer]:
    word, meant = here.named(r"^unknown key `([^`]+)`"), here.named(MEANT)
    holder = here.tree.node(here.loc[:-1])
    if not (here.on_key and word == here.entry.key and meant in known_keys(Plan, here.loc[:-1])):
        return
    if holder is not None and holder.named(meant) is None:
        yield f"Change `{word}` to `{meant}`", Edit(here.entry.start, here.entry.end, meant), True


def _surprise(here: _Here) -> Iterator[_Offer]:
    """Words that YAML 1.1 and 1.2 read differently: what was meant follows from the type of the entry."""
    if not here.named(r"YAML (1\.1)") or here.on_key or here.node.style:
        return
    types, plain = types_at(Plan, here.loc), here.named(r": write (true|false|[0-9]+)\b")
    if plain and (bool in types if plain in ("true", "false") else int in types or float in types):
        yield f"Write {plain}", _set(here, plain), True
    if str in types:
        yield "Put it in quotes", _set(here, f'"{here.node.text}"'), True


def _unknown_dependency(here: _Here) -> Iterator[_Offer]:
    word = here.named(MEANT)
    if word:
        yield _replacement(here, word)
    yield _removal(here)


def _dependency(here: _Here) -> Iterator[_Offer]:
    yield _removal(here)


def _outside_repository(here: _Here) -> Iterator[_Offer]:
    path, word = here.named(r"^`([^`]*)`"), here.named(r"; write `([^`]+)`$")
    if word and here.node.text.startswith(path):
        yield _replacement(here, word + here.node.text[len(path) :])
    yield _removal(here)


def _outside_scope(here: _Here) -> Iterator[_Offer]:
    path, folder = here.named(r"^`([^`]+)` is not in the phase's scope"), here.named(r"write the folder as `([^`]+)/`$")
    written = here.tree.node((*here.base, "scope", "paths"))
    for entry in written.entries if folder and written is not None else ():
        if entry.node.text == folder:
            edit = Edit(entry.node.start, entry.node.end, scalar(f"{folder}/"))
            yield f"Write `{folder}/` in scope.paths", edit, True
    if path:
        yield f"Add `{path}` to scope.paths", _extended(here, ("scope", "paths"), path), not folder
    yield _removal(here)


def _protected(here: _Here) -> Iterator[_Offer]:
    path = here.named(r"^`([^`]+)` is protected \(pattern .*list it under `scope\.allowed` if that is meant$")
    if path:
        yield f"List `{path}` under scope.allowed", _extended(here, ("scope", "allowed"), path), False
    yield _removal(here)


def _too_little(here: _Here) -> Iterator[_Offer]:
    room = here.named(r"estimated at up to ([0-9]+) tokens") or here.named(r"less than the ([0-9]+) that its")
    if room and here.loc[-1] == "token_cap":
        yield f"Raise token_cap to {room}", put(here.tree, here.loc, room), False


def _uncommitted(here: _Here) -> Iterator[_Offer]:
    yield "Start from the working tree", put(here.tree, ("run", "base"), "working-tree"), True


def _above_settings(here: _Here) -> Iterator[_Offer]:
    cap = here.named(r"is more than the ([0-9.]+) of your settings")
    if cap:
        yield f"Lower {here.loc[-1]} to {cap}", put(here.tree, here.loc, cap), True


_OFFERS: dict[str, Callable[[_Here], Iterable[_Offer]]] = {
    "AP101": _schema,
    "AP102": _unknown_dependency,
    "AP103": _dependency,
    "AP104": _outside_repository,
    "AP105": _outside_scope,
    "AP106": _dependency,
    "AP107": _protected,
    "AP108": _too_little,
    "AP118": _uncommitted,
    "AP120": _above_settings,
}


# the edits


def _set(here: _Here, source: str) -> Edit | None:
    return None if here.on_key or not here.node.closed else Edit(here.node.start, here.node.end, source)


def _replacement(here: _Here, word: str) -> _Offer:
    return f"Change `{here.node.text}` to `{word}`", _set(here, scalar(word)), True


def _removal(here: _Here) -> _Offer:
    """An item goes with its whole entry: a read-only path written as a mapping, too."""
    loc = here.loc if isinstance(here.loc[-1], int) else here.loc[:-1]
    edit = removed(here.tree, loc) if loc and isinstance(loc[-1], int) and len(loc) > 2 else None
    return f"Remove `{here.node.text}`", edit, False


def _extended(here: _Here, key: Loc, item: str) -> Edit | None:
    """The item added to a list of the phase. A list it takes from the defaults is copied: the phase's own replaces it."""
    loc, inherited = (*here.base, *key), here.tree.node(("defaults", *key))
    if here.tree.node(loc) is None and inherited is not None and inherited.kind is Kind.LIST:
        items = [scalar(entry.node.text) for entry in inherited.entries if entry.node.kind is Kind.SCALAR]
        return put(here.tree, loc, f"[{', '.join([*items, scalar(item)])}]")
    return appended(here.tree, loc, scalar(item))
