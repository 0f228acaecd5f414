"""How long a Python test lets things take: time-out marks and arguments, pauses."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autopack.tampering.amounts import as_number
from autopack.tampering.checks import Bound, Place
from autopack.tampering.fixture_homes import fixtures_of
from autopack.tampering.product_names import own_function
from autopack.tampering.product_parts import defined_by_product
from autopack.testcode.modules import Function, Module
from autopack.testcode.python_tests import TestFunction
from autopack.testcode.syntax import dotted, leaf

_WORDS = ("timeout", "deadline", "max_wait", "time_limit", "max_seconds")
_COUNTS = frozenset({"reruns", "retries", "max_runs", "max_attempts", "tries"})
_TIMED = frozenset(
    {"sleep", "wait", "join", "wait_for", "alarm", "timeout", "fail_after", "settimeout", "setitimer", "result"}
)
_LIMITS = frozenset({"limit", "within", "budget", "at_most", "patience"})
"""What a call is given that may take its time, where nothing looks at what it gives back."""
_ENDLESS = frozenset({"wait", "join", "get", "result", "acquire", "communicate"})
"""What waits for ever where it is given nothing."""
_PROCESSES = frozenset({"run", "check_output", "check_call", "communicate"})
WRAPPERS = ("mark timeout", "wait_for timeout", "timeout timeout", "fail_after timeout", "alarm timeout")
"""Limits that stand round what they bound: without one, it has none."""
_CLOCKS = frozenset({"monotonic", "time", "perf_counter", "sleep", "alarm", "setitimer", "Timer"})
NO_LIMIT = 1e18
EXAMPLES = "examples"
"""Fewer let more pass, so they count below zero."""
RANGE = "range of"
_RANGES = {"max_size": -1, "max_value": -1, "min_size": 1, "min_value": 1}
"""Of what a strategy draws: less is tried where the upper end falls or the lower one rises."""
USUAL_EXAMPLES = 100
"""Those of Hypothesis where a test says nothing."""


def is_limit(word: str) -> bool:
    """Whether an argument of this name says how much a call may take."""
    return word in _LIMITS or word.startswith("max_")


def bounds_of(test: TestFunction, module: Module) -> tuple[Bound, ...]:
    """Of its marks, its body, and the fixtures and helpers of its file that it names."""
    found: list[Bound] = []
    for mark in test.marks:
        if mark.name == "timeout":
            given = mark.args[0] if mark.args else mark.words.get("timeout")
            found.append(Bound("mark timeout", _limit(given), Place(module.path, mark.line)))
    names = {n.id for n in ast.walk(test.node) if isinstance(n, ast.Name)}
    used = [(node, module) for name, node in module.definitions.items() if name in names and isinstance(node, Function)]
    for node, home in dict.fromkeys([(test.node, module), *used, *_methods(test, module), *fixtures_of(test, module)]):
        found += bounds_in(node, home)
        found += _given_to_product(node, home)
    return tuple(found)


def _given_to_product(node: ast.AST, home: Module) -> Iterator[Bound]:
    """Numbers given by their place to a function of the product that takes them as a limit: `worker.stop(2)`."""
    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call) and leaf(n.func) not in _TIMED]
    worth = [(call, at, *_worth(arg, home)) for call in calls for at, arg in enumerate(call.args)]
    numbers = [
        (call, at, number, place) for call, at, value, place in worth if (number := as_number(value)) is not None
    ]
    taken = {name.rpartition(".")[2]: part.node for name, part in defined_by_product(home).items()} if numbers else {}
    for call, at, number, place in numbers:
        made = taken.get(leaf(call.func))
        names = [a.arg for a in (*made.args.posonlyargs, *made.args.args)] if made is not None else []
        names = names[1:] if names[:1] in (["self"], ["cls"]) else names
        if at < len(names) and names[at].endswith(_WORDS):
            yield Bound(f"{leaf(call.func)} {names[at]}", number, place)


def _methods(test: TestFunction, module: Module) -> Iterator[tuple[Function, Module]]:
    """Those of its own class that a test calls."""
    called = {n.attr for n in ast.walk(test.node) if isinstance(n, ast.Attribute) and leaf(n.value) == "self"}
    for node in test.owner.body if test.owner is not None else ():
        if isinstance(node, Function) and node.name in called:
            yield node, module


def bounds_in(node: ast.AST, home: Module) -> Iterator[Bound]:
    """Numbers given as time-outs or pauses, each under what it is given to; constants of the tests' side are put in."""
    bare = {n.value for n in ast.walk(node) if isinstance(n, ast.Expr)}
    for call in ast.walk(node):
        if isinstance(call, ast.For):
            yield from _rounds(call, home)
        if not isinstance(call, ast.Call):
            continue
        name = leaf(call.func)
        yield from _of_helper(name, call, home)
        timed = any(word.arg and word.arg.endswith(_WORDS) for word in call.keywords)
        if not timed and ((name in _ENDLESS and not call.args) or (name in _PROCESSES and _is_process(call))):
            yield Bound(f"{name} timeout", NO_LIMIT, Place(home.path, call.lineno))
        for word in call.keywords:
            value, place = _worth(word.value, home)
            if word.arg and (word.arg.endswith(_WORDS) or word.arg in _COUNTS):
                nothing = isinstance(value, ast.Constant) and value.value is None
                if nothing or as_number(value) is not None:
                    yield Bound(f"{name} {word.arg}", _limit(value), place)
            elif call in bare and word.arg and is_limit(word.arg):
                number = as_number(value)
                if number is not None:
                    yield Bound(f"{name} {word.arg}", number, place)
            elif word.arg in _RANGES:
                number = as_number(value)
                if number is not None:
                    yield Bound(f"{RANGE} {name} {word.arg}", number * _RANGES[word.arg], place)
            elif word.arg == "max_examples":
                examples = as_number(value)
                if examples is not None:
                    yield Bound(EXAMPLES, -examples, place)
        if name in _TIMED and call.args:
            value, place = _worth(call.args[-1], home)
            nothing = isinstance(value, ast.Constant) and value.value is None and name != "sleep"
            number = NO_LIMIT if nothing else as_number(value)
            if number is not None and (number or name != "setitimer"):
                at = place if value is not call.args[-1] else Place(home.path, call.lineno)
                yield Bound("sleep" if name == "sleep" else f"{name} timeout", number, at)


def _is_process(call: ast.Call) -> bool:
    """Of `subprocess`, or of what it has started: told by the options that only these take."""
    root = dotted(call).split(".")[0]
    return root == "subprocess" or any(
        w.arg in ("capture_output", "stdout", "input", "cwd", "check") for w in call.keywords
    )


def _rounds(loop: ast.For, home: Module) -> Iterator[Bound]:
    """How often a loop that sleeps goes round."""
    sleeps = any(isinstance(n, ast.Call) and leaf(n.func) == "sleep" for n in ast.walk(loop))
    if sleeps and isinstance(loop.iter, ast.Call) and leaf(loop.iter.func) == "range" and loop.iter.args:
        value, place = _worth(loop.iter.args[min(1, len(loop.iter.args) - 1)], home)
        number = as_number(value)
        if number is not None:
            yield Bound("rounds of waiting", number, place)


def _of_helper(name: str, call: ast.Call, home: Module) -> Iterator[Bound]:
    """Numbers that a function of the tests' side is given, or gives itself, which looks at the clock; of one that only
    hands them on as a limit, those."""
    made = own_function(call.func, home)
    if made is None:
        return
    calls = [n for n in ast.walk(made) if isinstance(n, ast.Call)]
    clock = any(leaf(n.func) in _CLOCKS for n in calls)
    limits = {
        name.id for n in calls for limit in _handed_on(n) for name in ast.walk(limit) if isinstance(name, ast.Name)
    }
    args = made.args
    names = [a.arg for a in (*args.posonlyargs, *args.args)]
    given = dict(zip(reversed(names), reversed(args.defaults), strict=False))
    given |= {a.arg: d for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d is not None}
    given |= dict(zip(names, call.args, strict=False))
    given |= {word.arg: word.value for word in call.keywords if word.arg}
    for parameter, node in sorted(given.items()):
        if not clock and parameter not in limits:
            continue
        value, place = _worth(node, home)
        number = as_number(value)
        if number is not None:
            yield Bound(f"{name} {parameter}", number, place)


def _handed_on(call: ast.Call) -> Iterator[ast.expr]:
    """What a call is given as its limit."""
    yield from (word.value for word in call.keywords if word.arg and word.arg.endswith(_WORDS))
    if leaf(call.func) in _TIMED and call.args:
        yield call.args[-1]


def _worth(node: ast.expr, home: Module) -> tuple[ast.expr, Place]:
    """What a constant's name stands for, and where that is written; anything else as it is."""
    if isinstance(node, ast.Name):
        link = home.imports.get(node.id)
        at, _, name = (
            home.project.followed(link.target, link.name).partition("::") if link and link.inside else ("", "", "")
        )
        module = home.project.module(at) if at else home
        values = module.assigned.get(name or node.id, []) if module is not None and not module.product else []
        if module is not None and len(values) == 1:
            return values[0], Place(module.path, values[0].lineno)
    return node, Place(home.path, getattr(node, "lineno", 1))


def _limit(node: ast.expr | None) -> float:
    """A time-out of none or 0 is no limit."""
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return NO_LIMIT
    value = as_number(node)
    return NO_LIMIT if value is None or value <= 0 else value
