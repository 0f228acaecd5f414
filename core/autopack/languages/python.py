"""Python by its own compiler."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator

from autopack.languages.reading import Fault, Reading, Symbol

_CERTAIN = (
    "was never closed",
    "unterminated",
    "unexpected EOF",
    "unmatched",
    "does not match",
    "null bytes",
    "outside",
)
"""Messages of the compiler about what no version of Python allows."""
_BROKEN = (SyntaxError, ValueError, MemoryError, RecursionError)


def read_python(data: bytes) -> Reading | None:
    """None where a grammar must say what the text defines, or whether its fault is one in every version."""
    fault = compiler_fault(data)
    if fault is not None:
        return None if fault.doubtful else Reading(faults=(fault,))
    return Reading(tuple(_defined(_parsed(data).body, "")))


def compiler_fault(data: bytes) -> Fault | None:
    """The first place the compiler refuses; doubtful unless no version of Python allows it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, "<file>", "exec", flags=0, dont_inherit=True, optimize=0)
    except SyntaxError as error:
        message = str(error.msg)
        sure = isinstance(error, IndentationError) or any(part in message for part in _CERTAIN)
        return Fault(error.lineno or 1, message, doubtful=not sure)
    except _BROKEN as error:
        return Fault(1, str(error) or type(error).__name__)
    return None


def _parsed(data: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(data)


def _defined(body: Iterable[ast.stmt], prefix: str) -> Iterator[Symbol]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield _symbol(prefix + statement.name, statement.lineno)
            if isinstance(statement, ast.ClassDef):
                yield from _defined(statement.body, f"{prefix}{statement.name}.")
        elif isinstance(statement, ast.If | ast.Try | ast.With):
            for part in ("body", "handlers", "orelse", "finalbody"):
                for inner in getattr(statement, part, ()):
                    yield from _defined(inner.body if isinstance(inner, ast.ExceptHandler) else [inner], prefix)
        elif not prefix:
            yield from (_symbol(name, statement.lineno) for name in _constants(statement))


def _constants(statement: ast.stmt) -> Iterator[str]:
    """Names in capitals that a statement of the module assigns."""
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return
    for target in targets:
        if isinstance(target, ast.Name) and target.id.isupper():
            yield target.id


def _symbol(name: str, line: int) -> Symbol:
    parts = name.split(".")
    return Symbol(name, line, all(not part.startswith("_") or _special(part) for part in parts))


def _special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
