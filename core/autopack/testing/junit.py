"""JUnit XML as test results: every `testcase` at any depth; no DTD, no entities, bounded size."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from autopack.model.evidence import Failure, TestOutcome, TestResult
from autopack.text import shorten

MAX_BYTES = 32 * 1024 * 1024
_PLACE = re.compile(r"^[ \t>E]*([^\s:()\"']+):(\d+)(?::\d+)?(?::|\)|$)", re.MULTILINE)
_FRAME = re.compile(r'File "([^"\n]+)", line (\d+)')
COLLECTION_FAILURE = "collection failure"
_GENERIC = ("test setup failure", "test teardown failure", COLLECTION_FAILURE)


class JUnitRefused(ValueError):
    """The file is not JUnit XML we are willing to read; the message says why."""


def parse_junit(data: bytes) -> Element:
    """The root element. Raises JUnitRefused for a document type, an entity, broken XML or too much of it."""
    if len(data) > MAX_BYTES:
        raise JUnitRefused(f"larger than {MAX_BYTES // 2**20} MiB")
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > 64:
            raise JUnitRefused("elements are nested too deeply")
        builder.start(name.rpartition("}")[2].rpartition(":")[2], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name.rpartition("}")[2].rpartition(":")[2])

    def refuse(*_: object) -> None:
        raise JUnitRefused("it declares a document type or an entity")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise JUnitRefused(f"not well-formed XML ({error})") from error
    return builder.close()


def junit_results(
    roots: Iterable[Element], worktree: Path, workdir: str = "", *, pytest: bool = False
) -> list[TestResult]:
    """One result per test case in order; of two with one id the worse stays. `pytest` makes ids as pytest does."""
    found: dict[str, TestResult] = {}
    for root in roots:
        for suite, case in _cases(root, ""):
            result = _result(case, suite, worktree, workdir, pytest)
            old = found.get(result.id)
            if old is None or _BADNESS[result.outcome] > _BADNESS[old.outcome]:
                found[result.id] = result
    return list(found.values())


_BADNESS = {outcome: rank for rank, outcome in enumerate((
    TestOutcome.SKIPPED, TestOutcome.XFAILED, TestOutcome.XPASSED, TestOutcome.PASSED, TestOutcome.ERROR,
    TestOutcome.FAILED))}  # fmt: skip


def _cases(element: Element, suite: str) -> Iterable[tuple[str, Element]]:
    for child in element if element.tag != "testcase" else ():
        if child.tag == "testcase":
            yield suite if element.tag != "testsuite" else element.get("name", suite), child
        else:
            yield from _cases(child, element.get("name", suite) if element.tag == "testsuite" else suite)


def _result(case: Element, suite: str, worktree: Path, workdir: str, pytest: bool) -> TestResult:
    test_id = _pytest_id(case, workdir) if pytest else "::".join(
        part for part in (case.get("classname") or suite, case.get("name", "")) if part
    )  # fmt: skip
    try:
        duration = float(case.get("time", "0").replace(",", ""))
    except ValueError:
        duration = 0.0
    outcome, failure = TestOutcome.PASSED, None
    for child in case:
        if child.tag == "skipped":
            outcome = TestOutcome.XFAILED if child.get("type") == "pytest.xfail" else TestOutcome.SKIPPED
        elif child.tag in ("failure", "error"):
            outcome = TestOutcome.FAILED if child.tag == "failure" else TestOutcome.ERROR
            failure = _failure(case, child, worktree, workdir)
            break
    return TestResult(test_id, outcome, duration, failure)


def _pytest_id(case: Element, workdir: str) -> str:
    file = case.get("file", "")
    classname = case.get("classname", "")
    module = file.removesuffix(".py").replace("/", ".")
    classes = classname.removeprefix(module).strip(".") if classname.startswith(module) else ""
    parts = (
        [file, *(c for c in classes.split(".") if c), case.get("name", "")]
        if file
        else [classname, case.get("name", "")]
    )
    test_id = "::".join(part for part in parts if part)
    return f"{workdir}/{test_id}" if workdir and file else test_id


def _failure(case: Element, child: Element, worktree: Path, workdir: str) -> Failure:
    text = "".join(child.itertext()).strip()
    message = (child.get("message") or text or child.tag).strip()[:4000]
    if message in _GENERIC:
        said = [line[2:].strip() for line in text.splitlines() if line.startswith("E ") and line[2:].strip()]
        message = f"{message}: {said[-1]}" if said else message
    path, line = _location(text, worktree, workdir)
    if not path and case.get("file"):
        path, line = _known(case.get("file", ""), worktree, workdir), 0
        if path and case.get("line", "").isdigit():
            line = int(case.get("line", "0")) + 1
    return Failure(path, line, message, text[-4000:] or shorten(message, 400))


def _location(text: str, worktree: Path, workdir: str) -> tuple[str, int]:
    """The last `path:line` or `File "path", line n` that names a file of the worktree."""
    best = (-1, "", 0)
    for pattern in (_PLACE, _FRAME):
        for match in pattern.finditer(text[-200_000:]):
            path = _known(match.group(1), worktree, workdir)
            if path and match.start() > best[0]:
                best = (match.start(), path, int(match.group(2)[:7]))
    return best[1], best[2]


def _known(text: str, worktree: Path, workdir: str) -> str:
    top = worktree.resolve()
    for base in (top / workdir, top):
        try:
            full = (base / text).resolve()
            if full.is_file() and full.is_relative_to(top):
                return full.relative_to(top).as_posix()
        except (OSError, ValueError):
            continue
    return ""
