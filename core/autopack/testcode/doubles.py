"""What a test puts in the place of the product: mocks, patches, monkeypatches, and files it writes itself."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack.testcode import names
from autopack.testcode.modules import Function, Module
from autopack.testcode.syntax import MODULE
from autopack.testcode.values import ALIVE, Key, Source, Value, as_key, constant

if TYPE_CHECKING:
    from autopack.testcode.running import Run

_MOCKS = frozenset(
    {
        *(f"{home}.{name}" for home in ("unittest.mock", "mock", "mocker") for name in (
            "Mock", "MagicMock", "AsyncMock", "NonCallableMock", "PropertyMock", "create_autospec", "mock_open", "stub")),
        "vitest.vi.fn", "vi.fn", "jest.fn", "@jest/globals.jest.fn", "node:test.mock.fn", "sinon.stub", "sinon.fake",
        "sinon.spy",
    }
)  # fmt: skip
_PATCHES = frozenset(
    f"{home}.patch{kind}" for home in ("unittest.mock", "mock", "mocker") for kind in ("", ".object", ".multiple")
)
_SPIES = frozenset({"vitest.vi.spyOn", "vi.spyOn", "jest.spyOn", "@jest/globals.jest.spyOn", "node:test.mock.method"})
_FAKED = frozenset({"mockReturnValue", "mockImplementation", "mockResolvedValue", "mockReturnValueOnce",
                    "mockRejectedValue",
                    "mockImplementationOnce", "mockResolvedValueOnce"})  # fmt: skip
_FRESH = frozenset({"tmp_path", "tmpdir", "tmp_path_factory", "tempfile.mkdtemp", "tempfile.TemporaryDirectory",
                    "tempfile.NamedTemporaryFile", "tempfile.mktemp"})  # fmt: skip


def made(
    run: Run, node: ast.Call, owner: Value | None, func: Value, args: Sequence[Value], words: dict[str, Value]
) -> Value | None:
    """The double that a call makes or puts in place; None for every other call."""
    name = func.named
    if name in _MOCKS or func.key == ("attr", ("attr", ("parameter t",), "mock"), "fn"):
        return _mock(node, args, words)
    if name in _PATCHES:
        patch = _patch(run, name, args, words)
        if name.startswith("mocker."):
            apply(run, patch)
            return patch.items[0] if patch.items else patch
        return patch
    if (
        owner is not None
        and owner.of == "patch"
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("start", "__enter__")
    ):
        apply(run, owner)
        return owner.items[0] if owner.items else owner
    if name == "monkeypatch.setattr":
        return _monkeypatched(run, args)
    if name.startswith("monkeypatch."):
        return constant(None)
    if name in _SPIES or (owner is not None and isinstance(node.func, ast.Attribute) and node.func.attr == "method"
                          and owner.key[:1] == ("attr",) and owner.key[-1] == "mock"):  # fmt: skip
        return _spied(run, args)
    if owner is not None and owner.of == "spy" and isinstance(node.func, ast.Attribute) and node.func.attr in _FAKED:
        if owner.items:
            place(run, owner.items[0], str(owner.items[1].constant), owner)
        return owner
    if name == "setattr" and len(args) == 3 and (args[2].mock or args[2].closure):
        return _monkeypatched(run, args)
    if name == MODULE:
        return _module(run, args)
    return None


def _mock(node: ast.Call, args: Sequence[Value], words: dict[str, Value]) -> Value:
    wrapped = words.get("wraps")
    if wrapped is not None:
        return wrapped
    inner = [*args, *words.values()]
    roots = frozenset[str]().union(*(value.roots for value in inner))
    key: Key = ("mock", node.lineno, node.col_offset)
    return Value(key, Source.FAKE, roots | {f"mock {node.lineno}.{node.col_offset}"}, mock=True)


def _patch(run: Run, name: str, args: Sequence[Value], words: dict[str, Value]) -> Value:
    """A value with `of` "patch"; its items: the double, the owner and the name it is put at."""
    by_object = name.endswith(".object")
    given = args[2:] if by_object else args[1:]
    new = words.get("new") or (given[0] if given else None)
    wrapped = words.get("wraps")
    key: Key = ("fake", name, *(arg.key for arg in args[:2]))
    root = f"patch {len(run.patched)}"
    double = faked(new) if new is not None else Value(key, Source.FAKE, frozenset({root}), mock=True)
    if wrapped is not None:
        return Value(key, of="patch")
    if by_object and len(args) > 1:
        return Value(key, of="patch", items=(double, args[0], args[1]))
    if args and isinstance(args[0].constant, str):
        return Value(key, of="patch", items=(double, constant(None), args[0]))
    return Value(key, of="patch", items=(double,))


def apply(run: Run, patch: Value) -> Value:
    """Put the double of a patch in its place; the double."""
    if not patch.items:
        return Value(patch.key, Source.UNKNOWN)
    run.patched |= patch.items[0].roots
    double = patch.items[0]
    if len(patch.items) < 3:
        return double
    owner, name = patch.items[1], patch.items[2]
    if owner.constant is None:
        _at(run, str(name.constant), double)
    else:
        place(run, owner, str(name.constant), double)
    return double


def place(run: Run, owner: Value, name: str, double: Value) -> None:
    if owner.named:
        replace_name(run, names.member(owner.named, name), double)
        path, _, outer = owner.named.partition("::")
        if not outer and "::" in owner.named:
            run.replaced.setdefault(f"{path}::{name}", faked(double))
    elif owner.of and owner.of != "patch":
        run.attributes[names.bare(owner.key), name] = faked(double)


def _at(run: Run, dotted: str, double: Value) -> None:
    """Replace what a dotted name means: the longest module of the repository in it, and a member of that."""
    parts = dotted.split(".")
    for end in range(len(parts) - 1, 0, -1):
        path = run.project.find(".".join(parts[:end]), run.module.path)
        if path:
            module = run.project.module(path)
            name, *rest = parts[end:]
            if rest and module is not None and name in module.imports and name not in module.definitions:
                link = module.imports[name]
                if not link.inside:
                    return
                home = run.project.followed(link.target, link.name) if link.name else f"{link.target}::"
                replace_name(run, names.member(home, ".".join(rest)), double)
            else:
                replace_name(run, f"{path}::{'.'.join(parts[end:])}", double)
            return


def _monkeypatched(run: Run, args: Sequence[Value]) -> Value:
    if len(args) >= 3 and isinstance(args[1].constant, str):
        place(run, args[0], args[1].constant, args[2])
    elif len(args) == 2 and isinstance(args[0].constant, str):
        _at(run, args[0].constant, args[1])
    return constant(None)


def _spied(run: Run, args: Sequence[Value]) -> Value:
    """A spy lets the call through until it is told what to do."""
    if len(args) < 2 or not isinstance(args[1].constant, str):
        return Value(("spy",), Source.UNKNOWN, mock=True)
    root = f"spy {len(run.patched)}"
    run.patched.add(root)
    spy = Value(
        ("spy", args[0].key, args[1].key), Source.FAKE, frozenset({root}), of="spy", items=(args[0], args[1]), mock=True
    )
    if len(args) > 2:
        place(run, args[0], args[1].constant, spy)
    return spy


def _module(run: Run, args: Sequence[Value]) -> Value:
    """All names of a module of the repository are doubles, or those that the factory names."""
    path = run.project.find_script(str(args[0].constant), run.module.path)
    module = run.project.module(path) if path else None
    if module is None:
        return constant(None)
    names = (
        [key.constant for key, _ in args[1].pairs]
        if len(args) > 1 and args[1].pairs
        else [*module.definitions, *module.assigned]
    )
    for name in names:
        double = (
            next((value for key, value in args[1].pairs or () if key.constant == name), None) if len(args) > 1 else None
        )
        replace_name(run, f"{path}::{name}", double or Value(("fake", path, name), Source.FAKE, mock=True))
    return constant(None)


def passed_through(run: Run, found: tuple[Function, Module]) -> Value | None:
    """The double whose answer a function of the product hands on as its own."""
    function, module = found
    body = [part for part in function.body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return None
    value = body[0].value.value if isinstance(body[0].value, ast.Await) else body[0].value
    if not isinstance(value, ast.Call):
        return None
    if isinstance(value.func, ast.Name):
        return run.replaced.get(f"{module.path}::{value.func.id}")
    if isinstance(value.func, ast.Attribute) and isinstance(value.func.value, ast.Name):
        link = module.imports.get(value.func.value.id)
        if link is not None and link.inside and not link.name:
            return run.replaced.get(f"{link.target}::{value.func.attr}")
    return None


# files that the test writes


def write(run: Run, owner: Value, what: Value) -> None:
    """A file gets this content, unless only a run that renews it writes there."""
    key = _path(owner.key)
    run.touch(owner.roots, what.source & ALIVE, what.calls)
    guarded = bool(run.flow)
    if guarded and not (_is_fresh(key) or (_asks_whether_it_exists(run.flow) and not _is_committed(run, key))):
        return
    run.content[key] = what, _versions(run, owner)


def _versions(run: Run, owner: Value) -> tuple[int, ...]:
    return tuple(run.states[root].version for root in sorted(owner.roots) if root in run.states)


def read(run: Run, owner: Value, key: Key) -> Value:
    known = run.content.get(_path(owner.key))
    if known is not None and known[1] == _versions(run, owner):
        return known[0]
    own = Source.COPY if _is_product(run, _path(owner.key)) else Source.NONE
    found = Value(key, owner.source | Source.UNKNOWN | own, owner.roots, owner.calls)
    return replace(found, calls=found.calls | {""}) if own else found


def _path(key: Key) -> Key:
    """The key of a path without what was done to it."""
    while len(key) > 1 and key[0] in ("state", "path") and (inner := as_key(key[1])) is not None:
        key = inner
    return tuple(_path(inner) if (inner := as_key(part)) is not None else part for part in key)


def _leaves(key: object) -> list[str]:
    parts = as_key(key) or ()
    if len(parts) > 2 and parts[:2] == ("const", "str"):
        return [str(parts[2])]
    return [leaf for part in parts for leaf in _leaves(part)]


def _is_fresh(key: Key) -> bool:
    return any(name in repr(key) for name in _FRESH)


def _is_committed(run: Run, key: Key) -> bool:
    leaves = _leaves(key)
    return bool(leaves) and any(path == leaves[-1] or path.endswith("/" + leaves[-1]) for path in run.project.paths)


def _is_product(run: Run, key: Key) -> bool:
    if "__file__" in repr(key) and "module" in repr(key):
        return True
    own = [path for path in run.project.paths if not run.project.is_test(path)]
    return any(leaf.endswith(".py") and any(path.endswith(leaf) for path in own) for leaf in _leaves(key))


def _asks_whether_it_exists(flow: Sequence[Value]) -> bool:
    return any(
        word in repr(value.key)
        for value in flow
        for word in ("'exists'", "'is_file'", "os.path.exists", "os.path.isfile")
    )


def replace_name(run: Run, place: str, value: Value) -> None:
    """The test puts something of its own in the place of `path::name`."""
    path, _, name = place.partition("::")
    root = f"patch {place}"
    run.patched.add(root)
    run.replaced[place] = replace(faked(value), roots=value.roots | {root})
    module = run.project.module(path)
    if module is not None and not module.product:
        for known in list(run.globals):
            if known == (path, name):
                del run.globals[known]


def faked(value: Value) -> Value:
    """A value as the test's own double."""
    return replace(value, source=value.source & ~Source.PRODUCT | Source.FAKE, named="", of="", constant=...)
