"""Tests in languages with braces, of both trees, compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autopack.languages.tokens import Group, Item, Token, split, text_of
from autopack.model.findings import Tree
from autopack.tampering.checks import Block as Barrier
from autopack.tampering.checks import Bound, Check, Examined, Place
from autopack.tampering.comparing import Pool, compared
from autopack.tampering.facts import Facts, Kind, Suspicion
from autopack.tampering.pairing import paired
from autopack.tampering.script_checks import Reader
from autopack.tampering.script_doubles import doubles, mocked, of_files
from autopack.tampering.script_functions import MOST_ROWS, bound, helpers_of, put_in
from autopack.tampering.script_tables import cut_loops, tables
from autopack.tampering.script_tests import SCRIPTS, Block, Mark, Source, blocks_of, source_of
from autopack.tampering.script_words import number_in
from autopack.tampering.sight import Sight
from autopack.tampering.texts import Texts

_SKIP = frozenset({"skip", "todo", "xit", "xtest", "xdescribe", "skipIf", "runIf", "ignore", "Disabled", "Ignore",
                   "EnabledIf", "DisabledIf",
                   "EnabledIfEnvironmentVariable", "DisabledIfEnvironmentVariable", "EnabledOnOs", "DisabledOnOs",
                   "EnabledIfSystemProperty", "DisabledIfSystemProperty", "EnabledOnJre", "DisabledOnJre", "build",
                   "cfg"})  # fmt: skip
_FAILS = frozenset({"fails", "failing"})
_ONLY = frozenset({"only", "fit", "fdescribe"})
_TRIES = frozenset({"retry", "retries", "RetryingTest", "Retry", "RepeatedIfExceptionsTest"})
_GENERIC = frozenset({"Throwable", "Exception", "RuntimeException", "Error"})
_IDLE = frozenset({"nothing", "ran", "suppress"})


def script_suspicions(facts: Facts, before: Texts, after: Texts) -> Iterator[Suspicion]:
    """Of each test in a changed file."""
    old: list[Examined] = []
    new: list[Examined] = []
    olds: dict[str, tuple[Source, Block]] = {}
    news: dict[str, tuple[Source, Block]] = {}
    idle: list[tuple[str, Block]] = []
    files: dict[str, str] = {}
    for change in facts.changes.changes:
        path = change.old_path or change.path
        for source, tests, known in (
            (source_of(path, change.before), old, olds),
            (source_of(change.path, change.after), new, news),
        ):
            if source is None or not _may_hold(source, facts):
                continue
            for block in blocks_of(source):
                id_ = f"{source.path}::{' '.join(block.titles) if source.language in SCRIPTS else '::'.join(block.titles)}"
                if block.collected:
                    tests.append(_examined(block, source, id_))
                    known[id_] = (source, block)
                elif tests is new:
                    idle.append((source.path, block))
        if change.old_path:
            files[change.old_path] = change.path
    if not old:
        return
    pairs, gone = paired(old, new, {}, files)
    sight = Sight(before, after, _ancestors)
    pool = Pool.of(pairs, new)
    for one, other in pairs:
        yield from compared(one, other, pool, sight)
        yield from tables(olds[one.id], news[other.id], other)
        yield from cut_loops(olds[one.id], news[other.id], other)
    yield from _only(pairs, news)
    yield from of_files(facts)
    yield from mocked(facts)
    for test in gone:
        checks = [c for c in test.checks if c.op not in _IDLE]
        if not checks or [c for c in checks if not pool.take(c)]:
            yield _lost(test, olds[test.id][1], idle)


def _may_hold(source: Source, facts: Facts) -> bool:
    return facts.is_test(source.path) or source.language == "rust"


def _ancestors(name: str) -> frozenset[str]:
    return frozenset(_GENERIC - {name}) if name not in ("Throwable",) else frozenset()


def _examined(block: Block, source: Source, id_: str) -> Examined:
    reader = Reader(source.path, source.language, helpers=helpers_of(source.items, source.language))
    reader.block(block.body)
    reader.told_by(0, _each(block))
    checks = list(reader.checks)
    barriers = [*_barriers(block.marks, source), *reader.blocks]
    bounds: list[Bound] = []
    for mark in block.marks:
        place = Place(source.path, mark.line)
        if mark.name == "should_panic":
            said = re.search(
                r"expected = (.*)", text_of([i for g in mark.items if isinstance(g, Group) for i in g.items])
            )
            checks.append(
                Check(
                    "raises",
                    "panic",
                    "panic" + (f" match {said[1]}" if said else ""),
                    (place,),
                    f"should_panic {said[1] if said else ''}",
                )
            )
        elif mark.name.lower() == "timeout":
            bounds.append(Bound("mark timeout", _limit(text_of(mark.items)), place))
    bounds += _bounds(block.body, source.path)
    first = min([block.line, *(m.line for m in block.marks)]) if source.language not in SCRIPTS else block.line
    seen: set[object] = set()
    once = [c for c in checks if not (c.form in seen or seen.add(c.form))]
    return Examined(id_, source.path, block.line, first, block.end, tuple(once), tuple(dict.fromkeys(barriers)),
        tuple(bounds),
                    doubles(block, source), body=text_of(block.body))  # fmt: skip


def _each(block: Block) -> list[list[Item]]:
    """The body of a test with a table, once for each of its rows."""
    table = next((m.items[0] for m in block.marks if m.name in ("each", "for") and m.items), None)
    if not isinstance(table, Group) or table.text != "[":
        return []
    rows = split(table.items)[:MOST_ROWS]
    return [put_in(block.body, bound(block.header, row)) for row in rows]


def _limit(text: str) -> float:
    number = number_in(re.sub(r"^value = |unit = ", "", text.replace(" ,", ""))) if text else None
    if number is None:
        found = re.findall(r"\d[\d_]*(?:\.\d+)?", text)
        number = float(found[0].replace("_", "")) if found else None
    return 1e18 if number is None or number <= 0 else number


def _bounds(items: Sequence[Item], path: str) -> Iterator[Bound]:
    for at, item in enumerate(items):
        if isinstance(item, Group):
            name = items[at - 1] if at else None
            if isinstance(name, Token) and name.text in ("timeout", "setTimeout", "retries", "retryTimes", "sleep",
                "Sleep", "WithTimeout") and (
                item.text == "(" and item.items and _simple(item)):  # fmt: skip
                said = text_of(split(item.items)[-1])
                yield Bound(f"{name.text}", _limit(said), Place(path, name.line))
            yield from _bounds(item.items, path)


def _simple(group: Group) -> bool:
    return (
        not any(isinstance(i, Group) for i in group.items)
        or "time ." in text_of(group.items)
        or "Duration" in text_of(group.items)
    )


def _barriers(marks: Sequence[Mark], source: Source) -> Iterator[Barrier]:
    for mark in marks:
        said = text_of(mark.items)
        place = Place(source.path, mark.line)
        if mark.name == "cfg" and re.fullmatch(r"\( test \)", said):
            continue
        if mark.name in _SKIP and said not in ("false", "0"):
            yield Barrier(
                "deselected" if mark.name == "build" else "skipped",
                place,
                f"{mark.name} {said}",
                f"{mark.name} {said}".strip(),
            )
        elif mark.name in _FAILS:
            yield Barrier("xfailed", place, mark.name, mark.name)
        elif mark.name in _TRIES:
            yield Barrier("timeout_raised", place, f"{mark.name} {said}", f"{mark.name} {said}".strip())


def _only(pairs: Sequence[tuple[Examined, Examined]], news: dict[str, tuple[Source, Block]]) -> Iterator[Suspicion]:
    """`only` round a test keeps all others of the file from running."""
    lines: set[tuple[str, int]] = set()
    for id_, (source, block) in news.items():
        for mark in block.marks:
            if mark.name in _ONLY and (source.path, mark.line) not in lines and len(pairs) > 0:
                lines.add((source.path, mark.line))
                said = f"`{mark.name}` keeps every other test of {source.path} from running"
                yield Suspicion(Kind.DESELECTED, source.path, mark.line, Tree.CANDIDATE, "", said, "", id_)


def _lost(test: Examined, block: Block, idle: Sequence[tuple[str, Block]]) -> Suspicion:
    before = "\n".join(c.text for c in test.checks)
    about = frozenset(w for c in test.checks for w in c.words) | {test.name}
    left = next(((p, b) for p, b in idle if text_of(b.body) == test.body or b.titles == block.titles), None)
    if left is not None:
        path, other = left
        text = f"{test.name} is still there, but nothing runs it any more"
        line = other.line
        return Suspicion(Kind.DELETED, path, line, Tree.CANDIDATE, test.id, text, before, about=about)
    return Suspicion(
        Kind.DELETED, test.path, test.line, Tree.BASE, test.id, f"{test.name} is gone", before, about=about
    )
