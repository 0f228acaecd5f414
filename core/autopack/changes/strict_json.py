"""JSON as an answer may write it: bounded depth and integers, no duplicate keys, no NaN; problems are located."""

from __future__ import annotations

import json
import re
from typing import Any

from autopack.changes.limits import Limits


class JsonRefused(Exception):
    """`cut` is True when the text ends before the value does; `line` and `column` are 1-based in the text."""

    def __init__(self, why: str, *, line: int = 1, column: int = 1, cut: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.line = line
        self.column = column
        self.cut = cut


class BadValue(ValueError):
    """A value no answer may hold, raised out of json's hooks."""


_BEGUN = re.compile(r"t|tr|tru|f|fa|fal|fals|n|nu|nul|-|\.|[eE][+-]?")
_ESCAPE_BEGUN = re.compile(r"\\u[0-9a-fA-F]{0,4}\Z")
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z|(?=\\\Z))|[\[{\]}]', re.S)


def load(text: str, limits: Limits) -> tuple[Any, int]:
    """The first JSON value of the text (leading space skipped) and the offset behind it. Raises JsonRefused."""
    check_depth(text, limits.depth)
    start = len(text) - len(text.lstrip())
    try:
        return decoder(limits).raw_decode(text, start)
    except json.JSONDecodeError as error:
        cut = _ends_early(text.rstrip(), error)
        why = "the text ends in the middle of a value" if cut else error.msg
        raise JsonRefused(why, line=error.lineno, column=error.colno, cut=cut) from None
    except BadValue as error:
        raise JsonRefused(str(error)) from None
    except RecursionError:
        raise JsonRefused(f"nested deeper than {limits.depth} levels") from None


def decoder(limits: Limits) -> json.JSONDecoder:
    """Reads a value at an offset; raises json.JSONDecodeError and BadValue. The depth is the caller's to check."""

    def integer(digits: str) -> int:
        if len(digits.lstrip("-")) > limits.digits:
            raise BadValue(f"integer {digits[:16]}... has more than {limits.digits} digits")
        return int(digits)

    return json.JSONDecoder(
        object_pairs_hook=_unique, parse_int=integer, parse_float=_decimal, parse_constant=_no_constant
    )


def _ends_early(text: str, error: json.JSONDecodeError) -> bool:
    """Whether the text could be the beginning of a longer one in which this is no error."""
    if error.pos >= len(text) or error.msg.startswith("Unterminated string"):
        return True
    return _BEGUN.fullmatch(text, error.pos) is not None or _ESCAPE_BEGUN.search(text) is not None


def check_depth(text: str, limit: int) -> None:
    """Raise JsonRefused when brackets outside strings nest deeper than `limit`; linear, and never recursive."""
    depth = 0
    for token in _TOKEN.finditer(text):
        first = token.group()[0]
        if first in "[{":
            depth += 1
            if depth > limit:
                line = text.count("\n", 0, token.start()) + 1
                raise JsonRefused(f"nested deeper than {limit} levels", line=line)
        elif first in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BadValue(f'key "{key[:60]}" is given twice in one object')
        found[key] = value
    return found


def _decimal(text: str) -> float:
    if len(text) > 32:
        raise BadValue(f"number {text[:16]}... is too long")
    return float(text)


def _no_constant(text: str) -> float:
    raise BadValue(f"{text} is not JSON")
