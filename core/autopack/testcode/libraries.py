"""Calls of builtins, libraries and methods of plain objects in thought."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack.testcode import calling, doubles, evaluation, names
from autopack.testcode.modules import CHANGERS
from autopack.testcode.values import ALIVE, Source, Value, as_key, constant, joined

if TYPE_CHECKING:
    from autopack.testcode.running import Run


_SAME_VALUE = frozenset(
    {"list", "tuple", "dict", "copy.copy", "copy.deepcopy", "pytest.approx", "iter", "structuredClone", "deepcopy",
    "str.strip"}
)  # fmt: skip
"""What gives its first argument back as far as a comparison can tell."""
_BUILTIN_OUTSIDE = frozenset(
    {"open", "input", "eval", "exec", "compile", "globals", "locals", "vars", "__import__", "id", "hash"}
)
_SCRIPT_PURE = frozenset(
    {
        "Math", "JSON", "Object", "Array", "String", "Number", "Boolean", "Map", "Set", "Symbol", "RegExp", "BigInt",
        "parseInt",
        "parseFloat", "isNaN", "isFinite", "encodeURIComponent", "decodeURIComponent", "Error", "TypeError", "Promise",
        "isinstance", "typeof", "len", "URL", "Uint8Array", "Buffer", "console",
    }
)  # fmt: skip
"""Names of a script's world whose answers come from their arguments alone."""
_RUNNERS = frozenset({"asyncio.run", "anyio.run", "trio.run"})
_THREADS = frozenset({"threading.Thread", "threading.Timer", "multiprocessing.Process", "_thread.start_new_thread"})
_DUMPS = frozenset({"json.dump", "pickle.dump", "yaml.dump", "yaml.safe_dump"})
_LOADS = frozenset({"json.load", "pickle.load", "yaml.safe_load"})
_READERS = frozenset({"read_text", "read_bytes", "read", "readlines"})
_WRITERS = frozenset({"write_text", "write_bytes", "write", "writelines"})
OUTSIDE = frozenset(
    {
        "os", "subprocess", "pathlib", "io", "socket", "ssl", "urllib", "http", "shutil", "tempfile", "glob", "time",
        "random",
        "secrets", "uuid", "sys", "threading", "multiprocessing", "asyncio", "signal", "sqlite3", "select", "logging",
        "warnings", "gc", "weakref", "inspect", "importlib", "ast", "pickle", "datetime", "platform", "locale", "getpass",
    }
)  # fmt: skip
"""Modules of the standard library whose answers come from outside of the test's text."""


def library_call(run: Run, node: ast.Call, func: Value, args: Sequence[Value], words: dict[str, Value]) -> Value:
    every = [*args, *words.values()]
    name = func.named
    key = ("call", name, *(arg.key for arg in every))
    if name in ("getattr", "importlib.import_module", "sys.modules.get") and args:
        found = _looked_up(run, name, args)
        if found is not None:
            return found
    if name in _SAME_VALUE and args:
        return replace(args[0], plain=args[0].plain, closure=None)
    if name in _RUNNERS and args:
        return calling.settle(
            run, calling.own_call(run, args[0], [], {}) if args[0].closure and args[0].of != "coroutine" else args[0]
        )
    if name == "len" and args and args[0].items is not None:
        return constant(len(args[0].items))
    if name == "zip" and len(args) > 1:
        parts = tuple(evaluation.element_of(arg) for arg in args)
        each = replace(joined(("display", *(part.key for part in parts)), *parts), items=parts)
        return replace(joined(key, *args), each=each)
    if name in ("enumerate", "reversed", "sorted", "set", "frozenset", "filter", "map") and args:
        return _over(run, name, key, args, every)
    if name in ("exec", "eval") and args:
        copied = args[0].source & Source.COPY
        if copied:
            for value in every:
                run.touch(value.roots, Source.COPY, args[0].calls)
            return Value(key, Source.COPY, calls=args[0].calls)
    if name in ("inspect.getsource", "inspect.getsourcelines", "inspect.getsourcefile") and args and args[0].alive:
        own = frozenset({args[0].named}) if args[0].named else frozenset[str]()
        return Value(key, Source.COPY | Source.UNKNOWN, calls=args[0].calls | own)
    if name in _LOADS and args:
        return doubles.read(run, args[0], key)
    if (
        name == "json.loads"
        and args
        and args[0].key[:2] == ("call", "json.dumps")
        and (inner := as_key(args[0].key[2])) is not None
    ):
        return replace(args[0], key=inner)
    top = name.split(".")[0]
    if name == "open" and args:
        return joined(("path", args[0].key), *args, source=Source.NONE)
    if top == "pathlib" and name.split(".")[-1] in ("Path", "PurePath", "PosixPath"):
        return joined(key, *every)
    if name in _THREADS:
        with run.swallowing((node.lineno, run.frame.module.path, "a thread of its own swallows the failed assertion")):
            calling.escape(run, every, Source.UNKNOWN)
        return joined(key, *every, source=Source.UNKNOWN)
    if name in _DUMPS and len(args) > 1:
        doubles.write(run, args[1], args[0])
        return constant(None)
    outside = (top in OUTSIDE or name in _BUILTIN_OUTSIDE) and not (run.frame.module.is_script and top in _SCRIPT_PURE)
    if run.frame.module.is_script:
        pure = top in _SCRIPT_PURE or top.startswith("__")
    else:
        pure = name in names.BUILTINS or (top in sys.stdlib_module_names and not outside)
    if not pure:
        calling.escape(run, [value for value in every if not value.plain or not outside], Source.UNKNOWN)
        return joined(key, *every, source=Source.UNKNOWN)
    for value in every:
        if value.closure is not None or value.of == "coroutine":
            calling.escape(run, [value], value.source or Source.UNKNOWN)
    return joined(
        key, *every, source=Source.UNKNOWN if any(value.named and value.alive for value in every) else Source.NONE
    )


def _looked_up(run: Run, name: str, args: Sequence[Value]) -> Value | None:
    if name == "getattr" and len(args) > 1 and isinstance(args[1].constant, str):
        return names.attribute(run, args[0], args[1].constant)
    if name != "getattr" and isinstance(args[0].constant, str):
        path = run.project.find(args[0].constant, run.frame.module.path)
        if path:
            return Value(("module", path), Source.PRODUCT, named=f"{path}::", truth=True)
    return None


def _over(run: Run, name: str, key: tuple[object, ...], args: Sequence[Value], every: Sequence[Value]) -> Value:
    over = args[-1] if name in ("map", "filter") else args[0]
    each = evaluation.element_of(over)
    if name == "enumerate":
        number = Value(("number of", over.key))
        each = replace(joined(("display", number.key, each.key), number, each), items=(number, each))
    elif name == "map" and args[0].closure is not None:
        each = calling.own_call(run, args[0], [each], {})
    elif name == "map" and args[0].named and "::" in args[0].named:
        run.ran.append((args[0].named, 0, ""))
        each = replace(
            joined(("call", args[0].named, each.key), each, source=Source.PRODUCT), calls=frozenset({args[0].named})
        )
    found = joined(key, each, *every) if name == "map" else joined(key, *every)
    return replace(found, each=each if name in ("enumerate", "map", "filter", "reversed") else None, truth=over.truth)


def method_call(
    run: Run, name: str, owner: Value, method: Value, args: Sequence[Value], words: dict[str, Value]
) -> Value:
    every = [*args, *words.values()]
    key = ("call", method.key, *(arg.key for arg in every))
    if name == "open":
        return joined(("path", owner.key), owner)
    if name in _WRITERS and args and not args[0].mock and not owner.of and not owner.source & Source.UNKNOWN:
        doubles.write(run, owner, args[0])
        return joined(key, *every, source=Source.NONE)
    if name in _READERS:
        return doubles.read(run, owner, key)
    if (name == "items" and owner.pairs is not None) or (owner.key[:1] == ("dictcomp",) and name == "items"):
        return replace(owner, key=("items", owner.key), each=_pair(owner), items=None)
    if name in ("keys", "values", "entries", "copy", "toArray") and not args:
        parts = (
            [pair[int(name == "values")] for pair in owner.pairs]
            if owner.pairs and name in ("keys", "values")
            else None
        )
        return replace(joined(key, owner), items=tuple(parts) if parts else None) if name != "copy" else owner
    if name == "with_suffix" or name in ("exists", "is_file", "is_dir", "stat"):
        return joined(key, owner, *every, source=Source.UNKNOWN if name not in ("with_suffix",) else Source.NONE)
    if owner.alive or method.alive:
        calling.escape(run, every, owner.source | method.source)
        run.touch(owner.roots, owner.source & ALIVE, owner.calls, moved=name in CHANGERS or not owner.plain)
        if owner.source & Source.PRODUCT:
            run.ran.append(("", 0, ""))
        return joined(key, owner, *every)
    if name in CHANGERS:
        run.touch(
            owner.roots, joined((), *every).source | run.flow_source(), joined((), *every).calls | run.flow_calls()
        )
    given = [
        _applied(run, value, evaluation.element_of(owner))
        for value in every
        if value.closure is not None or value.named
    ]
    each = given[0] if given and name in ("map", "flatMap") else None
    return replace(joined(key, owner, method, *every, *given), each=each)


def _applied(run: Run, function: Value, element: Value) -> Value:
    """What a function that is handed to a method of a plain object gives for one element of it."""
    if function.closure is not None:
        return calling.settle(run, calling.own_call(run, function, [element], {}))
    if "::" not in function.named or run.is_test_class(function.named):
        return Value(("applied", function.key))
    run.ran.append((function.named, 0, ""))
    found = joined(("call", function.named, element.key), element, source=Source.PRODUCT)
    return replace(found, calls=found.calls | {function.named})


def _pair(owner: Value) -> Value | None:
    if owner.pairs:
        key, value = owner.pairs[0]
        return replace(joined(("display", key.key, value.key), *(part for pair in owner.pairs for part in pair)),
                       items=(key, value))  # fmt: skip
    return owner.each
