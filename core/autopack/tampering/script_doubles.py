"""What tests in languages with braces put in the place of the product, and limits for whole files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autopack.languages.tokens import Group, Item, Token, text_of
from autopack.model.findings import Tree
from autopack.tampering.checks import Double, Place
from autopack.tampering.facts import Facts, Kind, Suspicion
from autopack.tampering.script_tests import SCRIPTS, Block, Source, source_of
from autopack.text import shorten

_FILE_BOUND = re.compile(
    r"\b(?:jest|vi) \. (setTimeout|retryTimes|setConfig) \( (?:\{ (?:testTimeout|retry) : )?(\d[\d_]*)"
)
_IMPORTED = re.compile(
    r"import (?:type )?\{([^}]*)\} from ['\"]([^'\"]+)['\"]|(?:const|let|var) \{([^}]*)\} = require \( ['\"]([^'\"]+)['\"]"
)


def doubles(block: Block, source: Source) -> tuple[Double, ...]:
    subject = re.sub(r"(?:Tests?|Spec|IT)$", "", block.titles[0]) if source.language in ("java", "kotlin") else ""
    found: list[Double] = []
    said = text_of(block.body)
    if subject and re.search(
        rf"\b(?:mock|spy|mockk|spyk|mockStatic)\b (?:< {subject} >|\( {subject} (?:\.|::))|"
        rf"new {subject} \( [^)]*\) \{{|object : {subject}\b",
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


def mocked(facts: Facts) -> Iterator[Suspicion]:
    """Modules and imported names that a script replaces, and local definitions in the place of imports."""
    for change in facts.changes.changes:
        source = source_of(change.path, change.after) if facts.is_test(change.path) else None
        if source is None:
            continue
        earlier = source_of(change.old_path or change.path, change.before)
        known = {said for said, _, _ in _replaced(earlier, _imports(earlier))} if earlier is not None else set[str]()
        imported = _imports(source) | (_imports(earlier) if earlier is not None else set[str]())
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


def of_files(facts: Facts) -> Iterator[Suspicion]:
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
