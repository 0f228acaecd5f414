"""Expected values that are made by the code under test: by itself, by a pasted copy, by the same formula."""

from __future__ import annotations

import ast
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from autopack.testcode.modules import Function, Module
from autopack.testcode.product import hold_on, own_nodes, parameters
from autopack.testcode.values import Source, Value, as_key, size_of

if TYPE_CHECKING:
    from autopack.testcode.product import Product
    from autopack.testcode.running import Run

_LEAST_FORMULA = 2
"""Operations that a formula must have to be told from a plain fact: `a + b` is none."""
_LEAST_WORDS = 14
_LIKENESS = 0.9
"""Words that a function must have to be recognised again, and the share of them that must agree."""
_MOST_COMPARED = 400
_FLEETING = frozenset({"random", "secrets", "uuid", "time", "datetime", "os", "threading", "Date", "crypto"})  # fmt: skip


def copied(run: Run, left: Value, right: Value) -> str:
    """How one side repeats the code that makes the other; "" when it does not."""
    for one, other in ((left, right), (right, left)):
        copy = one.source & Source.COPY and not one.source & Source.UNKNOWN
        if copy and (not other.alive or one.calls & other.calls or not one.calls):
            return "the expected value is made by a copy of the product's own code"
        if _is_formula(run, one, other):
            return "the expected value is computed by the same formula as in the product"
    return ""


def _is_formula(run: Run, made: Value, expected: Value) -> bool:
    """Whether `expected`, written out, is what the called function of the product would compute."""
    from autopack.testcode.running import Run
    from autopack.testcode.values import Endless, Stop

    key = made.key
    if expected.source & Source.UNKNOWN or size_of(expected.key) < _LEAST_FORMULA or key[:1] != ("call",):
        return False
    found = run.product.function(str(key[1])) if isinstance(key[1], str) and "::" in key[1] else None
    if found is None or str(key[1]).endswith(".__init__"):
        return False
    function, module = found
    names = parameters(function)
    inner = Run(run.project, run.product, module)
    inner.frame.names.update(
        {name: Value(part) for name, arg in zip(names, key[2:], strict=False) if (part := as_key(arg)) is not None}
    )
    for arg, default in zip(reversed(names), reversed(function.args.defaults), strict=False):
        if arg not in inner.frame.names:
            inner.frame.names[arg] = inner.value(default)
    try:
        inner.block(function.body)
    except (Endless, Stop):
        pass
    return any(value.key == expected.key for value in inner.frame.returned)


def remembers(run: Run, named: str) -> bool:
    """Whether two calls of a function alike may give different results: it keeps something, or asks the world."""
    found = run.product.function(named)
    if found is None:
        return True
    function, module = found
    if function.decorator_list and any("cache" in ast.unparse(d) for d in function.decorator_list):
        return True
    names = parameters(function)
    if function.name != "__init__" and names[:1] == ["self"] and "self" in hold_on(function)[0]:
        return True
    for node in own_nodes(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            return True
        if isinstance(node, ast.Name):
            if node.id in _FLEETING and (node.id in module.imports or module.is_script):
                return True
            if any(_is_store(value) for value in module.assigned.get(node.id, ())):
                return True
            if (link := module.imports.get(node.id)) is not None and link.target.split(".")[0] in _FLEETING:
                return True
        if isinstance(node, ast.Attribute) and node.attr == "random" and module.is_script:
            return True
    return False


def _is_store(value: ast.expr) -> bool:
    """A thing at the top of a module in which something can be kept: an empty display, or an object that was made."""
    if isinstance(value, ast.Dict | ast.List | ast.Set):
        return not (value.keys if isinstance(value, ast.Dict) else value.elts)
    if not isinstance(value, ast.Call):
        return False
    return not value.args or (isinstance(value.func, ast.Attribute) and value.func.attr in ("count", "Random", "local"))


def pasted(product: Product, modules: list[Module]) -> dict[int, str]:
    """Functions of test files, by `id` of their node, that are a changed function of the product once more."""
    models = {
        named: words
        for named in sorted(product.changed)
        if (model := product.function(named)) is not None and len(words := _words(model[0])) >= _LEAST_WORDS
    }
    found: dict[int, str] = {}
    compared = 0
    for module in modules:
        found |= _pasted_classes(product, module)
        for node in ast.walk(module.tree):
            if not isinstance(node, Function) or node.name.startswith("test"):
                continue
            own = _words(node)
            for named, words in models.items():
                compared += 1
                if compared > _MOST_COMPARED or len(own) < _LEAST_WORDS:
                    break
                if _alike(own, words):
                    found[id(node)] = named
                    break
    return found


def _pasted_classes(product: Product, module: Module) -> dict[int, str]:
    """Methods of classes of a test file whose bodies together are those of a changed class."""
    models = [(named, known[0]) for named in sorted(product.changed) if (known := product.class_of(named)) is not None]
    found: dict[int, str] = {}
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ClassDef) or node.name.startswith("Test"):
            continue
        methods = {inner.name: inner for inner in node.body if isinstance(inner, Function)}
        for named, model in models:
            own = [inner for inner in model.body if isinstance(inner, Function) and inner.name in methods]
            words = [word for inner in own for word in _words(inner)]
            mine = [word for inner in own for word in _words(methods[inner.name])]
            if len(own) > 1 and len(words) >= _LEAST_WORDS and _alike(mine, words):
                found |= {id(methods[inner.name]): f"{named}.{inner.name}" for inner in own}
    return found


def rewritten(product: Product, test: Function) -> str:
    """The changed function of the product whose statements a test repeats in its own body; "" for none."""
    for named in sorted(product.changed):
        found = product.function(named)
        if found is None:
            continue
        body = _body(found[0])
        words = [word for part in body for word in _of(part)]
        if len(body) < 2 or len(words) < _LEAST_WORDS:
            continue
        mine = _body(test)
        for start in range(len(mine) - len(body) + 2):
            if _alike([word for part in mine[start : start + len(body)] for word in _of(part)], words):
                return named
    return ""


def _alike(one: list[str], other: list[str]) -> bool:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return (
        matcher.real_quick_ratio() >= _LIKENESS and matcher.quick_ratio() >= _LIKENESS and matcher.ratio() >= _LIKENESS
    )


def _body(node: Function) -> list[ast.stmt]:
    return node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


def _words(node: Function) -> list[str]:
    return [word for part in _body(node) for word in _of(part)]


def _of(node: ast.AST) -> list[str]:
    """The text of a node as words; names of variables are all one, so that a renamed copy is one."""
    found: list[str] = []
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            found.append("name")
        elif isinstance(inner, ast.Attribute):
            found.append(inner.attr)
        elif isinstance(inner, ast.Constant):
            found.append(repr(inner.value))
        elif not isinstance(inner, ast.expr_context | ast.Expr):
            found.append(type(inner).__name__)
    return found
