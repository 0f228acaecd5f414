"""The events of `go test -json`, as Go 1.10 and newer write them; a report ends with the line its runner appended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from autopack.model.test_report import Failure, TestOutcome, TestResult
from autopack.testing.formats.go_packages import GoPackages
from autopack.testing.formats.places import Places
from autopack.testing.formats.reading import (
    MAX_BYTES,
    MAX_CASES,
    Reading,
    ReportRefused,
    made_failure,
    number,
    stable_name,
    string,
)  # fmt: skip

_FRAME = re.compile(r"\s*(?:=== (?:RUN|PAUSE|CONT|NAME|ATTR|ARTIFACTS)\b|--- (?:PASS|FAIL|SKIP|BENCH): )")
_LOCATED = re.compile(r"\s*[^\s:]{1,300}\.go:\d{1,7}: (.*)", re.DOTALL)
_BUILD_FAILED = re.compile(r"^FAIL\t(\S{1,1000}) \[(build|setup) failed\]$")
_OUTCOMES = {"pass": TestOutcome.PASSED, "fail": TestOutcome.FAILED, "skip": TestOutcome.SKIPPED}
_MOST_SAID = 200_000


@dataclass
class _Said:
    """What was written, its end left out beyond 200,000 characters."""

    parts: list[str] = field(default_factory=list[str])
    size: int = 0

    def add(self, text: str) -> None:
        if self.size < _MOST_SAID:
            self.parts.append(text)
            self.size += len(text)

    @property
    def text(self) -> str:
        return "".join(self.parts)


@dataclass
class _Test:
    said: _Said = field(default_factory=_Said)
    outcome: TestOutcome | None = None
    seconds: float = 0.0


@dataclass
class _Package:
    tests: dict[str, _Test] = field(default_factory=dict[str, _Test])
    said: _Said = field(default_factory=_Said)
    end: str = ""
    build: str = ""


def read_go_events(data: bytes, places: Places, ending: str, said: str = "") -> Reading:
    """Raises ReportRefused unless the last line is `ending` and every package that was begun came to its end.

    `said` is what the process wrote beside the events: up to Go 1.23 the compiler's messages are there alone. A package
    that failed and in which no test did (it does not build, its TestMain exits) is a collection error.
    """
    if len(data) > MAX_BYTES:
        raise ReportRefused(f"larger than {MAX_BYTES // 2**20} MiB")
    reader = _Reader(places)
    lines = data.decode("utf-8", "replace").split("\n")
    if not ending or len(lines) < 2 or lines[-1] != "" or lines[-2] != ending:
        raise ReportRefused("it is cut off: its last line is missing")
    for line in lines[:-2]:
        reader.line(line)
    return reader.finished(said)


class _Reader:
    def __init__(self, places: Places) -> None:
        self._places = places
        self._go = GoPackages(places)
        self._packages: dict[str, _Package] = {}
        self._builds: dict[str, _Said] = {}
        self._tests = 0

    def line(self, line: str) -> None:
        """An event, or text of the go command itself."""
        event = _event(line)
        if event is None:
            failed = _BUILD_FAILED.match(line)
            if failed is not None:
                package = self._package(failed[1])
                package.end, package.build = "fail", failed[1]
            elif line.strip().startswith('{"'):
                raise ReportRefused(f"an event is malformed: {line[:80]}")
            return
        action, name = string(event, "Action"), string(event, "Package")
        if action in ("build-output", "build-fail"):
            self._builds.setdefault(string(event, "ImportPath"), _Said()).add(string(event, "Output"))
        elif name and "Test" in event:
            self._test(self._package(name), string(event, "Test"), action, event)
        elif name:
            package = self._package(name)
            if action == "output":
                package.said.add(string(event, "Output"))
            elif action in _OUTCOMES:
                package.end, package.build = action, string(event, "FailedBuild")

    def _package(self, name: str) -> _Package:
        return self._packages.setdefault(name, _Package())

    def _test(self, package: _Package, name: str, action: str, event: dict[str, Any]) -> None:
        if name not in package.tests:
            self._tests += 1
            if self._tests > MAX_CASES:
                raise ReportRefused(f"it holds more than {MAX_CASES} tests")
        test = package.tests.setdefault(name, _Test())
        if action == "output":
            test.said.add(string(event, "Output"))
        elif action in _OUTCOMES and test.outcome is not TestOutcome.FAILED:
            test.outcome, test.seconds = _OUTCOMES[action], number(event, "Elapsed")

    def finished(self, said: str) -> Reading:
        reading = Reading()
        for name, package in self._packages.items():
            if not package.end:
                raise ReportRefused(f"package {name} did not come to its end")
            self._take(reading, name, package, said)
        for build, text in self._builds.items():
            path = build.partition(" ")[0].removesuffix("_test").removesuffix(".test")
            if path not in self._packages:
                folder = self._go.folder(path)
                reading.add_error(folder or path, _compiler(text.text, self._places, folder))
        return reading

    def _take(self, reading: Reading, name: str, package: _Package, said: str) -> None:
        folder = self._go.folder(name)
        failed = False
        for test_name, test in package.tests.items():
            test.outcome = test.outcome or _glued(test_name, test.said.text)
            if test.outcome is None and package.end != "fail":
                raise ReportRefused(f"{test_name} of package {name} did not come to its end")
            outcome = test.outcome or TestOutcome.FAILED
            failed = failed or outcome is TestOutcome.FAILED
            home = self._go.test_file(folder, test_name) if folder else ""
            test_id = f"{home or folder or name}::{stable_name(test_name, str(self._places.top))}"
            failure = None
            if outcome is TestOutcome.FAILED:
                failure = self._failure(package, test_name, test, home, folder)
            reading.add(TestResult(test_id, outcome, test.seconds, failure))
        if package.end != "fail" or failed:
            if package.end != "fail" and failed:
                raise ReportRefused(f"package {name} passed although a test of it failed")
            return
        text = package.said.text
        if package.build or "[build failed]" in text or "[setup failed]" in text:
            build = self._builds.get(package.build)
            told = (build.text if build else "") or _of_package(said, name) or text
            reading.add_error(folder or name, _compiler(told, self._places, folder))
        else:
            message = f"the package failed outside of its tests: {text.strip()}"
            reading.add_error(folder or name, made_failure(self._places.of(text, folder), message))

    def _failure(self, package: _Package, name: str, test: _Test, home: str, folder: str) -> Failure:
        text = "\n".join(line for line in test.said.text.splitlines() if not _FRAME.match(line)).strip("\n")
        below = [n for n, t in package.tests.items() if n.startswith(f"{name}/") and t.outcome is TestOutcome.FAILED]
        if not text.strip() and below:
            return made_failure((home, 0), f"{len(below)} of its subtests failed: {', '.join(below[:3])}")
        if test.outcome is None:
            text = f"the test did not come to its end\n{text or package.said.text}"
        located = [match for match in map(_LOCATED.match, _blocks(text)) if match]
        panic = next((line for line in text.splitlines() if line.startswith("panic: ")), "")
        place = self._places.of(text if panic or not located else located[-1][0], folder)
        message = panic or "\n".join(match[1].strip() for match in located) or text
        return made_failure(place if place[0] else (home, 0), message, text)


def _glued(name: str, text: str) -> TestOutcome | None:
    """Up to Go 1.19 the end of a test that printed no end of line stands behind what it printed, as text."""
    found = re.search(rf"--- (PASS|FAIL|SKIP): {re.escape(name)} \([\d.]{{1,20}}s\)\n?$", text[-2000:])
    return _OUTCOMES[found[1].lower()] if found else None


def _blocks(text: str) -> Iterator[str]:
    """Lines with those that go on from them: `    file.go:3: first`, as t.Log and t.Error alike write, and deeper ones
    below it."""
    block: list[str] = []
    for line in text.splitlines():
        if block and not line.startswith("        "):
            yield "\n".join(block)
            block = []
        block.append(line)
    if block:
        yield "\n".join(block)


def _event(line: str) -> dict[str, Any] | None:
    if not line.startswith("{") or len(line) > MAX_BYTES // 4:
        return None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) and "Action" in value else None


def _of_package(said: str, name: str) -> str:
    """The compiler's lines below `# package` in the text of the go command."""
    found: list[str] = []
    mine = False
    for line in said.splitlines():
        if line.startswith(("# ", "FAIL\t", "ok  \t", "{")):
            mine = line.startswith("# ") and line[2:].partition(" ")[0] == name
        elif mine:
            found.append(line)
    return "\n".join(found)


def _compiler(text: str, places: Places, folder: str) -> Failure:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("# ")]
    return made_failure(places.of("\n".join(lines), folder), "\n".join(lines) or "the package does not build")
