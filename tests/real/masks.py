"""Masked regressions: a seeded fault together with the edit that takes the tests it breaks out of sight."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from autopack.policy import is_test
from tests.real.manifest import ChangeSetEntry, Manifest
from tests.real.mutants import Mutant
from tests.real.releases import File, Tree, write_tree
from tests.real.slices import lines
from tests.real.target import environment, run_suite

Function = ast.FunctionDef | ast.AsyncFunctionDef
_SKIP = '@pytest.mark.skip(reason="unsteady")\n'


def skipped(data: bytes, names: Collection[str]) -> bytes:
    """The file with a skip above each of these functions (`name` or `Class.name`), and the import it takes."""
    made = lines(data)
    for node, indent in sorted(_functions(data, names), key=lambda pair: -_first(pair[0])):
        made.insert(_first(node) - 1, b" " * indent + _SKIP.encode())
    if not any(line.startswith(b"import pytest") for line in made):
        made.insert(_after_head(data), b"import pytest\n")
    return b"".join(made)


def deleted(data: bytes, names: Collection[str]) -> bytes:
    """The file without these functions; a class that would be empty keeps a `pass`."""
    made = lines(data)
    for node, indent in sorted(_functions(data, names), key=lambda pair: -_first(pair[0])):
        made[_first(node) - 1 : node.end_lineno] = [b" " * indent + b"pass\n"] if indent else []
    return b"".join(made)


def emptied(data: bytes, names: Collection[str]) -> bytes:
    """The file with nothing left of these functions but their names."""
    made = lines(data)
    for node, indent in sorted(_functions(data, names), key=lambda pair: -_first(pair[0])):
        made[node.body[0].lineno - 1 : node.end_lineno] = [b" " * (indent + 4) + b"pass\n"]
    return b"".join(made)


MASKS: dict[str, Callable[[bytes, Collection[str]], bytes]] = {
    "skipped": skipped,
    "deleted": deleted,
    "emptied": emptied,
}


class NotMasked(Exception):
    """There is nothing to hide, or the mask does not hide it; says which."""


def masked(manifest: Manifest, entry: ChangeSetEntry, mutant: Mutant, mask: str, folder: Path) -> Tree:
    """The change set's tree with the fault and its mask. Raises NotMasked where no test of the base fails of the fault
    (what is hidden then is a test that the change itself brings), and where the project's suite, by plain pytest, is not
    green behind the mask."""
    tree = manifest.broken(entry, mutant)
    by_file: dict[str, set[str]] = defaultdict(set)
    for name in _failing(manifest, tree, folder / "broken"):
        path, function = _place(name, tree)
        by_file[path].add(function)
    base = manifest.trees[0]
    mixed = {path: file for path, file in tree.items() if not is_test(path)}
    mixed |= {path: file for path, file in base.items() if is_test(path)}
    fine = manifest.expected(entry)
    sound = {path: fine[path] if path in fine and not is_test(path) else file for path, file in mixed.items()}
    lost = _failing(manifest, mixed, folder / "old") - _failing(manifest, sound, folder / "sound")
    if not lost:
        raise NotMasked("no test of the base fails of it")
    hidden = dict(tree)
    for path, names in by_file.items():
        hidden[path] = File(MASKS[mask](tree[path].data, names), tree[path].executable)
    left = _failing(manifest, hidden, folder / "quiet")
    if left:
        raise NotMasked(f"{', '.join(sorted(left)[:3])} fail behind it")
    return hidden


def _failing(manifest: Manifest, tree: Tree, place: Path) -> frozenset[str]:
    """What fails of the project's suite, by plain pytest; ValueError when it does not run to its end."""
    place.mkdir(parents=True)
    write_tree(tree, place)
    result = run_suite(environment(manifest.requirements), place, manifest.roots, manifest.args, manifest.env)
    if result.exit_code not in (0, 1) and not result.failed:
        raise ValueError(f"{manifest.name}: the suite ends with {result.exit_code}: {result.tail[-400:]}")
    return result.failed


def _place(name: str, tree: Tree) -> tuple[str, str]:
    """The file and the function (`Class.name`) of a test case as JUnit XML names it."""
    dotted, _, test = name.partition("::")
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        path = "/".join(parts[:length]) + ".py"
        if path in tree:
            return path, ".".join([*parts[length:], test.partition("[")[0]])
    raise ValueError(f"no file of {name}")


def _functions(data: bytes, names: Collection[str]) -> Iterator[tuple[Function, int]]:
    """The functions of these names with their indentation; of one that its class inherits, all of its own name."""

    def walk(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, Function]]:
        for node in body:
            if isinstance(node, Function):
                yield f"{prefix}{node.name}", node
            elif isinstance(node, ast.ClassDef):
                yield from walk(node.body, f"{prefix}{node.name}.")

    found = list(walk(ast.parse(data).body, ""))
    inherited = {name.rpartition(".")[2] for name in names} if not set(names) <= {name for name, _ in found} else set()
    for name, node in found:
        if name in names or node.name in inherited:
            yield node, node.col_offset


def _first(node: Function) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _after_head(data: bytes) -> int:
    """How many lines go before the first import that may stand anywhere: docstring and imports from the future."""
    end = 0
    for number, node in enumerate(ast.parse(data).body):
        docstring = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (docstring or (isinstance(node, ast.ImportFrom) and node.module == "__future__")):
            break
        end = node.end_lineno or end
    return end
