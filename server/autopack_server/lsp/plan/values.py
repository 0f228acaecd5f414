"""Values: the words, names, paths and tests that a scalar of a plan may say."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from autopack.model.plan import Plan
from autopack.plans.entries import Refers, refers_to, value_meaning
from autopack.yamlfile import Loc, choices, field_at, types_at
from autopack_server.lsp.plan.items import ItemKind
from autopack_server.lsp.plan.pytest_names import PytestNames
from autopack_server.lsp.plan.reading import Named, Reading
from autopack_server.lsp.plan.repository import Folder, Repository
from autopack_server.lsp.plan.wording import code, default_of, escaped, type_name

FEW_FILES = 8
"""So many test files at most are read to offer the tests in them before one is named."""


@dataclass(frozen=True, slots=True)
class Value:
    """`word` as the scalar says it; `literal` for what is no text (true, 5), written without quotes."""

    word: str
    kind: ItemKind
    detail: str = ""
    documentation: str = ""
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What values come from: the plan itself, the repository (None without one) and the tests in its checkout."""

    reading: Reading
    repository: Repository | None = None
    tests: PytestNames | None = None


def is_open_ended(loc: Loc) -> bool:
    """Whether more values may fit once more is typed."""
    return refers_to(loc) not in (None, Refers.PHASE, Refers.TIER)


def values(loc: Loc, facts: Facts, typed: str, taken: Collection[str]) -> Iterator[Value]:
    """What the scalar at `loc` may say, best first; `taken` is what its list says already."""
    refers = refers_to(loc)
    if refers is Refers.PHASE:
        found = _phases(loc, facts.reading)
    elif refers is Refers.TIER:
        found = (_named(tier, ItemKind.TIER) for tier in facts.reading.tiers)
    elif facts.repository is not None and refers is Refers.TEST:
        found = _tests(facts.repository, facts.tests, typed)
    elif facts.repository is not None and refers is not None:
        found = _paths(facts.repository, refers, typed)
    else:
        found = _words(loc)
    return (value for value in found if value.word not in taken)


def _words(loc: Loc) -> Iterator[Value]:
    types, field = types_at(Plan, loc), field_at(Plan, loc)
    for choice in choices(types):
        word = str(choice).lower() if isinstance(choice, bool) else str(choice)
        yield Value(word, ItemKind.VALUE, "", value_meaning(loc, choice), literal=not isinstance(choice, str))
    if field is not None and isinstance(loc[-1], str) and (int in types or float in types) and default_of(field):
        yield Value(default_of(field), ItemKind.VALUE, "default", literal=True)


def _phases(loc: Loc, reading: Reading) -> Iterator[Value]:
    """The phases this one may depend on: not itself, none that needs it, none of a later tier."""
    index = loc[1] if len(loc) > 1 and isinstance(loc[1], int) else -1
    own = next((phase for phase in reading.phases if phase.index == index), None)
    tiers = {tier.id: position for position, tier in reversed(list(enumerate(reading.tiers)))}
    late = tiers.get(own.tier, len(tiers)) if own is not None else len(tiers)
    needing = _needing(own.id, reading) if own is not None else set()
    for phase in reading.phases:
        if phase.index != index and phase.id not in needing and tiers.get(phase.tier, 0) <= late:
            yield _named(phase, ItemKind.PHASE)


def _needing(name: str, reading: Reading) -> set[str]:
    """The phase and every phase that needs it, directly or not."""
    by_need: dict[str, list[str]] = {}
    for phase in reading.phases:
        for node in phase.needs:
            by_need.setdefault(node.text, []).append(phase.id)
    found, queue = {name}, [name]
    while queue:
        more = [other for other in by_need.get(queue.pop(), []) if other not in found]
        found.update(more)
        queue += more
    return found


def _named(named: Named, kind: ItemKind) -> Value:
    return Value(named.id, kind, named.title, escaped(named.title))


def _paths(repository: Repository, refers: Refers, typed: str) -> Iterator[Value]:
    """What lies in the folder typed so far; tracked files of that name anywhere follow."""
    folder = typed[: typed.rfind("/") + 1]
    checkout = refers in (Refers.CHECKOUT, Refers.CHECKOUT_FOLDER)
    only_folders = refers in (Refers.FOLDER, Refers.CHECKOUT_FOLDER)
    here = repository.checkout(folder) if checkout else repository.folders.get(folder, Folder())
    for path in here.folders:
        if path.startswith(typed):
            yield Value(path.rstrip("/") if refers is Refers.FOLDER else path, ItemKind.FOLDER, "folder")
    for path in () if only_folders else here.files:
        if path.startswith(typed) and not (checkout and path in repository.files):
            yield Value(path, ItemKind.FILE, "file")
    if typed and not folder and refers is Refers.PATH:
        yield from _elsewhere(repository, typed.casefold())


def _elsewhere(repository: Repository, word: str) -> Iterator[Value]:
    for path in repository.folders:
        if path.rstrip("/").rpartition("/")[2].casefold().startswith(word):
            yield Value(path, ItemKind.FOLDER, "folder")
    for path in sorted(repository.files):
        if path.rpartition("/")[2].casefold().startswith(word):
            yield Value(path, ItemKind.FILE, "file")


def _tests(repository: Repository, tests: PytestNames | None, typed: str) -> Iterator[Value]:
    """The tests of the file typed so far, or of the few it may be; else the files to choose from."""
    path, separator, _ = typed.partition("::")
    matching = [file for file in repository.tests if (file == path if separator else file.startswith(path))]
    if tests is not None and len(matching) <= FEW_FILES:
        for file in matching:
            for test in tests.of(file):
                yield Value(f"{file}::{test.name}", ItemKind.TEST, f"line {test.line}", escaped(test.says))
    else:
        for file in matching:
            yield Value(f"{file}::", ItemKind.FILE, "test file")


def value_notes(loc: Loc, value: Value, told: str) -> str:
    """The documentation of a value: its own, then what the entry is for."""
    return "\n\n".join(part for part in (value.documentation, told) if part) or code(type_name(loc))
