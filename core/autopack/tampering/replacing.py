"""What statements of a test put in the place of the product: functions, methods, classes, what it holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from autopack.tampering.checks import Place
from autopack.testcode.modules import Function, Module
from autopack.testcode.syntax import dotted, leaf

_FILLS = frozenset({"update", "clear", "pop", "append", "extend", "insert", "remove", "setdefault", "__setitem__"})
_NOT_OURS = frozenset({"os", "sys", "time", "random", "socket", "subprocess", "builtins"})


def is_product(name: str, module: Module) -> bool:
    """Whether the name is imported from the product."""
    link = module.imports.get(name)
    return link is not None and link.inside and not module.project.is_test(link.target)


def put(root: ast.AST, module: Module) -> Iterator[tuple[str, Place, str]]:
    """Patches, monkeypatches and assignments to attributes of the product."""
    for node in ast.walk(root):
        if isinstance(node, ast.Call):
            target = _patched(node, module)
            if target and not any(w.arg == "wraps" for w in node.keywords):
                yield target, Place(module.path, node.lineno), ast.unparse(node)
        elif isinstance(node, ast.Assign):
            for at in node.targets:
                for name in filter(None, _assigned(at, module)):
                    yield name, Place(module.path, node.lineno), ast.unparse(node)


def _assigned(target: ast.expr, module: Module) -> Iterator[str]:
    """What an assignment to an attribute or an item replaces of the product."""
    if isinstance(target, ast.Attribute):
        if is_product(dotted(target).split(".")[0], module):
            yield target.attr
        return
    if not isinstance(target, ast.Subscript):
        return
    name = str(target.slice.value) if isinstance(target.slice, ast.Constant) else ""
    if dotted(target.value) == "sys.modules":
        path = module.project.find(name, module.path)
        yield from (link.name or own for own, link in module.imports.items() if path and link.target == path)
        yield name.rpartition(".")[2]
    elif dotted(target.value) == "globals" or leaf(target.value) == "__dict__":
        yield name
    else:
        yield _held_by_product(target.value, module)


def _held_by_product(node: ast.expr, module: Module) -> str:
    """The name of a value of a product's module: `module.NAME`, or a name that is imported; "" for anything else."""
    if isinstance(node, ast.Attribute) and is_product(dotted(node).split(".")[0], module):
        return node.attr
    if isinstance(node, ast.Name) and is_product(node.id, module):
        return module.imports[node.id].name
    return ""


def _patched(node: ast.Call, module: Module) -> str:
    """The name that a call replaces, "" where it replaces nothing of the product."""
    name, args = dotted(node), node.args
    last = name.rpartition(".")[2]
    if name.endswith("patch.dict") and args:
        if isinstance(args[0], ast.Constant) and isinstance(args[0].value, str):
            home, _, target = args[0].value.rpartition(".")
            return target if _is_in_product(home, module) else ""
        return _held_by_product(args[0], module)
    if last in _FILLS and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Attribute):
        return _held_by_product(node.func.value, module)
    if last == "patch" and args and isinstance(args[0], ast.JoinedStr):
        target = ast.unparse(args[0])[2:-1].removeprefix("{__name__}.")
        return target if is_product(target, module) else ""
    if last in ("patch", "setattr") and args and isinstance(args[0], ast.Constant) and isinstance(args[0].value, str):
        home, _, target = args[0].value.rpartition(".")
        return target if _is_in_product(home, module) else ""
    if (
        (name.endswith(("patch.object", "setattr", "__setattr__")) or last == "spyOn")
        and len(args) >= 2
        and isinstance(args[1], ast.Constant)
    ):
        return str(args[1].value) if _of_product(args[0], module) else ""
    if last == "setitem" and len(args) >= 2 and isinstance(args[1], ast.Constant):
        home = dotted(args[0])
        if home in ("globals", "sys.modules") or "__dict__" in home or "__globals__" in ast.unparse(args[0]):
            return str(args[1].value).rpartition(".")[2]
        return _held_by_product(args[0], module)
    if last == "multiple" and args:
        return next((w.arg for w in node.keywords if w.arg and w.arg not in ("spec", "create", "autospec")), "")
    return ""


def _is_in_product(home: str, module: Module) -> bool:
    """Whether a module, or a class behind a module, is the product's."""
    inside = module.project.find(home, module.path) or _class_in(home, module)
    return bool(inside) and not module.project.is_test(inside)


def _class_in(home: str, module: Module) -> str:
    """The file of a class that is named with its module."""
    above, _, name = home.rpartition(".")
    path = module.project.find(above, module.path) if above else ""
    held = module.project.module(path) if path else None
    return path if held is not None and name in held.definitions else ""


def _of_product(node: ast.expr, module: Module) -> bool:
    """An object of the product: imported from it, or what the test keeps of it."""
    root = dotted(node).split(".")[0]
    if root in module.imports:
        return is_product(root, module)
    return bool(root) and root not in _NOT_OURS


def rebound(body: Sequence[ast.stmt], module: Module) -> Iterator[tuple[str, Place, str]]:
    """A local value or function under a name that the module imports from the product."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if (
                        isinstance(target, ast.Name)
                        and is_product(target.id, module)
                        and not _calls(node.value, target.id)
                    ):
                        yield (
                            module.imports[target.id].name or target.id,
                            Place(module.path, node.lineno),
                            ast.unparse(node),
                        )
            elif isinstance(node, Function) and is_product(node.name, module):
                yield module.imports[node.name].name or node.name, Place(module.path, node.lineno), f"def {node.name}"


def _calls(node: ast.expr, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))


def overwritten(module: Module, used: set[str]) -> Iterator[tuple[str, Place, str]]:
    """Definitions and values of the file under a name that it imports from the product."""
    for name, node in module.definitions.items():
        if is_product(name, module):
            yield module.imports[name].name or name, Place(module.path, node.lineno), f"def {name}"
    for name, values in module.assigned.items():
        for value in values:
            if is_product(name, module) and not _calls(value, name):
                used.add(module.imports[name].name or name)
                yield (
                    module.imports[name].name or name,
                    Place(module.path, value.lineno),
                    f"{name} = {ast.unparse(value)}",
                )


def stand_ins(body: Sequence[ast.stmt], module: Module) -> Iterator[tuple[str, Place, str, str]]:
    """Objects of a class that derives from one of the product and overrides its methods: what is overridden, where, the
    statement, the product's class."""
    for statement in body:
        for call in ast.walk(statement):
            if not isinstance(call, ast.Call):
                continue
            bases, methods = _made_class(call, module)
            product = [
                module.imports[leaf(base)].name or leaf(base) for base in bases if is_product(leaf(base), module)
            ]
            for name in methods if product else ():
                yield name, Place(module.path, call.lineno), ast.unparse(statement), product[0]


def _made_class(call: ast.Call, module: Module) -> tuple[list[ast.expr], list[str]]:
    """Bases and methods of a class of the tests that a call makes an object of, itself or by a method of the class, or of
    one made on the spot."""
    maker = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    known = module.definitions.get(maker.id) if isinstance(maker, ast.Name) else None
    if isinstance(known, ast.ClassDef):
        return known.bases, [n.name for n in known.body if isinstance(n, Function) and not n.name.startswith("__")]
    made = call.func
    if isinstance(made, ast.Call) and leaf(made.func) == "type" and len(made.args) == 3:
        _, bases, held = made.args
        keys = [k.value for k in held.keys if isinstance(k, ast.Constant)] if isinstance(held, ast.Dict) else []
        return bases.elts if isinstance(bases, ast.Tuple) else [], [str(key) for key in keys]
    return [], []


def on_objects(body: Sequence[ast.stmt], module: Module, used: set[str]) -> Iterator[tuple[str, Place, str]]:
    """A method of an object that the test itself calls, or the object's class, put in its place."""
    for node in (n for statement in body for n in ast.walk(statement) if isinstance(n, ast.Assign)):
        at = Place(module.path, node.lineno)
        for target in node.targets:
            if isinstance(target, ast.Attribute) and target.attr == "__class__":
                used.add("__class__")
                yield "__class__", at, ast.unparse(node)
            elif isinstance(target, ast.Attribute) and target.attr in used and _may_be_called(node.value):
                yield target.attr, at, ast.unparse(node)


def _may_be_called(value: ast.expr) -> bool:
    return isinstance(value, ast.Lambda | ast.Call | ast.Name | ast.Attribute)
