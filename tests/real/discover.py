"""Find change sets in the difference of two releases and write their manifest: `python -m tests.real.discover`.

A change set is taken when it touches at least two files, a Python source among them, when the project's own suite passes
before and after it, and when nobody has to be asked for it (build and test configuration is left out).
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path, PurePosixPath

from tests.real.manifest import FOLDER, ChangeSetEntry, Manifest, digest, dump
from tests.real.mutants import Mutant, apply_mutant, mutants_of
from tests.real.releases import File, Release, Tree, digest_of, write_tree
from tests.real.slices import Hunk, Slice, by_path, difference, is_source, is_test, lines
from tests.real.target import SuiteResult, environment, run_suite

LEFT_OUT = re.compile(
    r"(^|/)(PKG-INFO|[^/]*\.egg-info|setup\.(py|cfg)|pyproject\.toml|tox\.ini|pytest\.ini|conftest\.py|Makefile"
    r"|noxfile\.py|requirements[^/]*|\.[^/]+|[^/]*\.lock|[^/]*\.ya?ml|[^/]*\.sh|tasks\.py)(/|$)"
)
NET_DELETED = 90
TRIES = 24


def parts(old: Tree, new: Tree) -> list[tuple[str, str, Slice]]:
    """(path, name of the function or class, its hunks), one entry for each part of the difference."""
    whole = difference(old, new)
    found: list[tuple[str, str, Slice]] = []
    for path, hunks in by_path(whole.hunks).items():
        names: dict[str, list[Hunk]] = {}
        for hunk in hunks:
            names.setdefault(_name(hunk, old, new), []).append(hunk)
        found += [(path, name, Slice(tuple(each))) for name, each in names.items()]
    found += [(p, "", Slice(created=(p,))) for p in whole.created]
    found += [(p, "", Slice(deleted=(p,))) for p in whole.deleted]
    return [each for each in found if not LEFT_OUT.search(each[0])]


def _name(hunk: Hunk, old: Tree, new: Tree) -> str:
    if not hunk.path.endswith(".py"):
        return ""
    ours = _enclosing(new[hunk.path].data, hunk.new_start, hunk.new_end)
    return ours or _enclosing(old[hunk.path].data, hunk.old_start, hunk.old_end)


def _enclosing(data: bytes, start: int, end: int) -> str:
    name = ""
    body: list[ast.stmt] = ast.parse(data).body
    while True:
        for node in body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first <= end and start < (node.end_lineno or 0) and start + 1 <= (node.end_lineno or 0):
                name = f"{name}.{node.name}" if name else node.name
                if isinstance(node, ast.ClassDef):
                    body = node.body
                    break
                return name
        else:
            return name


def proposals(old: Tree, new: Tree) -> Iterator[tuple[str, Slice]]:
    """Candidate change sets, the finest first: a function with the tests that mention it, functions of several files,
    whole files with their tests. A changelog alone makes a second file only where there is one source."""
    every = parts(old, new)
    sources = [p for p in every if is_source(p[0])]
    others = [p for p in every if not is_source(p[0])]
    notes = [p[2] for p in others if p[0].endswith((".rst", ".md", ".txt", ".pyi"))][:1]
    for path, name, mine in sources:
        short = name.rpartition(".")[2]
        module = [p[2] for p in every if p[0] == path and not p[1]]
        tests = [p[2] for p in others if is_test(p[0]) and len(short) > 2 and _mentions(p[2], old, new, short)]
        for extra in (tests, [*tests, *module]):
            if tests:
                yield short, _union(mine, *extra)
    files = sorted({p[0] for p in sources})
    for number, (path, name, mine) in enumerate(sources):
        rest = [f for f in files if f != path]
        chosen = [rest[(number + n) % len(rest)] for n in range(min(2, len(rest)))]
        near = [[p[2] for p in sources if p[0] == f][number % sum(p[0] == f for p in sources)] for f in chosen]
        label = name.rpartition(".")[2] or PurePosixPath(path).stem
        for extra in (near, near[:1], near[1:]) if near else (notes,):
            if extra:
                yield label, _union(mine, *extra)
    by_file: dict[str, Slice] = {}
    for path, _, mine in every:
        by_file[path] = by_file.get(path, Slice()) | mine
    for path in files:
        stem = PurePosixPath(path).stem.strip("_")
        tests = [s for p, s in by_file.items() if is_test(p) and stem in PurePosixPath(p).stem]
        for extra in ([*tests, *notes], tests):
            if tests:
                yield stem, _union(by_file[path], *extra)


def _union(*slices: Slice) -> Slice:
    total = Slice()
    for each in slices:
        total = total | each
    return total


def _mentions(part: Slice, old: Tree, new: Tree, word: str) -> bool:
    text = b"".join(new[p].data for p in part.created)
    for hunk in part.hunks:
        text += b"".join(lines(new[hunk.path].data)[hunk.new_start : hunk.new_end])
        text += b"".join(lines(old[hunk.path].data)[hunk.old_start : hunk.old_end])
    return re.search(rb"\b" + word.encode() + rb"\b", text) is not None


def _source_part(part: Slice) -> set[Hunk | str]:
    named = (*part.created, *part.deleted)
    return {h for h in part.hunks if is_source(h.path)} | {p for p in named if is_source(p)}


def acceptable(part: Slice, tree: Tree, old: Tree) -> bool:
    if len(part.paths) < 2 or len(part.paths) > 40 or not any(is_source(p) for p in part.paths):
        return False
    net = sum(len(lines(f.data)) for f in old.values()) - sum(len(lines(f.data)) for f in tree.values())
    if net > NET_DELETED:
        return False
    for path in part.paths:
        if path.endswith(".py") and path in tree:
            try:
                ast.parse(tree[path].data)
            except SyntaxError:
                return False
    return True


class Finder:
    def __init__(self, manifest: Manifest, folder: Path) -> None:
        self.manifest = manifest
        self.folder = folder
        self.python = environment(manifest.requirements)
        self.number = 0
        self.near = False

    def suite(self, tree: Tree, *more: str) -> SuiteResult:
        self.number += 1
        place = self.folder / str(self.number)
        write_tree(tree, place)
        return run_suite(self.python, place, self.manifest.roots, [*self.manifest.args, *more],
                         self.manifest.env)  # fmt: skip

    def sets(self, wanted: int) -> tuple[ChangeSetEntry, ...]:
        old, new = self.manifest.trees
        self.base = base = self.suite(old)
        if not base.green:
            raise SystemExit(f"the old release's suite is red: {base.tail}")
        print(f"base: {len(base.passed)} passed")
        found: list[ChangeSetEntry] = []
        seen: set[str] = set()
        for name, part in proposals(old, new):
            if len(found) == wanted or self.number > TRIES:
                break
            overlap = any(_source_part(part) <= _source_part(e.slice) for e in found)
            entry = None if overlap else self._entry(name, part, seen)
            if entry is not None:
                same = sum(e.id.partition("-")[0] == name for e in found)
                found.append(replace(entry, id=f"{name}-{same + 1}") if same else entry)
        whole = self._entry("whole", _union(*(p[2] for p in parts(old, new))), seen)
        return (*found, whole) if whole is not None else tuple(found)

    def _entry(self, name: str, part: Slice, seen: set[str]) -> ChangeSetEntry | None:
        """The part as a change set when it is acceptable and its tree's suite is green."""
        old, new = self.manifest.trees
        tree = part.apply(old, new)
        key = digest(tree)
        if key in seen or not acceptable(part, tree, old):
            return None
        seen.add(key)
        result = self.suite(tree, "-x")
        said = "green" if result.green else f"red {sorted(result.failed)[:2]}"
        print(f"  {name}: {part.paths} {said}", flush=True)
        idle = [p for p in part.paths if is_source(p) and p in tree and p not in result.imported]
        if idle and result.green:
            print(f"    not imported by any test: {idle}")
        if idle or not result.green:
            return None
        return ChangeSetEntry(name, part, key, rewrites=self._rewrites(part, tree, result.functions))

    def _rewrites(self, part: Slice, tree: Tree, functions: AbstractSet[str]) -> tuple[str, ...]:
        """Test files of the part from which it takes tests away, or whose old tests fail on its sources."""
        old, _ = self.manifest.trees
        mine = [p for p in part.paths if is_test(p) and p in tree]
        if not mine or self.base.functions - functions:
            return tuple(mine)
        stale = self.suite({**tree, **{p: old[p] for p in mine if p in old}})
        return tuple(p for p in mine if any(test.partition("::")[0] == p for test in stale.failed))

    def regressions(self, entry: ChangeSetEntry, wanted: int, seed: int) -> ChangeSetEntry:
        """The entry with faults that make at least one test fail while the suite still runs."""
        tree = self.manifest.expected(entry)
        faults = [m for p in entry.slice.paths if is_source(p) and p in tree
                  for m in mutants_of(p, tree[p].data, self._changed(entry, p, tree))]  # fmt: skip
        random.Random(seed).shuffle(faults)
        found: list[Mutant] = []
        for fault in faults[:20]:
            if len(found) == wanted:
                break
            file = tree[fault.path]
            result = self.suite({**tree, fault.path: File(apply_mutant(file.data, fault), file.executable)})
            if result.exit_code == 1 and result.failed and result.passed:
                found.append(fault)
                print(f"  {entry.id}: {fault} breaks {len(result.failed)}", flush=True)
        return replace(entry, mutants=tuple(found))

    def _changed(self, entry: ChangeSetEntry, path: str, tree: Tree) -> set[int]:
        if path in entry.slice.created:
            return set(range(1, len(lines(tree[path].data)) + 1))
        mine = entry.slice.new_lines(path)
        if self.near:
            for node in ast.walk(ast.parse(tree[path].data)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    body = set(range(node.lineno, (node.end_lineno or 0) + 1))
                    mine |= body if body & entry.slice.new_lines(path) else set()
        return mine


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project")
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--requires", nargs="*", default=[])
    parser.add_argument("--roots", nargs="*", default=["."])
    parser.add_argument("--args", nargs="*", default=[], help="arguments of pytest, paths included; + stands for -")
    parser.add_argument("--env", nargs="*", default=[], help="NAME=VALUE that the suite needs")
    parser.add_argument("--sets", type=int, default=5)
    parser.add_argument("--regressions", type=int, default=3)
    said = parser.parse_args(argv)
    old, new = (Release(said.project, v, digest_of(Release(said.project, v).fetch())) for v in (said.old, said.new))
    args = tuple(re.sub(r"^\++", lambda m: "-" * len(m.group()), a) for a in said.args)
    manifest = Manifest(said.project, old, new, tuple(said.requires), tuple(said.roots), args, (),
                        dict(e.split("=", 1) for e in said.env))  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        finder = Finder(manifest, Path(folder))
        sets = finder.sets(said.sets)
        left = said.regressions
        done: list[ChangeSetEntry] = []
        for number, entry in enumerate(sets):
            share = -(-left // (len(sets) - number)) if left > 0 else 0
            done.append(finder.regressions(entry, share, number))
            left -= len(done[-1].mutants)
        finder.near = True  # the functions around the changed lines, where those alone hold too little
        for number, entry in enumerate(done):
            if left > 0:
                more = finder.regressions(entry, left, number).mutants
                done[number] = replace(entry, mutants=tuple(dict.fromkeys((*entry.mutants, *more))))
                left -= len(more)
    if done:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{manifest.name}.json").write_text(dump(replace(manifest, sets=tuple(done))), "utf-8")
    print(f"{manifest.name}: {len(done)} sets, {sum(len(e.mutants) for e in done)} regressions")


if __name__ == "__main__":
    main()
