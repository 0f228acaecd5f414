"""Calls of a test in thought: of its own functions, of the product, of doubles, of libraries."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack.testcode import doubles, evaluation
from autopack.testcode.modules import Function, Module
from autopack.testcode.product import gives_value, hold_on, misfit, own_nodes, parameters
from autopack.testcode.values import ALIVE, Closure, Source, Value, constant, joined

if TYPE_CHECKING:
    from autopack.testcode.running import Run

_SAME_VALUE = frozenset(
    {"list", "tuple", "dict", "copy.copy", "copy.deepcopy", "pytest.approx", "iter", "structuredClone", "deepcopy", "str.strip"}
)  # fmt: skip
"""What gives its first argument back as far as a comparison can tell."""
_OUTSIDE = frozenset(
    {
        "os", "subprocess", "pathlib", "io", "socket", "ssl", "urllib", "http", "shutil", "tempfile", "glob", "time", "random",
        "secrets", "uuid", "sys", "threading", "multiprocessing", "asyncio", "signal", "sqlite3", "select", "logging",
        "warnings", "gc", "weakref", "inspect", "importlib", "ast", "pickle", "datetime", "platform", "locale", "getpass",
    }
)  # fmt: skip
"""Modules of the standard library whose answers come from outside of the test's text."""
_BUILTIN_OUTSIDE = frozenset(
    {"open", "input", "eval", "exec", "compile", "globals", "locals", "vars", "__import__", "id", "hash"}
)
_SCRIPT_PURE = frozenset(
    {
        "Math", "JSON", "Object", "Array", "String", "Number", "Boolean", "Map", "Set", "Symbol", "RegExp", "BigInt", "parseInt",
        "parseFloat", "isNaN", "isFinite", "encodeURIComponent", "decodeURIComponent", "Error", "TypeError", "Promise",
        "isinstance", "typeof", "len", "URL", "Uint8Array", "Buffer", "console",
    }
)  # fmt: skip
"""Names of a script's world whose answers come from their arguments alone."""
_PROPERTIES = ("property", "cached_property")
_RUNNERS = frozenset({"asyncio.run", "anyio.run", "trio.run"})
_THREADS = frozenset({"threading.Thread", "threading.Timer", "multiprocessing.Process", "_thread.start_new_thread"})
_DUMPS = frozenset({"json.dump", "pickle.dump", "yaml.dump", "yaml.safe_dump"})
_LOADS = frozenset({"json.load", "pickle.load", "yaml.safe_load"})
_READERS = frozenset({"read_text", "read_bytes", "read", "readlines"})
_WRITERS = frozenset({"write_text", "write_bytes", "write", "writelines"})
_CHANGERS = frozenset({"append", "extend", "insert", "add", "update", "setdefault", "push", "appendleft", "remove", "pop",
                       "clear", "sort", "reverse", "discard", "unshift", "shift", "splice", "set", "delete"})  # fmt: skip


def call(run: Run, node: ast.Call) -> Value:
    awaiting, run.awaiting = run.awaiting, False
    owner = evaluation.evaluate(run, node.func.value) if isinstance(node.func, ast.Attribute) else None
    if isinstance(node.func, ast.Attribute) and owner is not None:
        func = evaluation.attribute(run, owner, node.func.attr)
    else:
        func = evaluation.evaluate(run, node.func)
    args = [evaluation.evaluate(run, arg) for arg in node.args]
    words = {word.arg or f"**{at}": evaluation.evaluate(run, word.value) for at, word in enumerate(node.keywords)}
    run.awaiting = awaiting
    made = doubles.made(run, node, owner, func, args, words)
    if made is not None:
        return made
    if func.closure is not None:
        return own_call(run, func, args, words)
    every = [*args, *words.values()]
    if func.mock or (func.source & Source.FAKE and not func.alive):
        return joined(("call", func.key, *(a.key for a in every)), func, *every, source=func.source) if not func.mock else (
            Value(("call", func.key, *(a.key for a in every)), func.source, func.roots, mock=True,
                  weight=func.weight + sum(a.weight for a in every)))  # fmt: skip
    if func.named and "::" in func.named:
        if run.is_test_class(func.named):
            return _test_instance(run, func, args, words)
        return product_call(run, node, func, args, words)
    if func.named:
        return _library_call(run, node, func, args, words)
    if isinstance(node.func, ast.Attribute) and owner is not None:
        return _method_call(run, node.func.attr, owner, func, args, words)
    return _unknown_call(run, func, every)


def _unknown_call(run: Run, func: Value, every: Sequence[Value]) -> Value:
    if func.alive:
        escape(run, every, func.source)
        if func.source & Source.PRODUCT:
            run.ran.append(("", 0, ""))
    found = joined(("call", func.key, *(arg.key for arg in every)), func, *every)
    return replace(found, of=evaluation.DECORATED) if func.of == evaluation.DECORATED else found


# the test's own functions and classes


def own_call(run: Run, func: Value, args: Sequence[Value], words: dict[str, Value]) -> Value:
    closure = func.closure
    assert closure is not None
    bound = bind(run, closure, args, words)
    if isinstance(closure.node, ast.AsyncFunctionDef) and not run.awaiting:
        frame = run.new_frame(closure.module, closure.outer)
        frame.names.update(bound)
        waiting = Closure(
            ast.Lambda(ast.arguments([], [], None, [], [], None, []), ast.Constant(None)), closure.module, frame
        )
        coroutine = Value(
            ("coroutine", id(closure.node)), closure=waiting, of="coroutine", items=(func,), roots=func.roots
        )
        run.pending.append(coroutine)
        return coroutine
    if any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in own_nodes(closure.node)):
        every = [*args, *words.values()]
        yielded = len(run.yielded)
        found = run.enter(closure, bound)
        given = run.yielded[yielded:]
        del run.yielded[yielded:]
        value = joined(("call", func.key, *(arg.key for arg in every)), *given, *every, *([] if given else [found]))
        return replace(_reached(run, closure, value), each=given[0] if given else None)
    if isinstance(closure.node, ast.AsyncFunctionDef):
        run.awaiting = False
    value = _reached(run, closure, run.enter(closure, bound))
    if func.source & Source.FAKE:
        return replace(value, source=value.source | Source.FAKE)
    if closure.copy_of:
        every = [*args, *words.values()]
        key = ("call", closure.copy_of, *(arg.key for arg in every))
        return replace(value, key=key, source=Source.COPY, calls=frozenset({closure.copy_of}))
    return value


def bind(run: Run, closure: Closure, args: Sequence[Value], words: dict[str, Value]) -> dict[str, Value]:
    names, spec = parameters(closure.node), closure.node.args
    given = [closure.bound, *args] if closure.bound is not None else list(args)
    bound: dict[str, Value] = dict(zip(names, given, strict=False))
    if spec.vararg is not None:
        rest = given[len(names) :]
        bound[spec.vararg.arg] = replace(joined(("display", *(v.key for v in rest)), *rest), items=tuple(rest))
    for arg, default in zip(reversed([*spec.posonlyargs, *spec.args]), reversed(spec.defaults), strict=False):
        if arg.arg not in bound and arg.arg not in words:
            bound[arg.arg] = evaluation.evaluate(run, default)
    for arg, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
        if arg.arg not in words and default is not None:
            bound[arg.arg] = evaluation.evaluate(run, default)
    known = {*names, *(arg.arg for arg in spec.kwonlyargs)}
    bound |= {name: value for name, value in words.items() if name in known}
    if spec.kwarg is not None:
        rest = [value for name, value in words.items() if name not in known]
        bound[spec.kwarg.arg] = joined(("words", *(v.key for v in rest)), *rest)
    for name in known - bound.keys():
        bound[name] = Value(("parameter", id(closure.node), name), Source.UNKNOWN)
    return bound


def awaited(run: Run, node: ast.Await) -> Value:
    run.awaiting = True
    value = evaluation.evaluate(run, node.value)
    run.awaiting = False
    return settle(run, value)


def settle(run: Run, value: Value) -> Value:
    """What a coroutine gives when it runs."""
    if value.of != "coroutine" or value.items is None or value.closure is None:
        return value
    if value in run.pending:
        run.pending.remove(value)
    func, frame = value.items[0], value.closure.outer
    assert func.closure is not None and frame is not None
    return run.enter(func.closure, frame.names)


def _test_instance(run: Run, func: Value, args: Sequence[Value], words: dict[str, Value]) -> Value:
    every = [*args, *words.values()]
    source = run.flow_source() | (Source.UNKNOWN if reaches_out(run, func.named) else Source.NONE)
    found = joined(("call", func.key, *(arg.key for arg in every)), func, *every, source=source)
    found = replace(found, of=func.named, truth=None)
    definition = run.product.definition(f"{func.named}.__init__")
    if definition is not None and isinstance(definition[0], Function) and not definition[1].product:
        closure = Closure(definition[0], definition[1], None, bound=found)
        run.enter(closure, bind(run, closure, args, words))
    elif any(not run.is_test_class(base) for base in _bases(run, func.named)):
        escape(run, every, Source.PRODUCT)
        run.ran.append((next(base for base in _bases(run, func.named) if not run.is_test_class(base)), 0, ""))
        found = replace(found, source=found.source | Source.PRODUCT)
    return found


def _bases(run: Run, named: str) -> list[str]:
    found = run.product.definition(named)
    if found is None or not isinstance(found[0], ast.ClassDef):
        return []
    return list(run.product.bases(found[0], found[1]))


def method_of(run: Run, owner: Value, name: str) -> Value | None:
    """A method that the class of an instance has."""
    place = f"{owner.of}.{name}"
    if place in run.replaced:
        return run.replaced[place]
    found = run.product.definition(place)
    if found is None or not isinstance(found[0], Function):
        return None
    definition, module = found
    if module.product:
        real = f"{module.path}::{_qualified(module.definitions, definition)}"
        if real in run.replaced:
            return run.replaced[real]
        if _decorated(definition, _PROPERTIES):
            run.ran.append((real, 0, ""))
            return Value(
                ("call", real, owner.key),
                owner.source | Source.PRODUCT,
                owner.roots,
                owner.calls | {real},
                weight=owner.weight + 1,
            )
        return Value(("method", real, owner.key), owner.source | Source.PRODUCT, owner.roots, named=real, truth=True,
                     items=(owner,), weight=owner.weight + 1)  # fmt: skip
    closure = Closure(definition, module, None, bound=None if _decorated(definition, ("staticmethod",)) else owner)
    if _decorated(definition, _PROPERTIES):
        return _reached(run, closure, run.enter(closure, bind(run, closure, [], {})))
    return Value(
        ("method", place, owner.key), owner.source, owner.roots, closure=closure, truth=True, weight=owner.weight + 1
    )


def _decorated(node: Function, names: Sequence[str]) -> bool:
    return any(isinstance(inner, ast.Name | ast.Attribute) and ast.unparse(inner).rpartition(".")[2] in names
               for inner in node.decorator_list)  # fmt: skip


def _reached(run: Run, closure: Closure, value: Value) -> Value:
    """What a helper in another file gives may depend on anything: that file may be what is tested."""
    if closure.module.path == run.module.path or closure.copy_of:
        return value
    return replace(value, source=value.source | Source.UNKNOWN, truth=None, constant=...)


def reaches_out(run: Run, named: str) -> bool:
    """Whether a class of the test's side names the product or the world in its text: what its instances give is unknown."""
    if named not in run.reaching:
        run.reaching[named] = False
        found = run.product.definition(named)
        if found is not None and isinstance(found[0], ast.ClassDef):
            node, module = found
            names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
            links = [module.imports[name] for name in names if name in module.imports]
            run.reaching[named] = module.path != run.module.path or any(
                (link.inside and not run.project.is_test(link.target)) or link.target.split(".")[0] in _OUTSIDE
                or (not link.inside and link.target.split(".")[0] not in sys.stdlib_module_names) for link in links
            ) or any(run.is_test_class(base) and reaches_out(run, base) for base in run.product.bases(node, module))  # fmt: skip
    return run.reaching[named]


def class_attribute(run: Run, named: str, name: str) -> Value | None:
    """What the body of a class of the test's side assigns to a name."""
    found = run.product.definition(named)
    if found is None or not isinstance(found[0], ast.ClassDef):
        return None
    for statement in found[0].body:
        for target, value in evaluation.assigned_in(statement):
            if isinstance(target, ast.Name) and target.id == name:
                return evaluation.evaluate(run, value)
    return None


def call_methods(run: Run, node: ast.ClassDef, module: Module) -> None:
    """Methods of a class in hands that may call them."""
    for method in node.body:
        if isinstance(method, Function) and id(method) not in run.called:
            run.called.add(id(method))
            _call_back(run, Closure(method, module, run.frame))


def _qualified(definitions: dict[str, ast.stmt], node: ast.stmt) -> str:
    return next((name for name, known in definitions.items() if known is node), "")


def class_member(run: Run, owner: Value, name: str) -> Value:
    """What a class of the test's side holds."""
    found = run.product.definition(owner.named)
    if found is None or not isinstance(found[0], ast.ClassDef):
        return joined(("attr", owner.key, name), owner, source=Source.UNKNOWN)
    held = class_attribute(run, owner.named, name)
    if held is not None:
        return joined(("attr", owner.key, held.key), held, owner) if owner.alive else held
    method = run.product.definition(f"{owner.named}.{name}")
    if method is not None and isinstance(method[0], Function) and not method[1].product:
        bound = owner if _decorated(method[0], ("classmethod",)) else None
        closure = Closure(method[0], method[1], None, bound=bound)
        return Value(("method", owner.named, name), owner.source, owner.roots, closure=closure, truth=True)
    return joined(("attr", owner.key, name), owner, source=Source.PRODUCT if method is not None else Source.NONE)


# the product


def product_call(run: Run, node: ast.Call, func: Value, args: Sequence[Value], words: dict[str, Value]) -> Value:
    every = [*args, *words.values()]
    owner = func.items[0] if func.key[0] == "method" and func.items else None
    found = run.product.function(func.named)
    is_class = isinstance((run.product.definition(func.named) or (None,))[0], ast.ClassDef)
    run.ran.append((func.named, node.lineno, run.frame.module.path))
    if found is not None and misfit(found[0], node, is_class or owner is not None):
        run.misfits.append(f"the call does not fit the parameters of `{func.named.partition('::')[2]}`")
    _affect(run, found[0] if found else None, owner, args, words, is_class)
    key = ("call", func.named, *((owner.key,) if owner else ()), *(arg.key for arg in every))
    value = joined(key, *every, *((owner,) if owner else ()), source=Source.PRODUCT)
    value = replace(value, calls=value.calls | {func.named}, roots=value.roots if is_class or owner else frozenset())
    if is_class:
        return replace(value, of=func.named, truth=_always_true(run, func.named))
    passed = doubles.passed_through(run, found) if found is not None else None
    if passed is not None:
        return replace(value, source=passed.source)
    return replace(value, of=_returned_class(run, func.named))


def _always_true(run: Run, named: str) -> bool | None:
    return None if run.product.has_method(named, ("__bool__", "__len__")) else True


def _returned_class(run: Run, named: str) -> str:
    """The class of the repository that a function says, or is seen, to return."""
    found = run.product.function(named)
    if found is None:
        return ""
    function, module = found
    names = [function.returns] if function.returns is not None else [
        inner.value.func for inner in own_nodes(function) if isinstance(inner, ast.Return) and isinstance(inner.value, ast.Call)
    ]  # fmt: skip
    for name in names[:1]:
        if isinstance(name, ast.Name):
            place = run.project.followed(module.path, name.id)
            known = run.product.definition(place)
            if known is not None and isinstance(known[0], ast.ClassDef):
                return place
    return ""


def _affect(
    run: Run,
    function: Function | None,
    owner: Value | None,
    args: Sequence[Value],
    words: dict[str, Value],
    is_class: bool,
) -> None:
    """What a call of the product may do to the objects it is given."""
    _disturb(run, Source.PRODUCT)
    if function is None:
        escape(run, [*args, *words.values(), *((owner,) if owner else ())], Source.PRODUCT)
        return
    changed, kept = hold_on(function)
    names = parameters(function)
    given = dict(zip(names[int(is_class or owner is not None) :], args, strict=False))
    given |= {name: value for name, value in words.items() if name not in given}
    bound = {id(value) for value in given.values()}
    rest = [value for value in args if id(value) not in bound]
    if owner is not None and names:
        given[names[0]] = owner
    for name, value in given.items():
        known = name in names or any(arg.arg == name for arg in function.args.kwonlyargs)
        moved = not known or name in changed
        if value.plain and not moved:
            run.handed |= value.roots
            if name not in kept:
                continue
        if value is owner and not moved:
            continue
        escape(run, [value], Source.PRODUCT, moved=moved or not value.plain)
    escape(run, rest, Source.PRODUCT)


def escape(run: Run, values: Sequence[Value], source: Source, *, moved: bool = True) -> None:
    """Objects that come into hands which may do anything to them; functions among them may be called."""
    _disturb(run, source & ALIVE)
    for value in values:
        settled = settle(run, value)
        run.touch(settled.roots, source & ALIVE or Source.UNKNOWN, settled.calls, moved=moved)
        closure = value.closure
        if (
            closure is not None
            and value.of != "coroutine"
            and not closure.module.product
            and not _is_running(run, closure)
        ):
            _call_back(run, closure)
        elif run.is_test_class(value.of) and (found := run.product.definition(value.of)) is not None:
            if isinstance(found[0], ast.ClassDef):
                call_methods(run, found[0], found[1])
        elif value.items:
            escape(run, [item for item in value.items if item.closure is not None or item.of], source, moved=moved)


def _disturb(run: Run, source: Source) -> None:
    """Doubles in the product's place may be called by whatever runs now."""
    run.touch(run.patched, source, moved=False)
    for double in list(run.replaced.values()):
        if double.closure is not None and not _is_running(run, double.closure):
            _call_back(run, double.closure)


def _call_back(run: Run, closure: Closure) -> None:
    bound = {name: Value(("given", id(closure.node), name), Source.PRODUCT) for name in parameters(closure.node)}
    if closure.bound is not None and parameters(closure.node):
        bound[parameters(closure.node)[0]] = closure.bound
    run.running.append(id(closure.node))
    with run.under(Value(("callback",), Source.PRODUCT)):
        run.enter(closure, bound)
    run.running.pop()


def _is_running(run: Run, closure: Closure) -> bool:
    return id(closure.node) in run.running


# libraries and everything else


def _library_call(run: Run, node: ast.Call, func: Value, args: Sequence[Value], words: dict[str, Value]) -> Value:
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
        return settle(run, own_call(run, args[0], [], {}) if args[0].closure and args[0].of != "coroutine" else args[0])
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
        return Value(
            key, Source.COPY | Source.UNKNOWN, calls=args[0].calls | ({args[0].named} if args[0].named else set())
        )
    if name in _LOADS and args:
        return doubles.read(run, args[0], key)
    if (
        name == "json.loads"
        and args
        and args[0].key[:2] == ("call", "json.dumps")
        and isinstance(args[0].key[2], tuple)
    ):
        return replace(args[0], key=args[0].key[2])
    top = name.split(".")[0]
    if name == "open" and args:
        return joined(("path", args[0].key), *args, source=Source.NONE)
    if top == "pathlib" and name.split(".")[-1] in ("Path", "PurePath", "PosixPath"):
        return joined(key, *every)
    if name in _THREADS:
        with run.swallowing((node.lineno, run.frame.module.path, "a thread of its own swallows the failed assertion")):
            escape(run, every, Source.UNKNOWN)
        return joined(key, *every, source=Source.UNKNOWN)
    if name in _DUMPS and len(args) > 1:
        doubles.write(run, args[1], args[0])
        return constant(None)
    outside = (top in _OUTSIDE or name in _BUILTIN_OUTSIDE) and not (run.frame.module.is_script and top in _SCRIPT_PURE)
    if run.frame.module.is_script:
        pure = top in _SCRIPT_PURE or top.startswith("__")
    else:
        pure = name in evaluation.BUILTINS or (top in sys.stdlib_module_names and not outside)
    if not pure:
        escape(run, [value for value in every if not value.plain or not outside], Source.UNKNOWN)
        return joined(key, *every, source=Source.UNKNOWN)
    for value in every:
        if value.closure is not None or value.of == "coroutine":
            escape(run, [value], value.source or Source.UNKNOWN)
    return joined(
        key, *every, source=Source.UNKNOWN if any(value.named and value.alive for value in every) else Source.NONE
    )


def _looked_up(run: Run, name: str, args: Sequence[Value]) -> Value | None:
    if name == "getattr" and len(args) > 1 and isinstance(args[1].constant, str):
        return evaluation.attribute(run, args[0], args[1].constant)
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
        each = own_call(run, args[0], [each], {})
    elif name == "map" and args[0].named and "::" in args[0].named:
        run.ran.append((args[0].named, 0, ""))
        each = replace(
            joined(("call", args[0].named, each.key), each, source=Source.PRODUCT), calls=frozenset({args[0].named})
        )
    found = joined(key, each, *every) if name == "map" else joined(key, *every)
    return replace(found, each=each if name in ("enumerate", "map", "filter", "reversed") else None, truth=over.truth)


def _method_call(
    run: Run, name: str, owner: Value, method: Value, args: Sequence[Value], words: dict[str, Value]
) -> Value:
    every = [*args, *words.values()]
    key = ("call", method.key, *(arg.key for arg in every))
    if name == "open":
        return joined(("path", owner.key), owner)
    if name in _WRITERS and args and not args[0].mock:
        doubles.write(run, owner, args[0])
        return constant(None)
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
        escape(run, every, owner.source | method.source)
        run.touch(owner.roots, owner.source & ALIVE, owner.calls, moved=name in _CHANGERS or not owner.plain)
        if owner.source & Source.PRODUCT:
            run.ran.append(("", 0, ""))
        return joined(key, owner, *every)
    if name in _CHANGERS:
        run.touch(
            owner.roots, joined((), *every).source | run.flow_source(), joined((), *every).calls | run.flow_calls()
        )
    for value in every:
        if value.closure is not None:
            escape(run, [value], Source.UNKNOWN)
    return joined(key, owner, method, *every)


def _pair(owner: Value) -> Value | None:
    if owner.pairs:
        key, value = owner.pairs[0]
        return replace(joined(("display", key.key, value.key), *(part for pair in owner.pairs for part in pair)),
                       items=(key, value))  # fmt: skip
    return owner.each


def takes_nothing(run: Run, named: str) -> bool:
    """Whether a call of the function can only be meant for what it does, not for what it gives."""
    found = run.product.function(named)
    return found is not None and (named.endswith(".__init__") or not gives_value(found[0]))
