"""Files that tests compare with or take their cases from: snapshots, golden files, doctests, tables of cases."""

from __future__ import annotations

import ast
import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from autopack.languages import language_of
from autopack.model.changes import FileChange
from autopack.model.findings import Tree
from autopack.tampering.checks import words_of
from autopack.tampering.facts import Facts, Kind, Suspicion
from autopack.tampering.texts import Texts
from autopack.testcode.modules import Function, Module
from autopack.testcode.syntax import leaf

_SNAPSHOT = re.compile(r"(?:^|/)(?:__snapshots__|snapshots?|golden|goldens|expected|approved|__image_snapshots__)/|"
                       r"\.(?:snap|ambr|golden|approved\.\w+|expected|out|stdout|stderr)$")  # fmt: skip
_CODE = frozenset(
    {"python", "javascript", "typescript", "tsx", "go", "rust", "java", "c", "cpp", "csharp", "ruby", "php", "bash"}
)
_CODE_ENDS = (".kt", ".kts", ".scala", ".groovy", ".swift", ".ini", ".cfg", ".toml", ".md", ".lock")
_WRITES = frozenset({"write_text", "write_bytes", "dump", "copy", "copyfile", "copy2", "writelines", "replace_with"})
_RECORDS = re.compile(rb"\b(?:write\w*|dump\w*|copy\w*|open|toMatchFileSnapshot)\s*\(")
"""Calls of a test that may write a file."""
_WORDS = re.compile(r"[^\W_]+")
_READS = frozenset({"read_text", "read_bytes", "load", "loads", "read", "open"})


def data_suspicions(facts: Facts, before: Texts, after: Texts) -> Iterator[Suspicion]:
    named = _Named.of(facts) if any(c.after is None and not _is_code(c.path) for c in facts.changes.changes) else None
    created = {c.after for c in facts.changes.changes if c.before is None}
    for change in facts.changes.changes:
        path = change.old_path or change.path
        snapshot = bool(_SNAPSHOT.search(path))
        if change.before is None or not (facts.is_test(path) or snapshot) or _is_code(path):
            continue
        if change.after is None:
            if change.before not in created and named is not None and named.uses(path):
                yield _deleted(change, snapshot)
        elif not _says_the_same(change):
            yield from _rewritten(change, snapshot, before, after)
    yield from _self_written(facts)


def rows_in_files(facts: Facts) -> frozenset[tuple[str, ...]]:
    """The lines, as words and numbers, that the change adds to data files which a test that it writes names."""
    written = [c for c in facts.changes.changes if c.after is not None]
    tests = b"\n".join(c.after or b"" for c in written if facts.is_test(c.path) and c.path.endswith(".py"))
    data = (c for c in written if not _is_code(c.path) and c.path.rpartition("/")[2].encode() in tests)
    both = (((c.before or b"").splitlines(), (c.after or b"").splitlines()) for c in data)
    fresh = (line.decode("utf-8", "replace") for old, new in both for line in new if line not in old)
    return frozenset(filter(None, map(row_of, fresh)))


def row_of(line: str) -> tuple[str, ...]:
    """The words and numbers of a line."""
    return tuple(_WORDS.findall(line))


def owner_of(path: str) -> str:
    """The test file whose snapshots a file holds, by the places that jest, vitest and syrupy give them; "" for another."""
    folder, _, name = path.rpartition("/")
    above = folder.removesuffix("__snapshots__")
    if above == folder:
        return ""
    if name.endswith(".snap"):
        return above + name.removesuffix(".snap")
    return f"{above}{name.removesuffix('.ambr')}.py" if name.endswith(".ambr") else ""


def _is_code(path: str) -> bool:
    return (
        language_of(path) in _CODE
        or path.endswith(_CODE_ENDS)
        or path.rpartition("/")[2] in ("package.json", "tsconfig.json")
    )


@dataclass(frozen=True)
class _Named:
    """What tests say of files: `said` is the text of the changed tests, and of unchanged ones that may record anew what
    they do not find (others that name a file which is gone are lost by themselves); `tests` that of all."""

    said: str
    tests: str

    @classmethod
    def of(cls, facts: Facts) -> _Named:
        changed = {c.path for c in facts.changes.changes if c.after is not None}
        held = [(path, facts.candidate(path) or b"") for path in sorted(facts.candidate_paths) if facts.is_test(path)]
        said = (t for path, t in held if path in changed or (language_of(path) in _CODE and _RECORDS.search(t)))
        return cls(*(b"\n".join(texts).decode("utf-8", "replace") for texts in (said, (text for _, text in held))))

    def uses(self, path: str) -> bool:
        """By its name, or by one that is made of the name of a test that is still there."""
        folder, _, name = path.rpartition("/")
        if name in self.said or name.endswith((".snap", ".ambr")):
            return True
        stem, dot, ending = name.partition(".")
        test, above = re.escape(stem.partition("[")[0]), re.escape(folder.rpartition("/")[2])
        is_made = f"}}{dot}{ending}" in self.said and re.search(rf"[\"'/]{above}[\"'/]", self.said) is not None
        return is_made and re.search(rf"\bdef {test}\b", self.tests) is not None


def _deleted(change: FileChange, snapshot: bool) -> Suspicion:
    text = (
        f"{change.path} is gone; tests still compare with it"
        if snapshot
        else f"{change.path} is gone; tests still read it"
    )
    kind = Kind.SNAPSHOT if snapshot else Kind.EMPTIED
    before = (change.before or b"").decode("utf-8", "replace")
    return Suspicion(kind, change.path, 1, Tree.BASE, "", text, before[:2000], about=words_of(before[:20_000]))


def _says_the_same(change: FileChange) -> bool:
    """Other spacing, or JSON in another form."""
    if (change.before or b"").split() == (change.after or b"").split() and not _SNAPSHOT.search(change.path):
        return True
    if not change.path.endswith(".json"):
        return False
    try:
        return bool(json.loads(change.before or b"") == json.loads(change.after or b""))
    except (ValueError, RecursionError):
        return False


def _rewritten(change: FileChange, snapshot: bool, before: Texts, after: Texts) -> Iterator[Suspicion]:
    """Lines that were there and are not any more; of added ones nothing is said."""
    old_path = change.old_path or change.path
    old, new = before.lines(old_path), after.lines(change.path)
    left = {line.strip().rstrip(",") for line in new}
    gone = [
        n for n in sorted(before.marked(old_path)) if old[n - 1].strip() and old[n - 1].strip().rstrip(",") not in left
    ]
    fresh = sorted(after.marked(change.path))
    if snapshot:
        gone = gone or [n for n in sorted(before.marked(old_path)) if old[n - 1].strip() and not fresh]
    if not gone:
        return
    was = "\n".join(old[n - 1] for n in gone)
    now = "\n".join(new[n - 1] for n in fresh)
    lost = _lost_keys(change)
    kind = Kind.EMPTIED if lost else Kind.SNAPSHOT if snapshot else Kind.REPLACED if fresh else Kind.EMPTIED
    what = "What tests compare with" if snapshot else "What tests take their cases from"
    text = f"{what} is written anew: `{old[gone[0] - 1].strip()[:80]}` is gone"
    if lost:
        text = f"{what} is written anew without {', '.join(lost[:5])}"
    if fresh:
        yield Suspicion(kind, change.path, fresh[0], Tree.CANDIDATE, "", text, was, now, about=words_of(was))
    else:
        after_line = min(gone[0], len([line for line in new if line]) or 1)
        yield Suspicion(kind, change.path, after_line, Tree.CANDIDATE, "", text, was, now, about=words_of(was))


def _lost_keys(change: FileChange) -> list[str]:
    """Names under which values stood in objects of a JSON file, and under which none does any more: those of several
    objects, or more than have come; of the whole file's own those that hold something as well."""
    if not change.path.endswith(".json"):
        return []
    try:
        old, new = (json.loads(data or b"null") for data in (change.before, change.after))
        before, after = Counter(_keys(old)), Counter(_keys(new))
        if isinstance(old, dict) and isinstance(new, dict):
            before.update(_own(old))
            after.update(_own(new))
        lost = sorted(before.keys() - after.keys() - _texts(new)) if after else []
    except (ValueError, RecursionError):
        return []
    fewer = len(lost) > len(after.keys() - before.keys())
    return [key for key in lost if fewer or before[key] > 1]


def _own(whole: Any) -> list[str]:
    """Names of the file's own object under which objects or lists stand."""
    return [key for key, inner in _held(whole)[0].items() if isinstance(inner, dict | list)]


def _keys(value: Any) -> Iterator[str]:
    """Of each object, those under which no object or list stands."""
    held, parts = _held(value)
    yield from (key for key, inner in held.items() if not isinstance(inner, dict | list))
    for part in parts:
        yield from _keys(part)


def _texts(value: Any) -> set[str]:
    _, parts = _held(value)
    return ({value} if isinstance(value, str) else set[str]()).union(*map(_texts, parts))


def _held(value: Any) -> tuple[dict[str, Any], list[Any]]:
    """What an object of JSON gives names, and what it or a list holds."""
    named = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    listed = cast("list[Any]", value) if isinstance(value, list) else []
    return named, [*named.values(), *listed]


def _self_written(facts: Facts) -> Iterator[Suspicion]:
    """A function that reads what it compares with and writes it first."""
    old, new = facts.old, facts.new
    for change in facts.changes.changes:
        module = new.module(change.path) if change.after is not None and facts.is_test(change.path) else None
        if module is None:
            continue
        earlier = old.module(change.old_path or change.path)
        known = {form for _, _, form in _written(earlier)} if earlier is not None else set[str]()
        for line, text, form in _written(module):
            if form not in known:
                said = f"What the test compares with is written by the test itself: `{text[:100]}`"
                yield Suspicion(Kind.SNAPSHOT, change.path, line, Tree.CANDIDATE, "", said, "", text)


def _written(module: Module) -> Iterator[tuple[int, str, str]]:
    """Line and text of each, and the text whatever its locals are called."""
    for node in module.definitions.values():
        if not isinstance(node, Function):
            continue
        calls = [c for c in ast.walk(node) if isinstance(c, ast.Call)]
        compares = any(isinstance(n, ast.Compare | ast.Assert) for n in ast.walk(node))
        if not compares or not any(leaf(c.func) in _READS for c in calls):
            continue
        for call in calls:
            text = ast.unparse(call)
            writes = leaf(call.func) in _WRITES or (leaf(call.func) == "open" and re.search(r"'[wax]b?\+?'", text))
            if (
                writes
                and not re.search(r"tmp|temp|StringIO|BytesIO", text)
                and not _fresh(call, node)
                and not _given(call)
            ):
                yield call.lineno, text, _with_locals_alike(call, node)


def _with_locals_alike(call: ast.Call, node: Function) -> str:
    local = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    used = list(dict.fromkeys(n.id for n in ast.walk(call) if isinstance(n, ast.Name) and n.id in local))
    alike = copy.deepcopy(call)
    for inner in ast.walk(alike):
        if isinstance(inner, ast.Name) and inner.id in used:
            inner.id = f"_{used.index(inner.id)}"
    return ast.unparse(alike)


def _given(call: ast.Call) -> bool:
    """Whether what it writes stands in the test."""
    values = [*call.args, *(word.value for word in call.keywords if word.arg not in ("encoding", "newline"))]
    return leaf(call.func) in ("write_text", "write_bytes") and all(isinstance(v, ast.Constant) for v in values)


def _fresh(call: ast.Call, node: Function) -> bool:
    """Whether it writes below a temporary folder that the test got."""
    names = {n.id for n in ast.walk(call) if isinstance(n, ast.Name)}
    made = [
        inner.value for inner in ast.walk(node) if isinstance(inner, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id in names for t in inner.targets)
    ]  # fmt: skip
    return any(re.search(r"tmp|temp", ast.unparse(value)) for value in made)
