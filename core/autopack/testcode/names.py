"""What names and members of a test stand for."""

from __future__ import annotations

import ast
import builtins
from dataclasses import replace
from typing import TYPE_CHECKING

from autopack.testcode import calling, evaluation, instances
from autopack.testcode.modules import Function, Import, Module
from autopack.testcode.syntax import leaf
from autopack.testcode.values import ALIVE, Closure, Frame, Key, Source, Value, as_key, joined

if TYPE_CHECKING:
    from autopack.testcode.running import Run


BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__", "__doc__"}
DECORATED = "decorated"
"""The class of instances of a class that a decorator of the product or of a library made."""
SCRIPT_WORLD = frozenset(
    {
        "Math", "JSON", "Object", "Array", "String", "Number", "Boolean", "Map", "Set", "WeakMap", "WeakSet", "WeakRef",
        "Symbol", "RegExp", "BigInt", "Date", "Promise", "Proxy", "Reflect", "Intl", "Error", "TypeError", "RangeError",
        "SyntaxError", "ReferenceError", "EvalError", "URIError", "AggregateError", "URL", "URLSearchParams", "Buffer",
        "Uint8Array", "Int8Array", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array", "Float32Array",
        "Float64Array", "ArrayBuffer", "DataView", "TextEncoder", "TextDecoder", "AbortController", "AbortSignal",
        "Event", "EventTarget", "Headers", "Request", "Response", "FormData", "Blob", "File", "Worker",
        "MessageChannel", "performance", "crypto", "console", "process", "globalThis", "global", "window", "document",
        "navigator", "location", "self", "module", "exports", "require", "structuredClone", "queueMicrotask",
        "setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate", "fetch",
        "parseInt", "parseFloat", "isNaN", "isFinite", "encodeURIComponent", "decodeURIComponent", "encodeURI",
        "decodeURI", "NaN", "Infinity", "undefined", "eval", "arguments", "import", "describe", "it", "test", "expect",
        "vi", "jest", "assert", "beforeEach", "afterEach", "beforeAll", "afterAll", "before", "after", "suite",
        "context", "specify", "chai", "should", "sinon", "cy", "isinstance", "typeof", "len", "raises", "list", "dict",
        "str", "bool", "function", "localStorage", "sessionStorage", "HTMLElement", "Element", "Node",
        "MutationObserver", "requestAnimationFrame", "WebSocket", "XMLHttpRequest", "AnyError", "ErrorThatSays",
    }
)  # fmt: skip
"""Names that a script finds without asking for them."""
_LEAVING = frozenset({"wraps", "contextmanager", "asynccontextmanager", "staticmethod", "classmethod", "property",
                      "lru_cache",
                      "cache", "cached_property", "abstractmethod", "setter", "dataclass", "total_ordering", "unique",
                      "override",
                      "final", "runtime_checkable", "overload", "given", "settings", "example"})  # fmt: skip
_KNOWN_DECORATORS = frozenset({"pytest", "unittest", "mock", "functools", "contextlib", "dataclasses", "typing",
                               "enum", "abc",
                               "hypothesis", "property", "staticmethod", "classmethod"})  # fmt: skip
_RECORDS = frozenset({"mock", "call_args", "call_args_list", "mock_calls", "method_calls", "call_count", "called",
                      "await_args",
                      "await_count", "await_args_list", "callCount", "args", "firstCall", "calledOnce"})  # fmt: skip
"""What a double remembers of its calls."""


def name_value(run: Run, name: str) -> Value:
    frame = run.frame.holder(name)
    if frame is not None:
        return frame.names[name]
    return global_value(run, run.frame.module, name)


def global_value(run: Run, module: Module, name: str) -> Value:
    """What a name at the top of a module stands for."""
    place = f"{module.path}::{name}"
    if place in run.replaced:
        return run.replaced[place]
    key = (module.path, name)
    if key in run.globals:
        known = run.globals[key]
        return known if known is not None else Value(("global", *key), Source.UNKNOWN)
    run.globals[key] = None
    found = _global(run, module, name)
    run.globals[key] = found
    return found


def _global(run: Run, module: Module, name: str) -> Value:
    if module.product and (name in module.definitions or name in module.assigned):
        return thing(run, run.project.followed(module.path, name))
    definition = module.definitions.get(name)
    if isinstance(definition, Function):
        return function_value(run, definition, module, None)
    if isinstance(definition, ast.ClassDef):
        return class_value(run, definition, module)
    if name in module.assigned:
        outer, run.frame = run.frame, run.new_frame(module)
        try:
            values = [evaluation.evaluate(run, value) for value in module.assigned[name]]
        finally:
            run.frame = outer
        if name in module.filled:
            found = joined(("filled", module.path, name), *values, source=Source.UNKNOWN)
            return replace(found, roots=found.roots | {f"{module.path}:{name}"})
        if len(values) == 1:
            value = values[0]
            return value if value.constant is not ... else replace(value, roots=value.roots | {f"{module.path}:{name}"})
        return joined(("either", *(value.key for value in values)), *values)
    if name in module.imports:
        return imported(run, module.imports[name], late=module.is_script)
    if name in BUILTINS:
        if name == "__file__":
            return joined(("file", module.path), source=Source.NONE)
        return Value(("name", name), named=name, truth=True)
    if module.is_script:
        if name not in SCRIPT_WORLD and not name.startswith("__") and not module.may_have(name):
            run.undefined.append(name)
        return Value(("name", name), named=name)
    if not module.may_have(name):
        run.undefined.append(name)
    return Value(("unknown", module.path, name), Source.UNKNOWN)


def imported(run: Run, link: Import, *, late: bool) -> Value:
    """`late`: the import runs in the test itself, after what was replaced."""
    if not link.inside:
        return Value(("name", link.target, link.name), named=f"{link.target}.{link.name}" if link.name else link.target)
    if not link.name:
        return Value(("module", link.target), named=f"{link.target}::", source=_of_module(run, link.target), truth=True)
    if late and f"{link.target}::{link.name}" in run.replaced:
        return run.replaced[f"{link.target}::{link.name}"]
    module = run.project.module(link.target)
    if late and module is not None and link.name != "*" and not _exists(run, module, link.name):
        run.misfits.append(f"`{link.name}` does not exist in {link.target}")
    return thing(run, run.project.followed(link.target, link.name))


def thing(run: Run, named: str) -> Value:
    """A definition or constant of a file of the repository."""
    path, _, name = named.partition("::")
    module = run.project.module(path)
    if module is not None and not module.product:
        return global_value(run, module, name)
    exists = module is not None and name.split(".")[0] in module.definitions
    return Value(("thing", named), Source.PRODUCT, named=named, truth=True if exists else None)


def _of_module(run: Run, path: str) -> Source:
    return Source.NONE if run.project.is_test(path) else Source.PRODUCT


def function_value(run: Run, node: Function, module: Module, frame: Frame | None) -> Value:
    """A function of the test's side; what a decorator from elsewhere makes of it nobody knows."""
    alive = _decorated_by(run, node)
    if alive:
        calling.escape(run, [Value((), closure=Closure(node, module, frame))], alive)
        return Value(("decorated", node.lineno), alive, free_roots(run, node), truth=None)
    closure = Closure(node, module, frame, copy_of=run.copies.get(id(node), ""))
    return Value(
        ("function", module.path, node.name, node.lineno), closure=closure, truth=True, roots=free_roots(run, node)
    )


def class_value(run: Run, node: ast.ClassDef, module: Module, *, local: bool = False) -> Value:
    """A class of the test's side; what a decorator or a metaclass from elsewhere makes of it nobody knows."""
    named = f"{module.path}::{node.name}"
    if local:
        named = f"{module.path}::{node.name}@{node.lineno}"
        run.product.local[named] = node, module
    alive = _decorated_by(run, node)
    for given in (*(word.value for word in node.keywords), *(base for base in node.bases)):
        value = evaluation.evaluate(run, given)
        alive |= value.source if value.of == DECORATED or not value.named else Source.NONE
    if alive & ALIVE:
        instances.call_methods(run, node, module)
        return Value(("decorated", node.lineno), Source.UNKNOWN, free_roots(run, node), of=DECORATED, truth=True)
    return Value(("class", named), named=named, truth=True, roots=frozenset({f"class {named}"}) | free_roots(run, node))


def _decorated_by(run: Run, node: Function | ast.ClassDef) -> Source:
    """Where a decorator comes from, unless it leaves the function what it is."""
    source = Source.NONE
    for decorator in node.decorator_list:
        name = leaf(decorator)
        if name in _LEAVING or "fixture" in name:
            continue
        value = evaluation.evaluate(run, decorator)
        source |= value.source & ALIVE if "mark" not in value.named.split(".") else Source.NONE
        if value.named and "::" not in value.named and value.named.split(".")[0] not in _KNOWN_DECORATORS:
            source |= Source.UNKNOWN
        if value.closure is not None:
            source |= Source.UNKNOWN
    return source


def free_roots(run: Run, node: ast.AST) -> frozenset[str]:
    """Objects outside of a function or class that its text names: whoever calls it can change them."""
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
            frame = run.frame.holder(inner.id)
            if frame is not None:
                found |= frame.names[inner.id].roots
            elif inner.id in run.frame.module.assigned and not run.frame.module.product:
                found.add(f"{run.frame.module.path}:{inner.id}")
    return frozenset(found)


def member(named: str, name: str) -> str:
    return f"{named}{name}" if named.endswith("::") else f"{named}.{name}"


def attribute(run: Run, owner: Value, name: str) -> Value:
    known = run.attributes.get((owner.key, name))
    if known is None and owner.key[:1] == ("state",):
        known = run.attributes.get((bare(owner.key), name))
        known = known if known is not None and known.source & Source.FAKE else None
    if known is not None:
        return run.present(known)
    if owner.named:
        return _named_member(run, owner, name)
    if owner.of and (method := instances.method_of(run, owner, name)) is not None:
        return method
    if owner.of and not owner.mock and instances.lacks(run, owner.of, name):
        run.misfits.append(f"`{owner.of.partition('::')[2]}` has no `{name}`")
    if run.is_test_class(owner.of) and (held := instances.class_attribute(run, owner.of, name)) is not None:
        return replace(held, source=held.source | owner.source, roots=held.roots | owner.roots)
    if owner.mock and name in _RECORDS:
        return Value(("record", owner.key, name), owner.source, owner.roots, weight=owner.weight + 1)
    if owner.mock:
        return Value(("attr", owner.key, name), owner.source, owner.roots, mock=True, weight=owner.weight + 1)
    found = joined(("attr", owner.key, name), owner)
    return replace(found, items=owner.items) if name == "shape" else found


def _named_member(run: Run, owner: Value, name: str) -> Value:
    place = member(owner.named, name)
    if place in run.replaced:
        return run.replaced[place]
    if name in ("__name__", "__qualname__", "__module__") and "::" in owner.named and not owner.named.endswith("::"):
        return Value(("attr", owner.key, name))
    if "::" not in owner.named:
        return Value(("name", place), owner.source, named=place)
    path, _, outer = owner.named.partition("::")
    module = run.project.module(path)
    if not outer:
        if module is not None and not module.product:
            return global_value(run, module, name)
        if module is not None and name in module.imports and name not in module.definitions:
            link = module.imports[name]
            if not link.inside:
                return imported(run, link, late=False)
            if not link.name:
                return imported(run, link, late=False)
            place = run.project.followed(path, name)
        if name in ("__file__", "__doc__", "__name__"):
            return joined(("attr", owner.key, name), owner)
        if module is not None and not _exists(run, module, name):
            run.misfits.append(f"`{name}` does not exist in {path}")
        return Value(("thing", place), Source.PRODUCT, named=place, truth=_definite(run, place))
    if run.is_test_class(owner.named):
        return instances.class_member(run, owner, name)
    return Value(
        ("thing", place), owner.source | Source.PRODUCT, named=place, calls=owner.calls, truth=_definite(run, place)
    )


def _exists(run: Run, module: Module, name: str) -> bool:
    words = (module.definitions, module.assigned, module.imports)
    beside = module.path.removesuffix("__init__.py")
    return any(name in known for known in words) or name.startswith("__") or module.may_have(name) or (
        module.path.endswith("__init__.py") and any(path.startswith(f"{beside}{name}") for path in run.project.paths)
    ) or "__getattr__" in module.definitions or module.is_script  # fmt: skip


def _definite(run: Run, place: str) -> bool | None:
    return True if run.product.definition(place) is not None else None


def bare(key: Key) -> Key:
    """The spelling of an object before anything was done to it."""
    while key[:1] == ("state",) and (inner := as_key(key[1])) is not None:
        key = inner
    return key
