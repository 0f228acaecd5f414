"""One line of a cassette: what it may hold, and what is wrong with one that cannot be read."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from autopack.errors import UsageError
from autopack.model.completion import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEYS = ("match", "times", "answer", "error", "stop_reason", "usage", "delay_ms")
MATCH_KEYS = ("role", "phase", "attempt", "call", "contains")
USAGE_KEYS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
ERROR_KEYS = ("status", "kind", "retry_after", "message")
STOP_REASONS = ("end", "max_tokens", "refusal", "other")
ERROR_KINDS = ("auth", "rate_limit", "overloaded", "server", "timeout", "connection", "bad_request", "quota")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ScriptedError:
    """What a line answers instead of text: an HTTP status, or a `kind` that has none (timeout, connection)."""

    status: int | None = None
    kind: str = ""
    retry_after: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class CassetteLine:
    """`number` is the 1-based line of the file and the line's identity in the journal; `times` None = any number."""

    number: int
    match: Mapping[str, Any]
    contains: tuple[str, ...]
    times: int | None
    text: str
    error: ScriptedError | None
    stop_reason: str
    usage: Usage
    delay: float

    def wanted(self) -> str:
        """The conditions as the file has them, for messages."""
        return json.dumps(dict(self.match), ensure_ascii=False)

    def fits(self, role: str, phase: str, attempt: int, call: int) -> bool:
        actual = {"role": role, "phase": phase, "attempt": attempt, "call": call}
        return all(self.match.get(key, value) == value for key, value in actual.items())

    def open(self, spent: Mapping[int, int]) -> bool:
        return self.times is None or spent.get(self.number, 0) < self.times


def parse_lines(path: Path, data: bytes) -> tuple[CassetteLine, ...]:
    lines: list[CassetteLine] = []
    problems: list[str] = []
    for number, raw in enumerate(data.split(b"\n"), start=1):
        if not raw.strip():
            continue
        try:
            lines.append(_line(number, raw))
        except _BadLine as bad:
            problems.append(f"{path}:{number}:{bad.column}: {bad.message}")
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise UsageError("\n".join([*problems[:_SHOWN], *more]), hint="docs/cassettes.md shows every key of a line")
    return tuple(lines)


class _BadLine(Exception):
    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


def _line(number: int, raw: bytes) -> CassetteLine:
    try:
        value: Any = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _BadLine("not UTF-8; save the file as UTF-8", error.start + 1) from error
    except json.JSONDecodeError as error:
        raise _BadLine(f"not JSON: {error.msg}; a cassette holds one JSON object a line", error.colno) from error
    except RecursionError as error:
        raise _BadLine("nested too deeply; send such an answer as text") from error
    except ValueError as error:
        raise _BadLine(f"not JSON: {error}") from error
    line = _object(value, "the line", KEYS)
    if "match" not in line:
        raise _BadLine('"match" is missing; {} matches every call')
    if ("answer" in line) == ("error" in line):
        raise _BadLine('a line has either "answer" or "error"')
    match = _object(line["match"], '"match"', MATCH_KEYS)
    for key in ("role", "phase"):
        _check(match, key, str, "text")
    for key in ("attempt", "call"):
        _check(match, key, int, "a whole number from 1", lowest=1)
    times = line.get("times", 1)
    if times != "*":
        _check(line, "times", int, 'a whole number from 1, or "*"', lowest=1)
    _check(line, "delay_ms", (int, float), "a number from 0", lowest=0)
    stop_reason = line.get("stop_reason", "end")
    if stop_reason not in STOP_REASONS:
        raise _BadLine(f'"stop_reason" is one of {", ".join(STOP_REASONS)}')
    answer: Any = line.get("answer", "")
    return CassetteLine(
        number=number,
        match={key: match[key] for key in MATCH_KEYS if key in match},
        contains=_contains(match.get("contains", [])),
        times=None if times == "*" else int(times),
        text=answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False),
        error=_error(line["error"]) if "error" in line else None,
        stop_reason=stop_reason,
        usage=_usage(line.get("usage")),
        delay=line.get("delay_ms", 0) / 1000,
    )


def _object(value: Any, what: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _BadLine(f"{what} is not an object")
    found = cast("dict[str, Any]", value)
    for key in found:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            advice = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            raise _BadLine(f"{what} has an unknown key {key!r}; {advice}")
    return found


def _check(
    source: Mapping[str, Any],
    key: str,
    kind: type | tuple[type, ...],
    wanted: str,
    lowest: int | None = None,
    optional: bool = False,
) -> None:
    if key not in source or (optional and source[key] is None):
        return
    value = source[key]
    if isinstance(value, bool) or not isinstance(value, kind) or (lowest is not None and not value >= lowest):
        raise _BadLine(f'"{key}" is {wanted}')


def _contains(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    words = cast("list[Any]", value)
    if not isinstance(value, list) or not all(isinstance(word, str) for word in words):
        raise _BadLine('"contains" is text or a list of texts')
    return tuple(words)


def _usage(value: Any) -> Usage:
    if value is None:
        return Usage()
    usage = _object(value, '"usage"', USAGE_KEYS)
    for key in usage:
        _check(usage, key, int, "a whole number from 0", lowest=0, optional=True)
    return Usage(**usage)


def _error(value: Any) -> ScriptedError:
    error = _object(value, '"error"', ERROR_KEYS)
    if ("status" in error) == ("kind" in error):
        raise _BadLine('"error" has either "status" (an HTTP status) or "kind"')
    _check(error, "status", int, "an HTTP status from 400", lowest=400)
    _check(error, "retry_after", (int, float), "a number of seconds from 0", lowest=0, optional=True)
    _check(error, "message", str, "text")
    if "kind" in error and error["kind"] not in ERROR_KINDS:
        raise _BadLine(f'"kind" is one of {", ".join(ERROR_KINDS)}')
    return ScriptedError(**error)
