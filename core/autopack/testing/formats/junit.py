"""JUnit XML in the dialects of vitest, jest-junit, node, Surefire, Gradle, cargo nextest, gotestsum and pytest.

Every `testcase` at any depth is a test. No DTD, no entities, bounded size; a cut-off document is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from autopack.model.test_report import Failure, TestOutcome, TestResult
from autopack.testing.formats.go_packages import GoPackages
from autopack.testing.formats.places import Places
from autopack.testing.formats.reading import MAX_BYTES, Reading, ReportRefused, made_failure, stable_name
from autopack.text import shorten

MAX_DEPTH = 64
COLLECTION_FAILURE = "collection failure"
_GENERIC = ("test setup failure", "test teardown failure", COLLECTION_FAILURE)
_RED = ("failure", "error")
_TRIED = (*_RED, "rerunFailure", "rerunError", "flakyFailure", "flakyError")
"""A test that passed when it was run again keeps its failures under the last two names."""

_NODE_CLASSES = ("test", "suite")
_PANIC = re.compile(r"thread '.{0,500}?' (?:\(\d+\) )?panicked at \S+")


def parse_junit(data: bytes) -> Element:
    """The root element. Raises ReportRefused for a document type, an entity, broken XML or too much of it."""
    if len(data) > MAX_BYTES:
        raise ReportRefused(f"larger than {MAX_BYTES // 2**20} MiB")
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise ReportRefused("elements are nested too deeply")
        builder.start(name.rpartition("}")[2].rpartition(":")[2], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name.rpartition("}")[2].rpartition(":")[2])

    def refuse(*_: object) -> None:
        raise ReportRefused("it declares a document type or an entity")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ReportRefused(f"not well-formed XML ({error})") from error
    return builder.close()


def read_junit(documents: Iterable[bytes], places: Places, *, pytest: bool = False, suffix: str = "") -> Reading:
    """All documents as one report. Raises ReportRefused.

    Ids begin with the file of the test where attributes, a class or a Go package name one. `pytest` makes them as
    pytest does; `suffix` is what Surefire was asked to append to the names of classes, in parentheses.
    """
    reader = _Reader(places, pytest, f"({suffix})" if suffix else "")
    for data in documents:
        root = parse_junit(data)
        if root.tag not in ("testsuites", "testsuite"):
            raise ReportRefused(f"its outermost element is {root.tag[:40]!r}, not testsuites or testsuite")
        reader.take(root)
    return reader.reading


@dataclass(frozen=True)
class _Case:
    """`suites` are the names of the suites around it, outermost first; `file` is relative to the worktree or ""."""

    element: Element
    suites: tuple[str, ...]
    name: str
    classname: str
    file: str


class _Reader:
    def __init__(self, places: Places, pytest: bool, suffix: str) -> None:
        self.reading = Reading()
        self._places = places
        self._top = str(places.top)
        self._go = GoPackages(places)
        self._pytest = pytest
        self._suffix = suffix

    def take(self, root: Element) -> None:
        for suites, element in _cases(root, ()):
            self._case(self._known(suites, element))
        known = len(self.reading.collection_errors)
        for suite in root.iter("testsuite"):
            self._check_counts(suite)
        if known == len(self.reading.collection_errors):
            self._check_counts(root)

    def _known(self, suites: tuple[Element, ...], element: Element) -> _Case:
        names = tuple(self._plain(suite.get("name", "")) for suite in suites)
        name, classname = element.get("name", "").strip(), self._plain(element.get("classname", ""))
        told = (element.get("file", ""), *(s.get("file", "") or s.get("filepath", "") for s in reversed(suites)))
        files = (self._places.file(text) for text in (*told, classname, *reversed(names), name))
        return _Case(element, names, name, classname, next(filter(None, files), "") or self._of_class(classname, name))

    def _plain(self, text: str) -> str:
        return text.strip().removesuffix(self._suffix)

    def _of_class(self, classname: str, name: str) -> str:
        """The file of a Java class or of a Go test in the package `classname`."""
        if "/" in classname:
            folder = self._go.folder(classname)
            return self._go.test_file(folder, name) if folder else ""
        return self._places.class_file(classname)

    def _case(self, case: _Case) -> None:
        child = next((c for c in case.element if c.tag in _RED), None)
        skipped = next((c for c in case.element if c.tag == "skipped"), None)
        failure = self._failure(case, child) if child is not None else None
        test_id = self._id(case)
        if failure is not None and self._stands_for_file(case, failure):
            self.reading.add_error(test_id.partition("::")[0] if case.file else test_id, failure)
            return
        outcome = TestOutcome.PASSED
        if skipped is not None and (child is None or skipped.get("type") == "todo"):
            expected = child is not None or skipped.get("type") == "pytest.xfail"
            outcome, failure = (TestOutcome.XFAILED if expected else TestOutcome.SKIPPED), None
        elif child is not None:
            outcome = TestOutcome.FAILED if child.tag == "failure" else TestOutcome.ERROR
        self.reading.add(TestResult(test_id, outcome, _seconds(case.element), failure))

    def _stands_for_file(self, case: _Case, failure: Failure) -> bool:
        """The case is a file or a class that could not be loaded or set up, not a test in it."""
        if self._pytest:
            return failure.message.startswith(COLLECTION_FAILURE)
        alone = case.classname in ("", *_NODE_CLASSES, case.name)
        whole = case.classname == case.name and "." in case.name and " " not in case.name
        return alone and bool(case.file) and (self._places.file(case.name) == case.file or whole)

    def _id(self, case: _Case) -> str:
        if self._pytest:
            return _pytest_id(case.element, self._places.workdir)
        suites = case.classname in ("", ".".join(case.suites), *_NODE_CLASSES)
        parts = list(case.suites) if suites else [case.classname]
        if case.classname and case.classname == case.name:
            parts = []
        if case.file:
            parts = [part for part in parts if not self._names_file(part, case.file)]
            parts = [case.file, *(p for part in parts for p in self._inner(part))]
        name = "" if case.name and self._places.file(case.name) == case.file != "" else case.name
        return "::".join(filter(None, (stable_name(part, self._top) for part in (*parts, name))))

    def _names_file(self, part: str, file: str) -> bool:
        return self._places.file(part) == file or self._go.folder(part) != ""

    def _inner(self, part: str) -> list[str]:
        """Of a Java class the nested ones alone: the file names the outer one."""
        return part.split("$")[1:] if self._places.class_file(part) else [part]

    def _failure(self, case: _Case, child: Element) -> Failure:
        text = "".join(child.itertext()).strip()
        message = (child.get("message") or text or child.tag).strip()
        if message in _GENERIC:
            said = [line[2:].strip() for line in text.splitlines() if line.startswith("E ") and line[2:].strip()]
            message = f"{message}: {said[-1]}" if said else message
        elif _PANIC.match(message):
            message = _PANIC.sub("", text).lstrip(":").strip().partition("\nstack backtrace:")[0] or message
        folder = self._go.folder(case.classname) if "/" in case.classname else ""
        path, line = self._places.of(text, folder)
        if not path:
            path, line = self._places.of(message, folder)
        if not path and case.file and case.element.get("file"):
            given = case.element.get("line", "")
            path, line = case.file, int(given[:7]) + (1 if self._pytest else 0) if given.isdecimal() else 0
        said = text or shorten(message, 400)
        return made_failure((path or case.file, line), message, said, self._places.way(text or message, folder))

    def _check_counts(self, suite: Element) -> None:
        """A suite that counts more failures than its cases show failed outside of them."""
        counted = _count(suite, "failures") + _count(suite, "errors")
        shown = sum(1 for case in suite.iter("testcase") for child in case if child.tag in _TRIED)
        if counted > shown:
            name = stable_name(self._plain(suite.get("name", "")), self._top) or suite.tag
            said = "".join(e.text or "" for e in suite if e.tag in ("system-err", "system-out", *_RED)).strip()
            text = f"{counted - shown} of its failures belong to no test: {said[:2000]}".strip().rstrip(":")
            file = self._places.file(name) or self._places.class_file(name)
            self.reading.add_error(file or name, made_failure(self._places.of(said), text))


def _cases(element: Element, suites: tuple[Element, ...]) -> Iterator[tuple[tuple[Element, ...], Element]]:
    inner = (*suites, element) if element.tag == "testsuite" else suites
    for child in element if element.tag != "testcase" else ():
        if child.tag == "testcase":
            yield inner, child
        else:
            yield from _cases(child, inner)


def _count(suite: Element, name: str) -> int:
    text = suite.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def _seconds(case: Element) -> float:
    try:
        duration = float(case.get("time", "0").replace(",", ""))
    except ValueError:
        return 0.0
    return duration if 0 <= duration < 1e9 else 0.0


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
