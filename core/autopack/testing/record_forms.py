"""The forms of the records that a process that runs tests sends: what the plugin says, and nothing else, is read.

The code under test lives in that process and can find the channel: a record whose code is genuine may still hold anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from autopack.model.test_report import TestOutcome

Ranges = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ToldFailure:
    """`path` is relative to the worktree; `frames` are (path, line)."""

    path: str
    line: int
    message: str
    excerpt: str
    frames: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Start:
    """The first record. `mode` tells what comes: our records, a file of JUnit XML, or nothing for want of a pytest."""

    t: Literal["start"]
    n: int
    mode: Literal["plugin", "junit", "absent"]
    nonce: str
    executable: str


@dataclass(frozen=True, slots=True)
class Result:
    """One test, or one of its subtests; `duration` in seconds."""

    t: Literal["result"]
    n: int
    id: str
    outcome: TestOutcome
    duration: float
    failure: ToldFailure | None


@dataclass(frozen=True, slots=True)
class CollectError:
    """A file or class that could not be collected."""

    t: Literal["collect_error"]
    n: int
    id: str
    failure: ToldFailure | None


@dataclass(frozen=True, slots=True)
class Imported:
    """Part of what a process imported: files of the worktree; (module, file) from elsewhere, and compiled ones."""

    t: Literal["provenance"]
    n: int
    imported: list[str]
    outside: list[tuple[str, str]]
    prebuilt: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Lines:
    """Part of the lines executed, by file, or why they are not known."""

    t: Literal["lines"]
    n: int
    why: str
    files: dict[str, Ranges]


@dataclass(frozen=True, slots=True)
class Covering:
    """Part of which test executed what: (file, test, lines)."""

    t: Literal["covering"]
    n: int
    tests: list[tuple[str, str, Ranges]]


@dataclass(frozen=True, slots=True)
class Silent:
    """Workers that ran tests and did not say what they imported."""

    t: Literal["silent"]
    n: int
    workers: list[str]


@dataclass(frozen=True, slots=True)
class Meddling:
    """(part, file) of the test framework's parts that were replaced; tests that raised and were reported as passed."""

    t: Literal["meddling"]
    n: int
    patched: list[tuple[str, str]]
    overruled: list[str]


@dataclass(frozen=True, slots=True)
class Internal:
    """The test framework failed inside."""

    t: Literal["internal"]
    n: int
    failure: ToldFailure


@dataclass(frozen=True, slots=True)
class End:
    """The last record, with what was sent before it: the counts must agree. `not_run` are the first of `unfinished`."""

    t: Literal["end"]
    n: int
    status: int
    results: int
    errors: int
    collected: int
    not_run: list[str]
    unfinished: int


Record = Start | Result | CollectError | Imported | Lines | Covering | Silent | Meddling | Internal | End


@cache
def _reader() -> TypeAdapter[Record]:
    return TypeAdapter(Annotated[Record, Field(discriminator="t")])


def read_record(body: bytes) -> Record | str:
    """One record of JSON, or what is wrong with it. Half a character, which a message may hold, becomes its number."""
    try:
        return _reader().validate_json(_without_halves(body) if b"\\ud" in body else body)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in wrong["loc"])
        return f"cannot be read ({place}: {wrong['msg']})" if place else f"cannot be read ({wrong['msg']})"


def _without_halves(body: bytes) -> bytes:
    """The same JSON as UTF-8, which has no lone surrogates."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", "xmlcharrefreplace")
    except ValueError:
        return body
