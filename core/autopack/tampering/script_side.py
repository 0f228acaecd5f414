"""Tests in languages with braces, of both trees, compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autopack.languages.tokens import Group, Item, Token, split, text_of
from autopack.model.findings import Tree
from autopack.tampering.checks import Block as Barrier
from autopack.tampering.checks import Bound, Check, Double, Examined, Place
from autopack.tampering.comparing import Pool, Sight, compared
from autopack.tampering.facts import Facts, Kind, Suspicion
from autopack.tampering.pairing import paired
from autopack.tampering.script_checks import Reader, number_in
from autopack.tampering.script_functions import MOST_ROWS, bound, helpers_of, put_in
from autopack.tampering.script_tests import SCRIPTS, Block, Mark, Source, blocks_of, source_of
from autopack.tampering.texts import Texts
from autopack.text import shorten

_SKIP = frozenset({"skip", "todo", "xit", "xtest", "xdescribe", "skipIf", "runIf", "ignore", "Disabled", "Ignore", "EnabledIf", "DisabledIf",
                   "EnabledIfEnvironmentVariable", "DisabledIfEnvironmentVariable", "EnabledOnOs", "DisabledOnOs",
                   "EnabledIfSystemProperty", "DisabledIfSystemProperty", "EnabledOnJre", "DisabledOnJre", "build", "cfg"})  # fmt: skip
_FAILS = frozenset({"fails", "failing"})
_ONLY = frozenset({"only", "fit", "fdescribe"})
_TRIES = frozenset({"retry", "retries", "RetryingTest", "Retry", "RepeatedIfExceptionsTest"})
_TABLES = frozenset({"each", "ValueSource", "CsvSource", "EnumSource", "MethodSource", "for"})
_GENERIC = frozenset({"Throwable", "Exception", "RuntimeException", "Error"})
_TIMED = re.compile(
    r"(?:\b(?:this|jest|vi|t) \. )?\b(timeout|setTimeout|retries|retryTimes|slow|setConfig) \( ([^()]*)"
)
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
        yield from _tables(olds[one.id], news[other.id], other)
        yield from _cut_loops(olds[one.id], news[other.id], other)
    yield from _only(pairs, news)
    yield from _of_files(facts)
    yield from _mocked(facts)
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
    return Examined(id_, source.path, block.line, first, block.end, tuple(once), tuple(dict.fromkeys(barriers)), tuple(bounds),
                    _doubles(block, source), body=text_of(block.body))  # fmt: skip


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
            if isinstance(name, Token) and name.text in ("timeout", "setTimeout", "retries", "retryTimes", "sleep", "Sleep", "WithTimeout") and (
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


def _doubles(block: Block, source: Source) -> tuple[Double, ...]:
    subject = re.sub(r"(?:Tests?|Spec|IT)$", "", block.titles[0]) if source.language in ("java", "kotlin") else ""
    found: list[Double] = []
    said = text_of(block.body)
    if subject and re.search(
        rf"\b(?:mock|spy|mockk|spyk|mockStatic)\b (?:< {subject} >|\( {subject} (?:\.|::))|new {subject} \( [^)]*\) \{{|object : {subject}\b",
        said,
    ):
        line = next(
            (
                t.line
                for t in _flat(block.body)
                if t.text in ("mock", "spy", "mockk", "spyk", "mockStatic", "object", "new")
            ),
            block.line,
        )
        found.append(Double(subject, Place(source.path, line), f"a double of {subject}", True))
    called = set(re.findall(r"\b(\w+) \(", said))
    for at, item in enumerate(block.body):
        name = block.body[at + 1] if at + 1 < len(block.body) else None
        if (
            isinstance(item, Token)
            and item.text in ("const", "let", "var", "val", "fn", "function", "fun")
            and isinstance(name, Token)
        ):
            rest = text_of(block.body[at + 2 : at + 8])
            if name.text in called and (
                item.text in ("fn", "function", "fun") or re.match(r"= (?:\||func|\(|async|jest|vi|sinon)", rest)
            ):
                found.append(Double(name.text, Place(source.path, item.line), text_of(block.body[at : at + 5]), True))
        elif isinstance(item, Token) and item.text == ":=" and at and text_of(block.body[at + 1 : at + 2]) == "func":
            before = block.body[at - 1]
            if isinstance(before, Token) and before.text in called and before.text[:1].isupper():
                found.append(Double(before.text, Place(source.path, before.line), f"{before.text} := func", True))
    return tuple(found)


def _flat(items: Sequence[Item]) -> Iterator[Token]:
    for item in items:
        if isinstance(item, Group):
            yield from _flat(item.items)
        else:
            yield item


def _mocked(facts: Facts) -> Iterator[Suspicion]:
    """Modules and imported names that a script replaces, and local definitions in the place of imports."""
    for change in facts.changes.changes:
        source = source_of(change.path, change.after) if facts.is_test(change.path) else None
        if source is None:
            continue
        earlier = source_of(change.old_path or change.path, change.before)
        known = {said for said, _, _ in _replaced(earlier, _imports(earlier))} if earlier is not None else set[str]()
        imported = _imports(source) | (_imports(earlier) if earlier is not None else set())
        for said, line, why in _replaced(source, imported):
            if said not in known and change.before is not None:
                yield Suspicion(Kind.MOCKED, change.path, line, Tree.CANDIDATE, "", why, "", shorten(said, 300))


def _imports(source: Source) -> set[str]:
    """Names and modules that come from the product: by relative paths, or by packages of the test's own."""
    found: set[str] = set()
    for at, item in enumerate(source.items):
        if isinstance(item, Token) and item.kind == "string" and item.text[1:2] == ".":
            found.add(item.text[1:-1])
        if not isinstance(item, Token) or item.text not in ("import", "const", "let", "var", "use"):
            continue
        said = text_of(source.items[at : at + 12])
        if re.search(r"(?:from|require \() ['\"]\.", said) or (item.text == "use" and source.language == "rust"):
            head = said.split(" from ")[0].split(" = ")[0].split(" ;")[0]
            found |= set(re.findall(r"[A-Za-z_]\w+", head)) - {
                "import",
                "const",
                "let",
                "var",
                "type",
                "as",
                "use",
                "crate",
                "super",
                "self",
            }
    return found


_CUT = re.compile(r"\[ [\w.]* ?: ?[\w.]* \]|\. (?:slice|take|first|filter|skip|drop|splice) \(|\. \. ?\d+|limit \(")
_FILE_BOUND = re.compile(
    r"\b(?:jest|vi) \. (setTimeout|retryTimes|setConfig) \( (?:\{ (?:testTimeout|retry) : )?(\d[\d_]*)"
)
_IMPORTED = re.compile(
    r"import (?:type )?\{([^}]*)\} from ['\"]([^'\"]+)['\"]|(?:const|let|var) \{([^}]*)\} = require \( ['\"]([^'\"]+)['\"]"
)


def _cut_loops(old: tuple[Source, Block], new: tuple[Source, Block], test: Examined) -> Iterator[Suspicion]:
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


def _of_files(facts: Facts) -> Iterator[Suspicion]:
    """Limits for all tests of a file, and imports that no longer come from the product."""
    for change in facts.changes.changes:
        if change.before is None or not facts.is_test(change.path):
            continue
        old, new = source_of(change.old_path or change.path, change.before), source_of(change.path, change.after)
        if old is None or new is None or new.language not in SCRIPTS:
            continue
        limits = {m[1]: float(m[2].replace("_", "")) for m in _FILE_BOUND.finditer(text_of(old.items))}
        homes = _homes(old)
        for item, said in _lines_of(new.items):
            found = _FILE_BOUND.match(said)
            if found and (float(found[2].replace("_", "")) > limits.get(found[1], 0.0)):
                why = f"{found[1]} of the whole file is {found[2]} now"
                yield Suspicion(Kind.SLOWER, change.path, item.line, Tree.CANDIDATE, "", why, "", said[:200])
            imported = _IMPORTED.match(said)
            for name in re.findall(r"\w+", (imported[1] or imported[3] or "") if imported else ""):
                home = (imported[2] or imported[4]) if imported else ""
                was = homes.get(name, home)
                if was != home and was.startswith(".") and re.search(r"fake|mock|stub|test|fixture|double", home, re.I):
                    why = f"`{name}` comes from {home} and no longer from {was}"
                    yield Suspicion(Kind.MOCKED, change.path, item.line, Tree.CANDIDATE, "", why, was, home)


def _homes(source: Source) -> dict[str, str]:
    """From where each imported name comes."""
    found: dict[str, str] = {}
    for match in _IMPORTED.finditer(text_of(source.items)):
        names = re.findall(r"\w+", match[1] or match[3] or "")
        found |= dict.fromkeys(names, match[2] or match[4] or "")
    return found


def _lines_of(items: Sequence[Item]) -> Iterator[tuple[Item, str]]:
    """What begins at each word of the top of a file."""
    for at, item in enumerate(items):
        if isinstance(item, Token) and item.text in ("jest", "vi", "import", "const", "let", "var"):
            yield item, text_of(items[at : at + 8])


def _replaced(source: Source, imported: set[str]) -> Iterator[tuple[str, int, str]]:
    if source.language not in SCRIPTS | {"rust", "java", "kotlin", "go"}:
        return
    yield from _replaced_in(source.items, source, imported)


def _replaced_in(items: Sequence[Item], source: Source, imported: set[str]) -> Iterator[tuple[str, int, str]]:
    for at, item in enumerate(items):
        if isinstance(item, Group):
            yield from _replaced_in(item.items, source, imported)
            continue
        said = text_of(items[at : at + 6])
        found = re.match(r"(?:vi|jest) \. (?:mock|doMock|unstable_mockModule) \( ['\"](\.[^'\"]+)['\"]", said)
        if found and any(name.removesuffix(".js") == found[1].removesuffix(".js") for name in imported):
            yield text_of(items[at : at + 4]), item.line, f"The module under test, {found[1]}, is replaced"
        found = re.match(r"(?:vi|jest|sinon|mock) \. (?:spyOn|stub|method|replace) \( (\w+) , ['\"](\w+)['\"]", said)
        if (
            found
            and found[1] in imported
            and re.search(
                r"mock(?:Return|Implementation|Resolved|Rejected)|returns|callsFake", text_of(items[at : at + 12])
            )
        ):
            yield text_of(items[at : at + 8]), item.line, f"`{found[2]}` of what is tested is replaced"
        found = re.match(r"(?:const|let|var) (\w+) = (?:jest|vi|sinon|\(|async|function|mock)|function (\w+) \(", said)
        if (
            found
            and source.language in SCRIPTS
            and (found[1] or found[2]) in imported
            and text_of(items[at + 3 : at + 4]) != "require"
        ):
            yield said, item.line, f"`{found[1] or found[2]}` is defined in the test in place of the one under test"
        found = re.match(r"@ (?:Mock|MockBean|Spy|MockK) (?:private |lateinit |var |final )*(\w+)", said)
        if found and source.path.rpartition("/")[2].startswith(found[1]):
            yield said, item.line, f"{found[1]}, which is tested, is a mock"


def _tables(old: tuple[Source, Block], new: tuple[Source, Block], test: Examined) -> Iterator[Suspicion]:
    """Rows of tables that are gone, or that expect something else."""
    olds, news = _rows(*old), _rows(*new)
    if not olds:
        return
    have = [text for _, rows in news for text, _ in rows]
    gone = [(text, line, at) for at, rows in olds for text, line in rows if text not in have]
    had = [text for _, rows in olds for text, _ in rows]
    fresh = [(text, line) for _, rows in news for text, line in rows if text not in had]
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
            if source.language == "go" and item.text == "{" and at >= 2 and isinstance(items[at - 1], Group | Token) and any(
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


__all__ = ["script_suspicions"]
