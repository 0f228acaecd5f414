"""Python tests of both trees compared: what a change does to each test of the files it touches."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autopack.model.findings import Tree
from autopack.tampering.checks import Examined, Place
from autopack.tampering.comparing import Pool, compared
from autopack.tampering.data_files import rows_in_files
from autopack.tampering.errors import Errors
from autopack.tampering.examining import Idle, examined_tests, idle_tests, is_collected
from autopack.tampering.facts import Facts, Kind, Suspicion
from autopack.tampering.pairing import paired
from autopack.tampering.sight import Sight
from autopack.tampering.texts import Texts
from autopack.testcode.modules import Module, Project

_MOST_FILES = 400


def python_suspicions(facts: Facts, before: Texts, after: Texts) -> Iterator[Suspicion]:
    """Of each test in a changed file, or beside a changed helper or conftest that its checks may come from."""
    old, new = facts.old, facts.new
    changed = [c for c in facts.changes.changes if any(_is_tests(p, facts) for p in (c.path, c.old_path) if p)]
    if not changed:
        return
    files = {c.old_path: c.path for c in changed if c.old_path}
    touched = {c.path for c in changed} | files.keys()
    shared = {p for p in touched if not is_collected(p)}
    words = _changed_names(shared, old, new)
    old_tests = _tests(old, touched, shared, words)
    new_tests = _tests(new, touched, shared, words)
    renamed = {a.partition("[")[0]: b.partition("[")[0] for a, b in facts.renamed}
    idle = [i for p in sorted(touched) if (m := new.module(p)) is not None for i in idle_tests(m)]
    hidden = {t.id for t in old_tests if any(_is_body_of(i, t) for i in idle)}
    pairs, gone = paired(old_tests, new_tests, renamed, files, hidden)
    pool = Pool.of(pairs, new_tests, rows_in_files(facts))
    sight = Sight(before, after, Errors((new, old)).ancestors)
    for one, other in pairs:
        yield from _shadowed(one, other, old, new)
        yield from compared(one, other, pool, sight)
    for test in gone:
        checks = [c for c in test.checks if c.op not in ("ran", "nothing", "suppress")]
        lost = [c for c in checks if not pool.take(c)]
        if lost or not checks:
            yield _gone(test, idle, new, facts)


def _is_tests(path: str, facts: Facts) -> bool:
    return path.endswith(".py") and facts.is_test(path)


def _changed_names(shared: set[str], old: Project, new: Project) -> frozenset[str] | None:
    """What the change does something to in helpers and conftests, and what of them is made with it; None where it runs for
    every test by itself."""
    found: set[str] = set()
    held = [(_held(m) if m is not None else {}) for path in shared for m in (old.module(path), new.module(path))]
    for before, after in zip(held[::2], held[1::2], strict=True):
        found |= {_last(name) for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    texts = [(_last(name), text) for side in held for name, text in side.items()]
    while more := {name for name, text in texts if name not in found and _names_one(text, found)}:
        found |= more
    itself = any(name in found and "autouse" in text for name, text in texts)
    return None if itself else frozenset(found)


def _held(module: Module) -> dict[str, str]:
    """Definitions and constants of a file, by name."""
    values = {name: "".join(map(ast.dump, given)) for name, given in module.assigned.items()}
    return values | {name: ast.dump(node) for name, node in module.definitions.items()}


def _names_one(text: str, names: set[str]) -> bool:
    """Whether a dumped definition uses one of these names."""
    return any(f"'{name}'" in text for name in names)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _tests(project: Project, touched: set[str], shared: set[str], words: frozenset[str] | None) -> list[Examined]:
    """Tests of the touched files, and of files below a touched helper's folder that say one of these words: their checks
    may stand in it."""
    folders = tuple(p.rpartition("/")[0] for p in shared)
    near = [p for p in sorted(project.paths) if shared and is_collected(p) and project.is_test(p) and p not in touched
            and any(not f or p.startswith(f"{f}/") for f in folders)]  # fmt: skip
    if words is not None:
        said = tuple(word.encode() for word in words)
        near = [p for p in near if any(word in (project.read(p) or b"") for word in said)]
    paths = [*sorted(touched & project.paths), *near[:_MOST_FILES]]
    modules = [m for m in map(project.module, paths) if m is not None]
    return [t for m in modules for t in examined_tests(m)]


def _shadowed(one: Examined, other: Examined, old: Project, new: Project) -> Iterator[Suspicion]:
    """A test whose name a later function of the file takes."""
    if one.id != other.id:
        return
    before, after = old.module(one.path), new.module(other.path)
    if before is None or after is None or _count(after, other) <= _count(before, one):
        return
    text = f"A second {other.name} takes the place of the first, which never runs any more"
    yield Suspicion(Kind.DELETED, other.path, other.line, Tree.CANDIDATE, other.id, text, one.body, other.body)


def _count(module: Module, test: Examined) -> int:
    owner = test.id.split("::")[1:-1]
    body = module.tree.body
    for name in owner:
        held = next((n for n in body if isinstance(n, ast.ClassDef) and n.name == name), None)
        body = held.body if held is not None else []
    return sum(1 for n in body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name == test.name)


def _gone(test: Examined, idle: list[Idle], new: Project, facts: Facts) -> Suspicion:
    about = frozenset(w for c in test.checks for w in c.words) | frozenset({test.name})
    left = [i for i in idle if i.name == test.name or _is_body_of(i, test)]
    before = "\n".join(c.text for c in test.checks)
    if left:
        place, why = left[0].place, left[0].why
        kind = Kind.DESELECTED if "__test__" in why else Kind.DELETED
        text = f"{test.name} is still there, but {why}"
        return Suspicion(kind, place.path, place.line, Tree.CANDIDATE, test.id, text, before, about=about)
    moved = next((c for c in facts.changes.changes if c.old_path == test.path), None)
    if moved is not None and not is_collected(moved.path):
        text = f"{test.name} is now in {moved.path}, which nothing collects"
        return Suspicion(Kind.DESELECTED, moved.path, 1, Tree.CANDIDATE, test.id, text, before, about=about)
    place = Place(test.path, test.line)
    return Suspicion(
        Kind.DELETED, place.path, place.line, Tree.BASE, test.id, f"{test.name} is gone", before, reworded=True,
        about=about,
    )  # fmt: skip


def _is_body_of(idle: Idle, test: Examined) -> bool:
    body = _plain_body(test)
    return bool(body) and idle.body == body


def _plain_body(test: Examined) -> str:
    """Its statements in the spelling of `Idle.body`."""
    try:
        node = ast.parse(test.body).body[0]
    except (SyntaxError, IndexError, ValueError):
        return ""
    return ast.unparse(ast.Module(node.body, [])) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ""
