"""Code in which an error says nothing about the tests: nobody writes a test for the words of a log line.

Petrović and Ivanković call it arid (State of Mutation Testing at Google, ICSE-SEIP 2018): in their review of 70,000 changes
leaving it out is what made mutants worth a reader's time.
"""

from __future__ import annotations

import ast

_LOGGERS = frozenset({"log", "logger", "logging", "_log", "_logger", "LOG", "LOGGER", "warnings", "console"})
_SILENT_CALLS = frozenset({"print", "warn", "sleep", "breakpoint", "cast", "TypeVar", "NewType", "NamedTuple", "getLogger",
                           "reveal_type", "collect"})  # fmt: skip
_SILENT_WORDS = frozenset({"stacklevel", "encoding", "errors", "timeout", "flush", "daemon", "maxsize", "bufsize",
                           "exist_ok", "parents", "help", "description", "metavar", "category", "name", "indent",
                           "strict"})  # fmt: skip
_SILENT_FUNCTIONS = frozenset({"__repr__", "__str__", "__hash__", "__del__", "__sizeof__", "__dir__"})
_SILENT_NAMES = frozenset(
    {"__slots__", "__all__", "__version__", "__author__", "__doc__", "__match_args__", "__test__"}
)


def is_arid(node: ast.AST) -> bool:
    """Whether neither this node nor anything in it is worth a mutant."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.Global() | ast.Nonlocal() | ast.JoinedStr():
            return True
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return node.name in _SILENT_FUNCTIONS or any(
                _leaf(d) in ("overload", "abstractmethod") for d in node.decorator_list
            )
        case ast.Call():
            return _leaf(node.func) in _SILENT_CALLS or _owner(node.func) in _LOGGERS
        case ast.keyword():
            return node.arg in _SILENT_WORDS
        case ast.If():
            return _leaf(node.test) == "TYPE_CHECKING" or _is_main(node.test)
        case ast.Assign():
            return any(isinstance(target, ast.Name) and target.id in _SILENT_NAMES for target in node.targets)
        case ast.Expr():
            return isinstance(node.value, ast.Constant) or is_arid(node.value)
        case _:
            return False


def inner_nodes(node: ast.AST) -> list[ast.AST]:
    """The parts of a node in which something can go wrong: no annotations, no decorators, no words of an error."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None), *node.body]
    if isinstance(node, ast.ClassDef):
        return list(node.body)
    if isinstance(node, ast.AnnAssign):
        return [node.value] if node.value is not None else []
    if isinstance(node, ast.Raise):
        return []
    if isinstance(node, ast.arguments):
        return [*node.defaults, *(default for default in node.kw_defaults if default is not None)]
    return list(ast.iter_child_nodes(node))


def _leaf(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _leaf(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _owner(node: ast.expr) -> str:
    """The name before the last dot: `log` of `self.log.info`."""
    return _leaf(node.value) if isinstance(node, ast.Attribute) else ""


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and _leaf(test.left) == "__name__"
